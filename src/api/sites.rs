//! Sites: list, add, change, delete, snippet, first hit.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Body;
use super::reports::DroppedCount;
use super::{Caller, Problem};
use crate::accounts::{Identity, NewSite, Role, Site, SiteScope, zone_name};
use crate::app::App;
use crate::day;
use crate::report::period::today;
use crate::snippet;
use crate::store::queries::{Days, SiteDay};

/// A site with today's figures.
#[derive(Serialize, ToSchema)]
pub(super) struct SiteView {
    id: u32,
    name: String,
    url: String,
    timezone: String,
    identity: &'static str,
    /// When its first hit was counted.
    first_hit: Option<String>,
    today: Today,
}

#[derive(Serialize, ToSchema, Default)]
struct Today {
    visitors: u64,
    page_views: u64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteInput {
    name: String,
    url: String,
    /// IANA name, such as `Europe/Amsterdam`.
    timezone: String,
    /// `daily`, or `consented`: ids arrive with consent only, and are used.
    #[serde(default = "daily")]
    identity: String,
}

fn daily() -> String {
    Identity::Daily.as_str().to_owned()
}

/// What a site is made of.
#[derive(Serialize, ToSchema)]
pub(super) struct SiteDetail {
    id: u32,
    name: String,
    url: String,
    timezone: String,
    /// The time zone that will take its place.
    next_timezone: Option<NextZone>,
    identity: &'static str,
}

#[derive(Serialize, ToSchema)]
struct NextZone {
    timezone: String,
    /// From when: the site's next midnight.
    from: String,
}

/// What is to change; the rest stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteChange {
    name: Option<String>,
    url: Option<String>,
    /// Holds from the site's next midnight, once anything was counted.
    timezone: Option<String>,
    /// `daily` or `consented`; holds from the next hit.
    identity: Option<String>,
}

/// What to paste into a page.
#[derive(Serialize, ToSchema)]
pub(super) struct Snippet {
    footfall: String,
    matomo: String,
}

/// Whether anything arrives.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    first_hit: Option<String>,
    last_hit: Option<String>,
    hits_today: u64,
    dropped_today: Vec<DroppedCount>,
}

/// The sites that the caller may read.
#[utoipa::path(get, path = "/api/v1/sites", responses((status = 200, body = [SiteView]), (status = 401, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<axum::Json<Vec<SiteView>>, Problem> {
    let scopes = caller.principal.sites(&app.accounts.directory());
    let now = app.now();
    let counts = today_of_all(&app, &scopes, now).await?;
    let figures = |scope: &SiteScope| {
        let key = (scope.site().id, day::stored(day::number(today(scope.site(), now))));
        counts
            .get(&key)
            .map(|day| Today { visitors: day.visitors, page_views: day.page_views })
            .unwrap_or_default()
    };
    Ok(axum::Json(scopes.iter().map(|scope| view(scope.site(), now, figures(scope))).collect()))
}

/// Sites have their own dates; all of "today" lies within a day of UTC's.
async fn today_of_all(
    app: &App,
    scopes: &[SiteScope],
    now: Timestamp,
) -> Result<HashMap<(u32, u16), SiteDay>, Problem> {
    let utc: Date = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = Days { from: utc.saturating_sub(1.day()), to: utc.saturating_add(1.day()) };
    let rows = app.reports.store.site_days(scopes, days).await?;
    Ok(rows.into_iter().map(|row| ((row.site_id, row.day), row)).collect())
}

fn view(site: &Site, now: Timestamp, today: Today) -> SiteView {
    SiteView {
        id: site.id,
        name: site.name.clone(),
        url: site.url.clone(),
        timezone: zone_name(site.zone(now)).to_owned(),
        identity: site.identity.as_str(),
        first_hit: site.first_hit_at.and_then(moment),
        today,
    }
}

fn moment(second: i64) -> Option<String> {
    Timestamp::from_second(second).ok().map(|time| time.to_string())
}

/// Add a site.
#[utoipa::path(post, path = "/api/v1/sites", request_body = SiteInput,
    responses((status = 201, body = SiteView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(input): Body<SiteInput>,
) -> Result<(StatusCode, axum::Json<SiteView>), Problem> {
    caller.require(Role::Admin)?;
    let SiteInput { name, url, timezone, identity } = input;
    let new = NewSite { name, url, timezone, identity: identity.parse().map_err(Problem::invalid)? };
    let id = app.accounts.add_site(&new, app.now())?;
    let scope = caller.site(&app, id)?;
    Ok((StatusCode::CREATED, axum::Json(view(scope.site(), app.now(), Today::default()))))
}

/// What a site is made of.
#[utoipa::path(get, path = "/api/v1/sites/{id}", params(("id" = u32, Path)),
    responses((status = 200, body = SiteDetail), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<axum::Json<SiteDetail>, Problem> {
    Ok(axum::Json(detail(caller.site(&app, id)?.site(), app.now())))
}

fn detail(site: &Site, now: Timestamp) -> SiteDetail {
    let (wanted, from) = site.zones.wanted(now);
    let next = |from: Timestamp| NextZone { timezone: zone_name(wanted).to_owned(), from: from.to_string() };
    SiteDetail {
        id: site.id,
        name: site.name.clone(),
        url: site.url.clone(),
        timezone: zone_name(site.zone(now)).to_owned(),
        next_timezone: from.map(next),
        identity: site.identity.as_str(),
    }
}

/// Change what a site is made of.
#[utoipa::path(patch, path = "/api/v1/sites/{id}", params(("id" = u32, Path)), request_body = SiteChange,
    responses((status = 200, body = SiteDetail), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Body(change): Body<SiteChange>,
) -> Result<axum::Json<SiteDetail>, Problem> {
    caller.site_to_change(&app, id)?;
    let identity = change.identity.map(|text| text.parse().map_err(Problem::invalid)).transpose()?;
    app.accounts.change_site(id, app.now(), |form| {
        form.name = change.name.unwrap_or(std::mem::take(&mut form.name));
        form.url = change.url.unwrap_or(std::mem::take(&mut form.url));
        form.timezone = change.timezone.unwrap_or(std::mem::take(&mut form.timezone));
        form.identity = identity.unwrap_or(form.identity);
        Ok(())
    })?;
    Ok(axum::Json(detail(caller.site(&app, id)?.site(), app.now())))
}

/// Delete a site, its goals, tokens and placements, and all that was counted for it.
#[utoipa::path(delete, path = "/api/v1/sites/{id}", params(("id" = u32, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<StatusCode, Problem> {
    caller.require(Role::Admin)?;
    app.accounts.delete_site(id, app.now())?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to paste into the site's pages.
#[utoipa::path(get, path = "/api/v1/sites/{id}/snippet", params(("id" = u32, Path)),
    responses((status = 200, body = Snippet), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn snippet(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<axum::Json<Snippet>, Problem> {
    let scope = caller.site(&app, id)?;
    let url = &app.config.public_url;
    Ok(axum::Json(Snippet {
        footfall: snippet::footfall(url, scope.site().id),
        matomo: snippet::matomo(url, scope.site().id),
    }))
}

/// Whether the site's hits arrive.
#[utoipa::path(get, path = "/api/v1/sites/{id}/status", params(("id" = u32, Path)),
    responses((status = 200, body = Status), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn status(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<axum::Json<Status>, Problem> {
    let scope = caller.site(&app, id)?;
    let days = Days::one(today(scope.site(), app.now()));
    let store = &app.reports.store;
    let totals = store.day_totals(&scope, days).await?;
    let last = store.last_hit(&scope, days).await?;
    Ok(axum::Json(Status {
        first_hit: scope.site().first_hit_at.and_then(moment),
        last_hit: Some(i64::from(last)).filter(|last| *last > 0).and_then(moment),
        hits_today: totals.iter().map(|day| day.actions).sum(),
        dropped_today: DroppedCount::list(&store.dropped(&scope, days).await?),
    }))
}
