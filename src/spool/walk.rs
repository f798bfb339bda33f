//! Walks over a segment frame by frame, and over damage to the next good frame.

use std::io;

use bytes::Bytes;

use super::format::{FRAME_HEADER_LEN, FrameHeader, MARK_OFFSET, Unreadable};
use super::fs::File;

/// How much is looked through at once for the next frame.
const SEARCH_BYTES: u64 = 1 << 20;

/// One step over a segment. Positions are bytes from the start of the file.
#[derive(Debug)]
pub(super) enum Step {
    /// A good frame.
    Frame(Frame),
    /// Bytes that are no frame, up to the next good one or the end.
    Bad { from: u64, to: u64 },
}

/// A good frame.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) first_seq: u64,
    pub(super) records: Vec<Bytes>,
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Frame {
    pub(super) fn last_seq(&self) -> u64 {
        self.first_seq + self.records.len() as u64 - 1
    }
}

/// Why a walk had to stop.
#[derive(Debug)]
pub(super) enum WalkError {
    /// A whole frame of a version that this program does not know.
    Newer(u16),
    /// The disk failed.
    Io(io::Error),
}

impl From<io::Error> for WalkError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A position in a segment, which only moves forward.
pub(super) struct Walker<'a> {
    file: &'a dyn File,
    mark: u64,
    /// No frame may begin with a lower number than this.
    expected: u64,
    at: u64,
    end: u64,
}

impl<'a> Walker<'a> {
    /// Walks from `at`, where record `expected` or a later one begins, to `end`.
    pub(super) fn new(file: &'a dyn File, mark: u64, expected: u64, at: u64, end: u64) -> Self {
        Self { file, mark, expected, at, end }
    }

    /// The next step; `None` at the end.
    pub(super) fn step(&mut self) -> Result<Option<Step>, WalkError> {
        if self.at >= self.end {
            return Ok(None);
        }
        let from = self.at;
        let mut found = self.frame_at(from)?;
        if found.is_none() {
            self.at = self.next_frame_after(from)?.unwrap_or(self.end);
            // Somebody may be writing: where zeros were a moment ago, there may be a frame now, and the next behind it.
            found = self.frame_at(from)?;
        }
        let Some(frame) = found else { return Ok(Some(Step::Bad { from, to: self.at })) };
        self.at = frame.to;
        self.expected = frame.last_seq() + 1;
        Ok(Some(Step::Frame(frame)))
    }

    /// The frame that begins at `from`, when it is whole.
    fn frame_at(&self, from: u64) -> Result<Option<Frame>, WalkError> {
        let Some(header) = self.header_at(from)? else {
            return Ok(None);
        };
        let body_from = from + FRAME_HEADER_LEN as u64;
        let to = body_from + u64::from(header.body_len);
        if to > self.end || header.mark != self.mark || header.first_seq < self.expected {
            return Ok(None);
        }
        let mut body = vec![0; header.body_len as usize];
        self.file.read_exact_at(&mut body, body_from)?;
        let records = header.split(Bytes::from(body)).ok();
        Ok(records.map(|records| Frame { first_seq: header.first_seq, records, from, to }))
    }

    fn header_at(&self, from: u64) -> Result<Option<FrameHeader>, WalkError> {
        if self.end - from < FRAME_HEADER_LEN as u64 {
            return Ok(None);
        }
        let mut bytes = [0; FRAME_HEADER_LEN];
        self.file.read_exact_at(&mut bytes, from)?;
        match FrameHeader::decode(&bytes) {
            Ok(header) => Ok(Some(header)),
            Err(Unreadable::Bad) => Ok(None),
            Err(Unreadable::Newer(version)) => Err(WalkError::Newer(version)),
        }
    }

    /// Looks for the segment's mark, and for a good frame around it.
    fn next_frame_after(&self, from: u64) -> Result<Option<u64>, WalkError> {
        let needle = self.mark.to_le_bytes();
        let mut search_from = from + 1 + MARK_OFFSET as u64;
        while search_from + needle.len() as u64 <= self.end {
            let len = SEARCH_BYTES.min(self.end - search_from);
            let mut window = vec![0; len as usize];
            self.file.read_exact_at(&mut window, search_from)?;
            for found in positions(&window, &needle) {
                let start = search_from + found as u64 - MARK_OFFSET as u64;
                if self.frame_at(start)?.is_some() {
                    return Ok(Some(start));
                }
            }
            // The next window overlaps this one, for a mark may lie across the border.
            search_from += len + 1 - needle.len() as u64;
        }
        Ok(None)
    }
}

fn positions(window: &[u8], needle: &[u8; 8]) -> impl Iterator<Item = usize> {
    window.windows(needle.len()).enumerate().filter(move |(_, bytes)| bytes == needle).map(|(at, _)| at)
}
