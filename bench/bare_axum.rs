//! The yardstick: an axum handler that answers 204 to everything and does nothing else.

use axum::Router;
use axum::http::StatusCode;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let router = Router::new().fallback(|| async { StatusCode::NO_CONTENT });
    axum::serve(listener, router).await
}
