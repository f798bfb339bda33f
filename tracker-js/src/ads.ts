/**
 * `ads.js`: puts a banner where its script tag stands and counts one impression when it begins to render.
 *
 *     <script async src="https://HOST/ads.js" data-placement="7"></script>
 */
import { guard, listen } from './guard.ts';
import { whenActive } from './lifecycle.ts';
import { post } from './send.ts';

/** The answer of `/ad/delivery`; it comes from outside, so nothing in it is taken for granted. */
type Banner = Partial<Record<'image' | 'width' | 'height' | 'alt' | 'click' | 'impression', unknown>>;

const WEB = /^https?:/;
const IMAGE = /^(https?:|data:image\/)/;

/** The absolute address, if it is one that may be shown or opened; relative ones belong to the server. */
function safeAddress(address: unknown, base: string, allowed: RegExp): string | undefined {
  if (!address) return undefined;
  const { href } = new URL(String(address), base);
  return allowed.test(href) ? href : undefined;
}

/** Asks the server for a banner; nothing when it has none. */
async function fetchBanner(placement: string, base: string): Promise<Banner | undefined> {
  const address = new URL(`/ad/delivery?placement=${encodeURIComponent(placement)}`, base);
  const response = await fetch(address, { credentials: 'omit', cache: 'no-store' });
  return response.status === 200 ? ((await response.json()) as Banner) : undefined;
}

/**
 * The link with its image, not yet loading. The mark keeps our own click counter out of the site's
 * outlinks, where each delivery would be an address of its own.
 */
function render(banner: Banner, click: string): { link: HTMLAnchorElement; image: HTMLImageElement } {
  const link = document.createElement('a');
  link.href = click;
  link.target = '_blank';
  link.rel = 'noopener';
  link.dataset.footfallIgnore = '';
  const image = link.appendChild(document.createElement('img'));
  // Known sizes keep the page from jumping when the image arrives.
  if (banner.width) image.width = Number(banner.width);
  if (banner.height) image.height = Number(banner.height);
  image.alt = String(banner.alt ?? '');
  return { link, image };
}

/** Runs `work` once, when the loaded image is part of a page that somebody can see. */
function onBeginToRender(image: HTMLImageElement, work: () => void): void {
  const events = new AbortController();
  const check = (): void => {
    if (document.hidden || !image.naturalWidth || !image.isConnected) return;
    events.abort();
    work();
  };
  listen(image, 'load', check, events);
  listen(document, 'visibilitychange', check, events);
}

/** Shows one banner after its script tag. */
async function place(script: HTMLScriptElement, placement: string): Promise<void> {
  const banner = await fetchBanner(placement, script.src);
  if (!banner) return;
  const source = safeAddress(banner.image, script.src, IMAGE);
  const click = safeAddress(banner.click, script.src, WEB);
  const impression = safeAddress(banner.impression, script.src, WEB);
  if (!source || !click || !impression) return;
  const { link, image } = render(banner, click);
  listen(image, 'error', () => link.remove());
  onBeginToRender(image, () => post(impression));
  image.src = source;
  script.after(link);
}

/** The tag that runs now; where the browser cannot tell, every tag that nobody has taken yet. */
function ownTags(): Iterable<HTMLScriptElement> {
  const current = document.currentScript;
  return current instanceof HTMLScriptElement
    ? [current]
    : document.querySelectorAll<HTMLScriptElement>('script[data-placement]:not([data-placed])');
}

function boot(): void {
  for (const script of ownTags()) {
    const { placement, placed } = script.dataset;
    if (!placement || placed !== undefined) continue;
    script.dataset.placed = '';
    whenActive(() => void place(script, placement).catch(() => {}));
  }
}

guard(boot)();
