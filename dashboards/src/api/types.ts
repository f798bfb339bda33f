/** The shapes the server answers with. Every `string` in here may be text a stranger sent. */

export interface Session {
  user: { email: string; role: string };
  version: string;
  public_url: string;
  test_clock: boolean;
  attribution: { text: string; url: string };
}

export interface Site {
  id: number;
  name: string;
  url: string;
  timezone: string;
  identity: Identity;
  first_hit: string | null;
  today: { visitors: number; page_views: number };
}

export interface NewSite {
  name: string;
  url: string;
  timezone: string;
}

export type Identity = "daily" | "consented";

export interface SiteDetail {
  id: number;
  name: string;
  url: string;
  timezone: string;
  /** The zone that will take its place, and when. */
  next_timezone: { timezone: string; from: string } | null;
  identity: Identity;
}

export type SiteChange = Pick<SiteDetail, "name" | "url" | "timezone" | "identity">;

/** What counts on a site. */
export interface SiteSettings {
  aliases: string[];
  excluded_parameters: string[];
  excluded_addresses: string[];
  excluded_agents: string[];
  excluded_referrers: string[];
  exclude_unknown_urls: boolean;
  keep_fragment: boolean;
  ecommerce: boolean;
  site_search: boolean;
  search_keywords: string[];
  search_categories: string[];
}

export const goalAttributes = [
  "url", "title", "file", "external_website", "event_category", "event_action", "event_name", "visit_duration",
  "manually",
] as const;

export type GoalAttribute = (typeof goalAttributes)[number];

export type PatternType = "contains" | "exact" | "regex" | "greater_than";

export interface GoalBody {
  name: string;
  description: string;
  attribute: GoalAttribute;
  /** Whole minutes for `visit_duration`. */
  pattern: string;
  pattern_type: PatternType;
  case_sensitive: boolean;
  allow_multiple: boolean;
  revenue: number;
  use_event_value: boolean;
}

export interface Goal extends GoalBody {
  id: number;
}

export interface Snippet {
  footfall: string;
  matomo: string;
}

export interface DroppedCount {
  reason: string;
  count: number;
}

export interface SiteStatus {
  first_hit: string | null;
  last_hit: string | null;
  hits_today: number;
  dropped_today: DroppedCount[];
}

/** The five figures a site page can draw; the names are those of the API. */
export type Metric = "visitors" | "visits" | "page_views" | "bounce_rate" | "visit_duration";

export type Figures = Record<Metric, number | null>;

export interface Interval extends Figures {
  /** Local to the site, as long as the interval is fine: `2026-11`, `2026-11-01` or `2026-11-01T00`. */
  start: string;
  /** The interval is not over yet, so its figures will still grow. */
  partial: boolean;
}

export interface Range {
  from: string;
  to: string;
  interval: "hour" | "day" | "month";
  timezone: string;
  today: string;
}

export interface Totals extends Figures {
  actions: number;
  /** Where visitors are told apart over more than a day. */
  new_visits?: number;
  returning_visits?: number;
}

export interface Overview {
  range: Range;
  /** Visitors are distinct ones of the whole period, not the sum of its days. */
  distinct_visitors: boolean;
  totals: Totals;
  previous: Totals | null;
  series: Interval[];
}

export const dimensions = [
  "pages", "titles", "referrers", "outlinks", "downloads", "events", "searches", "countries",
  "regions", "cities", "browsers", "systems", "devices", "languages",
] as const;

export type Dimension = (typeof dimensions)[number];

export interface BreakdownRow {
  label: string;
  visitors: number;
  visits: number;
  count: number;
  /** Cities and regions say which country they lie in. */
  country?: string | null;
  /** Referrers say what kind of source they are. */
  kind?: string;
  /** Several labels with few visitors each, as one line without a name. */
  folded?: boolean;
}

export interface Breakdown {
  rows: BreakdownRow[];
  total_rows: number;
}

export interface Named {
  id: number;
  name: string;
}

export interface GrossAndValid {
  gross: number;
  valid: number;
}

export interface BannerRow {
  campaign: Named;
  creative: Named;
  placement: Named;
  impressions: GrossAndValid;
  /** Fetched by the image proxies of mail providers: gross, and not valid. */
  mail_impressions: number;
  clicks: GrossAndValid;
  ctr: number | null;
}

interface Reached {
  conversions: number;
  converted_visits: number;
  conversion_rate: number | null;
  revenue: number;
}

export interface GoalLine extends Reached {
  /** Null for several goals with few visitors each. */
  id: number | null;
  /** Null when the goal was deleted, or there is no `id`. */
  name: string | null;
  previous: Reached | null;
}

interface Ordered {
  orders: number;
  converted_visits: number;
  conversion_rate: number | null;
  revenue: number;
  average: number | null;
}

export interface Conversions {
  rows: GoalLine[];
  orders: (Ordered & { previous: Ordered | null }) | null;
}

export interface Rows<Row> {
  rows: Row[];
}

export interface Campaign {
  id: number;
  name: string;
  archived: boolean;
}

export interface NewCreative {
  name: string;
  image_url: string;
  destination_url: string;
  width: number;
  height: number;
  alt: string;
}

export interface Creative extends NewCreative {
  id: number;
  campaign_id: number;
}

export interface NewPlacement {
  site_id: number;
  name: string;
  campaign_id: number;
  frame_hosts: string[];
}

export interface Placement extends NewPlacement {
  id: number;
}

export interface PlacementTags {
  script: string;
  creatives: { creative_id: number; name: string; image_link: string }[];
}
