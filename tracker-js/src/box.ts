/**
 * Whether an element has a box on the page that somebody could come to see. Below the fold it has one; what a page
 * hides by style, by size, or by moving it out of reach has none.
 */
import { guard } from './guard.ts';

/** From where to where on one axis, in the coordinates of the window. */
type Span = [from: number, to: number];

/** What is left of an element within the ancestors that hold it, and how the outermost of these is placed. */
interface Piece {
  x: Span;
  y: Span;
  position: string;
}

/** What is looked for besides a box, as browsers call it now and as they did at first. */
const ALSO = { visibilityProperty: true, checkVisibilityCSS: true, opacityProperty: true, checkOpacity: true };

/** How often an element without a box is looked at again, in milliseconds. */
const PERIOD = 200;

function spans(element: Element): [x: Span, y: Span] {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return [
    [left, right],
    [top, bottom],
  ];
}

const sizeOf = ([from, to]: Span): number => to - from;

/** Whether the page can't be scrolled that way, at least not by its reader. */
const isCutOff = (overflow: string): boolean => /hidden|clip/.test(overflow);

/** What an ancestor leaves: what it scrolls can be brought to where it is itself, all else ends at its edges. */
function clip(span: Span, [start, end]: Span, overflow: string): Span {
  if (overflow === 'visible') return span;
  return isCutOff(overflow) ? [Math.max(span[0], start), Math.min(span[1], end)] : [start, end];
}

/** The element around `element` as it is drawn: its slot, its parent, or the host of its shadow root. */
function outer(element: Element): Element | null {
  return element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
}

/** The element whose overflow is the window's: the body, unless the root has one of its own. */
function scroller({ documentElement, body }: Document): Element {
  return getComputedStyle(documentElement).overflow === 'visible' ? body : documentElement;
}

function pieceOf(element: Element, page: Element): Piece {
  let [x, y] = spans(element);
  let { position } = getComputedStyle(element);
  for (let node = outer(element); node && !node.contains(page); node = outer(node)) {
    const style = getComputedStyle(node);
    // What is placed by the window, or by an ancestor farther out, sticks out of those between.
    const escapes = position === 'fixed' || (position === 'absolute' && style.position === 'static');
    if ((escapes && style.transform === 'none') || /^(inline|contents)$/.test(style.display)) continue;
    const [width, height] = spans(node);
    x = clip(x, width, style.overflowX);
    y = clip(y, height, style.overflowY);
    position = style.position;
  }
  return { x, y, position };
}

/** Whether a piece can be scrolled to; one that does not move with the page must be in the window. */
function isWithinReach({ x, y, position }: Piece, page: Element, view: Window): boolean {
  const within = ([from, to]: Span, size: number): boolean => from < size && to > 0;
  const fixed = position === 'fixed';
  const { direction, writingMode } = getComputedStyle(page);
  // Pages of some scripts begin at the right.
  const leftwards = direction === 'rtl' || writingMode.endsWith('-rl');
  const still = fixed || isCutOff(getComputedStyle(page).overflowX);
  const across = leftwards ? x[0] + view.scrollX < view.innerWidth : x[1] + view.scrollX > 0;
  return (still ? within(x, view.innerWidth) : across) && (fixed ? within(y, view.innerHeight) : y[1] + view.scrollY > 0);
}

/** Frames hide what they show: that of another origin is known by its size alone, of the same one wholly. */
function isFrameShown({ innerWidth, innerHeight, frameElement }: Window): boolean {
  return Math.min(innerWidth, innerHeight) > 1 && (!frameElement || hasBox(frameElement));
}

/** Whether `element` has a box, in its window and in the frames around it. */
export function hasBox(element: Element): boolean {
  const { ownerDocument } = element;
  const view = ownerDocument.defaultView;
  if (!view || !isFrameShown(view) || element.checkVisibility?.(ALSO) === false) return false;
  if (getComputedStyle(element).visibility !== 'visible') return false;
  const page = scroller(ownerDocument);
  const piece = pieceOf(element, page);
  const [x, y] = spans(element).map(sizeOf) as [number, number];
  // Somewhat of a picture is more than the single pixel that text for screen readers is hidden in.
  const isLeft = (span: Span, size: number): boolean => sizeOf(span) > Math.min(1, size / 2);
  return isLeft(piece.x, x) && isLeft(piece.y, y) && isWithinReach(piece, page, view);
}

/**
 * Runs `work` once, as soon as `element` has a box and somebody looks at the page. No event tells of every way in which
 * a page may show what it hid, so it looks again and again; what has no layout answers at once.
 */
export function whenBoxed(element: Element, work: () => void): void {
  const check = guard(() => {
    if (document.hidden || !hasBox(element)) return;
    clearInterval(timer);
    work();
  });
  const timer = setInterval(check, PERIOD);
  check();
}
