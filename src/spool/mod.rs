//! The spool: a durable, append-only log on disk between the collector and the database.
//!
//! Whoever appends is answered after the records are on the disk, so an event that was answered survives
//! `kill -9` and a power cut. One reader takes the records out again in order and in sealed batches, so that
//! a batch which may already have been sent before a crash is sent again with exactly the same records.
//!
//! # Promises
//!
//! * Every record has a sequence number. Numbers only rise; a number that is missing is a lost record, and
//!   damage is therefore reported exactly. A number is given a second time only when the end of the newest
//!   segment had to be cut off, and never when a sealed batch may have carried it out of the spool.
//! * [`Spool::append`] resolves after the data (and for a new segment its directory entry) was synced.
//!   Records of one call stay together. A call that fails, or is dropped before it resolves, leaves its
//!   records in the spool or not: nothing was promised.
//! * After the first sync error, or a write error other than a full disk, the spool fails for ever and never
//!   syncs again: the kernel may forget pages it could not write, and a second sync would call them safe.
//! * Segments take no more than [`Options::max_bytes`] on disk. At the limit appends are refused, until the
//!   reader has freed a tenth.
//! * Damage is skipped, kept aside in `quarantine/` and reported; it never stops a start. Only the end of the
//!   newest segment, when no whole frame is in it, is cut off: normally nobody was answered for it.
//!
//! # The directory
//!
//! ```text
//! lock                           held by the one process that has the spool open
//! cursor                         what is acknowledged and what is sealed; replaced as a whole
//! cursor.tmp                     the next cursor while it is being written
//! 00001763776365000000-MARK.seg  a segment: first sequence number, mark (16 hexadecimal digits)
//! quarantine/                    copies of bytes that could not be read or were cut off
//! ```
//!
//! Other files are left alone and reported. The bytes inside the files are specified in `format.rs` and
//! `cursor.rs`, the cases that a start can meet in `recovery.rs`.
//!
//! # Threads
//!
//! One thread, the committer, writes. It takes whatever is queued, writes it as one frame, syncs, answers
//! all, and looks at the queue again: the slower the disk, the larger the groups. No timer is involved.
//! [`Reader`] reads files up to the position that the committer has published as durable, and writes the
//! cursor.

mod book;
mod cursor;
mod format;
mod fs;
mod handle;
mod inspect;
mod quarantine;
mod reader;
mod recovery;
mod segment;
mod survey;
#[cfg(test)]
pub(crate) mod tests;
mod walk;
mod writer;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use fs::{Access, File, Fs, Lock, RealFs};
pub use handle::{AppendError, RECORD_BYTES, Spool, State};
pub use inspect::{InspectError, Report, inspect, verify};
pub use reader::{Batch, CursorError, ReadError, Reader, Record};
pub use recovery::Recovery;
pub use survey::{Damage, Reason, SegmentFacts};

/// How a spool is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes that all segments together may take on disk. At least 64 KiB is taken.
    pub max_bytes: u64,
    /// Bytes after which a new segment is begun. An eighth of `max_bytes` at most is taken, for only whole
    /// segments can be freed, and 16 KiB at least.
    pub segment_bytes: u64,
    /// How many calls of [`Spool::append`] may wait for the committer before further ones are refused.
    pub queue: usize,
    /// Microseconds since 1970, now. The first sequence number of a brand-new spool, so that numbers do not
    /// repeat when a spool directory is lost.
    pub now_micros: u64,
    /// Version of what records mean. A spool with records of a higher one is refused; those of a lower one are read, and
    /// never in one segment with others.
    pub content: u16,
}

impl Options {
    /// Options with the usual segment size (64 MiB) and queue (8192 calls).
    pub fn new(max_bytes: u64, now_micros: u64, content: u16) -> Self {
        Self { max_bytes, segment_bytes: 64 << 20, queue: 8192, now_micros, content }
    }

    fn within_bounds(self) -> Self {
        let max_bytes = self.max_bytes.max(64 << 10);
        let segment_bytes = self.segment_bytes.min(max_bytes / 8).max(16 << 10);
        let now_micros = self.now_micros.clamp(1, u64::MAX / 2);
        Self { max_bytes, segment_bytes, queue: self.queue.max(1), now_micros, content: self.content }
    }
}

/// Why a spool could not be opened or examined.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process (or this one) has the spool open.
    #[error("the spool {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A file was written by a newer version of this program. Nothing was changed.
    #[error(
        "{} has spool format version {version}, but this program knows versions up to {} only: \
         run the newer version again",
        .path.display(),
        format::VERSION
    )]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The version it carries.
        version: u16,
    },
    /// A segment holds records that a newer version of this program has written. Nothing was changed.
    #[error(
        "{} holds records of a newer version (their version is {version}, this one knows {known}): \
         run that version again",
        .path.display()
    )]
    NewerRecords {
        /// The file.
        path: PathBuf,
        /// The version of its records.
        version: u16,
        /// The newest version known.
        known: u16,
    },
    /// The file system failed.
    #[error("cannot open the spool: {context}")]
    Io {
        /// What was being done, to which file.
        context: String,
        /// The failure.
        source: io::Error,
    },
}

impl OpenError {
    fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let context = format!("{doing} {}", path.display());
        move |source| Self::Io { context, source }
    }
}

/// Opens the spool in `dir`, creating it when there is none, and repairs what a crash has left.
///
/// # Errors
///
/// See [`OpenError`]. Damage is not an error: look into [`Recovery`].
pub fn open(fs: Arc<dyn Fs>, dir: &Path, options: Options) -> Result<(Spool, Reader, Recovery), OpenError> {
    let options = options.within_bounds();
    let lock = take_directory(fs.as_ref(), dir)?;
    let (recovered, recovery) = recovery::recover(fs.as_ref(), dir, &options)?;
    let committer_start = recovered.active;
    let shared = book::Shared::new(fs, dir, options, lock, recovered.book);
    let spool =
        Spool::start(&shared, committer_start).map_err(OpenError::io("start the committer of", dir))?;
    Ok((spool, Reader::new(shared), recovery))
}

fn take_directory(fs: &dyn Fs, dir: &Path) -> Result<Box<dyn Lock>, OpenError> {
    fs.create_dir_all(dir).map_err(OpenError::io("create", dir))?;
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs.sync_dir(parent).map_err(OpenError::io("sync", parent))?;
    }
    let path = dir.join("lock");
    let lock = fs.lock(&path).map_err(OpenError::io("lock", &path))?;
    lock.ok_or_else(|| OpenError::InUse(dir.to_path_buf()))
}
