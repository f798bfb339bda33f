import { useMemo, useState } from "preact/hooks";
import type { Address } from "../address";
import { navigate, step, withQuery } from "../address";
import type { Range, Site } from "../api/types";
import { Icon } from "../components/Icon";
import { useKeys } from "../components/keys";
import { Link } from "../components/Link";
import { Menu } from "../components/Menu";
import type { Period, PeriodKind } from "../period";
import { periodKeys, periodParameters, stepPeriod } from "../period";
import { usePreferences } from "../preferences";
import { useMayChange } from "../session";
import { useWords } from "../texts";
import { CustomPeriod } from "./CustomPeriod";

interface SiteBarProps {
  id: number;
  sites: Site[];
  period: Period;
  /** The days the server made of the period; unknown until the first answer. */
  range: Range | null;
  address: Address;
}

const unfolded = (kind: Exclude<PeriodKind, "custom">): Period =>
  kind === "month" || kind === "year" ? { kind, date: null } : { kind };

/** Stays in view: which site, which days. */
export function SiteBar({ id, sites, period, range, address }: SiteBarProps) {
  const { texts, format } = useWords();
  const [choosing, setChoosing] = useState(false);
  const keys = useMemo(() => {
    const acts: Record<string, () => void> = {};
    for (const { kind, key } of periodKeys) {
      acts[key] = () => {
        if (kind === "custom") setChoosing(true);
        else step(address, periodParameters(unfolded(kind)));
      };
    }
    return acts;
  }, [address]);
  useKeys(keys);

  return (
    <div class="site-bar" role="region" aria-label={texts.siteBar.label}>
      <div class="site-bar-inner">
        <SiteMenu id={id} sites={sites} address={address} />
        {range !== null && (
          <p class="site-bar-range" title={texts.period.zone(range.timezone)}>
            {format.range(range)}
            <span class="site-bar-zone">{range.timezone}</span>
          </p>
        )}
        <div class="site-bar-period">
          {range !== null && (period.kind === "month" || period.kind === "year") && (
            <Steps kind={period.kind} day={period.date ?? range.today} today={range.today} address={address} />
          )}
          <PeriodMenu period={period} address={address} onCustom={() => setChoosing(true)} />
        </div>
      </div>
      {choosing && (
        <CustomPeriod
          from={range?.from ?? ""}
          to={range?.to ?? ""}
          onClose={() => setChoosing(false)}
          onChoose={(chosen) => {
            setChoosing(false);
            navigate(withQuery(address, periodParameters(chosen)));
          }}
        />
      )}
    </div>
  );
}

function SiteMenu({ id, sites, address }: { id: number; sites: Site[]; address: Address }) {
  const { texts } = useWords();
  const mayChange = useMayChange();
  const name = sites.find((site) => site.id === id)?.name ?? "…";
  const elsewhere = (site: number): string => withQuery({ path: `/sites/${site}`, query: address.query }, { details: null });
  return (
    <Menu label={texts.siteBar.switchSite} chosen={<span dir="auto">{name}</span>}>
      {sites.map((site) => (
        <Link key={site.id} href={elsewhere(site.id)} class="menu-item" aria-current={site.id === id ? "true" : undefined}>
          <span class="menu-text" dir="auto">{site.name}</span>
        </Link>
      ))}
      <hr />
      <Link href={`/sites/${id}/goals`} class="menu-item"><span class="menu-text">{texts.siteLinks.goals}</span></Link>
      {mayChange && (
        <Link href={`/sites/${id}/settings`} class="menu-item"><span class="menu-text">{texts.siteLinks.settings}</span></Link>
      )}
      <Link href={`/sites/${id}/install`} class="menu-item"><span class="menu-text">{texts.siteBar.connect}</span></Link>
      <Link href="/" class="menu-item"><span class="menu-text">{texts.siteBar.allSites}</span></Link>
    </Menu>
  );
}

function PeriodMenu({ period, address, onCustom }: { period: Period; address: Address; onCustom: () => void }) {
  const { texts } = useWords();
  const { shortcuts } = usePreferences();
  return (
    <Menu label={texts.period.label} chosen={texts.period.names[period.kind].replace("…", "")}>
      {periodKeys.map(({ kind, key }) => {
        const current = kind === period.kind ? "true" : undefined;
        const inside = (
          <>
            <span class="menu-text">{texts.period.names[kind]}</span>
            {shortcuts && <kbd>{key}</kbd>}
          </>
        );
        if (kind === "custom") {
          return <button key={kind} type="button" class="menu-item" aria-current={current} onClick={onCustom}>{inside}</button>;
        }
        const href = withQuery(address, periodParameters(unfolded(kind)));
        return <Link key={kind} href={href} class="menu-item" aria-current={current}>{inside}</Link>;
      })}
    </Menu>
  );
}

interface StepsProps {
  kind: "month" | "year";
  /** A day in the month or year shown. */
  day: string;
  today: string;
  address: Address;
}

/** One month or year back or forward; not into the future. */
function Steps({ kind, day, today, address }: StepsProps) {
  const { texts } = useWords();
  const to = (steps: number): string => withQuery(address, periodParameters(stepPeriod(kind, day, steps)));
  const length = kind === "month" ? 7 : 4;
  const last = day.slice(0, length) >= today.slice(0, length);
  return (
    <>
      <Link href={to(-1)} class="button button-square" aria-label={texts.period.previous[kind]}><Icon name="left" /></Link>
      {last ? (
        <span class="button button-square button-off" aria-hidden="true"><Icon name="right" /></span>
      ) : (
        <Link href={to(1)} class="button button-square" aria-label={texts.period.next[kind]}><Icon name="right" /></Link>
      )}
    </>
  );
}
