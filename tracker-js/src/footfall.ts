/**
 * `footfall.js`: counts page views, outlinks, downloads, searches and events, without storing anything.
 *
 *     <script defer src="https://HOST/footfall.js" data-site="1"></script>
 */
import { markedEvent } from './attributes.ts';
import { guard } from './guard.ts';
import { readHints } from './hints.ts';
import { onRestore, whenActive } from './lifecycle.ts';
import { DOWNLOADS, bareHost, isDownload, onClick } from './links.ts';
import { common, encode, eventParams, newPageId, searchParams, type Page, type Params } from './params.ts';
import { onRoute } from './routes.ts';
import { sendHit } from './send.ts';

/** What a page may say about a view that it counts itself. */
interface View {
  url?: string;
  title?: string;
}

/** The global function: collects calls in `q` until the script is ready, as the stub on the page does. */
interface Footfall {
  (...call: unknown[]): void;
  q?: ArrayLike<unknown>[];
  /** Set by the first script on the page; a second one would count everything twice. */
  ready?: boolean;
}

declare global {
  interface Window {
    footfall?: Footfall;
  }
}

/** Applications set their title some time after the address: the view waits this many milliseconds for it. */
const SETTLE = 100;

/** Counts for one site until the page goes. */
function start(script: HTMLScriptElement): void {
  const { site, endpoint, manual, hash } = script.dataset;
  const target = new URL(endpoint || '/matomo.php', script.src).href;
  const automatic = manual === undefined;

  let page: Page = { url: here(), referrer: document.referrer, id: newPageId() };
  let counted: string | undefined;
  let settling: number | undefined;

  /** The address as this site counts it: the fragment is a place on the page unless it is the route. */
  function here(): string {
    return hash === undefined ? location.href.replace(/#.*/, '') : location.href;
  }

  function track(params: Params | undefined): void {
    if (params) sendHit(target, encode({ ...params, ...common(site, page) }));
  }

  /** Each view but the first comes from the view before, whatever brought the visitor to the site. */
  function view({ url, title }: View = {}): void {
    clearTimeout(settling);
    if (counted !== undefined) page = { url: '', referrer: page.url, id: newPageId() };
    counted = here();
    page.url = url ? new URL(url, location.href).href : counted;
    track({ action_name: title ?? document.title });
  }

  /** A redirect inside the application is one view: only the address it settles on counts. */
  function routed(): void {
    clearTimeout(settling);
    settling = setTimeout(
      guard(() => here() !== counted && view()),
      SETTLE,
    );
  }

  function clicked(path: Element[], link: HTMLAnchorElement | HTMLAreaElement | undefined, event: MouseEvent): void {
    // A middle click does something on links only.
    if (link || !event.button) track(markedEvent(path));
    if (!link || link.closest('[data-footfall-ignore]')) return;
    if (isDownload(link, DOWNLOADS)) track({ download: link.href });
    else if (bareHost(link.host) !== bareHost(location.host)) track({ link: link.href });
  }

  function command(name: unknown, ...args: unknown[]): void {
    const [first, second, third, fourth] = args;
    if (name === 'pageview') view(first as View | undefined);
    if (name === 'event') track(eventParams(first, second, third, fourth));
    if (name === 'search') track(searchParams(first, second, third));
  }

  onClick(clicked);
  if (automatic) {
    view();
    onRoute(routed);
    onRestore(view);
  }
  const call = guard(command);
  const waiting = window.footfall?.q ?? [];
  window.footfall = call;
  window.footfall.ready = true;
  for (const args of waiting) call(...(Array.from(args) as [unknown]));
}

/** Makes the function callable at once, and starts when the page is really shown and hints are there. */
function boot(): void {
  const script = (document.currentScript ?? document.querySelector('script[data-site]')) as HTMLScriptElement | null;
  if (!script?.dataset.site || window.footfall?.ready) return;
  const stub: Footfall = (window.footfall ??= (...call) => void (stub.q ??= []).push(call));
  stub.ready = true;
  readHints();
  whenActive(() => void setTimeout(guard(() => start(script))));
}

guard(boot)();
