//! The accept loop.
//!
//! Our own, because a connection that sends its headers slowly, or not at all, must end: `header_read_timeout` ends it,
//! also between two requests. A body's time is limited by the router's deadline, the number of connections here.

mod guard;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::http::Front;
use guard::Guard;

/// A request's headers must be there this soon; also how long an idle connection is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Most bytes of request line and headers.
const MAX_HEAD: usize = 72 << 10;

/// Most header lines.
const MAX_HEADERS: usize = 100;

/// Accepts connections and serves them.
pub(super) struct Accept {
    front: Front,
    permits: Arc<Semaphore>,
}

impl Accept {
    /// Serves `front` on at most `max_connections` at once.
    pub fn new(front: Front, max_connections: usize) -> Accept {
        Accept { front, permits: Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS))) }
    }

    /// Accepts until told to stop, then lets open requests finish.
    pub async fn run(self, listener: TcpListener, mut stopping: watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.next(&listener) => accepted,
                _ = stopping.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((stream, peer, permit)) => self.spawn(stream, peer, permit, &graceful),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(listener);
        graceful.shutdown().await;
    }

    async fn next(
        &self,
        listener: &TcpListener,
    ) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(std::io::Error::other)?;
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, peer, permit))
    }

    fn spawn(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
        graceful: &GracefulShutdown,
    ) {
        let front = Arc::new(self.front.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let front = Arc::clone(&front);
            async move { Ok::<_, Infallible>(front.answer(request, peer).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(Guard::new(stream)), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // How a stranger's connection ends is no news.
            drop(watched.await);
            drop(permit);
        });
    }
}
