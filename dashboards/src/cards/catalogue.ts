import type { Dimension } from "../api/types";
import { dimensions } from "../api/types";

export interface BreakdownCardPlan {
  name: "pages" | "sources" | "links" | "places" | "devices" | "behaviour";
  /** The tabs; the first is shown when the address names none. */
  tabs: readonly [Dimension, ...Dimension[]];
}

/** Which report stands on which card, in the order of the page. */
export const breakdownCards: readonly BreakdownCardPlan[] = [
  { name: "pages", tabs: ["pages", "titles"] },
  { name: "sources", tabs: ["referrers"] },
  { name: "places", tabs: ["countries", "regions", "cities"] },
  { name: "devices", tabs: ["devices", "browsers", "systems", "languages"] },
  { name: "links", tabs: ["outlinks", "downloads"] },
  { name: "behaviour", tabs: ["events", "searches"] },
];

/** What the details panel can show. */
export type Subject = Dimension | "goals" | "banners" | "dropped";

const subjects: readonly Subject[] = [...dimensions, "goals", "banners", "dropped"];

export function subjectFrom(name: string | null): Subject | null {
  return subjects.find((subject) => subject === name) ?? null;
}
