//! A site's reports.

use std::sync::Arc;

use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json::Query;
use super::{Caller, Problem};
use crate::accounts::{Directory, SiteScope, zone_name};
use crate::app::App;
use crate::event::Reason;
use crate::privacy::device::DeviceKind;
use crate::privacy::referrer::ReferrerKind;
use crate::report::{self, BreakdownLine, Interval, Period, Point, Totals, cents, ratio};
use crate::store::queries::{self, Dimension, Filter, Selection};

/// Most rows of a breakdown in one answer.
const MAX_LIMIT: usize = 10_000;

/// Which days a report is about, in the site's time zone.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PeriodQuery {
    /// `today`, `yesterday`, `7d`, `30d`, `month`, `year` or `custom`.
    period: String,
    /// Any day of the month or year; today's when absent.
    date: Option<String>,
    /// First day of a custom period.
    from: Option<String>,
    /// Last day of a custom period.
    to: Option<String>,
}

impl PeriodQuery {
    pub fn period(&self, app: &App, scope: &SiteScope) -> Result<Period, Problem> {
        let today = report::period::today(scope.site(), app.now());
        let (date, from, to) = (self.date.as_deref(), self.from.as_deref(), self.to.as_deref());
        Ok(Period::named(&self.period, date, from, to, today)?)
    }
}

/// Which visits a report is about.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FilterQuery {
    /// Only visits that fulfil all of these conditions, separated by `;`: `country==NL|DE;device!=smartphone`. A condition
    /// is a key, one of `==`, `!=`, `=@` (contains, whatever the case) and `!@` (does not contain), and values separated by
    /// `|`, of which one is enough. A backslash before `;`, `|` or a backslash makes it part of a value. Keys: `country`,
    /// `region`, `city`, `browser`, `system`, `device`, `language`, `screen`, `referrer_kind`, `referrer`,
    /// `referrer_url`, `keyword`, `campaign_source`, `campaign_medium`, `campaign_content`, `campaign_id`, `entry_page`,
    /// `exit_page`, and `page` for any page of the visit.
    filter: Option<String>,
}

impl FilterQuery {
    pub fn filter(&self) -> Result<Filter, Problem> {
        Ok(self.filter.as_deref().unwrap_or_default().parse()?)
    }
}

/// Which part of a breakdown.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Rows in the answer, 10 when absent, 10,000 at most.
    limit: Option<usize>,
    /// Rows left out before them.
    offset: Option<usize>,
    /// Only labels that contain this text, whatever the case.
    search: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct OverviewView {
    range: RangeView,
    /// Whether the totals' visitors are distinct ones of the whole period, and not the sum of its days.
    distinct_visitors: bool,
    totals: TotalsView,
    previous: Option<TotalsView>,
    series: Vec<PointView>,
}

#[derive(Serialize, ToSchema)]
struct RangeView {
    from: String,
    to: String,
    /// `hour`, `day` or `month`.
    interval: &'static str,
    timezone: String,
    today: String,
}

#[derive(Serialize, ToSchema)]
struct TotalsView {
    /// Distinct visitors of each day, summed over the days; where `distinct_visitors`, distinct ones of the whole period.
    visitors: u64,
    visits: u64,
    /// Visits of visitors who had none before, as far back as that is known; absent where visitors are told apart for one
    /// day only.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_visits: Option<u64>,
    /// All other visits.
    #[serde(skip_serializing_if = "Option::is_none")]
    returning_visits: Option<u64>,
    page_views: u64,
    actions: u64,
    /// Share of visits with at most one action, 0 to 1.
    bounce_rate: Option<f64>,
    /// Mean, in seconds.
    visit_duration: Option<f64>,
    /// Goals reached.
    conversions: u64,
    /// Share of visits with a goal or an order, 0 to 1.
    conversion_rate: Option<f64>,
    orders: u64,
    /// What goals and orders are worth.
    revenue: f64,
}

impl From<Totals> for TotalsView {
    fn from(totals: Totals) -> TotalsView {
        TotalsView {
            visitors: totals.visitors,
            visits: totals.visits,
            new_visits: totals.new_visits,
            returning_visits: totals.returning_visits(),
            page_views: totals.page_views,
            actions: totals.actions,
            bounce_rate: totals.bounce_rate(),
            visit_duration: totals.visit_duration(),
            conversions: totals.conversions,
            conversion_rate: totals.conversion_rate(),
            orders: totals.orders,
            revenue: cents(totals.revenue),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct PointView {
    start: String,
    visitors: u64,
    visits: u64,
    page_views: u64,
    bounce_rate: Option<f64>,
    visit_duration: Option<f64>,
    /// Not over yet.
    partial: bool,
}

impl From<Point> for PointView {
    fn from(point: Point) -> PointView {
        let totals = point.totals;
        PointView {
            start: point.start,
            visitors: totals.visitors,
            visits: totals.visits,
            page_views: totals.page_views,
            bounce_rate: totals.bounce_rate(),
            visit_duration: totals.visit_duration(),
            partial: point.is_partial,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct BreakdownView {
    rows: Vec<LineView>,
    total_rows: usize,
}

#[derive(Serialize, ToSchema)]
struct LineView {
    label: String,
    /// The country of a region or a city.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    /// The kind of a referrer.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Several labels with few visitors each, folded into one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    folded: bool,
    visitors: u64,
    visits: u64,
    count: u64,
    /// Visits that began with this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<u64>,
    /// Visits that ended with this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    exits: Option<u64>,
    /// Share of visits with at most one action, 0 to 1; of those that began with this page, where the label is one.
    bounce_rate: Option<f64>,
    /// Mean of the same visits, in seconds.
    visit_duration: Option<f64>,
    /// Goals reached in these visits; absent where a label belongs to single events.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orders: Option<u64>,
    /// What goals and orders are worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BannersView {
    rows: Vec<BannerView>,
}

#[derive(Serialize, ToSchema)]
struct BannerView {
    campaign: Named,
    creative: Named,
    placement: Named,
    impressions: GrossAndValid,
    /// Impressions that the image proxies of mail providers fetched: gross, and not valid.
    mail_impressions: u64,
    clicks: GrossAndValid,
    /// Valid clicks by valid impressions.
    ctr: Option<f64>,
}

#[derive(Serialize, ToSchema)]
struct Named {
    id: u32,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct GrossAndValid {
    gross: u64,
    valid: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DroppedView {
    pub rows: Vec<DroppedCount>,
}

/// Hits that were not counted, for one reason.
#[derive(Serialize, ToSchema)]
pub(super) struct DroppedCount {
    reason: &'static str,
    count: u64,
}

impl DroppedCount {
    /// Counts with the reasons' names.
    pub fn list(rows: &[queries::DroppedCount]) -> Vec<DroppedCount> {
        let name = |number| Reason::from_number(number).map_or("unknown", Reason::as_str);
        rows.iter().map(|row| DroppedCount { reason: name(row.reason), count: row.count }).collect()
    }
}

/// Visitors, visits, views, bounces and durations over a period.
#[utoipa::path(get, path = "/api/v1/sites/{id}/overview", params(("id" = u32, Path), PeriodQuery, FilterQuery),
    responses((status = 200, body = OverviewView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn overview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Query(query): Query<PeriodQuery>,
    Query(filter): Query<FilterQuery>,
) -> Result<axum::Json<OverviewView>, Problem> {
    let scope = caller.site(&app, id)?;
    let period = query.period(&app, &scope)?;
    let found = report::overview(&app.reports, &scope, &period, &filter.filter()?, app.now()).await?;
    Ok(axum::Json(OverviewView {
        range: range(&scope, &period, app.now()),
        distinct_visitors: report::are_distinct(&scope),
        totals: found.totals.into(),
        previous: found.previous.map(TotalsView::from),
        series: found.series.into_iter().map(PointView::from).collect(),
    }))
}

fn range(scope: &SiteScope, period: &Period, now: Timestamp) -> RangeView {
    RangeView {
        from: period.days.from.to_string(),
        to: period.days.to.to_string(),
        interval: match period.interval {
            Interval::Hour => "hour",
            Interval::Day => "day",
            Interval::Month => "month",
        },
        timezone: zone_name(scope.site().zone(now)).to_owned(),
        today: period.today.to_string(),
    }
}

/// Counts by one dimension.
#[utoipa::path(get, path = "/api/v1/sites/{id}/breakdown/{dimension}",
    params(("id" = u32, Path), ("dimension" = String, Path), PeriodQuery, FilterQuery, PageQuery),
    responses((status = 200, body = BreakdownView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn breakdown(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, dimension)): Path<(u32, String)>,
    Query(query): Query<PeriodQuery>,
    Query(filter): Query<FilterQuery>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<BreakdownView>, Problem> {
    let scope = caller.site(&app, id)?;
    let dimension: Dimension = dimension.parse().map_err(|()| Problem::not_found())?;
    let selection = Selection { days: query.period(&app, &scope)?.days, filter: filter.filter()? };
    let offset = page.offset.unwrap_or(0);
    let rows = offset..offset.saturating_add(page.limit.unwrap_or(10).min(MAX_LIMIT));
    let found =
        report::breakdown(&app.reports, &scope, selection, dimension, page.search.as_deref(), rows).await?;
    let rows = found.lines.into_iter().map(|line| line_view(line, dimension)).collect();
    Ok(axum::Json(BreakdownView { rows, total_rows: found.total }))
}

fn line_view(line: BreakdownLine, dimension: Dimension) -> LineView {
    let row = line.row;
    let is_place = matches!(dimension, Dimension::Regions | Dimension::Cities);
    let (is_page, is_of_visits) = (dimension == Dimension::Pages, dimension.is_of_visits());
    let measured = if is_page { row.entries } else { row.visits };
    let has_visits = is_page || is_of_visits;
    LineView {
        label: match dimension {
            _ if line.is_folded => String::new(),
            Dimension::Devices => device_name(&row.label),
            _ => row.label,
        },
        country: (is_place && !line.is_folded).then(|| row.group.clone()),
        kind: (dimension == Dimension::Referrers && !line.is_folded).then(|| kind_name(&row.group)),
        folded: line.is_folded,
        visitors: row.visitors,
        visits: row.visits,
        count: row.count,
        entries: is_page.then_some(row.entries),
        exits: is_page.then_some(row.exits),
        bounce_rate: has_visits.then(|| ratio(row.bounces, measured)).flatten(),
        visit_duration: has_visits.then(|| ratio(row.seconds, measured)).flatten(),
        conversions: is_of_visits.then_some(row.conversions),
        orders: is_of_visits.then_some(row.orders),
        revenue: is_of_visits.then(|| cents(row.revenue)),
    }
}

fn device_name(number: &str) -> String {
    let kind = number.parse().ok().and_then(DeviceKind::from_number);
    kind.map_or("other", DeviceKind::as_str).to_owned()
}

fn kind_name(number: &str) -> &'static str {
    number.parse().ok().and_then(ReferrerKind::from_number).unwrap_or_default().as_str()
}

/// Banner counts of the site's placements, gross and valid.
#[utoipa::path(get, path = "/api/v1/sites/{id}/banners", params(("id" = u32, Path), PeriodQuery),
    responses((status = 200, body = BannersView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn banners(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Query(query): Query<PeriodQuery>,
) -> Result<axum::Json<BannersView>, Problem> {
    let scope = caller.site(&app, id)?;
    let days = query.period(&app, &scope)?.days;
    let found = report::banners(&app.reports, &scope, days).await?;
    let directory = app.accounts.directory();
    Ok(axum::Json(BannersView {
        rows: found.into_iter().map(|report| banner_view(&directory, report)).collect(),
    }))
}

fn banner_view(directory: &Directory, report: report::BannerReport) -> BannerView {
    let row = report.row;
    let named = |id: u32, name: Option<&String>| Named { id, name: name.cloned().unwrap_or_default() };
    BannerView {
        campaign: named(row.campaign_id, directory.campaign(row.campaign_id).map(|found| &found.name)),
        creative: named(row.creative_id, directory.creative(row.creative_id).map(|found| &found.name)),
        placement: named(row.placement_id, directory.placement(row.placement_id).map(|found| &found.name)),
        impressions: GrossAndValid { gross: row.impressions, valid: row.valid_impressions },
        mail_impressions: row.mail_impressions,
        clicks: GrossAndValid { gross: row.clicks, valid: row.valid_clicks },
        ctr: report.click_through_rate,
    }
}

/// What was not counted, and why.
#[utoipa::path(get, path = "/api/v1/sites/{id}/dropped", params(("id" = u32, Path), PeriodQuery),
    responses((status = 200, body = DroppedView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn dropped(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Query(query): Query<PeriodQuery>,
) -> Result<axum::Json<DroppedView>, Problem> {
    let scope = caller.site(&app, id)?;
    let days = query.period(&app, &scope)?.days;
    let rows = app.reports.store.dropped(&scope, days).await?;
    Ok(axum::Json(DroppedView { rows: DroppedCount::list(&rows) }))
}
