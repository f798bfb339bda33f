//! What the committer, the reader and the handles know in common.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Options;
use super::fs::{Fs, Lock};
use super::segment::Segment;

/// Room on the disk that appends leave alone, so that a cursor can still be written and the spool be drained.
pub(super) const RESERVED_BYTES: u64 = 1 << 20;

/// Percent of the limit below which a full spool accepts records again.
const REOPEN_PERCENT: u64 = 90;

/// The common state. Its lock is never held across I/O.
pub(super) struct Shared {
    pub(super) fs: Arc<dyn Fs>,
    pub(super) dir: PathBuf,
    pub(super) options: Options,
    book: Mutex<Book>,
    pub(super) progress: watch::Sender<Progress>,
    /// Keeps other processes out for as long as anything of this spool is alive.
    _lock: Box<dyn Lock>,
}

/// What others may wait for.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The next number to be given; all below are durable.
    pub(super) next_seq: u64,
    /// Why the spool has failed for ever.
    pub(super) failure: Option<Arc<str>>,
    /// The committer has ended.
    pub(super) ended: bool,
}

impl Progress {
    /// Whether a record after `seq` is durable.
    pub(super) fn is_past(&self, seq: u64) -> bool {
        self.next_seq.saturating_sub(1) > seq
    }
}

/// The durable contents.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    /// In order; the last is the one being written.
    pub(super) segments: VecDeque<Segment>,
    pub(super) next_seq: u64,
    pub(super) acked_seq: u64,
    pub(super) sealed_seq: Option<u64>,
    /// The limit was reached, and not enough was freed since.
    pub(super) at_limit: bool,
    /// The disk had no room for the last group.
    pub(super) disk_full: bool,
}

impl Book {
    /// Bytes all segments take.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Whether `needed` more bytes are within `max_bytes`. Once they were not, a tenth must be free again.
    pub(super) fn admit(&mut self, needed: u64, max_bytes: u64) -> bool {
        let limit = if self.at_limit { max_bytes / 100 * REOPEN_PERCENT } else { max_bytes };
        self.at_limit = self.bytes() + needed > limit;
        !self.at_limit
    }

    /// Takes up what was made durable: a segment has grown, or a new one has begun.
    pub(super) fn publish(&mut self, segment: Segment) {
        match self.segments.back_mut().filter(|last| last.id == segment.id) {
            Some(last) => *last = segment,
            None => self.segments.push_back(segment),
        }
        self.next_seq = segment.last_seq + 1;
        self.disk_full = false;
    }

    /// The segments that hold nothing anybody needs. Never the last: it remembers the next number.
    pub(super) fn acknowledged_segments(&self) -> Vec<Segment> {
        let finished = self.segments.len().saturating_sub(1);
        let acked_seq = self.acked_seq;
        self.segments.iter().take(finished).filter(|segment| segment.last_seq <= acked_seq).copied().collect()
    }
}

impl Shared {
    pub(super) fn new(
        fs: Arc<dyn Fs>,
        dir: &Path,
        options: Options,
        lock: Box<dyn Lock>,
        book: Book,
    ) -> Arc<Self> {
        let progress = Progress { next_seq: book.next_seq, ..Progress::default() };
        Arc::new(Self {
            fs,
            dir: dir.to_path_buf(),
            options,
            book: Mutex::new(book),
            progress: watch::Sender::new(progress),
            _lock: lock,
        })
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        // No code panics while it holds the lock half-way through a change.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the spool fail for ever. The first reason stays.
    pub(super) fn poison(&self, doing: &str, error: &io::Error) {
        let reason = format!("{doing}: {error}");
        tracing::error!(%reason, "the spool has failed and accepts nothing until it is opened again");
        self.progress.send_if_modified(|progress| {
            let is_first = progress.failure.is_none();
            progress.failure.get_or_insert_with(|| reason.into());
            is_first
        });
    }

    /// Why the spool has failed, if it has.
    pub(super) fn failure(&self) -> Option<Arc<str>> {
        self.progress.borrow().failure.clone()
    }

    /// Whether the disk has room for `needed` bytes beside the reserve. A file system that cannot tell has.
    pub(super) fn disk_has_room(&self, needed: u64) -> bool {
        self.fs.available(&self.dir).map_or(true, |available| available >= needed + RESERVED_BYTES)
    }
}
