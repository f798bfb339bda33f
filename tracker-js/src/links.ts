/** Clicks on links: which ones leave the site, which ones fetch a file. */
import { guard, listen } from './guard.ts';

/**
 * A link that was clicked, and where it leads; a file made in the page has an address of its name, since its own
 * address is its content.
 */
export type Link = readonly [element: Element, url: URL];

/** The names of the parameters a clicked link is sent under. */
export type LinkKind = 'download' | 'link';

/** File types that are downloaded rather than looked at, as alternatives of an expression. */
export const DOWNLOADS =
  '7z|apk|avi|[bgx]z2?|docx?|pptx?|xlsx?|csv|deb|dmg|epub|exe|iso|m4[av]|mp[34]|msi|od[pst]|pdf|pkg|[rt]ar|rtf|tgz|wav|zip';

/** The link among what was clicked, in HTML or in a drawing, unless it is a script, a mail address or the like. */
const linkIn = guard((path: Element[]): Link | false => {
  const element = path.find((node) => node.matches(':link')) as HTMLAnchorElement;
  // In SVG it is an object, and not yet an absolute address.
  const href = element.href as string & SVGAnimatedString;
  let url = new URL(href.baseVal || href, document.baseURI);
  // Without the attribute it is no file, and what this makes of it is a page of the site, which counts as nothing.
  if (/^(blob|data)/.test(url.href)) {
    url = new URL(encodeURIComponent(element.download || 'download'), location.href);
  }
  return /^http/.test(url.href) && [element, url];
});

/**
 * Runs `work` for each left, middle or keyboard click, with the elements under it (innermost first, through shadow
 * roots) and the link among them. Listens while the event goes down, so that a page that stops it is still counted,
 * and on the document, so that links added later need nothing.
 *
 * A click on a label is followed by one on its control; that is left out when `work` found something in the first.
 */
export function onClick(work: (path: Element[], link: Link | false | undefined, event: MouseEvent) => unknown): void {
  let before: Element[] = [];
  const clicked = (event: MouseEvent): void => {
    const path = (event.composedPath ? (event.composedPath() as Element[]) : [event.target as Element]).filter((node) => node.matches);
    if (event.button > 1 || before.some((label) => (label as HTMLLabelElement).control === path[0])) return;
    if (!work(path, linkIn(path), event)) return;
    before = path;
    setTimeout(() => (before = []));
  };
  listen(document, 'click', clicked, true);
  listen(document, 'auxclick', clicked, true);
}

/** A file by its `download` attribute or by a file name at the end of the path or of a query value. */
export function isDownload([element, url]: Link, types: string): boolean {
  return element.hasAttribute('download') || new RegExp(`^[^#]*\\.\\b(${types})([?&;#]|$)`, 'i').test(url.href);
}

/** Whether a link or its surroundings ask not to be counted. */
export function isIgnored(path: Element[]): boolean {
  return path.some((node) => node.matches('[data-footfall-ignore]'));
}

/** `example.org` and `www.example.org` are one site to everybody but the name system. */
export function bareHost(host: string): string {
  return host.replace(/^www\./, '');
}
