//! The bytes of a segment, format version 1. All numbers are little-endian.
//!
//! ```text
//! segment  = header frame* zero*
//!
//! header   = "FFSPOOL\n"      8   says what this file is
//!            version          2   1
//!            content          2   version of what the records in it mean, as their writer counts it
//!            mark             8   random, the segment's own; also in its name
//!            first_seq        8   number of the first record that was to be written here; also in the name
//!            opened           8   microseconds since 1970 at which the writing process opened the spool
//!            crc              4   CRC-32C of the 36 bytes before
//!
//! frame    = "FFGR"           4   a group of records, written by one write and made durable by one sync
//!            version          2   1
//!            reserved         2   0
//!            mark             8   the segment's
//!            first_seq        8   number of the first record; the others follow without a gap
//!            count            4   records, at least one
//!            body_len         4   bytes of the body, at most 16 MiB
//!            body_crc         4   CRC-32C of the body
//!            header_crc       4   CRC-32C of the 36 bytes before
//!            body             body_len
//!
//! body     = (length 4, bytes)*   `count` times, and nothing after them
//! ```
//!
//! The zeros are written ahead and frames take their place: see `segment.rs`. A segment that is complete has none.
//!
//! The mark keeps strangers out when a reader has to look for the next frame behind damage: neither a frame
//! that a visitor has hidden in a record nor a block of a deleted segment that a crash has put back into this
//! file can carry it.
//!
//! A frame is never written before the one in front of it is durable. So a bad frame with a good one behind
//! it was once good, and is damage; a bad frame at the very end of the newest segment may never have been
//! complete.

use bytes::{Buf, BufMut, Bytes};
use crc32c::crc32c;

/// The newest format this program reads, and the one it writes.
pub(super) const VERSION: u16 = 1;
/// Bytes of a segment's header.
pub(super) const SEGMENT_HEADER_LEN: usize = 40;
/// Bytes of a frame's header.
pub(super) const FRAME_HEADER_LEN: usize = 40;
/// Bytes a frame's body may have. Bounds what a reader allocates on the word of a header.
pub(super) const MAX_BODY_LEN: usize = 16 << 20;
/// Bytes in front of each record.
pub(super) const RECORD_PREFIX_LEN: usize = 4;
/// Where the mark lies in a frame.
pub(super) const MARK_OFFSET: usize = 8;

const SEGMENT_MAGIC: &[u8; 8] = b"FFSPOOL\n";
const FRAME_MAGIC: &[u8; 4] = b"FFGR";
const CRC_LEN: usize = 4;

/// Why bytes are not what they were expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Torn, damaged, or never written by us.
    Bad,
    /// Whole, but of a version that this program does not know.
    Newer(u16),
}

impl From<bytes::TryGetError> for Unreadable {
    fn from(_: bytes::TryGetError) -> Self {
        Self::Bad
    }
}

/// What a segment's first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) content: u16,
    pub(super) mark: u64,
    pub(super) first_seq: u64,
    pub(super) opened_micros: u64,
}

impl SegmentHeader {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_LEN);
        bytes.put_slice(SEGMENT_MAGIC);
        bytes.put_u16_le(VERSION);
        bytes.put_u16_le(self.content);
        bytes.put_u64_le(self.mark);
        bytes.put_u64_le(self.first_seq);
        bytes.put_u64_le(self.opened_micros);
        put_crc(&mut bytes);
        bytes
    }

    pub(super) fn decode(bytes: &[u8; SEGMENT_HEADER_LEN]) -> Result<Self, Unreadable> {
        let mut fields = checked(bytes, SEGMENT_MAGIC)?;
        let content = check_version(&mut fields)?;
        Ok(Self {
            content,
            mark: fields.try_get_u64_le()?,
            first_seq: fields.try_get_u64_le()?,
            opened_micros: fields.try_get_u64_le()?,
        })
    }
}

/// What the first bytes of a frame say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) mark: u64,
    pub(super) first_seq: u64,
    pub(super) count: u32,
    pub(super) body_len: u32,
    pub(super) body_crc: u32,
}

impl FrameHeader {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FRAME_HEADER_LEN);
        bytes.put_slice(FRAME_MAGIC);
        bytes.put_u16_le(VERSION);
        bytes.put_u16_le(0);
        bytes.put_u64_le(self.mark);
        bytes.put_u64_le(self.first_seq);
        bytes.put_u32_le(self.count);
        bytes.put_u32_le(self.body_len);
        bytes.put_u32_le(self.body_crc);
        put_crc(&mut bytes);
        bytes
    }

    pub(super) fn decode(bytes: &[u8; FRAME_HEADER_LEN]) -> Result<Self, Unreadable> {
        let mut fields = checked(bytes, FRAME_MAGIC)?;
        check_version(&mut fields)?;
        let header = Self {
            mark: fields.try_get_u64_le()?,
            first_seq: fields.try_get_u64_le()?,
            count: fields.try_get_u32_le()?,
            body_len: fields.try_get_u32_le()?,
            body_crc: fields.try_get_u32_le()?,
        };
        let possible = header.count > 0
            && header.body_len as usize <= MAX_BODY_LEN
            && header.first_seq.checked_add(u64::from(header.count)).is_some();
        if possible { Ok(header) } else { Err(Unreadable::Bad) }
    }

    /// Takes a body apart into its records, without copying them.
    pub(super) fn split(&self, mut body: Bytes) -> Result<Vec<Bytes>, Unreadable> {
        if body.len() != self.body_len as usize || crc32c(&body) != self.body_crc {
            return Err(Unreadable::Bad);
        }
        let mut records = Vec::with_capacity((self.count as usize).min(body.len() / RECORD_PREFIX_LEN));
        while body.has_remaining() {
            let len = body.try_get_u32_le()? as usize;
            if len > body.len() {
                return Err(Unreadable::Bad);
            }
            records.push(body.split_to(len));
        }
        if records.len() == self.count as usize { Ok(records) } else { Err(Unreadable::Bad) }
    }
}

/// Builds one frame after another in the same memory.
#[derive(Debug, Default)]
pub(super) struct FrameBuilder {
    bytes: Vec<u8>,
    count: u32,
}

impl FrameBuilder {
    /// Begins a frame, forgetting the one before.
    pub(super) fn begin(&mut self) {
        self.bytes.clear();
        self.bytes.resize(FRAME_HEADER_LEN, 0);
        self.count = 0;
    }

    /// Adds a record. The caller keeps the body within [`MAX_BODY_LEN`].
    pub(super) fn push(&mut self, record: &[u8]) {
        debug_assert!(self.bytes.len() + RECORD_PREFIX_LEN + record.len() <= FRAME_HEADER_LEN + MAX_BODY_LEN);
        self.bytes.put_u32_le(record.len() as u32);
        self.bytes.put_slice(record);
        self.count += 1;
    }

    /// Bytes the frame takes on disk.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Records in the frame.
    pub(super) fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// Completes the frame: its bytes as they are to be written.
    pub(super) fn finish(&mut self, mark: u64, first_seq: u64) -> &[u8] {
        let (head, body) = self.bytes.split_at_mut(FRAME_HEADER_LEN);
        let header = FrameHeader {
            mark,
            first_seq,
            count: self.count,
            body_len: body.len() as u32,
            body_crc: crc32c(body),
        };
        head.copy_from_slice(&header.encode());
        &self.bytes
    }

    /// Gives memory back that only an unusually large frame has needed.
    pub(super) fn shrink_to(&mut self, len: usize) {
        if self.bytes.capacity() > len {
            self.bytes.clear();
            self.bytes.shrink_to(len);
        }
    }
}

/// Ends `bytes` with the checksum of all of them.
pub(super) fn put_crc(bytes: &mut Vec<u8>) {
    let crc = crc32c(bytes);
    bytes.put_u32_le(crc);
}

/// What lies between the magic and the checksum, when both are right.
pub(super) fn checked<'a>(bytes: &'a [u8], magic: &[u8]) -> Result<&'a [u8], Unreadable> {
    let covered = bytes.len().checked_sub(CRC_LEN).ok_or(Unreadable::Bad)?;
    let (content, mut crc) = bytes.split_at(covered);
    let fields = content.strip_prefix(magic).ok_or(Unreadable::Bad)?;
    if crc32c(content) == crc.try_get_u32_le()? { Ok(fields) } else { Err(Unreadable::Bad) }
}

/// Reads the version and the two bytes after it, which it returns.
pub(super) fn check_version(fields: &mut &[u8]) -> Result<u16, Unreadable> {
    let version = fields.try_get_u16_le()?;
    let flags = fields.try_get_u16_le()?;
    if version > VERSION { Err(Unreadable::Newer(version)) } else { Ok(flags) }
}
