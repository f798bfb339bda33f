//! Files that are built into the program: trackers and the dashboard, each also compressed when it was built.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use rust_embed::RustEmbed;

use super::encoding;

#[derive(RustEmbed)]
#[folder = "dist/tracker"]
struct Tracker;

#[derive(RustEmbed)]
#[folder = "dist/dashboard"]
struct Dashboard;

/// A tracker script: any page may load it, and gets a new version within the hour.
pub(super) async fn tracker(uri: Uri, headers: HeaderMap) -> Response<Body> {
    let name = match uri.path().trim_start_matches('/') {
        "piwik.js" => "matomo.js",
        name => name,
    };
    let mut response = file::<Tracker>(name, &headers);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The dashboard; it finds out from the address which page to show.
pub(super) async fn page(headers: HeaderMap) -> Response<Body> {
    file::<Dashboard>("index.html", &headers)
}

/// A part of the dashboard. Names carry a hash of the content, so it may be kept for ever.
pub(super) async fn asset(uri: Uri, headers: HeaderMap) -> Response<Body> {
    let mut response = file::<Dashboard>(uri.path().trim_start_matches('/'), &headers);
    if response.status() == StatusCode::OK {
        let keep = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, keep);
    }
    response
}

/// A file in the best form that the browser takes. Caches on the way keep each form apart.
fn file<Files: RustEmbed>(name: &str, headers: &HeaderMap) -> Response<Body> {
    let kept = |form: encoding::Encoding| Some((form, Files::get(&format!("{name}{}", form.suffix()))?));
    let Some((form, file)) = encoding::accepted(headers).into_iter().find_map(kept) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(name) = form.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
