//! Talking HTTP to a running server, as the commands do that need one.

use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Headers of a request.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// A server that is spoken to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    address: String,
}

/// An answer.
pub(crate) struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Client {
    /// A client of the server at `address`, `host:port`.
    pub fn new(address: &str) -> Client {
        Client {
            http: legacy::Client::builder(TokioExecutor::new()).build_http(),
            address: address.trim().to_owned(),
        }
    }

    /// Where the server is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends a request and reads the answer, whatever its status.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: Headers<'_>,
        body: Bytes,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body))?;
        let answer = timeout(PATIENCE, self.exchange(request));
        answer.await.with_context(|| format!("the server at {} is too slow", self.address))?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let answer = self.http.request(request).await;
        let answer = answer.with_context(|| format!("the server at {} is gone", self.address))?;
        let (parts, body) = answer.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect().await?.to_bytes() })
    }

    /// Asks for something.
    pub async fn get(&self, path: &str, headers: Headers<'_>) -> Result<Answer> {
        self.send(Method::GET, path, headers, Bytes::new()).await
    }

    /// Whether a server answers here.
    pub async fn is_alive(&self) -> bool {
        let answer = timeout(Duration::from_secs(2), self.get("/health/live", &[])).await;
        answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status == StatusCode::OK))
    }
}
