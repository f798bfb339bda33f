//! Files that are built into the program: trackers and the dashboard.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "dist/tracker"]
struct Tracker;

#[derive(RustEmbed)]
#[folder = "dist/dashboard"]
struct Dashboard;

/// A tracker script: any page may load it, and gets a new version within the hour.
pub(super) async fn tracker(uri: Uri) -> Response<Body> {
    let name = match uri.path().trim_start_matches('/') {
        "piwik.js" => "matomo.js",
        name => name,
    };
    let Some(file) = Tracker::get(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = script(file.data.into_owned());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn script(body: Vec<u8>) -> Response<Body> {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], body).into_response()
}

/// The dashboard; it finds out from the address which page to show.
pub(super) async fn page() -> Response<Body> {
    match Dashboard::get("index.html") {
        Some(file) => {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], file.data.into_owned()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A part of the dashboard. Names carry a hash of the content, so it may be kept for ever.
pub(super) async fn asset(uri: Uri) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    let Some(file) = Dashboard::get(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = HeaderValue::from_static(content_type(path));
    let keep = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], file.data.into_owned()).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
