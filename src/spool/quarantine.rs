//! Keeps copies of bytes that could not be read or are cut off, for a person to look at.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::fs::{Access, Fs};

/// The directory's name, inside the spool's.
pub(super) const NAME: &str = "quarantine";

const CHUNK_BYTES: u64 = 1 << 20;

/// Copies a range of a file. A failure is logged and otherwise ignored: a copy of rubbish must not stop a
/// start.
pub(super) fn keep(fs: &dyn Fs, dir: &Path, file_name: &str, range: Range<u64>) {
    if let Err(error) = copy(fs, dir, file_name, &range) {
        tracing::warn!(file_name, ?range, %error, "cannot quarantine damaged bytes");
    }
}

fn copy(fs: &dyn Fs, dir: &Path, file_name: &str, range: &Range<u64>) -> io::Result<()> {
    let quarantine = dir.join(NAME);
    fs.create_dir_all(&quarantine)?;
    let source = fs.open(&dir.join(file_name), Access::Read)?;
    // The same damage met again at a later start gets the same name.
    let target_name = format!("{file_name}-{}-{}.bad", range.start, range.end);
    let target = fs.open(&quarantine.join(target_name), Access::Replace)?;
    let mut from = range.start;
    while from < range.end {
        let mut chunk = vec![0; (range.end - from).min(CHUNK_BYTES) as usize];
        source.read_exact_at(&mut chunk, from)?;
        target.write_all_at(&chunk, from - range.start)?;
        from += chunk.len() as u64;
    }
    target.sync_data()?;
    fs.sync_dir(&quarantine)
}
