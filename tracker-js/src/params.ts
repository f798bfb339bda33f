/** What a hit says: the parameters of Matomo's tracking API, the one protocol all our scripts speak. */
import { hints } from './hints.ts';

/** Values may come straight from page code, so they are anything; empty ones and `false` are not sent. */
export type Params = Record<string, unknown>;

/** One page view: later hits repeat it, so that the server can tie them to the view. */
export interface Page {
  url: string;
  referrer: string;
  id: string;
}

/** The id of a page view: six letters or digits, new for each view, so no id of a visitor. */
export function newPageId(): string {
  return Math.random().toString(36).slice(2, 8).padEnd(6, '0');
}

/** The parameters that every hit carries. `r` keeps two equal hits of one second apart in any cache. */
export function common(site: unknown, page: Page): Params {
  const now = new Date();
  return {
    idsite: site,
    rec: 1,
    r: newPageId(),
    h: now.getHours(),
    m: now.getMinutes(),
    s: now.getSeconds(),
    url: page.url,
    urlref: page.referrer,
    pv_id: page.id,
    uadata: hints(),
    res: `${screen.width}x${screen.height}`,
    send_image: 0,
  };
}

/** The query string. Half an emoji (a lone surrogate, as in a cut title) would make the encoder throw. */
export function encode(params: Params): string {
  const pairs: string[] = [];
  for (const name in params) {
    const value = params[name];
    const text = value === false ? '' : String(value ?? '').toWellFormed();
    if (text) pairs.push(`${name}=${encodeURIComponent(text)}`);
  }
  return pairs.join('&');
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
