/** Routes of single-page applications: when one changed, and whether that makes a new view. */
import { guard, listen } from './guard.ts';

/**
 * Runs `work` after anything that may have changed the address without loading a page, and tells how:
 * `push`, `replace` or something else. Whether it did change is for the caller to see: frameworks also store state under the same one.
 * Browsers without the Navigation API tell of ways back only, so there the ways forth are watched.
 */
export function onRoute(work: (how?: string | null) => void): void {
  if (window.navigation) {
    listen<NavigationCurrentEntryChangeEvent>(navigation, 'currententrychange', (event) => work(event.navigationType));
  } else {
    for (const how of ['push', 'replace'] as const) {
      const original = history[`${how}State`];
      history[`${how}State`] = function (...args) {
        original.apply(this, args);
        guard(work)(how);
      };
    }
    listen(window, 'popstate', () => work());
  }
}

/**
 * Parameters that say where a visitor came from, not what is shown: prefixes of campaigns and newsletters, and ids of
 * clicks. The server knows many more, but by one name each; what a page tidies away, it mostly replaces (see below).
 */
const TRACKING = /\?((utm|mtm|pk|piwik|matomo|hsa|gad|mc|_x_tr)_|__hs|\w*(cl(k|ick)?id|braid)=|$)[^#?]*/gi;

/**
 * What splits a page: path (with the fragment, where it is the route) and query without tracking parameters. Where an
 * address was replaced, the query says nothing: filters and searches rewrite it while somebody looks at the page,
 * and nobody went anywhere.
 */
export function pageKey(url: string, replaced: boolean): string {
  return url.replace(/&/g, '?').replace(replaced ? /\?[^#?]*/g : TRACKING, '');
}
