/** Moments in a page's life that are not plain loading. */
import { guard, listen } from './guard.ts';

/** Runs `work` now, or when a prerendered page is really opened (never, if it never is). */
export function whenActive(work: () => void): void {
  if (document.prerendering) listen(document, 'prerenderingchange', work);
  else guard(work)();
}
