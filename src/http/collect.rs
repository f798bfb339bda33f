//! The collector: `/matomo.php` and `/piwik.php`.
//!
//! An accepted hit and one excluded on purpose get the same answer, byte for byte, and both only when the spool has
//! made them durable.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::answer::{add_headers, empty, not_allowed, note, pixel, preflight, unavailable};
use super::body::{self, Unread};
use super::bulk;
use super::origin::origin;
use crate::app::App;
use crate::event::Reason;
use crate::ingest::Outcome;
use crate::protocol::{self, Params, bearer};

/// Largest body that is no bulk request, in bytes.
const MAX_FORM: usize = 64 << 10;

/// Says what happened, where the operator asked for that.
const EXPLAIN: HeaderName = HeaderName::from_static("x-footfall");

/// Counts what a tracker sends.
pub(super) async fn collect(app: &App, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let mut response = match parts.method {
        Method::OPTIONS => return preflight(),
        Method::GET | Method::POST => answer(app, &parts, body, peer).await,
        Method::HEAD => empty(StatusCode::OK),
        _ => not_allowed(),
    };
    add_headers(&parts, response.headers_mut());
    response
}

async fn answer(app: &App, parts: &Parts, body: Incoming, peer: IpAddr) -> Response<Body> {
    let body = match body::read(&app.bodies, body).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return too_large(app).await,
        Err(Unread::BrokenOff) => return single(app, app.ingest.refuse(Reason::BadRequest), false).await,
        Err(Unread::NoRoom) => return unavailable(),
    };
    let bytes = &body.bytes;
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let origin = origin(peer, &parts.headers, &app.config.trusted_proxies);
    if protocol::is_bulk(bytes) {
        let token = Params::parse(query).text("token_auth").map(str::to_owned);
        return bulk::many(app, bytes, token.or_else(|| bearer(&parts.headers)), &origin).await;
    }
    if bytes.len() > MAX_FORM {
        return too_large(app).await;
    }
    let mut params = Params::parse(bytes);
    params.extend(query);
    if params.is_empty() {
        return note(if parts.method == Method::GET { StatusCode::OK } else { StatusCode::BAD_REQUEST });
    }
    let silent = params.raw("send_image") == Some("0");
    let outcome = app.ingest.hit(&params, bearer(&parts.headers).as_deref(), &origin);
    drop(params);
    single(app, outcome, silent).await
}

/// Makes what became of a hit durable, and answers it; `silent` wants no picture.
pub(super) async fn single(app: &App, outcome: Outcome, silent: bool) -> Response<Body> {
    let (refused, reason) = (outcome.refused, outcome.reason.or(outcome.note));
    if app.ingest.store(outcome).await.is_err() {
        return unavailable();
    }
    let mut response = match (refused, silent) {
        (true, _) => empty(StatusCode::BAD_REQUEST),
        (false, true) => empty(StatusCode::NO_CONTENT),
        (false, false) => pixel(),
    };
    if app.config.explain {
        let what = reason.map_or("accepted", Reason::as_str);
        response.headers_mut().insert(EXPLAIN, HeaderValue::from_static(what));
    }
    response
}

async fn too_large(app: &App) -> Response<Body> {
    let mut response = single(app, app.ingest.refuse(Reason::BadRequest), true).await;
    if response.status() == StatusCode::BAD_REQUEST {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}
