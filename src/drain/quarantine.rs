//! The quarantine folder: what can't go into the database, and must not be thrown away.
//!
//! ```text
//! data/quarantine/FIRST-LAST.rows.jsonl      rows of a batch that the database refused for good
//! data/quarantine/FIRST-LAST.records.jsonl   records of a batch that can't be read although their checksum is right
//! ```
//!
//! FIRST and LAST are the batch's numbers in the spool. The first line says why, each other one is a row with the name of
//! its table, or a record's bytes: a person can read and mend them. The rows are those that the database would have got,
//! with their visits, so that they can be sent once more whenever that is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::store::{AdRow, Batch, DroppedRow, EventRow};

/// The folder and how much may be in it.
pub(super) struct Quarantine {
    folder: PathBuf,
    max_bytes: u64,
}

/// One line of a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first: what the file is.
    Why { first_seq: u64, last_seq: u64, error: String },
    /// A row of the table of that name.
    Events(Box<EventRow>),
    /// A row of the table of that name.
    AdEvents(Box<AdRow>),
    /// A row of the table of that name.
    Dropped(DroppedRow),
    /// Bytes in base 64.
    Record { seq: u64, bytes: String },
}

/// Numbers of a batch, and what became of it.
pub(super) struct Why<'a> {
    pub first_seq: u64,
    pub last_seq: u64,
    pub error: &'a str,
}

impl Why<'_> {
    fn name(&self, kind: &str) -> String {
        format!("{:020}-{:020}.{kind}.jsonl", self.first_seq, self.last_seq)
    }

    fn line(&self) -> Line {
        Line::Why { first_seq: self.first_seq, last_seq: self.last_seq, error: self.error.to_owned() }
    }
}

impl Quarantine {
    /// The folder, which is made when it is needed; it never grows beyond `max_bytes`.
    pub fn new(folder: PathBuf, max_bytes: u64) -> Quarantine {
        Quarantine { folder, max_bytes }
    }

    /// Keeps rows, durably; returns the file's name.
    ///
    /// # Errors
    /// When the file can't be written, or there is too much in the folder already.
    pub fn keep_rows(&self, why: &Why<'_>, rows: &Batch) -> io::Result<String> {
        let events = rows.events.iter().map(|row| Line::Events(Box::new(row.clone())));
        let ads = rows.ads.iter().map(|row| Line::AdEvents(Box::new(row.clone())));
        let dropped = rows.dropped.iter().map(|row| Line::Dropped(row.clone()));
        self.keep(why.name("rows"), std::iter::once(why.line()).chain(events).chain(ads).chain(dropped))
    }

    /// Keeps records, durably; returns the file's name.
    ///
    /// # Errors
    /// As [`keep_rows`](Self::keep_rows).
    pub fn keep_records(&self, why: &Why<'_>, records: &[(u64, Bytes)]) -> io::Result<String> {
        let line =
            |(seq, bytes): &(u64, Bytes)| Line::Record { seq: *seq, bytes: BASE64_STANDARD.encode(bytes) };
        self.keep(why.name("records"), std::iter::once(why.line()).chain(records.iter().map(line)))
    }

    /// Reads rows back.
    ///
    /// # Errors
    /// When the file can't be read; the text says where.
    pub fn rows(&self, file: &str) -> io::Result<Batch> {
        let mut batch = Batch::default();
        for (number, line) in BufReader::new(File::open(self.folder.join(file))?).lines().enumerate() {
            let line = serde_json::from_str(&line?).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {error}", number + 1))
            })?;
            match line {
                Line::Events(row) => batch.events.push(*row),
                Line::AdEvents(row) => batch.ads.push(*row),
                Line::Dropped(row) => batch.dropped.push(row),
                Line::Why { .. } | Line::Record { .. } => {}
            }
        }
        Ok(batch)
    }

    /// Removes a file that is not needed any more, if it is there.
    pub fn remove(&self, file: &str) {
        match fs::remove_file(self.folder.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(file, %error, "a file of the quarantine can't be removed; nothing in it is needed")
            }
            _ => {}
        }
    }

    /// Removes what a crash has left of a batch that the database has taken in the end.
    pub fn forget(&self, first_seq: u64, last_seq: u64) {
        self.remove(&Why { first_seq, last_seq, error: "" }.name("rows"));
    }

    fn keep(&self, name: String, lines: impl Iterator<Item = Line>) -> io::Result<String> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        self.folder.parent().map_or(Ok(()), |data| File::open(data)?.sync_all())?;
        let path = self.folder.join(&name);
        let unfinished = path.with_extension("tmp");
        if let Err(error) = self.write(&unfinished, lines) {
            // What can't be kept whole must not take the room of what can.
            fs::remove_file(&unfinished).unwrap_or_default();
            return Err(error);
        }
        fs::rename(&unfinished, &path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(name)
    }

    fn write(&self, unfinished: &Path, lines: impl Iterator<Item = Line>) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
        let mut out = Bounded { out: file, left: self.max_bytes.saturating_sub(self.bytes()?) };
        let mut buffer = BufWriter::new(&mut out);
        for line in lines {
            serde_json::to_writer(&mut buffer, &line)?;
            buffer.write_all(b"\n")?;
        }
        buffer.flush()?;
        drop(buffer);
        out.out.sync_all()
    }

    /// Bytes of all files.
    fn bytes(&self) -> io::Result<u64> {
        fs::read_dir(&self.folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
    }
}

/// A file that may grow by so much.
struct Bounded {
    out: File,
    left: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            io::Error::other(
                "the quarantine folder is full: send what is in it once more, or move it elsewhere",
            )
        })?;
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHY: Why<'static> = Why { first_seq: 7, last_seq: 9, error: "Code: 469" };

    fn rows() -> Batch {
        let event = EventRow {
            seq: 7,
            path: "/ä\n\"".into(),
            value: 0.1 + 0.2,
            timings: vec![-1],
            ..EventRow::default()
        };
        let dropped =
            DroppedRow { seq: 8, last_seq: 9, reason: 6, hits: 5, records: 2, ..DroppedRow::default() };
        Batch {
            events: vec![event],
            ads: vec![AdRow { nonce: u64::MAX, ..AdRow::default() }],
            dropped: vec![dropped],
        }
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::new(folder.path().join("quarantine"), 1 << 20);
        let file = quarantine.keep_rows(&WHY, &rows()).unwrap();
        assert_eq!(file, "00000000000000000007-00000000000000000009.rows.jsonl");
        let back = quarantine.rows(&file).unwrap();
        assert_eq!((back.events, back.ads, back.dropped), (rows().events, rows().ads, rows().dropped));
        quarantine.forget(7, 9);
        assert!(quarantine.rows(&file).is_err());
    }

    #[test]
    fn a_line_that_was_mended_badly_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::new(folder.path().to_path_buf(), 1 << 20);
        fs::write(folder.path().join("f"), "{\"dropped\":{\"seq\":1}}\n{\"dropped\":{\"seq\":\"x\"}}\n")
            .unwrap();
        let error = quarantine.rows("f").err().unwrap().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
    }

    #[test]
    fn the_folder_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::new(folder.path().to_path_buf(), 3_000);
        let record = (7, Bytes::from(vec![0; 1_000]));
        quarantine.keep_records(&WHY, std::slice::from_ref(&record)).unwrap();
        let other = Why { first_seq: 10, ..WHY };
        let error = quarantine.keep_records(&other, &[record.clone(), record]).unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
    }
}
