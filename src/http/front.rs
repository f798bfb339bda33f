//! What the accept loop hands each request to.
//!
//! The collector's hits are nearly all there is, so they pass no router and no layers. What the layers promise holds here
//! as well: a fault ends one request alone, and none goes on for ever.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::http::{Request, Response, StatusCode};
use futures_util::FutureExt;
use hyper::body::Incoming;
use tokio::time::timeout;
use tower::ServiceExt;

use super::answer::empty;
use super::middleware::DEADLINE;
use super::origin::Peer;
use super::{collect, router};
use crate::app::App;

/// The whole server.
#[derive(Clone)]
pub(crate) struct Front {
    app: Arc<App>,
    router: Router,
}

impl Front {
    /// Everything that may be asked for.
    pub fn new(app: Arc<App>) -> Front {
        Front { router: router::router(Arc::clone(&app)), app }
    }

    /// Answers a request from the socket's other end, `peer`.
    pub async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        if matches!(request.uri().path(), "/matomo.php" | "/piwik.php") {
            return self.collect(request, peer).await;
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    async fn collect(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let work = AssertUnwindSafe(collect::collect(&self.app, request, peer.ip())).catch_unwind();
        let mut response = match timeout(DEADLINE, work).await {
            Ok(Ok(response)) => response,
            Ok(Err(_panic)) => {
                // What it says may be a visitor's.
                tracing::error!("a hit could not be answered: this is a fault in Footfall");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Err(_elapsed) => empty(StatusCode::REQUEST_TIMEOUT),
        };
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}
