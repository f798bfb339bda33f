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
interface Counter {
  track(params: Params | undefined): void;
  view(view?: View): void;
  /** The address may have changed. */
  routed(): void;
}

function createCounter({ site, hash }: DOMStringMap, target: string): Counter {
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

  return { track, view, routed };
}

function watchClicks({ track }: Counter): void {
  onClick((path, link, event) => {
    // A middle click does something on links only.
    if (link || !event.button) track(markedEvent(path));
    if (!link || link.closest('[data-footfall-ignore]')) return;
    if (isDownload(link, DOWNLOADS)) track({ download: link.href });
    else if (bareHost(link.host) !== bareHost(location.host)) track({ link: link.href });
  });
}

/** Runs the calls that waited, and each new one as it comes. */
function takeCalls({ track, view }: Counter): void {
  const call = guard((name: unknown, ...[first, second, third, fourth]: unknown[]): void => {
    if (name === 'pageview') view(first as View | undefined);
    if (name === 'event') track(eventParams(first, second, third, fourth));
    if (name === 'search') track(searchParams(first, second, third));
  });
  const waiting = window.footfall?.q ?? [];
  window.footfall = call;
  window.footfall.ready = true;
  for (const args of waiting) call(...(Array.from(args) as [unknown]));
}

function start({ src, dataset }: HTMLScriptElement): void {
  const counter = createCounter(dataset, new URL(dataset.endpoint || '/matomo.php', src).href);
  watchClicks(counter);
  if (dataset.manual === undefined) {
    counter.view();
    onRoute(counter.routed);
    onRestore(counter.view);
  }
  takeCalls(counter);
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
