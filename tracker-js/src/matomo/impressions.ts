/** When content blocks count as shown: once a page view each, at once or as soon as somebody can see them. */
import { guard, listen } from '../guard.ts';
import { encode, type Params } from '../params.ts';
import { blocksIn, readBlock } from './content.ts';

export interface Impressions {
  /** All blocks of a part of the page, seen or not. */
  all(root: Element): void;
  /** All blocks of the page as they come into view; with `once` only those that are in view now. */
  visible(once: boolean): void;
  /** A new page view: everything may count again. */
  reset(): void;
}

/** Runs `work` when the document is there to be searched. */
export function whenParsed(work: () => void): void {
  if (document.readyState === 'loading') listen(document, 'DOMContentLoaded', work, { once: true });
  else work();
}

export function createImpressions(send: (params: Params) => void): Impressions {
  let counted = new Set<string>();

  /** The same content twice on a page is one impression, as two calls for the whole page are. */
  function count(block: Element): void {
    const params = readBlock(block);
    const key = encode(params);
    if (!counted.has(key)) send(params);
    counted.add(key);
  }

  function watch(once: boolean): void {
    const observer = new IntersectionObserver(
      guard((entries: IntersectionObserverEntry[]) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting && target.checkVisibility({ opacityProperty: true, visibilityProperty: true })) count(target);
          else if (!once) continue;
          observer.unobserve(target);
        }
      }),
      // More than an edge that touches the border of the window.
      { threshold: 0.01 },
    );
    for (const block of blocksIn(document.documentElement)) observer.observe(block);
  }

  return {
    all: (root) => blocksIn(root).forEach(count),
    visible: watch,
    reset: () => (counted = new Set()),
  };
}
