/** Events written into the page: `data-footfall-event="Category/Action/Name"`, or one attribute a field. */
import { eventParams, type Params } from './params.ts';

/** The event of the innermost marked element, if the click is on one. Single attributes win over the short form. */
export function markedEvent(path: Element[]): Params | undefined {
  return (path as HTMLElement[]).map(eventOf).find(Boolean);
}

function eventOf({ dataset = {} }: Partial<HTMLElement>): Params | undefined {
  const { footfallEvent, footfallCategory, footfallAction, footfallName, footfallValue } = dataset;
  const [category, action, ...name] = (footfallEvent || '').split('/');
  return eventParams(footfallCategory || category, footfallAction || action, footfallName || name.join('/'), footfallValue);
}
