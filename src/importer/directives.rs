//! The directives of a W3C log that say how what follows them is to be read.

use crate::imports::MAX_LINE;

/// Bytes of directives that are sent along, at most: far more than any log has.
const MAX: usize = 4 << 10;

/// The last directives in what has been passed.
#[derive(Default)]
pub(super) struct Directives {
    fields: String,
    date: String,
    /// The beginning of a line that is not passed to its end.
    line: Vec<u8>,
}

impl Directives {
    /// Takes note of what is passed.
    pub fn pass(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_wanted = self.line.len() < MAX_LINE && (is_directive(piece) || !self.line.is_empty());
            let is_end = piece.ends_with(b"\n");
            if is_wanted || !is_end {
                let room = (MAX_LINE + 1).saturating_sub(self.line.len());
                self.line.extend(piece.iter().take(room));
            }
            if is_end {
                self.note();
                self.line.clear();
            }
        }
    }

    /// The directives, a line each.
    pub fn text(&self) -> String {
        let text = format!("{}\n{}", self.date, self.fields);
        if text.len() > MAX { String::new() } else { text }
    }

    fn note(&mut self) {
        let line = String::from_utf8_lossy(&self.line);
        let line = line.trim_start_matches('\u{feff}').trim_end();
        if line.len() > MAX_LINE {
            return;
        }
        if line.starts_with("#Fields:") {
            self.fields = line.to_owned();
        } else if line.starts_with("#Date:") {
            self.date = line.to_owned();
        }
    }
}

/// Whether a line, or the text behind a byte order mark, begins with `#`.
fn is_directive(line: &[u8]) -> bool {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).starts_with(b"#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_directives_are_known_however_they_are_passed() {
        let log = b"#Fields: a b\n1 2 #Fields: c\n#Date: 2026-11-25\n3 4\n#Fields: d\r\n5\n#Fields: not yet";
        for step in [1, 2, 7, log.len()] {
            let mut directives = Directives::default();
            log.chunks(step).for_each(|bytes| directives.pass(bytes));
            assert_eq!(directives.text(), "#Date: 2026-11-25\n#Fields: d", "{step}");
        }
    }

    #[test]
    fn a_directive_without_end_takes_no_memory() {
        let mut directives = Directives::default();
        directives.pass(b"#Fields: ");
        (0..1_000).for_each(|_| directives.pass(&[b'x'; 1_000]));
        assert!(directives.line.len() <= MAX_LINE + 1);
        directives.pass(b"\n#Fields: c-ip\n");
        assert_eq!(directives.text(), "\n#Fields: c-ip");
    }
}
