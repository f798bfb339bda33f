//! What wraps the routes, from the outside in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;

/// No request may take longer, its body included.
pub(super) const DEADLINE: Duration = Duration::from_secs(40);

/// Largest body of an API call, in bytes.
const MAX_API_BODY: usize = 256 << 10;

/// Pages run our own scripts and styles alone, and nobody may frame them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For every request that comes here: a fault of one ends that one alone, and none goes on for ever.
pub(super) fn for_all(router: Router<Arc<App>>) -> Router<Arc<App>> {
    router.layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, DEADLINE))
            .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
    )
}

/// For the dashboard and the APIs.
pub(super) fn for_people(router: Router<Arc<App>>) -> Router<Arc<App>> {
    router.layer(
        ServiceBuilder::new()
            .layer(RequestBodyLimitLayer::new(MAX_API_BODY))
            .layer(CompressionLayer::new())
            .layer(set(header::CONTENT_SECURITY_POLICY, POLICY))
            .layer(set(header::REFERRER_POLICY, "same-origin"))
            .layer(set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .layer(set(header::CACHE_CONTROL, "no-store")),
    )
}

/// A header for answers that don't bring their own.
fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
