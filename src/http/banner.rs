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
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::answer::unavailable;
use super::origin::{origin, peer};
use crate::ads::{self, Delivery};
use crate::app::App;
use crate::event::{AdKind, Reason};
use crate::protocol::Params;

/// How long a click waits for the disk: whoever clicked wants to be elsewhere.
const PATIENCE: Duration = Duration::from_secs(1);

/// Parameters that are tried as tokens: the macros of ad servers can bring a `t` of their own.
const MAX_TOKENS: usize = 8;

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
    let directory = app.accounts.directory();
    let Some((creative, delivery)) = ads::choose(&directory, query.placement) else {
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

/// A delivery whose every byte is ours. A token that isn't is counted, and led nowhere.
pub(super) struct Signed(Delivery);

impl FromRequestParts<Arc<App>> for Signed {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Signed, Response<Body>> {
        let params = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let tokens = params.iter().filter(|(name, _)| is_token(name)).take(MAX_TOKENS);
        match tokens.map(|(_, value)| value).find_map(|token| app.signer.read(token)) {
            Some(delivery) => Ok(Signed(delivery)),
            None => Err(forged(app).await),
        }
    }
}

/// Whether a parameter holds the token. `&` comes as `&amp;` where a template or an editor escaped a link once too often.
fn is_token(name: &str) -> bool {
    name.trim_start_matches("amp;") == "t"
}

/// Counts an impression that the script tag reports.
pub(super) async fn impression(State(app): State<Arc<App>>, signed: Signed, parts: Parts) -> Response<Body> {
    let counted = count(&app, AdKind::Impression, signed.0, &parts).await;
    uncached(match counted {
        true => StatusCode::NO_CONTENT.into_response(),
        false => unavailable(),
    })
}

/// Counts an impression of a plain tag and leads the browser to the image.
pub(super) async fn image(State(app): State<Arc<App>>, signed: Signed, parts: Parts) -> Response<Body> {
    if parts.method == Method::GET && !count(&app, AdKind::Impression, signed.0, &parts).await {
        return uncached(unavailable());
    }
    let directory = app.accounts.directory();
    redirect(directory.creative(signed.0.creative).map(|creative| creative.image_url.as_str()))
}

/// Counts a click and redirects it. When nothing can be made durable, or not soon, the click still redirects, and the
/// operator sees how many were not counted. (Should a disk that hangs come back, it may take up some of those after all.)
pub(super) async fn click(State(app): State<Arc<App>>, signed: Signed, parts: Parts) -> Response<Body> {
    let counting = timeout(PATIENCE, count(&app, AdKind::Click, signed.0, &parts));
    if parts.method == Method::GET && counting.await != Ok(true) {
        app.telemetry.click_not_counted();
    }
    let directory = app.accounts.directory();
    redirect(directory.creative(signed.0.creative).map(|creative| creative.destination_url.as_str()))
}

/// Makes a banner event durable.
async fn count(app: &App, kind: AdKind, delivery: Delivery, parts: &Parts) -> bool {
    let origin = origin(peer(parts), &parts.headers, &app.config.trusted_proxies);
    app.ingest.store(app.ingest.banner(kind, delivery, &origin)).await.is_ok()
}

async fn forged(app: &App) -> Response<Body> {
    uncached(match app.ingest.store(app.ingest.refuse(Reason::BadSignature)).await {
        Ok(()) => StatusCode::BAD_REQUEST.into_response(),
        Err(_) => unavailable(),
    })
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
