import type { Overview } from "../api/types";
import { Explained } from "../components/tip";
import { useWords } from "../texts";
import { metrics, metricWords } from "./metrics";

/** The graph's twin: every figure of every interval, to read and to copy. */
export function IntervalTable({ overview }: { overview: Overview }) {
  const { texts, format } = useWords();
  const { range, series } = overview;
  const caption = texts.chart.title(texts.chart.interval[range.interval], format.range(range));
  return (
    <div class="scroll scroll-tall" role="region" aria-label={caption} tabIndex={0}>
      <table class="grid grid-sticky">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.chart.interval[range.interval]}</th>
            {metrics.map((metric) => (
              <th key={metric} scope="col" class="figure">
                <Explained how={metricWords(metric, overview, texts).how}>{metricWords(metric, overview, texts).name}</Explained>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {series.map((interval, index) => (
            <tr key={index}>
              <th scope="row">
                {format.intervalLong(interval.start)}
                {interval.partial && <span class="row-aside">{texts.chart.unfinished}</span>}
              </th>
              {metrics.map((metric) => <td key={metric} class="figure">{format.metric(metric, interval[metric])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
