//! Every route, by who calls it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http_body_util::{BodyExt, Limited};

use super::{assets, banner, health, middleware};
use crate::api;
use crate::app::App;
use crate::protocol;

/// Largest body of a Reporting API call, in bytes.
const MAX_CALL: usize = 64 << 10;

/// Everything but the collector's own paths, which `front.rs` knows.
pub(super) fn router(app: Arc<App>) -> Router {
    // Trackers and banners, on everybody's pages: no cookie is read or set here.
    let collector = Router::new()
        .route("/footfall.js", get(assets::tracker))
        .route("/matomo.js", get(assets::tracker))
        .route("/piwik.js", get(assets::tracker))
        .route("/ads.js", get(assets::tracker))
        .route("/ad/delivery", get(banner::delivery))
        .route("/ad/impression", post(banner::impression))
        .route("/ad/image", get(banner::image))
        .route("/ad/click", get(banner::click));

    // Reports for scripts that speak Matomo.
    let reporting = Router::new().route("/index.php", any(matomo_or_page));

    // Operators and their monitors.
    let health = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics));

    // People.
    let dashboard = Router::new()
        .route("/", any(matomo_or_page))
        .route("/setup", get(assets::page))
        .route("/sites/{*rest}", get(assets::page))
        .route("/banners", get(assets::page))
        .route("/settings", get(assets::page))
        .route("/assets/{*path}", get(assets::asset))
        .route("/icon.svg", get(assets::asset));

    let people = middleware::for_people(dashboard.merge(reporting).merge(api::router()), &app);
    middleware::for_all(collector.merge(health).merge(people)).with_state(app)
}

/// `/` is the dashboard, and Matomo's Reporting API when the parameters say so: the log importer asks there.
async fn matomo_or_page(state: State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_CALL).collect().await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let call = api::matomo::Request::new(query, &body.to_bytes(), protocol::bearer(&parts.headers));
    if call.is_call() {
        return api::matomo::answer(&state, &call).await;
    }
    match parts.method {
        Method::GET | Method::HEAD => assets::page(parts.headers).await,
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
