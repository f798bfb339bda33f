//! The one reader: takes durable records out in order, seals batches, and acknowledges them.
//!
//! [`Reader::peek`], then [`Reader::seal`], then send, then [`Reader::ack`]. A batch that was sealed and not
//! acknowledged comes back from `peek` with exactly the same numbers, also after a crash, so that its numbers
//! can serve as a deduplication token.
//!
//! The place to read on from is not kept on disk: it follows from the cursor and the segments.

use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::book::{Book, Shared};
use super::cursor::Cursor;
use super::format::SEGMENT_HEADER_LEN;
use super::fs::{Access, File, is_no_room};
use super::segment::SegmentId;
use super::walk::{Frame, Step, WalkError, Walker};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: u64,
    /// What was appended.
    pub bytes: Bytes,
}

/// Consecutive numbers, and the records that belong to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The numbers `first_seq` to `last_seq` of this batch are fixed: it may have been sent before.
    pub sealed: bool,
    /// The first number.
    pub first_seq: u64,
    /// The last number, to be sealed and acknowledged; may be that of a lost record. Below `first_seq` when
    /// there is nothing.
    pub last_seq: u64,
    /// The records that can be read, in order. May be empty when all are lost.
    pub records: Vec<Record>,
    /// Numbers whose records are lost.
    pub gaps: Vec<RangeInclusive<u64>>,
}

impl Batch {
    /// Whether there was nothing to read, not even a gap.
    pub fn is_empty(&self) -> bool {
        self.last_seq < self.first_seq
    }
}

/// Why records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk failed.
    #[error("cannot read the spool")]
    Io(#[from] io::Error),
    /// There is a frame of a newer version, which only another program can have put there while this one ran.
    #[error("a frame of the spool has format version {0}, which this program does not know")]
    NewerVersion(u16),
}

impl From<WalkError> for ReadError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Newer(version) => Self::NewerVersion(version),
            WalkError::Io(error) => Self::Io(error),
        }
    }
}

/// Why the cursor was not moved.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The number is acknowledged already or not durable yet, or another batch is sealed.
    #[error(
        "record {last_seq} cannot end a batch: {acked_seq} is acknowledged, {durable_seq} is durable, \
         {sealed_seq:?} is sealed"
    )]
    OutOfOrder {
        /// The number given.
        last_seq: u64,
        /// The newest acknowledged record.
        acked_seq: u64,
        /// The newest durable record.
        durable_seq: u64,
        /// The end of the sealed batch, if there is one.
        sealed_seq: Option<u64>,
    },
    /// The disk is full. Nothing has changed, and the call may be repeated.
    #[error("no room for the cursor")]
    NoRoom(#[source] io::Error),
    /// The spool has failed for ever, now or before. Which cursor the disk holds is known only after opening
    /// it again.
    #[error("the spool has failed: {0}")]
    Failed(String),
}

/// A place in a segment at which the frame begins that holds record `seq`, or the next frame after it.
#[derive(Debug, Clone, Copy)]
struct Place {
    seq: u64,
    segment: SegmentId,
    offset: u64,
}

/// Reads the spool. There is one. Its methods block on the disk, except for [`Reader::wait`].
pub struct Reader {
    shared: Arc<Shared>,
    cursor: Cursor,
    /// Where frames begin, in order: the place to read on from, then those the last peek has passed.
    places: Vec<Place>,
    open: Option<(SegmentId, Box<dyn File>)>,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let cursor = {
            let book = shared.book();
            Cursor { acked_seq: book.acked_seq, sealed_seq: book.sealed_seq }
        };
        Self { shared, cursor, places: Vec::new(), open: None }
    }

    /// The newest acknowledged record; one less than the first number when there is none.
    pub fn acked_seq(&self) -> u64 {
        self.cursor.acked_seq
    }

    /// The records that are durable and not acknowledged, from the oldest on, up to `max_records` and
    /// `max_bytes` of their bytes, but one at least. Always begins at the same record until something is
    /// acknowledged. When a batch is sealed, exactly that batch, whatever the limits.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; the call may be repeated. Damage is no error: see [`Batch::gaps`].
    pub fn peek(&mut self, max_records: usize, max_bytes: usize) -> Result<Batch, ReadError> {
        let book = self.shared.book().clone();
        let mut collector = match self.cursor.sealed_seq {
            Some(last_seq) => Collector::new(self.cursor, last_seq, usize::MAX, usize::MAX),
            None => Collector::new(self.cursor, book.next_seq.saturating_sub(1), max_records, max_bytes),
        };
        self.places.truncate(1);
        let is_complete = self.collect(&book, &mut collector)?;
        Ok(collector.finish(is_complete, self.cursor.sealed_seq.is_some()))
    }

    /// Fixes the batch that ends with `last_seq`, durably. To be called before it is first sent. Sealing the
    /// same batch again does nothing.
    ///
    /// # Errors
    ///
    /// See [`CursorError`]. The batch must not be sent then.
    pub fn seal(&mut self, last_seq: u64) -> Result<(), CursorError> {
        if self.cursor.sealed_seq == Some(last_seq) {
            return Ok(());
        }
        self.check_order(last_seq)?;
        self.store(Cursor { acked_seq: self.cursor.acked_seq, sealed_seq: Some(last_seq) })
    }

    /// Declares all records up to `last_seq` done with, durably, and frees the segments that are no longer
    /// needed. A sealed batch is acknowledged as a whole. Repeating the last acknowledgement does nothing.
    ///
    /// # Errors
    ///
    /// See [`CursorError`]. A segment that cannot be removed is logged, and tried again with the next
    /// acknowledgement.
    pub fn ack(&mut self, last_seq: u64) -> Result<(), CursorError> {
        if self.cursor.sealed_seq.is_none() && self.cursor.acked_seq == last_seq {
            return Ok(());
        }
        self.check_order(last_seq)?;
        self.store(Cursor { acked_seq: last_seq, sealed_seq: None })?;
        self.move_on(last_seq + 1);
        self.remove_acknowledged();
        Ok(())
    }

    /// Waits until a durable record is not acknowledged; true then. False once the spool was closed or has
    /// failed and nothing is left. May be dropped at any time.
    pub async fn wait(&self) -> bool {
        self.wait_past(self.cursor.acked_seq).await
    }

    /// Waits until a record after `seq` is durable, for who wants to fill a batch: true then. False once the
    /// spool was closed or has failed before that. May be dropped at any time.
    pub async fn wait_past(&self, seq: u64) -> bool {
        let mut progress = self.shared.progress.subscribe();
        let reached = progress
            .wait_for(|progress| progress.is_past(seq) || progress.ended || progress.failure.is_some())
            .await;
        reached.is_ok_and(|progress| progress.is_past(seq))
    }

    /// Feeds frames to the collector until it wants no more (false) or the durable end is reached (true).
    fn collect(&mut self, book: &Book, collector: &mut Collector) -> Result<bool, ReadError> {
        let start = self.places.first().copied();
        let is_past = |id: SegmentId| start.is_some_and(|place| id < place.segment);
        for segment in book.segments.iter().skip_while(|segment| is_past(segment.id)) {
            let (seq, offset) = match start.filter(|place| place.segment == segment.id) {
                Some(place) => (place.seq, place.offset),
                // A damaged header reads like one that is whole: all that matters is in the name.
                None => (segment.id.first_seq, SEGMENT_HEADER_LEN as u64),
            };
            self.open_segment(segment.id)?;
            let Some((_, file)) = &self.open else { continue };
            let mut walker = Walker::new(file.as_ref(), segment.id.mark, seq, offset, segment.bytes);
            while let Some(step) = walker.step()? {
                let Step::Frame(frame) = step else { continue };
                let wants_more = collector.take(&frame);
                self.places.push(Place { seq: frame.first_seq, segment: segment.id, offset: frame.from });
                if !wants_more {
                    return Ok(false);
                }
                self.places.push(Place { seq: frame.last_seq() + 1, segment: segment.id, offset: frame.to });
            }
        }
        Ok(true)
    }

    fn open_segment(&mut self, id: SegmentId) -> io::Result<()> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != id) {
            let file = self.shared.fs.open(&id.path(&self.shared.dir), Access::Read)?;
            self.open = Some((id, file));
        }
        Ok(())
    }

    fn check_order(&self, last_seq: u64) -> Result<(), CursorError> {
        let durable_seq = self.shared.book().next_seq.saturating_sub(1);
        let Cursor { acked_seq, sealed_seq } = self.cursor;
        let is_new = acked_seq < last_seq && last_seq <= durable_seq;
        if is_new && sealed_seq.is_none_or(|sealed| sealed == last_seq) {
            return Ok(());
        }
        Err(CursorError::OutOfOrder { last_seq, acked_seq, durable_seq, sealed_seq })
    }

    fn store(&mut self, cursor: Cursor) -> Result<(), CursorError> {
        if let Some(reason) = self.shared.failure() {
            return Err(CursorError::Failed(reason.to_string()));
        }
        if let Err(error) = cursor.store(self.shared.fs.as_ref(), &self.shared.dir) {
            return Err(self.refuse(error));
        }
        self.cursor = cursor;
        let mut book = self.shared.book();
        (book.acked_seq, book.sealed_seq) = (cursor.acked_seq, cursor.sealed_seq);
        Ok(())
    }

    fn refuse(&self, error: io::Error) -> CursorError {
        if is_no_room(&error) {
            return CursorError::NoRoom(error);
        }
        self.shared.poison("write the cursor", &error);
        CursorError::Failed(error.to_string())
    }

    /// Remembers the last place known that is not behind record `seq`.
    fn move_on(&mut self, seq: u64) {
        let place = self.places.iter().rev().find(|place| place.seq <= seq).copied();
        self.places.clear();
        self.places.extend(place);
    }

    fn remove_acknowledged(&mut self) {
        let done = self.shared.book().acknowledged_segments();
        for segment in done {
            self.open.take_if(|(open, _)| *open == segment.id);
            let path = segment.id.path(&self.shared.dir);
            if self.remove(&path) {
                self.shared.book().segments.retain(|other| other.id != segment.id);
            }
        }
        let max_bytes = self.shared.options.max_bytes;
        self.shared.book().admit(0, max_bytes);
    }

    fn remove(&self, path: &Path) -> bool {
        match self.shared.fs.remove(path) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot remove an acknowledged segment");
                error.kind() == io::ErrorKind::NotFound
            }
        }
    }
}

/// Gathers the records of a batch and notices missing numbers.
struct Collector {
    first_seq: u64,
    /// The number that should come next.
    next_seq: u64,
    /// Where the batch ends at the latest.
    until_seq: u64,
    max_records: usize,
    max_bytes: usize,
    bytes: usize,
    records: Vec<Record>,
    gaps: Vec<RangeInclusive<u64>>,
}

impl Collector {
    fn new(cursor: Cursor, until_seq: u64, max_records: usize, max_bytes: usize) -> Self {
        let first_seq = cursor.acked_seq + 1;
        let (records, gaps) = (Vec::new(), Vec::new());
        Self { first_seq, next_seq: first_seq, until_seq, max_records, max_bytes, bytes: 0, records, gaps }
    }

    /// Takes what is wanted of a frame; false when no more frames are.
    fn take(&mut self, frame: &Frame) -> bool {
        for (seq, record) in (frame.first_seq..).zip(&frame.records) {
            if seq < self.next_seq {
                continue;
            }
            if seq > self.until_seq || self.is_full(record.len()) {
                return false;
            }
            self.skip_to(seq);
            self.bytes += record.len();
            self.records.push(Record { seq, bytes: record.clone() });
            self.next_seq = seq + 1;
        }
        self.next_seq <= self.until_seq
    }

    fn is_full(&self, next_len: usize) -> bool {
        let is_full = self.records.len() >= self.max_records || self.bytes + next_len > self.max_bytes;
        is_full && !self.records.is_empty()
    }

    fn skip_to(&mut self, seq: u64) {
        if self.next_seq < seq {
            self.gaps.push(self.next_seq..=seq - 1);
            self.next_seq = seq;
        }
    }

    /// The batch. When all there is was read, what is missing up to the end is lost.
    fn finish(mut self, is_complete: bool, sealed: bool) -> Batch {
        if is_complete || sealed {
            self.skip_to(self.until_seq.saturating_add(1));
        }
        Batch {
            sealed,
            first_seq: self.first_seq,
            last_seq: self.next_seq - 1,
            records: self.records,
            gaps: self.gaps,
        }
    }
}
