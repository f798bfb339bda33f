//! What wraps the routes, from the outside in.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::sleep;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::Problem;
use crate::app::App;
use crate::engine::EngineState;

/// No request may take longer, its body included.
pub(super) const DEADLINE: Duration = Duration::from_secs(40);

/// Largest body of an API call, in bytes.
const MAX_API_BODY: usize = 256 << 10;

/// How long a request may still take once the engine is known not to answer.
const ENGINE_PATIENCE: Duration = Duration::from_millis(500);

/// Pages run our own scripts and styles alone, and nobody may frame them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For every request that comes here: a fault of one ends that one alone, and none goes on for ever.
pub(super) fn for_all(router: Router<Arc<App>>) -> Router<Arc<App>> {
    router.layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::custom(fault))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, DEADLINE))
            .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
    )
}

/// What a panic says may be a visitor's: its place has been printed already.
fn fault(_panic: Box<dyn Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// For the dashboard and the APIs.
pub(super) fn for_people(router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    router.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(Arc::clone(app), unless_engine_hangs))
            .layer(RequestBodyLimitLayer::new(MAX_API_BODY))
            .layer(CompressionLayer::new())
            .layer(set(header::CONTENT_SECURITY_POLICY, POLICY))
            .layer(set(header::REFERRER_POLICY, "same-origin"))
            .layer(set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .layer(set(header::CACHE_CONTROL, "no-store")),
    )
}

/// Nobody is kept waiting for an engine that does not answer. What needs no engine has been answered by then.
async fn unless_engine_hangs(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response {
    let Some(mut engine) = app.engine.clone() else { return next.run(request).await };
    let hangs = async {
        // An engine that ends is no reason: its connections end as well.
        if engine.wait_for(|state| matches!(state, EngineState::Silent)).await.is_err() {
            std::future::pending::<()>().await;
        }
        sleep(ENGINE_PATIENCE).await;
    };
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = hangs => Problem::engine_hangs().into_response(),
    }
}

/// A header for answers that don't bring their own.
fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
