//! The appending side's handle.

use std::io;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::book::Shared;
use super::format::{FRAME_HEADER_LEN, MAX_BODY_LEN, RECORD_PREFIX_LEN, SEGMENT_HEADER_LEN};
use super::segment::Active;
use super::writer::{Append, Committer, Request};

/// Why records were not made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The spool, or the disk under it, is full. Passes once the reader has freed room.
    #[error("the spool is full")]
    Full,
    /// Too many calls are waiting. Passes in milliseconds.
    #[error("too many appends are waiting for the disk")]
    Busy,
    /// The disk has failed. Does not pass; see [`Spool::poisoned`].
    #[error("the spool has failed")]
    Failed,
    /// The spool was closed.
    #[error("the spool is closed")]
    Closed,
    /// The records of one call do not fit into one group.
    #[error("the records are too large for one group")]
    TooLarge,
    /// There was no record in the call.
    #[error("no record was given")]
    Empty,
}

/// Bytes that a record takes beside its own.
pub const RECORD_BYTES: usize = RECORD_PREFIX_LEN;

/// A snapshot of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The number the next record will get.
    pub next_seq: u64,
    /// The newest durable record; one less than the first number when there was none yet.
    pub durable_seq: u64,
    /// The newest acknowledged record.
    pub acked_seq: u64,
    /// The last record of the batch that is sealed and not acknowledged yet.
    pub sealed_seq: Option<u64>,
    /// Bytes of all segments.
    pub bytes: u64,
    /// The most bytes the segments may take.
    pub max_bytes: u64,
    /// Segments on disk.
    pub segments: usize,
    /// Appends are being refused for want of room.
    pub full: bool,
    /// Why the spool has failed for ever, if it has.
    pub poisoned: Option<String>,
}

/// Appends records. Cheap to clone. When the last clone is dropped, the committer writes what is queued and
/// ends.
#[derive(Clone)]
pub struct Spool {
    queue: mpsc::Sender<Request>,
    shared: Arc<Shared>,
    committer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Spool {
    pub(super) fn start(shared: &Arc<Shared>, active: Option<Active>) -> io::Result<Self> {
        let (queue, requests) = mpsc::channel(shared.options.queue);
        let committer = Committer::new(Arc::clone(shared), requests, active);
        let thread = std::thread::Builder::new().name("spool".into()).spawn(|| committer.run())?;
        Ok(Self { queue, shared: Arc::clone(shared), committer: Arc::new(Mutex::new(Some(thread))) })
    }

    /// Makes records durable, and returns their numbers. They stay together and in order.
    ///
    /// # Errors
    ///
    /// See [`AppendError`]. After [`AppendError::Failed`], or when the call is dropped early, the records may
    /// or may not be in the spool; after all other errors they are not.
    pub async fn append(&self, records: Vec<Bytes>) -> Result<RangeInclusive<u64>, AppendError> {
        if records.is_empty() {
            return Err(AppendError::Empty);
        }
        let body_len = records.iter().map(|record| RECORD_PREFIX_LEN + record.len()).sum();
        if body_len > max_body_len(self.shared.options.segment_bytes) {
            return Err(AppendError::TooLarge);
        }
        let (reply, answer) = oneshot::channel();
        let request = Request::Append(Append { records, body_len, reply });
        self.queue.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy,
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        answer.await.unwrap_or(Err(AppendError::Failed))
    }

    /// Bytes that the records of one call may take, each with [`RECORD_BYTES`] more than its own.
    pub fn max_call_bytes(&self) -> usize {
        max_body_len(self.shared.options.segment_bytes)
    }

    /// How the spool stands. Asks the file system for its free room only when the disk was full.
    pub fn state(&self) -> State {
        let poisoned = self.shared.failure().map(|reason| reason.to_string());
        let book = self.shared.book().clone();
        State {
            next_seq: book.next_seq,
            durable_seq: book.next_seq.saturating_sub(1),
            acked_seq: book.acked_seq,
            sealed_seq: book.sealed_seq,
            bytes: book.bytes(),
            max_bytes: self.shared.options.max_bytes,
            segments: book.segments.len(),
            full: book.at_limit || (book.disk_full && !self.shared.disk_has_room(0)),
            poisoned,
        }
    }

    /// Resolves with the reason once the spool has failed for ever; never otherwise. The process should then
    /// end: only opening the spool again finds out what the disk really holds.
    pub async fn poisoned(&self) -> String {
        let mut progress = self.shared.progress.subscribe();
        loop {
            if let Some(reason) = progress.borrow_and_update().failure.as_deref() {
                return reason.to_owned();
            }
            if progress.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Commits what is queued, refuses everything after it, and waits for the committer to end.
    pub async fn close(&self) {
        let mut progress = self.shared.progress.subscribe();
        // An error means that the committer has ended already.
        if self.queue.send(Request::Close).await.is_ok() {
            progress.wait_for(|progress| progress.ended).await.ok();
        }
        let thread = self.committer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It has nothing left to do; a panic in it has been reported as the spool's failure.
        thread.and_then(|thread| thread.join().ok());
    }
}

/// Bytes a body may have, so that its frame fits into a segment.
pub(super) fn max_body_len(segment_bytes: u64) -> usize {
    let headers = SEGMENT_HEADER_LEN + FRAME_HEADER_LEN;
    usize::try_from(segment_bytes).unwrap_or(MAX_BODY_LEN).saturating_sub(headers).min(MAX_BODY_LEN)
}
