//! The cursor: how far the reader has come. One small file, replaced as a whole.
//!
//! ```text
//! cursor = "FFCURSOR"   8
//!          version      2   1
//!          flags        2   1 when a batch is sealed, else 0
//!          acked        8   number of the last acknowledged record
//!          sealed       8   number of the sealed batch's last record, else 0; it begins after `acked`
//!          crc          4   CRC-32C of the 28 bytes before
//! ```
//!
//! A new cursor is written to `cursor.tmp`, synced, and renamed over the old one; then the directory is
//! synced. So there is always one whole cursor. Should it be lost all the same, the records that still exist
//! are read again from the first: the price is a replay, never a loss.

use std::io;
use std::path::Path;

use bytes::{Buf, BufMut};

use super::OpenError;
use super::format::{Unreadable, VERSION, check_version, checked, put_crc};
use super::fs::{Access, Fs};

/// The cursor's file name.
pub(super) const NAME: &str = "cursor";
/// The name under which the next cursor is written.
pub(super) const TEMPORARY_NAME: &str = "cursor.tmp";

const MAGIC: &[u8; 8] = b"FFCURSOR";
const LEN: usize = 32;

/// How far the reader has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// All records up to this one are done with.
    pub(super) acked_seq: u64,
    /// The records after `acked_seq` up to this one are a batch that may have been sent.
    pub(super) sealed_seq: Option<u64>,
}

/// What was found in place of a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Cursor(Cursor),
    Nothing,
    Damaged,
}

impl Cursor {
    fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.put_slice(MAGIC);
        bytes.put_u16_le(VERSION);
        bytes.put_u16_le(u16::from(self.sealed_seq.is_some()));
        bytes.put_u64_le(self.acked_seq);
        bytes.put_u64_le(self.sealed_seq.unwrap_or(0));
        put_crc(&mut bytes);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut fields = checked(bytes, MAGIC)?;
        let is_sealed = check_version(&mut fields)? & 1 == 1;
        let acked_seq = fields.try_get_u64_le()?;
        let sealed_seq = fields.try_get_u64_le()?;
        Ok(Self { acked_seq, sealed_seq: is_sealed.then_some(sealed_seq) })
    }

    /// Replaces the cursor in `dir`, durably. After an error either one is in place.
    pub(super) fn store(self, fs: &dyn Fs, dir: &Path) -> io::Result<()> {
        let temporary = dir.join(TEMPORARY_NAME);
        let file = fs.open(&temporary, Access::Replace)?;
        file.write_all_at(&self.encode(), 0)?;
        file.sync_data()?;
        fs.rename(&temporary, &dir.join(NAME))?;
        fs.sync_dir(dir)
    }
}

/// Reads the cursor in `dir`.
pub(super) fn load(fs: &dyn Fs, dir: &Path) -> Result<Found, OpenError> {
    let path = dir.join(NAME);
    let bytes = match read(fs, &path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(OpenError::io("read", &path)(error)),
    };
    match Cursor::decode(&bytes) {
        Ok(cursor) => Ok(Found::Cursor(cursor)),
        Err(Unreadable::Bad) => Ok(Found::Damaged),
        Err(Unreadable::Newer(version)) => Err(OpenError::NewerVersion { path, version }),
    }
}

fn read(fs: &dyn Fs, path: &Path) -> io::Result<Vec<u8>> {
    let file = fs.open(path, Access::Read)?;
    let mut bytes = vec![0; usize::try_from(file.length()?).unwrap_or(LEN).min(LEN)];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
