//! What the demo asks the server, as a log importer would.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

pub(super) use crate::client::{Client, Headers};

/// Longest wait for a new site to be known; it takes a second at most.
const KNOWN: Duration = Duration::from_secs(10);

/// Longest wait for the database to hold everything.
const STORED: Duration = Duration::from_secs(120);

/// Times that a request is sent while the server says that it can't make hits durable now.
const ATTEMPTS: usize = 5;

impl Client {
    /// Returns when the server knows the site and honours the token.
    pub async fn wait_for_site(&self, site: u32, token: &str) -> Result<()> {
        let start = Instant::now();
        let bearer = format!("Bearer {token}");
        let path = format!("/api/v1/sites/{site}/snippet");
        while self.get(&path, &[("authorization", &bearer)]).await?.status != StatusCode::OK {
            ensure!(
                start.elapsed() < KNOWN,
                "the server at {} does not know the new site: does it use another data folder? Give its own with --data",
                self.address()
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
