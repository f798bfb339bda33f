/** Keeps this far from the edge of the window. */
const margin = 8;

/**
 * Puts a popover under (or, without room, above) what it belongs to. Done in script because CSS
 * anchor positioning is younger than the browsers this page supports.
 */
export function placeUnder(popover: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const left = Math.max(margin, Math.min(at.left, document.documentElement.clientWidth - width - margin));
  const below = at.bottom + 6;
  const fits = below + height <= innerHeight - margin;
  popover.style.left = `${left}px`;
  popover.style.top = `${fits ? below : Math.max(margin, at.top - height - 6)}px`;
}
