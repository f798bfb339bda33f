import type { Period } from "../period";
import { periodQuery } from "../period";
import type {
  BannerRow, Breakdown, Campaign, Conversions, Creative, Dimension, DroppedCount, Goal, Overview, Placement,
  PlacementTags, Rows, Session, Site, SiteDetail, SiteSettings, SiteStatus, Snippet,
} from "./types";

/** A path together with the shape of its answer, so that asking for it needs no type at the call. */
export interface Endpoint<Answer> {
  readonly path: string;
  /** Never set: it only carries the type. */
  readonly answer?: Answer;
}

const at = <Answer>(path: string): Endpoint<Answer> => ({ path });

const report = <Answer>(site: number, name: string, period: Period, more = ""): Endpoint<Answer> =>
  at(`/api/v1/sites/${site}/${name}?${periodQuery(period)}${more}`);

export const endpoints = {
  session: at<Session>("/api/v1/session"),
  setup: at<void>("/api/v1/setup"),
  password: at<void>("/api/v1/account/password"),
  sites: at<Site[]>("/api/v1/sites"),
  site: (site: number) => at<SiteDetail>(`/api/v1/sites/${site}`),
  siteSettings: (site: number) => at<SiteSettings>(`/api/v1/sites/${site}/settings`),
  goals: (site: number) => at<Goal[]>(`/api/v1/sites/${site}/goals`),
  goal: (site: number, goal: number) => at<Goal>(`/api/v1/sites/${site}/goals/${goal}`),
  snippet: (site: number) => at<Snippet>(`/api/v1/sites/${site}/snippet`),
  status: (site: number) => at<SiteStatus>(`/api/v1/sites/${site}/status`),
  overview: (site: number, period: Period) => report<Overview>(site, "overview", period),
  breakdown: (site: number, dimension: Dimension, period: Period, limit: number, offset: number) =>
    report<Breakdown>(site, `breakdown/${dimension}`, period, `&limit=${limit}&offset=${offset}`),
  conversions: (site: number, period: Period) => report<Conversions>(site, "conversions", period),
  banners: (site: number, period: Period) => report<Rows<BannerRow>>(site, "banners", period),
  dropped: (site: number, period: Period) => report<Rows<DroppedCount>>(site, "dropped", period),
  droppedOfNoSite: at<Rows<DroppedCount>>("/api/v1/dropped"),
  campaigns: at<Campaign[]>("/api/v1/campaigns"),
  creatives: (campaign: number) => at<Creative[]>(`/api/v1/campaigns/${campaign}/creatives`),
  placements: at<Placement[]>("/api/v1/placements"),
  tags: (placement: number) => at<PlacementTags>(`/api/v1/placements/${placement}/tags`),
};
