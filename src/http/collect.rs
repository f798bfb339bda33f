//! The collector: `/matomo.php` and `/piwik.php`.
//!
//! An accepted hit and one excluded on purpose get the same answer, byte for byte, and both only when the spool has
//! made them durable. Answers follow Matomo's tracking API.

use std::io;
use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, RETRY_AFTER,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use prost::Message;

use super::bulk;
use super::origin::origin;
use crate::app::App;
use crate::event::{Reason, Record};
use crate::pipeline::Outcome;
use crate::privacy::Origin;
use crate::protocol::{self, Params};
use crate::spool::AppendError;

/// Largest bulk body, in bytes.
const MAX_BULK: usize = 2 << 20;

/// Largest other body, in bytes.
const MAX_FORM: usize = 64 << 10;

/// A transparent GIF of one pixel.
pub(super) const PIXEL: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 0xf9, 4, 1, 0, 0, 0,
    0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
];

const NOTE: &str =
    "<!DOCTYPE html><title>Footfall</title><p>This is the tracking endpoint of a Footfall server.</p>\n";

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
    let body = match Limited::new(body, MAX_BULK).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return too_large(app).await,
        // It broke off.
        Err(_) => return single(app, app.pipeline.refuse(Reason::BadRequest), false).await,
    };
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let origin = origin(peer, &parts.headers, &app.config.trusted_proxies);
    if protocol::is_bulk(&body) {
        let token = Params::parse(query).text("token_auth").map(str::to_owned);
        return bulk::many(app, &body, token.or_else(|| bearer(&parts.headers)), &origin).await;
    }
    if body.len() > MAX_FORM {
        return too_large(app).await;
    }
    let mut params = Params::parse(&body);
    params.extend(query);
    if params.is_empty() {
        return note(if parts.method == Method::GET { StatusCode::OK } else { StatusCode::BAD_REQUEST });
    }
    let silent = params.raw("send_image") == Some("0");
    let outcome = run(app, &params, bearer(&parts.headers).as_deref(), &origin);
    drop(params);
    match outcome {
        Ok(outcome) => single(app, outcome, silent).await,
        Err(_) => unavailable(),
    }
}

async fn too_large(app: &App) -> Response<Body> {
    let mut response = single(app, app.pipeline.refuse(Reason::BadRequest), true).await;
    if response.status() == StatusCode::BAD_REQUEST {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}

/// Takes one set of parameters through parser and pipeline; `outer` is a token that came another way.
pub(super) fn run(
    app: &App,
    params: &Params<'_>,
    outer: Option<&str>,
    origin: &Origin,
) -> io::Result<Outcome> {
    match protocol::parse(params) {
        Ok(mut hit) => {
            hit.token = hit.token.or_else(|| outer.map(str::to_owned));
            app.pipeline.run(hit, origin)
        }
        Err(_) => Ok(app.pipeline.refuse(Reason::BadRequest)),
    }
}

pub(super) async fn single(app: &App, outcome: Outcome, silent: bool) -> Response<Body> {
    if store(app, &outcome.records).await.is_err() {
        app.pipeline.take_back(outcome.orders());
        return unavailable();
    }
    app.telemetry.outcome(outcome.reason);
    let mut response = match (outcome.refused, silent) {
        (true, _) => empty(StatusCode::BAD_REQUEST),
        (false, true) => empty(StatusCode::NO_CONTENT),
        (false, false) => pixel(),
    };
    if app.config.explain {
        let what = outcome.reason.map_or("accepted", Reason::as_str);
        response.headers_mut().insert(EXPLAIN, HeaderValue::from_static(what));
    }
    response
}

const EXPLAIN: HeaderName = HeaderName::from_static("x-footfall");

/// Makes records durable.
pub(super) async fn store(app: &App, records: &[Record]) -> Result<(), AppendError> {
    let encoded = records.iter().map(|record| Bytes::from(record.encode_to_vec())).collect();
    app.spool.append(encoded).await.map(drop)
}

/// `Authorization: Bearer …`
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn not_allowed() -> Response<Body> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST, HEAD, OPTIONS"));
    response
}

fn with_type(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn pixel() -> Response<Body> {
    with_type(StatusCode::OK, "image/gif", PIXEL)
}

fn note(status: StatusCode) -> Response<Body> {
    with_type(status, "text/html; charset=utf-8", NOTE)
}

pub(super) fn json(text: &str) -> Response<Body> {
    with_type(StatusCode::OK, "application/json", text.to_owned())
}

/// Nothing can be made durable now; server-side clients try again.
pub(super) fn unavailable() -> Response<Body> {
    let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn preflight() -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    response
}

/// No answer is ever cached; those to other methods than GET may be read by the page, as Matomo's may.
fn add_headers(parts: &Parts, headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if parts.method != Method::GET {
        let origin = parts.headers.get(ORIGIN).cloned().unwrap_or(HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}
