//! The committer: the one thread that writes segments.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::book::Shared;
use super::format::{FrameBuilder, SEGMENT_HEADER_LEN};
use super::fs::is_no_room;
use super::handle::{AppendError, max_body_len};
use super::segment::{AHEAD, Active, SegmentId};

/// Records in a group, unless one call alone brings more.
const GROUP_RECORDS: usize = 4096;
/// Bytes in a group's body, unless one call alone brings more.
const GROUP_BYTES: usize = 1 << 20;

/// Calls in a group from which on they crowd.
const CROWD: usize = 8;
/// How long the committer lets calls queue up while they crowd: a sync costs the same for one record and for a hundred.
const LINGER: Duration = Duration::from_micros(300);

/// What the committer is asked for.
pub(super) enum Request {
    Append(Append),
    /// End after everything queued before this.
    Close,
}

/// One call of `append`.
pub(super) struct Append {
    pub(super) records: Vec<Bytes>,
    /// Bytes the records take in a frame's body.
    pub(super) body_len: usize,
    pub(super) reply: oneshot::Sender<Result<RangeInclusive<u64>, AppendError>>,
}

/// The calls that are written as one frame.
#[derive(Default)]
struct Group {
    calls: Vec<Append>,
    records: usize,
    body_len: usize,
}

impl Group {
    fn push(&mut self, call: Append) {
        self.records += call.records.len();
        self.body_len += call.body_len;
        self.calls.push(call);
    }

    /// Tells every call its numbers, or why there are none, and forgets the calls.
    fn answer(&mut self, outcome: Result<u64, AppendError>) {
        let mut first_seq = outcome;
        for call in self.calls.drain(..) {
            let count = call.records.len() as u64;
            // Who no longer waits has been promised nothing.
            call.reply.send(first_seq.map(|first| first..=first + count - 1)).ok();
            first_seq = first_seq.map(|first| first + count);
        }
        (self.records, self.body_len) = (0, 0);
    }
}

/// Writes groups until it is told to close or all handles are gone.
pub(super) struct Committer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    /// A call that did not fit into the group before.
    carried: Option<Append>,
    group: Group,
    frame: FrameBuilder,
    active: Option<Active>,
    next_seq: u64,
}

impl Committer {
    pub(super) fn new(
        shared: Arc<Shared>,
        requests: mpsc::Receiver<Request>,
        active: Option<Active>,
    ) -> Self {
        let next_seq = shared.book().next_seq;
        Self {
            shared,
            requests,
            carried: None,
            group: Group::default(),
            frame: FrameBuilder::default(),
            active,
            next_seq,
        }
    }

    pub(super) fn run(mut self) {
        let _farewell = Farewell(Arc::clone(&self.shared));
        while self.gather() {
            let outcome = self.commit();
            let is_crowd = self.group.calls.len() >= CROWD;
            self.group.answer(outcome);
            self.frame.shrink_to(2 * GROUP_BYTES);
            if is_crowd {
                sleep(LINGER);
            }
        }
        self.finish_segment();
    }

    /// Waits for a call, and takes those that have queued up behind it. False at the end.
    fn gather(&mut self) -> bool {
        let Some(first) = self.next_call() else {
            return false;
        };
        self.group.push(first);
        while let Ok(request) = self.requests.try_recv() {
            match request {
                Request::Close => self.requests.close(),
                Request::Append(call) if self.fits(&call) => self.group.push(call),
                Request::Append(call) => {
                    self.carried = Some(call);
                    break;
                }
            }
        }
        true
    }

    fn next_call(&mut self) -> Option<Append> {
        if let Some(call) = self.carried.take() {
            return Some(call);
        }
        loop {
            match self.requests.blocking_recv()? {
                Request::Append(call) => return Some(call),
                // What was queued before the channel closed is still received.
                Request::Close => self.requests.close(),
            }
        }
    }

    fn fits(&self, call: &Append) -> bool {
        let body_limit = GROUP_BYTES.min(max_body_len(self.shared.options.segment_bytes));
        self.group.records + call.records.len() <= GROUP_RECORDS
            && self.group.body_len + call.body_len <= body_limit
    }

    /// Makes the group durable; returns its first number.
    fn commit(&mut self) -> Result<u64, AppendError> {
        if self.shared.failure().is_some() {
            return Err(AppendError::Failed);
        }
        self.frame.begin();
        self.group.calls.iter().flat_map(|call| &call.records).for_each(|record| self.frame.push(record));
        if !self.has_room() {
            self.give_zeros_back();
            return Err(AppendError::Full);
        }
        let mut active = self.segment_for_frame()?;
        let written = self.write_frame(&mut active);
        // A segment that could not be begun is gone, and the next attempt makes another one.
        if written.is_ok() || !active.fresh {
            self.active = Some(active);
        }
        written
    }

    fn has_room(&self) -> bool {
        let needed = self.frame.len() + SEGMENT_HEADER_LEN as u64;
        let has_disk = self.shared.disk_has_room(needed);
        let mut book = self.shared.book();
        book.disk_full = !has_disk;
        book.admit(needed, self.shared.options.max_bytes) && has_disk
    }

    /// The segment that the frame goes to: the active one while it fits, else a new one.
    fn segment_for_frame(&mut self) -> Result<Active, AppendError> {
        let limit = self.shared.options.segment_bytes.saturating_sub(self.frame.len());
        if let Some(active) = self.active.take_if(|active| active.segment.bytes <= limit) {
            return Ok(active);
        }
        self.finish_segment();
        let id = SegmentId::fresh(self.next_seq);
        let shared = &self.shared;
        Active::create(shared.fs.as_ref(), &shared.dir, id, &shared.options)
            .map_err(|error| self.refuse("create a segment", &error))
    }

    /// A full disk has better use for them: the reader needs room for its cursor.
    fn give_zeros_back(&mut self) {
        if let Some(active) = self.active.as_mut().filter(|active| active.has_zeros()) {
            active.trim().ok();
        }
    }

    /// How many zeros may follow the frame: the segment, the spool and the disk must have room for both.
    fn ahead(&self, active: &Active) -> u64 {
        let (options, frame) = (&self.shared.options, self.frame.len());
        let end = active.segment.bytes + frame;
        // A new segment is not in the book yet.
        let taken = self.shared.book().bytes() + if active.fresh { active.segment.bytes } else { 0 };
        let of_spool = options.max_bytes.saturating_sub(taken + frame);
        let ahead = AHEAD.min(options.segment_bytes.saturating_sub(end)).min(of_spool);
        let is_needed = end > active.length && self.shared.disk_has_room(frame + ahead);
        if is_needed { ahead } else { 0 }
    }

    /// Ends the active segment, if there is one. Zeros that can't be cut off do no harm.
    fn finish_segment(&mut self) {
        if let Some(mut active) = self.active.take_if(|_| self.shared.failure().is_none()) {
            active.trim().ok();
        }
    }

    fn write_frame(&mut self, active: &mut Active) -> Result<u64, AppendError> {
        let first_seq = self.next_seq;
        let ahead = self.ahead(active);
        let bytes = self.frame.finish(active.segment.id.mark, first_seq);
        if let Err(error) = active.write(bytes, ahead) {
            return Err(self.undo(active, &error));
        }
        active.file.sync_data().map_err(|error| self.fail("sync a segment", &error))?;
        if active.fresh {
            let synced = self.shared.fs.sync_dir(&self.shared.dir);
            synced.map_err(|error| self.fail("sync the spool directory", &error))?;
            active.fresh = false;
        }
        active.segment.bytes += self.frame.len();
        active.segment.last_seq = first_seq + self.frame.count() - 1;
        self.next_seq = active.segment.last_seq + 1;
        self.shared.book().publish(active.segment);
        self.shared.progress.send_modify(|progress| progress.next_seq = self.next_seq);
        Ok(first_seq)
    }

    /// After a failed write: nobody was told that anything of the frame is durable, so a full disk can be
    /// undone.
    fn undo(&self, active: &mut Active, error: &io::Error) -> AppendError {
        if !is_no_room(error) {
            return self.fail("write a segment", error);
        }
        let undone = if active.fresh {
            let path = active.segment.id.path(&self.shared.dir);
            self.shared.fs.remove(&path).and_then(|()| self.shared.fs.sync_dir(&self.shared.dir))
        } else {
            active.trim().and_then(|()| active.file.sync_data())
        };
        match undone {
            Ok(()) => self.refuse("write a segment", error),
            Err(error) => self.fail("undo a write", &error),
        }
    }

    fn refuse(&self, doing: &str, error: &io::Error) -> AppendError {
        if !is_no_room(error) {
            return self.fail(doing, error);
        }
        self.shared.book().disk_full = true;
        AppendError::Full
    }

    fn fail(&self, doing: &str, error: &io::Error) -> AppendError {
        self.shared.poison(doing, error);
        AppendError::Failed
    }
}

/// Tells those who wait that the committer has ended, however it did.
struct Farewell(Arc<Shared>);

impl Drop for Farewell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poison("commit", &io::Error::other("the committer panicked"));
        }
        self.0.progress.send_modify(|progress| progress.ended = true);
    }
}
