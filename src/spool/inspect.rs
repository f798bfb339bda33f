//! What a spool directory holds, for a person. Reads only, takes no lock, and works while a server uses the
//! spool.

use std::fmt;
use std::path::Path;

use super::OpenError;
use super::cursor::Found;
use super::fs::RealFs;
use super::survey::{Damage, SegmentFacts, Survey, has_moved_on, survey};

/// A server that is at work may remove a segment between listing and reading it; then the directory is read
/// again.
const ATTEMPTS: usize = 20;

/// Why a spool could not be examined.
pub type InspectError = OpenError;

/// What is in a spool directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The segments, in order.
    pub segments: Vec<SegmentFacts>,
    /// The newest acknowledged record.
    pub acked_seq: u64,
    /// The end of the batch that is sealed and not acknowledged.
    pub sealed_seq: Option<u64>,
    /// The number the next record will get.
    pub next_seq: u64,
    /// A cursor could be read, or there is no spool yet.
    pub has_cursor: bool,
    /// What is lost.
    pub damage: Vec<Damage>,
    /// Bytes at the end of the last segment that are no whole frame. While a server is writing, some are
    /// normal.
    pub unfinished_bytes: u64,
    /// Names that are not the spool's.
    pub foreign: Vec<String>,
}

impl Report {
    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Numbers not yet acknowledged, lost ones included.
    pub fn waiting(&self) -> u64 {
        self.next_seq.saturating_sub(1).saturating_sub(self.acked_seq)
    }

    /// Whether nothing is lost or unreadable.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.has_cursor
    }

    /// What is wrong, one fact each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.damage.iter().map(ToString::to_string).collect();
        if !self.has_cursor {
            problems.push("the cursor is lost: all records on disk will be read again".into());
        }
        problems
    }
}

impl From<Survey> for Report {
    fn from(survey: Survey) -> Self {
        let is_new = survey.segments.is_empty() && survey.cursor == Found::Nothing;
        Self {
            segments: survey.segments,
            acked_seq: survey.acked_seq,
            sealed_seq: survey.sealed_seq,
            next_seq: survey.next_seq,
            has_cursor: is_new || matches!(survey.cursor, Found::Cursor(_)),
            damage: survey.damage,
            unfinished_bytes: survey.tail.map_or(0, |tail| tail.end - tail.start),
            foreign: survey.foreign,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            write_segment(out, segment)?;
        }
        writeln!(out, "segments: {}", self.segments.len())?;
        writeln!(out, "bytes: {}", self.bytes())?;
        writeln!(out, "next: {}", self.next_seq)?;
        writeln!(out, "acknowledged: {}", self.acked_seq)?;
        match self.sealed_seq {
            Some(sealed_seq) => writeln!(out, "sealed: {sealed_seq}")?,
            None => writeln!(out, "sealed: none")?,
        }
        writeln!(out, "waiting: {}", self.waiting())?;
        writeln!(out, "unfinished bytes at the end: {}", self.unfinished_bytes)?;
        for name in &self.foreign {
            writeln!(out, "foreign file: {}", name.escape_debug())?;
        }
        for problem in self.problems() {
            writeln!(out, "problem: {problem}")?;
        }
        writeln!(out, "verdict: {}", if self.is_sound() { "sound" } else { "damaged" })
    }
}

fn write_segment(out: &mut fmt::Formatter<'_>, segment: &SegmentFacts) -> fmt::Result {
    let SegmentFacts { name, first_seq, frames, records, bytes, .. } = segment;
    write!(out, "segment {name}: first {first_seq}, last ")?;
    match segment.last_seq {
        Some(last_seq) => write!(out, "{last_seq}")?,
        None => write!(out, "none")?,
    }
    writeln!(out, ", {frames} frames, {records} records, {bytes} bytes")
}

/// Reads everything in `dir`, and checks every checksum.
///
/// # Errors
///
/// See [`OpenError`]; never [`OpenError::InUse`].
pub fn inspect(dir: &Path) -> Result<Report, InspectError> {
    let mut attempt = 1;
    loop {
        match survey(&RealFs, dir, 1) {
            Err(error) if attempt < ATTEMPTS && has_moved_on(&error) && dir.exists() => attempt += 1,
            outcome => return outcome.map(Report::from),
        }
    }
}

/// What is wrong with the spool in `dir`, one fact each; nothing when it is sound.
///
/// # Errors
///
/// As [`inspect`].
pub fn verify(dir: &Path) -> Result<Vec<String>, InspectError> {
    inspect(dir).map(|report| report.problems())
}
