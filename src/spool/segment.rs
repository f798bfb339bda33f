//! A segment: its name, its place in the order of all, and how one is begun.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use super::Options;
use super::format::{SEGMENT_HEADER_LEN, SegmentHeader};
use super::fs::{Access, File, Fs, is_no_room};

const SUFFIX: &str = ".seg";

/// Zeros that are written ahead, in bytes, where there is room for them.
pub(super) const AHEAD: u64 = 1 << 20;

/// What identifies a segment. Sorts in the order of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentId {
    pub(super) first_seq: u64,
    pub(super) mark: u64,
}

impl SegmentId {
    /// An id for a new segment, with a mark that nobody can guess.
    pub(super) fn fresh(first_seq: u64) -> Self {
        // The standard library keys each process's hash maps with random bytes of the operating system.
        let random = RandomState::new().build_hasher().finish();
        Self { first_seq, mark: random | 1 }
    }

    /// The file name: decimal number of the first record, hexadecimal mark.
    pub(super) fn name(self) -> String {
        format!("{:020}-{:016x}{SUFFIX}", self.first_seq, self.mark)
    }

    /// Reads a file name; `None` for all that [`SegmentId::name`] does not write.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (first_seq, mark) = name.strip_suffix(SUFFIX)?.split_once('-')?;
        let id = Self { first_seq: first_seq.parse().ok()?, mark: u64::from_str_radix(mark, 16).ok()? };
        (id.name() == name).then_some(id)
    }

    /// The header of the segment, as a spool that is opened with `options` writes it.
    pub(super) fn header(self, options: &Options) -> SegmentHeader {
        let SegmentId { first_seq, mark } = self;
        SegmentHeader { content: options.content, mark, first_seq, opened_micros: options.now_micros }
    }

    pub(super) fn path(self, dir: &Path) -> PathBuf {
        dir.join(self.name())
    }
}

/// What the running spool knows of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) id: SegmentId,
    /// The newest durable record; the one before `first_seq` when there is none.
    pub(super) last_seq: u64,
    /// Up to where it is durable.
    pub(super) bytes: u64,
}

/// The segment that is being written.
pub(super) struct Active {
    pub(super) segment: Segment,
    pub(super) file: Box<dyn File>,
    /// How long the file is: zeros follow what is durable.
    pub(super) length: u64,
    /// Its directory entry is not durable yet.
    pub(super) fresh: bool,
}

impl Active {
    /// Writes a frame behind what is durable, and so many zeros behind it where the file ends. To make a frame durable
    /// that takes the place of zeros, a file system has nothing to write but its bytes.
    pub(super) fn write(&mut self, frame: &[u8], ahead: u64) -> io::Result<()> {
        self.file.write_all_at(frame, self.segment.bytes)?;
        let end = self.segment.bytes + frame.len() as u64;
        if end <= self.length {
            return Ok(());
        }
        let zeros = vec![0; ahead as usize];
        self.length = end + ahead;
        // The frame is there, and a disk without room for more goes on without zeros.
        self.file
            .write_all_at(&zeros, end)
            .or_else(|error| if is_no_room(&error) { Ok(()) } else { Err(error) })
    }

    /// Whether zeros follow what is durable.
    pub(super) fn has_zeros(&self) -> bool {
        self.length > self.segment.bytes
    }

    /// Cuts the zeros off.
    pub(super) fn trim(&mut self) -> io::Result<()> {
        self.file.truncate(self.segment.bytes)?;
        self.length = self.segment.bytes;
        Ok(())
    }

    /// Creates a segment and writes its header; nothing is durable yet.
    pub(super) fn create(fs: &dyn Fs, dir: &Path, id: SegmentId, options: &Options) -> io::Result<Self> {
        let file = fs.open(&id.path(dir), Access::CreateNew)?;
        let header = id.header(options);
        let segment =
            Segment { id, last_seq: id.first_seq.saturating_sub(1), bytes: SEGMENT_HEADER_LEN as u64 };
        if let Err(error) = file.write_all_at(&header.encode(), 0) {
            fs.remove(&id.path(dir))?;
            return Err(error);
        }
        Ok(Self { segment, file, length: segment.bytes, fresh: true })
    }
}
