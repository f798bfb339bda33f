/** What a hit says: the parameters of Matomo's tracking API, the one protocol all our scripts speak. */
import { hints } from './hints.ts';

/** Values may come straight from page code, so they are anything; empty ones and `false` are not sent. */
export type Params = Record<string, unknown>;

/** One page view: later hits repeat it, so that the server can tie them to the view. */
export interface Page {
  url: string;
  urlref: string;
  /** See `newPageId`; none before the first view. */
  pv_id?: string;
}

/** The id of a page view: six letters or digits, new for each view, so no id of a visitor. */
export function newPageId(): string {
  // From 1e9 to 2e9 a number has six digits to the base of 36.
  return ((1e9 + Math.random() * 1e9) | 0).toString(36);
}

/** The parameters that every hit carries. `r` keeps two equal hits of one second apart in any cache. */
export function common(site: unknown, page: Page): Params {
  // "14:05:09 GMT+0100 …"
  const [h, m, s] = new Date().toTimeString().split(/\D/);
  return {
    idsite: site,
    rec: 1,
    r: newPageId(),
    h,
    m,
    s,
    ...page,
    uadata: hints(),
    res: `${screen.width}x${screen.height}`,
    send_image: 0,
  };
}

/** The query string. Half an emoji, as in a title that was cut, is no error here as it would be in `encodeURIComponent`. */
export function encode(params: Params): string {
  const query = new URLSearchParams();
  for (const name in params) {
    const value = params[name];
    if (value || value === 0) query.append(name, value as string);
  }
  return `${query}`;
}

/** An event; without category and action it is none, and the server would take it for a page view. */
export function eventParams(category: unknown, action: unknown, name: unknown, value: unknown): Params | undefined {
  if (!category || !action) return undefined;
  return { e_c: category, e_a: action, e_n: name, e_v: value, ca: 1 };
}

/** A search on the site; a count of 0 is a search without results, no count is one that was not told. */
export function searchParams(keyword: unknown, category: unknown, count: unknown): Params {
  return { search: keyword, search_cat: category, search_count: count };
}
