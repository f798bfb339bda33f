/** Events written into the page: `data-footfall-event="Category/Action/Name"`, or one attribute a field. */
import { eventParams, type Params } from './params.ts';

/** The event of the innermost marked element, if the click is on one. Single attributes win over the short form. */
export function markedEvent(path: Element[]): Params | undefined {
  for (const { dataset } of path as HTMLElement[]) {
    if (!dataset) continue;
    const { footfallEvent, footfallCategory, footfallAction, footfallName, footfallValue } = dataset;
    if (footfallEvent || footfallCategory) {
      const [category, action, ...name] = (footfallEvent ?? '').split('/');
      return eventParams(
        footfallCategory ?? category,
        footfallAction ?? action,
        footfallName ?? name.join('/'),
        footfallValue,
      );
    }
  }
  return undefined;
}
