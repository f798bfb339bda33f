//! The HTTP/1 server in front of the engine, on a Unix socket or a TCP port.

use std::convert::Infallible;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;

use super::child::Listen;
use super::handler::Handler;

/// Connections at once; further ones wait to be accepted.
const CONNECTIONS: usize = 256;

/// How long a connection may take to send the head of a request, and how long it may stay idle between two.
/// Longer than clients keep idle connections, so that none sends a request into one that is being closed.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// The most a request's head may hold, in bytes; a URI cannot exceed 64 KiB anyway.
const HEAD_LIMIT: usize = 128 * 1024;

/// A bound listener with what answers its requests.
pub(super) struct Gateway {
    listener: Listener,
    handler: Arc<Handler>,
    places: Arc<Semaphore>,
}

enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

enum Peer {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Gateway {
    /// Takes the address. A socket file left by a former engine is replaced; only its owner can use the new one.
    ///
    /// # Errors
    /// When the address is taken or not allowed.
    pub(super) async fn bind(listen: &Listen, handler: Handler) -> io::Result<Self> {
        let listener = match listen {
            Listen::Unix(path) => Listener::Unix(bind_socket(path)?),
            Listen::Tcp(address) => Listener::Tcp(TcpListener::bind(address).await?),
        };
        Ok(Self { listener, handler: Arc::new(handler), places: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    /// Serves until `stop` is done; then closes idle connections, lets the others finish their request, and waits
    /// until the engine runs nothing any more.
    pub(super) async fn serve(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        tokio::select! {
            () = self.accept_all(&graceful) => {}
            () = stop => {}
        }
        let Self { listener, handler, .. } = self;
        drop(listener);
        graceful.shutdown().await;
        handler.pool.close().await;
    }

    async fn accept_all(&self, graceful: &GracefulShutdown) {
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            let handler = Arc::clone(&self.handler);
            let watcher = graceful.watcher();
            match self.listener.accept().await {
                Ok(peer) => drop(tokio::spawn(async move {
                    match peer {
                        Peer::Unix(stream) => serve_one(stream, handler, watcher).await,
                        Peer::Tcp(stream) => serve_one(stream, handler, watcher).await,
                    }
                    drop(place);
                })),
                Err(error) => back_off(&error).await,
            }
        }
    }
}

impl Listener {
    async fn accept(&self) -> io::Result<Peer> {
        match self {
            Self::Unix(listener) => Ok(Peer::Unix(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Peer::Tcp(stream))
            }
        }
    }
}

fn bind_socket(path: &Path) -> io::Result<UnixListener> {
    super::remove_if_there(path);
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Accepting fails when file handles run out, and would fail again at once.
async fn back_off(error: &io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn serve_one<S>(stream: S, handler: Arc<Handler>, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, Infallible>(handler.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(HEAD_LIMIT)
        .max_headers(64)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended badly");
    }
}
