/**
 * `ads.js`: puts a banner where its script tag stands, and counts one impression when it begins to render: when its
 * picture has a box on the page, in view or not.
 *
 *     <script async src="https://HOST/ads.js" data-placement="7"></script>
 */
import { whenBoxed } from './box.ts';
import { guard, listen } from './guard.ts';
import { whenVisible } from './lifecycle.ts';
import { post } from './send.ts';

/** The answer of the server; it comes from outside, so nothing in it is taken for granted. */
type Banner = Partial<Record<'image' | 'width' | 'height' | 'alt' | 'click' | 'impression', unknown>>;

const WEB = /^https?:/;
const IMAGE = /^(https?:|data:image\/)/;

/** Where tags stand that can show nothing. */
const MISPLACED = 'head script[data-placement]';

/** How long a delivery is shown for the first time, in milliseconds: the server takes it for two hours. */
const FRESH = 90 * 60_000;

/** The absolute address, if it is one that may be shown or opened; the server's own begin beside the script. */
function safeAddress(address: unknown, base: string, allowed: RegExp): string | undefined {
  if (!address) return undefined;
  const { href } = new URL(String(address).replace(/^\/(?!\/)/, './'), base);
  return allowed.test(href) ? href : undefined;
}

/** Asks the server for a banner; nothing when it has none. */
async function fetchBanner(placement: string, base: string): Promise<Banner | undefined> {
  const address = new URL(`ad/delivery?placement=${encodeURIComponent(placement)}`, base);
  const response = await fetch(address, { credentials: 'omit', cache: 'no-store' });
  return response.status === 200 ? ((await response.json()) as Banner) : undefined;
}

/**
 * The link with its image, not yet loading. The marks keep our own click counter out of the site's outlinks, where each
 * delivery would be an address of its own: the classes are those that Matomo's script knows.
 */
function render(banner: Banner, click: string): { link: HTMLAnchorElement; image: HTMLImageElement } {
  const link = document.createElement('a');
  link.href = click;
  link.target = '_blank';
  link.rel = 'noopener';
  link.className = 'matomo_ignore piwik_ignore';
  link.dataset.footfallIgnore = '';
  const image = link.appendChild(document.createElement('img'));
  // Known sizes keep the page from jumping when the image arrives.
  if (banner.width) image.width = Number(banner.width);
  if (banner.height) image.height = Number(banner.height);
  image.alt = String(banner.alt ?? '');
  return { link, image };
}

/** Shows one banner after its script tag. One that nobody could see until it was too old makes way for another. */
async function place(script: HTMLScriptElement, placement: string): Promise<void> {
  const asked = Date.now();
  const banner = await fetchBanner(placement, script.src);
  if (!banner) return;
  const source = safeAddress(banner.image, script.src, IMAGE);
  const click = safeAddress(banner.click, script.src, WEB);
  const impression = safeAddress(banner.impression, script.src, WEB);
  if (!source || !click || !impression) return;
  const { link, image } = render(banner, click);
  const shown = (): void => {
    if (Date.now() - asked < FRESH) return post(impression);
    link.remove();
    start(script, placement);
  };
  listen(image, 'error', () => link.remove());
  listen(image, 'load', () => whenBoxed(image, shown), { once: true });
  image.src = source;
  script.after(link);
}

/** Asks for a banner when there is somebody to show it to. */
function start(script: HTMLScriptElement, placement: string): void {
  whenVisible(() => void place(script, placement).catch(() => {}));
}

/** Says once a page that a tag stands where nothing is shown. */
function warn(script: HTMLScriptElement): void {
  if (document.querySelector(MISPLACED) === script) {
    console.warn('ads.js: a tag in <head> shows no banner; put it into <body>, where the banner should be', script);
  }
}

/** Takes a tag, unless it is taken already. */
function take(script: HTMLScriptElement): void {
  const { placement, placed } = script.dataset;
  if (!placement || placed !== undefined) return;
  script.dataset.placed = '';
  if (document.body?.contains(script)) start(script, placement);
  else warn(script);
}

/** Whether the browser runs the tag: tools for consent keep scripts back under a type of their own. */
function isRun(node: unknown): node is HTMLScriptElement {
  return node instanceof HTMLScriptElement && !!node.src && /^(module|.*javascript)?$/i.test(node.type);
}

/**
 * The tag that runs now; where the browser cannot tell, as for a module, every tag of this script, and those of the same
 * module that come later, which is run no second time.
 */
function boot(): void {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement) return take(current);
  const find = (node: unknown): void => {
    if (isRun(node)) take(node);
  };
  document.querySelectorAll('script[data-placement]').forEach(find);
  listen(document, 'load', ({ target }) => find(target), { capture: true });
}

guard(boot)();
