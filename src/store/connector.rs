//! One ClickHouse client type for both deployments: the embedded engine on its Unix socket, or a server by URL.
//!
//! The `clickhouse` crate accepts any HTTP client of hyper that has a connector, so the choice is made here, below
//! HTTP, and nothing above knows of it.

use std::io::{self, IoSlice};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use clickhouse::{Client, Compression};
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpStream, UnixStream};
use tower::Service;

/// How long an unused connection is kept. Shorter than any server keeps it (ClickHouse: 3 s at least), so that no
/// request is sent into a connection that is being closed.
const IDLE: Duration = Duration::from_secs(2);

/// How long connecting over TCP may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How requests reach ClickHouse.
#[derive(Clone, Debug)]
pub enum Connector {
    /// The embedded engine's socket; the host in the URL is of no account.
    Unix(PathBuf),
    /// The host and port of the URL, in plain HTTP.
    Tcp,
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Link, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        match self.clone() {
            Self::Unix(path) => {
                Box::pin(async move { Ok(Link::Unix(TokioIo::new(UnixStream::connect(path).await?))) })
            }
            Self::Tcp => Box::pin(async move { Ok(Link::Tcp(tcp().call(uri).await?)) }),
        }
    }
}

fn tcp() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_keepalive(Some(Duration::from_secs(60)));
    connector
}

/// A connection of either kind.
pub enum Link {
    /// To the embedded engine.
    Unix(TokioIo<UnixStream>),
    /// To a server.
    Tcp(TokioIo<TcpStream>),
}

/// Passes a call on to whichever stream there is.
macro_rules! either {
    ($link:expr, $stream:ident => $call:expr) => {
        match $link.get_mut() {
            Link::Unix(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            Link::Tcp(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
        }
    };
}

impl Read for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(cx, buffer))
    }
}

impl Write for Link {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_shutdown(cx))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Unix(stream) => stream.is_write_vectored(),
            Self::Tcp(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write_vectored(cx, pieces))
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        match self {
            Self::Unix(_) => Connected::new(),
            Self::Tcp(stream) => stream.connected(),
        }
    }
}

/// A client for the ClickHouse behind `connector`. `url` is `http://host:port`; for a Unix socket any host will do.
/// An empty `user`, `password` or `database` is not sent. Nothing is compressed: over a socket it would only cost time.
pub fn client(connector: Connector, url: &str, user: &str, password: &str, database: &str) -> Client {
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector);
    let mut client = Client::with_http_client(http).with_url(url).with_compression(Compression::None);
    if !user.is_empty() {
        client = client.with_user(user);
    }
    if !password.is_empty() {
        client = client.with_password(password);
    }
    if !database.is_empty() {
        client = client.with_database(database);
    }
    client
}
