import type { Metric, Range } from "../api/types";

/** Numbers, days and names as one locale writes them. */
export interface Format {
  number: (value: number) => string;
  /** Short, for the axis of a graph. */
  short: (value: number) => string;
  /** A metric's value in full; a dash when there is none. */
  metric: (metric: Metric, value: number | null) => string;
  axis: (metric: Metric, value: number) => string;
  /** An amount in the site's own currency, which nobody has told us. */
  money: (amount: number) => string;
  percent: (share: number | null) => string;
  /** A relative change, with its sign. */
  change: (share: number) => string;
  points: (share: number) => string;
  /** The start of an interval, short for an axis and long for a table or a hint. */
  intervalShort: (start: string) => string;
  intervalLong: (start: string) => string;
  range: (range: Pick<Range, "from" | "to">) => string;
  /** A moment of the server, as a clock in a time zone shows it. */
  moment: (time: string, zone: string) => string;
  country: (code: string) => string | null;
  language: (code: string) => string | null;
}

export const noValue = "–";

/** Minutes and seconds read the same in both languages, and take less room than words. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60);
  if (minutes === 0) return `${rest}s`;
  if (minutes < 60) return `${minutes}m ${rest.padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/**
 * A local date or hour as a `Date` whose UTC fields are the local ones. Intl then formats it in UTC,
 * so the browser's own zone never moves a day.
 */
function asUtc(start: string): Date {
  const [year = 1970, month = 1, day = 1, hour = 0] = start.split(/[-T]/).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour));
}

/** Intl throws on codes that are not well formed; a stranger's code may be anything. */
function nameOf(names: Intl.DisplayNames, code: string): string | null {
  try {
    return names.of(code) ?? null;
  } catch {
    return null;
  }
}

export function formatFor(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const wholeShare = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const money = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const change = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const points = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
  const day = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
  const shortForms = {
    month: day({ month: "short" }),
    day: day({ day: "numeric", month: "short" }),
    hour: day({ hour: "2-digit", minute: "2-digit" }),
  };
  const longForms = {
    month: day({ month: "long", year: "numeric" }),
    day: day({ weekday: "short", day: "numeric", month: "long", year: "numeric" }),
    hour: day({ weekday: "short", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }),
  };
  const rangeForm = day({ day: "numeric", month: "short", year: "numeric" });
  const fineness = (start: string): "month" | "day" | "hour" =>
    start.length <= 7 ? "month" : start.length <= 10 ? "day" : "hour";
  const countries = new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
  const tongues = new Intl.DisplayNames(locale, { type: "language", fallback: "none" });
  const percent = (value: number | null): string => (value === null ? noValue : share.format(value));

  return {
    number: number.format,
    short: short.format,
    metric: (metric, value) => {
      if (value === null) return noValue;
      if (metric === "bounce_rate") return wholeShare.format(value);
      return metric === "visit_duration" ? duration(value) : number.format(value);
    },
    axis: (metric, value) => {
      if (metric === "bounce_rate") return wholeShare.format(value);
      return metric === "visit_duration" ? duration(value) : short.format(value);
    },
    money: money.format,
    percent,
    change: change.format,
    points: (value) => points.format(value * 100),
    intervalShort: (start) => shortForms[fineness(start)].format(asUtc(start)),
    intervalLong: (start) => longForms[fineness(start)].format(asUtc(start)),
    range: ({ from, to }) => rangeForm.formatRange(asUtc(from), asUtc(to)),
    moment: (time, zone) =>
      new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "short" }).format(new Date(time)),
    country: (code) => nameOf(countries, code),
    language: (code) => nameOf(tongues, code),
  };
}
