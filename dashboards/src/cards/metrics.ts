import type { Figures, Metric, Overview } from "../api/types";
import type { Format, Texts, Words } from "../texts";

export const metrics: readonly Metric[] = ["visitors", "visits", "page_views", "bounce_rate", "visit_duration"];

export function metricFrom(name: string | null): Metric {
  return metrics.find((metric) => metric === name) ?? "visitors";
}

/** What a metric is called and how it is counted, which for visitors depends on the site. */
export function metricWords(metric: Metric, overview: Overview, texts: Texts): { name: string; how: string } {
  return metric === "visitors" && overview.distinct_visitors ? texts.distinct.visitors : texts.metrics[metric];
}

export interface Change {
  text: string;
  direction: "up" | "down" | "same";
  /** Fewer bounces are the better outcome; more of everything else is. */
  good: boolean;
}

/**
 * The change against the period before. A rate changes by points, since a percentage of a percentage
 * is read wrong by everybody. Nothing to compare with gives null.
 */
export function changeOf(metric: Metric, now: Figures, before: Figures | null, { texts, format }: Words): Change | null {
  const present = now[metric];
  const past = before?.[metric] ?? null;
  if (present === null || past === null) return null;
  if (metric !== "bounce_rate") return growth(present, past, format);
  const difference = present - past;
  return change(difference, texts.change.points(format.points(difference)), difference < 0);
}

/** The change of a figure of which more is better; null when there was nothing before. */
export function growth(present: number, past: number, format: Format): Change | null {
  if (past === 0) return null;
  const difference = present / past - 1;
  return change(difference, format.change(difference), difference > 0);
}

function change(difference: number, text: string, good: boolean): Change {
  if (Math.abs(difference) < 0.0005) return { text, direction: "same", good: true };
  return { text, direction: difference > 0 ? "up" : "down", good };
}
