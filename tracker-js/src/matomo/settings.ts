/** What a page has told one tracker about itself. */
import { hints } from '../hints.ts';
import { common, encode, type Params } from '../params.ts';
import { TYPES } from './downloads.ts';
import { consented } from './gate.ts';

export interface Settings {
  endpoint: string;
  site: unknown;
  /** What the page says instead of its address, referrer and title; they hold until it says something else. */
  url?: string | undefined;
  referrer?: string | undefined;
  title?: unknown;
  /** Own hosts besides the page's; see `isOwn`. */
  hosts: string[];
  /** File types that are downloads: letters and digits only. */
  types: readonly string[];
  /** Empty before the first page view. */
  pageId: string;
  user: unknown;
  /** `dimension1`… as they are sent with every hit. */
  dimensions: Params;
  /** The product that the page shows: sent with its page views. */
  product: Params;
  /** Custom variables by scope and slot: a name and a value each. */
  variables: Record<'visit' | 'page', Record<string, [string, string]>>;
}

export function newSettings(endpoint: string, site?: unknown): Settings {
  return {
    endpoint,
    site,
    hosts: [],
    types: TYPES,
    pageId: '',
    user: undefined,
    dimensions: {},
    product: {},
    variables: { visit: {}, page: {} },
  };
}

/** The address of the page as the site calls it. Read anew each time: applications change it. */
export function currentUrl({ url }: Settings): string {
  return url ? new URL(url, location.href).href : location.href;
}

/** The custom variables of a scope by slot. Matomo takes every scope but `page` for the visit's. */
export function variablesOf({ variables }: Settings, scope: unknown): Settings['variables']['visit'] {
  return variables[scope === 'page' ? 'page' : 'visit'];
}

/** All parameters of a hit. What may still change is looked up when it is sent, the rest when it happened. */
export function describe(settings: Settings, params: Params): () => string {
  const page = {
    url: currentUrl(settings),
    urlref: settings.referrer ?? document.referrer,
    pv_id: settings.pageId,
  };
  const json = (variables: object) => Object.keys(variables).length > 0 && JSON.stringify(variables);
  const variables = { _cvar: json(settings.variables.visit), cvar: json(settings.variables.page) };
  const all = { ...params, ...variables, ...settings.dimensions, ...common(settings.site, page), uid: settings.user };
  // Empty: this script has no visitor id, and says so as Matomo's does without cookies.
  return () => `${encode({ ...all, uadata: hints(), consent: consented() && 1 })}&_id=`;
}

/** Dimensions given for one hit only, in the last argument of most commands. */
export function extraDimensions(data: unknown): Params {
  const extra: Params = {};
  for (const [name, value] of Object.entries(data ?? {})) if (/^dimension\d+$/.test(name)) extra[name] = value;
  return extra;
}
