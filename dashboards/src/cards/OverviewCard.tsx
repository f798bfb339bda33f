import { useMemo } from "preact/hooks";
import type { Address } from "../address";
import { step } from "../address";
import type { Resource } from "../api/resource";
import type { Metric, Overview } from "../api/types";
import { Chart } from "../components/Chart";
import { Icon } from "../components/Icon";
import { useKeys } from "../components/keys";
import { Loaded } from "../components/Loaded";
import { usePreferences } from "../preferences";
import { useWords } from "../texts";
import { IntervalTable } from "./IntervalTable";
import { metricFrom, metrics, metricWords } from "./metrics";
import { NewAndReturning } from "./NewAndReturning";
import { Tile } from "./Tile";

/** The key that turns the graph into its table and back. */
const tableKey = "V";

/** The five figures, and the chosen one over time. */
export function OverviewCard({ overview, address }: { overview: Resource<Overview>; address: Address }) {
  return (
    <section class="card overview">
      <Loaded resource={overview} skeleton={<OverviewSkeleton />}>
        {(data) => <OverviewBody overview={data} address={address} />}
      </Loaded>
    </section>
  );
}

function OverviewSkeleton() {
  return (
    <div class="overview-skeleton" aria-hidden="true">
      <div class="tiles">{metrics.map((metric) => <div key={metric} class="tile"><div class="skeleton-row" /></div>)}</div>
      <div class="chart-space" />
    </div>
  );
}

function OverviewBody({ overview, address }: { overview: Overview; address: Address }) {
  const { texts } = useWords();
  const metric = metricFrom(address.query.get("metric"));
  const asTable = address.query.get("view") === "table";
  const turn = (): void => step(address, { view: asTable ? null : "table" });
  useKeys(useMemo(() => ({ [tableKey]: turn }), [address, asTable]));
  return (
    <>
      <div class="tiles">
        {metrics.map((name) => (
          <Tile
            key={name}
            metric={name}
            overview={overview}
            chosen={name === metric}
            onChoose={() => step(address, { metric: name === "visitors" ? null : name })}
          />
        ))}
      </div>
      <NewAndReturning totals={overview.totals} />
      <div class="over-time">
        <TurnButton asTable={asTable} onTurn={turn} />
        {asTable ? <IntervalTable overview={overview} /> : <Graph overview={overview} metric={metric} />}
        {!asTable && overview.totals.visits === 0 && (
          <p class="over-time-empty"><span><strong>{texts.chart.empty}</strong><br />{texts.chart.emptyText}</span></p>
        )}
      </div>
    </>
  );
}

function TurnButton({ asTable, onTurn }: { asTable: boolean; onTurn: () => void }) {
  const { texts } = useWords();
  const { shortcuts } = usePreferences();
  return (
    <button type="button" class="button button-quiet turn" onClick={onTurn} aria-keyshortcuts={shortcuts ? tableKey : undefined}>
      <Icon name={asTable ? "graph" : "table"} />
      {asTable ? texts.chart.asGraph : texts.chart.asTable}
      {shortcuts && <kbd aria-hidden="true">{tableKey}</kbd>}
    </button>
  );
}

function Graph({ overview, metric }: { overview: Overview; metric: Metric }) {
  const { texts, format } = useWords();
  const { series, range } = overview;
  const plot = useMemo(() => {
    const unfinished = series.findIndex((interval) => interval.partial);
    return {
      // What comes after the unfinished interval has not happened: no value rather than nought.
      values: series.map((interval, index) => (unfinished >= 0 && index > unfinished ? null : interval[metric])),
      unfinished: unfinished < 0 ? null : unfinished,
      ticks: series.map((interval) => format.intervalShort(interval.start)),
      hints: series.map((interval) => ({
        when: `${format.intervalLong(interval.start)}${interval.partial ? ` (${texts.chart.unfinished})` : ""}`,
        value: format.metric(metric, interval[metric]),
      })),
      axis: (value: number) => format.axis(metric, value),
      unit: metric === "bounce_rate" ? ("share" as const) : metric === "visit_duration" ? ("seconds" as const) : ("count" as const),
    };
  }, [series, metric, texts, format]);
  return <Chart {...plot} label={texts.chart.label(metricWords(metric, overview, texts).name, format.range(range))} />;
}
