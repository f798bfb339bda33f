//! Whether anything in a log can be read, before any of it is sent.
//!
//! What can't be read must not be marked as read: another version may be able to. So the beginning is tried here, and a
//! log of which nothing can be read is not begun at all.

use anyhow::{Result, bail};

use super::kind;
use super::source::Source;
use crate::imports::{MAX_HEAD, MAX_LINE};
use crate::protocol::LogReader;

/// Bytes of a log in which the first line that can be read is looked for.
const MAX: usize = 4 << 20;

/// Looks for the first line that can be read. A log whose first lines are longer than what is looked at is let pass.
///
/// # Errors
/// When there is none; the text says what the log seems to be, and what to do.
pub(super) fn check(source: &mut Source) -> Result<()> {
    let name = source.name().to_owned();
    if let Some(kind) = kind::of_bytes(source.head(MAX_HEAD as usize)?) {
        bail!("{name} {kind}");
    }
    let mut len = MAX_HEAD as usize;
    while len <= MAX {
        let text = source.head(len)?;
        match look(text) {
            Found::Readable => return Ok(()),
            Found::Nothing if text.len() < len => return Ok(()),
            Found::Unreadable if text.len() < len => bail!("{}", unreadable(&name, text)),
            _ => len *= 4,
        }
    }
    Ok(())
}

/// What to say of a log none of whose lines could be read.
pub(super) fn unreadable(name: &str, text: &[u8]) -> String {
    format!("none of the lines of {name} could be read: it {}", kind::of_text(text))
}

/// What lines are.
enum Found {
    Readable,
    Unreadable,
    /// There is nothing but blank lines, directives, and perhaps the beginning of a line.
    Nothing,
}

fn look(text: &[u8]) -> Found {
    let mut reader = reader();
    let mut found = Found::Nothing;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (line, is_whole) = line.strip_suffix(b"\n").map_or((line, false), |line| (line, true));
        if line.trim_ascii().is_empty() || (is_whole && reader.direct(line)) {
            continue;
        }
        if line.len() <= MAX_LINE && reader.read(line).is_some() {
            return Found::Readable;
        }
        if is_whole || !kind::may_go_on(line) {
            found = Found::Unreadable;
        }
    }
    found
}

/// A reader that is asked only whether lines can be read.
pub(super) fn reader() -> LogReader {
    LogReader::new(0, "http://localhost", &[], false, &[])
}
