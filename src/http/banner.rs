//! Banner requests: a delivery, an impression, an image, a click.
//!
//! A validly signed click always redirects to the stored destination, whatever else goes wrong; a token that isn't ours
//! never does. Only GET counts a click or an image, only POST an impression.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, EXPIRES, HeaderValue, LOCATION, PRAGMA, REFERRER_POLICY,
};
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode};
use axum::response::IntoResponse;
use jiff::Timestamp;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::answer::unavailable;
use super::hit::store;
use super::origin::{origin, peer};
use crate::accounts::Creative;
use crate::ads::Delivery;
use crate::app::App;
use crate::event::{AdKind, Reason, Record};
use crate::privacy::Moment;
use crate::protocol::Params;

/// How long a click waits for the disk: whoever clicked wants to be elsewhere.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
pub(super) struct PlacementQuery {
    placement: u32,
}

/// What the script tag needs to show a banner.
#[derive(Serialize)]
struct Banner<'a> {
    image: &'a str,
    width: u32,
    height: u32,
    alt: &'a str,
    click: String,
    impression: String,
}

/// Picks a creative for a placement and signs its delivery; 204 when there is nothing to show.
pub(super) async fn delivery(
    State(app): State<Arc<App>>,
    Query(query): Query<PlacementQuery>,
) -> Response<Body> {
    let Some((creative, delivery)) = pick(&app, query.placement) else {
        return uncached(StatusCode::NO_CONTENT.into_response());
    };
    let token = app.signer.sign(&delivery.numbered(app.clock.now()));
    let banner = Banner {
        image: &creative.image_url,
        width: creative.width,
        height: creative.height,
        alt: &creative.alt,
        click: format!("/ad/click?t={token}"),
        impression: format!("/ad/impression?t={token}"),
    };
    uncached(Json(banner).into_response())
}

fn pick(app: &App, placement: u32) -> Option<(Creative, Delivery)> {
    let directory = app.accounts.directory();
    let placement = directory.placement(placement)?;
    let campaign = directory.campaign(placement.campaign_id).filter(|campaign| !campaign.archived)?;
    let creatives: Vec<&Creative> = directory.creatives_of(campaign.id).collect();
    let creative = (*creatives.choose(&mut rand::rng())?).clone();
    let delivery = Delivery {
        campaign: campaign.id,
        creative: creative.id,
        placement: placement.id,
        site: placement.site_id,
        issued: 0,
        nonce: 0,
    };
    Some((creative, delivery))
}

/// A delivery whose every byte is ours. A token that isn't is counted, and led nowhere.
pub(super) struct Signed(Delivery);

impl FromRequestParts<Arc<App>> for Signed {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Signed, Response<Body>> {
        let params = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
        match params.raw("t").and_then(|token| app.signer.verify(token)) {
            Some(delivery) => Ok(Signed(delivery)),
            None => Err(forged(app).await),
        }
    }
}

/// Counts an impression that the script tag reports.
pub(super) async fn impression(State(app): State<Arc<App>>, signed: Signed, parts: Parts) -> Response<Body> {
    let counted = count(&app, AdKind::Impression, &signed.0, &parts).await;
    uncached(match counted {
        true => StatusCode::NO_CONTENT.into_response(),
        false => unavailable(),
    })
}

/// Counts an impression of a plain tag and leads the browser to the image.
pub(super) async fn image(State(app): State<Arc<App>>, signed: Signed, parts: Parts) -> Response<Body> {
    if parts.method == Method::GET && !count(&app, AdKind::Impression, &signed.0, &parts).await {
        return uncached(unavailable());
    }
    let directory = app.accounts.directory();
    redirect(directory.creative(signed.0.creative).map(|creative| creative.image_url.as_str()))
}

/// Counts a click and redirects it. When nothing can be made durable, or not soon, the click still redirects, and the
/// operator sees how many were not counted. (Should a disk that hangs come back, it may take up some of those after all.)
pub(super) async fn click(State(app): State<Arc<App>>, signed: Signed, parts: Parts) -> Response<Body> {
    let counting = timeout(PATIENCE, count(&app, AdKind::Click, &signed.0, &parts));
    if parts.method == Method::GET && counting.await != Ok(true) {
        app.telemetry.click_not_counted();
    }
    let directory = app.accounts.directory();
    redirect(directory.creative(signed.0.creative).map(|creative| creative.destination_url.as_str()))
}

/// Makes a banner event durable.
async fn count(app: &App, kind: AdKind, delivery: &Delivery, parts: &Parts) -> bool {
    let now = app.clock.now();
    let Some(moment) = moment(app, delivery.site, now) else {
        let gone = app.pipeline.refuse(Reason::UnknownSite);
        return store(app, &gone.records).await.is_ok();
    };
    let origin = origin(peer(parts), &parts.headers, &app.config.trusted_proxies);
    let Ok(event) = app.privacy.banner_event(kind, delivery, &origin, moment, now) else {
        return false;
    };
    store(app, &[Record::from(event)]).await.is_ok()
}

fn moment(app: &App, site: u32, now: Timestamp) -> Option<Moment> {
    Some(Moment::of(now, app.accounts.directory().site(site)?.zone(now)))
}

async fn forged(app: &App) -> Response<Body> {
    let outcome = app.pipeline.refuse(Reason::BadSignature);
    match store(app, &outcome.records).await {
        Ok(()) => {
            app.telemetry.outcome(outcome.reason);
            uncached(StatusCode::BAD_REQUEST.into_response())
        }
        Err(_) => uncached(unavailable()),
    }
}

/// 302 to the address byte for byte.
fn redirect(destination: Option<&str>) -> Response<Body> {
    let Some(location) = destination.and_then(|url| HeaderValue::from_str(url).ok()) else {
        return uncached(StatusCode::NOT_FOUND.into_response());
    };
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer-when-downgrade"));
    uncached(response)
}

/// A cached answer would be a lost count; old proxies know the two other headers only.
fn uncached(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
