import type { Figures, Metric } from "../api/types";
import type { Words } from "../texts";

export const metrics: readonly Metric[] = ["visitors", "visits", "page_views", "bounce_rate", "visit_duration"];

export function metricFrom(name: string | null): Metric {
  return metrics.find((metric) => metric === name) ?? "visitors";
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
  const rate = metric === "bounce_rate";
  if (!rate && past === 0) return null;
  const difference = rate ? present - past : present / past - 1;
  const text = rate ? texts.change.points(format.points(difference)) : format.change(difference);
  if (Math.abs(difference) < 0.0005) return { text, direction: "same", good: true };
  const up = difference > 0;
  return { text, direction: up ? "up" : "down", good: up !== rate };
}
