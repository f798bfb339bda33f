//! What a start does with what it finds.
//!
//! | found | done |
//! | --- | --- |
//! | nothing at all | a cursor is written; the first record gets the clock's number |
//! | zeros behind the last frame of a segment | taken for what was written ahead: frames go there |
//! | no whole frame at the end of the last segment | copied to quarantine, cut off, the cut synced |
//! | a last segment without even a header | the same, and begun again |
//! | unreadable bytes with a good frame or a segment behind them | copied to quarantine, skipped, reported |
//! | numbers missing between segments, or before the first | reported |
//! | a segment that is acknowledged as a whole | removed: a crash came between acknowledging and removing |
//! | a lost or damaged cursor | reported; reading begins at the first segment there is |
//! | a segment, frame or cursor of a newer version, or records of one | refused before anything is changed |
//! | a last segment with records of an older version | read; what is appended goes into a new one |
//!
//! Unreadable bytes stay where they are; the reader skips them, too. Reports name exactly the numbers lost.
//!
//! The last segment's last frame is written and synced once more before it counts as durable. It is the only
//! one that may not have been synced; and after a failed sync the kernel may show it although the disk never
//! got it.

use std::io;
use std::path::Path;

use super::book::Book;
use super::cursor::{self, Cursor, Found};
use super::format::SEGMENT_HEADER_LEN;
use super::fs::{Access, File, Fs};
use super::quarantine;
use super::segment::{Active, SegmentId};
use super::survey::{Damage, SegmentFacts, Survey, survey};
use super::{OpenError, Options};

/// What a start has found and repaired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// There was no spool; it begins now.
    pub is_new: bool,
    /// The cursor was missing or damaged. Everything still on disk is read again.
    pub cursor_lost: bool,
    /// Bytes that were cut off the end. Normally the rest of a group that nobody was answered for.
    pub torn_bytes: u64,
    /// What is lost.
    pub damage: Vec<Damage>,
    /// Names in the directory that are not the spool's. They are left alone.
    pub foreign: Vec<String>,
    /// The number the next record will get.
    pub next_seq: u64,
    /// Numbers not yet acknowledged, lost ones included.
    pub waiting: u64,
}

/// The state from which a spool goes on.
pub(super) struct Recovered {
    pub(super) book: Book,
    /// The segment to go on with, if there is one.
    pub(super) active: Option<Active>,
}

/// Examines the directory, which must be locked, and repairs it.
pub(super) fn recover(
    fs: &dyn Fs,
    dir: &Path,
    options: &Options,
) -> Result<(Recovered, Recovery), OpenError> {
    let mut found = survey(fs, dir, options.now_micros)?;
    refuse_newer(dir, &found, options.content)?;
    for damage in &found.damage {
        if let Some(segment) = damage.segment.as_deref().filter(|_| !damage.bytes.is_empty()) {
            quarantine::keep(fs, dir, segment, damage.bytes.clone());
        }
    }
    let torn_bytes = cut_tail(fs, dir, &mut found, options)?;
    remove_acknowledged(fs, dir, &mut found)?;
    let active = found.segments.last().map(|last| go_on_with(fs, dir, last, options)).transpose()?.flatten();
    fs.sync_dir(dir).map_err(OpenError::io("sync", dir))?;
    let is_new = found.cursor == Found::Nothing && found.segments.is_empty();
    replace_cursor(fs, dir, &found)?;
    let book = book(&found);
    let recovery = Recovery {
        is_new,
        cursor_lost: !is_new && !matches!(found.cursor, Found::Cursor(_)),
        torn_bytes,
        damage: found.damage,
        foreign: found.foreign,
        next_seq: found.next_seq,
        waiting: found.next_seq.saturating_sub(1).saturating_sub(found.acked_seq),
    };
    Ok((Recovered { book, active }, recovery))
}

fn book(found: &Survey) -> Book {
    Book {
        segments: found.segments.iter().map(SegmentFacts::segment).collect(),
        next_seq: found.next_seq,
        acked_seq: found.acked_seq,
        sealed_seq: found.sealed_seq,
        ..Book::default()
    }
}

/// Cuts the unfinished end off the last segment; returns how many bytes it had.
fn cut_tail(fs: &dyn Fs, dir: &Path, found: &mut Survey, options: &Options) -> Result<u64, OpenError> {
    let (Some(tail), Some(last)) = (found.tail.clone(), found.segments.last_mut()) else {
        return Ok(0);
    };
    let torn_bytes = tail.end - tail.start;
    if torn_bytes > 0 {
        quarantine::keep(fs, dir, &last.name, tail.clone());
    }
    let path = last.id.path(dir);
    let file = fs.open(&path, Access::Write).map_err(OpenError::io("open", &path))?;
    let cut = cut(file.as_ref(), last.id, tail.start, options);
    last.bytes = cut.map_err(OpenError::io("cut the torn end of", &path))?;
    Ok(torn_bytes)
}

/// Cuts a segment, and returns its new length. One that has lost its header, too, is begun again, for its
/// name remembers which number comes next.
fn cut(file: &dyn File, id: SegmentId, from: u64, options: &Options) -> io::Result<u64> {
    let header_len = SEGMENT_HEADER_LEN as u64;
    if from < header_len {
        file.write_all_at(&id.header(options).encode(), 0)?;
    }
    let len = from.max(header_len);
    file.truncate(len)?;
    file.sync_data()?;
    Ok(len)
}

/// Removes what is acknowledged, except for the last segment, which remembers the next number.
fn remove_acknowledged(fs: &dyn Fs, dir: &Path, found: &mut Survey) -> Result<(), OpenError> {
    let finished = found.segments.len().saturating_sub(1);
    let mut kept = Vec::with_capacity(found.segments.len());
    for (position, segment) in found.segments.drain(..).enumerate() {
        if position < finished && segment.segment().last_seq <= found.acked_seq {
            let path = segment.id.path(dir);
            fs.remove(&path).map_err(OpenError::io("remove", &path))?;
        } else {
            kept.push(segment);
        }
    }
    found.segments = kept;
    Ok(())
}

/// Opens the last segment to be written on, after its last frame is surely on the disk; none when its records are of
/// another version.
fn go_on_with(
    fs: &dyn Fs,
    dir: &Path,
    last: &SegmentFacts,
    options: &Options,
) -> Result<Option<Active>, OpenError> {
    let path = last.id.path(dir);
    let file = fs.open(&path, Access::Write).map_err(OpenError::io("open", &path))?;
    if last.frames == 0 {
        // Nothing in it, whose version would matter; a second segment of the same name must not begin beside it.
        let header = last.id.header(options).encode();
        file.write_all_at(&header, 0).map_err(OpenError::io("write", &path))?;
    }
    rewrite_last_frame(file.as_ref(), last).map_err(OpenError::io("sync", &path))?;
    let length = file.length().map_err(OpenError::io("measure", &path))?;
    let is_ours = last.frames == 0 || last.content == options.content;
    Ok(is_ours.then(|| Active { segment: last.segment(), file, length, fresh: false }))
}

fn refuse_newer(dir: &Path, found: &Survey, known: u16) -> Result<(), OpenError> {
    match found.segments.iter().find(|segment| segment.content > known) {
        Some(newer) => {
            let (path, version) = (newer.id.path(dir), newer.content);
            Err(OpenError::NewerRecords { path, version, known })
        }
        None => Ok(()),
    }
}

fn rewrite_last_frame(file: &dyn File, last: &SegmentFacts) -> io::Result<()> {
    if let Some(range) = &last.last_frame {
        let mut frame = vec![0; (range.end - range.start) as usize];
        file.read_exact_at(&mut frame, range.start)?;
        file.write_all_at(&frame, range.start)?;
    }
    file.sync_data()
}

/// Writes a cursor where none can be read.
fn replace_cursor(fs: &dyn Fs, dir: &Path, found: &Survey) -> Result<(), OpenError> {
    if matches!(found.cursor, Found::Cursor(_)) {
        return Ok(());
    }
    let cursor = Cursor { acked_seq: found.acked_seq, sealed_seq: None };
    cursor.store(fs, dir).map_err(OpenError::io("write", &dir.join(cursor::NAME)))
}
