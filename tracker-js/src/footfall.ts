/**
 * `footfall.js`: counts page views, outlinks, downloads, searches and events, without storing anything.
 *
 *     <script defer src="https://HOST/footfall.js" data-site="1"></script>
 */
import { markedEvent } from './attributes.ts';
import { guard, listen } from './guard.ts';
import { readHints } from './hints.ts';
import { whenActive } from './lifecycle.ts';
import { DOWNLOADS, bareHost, isDownload, isIgnored, onClick } from './links.ts';
import { common, encode, eventParams, newPageId, searchParams, type Page, type Params } from './params.ts';
import { onRoute, pageKey } from './routes.ts';
import { sendHit } from './send.ts';

/** What a page may say about a view that it counts itself. */
interface View {
  url?: string;
  title?: string;
}

type Call = Iterable<unknown>;

/** Calls that wait for the script; each script on the page takes those made before, and hears of the next ones. */
interface Queue {
  length: number;
  push(call: Call): unknown;
  forEach(work: (call: Call) => void): void;
  /** What was started or said on this page, by endpoint and site, so that a snippet in twice counts once. */
  [what: string]: unknown;
}

/** The global function, which collects calls in `q`, as the stub on the page does. */
interface Footfall {
  (...call: unknown[]): void;
  q?: Queue;
}

declare global {
  interface Window {
    footfall?: Footfall;
  }
}

/** Applications replace an address by another, and set their title, some time after: looked at every so many ms … */
const SETTLE = 100;

/** … and so many times at most: then the view goes without the title of the page before. */
const LOOKS = 10;

/**
 * Counts for one site until the page goes. One closure and no objects: names of properties are not shortened, and every
 * byte is paid by visitors.
 */
function count(site: unknown, target: string, { hash, hosts, downloads, manual }: DOMStringMap, queue: Queue): void {
  let page: Page = { url: here(), urlref: document.referrer };
  /** The address of the page as last seen: other than `page.url` once its query was replaced. */
  let seen: string | undefined;
  /** A view that waits: its address, the title of the page before, how often was looked, and the next look. */
  let next: string;
  let stale: string | undefined;
  let looks: number;
  let timer: number | undefined;

  /** The address as this site counts it: the fragment is a place on the page unless it is the route. */
  function here(): string {
    return location.href.replace(hash == null ? /#.*/ : '', '');
  }

  /** From a route's change on, every hit belongs to the new page, whose view goes first. */
  function track(params: Params | false | undefined): void {
    if (!params) return;
    flush();
    sendHit(target, encode({ ...params, ...common(site, page), hash: hash != null }));
  }

  /** Each view but the first comes from the view before, whatever brought the visitor to the site. */
  function view(title = document.title, address = here(), url = address): void {
    stale = timer = clearInterval(timer) as undefined;
    page = { url: new URL(url, address).href, urlref: seen ? page.url : page.urlref, pv_id: newPageId() };
    seen = address;
    track({ action_name: title });
  }

  /** The title unless it is still that of the page before. */
  function freshTitle(): string {
    return document.title === stale ? '' : document.title;
  }

  function flush(): void {
    if (timer) view(freshTitle(), next);
  }

  function look(): void {
    if (++looks >= LOOKS || freshTitle()) flush();
  }

  /** A redirect inside the application is one view: only the address it settles on counts. */
  function routed(how?: string | null): void {
    let replaced = how === 'replace';
    if (looks && !replaced) flush();
    next = here();
    replaced = replaced && !timer;
    if (pageKey(seen!, replaced) === pageKey(next, replaced)) {
      seen = next;
      timer = clearInterval(timer) as undefined;
    } else if (!timer) {
      stale = stale || document.title;
      looks = 0;
      timer = setInterval(guard(look), SETTLE);
    }
  }

  const own = `${location.hostname} ${hosts || ''}`.split(' ').map(bareHost);
  const types = `${DOWNLOADS}|${(downloads || '').replace(/\W+/g, '|')}`;
  onClick((path, link, { button }) => {
    if (!timer) stale = document.title;
    // A middle click does something on links only.
    const marked = (link || !button) && markedEvent(path);
    track(marked);
    if (link && !isIgnored(path)) {
      const { href, hostname } = link[1];
      track(isDownload(link, types) ? { download: href } : !own.includes(bareHost(hostname)) && { link: href });
    }
    return marked || link;
  });
  if (manual == null) {
    view();
    onRoute(routed);
    // Seen again from the back/forward cache, though not loaded again.
    listen<PageTransitionEvent>(window, 'pageshow', ({ persisted }) => persisted && view());
    listen(window, 'pagehide', flush);
  }
  const commands: Record<string, (...args: any[]) => void> = {
    pageview: ({ title, url }: View = {}) => view(title, here(), url),
    event: (category, action, name, value) => track(eventParams(category, action, name, value)),
    search: (keyword, category, number) => track(searchParams(keyword, category, number)),
  };
  const take = guard(([name, ...args]: Call): void => commands[name as string]!(...args));
  const others = queue.push !== [].push && queue.push;
  queue.forEach(take);
  queue.push = (call) => {
    if (others) others(call);
    take(call);
  };
}

/** The site of a tag: `data-site="3"`, or `footfall.js?site=3` where attributes get lost. */
function siteOf({ src, dataset }: HTMLScriptElement): number {
  return +(dataset.site || (/footfall.*\bsite=(\d+)/.exec(src) || '')[1]!);
}

/** Makes the function callable at once, and starts when the page is really shown and hints are there. */
function boot(): void {
  const stub: Footfall = (window.footfall = window.footfall || ((...call) => void queue.push(call)));
  const queue: Queue = (stub.q = stub.q || ([] as any));
  const isNew = (what: string): unknown => !queue[what] && (queue[what] = 1);
  const current = document.currentScript as HTMLScriptElement;
  const tags = current && siteOf(current) ? [current] : [...document.scripts].filter(siteOf);
  if (!tags[0] && isNew('told')) console.warn('footfall: no data-site');
  readHints();
  for (const tag of tags) {
    const site = siteOf(tag);
    const target = new URL(tag.dataset.endpoint || 'matomo.php', tag.src || location.href).href;
    if (isNew(target + site)) whenActive(() => void setTimeout(guard(count), 0, site, target, tag.dataset, queue));
  }
}

guard(boot)();
