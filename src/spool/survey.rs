//! Reads a whole spool directory and says what is there, changing nothing.

use std::fmt;
use std::io;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use super::OpenError;
use super::cursor::{self, Cursor, Found};
use super::format::{SEGMENT_HEADER_LEN, SegmentHeader, Unreadable};
use super::fs::{Access, File, Fs};
use super::quarantine;
use super::segment::{Segment, SegmentId};
use super::walk::{Frame, Step, WalkError, Walker};

/// How much is looked through at once for anything but zeros.
const PIECE_BYTES: u64 = 64 << 10;

/// What is known of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFacts {
    /// The file name.
    pub name: String,
    /// The first number that was to be written to it.
    pub first_seq: u64,
    /// The newest record in it that can be read.
    pub last_seq: Option<u64>,
    /// Good frames.
    pub frames: u64,
    /// Records in good frames.
    pub records: u64,
    /// Length of the file, without zeros that were written ahead.
    pub bytes: u64,
    /// Version of what its records mean; 0 when its header can't be read.
    pub content: u16,
    pub(super) id: SegmentId,
    /// Where the last good frame lies.
    pub(super) last_frame: Option<Range<u64>>,
}

impl SegmentFacts {
    fn new(id: SegmentId, bytes: u64) -> Self {
        let (name, first_seq) = (id.name(), id.first_seq);
        Self {
            name,
            first_seq,
            last_seq: None,
            frames: 0,
            records: 0,
            bytes,
            content: 0,
            id,
            last_frame: None,
        }
    }

    fn count(&mut self, frame: &Frame) {
        self.last_seq = Some(frame.last_seq());
        self.frames += 1;
        self.records += frame.records.len() as u64;
        self.last_frame = Some(frame.from..frame.to);
    }

    /// The segment as the running spool sees it.
    pub(super) fn segment(&self) -> Segment {
        let last_seq = self.last_seq.unwrap_or(self.first_seq.saturating_sub(1));
        Segment { id: self.id, last_seq, bytes: self.bytes }
    }
}

/// Why records are lost, or bytes unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Bytes in a segment are not what was written.
    Unreadable,
    /// Numbers are missing without a trace: a segment is gone, or the end of one.
    Missing,
}

/// Damage that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file with unreadable bytes, or the one before which records are missing.
    pub segment: Option<String>,
    /// The unreadable bytes.
    pub bytes: Range<u64>,
    /// Exactly the records that were not yet acknowledged and are lost, if any are.
    pub lost: Option<RangeInclusive<u64>>,
    /// What has happened.
    pub reason: Reason,
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segment = self.segment.as_deref().unwrap_or("the end");
        match self.reason {
            Reason::Unreadable => {
                write!(out, "{segment}: bytes {} to {} are unreadable", self.bytes.start, self.bytes.end)?;
            }
            Reason::Missing => write!(out, "records are missing before {segment}")?,
        }
        match &self.lost {
            Some(lost) => write!(out, ", records {} to {} are lost", lost.start(), lost.end()),
            None => write!(out, ", no unacknowledged record is lost"),
        }
    }
}

/// All that is in a spool directory.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) segments: Vec<SegmentFacts>,
    pub(super) cursor: Found,
    pub(super) acked_seq: u64,
    pub(super) sealed_seq: Option<u64>,
    pub(super) next_seq: u64,
    pub(super) damage: Vec<Damage>,
    /// The end of the last segment, when no whole frame is in it.
    pub(super) tail: Option<Range<u64>>,
    /// Names that are not the spool's.
    pub(super) foreign: Vec<String>,
}

/// Examines a directory. `first_seq` is where a spool begins that has neither segments nor a cursor.
pub(super) fn survey(fs: &dyn Fs, dir: &Path, first_seq: u64) -> Result<Survey, OpenError> {
    let (found, ids, foreign) = cursor_and_names(fs, dir)?;
    let oldest_seq = ids.first().map_or(first_seq, |id| id.first_seq);
    let cursor = match found {
        Found::Cursor(cursor) => cursor,
        Found::Nothing | Found::Damaged => {
            Cursor { acked_seq: oldest_seq.saturating_sub(1), sealed_seq: None }
        }
    };
    let mut surveyor = Surveyor::new(cursor, oldest_seq);
    for (position, id) in ids.iter().enumerate() {
        surveyor.segment(fs, dir, *id, ids.get(position + 1))?;
    }
    Ok(surveyor.finish(found, cursor, foreign))
}

/// The cursor and the names, of one and the same moment: a server that is at work may move both.
fn cursor_and_names(fs: &dyn Fs, dir: &Path) -> Result<(Found, Vec<SegmentId>, Vec<String>), OpenError> {
    loop {
        let found = cursor::load(fs, dir)?;
        let (ids, foreign) = list(fs, dir)?;
        if cursor::load(fs, dir)? == found {
            return Ok((found, ids, foreign));
        }
    }
}

/// Sorts the names in the directory.
fn list(fs: &dyn Fs, dir: &Path) -> Result<(Vec<SegmentId>, Vec<String>), OpenError> {
    let (mut ids, mut foreign) = (Vec::new(), Vec::new());
    for name in fs.list(dir).map_err(OpenError::io("list", dir))? {
        match SegmentId::parse(&name) {
            Some(id) => ids.push(id),
            None if is_own(&name) => {}
            None => foreign.push(name),
        }
    }
    ids.sort_unstable();
    foreign.sort_unstable();
    Ok((ids, foreign))
}

fn is_own(name: &str) -> bool {
    matches!(name, "lock" | cursor::NAME | cursor::TEMPORARY_NAME | quarantine::NAME)
}

/// Goes through the segments in order and keeps account of the numbers.
struct Surveyor {
    acked_seq: u64,
    /// The number that should come next.
    expected: u64,
    segments: Vec<SegmentFacts>,
    damage: Vec<Damage>,
    /// The last damage has no frame behind it yet, so the numbers it took are not known.
    is_open: bool,
    tail: Option<Range<u64>>,
}

impl Surveyor {
    fn new(cursor: Cursor, oldest_seq: u64) -> Self {
        let expected = oldest_seq.min(cursor.acked_seq.saturating_add(1));
        let acked_seq = cursor.acked_seq;
        Self { acked_seq, expected, segments: Vec::new(), damage: Vec::new(), is_open: false, tail: None }
    }

    fn segment(
        &mut self,
        fs: &dyn Fs,
        dir: &Path,
        id: SegmentId,
        next: Option<&SegmentId>,
    ) -> Result<(), OpenError> {
        let path = id.path(dir);
        let file = fs.open(&path, Access::Read).map_err(OpenError::io("open", &path))?;
        let len = file.length().map_err(OpenError::io("measure", &path))?;
        self.reach(id.first_seq, &id.name());
        self.walk(file.as_ref(), id, len, next).map_err(|error| match error {
            WalkError::Newer(version) => OpenError::NewerVersion { path: path.clone(), version },
            WalkError::Io(error) => OpenError::io("read", &path)(error),
        })
    }

    fn walk(
        &mut self,
        file: &dyn File,
        id: SegmentId,
        len: u64,
        next: Option<&SegmentId>,
    ) -> Result<(), WalkError> {
        let mut facts = SegmentFacts::new(id, len);
        // A bad header is bytes that are no frame.
        let header = header(file, id, len)?;
        let frames_from = header.map_or(0, |_| SEGMENT_HEADER_LEN as u64);
        facts.content = header.map_or(0, |header| header.content);
        let mut walker = Walker::new(file, id.mark, id.first_seq, frames_from, len);
        while let Some(step) = walker.step()? {
            match step {
                Step::Frame(frame) => {
                    self.reach(frame.first_seq, &facts.name);
                    self.expected = self.expected.max(frame.last_seq() + 1);
                    facts.count(&frame);
                }
                Step::Bad { from, to } => {
                    let end = if to == len { written_end(file, from..to)? } else { to };
                    let is_whole = next.is_none_or(|next| next.first_seq == self.expected);
                    match (end == from && frames_from > 0 && is_whole, to == len && next.is_none()) {
                        (true, _) => facts.bytes = from,
                        (false, true) => self.tail = Some(from..end),
                        (false, false) => self.unreadable(&facts.name, from..to),
                    }
                }
            }
        }
        if len == 0 && next.is_none() {
            self.tail = Some(0..0);
        }
        self.segments.push(facts);
        Ok(())
    }

    fn unreadable(&mut self, segment: &str, bytes: Range<u64>) {
        let (segment, reason) = (Some(segment.to_owned()), Reason::Unreadable);
        self.damage.push(Damage { segment, bytes, lost: None, reason });
        self.is_open = true;
    }

    /// Record `seq` was met, or must have existed: those between it and the one before are lost.
    fn reach(&mut self, seq: u64, segment: &str) {
        let first_lost = self.expected.max(self.acked_seq.saturating_add(1));
        self.expected = self.expected.max(seq);
        let lost = (first_lost < seq).then(|| first_lost..=seq - 1);
        match self.damage.last_mut().filter(|_| self.is_open) {
            Some(damage) => damage.lost = lost,
            None if lost.is_some() => {
                let segment = (!segment.is_empty()).then(|| segment.to_owned());
                self.damage.push(Damage { segment, bytes: 0..0, lost, reason: Reason::Missing });
            }
            None => {}
        }
        self.is_open = false;
    }

    fn finish(mut self, found: Found, cursor: Cursor, foreign: Vec<String>) -> Survey {
        let newest_known = cursor.sealed_seq.unwrap_or(0).max(cursor.acked_seq);
        self.reach(newest_known.saturating_add(1), "");
        Survey {
            segments: self.segments,
            cursor: found,
            acked_seq: cursor.acked_seq,
            sealed_seq: cursor.sealed_seq,
            next_seq: self.expected,
            damage: self.damage,
            tail: self.tail,
            foreign,
        }
    }
}

/// Where the zeros begin that were written ahead.
fn written_end(file: &dyn File, bytes: Range<u64>) -> io::Result<u64> {
    let (mut from, mut end) = (bytes.start, bytes.start);
    while from < bytes.end {
        let mut piece = vec![0; PIECE_BYTES.min(bytes.end - from) as usize];
        file.read_exact_at(&mut piece, from)?;
        if let Some(last) = piece.iter().rposition(|byte| *byte != 0) {
            end = from + last as u64 + 1;
        }
        from += piece.len() as u64;
    }
    Ok(end)
}

/// The header that the segment begins with. The name repeats all that its frames need, so its loss costs no record.
fn header(file: &dyn File, id: SegmentId, len: u64) -> Result<Option<SegmentHeader>, WalkError> {
    if len < SEGMENT_HEADER_LEN as u64 {
        return Ok(None);
    }
    let mut bytes = [0; SEGMENT_HEADER_LEN];
    file.read_exact_at(&mut bytes, 0)?;
    match SegmentHeader::decode(&bytes) {
        Ok(header) => {
            Ok(Some(header).filter(|header| header.mark == id.mark && header.first_seq == id.first_seq))
        }
        Err(Unreadable::Bad) => Ok(None),
        Err(Unreadable::Newer(version)) => Err(WalkError::Newer(version)),
    }
}

/// Whether a survey failed because a segment went away meanwhile, or lost the zeros at its end.
pub(super) fn has_moved_on(error: &OpenError) -> bool {
    let has_changed = |kind| matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof);
    matches!(error, OpenError::Io { source, .. } if has_changed(source.kind()))
}
