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

/** Whether a block in the window is not transparent or hidden; browsers that cannot tell that (before 2023) count it. */
function isVisible(block: Element): boolean {
  return !('checkVisibility' in block) || block.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

function isInWindow(block: Element): boolean {
  const { left, top, right, bottom } = block.getBoundingClientRect();
  return right > 0 && bottom > 0 && left < innerWidth && top < innerHeight && isVisible(block);
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

  /** For browsers without the observer: looks at once and, if wanted, at each scroll. */
  function look(blocks: Element[], once: boolean): void {
    const check = (): void => blocks.filter(isInWindow).forEach(count);
    check();
    if (!once) listen(window, 'scroll', check, true);
  }

  function watch(once: boolean): void {
    const blocks = blocksIn(document.documentElement);
    if (!('IntersectionObserver' in window)) return look(blocks, once);
    const observer = new IntersectionObserver(
      guard((entries: IntersectionObserverEntry[]) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting && isVisible(target)) count(target);
          else if (!once) continue;
          observer.unobserve(target);
        }
      }),
      // More than an edge that touches the border of the window.
      { threshold: 0.01 },
    );
    for (const block of blocks) observer.observe(block);
  }

  return {
    all: (root) => blocksIn(root).forEach(count),
    visible: watch,
    reset: () => (counted = new Set()),
  };
}
