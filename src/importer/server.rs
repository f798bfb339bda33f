//! The server that counts the lines.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::api::imports::{ChunkView, ImportView};
use crate::client::{Answer, Client};
use crate::config::Config;

/// Longest wait for a token, or a site, that was just made to be known.
const KNOWN: Duration = Duration::from_secs(10);

/// Longest wait for a server that is gone: it may be starting again.
const GONE: Duration = Duration::from_secs(60);

/// Longest wait for a server that can't make anything durable now.
const BUSY: Duration = Duration::from_secs(600);

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Longest pause that a server may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A server that has been found.
pub(super) struct Server {
    client: Client,
    /// The file that says where it is; it may be elsewhere after a new start.
    address_file: Option<PathBuf>,
    site: u32,
    bearer: String,
}

/// Lines, and what is to be known for reading them.
pub(super) struct Lines {
    pub chunk: Bytes,
    /// The directives before them.
    pub directives: String,
    /// Whether failed requests are page views, too.
    pub with_errors: bool,
}

/// What the server says to a chunk.
pub(super) enum Said {
    /// It is counted.
    Taken(Box<ChunkView>),
    /// It does not follow what is counted.
    Elsewhere,
}

impl Server {
    /// Finds the server at `url`, or the one that runs on the data folder.
    pub async fn find(config: &Config, url: Option<&str>) -> Result<Server> {
        let address_file = url.is_none().then(|| config.data.join("server.address"));
        let address = match (url, &address_file) {
            (Some(url), _) => Some(host_and_port(url)?),
            (None, Some(file)) => fs::read_to_string(file).ok(),
            (None, None) => None,
        };
        let client = address.map(|address| Client::new(&address));
        match client {
            Some(client) if client.is_alive().await => {
                Ok(Server { client, address_file, site: 0, bearer: String::new() })
            }
            Some(client) if url.is_some() => {
                bail!("no server answers at {}: start it, or give another --url", client.address())
            }
            _ => bail!(
                "no server runs on the data folder {}: start it with `footfall serve`, or give its --data or --url",
                config.data.display()
            ),
        }
    }

    /// From now on hits are for this site, and sent with this token.
    pub fn authorise(&mut self, site: u32, token: &str) {
        self.site = site;
        self.bearer = format!("Bearer {token}");
    }

    /// Which import the log that begins like this is, and how far it has come.
    pub async fn open(&mut self, head: Bytes) -> Result<ImportView> {
        let path = format!("/api/v1/sites/{}/imports", self.site);
        let start = Instant::now();
        loop {
            let answer = self.post(&path, head.clone()).await?;
            match answer.status {
                StatusCode::OK => return read(&answer),
                StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND if start.elapsed() < KNOWN => {
                    sleep(PAUSE).await
                }
                StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => bail!(
                    "the server at {} does not let us import into site {}: is it another data folder's, or the token \
                     another site's? Give --data, or a write token for the site in FOOTFALL_TOKEN",
                    self.client.address(),
                    self.site
                ),
                _ => return Err(refused(&answer)),
            }
        }
    }

    /// Sends lines that follow what is known to be counted.
    pub async fn take(&mut self, known: &ImportView, lines: &Lines) -> Result<Said> {
        let mut path = format!(
            "/api/v1/sites/{}/imports/{}?offset={}&with_errors={}",
            self.site, known.import, known.offset, lines.with_errors
        );
        if !lines.directives.trim().is_empty() {
            path.push_str("&directives=");
            path.extend(url::form_urlencoded::byte_serialize(lines.directives.as_bytes()));
        }
        let answer = self.post(&path, lines.chunk.clone()).await?;
        match answer.status {
            StatusCode::OK => Ok(Said::Taken(Box::new(read(&answer)?))),
            StatusCode::CONFLICT => Ok(Said::Elsewhere),
            _ => Err(refused(&answer)),
        }
    }

    /// Sends a request until it is answered by a server that is not busy. It may arrive more than once.
    async fn post(&mut self, path: &str, body: Bytes) -> Result<Answer> {
        let start = Instant::now();
        loop {
            let headers =
                [("authorization", self.bearer.as_str()), ("content-type", "application/octet-stream")];
            let answer = self.client.send(Method::POST, path, &headers, body.clone()).await;
            let pause = match answer {
                Ok(answer) if !is_busy(answer.status) => return Ok(answer),
                Ok(answer) if start.elapsed() < BUSY => pause(&answer),
                Ok(answer) => return Err(refused(&answer)),
                Err(_) if start.elapsed() < GONE => PAUSE,
                Err(error) => {
                    return Err(error.context("start it and run this again: it goes on where it stopped"));
                }
            };
            sleep(pause).await;
            self.look_again();
        }
    }

    /// A server that was started again may listen elsewhere.
    fn look_again(&mut self) {
        let address = self.address_file.as_ref().and_then(|file| fs::read_to_string(file).ok());
        if let Some(address) = address.filter(|address| address.trim() != self.client.address()) {
            self.client = Client::new(&address);
        }
    }
}

/// `host:port` of a server's address.
fn host_and_port(url: &str) -> Result<String> {
    let url = url::Url::parse(url).ok().filter(|url| url.scheme() == "http" && url.path() == "/");
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    match host {
        Some((host, port)) => Ok(format!("{host}:{port}")),
        None => bail!(
            "--url must be like http://127.0.0.1:8080: only http:// is spoken, so give the server's own address and \
             not that of the proxy in front of it"
        ),
    }
}

/// Statuses of a server, or of a proxy in front of it, that will answer later.
fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504)
}

fn pause(answer: &Answer) -> Duration {
    let seconds = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(PAUSE, Duration::from_secs).clamp(PAUSE, MAX_PAUSE)
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T> {
    serde_json::from_value(answer.json())
        .context("the server gives no answer that makes sense: is it a Footfall server of this version?")
}

fn refused(answer: &Answer) -> anyhow::Error {
    let json = answer.json();
    let detail = json.get("detail").and_then(Value::as_str).unwrap_or("see its log");
    anyhow::anyhow!(
        "the server refuses ({}): {detail}; run this again later, and it goes on where it stopped",
        answer.status
    )
}
