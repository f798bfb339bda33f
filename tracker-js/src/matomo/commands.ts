/** The commands of one tracker: what `_paq.push(['name', …])` and `tracker.name(…)` can do. */
import { eventParams, newPageId, searchParams, type Params } from '../params.ts';
import { sendHit } from '../send.ts';
import { createBulk } from './bulk.ts';
import { createClicks, type Clicks } from './clicks.ts';
import { contentParams, readBlock } from './content.ts';
import { gateCommands, isOpen, whenAllowed } from './gate.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createImpressions, whenParsed, type Impressions } from './impressions.ts';
import { currentUrl, describe, extraDimensions, variablesOf, type Settings } from './settings.ts';
import { createShop } from './shop.ts';

/** Arguments come from page code; a wrong one ends inside the guard around each command. */
export type Command = (...args: never[]) => unknown;
export type Commands = Record<string, Command>;

/** Sends one hit; a command that was told too little has no parameters, and is none. */
type Send = (params: Params | undefined) => void;

/** `a|b`, `a,b` or a list, as `setDownloadExtensions` and its like take them. */
function list(value: unknown): string[] {
  return String(value).toLowerCase().split(/\W+/).filter(Boolean);
}

/** What happens on a page: each command is one hit. */
function createTracking(settings: Settings, send: Send, impressions: Impressions): Commands {
  return {
    trackPageView(title?: unknown, data?: unknown) {
      settings.pageId = newPageId();
      impressions.reset();
      const view = { action_name: title || settings.title || document.title, ...settings.product };
      send({ ...view, ...extraDimensions(data) });
    },
    trackEvent(category: unknown, action: unknown, name: unknown, value: unknown, data: unknown) {
      const event = eventParams(category, action, name, value);
      send(event && { ...event, ...extraDimensions(data) });
    },
    trackLink(address: string, type: unknown, data: unknown) {
      const kind = type === 'download' ? type : 'link';
      send({ [kind]: new URL(address, location.href).href, ...extraDimensions(data) });
    },
    trackSiteSearch(keyword: unknown, category: unknown, count: unknown, data: unknown) {
      send({ ...searchParams(keyword, category, count), ...extraDimensions(data) });
    },
    trackGoal(id: unknown, revenue: unknown, data: unknown) {
      send({ idgoal: id, revenue, ...extraDimensions(data) });
    },
  };
}

/** That somebody is still there. */
function createPings(send: Send): Commands {
  const ping = (): void => send({ ping: 1 });
  // A hit that waits for consent is worth something later, a ping is not.
  const heartbeat = createHeartbeat(() => isOpen() && ping());
  return { ping, enableHeartBeatTimer: heartbeat.start, disableHeartBeatTimer: heartbeat.stop };
}

/** Content blocks: shown by command, shown by what is on the page, and clicked. */
function createContent(send: Send, sendImpression: Send, impressions: Impressions, clicks: Clicks): Commands {
  return {
    trackContentImpression(name: unknown, piece: unknown, target: unknown) {
      if (name) sendImpression(contentParams(name, piece, target));
    },
    trackContentInteraction(interaction: unknown, name: unknown, piece: unknown, target: unknown) {
      if (interaction && name) send(contentParams(name, piece, target, interaction));
    },
    trackContentInteractionNode(node: Element, interaction: unknown) {
      send(readBlock(node, interaction || 'Unknown'));
    },
    trackAllContentImpressions() {
      clicks.trackContent();
      whenParsed(() => impressions.all(document.documentElement));
    },
    trackContentImpressionsWithinNode(node: Element) {
      clicks.trackContent();
      impressions.all(node);
    },
    trackVisibleContentImpressions(onScroll?: unknown, interval?: unknown) {
      clicks.trackContent();
      whenParsed(() => impressions.visible(onScroll === false && !interval));
    },
  };
}

/** What a page says about itself, for the hits that follow. */
function createPage(settings: Settings): Commands {
  return {
    setTrackerUrl: (address: string) => void (settings.endpoint = address),
    setSiteId: (site: unknown) => void (settings.site = site),
    setCustomUrl: (address: string) => void (settings.url = address),
    setReferrerUrl: (address: string) => void (settings.referrer = address),
    setDocumentTitle: (title: unknown) => void (settings.title = title),
    setUserId: (user: unknown) => void (settings.user = user),
    resetUserId: () => void (settings.user = undefined),
    setPageViewId: (id: string) => void (settings.pageId = id),
    setCustomDimension: (id: unknown, value: unknown) => void (settings.dimensions[`dimension${id}`] = value),
    setCustomVariable(slot: unknown, name: unknown, value: unknown, scope: unknown) {
      variablesOf(settings, scope)[String(slot)] = [String(name), String(value ?? '')];
    },
    deleteCustomVariable: (slot: unknown, scope: unknown) => delete variablesOf(settings, scope)[String(slot)],
    deleteCustomDimension: (id: unknown) => delete settings.dimensions[`dimension${id}`],
    setDomains: (hosts: string | string[]) => void (settings.hosts = ([] as string[]).concat(hosts)),
    setDownloadExtensions: (types: unknown) => void (settings.types = list(types)),
    addDownloadExtensions: (types: unknown) => void (settings.types = [...settings.types, ...list(types)]),
    removeDownloadExtensions(types: unknown) {
      const gone = list(types);
      settings.types = settings.types.filter((type) => !gone.includes(type));
    },
  };
}

/** What a page may ask. */
function createAsking(settings: Settings): Commands {
  return {
    getTrackerUrl: () => settings.endpoint,
    getSiteId: () => settings.site,
    getCurrentUrl: () => currentUrl(settings),
    getUserId: () => settings.user ?? '',
    getPageViewId: () => settings.pageId,
    getCustomVariable: (slot: unknown, scope: unknown) => variablesOf(settings, scope)[String(slot)] ?? false,
    getCustomDimension: (id: unknown) => settings.dimensions[`dimension${id}`],
    // There is no visitor id, and no cookie to have or to lack.
    getVisitorId: () => '',
    hasCookies: () => false,
    areCookiesEnabled: () => false,
  };
}

export function createCommands(settings: Settings): Commands {
  const bulk = createBulk();
  const send = (params: Params | undefined, transport = sendHit): void => {
    if (!params || !settings.site) return;
    const query = describe(settings, params);
    whenAllowed(() => transport(settings.endpoint, query()));
  };
  const sendImpression: Send = (params) => send(params, bulk);
  const impressions = createImpressions(sendImpression);
  const clicks = createClicks(settings, send);
  return {
    ...createTracking(settings, send, impressions),
    ...createPings(send),
    enableLinkTracking: clicks.trackLinks,
    ...createContent(send, sendImpression, impressions, clicks),
    ...createShop(settings, send),
    ...createPage(settings),
    ...createAsking(settings),
    ...gateCommands,
  };
}
