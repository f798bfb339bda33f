/** Moments in a page's life that are not plain loading. */
import { guard, listen } from './guard.ts';

/** Runs `work` now, or when a prerendered page is really opened (never, if it never is). */
export function whenActive(work: () => void): void {
  if (document.prerendering) listen(document, 'prerenderingchange', work);
  else guard(work)();
}

/** Runs `work` once, when the page is really opened and in a tab that somebody looks at. */
export function whenVisible(work: () => void): void {
  let done = false;
  const check = (): void => {
    if (done || document.hidden) return;
    done = true;
    work();
  };
  whenActive(() => {
    listen(document, 'visibilitychange', check);
    check();
  });
}
