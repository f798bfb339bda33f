//! Talking HTTP to the server, as a log importer would.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest wait for a new site to be known; it takes a second at most.
const KNOWN: Duration = Duration::from_secs(10);

/// Longest wait for the database to hold everything.
const STORED: Duration = Duration::from_secs(120);

/// Times that a request is sent while the server says that it can't make hits durable now.
const ATTEMPTS: usize = 5;

/// Headers of a request.
pub(super) type Headers<'a> = &'a [(&'a str, &'a str)];

/// A server that is spoken to. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    address: String,
}

/// An answer.
pub(super) struct Answer {
    /// Status.
    pub status: StatusCode,
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
        Ok(Answer { status: parts.status, body: body.collect().await?.to_bytes() })
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

    /// Returns when the server knows the site and honours the token.
    pub async fn wait_for_site(&self, site: u32, token: &str) -> Result<()> {
        let start = Instant::now();
        let bearer = format!("Bearer {token}");
        let path = format!("/api/v1/sites/{site}/snippet");
        while self.get(&path, &[("authorization", &bearer)]).await?.status != StatusCode::OK {
            ensure!(
                start.elapsed() < KNOWN,
                "the server at {} does not know the new site: does it use another data folder? Give its own with --data",
                self.address
            );
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Sends hits in one request; gives how many were acknowledged, which are all.
    pub async fn bulk(&self, hits: &[Value], token: Option<&str>) -> Result<usize> {
        let body = Bytes::from(json!({ "requests": hits, "token_auth": token }).to_string());
        for _ in 0..ATTEMPTS {
            let answer = self
                .send(Method::POST, "/matomo.php", &[("content-type", "application/json")], body.clone())
                .await?;
            match answer.status {
                StatusCode::OK => return acknowledged(&answer.json(), hits.len()),
                StatusCode::SERVICE_UNAVAILABLE => sleep(Duration::from_secs(1)).await,
                status => bail!("the server answered {status} to visits: see its log"),
            }
        }
        bail!("the server can't make visits durable now: see its log, make room on its disk, and try again")
    }

    /// Returns when the database holds everything that was acknowledged.
    pub async fn wait_until_stored(&self) -> Result<()> {
        let start = Instant::now();
        loop {
            let state = self.get("/health/ready", &[]).await?.json();
            let waiting = state.pointer("/spool/waiting").and_then(Value::as_u64);
            if waiting == Some(0) {
                return Ok(());
            }
            ensure!(
                start.elapsed() < STORED,
                "everything is sent, but the database has not taken it yet: see `footfall doctor`"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }
}

fn acknowledged(answer: &Value, sent: usize) -> Result<usize> {
    let number = |name: &str| answer.get(name).and_then(Value::as_u64);
    ensure!(
        number("invalid") == Some(0) && number("tracked") == u64::try_from(sent).ok(),
        "the server refused some visits: {answer}"
    );
    Ok(sent)
}
