//! A connection that answers 414 to an endless request line, and ends when its client reads no answers.
//!
//! The HTTP library gives up on a head that doesn't fit its buffer with 431, whatever is too long in it; clients and
//! proxies look for 414 when it is the address. So the guard watches how much of a request has come without the end of
//! its first line, and answers in the library's place.
//!
//! Nor does the library end a write that a client never lets come to its end by reading nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A client must take something of an answer within this time.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// Longest request line, in bytes.
const MAX_LINE: usize = 64 << 10;

const ANSWER: &[u8] = b"HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How an answer begins that another one follows.
const INTERIM: &[u8] = b"HTTP/1.1 1";

/// How much more is read and thrown away, so that the answer isn't lost to a reset connection.
const MAX_REST: usize = 16 << 20;

pub(super) struct Guard {
    stream: TcpStream,
    state: State,
    stalled: Stalled,
}

/// When a client that takes nothing has had its time.
#[derive(Default)]
struct Stalled(Option<Pin<Box<Sleep>>>);

impl Stalled {
    /// Lets a write through that got on; one that waits is an error once it has waited too long.
    fn check<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.0 = None;
            return written;
        }
        let deadline = self.0.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

enum State {
    /// So many bytes of a request line have come.
    Line(usize),
    /// The request line is complete; the rest is the library's business.
    Passed,
    /// So many bytes of the answer have gone.
    Answering(usize),
    /// Reading what still comes: so many bytes more.
    Draining(usize),
}

impl Guard {
    pub fn new(stream: TcpStream) -> Guard {
        Guard { stream, state: State::Line(0), stalled: Stalled::default() }
    }

    /// Looks at what has just been read.
    fn look(&mut self, fresh: &[u8]) {
        let State::Line(before) = self.state else { return };
        self.state = match before + fresh.len() {
            _ if fresh.contains(&b'\n') => State::Passed,
            length if length > MAX_LINE => State::Answering(0),
            length => State::Line(length),
        };
    }

    /// An answer of the library's own ends a request: the next line begins. An interim one (100 Continue) doesn't: what
    /// comes next is the request's body.
    fn answered(&mut self, bytes: &[u8]) {
        if !bytes.starts_with(INTERIM) {
            self.state = State::Line(0);
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let State::Answering(sent) = self.state {
            let rest = ANSWER.get(sent..).unwrap_or_default();
            if rest.is_empty() {
                self.state = State::Draining(MAX_REST);
                break;
            }
            let written = Pin::new(&mut self.stream).poll_write(cx, rest);
            let more = ready!(self.stalled.check(cx, written))?;
            self.state = State::Answering(sent + more.max(1));
        }
        Poll::Ready(Ok(()))
    }

    /// Reads until the client has nothing more to say; nothing of it reaches the library, which sees the end.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4_096];
        while let State::Draining(left) = self.state {
            let mut buffer = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            let count = buffer.filled().len();
            if count == 0 || count >= left {
                break;
            }
            self.state = State::Draining(left - count);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Guard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Line(_) | State::Passed) {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
            self.look(buffer.filled().get(before..).unwrap_or_default());
            if !matches!(self.state, State::Answering(_)) {
                return Poll::Ready(Ok(()));
            }
            buffer.set_filled(before);
        }
        ready!(self.poll_answer(cx))?;
        self.poll_drain(cx)
    }
}

impl AsyncWrite for Guard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.state {
            State::Line(_) | State::Passed => self.answered(bytes),
            // The library's 431 has no place beside our 414.
            State::Answering(_) | State::Draining(_) => return Poll::Ready(Ok(bytes.len())),
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.stalled.check(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.state {
            State::Line(_) | State::Passed => self.answered(slices.first().map_or(&[][..], |slice| slice)),
            State::Answering(_) | State::Draining(_) => {
                return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
            }
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.stalled.check(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
