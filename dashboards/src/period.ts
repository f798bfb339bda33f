/**
 * The stretch of days a report covers. What "today" or "30 days" means is decided by the server, in
 * the site's own time zone; this page only names it.
 */
export type Period =
  | { kind: "today" | "yesterday" | "7d" | "30d" }
  | { kind: "month" | "year"; date: string | null }
  | { kind: "custom"; from: string; to: string };

export type PeriodKind = Period["kind"];

/** In the order of the menu, each with the key that chooses it (the keys Plausible's users know). */
export const periodKeys: readonly { kind: PeriodKind; key: string }[] = [
  { kind: "today", key: "D" },
  { kind: "yesterday", key: "E" },
  { kind: "7d", key: "W" },
  { kind: "30d", key: "T" },
  { kind: "month", key: "M" },
  { kind: "year", key: "Y" },
  { kind: "custom", key: "C" },
];

const defaultPeriod: Period = { kind: "30d" };

/** True for a real calendar day written `YYYY-MM-DD`. */
export function isDay(text: string | null): text is string {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Reads the period out of the address; anything unusable is the default, never an error. */
export function periodFrom(query: URLSearchParams): Period {
  const kind = query.get("period");
  switch (kind) {
    case "today":
    case "yesterday":
    case "7d":
    case "30d":
      return { kind };
    case "month":
    case "year": {
      const date = query.get("date");
      return { kind, date: isDay(date) ? date : null };
    }
    case "custom": {
      const from = query.get("from");
      const to = query.get("to");
      return isDay(from) && isDay(to) && from <= to ? { kind, from, to } : defaultPeriod;
    }
    default:
      return defaultPeriod;
  }
}

/** The address's (and the API's) parameters for a period; null means the parameter is absent. */
export function periodParameters(period: Period): Record<"period" | "date" | "from" | "to", string | null> {
  return {
    period: period.kind,
    date: "date" in period ? period.date : null,
    from: period.kind === "custom" ? period.from : null,
    to: period.kind === "custom" ? period.to : null,
  };
}

export function periodQuery(period: Period): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(periodParameters(period))) {
    if (value !== null) query.set(name, value);
  }
  return query.toString();
}

/**
 * The month or year `steps` before (negative) or after the one that holds `day`. Anchored to the
 * first of the month, so that no step skips a short month.
 */
export function stepPeriod(kind: "month" | "year", day: string, steps: number): Period {
  const anchor = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  if (kind === "month") anchor.setUTCMonth(anchor.getUTCMonth() + steps);
  else anchor.setUTCFullYear(anchor.getUTCFullYear() + steps);
  return { kind, date: anchor.toISOString().slice(0, 10) };
}
