/** Routes of single-page applications. */
import { guard, listen } from './guard.ts';

/**
 * Runs `work` after anything that may have changed the address without loading a page.
 * Whether it did change is for the caller to see: frameworks also store state under the same address.
 */
export function onRoute(work: () => void): void {
  const guarded = guard(work);
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (this: History, ...args: Parameters<typeof original>) {
      original.apply(this, args);
      guarded();
    };
  }
  listen(window, 'popstate', guarded);
}
