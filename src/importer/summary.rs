//! What became of a log, in one line.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::api::imports::ChunkView;

/// Lines that are named when they can't be read.
const MAX_NAMED: usize = 10;

/// What became of the lines of a log.
#[derive(Default)]
pub(super) struct Summary {
    name: String,
    /// Lines that were imported before, by this command or another.
    pub already: u64,
    /// Lines that this command has read.
    pub read: u64,
    /// Whether the log is shorter than what was imported of it.
    pub is_shorter: bool,
    hits: u64,
    dropped: BTreeMap<String, u64>,
    skipped: BTreeMap<String, u64>,
    malformed: u64,
    malformed_lines: Vec<u64>,
}

impl Summary {
    /// Nothing is read yet of the log with this name.
    pub fn new(name: &str) -> Summary {
        Summary { name: name.to_owned(), ..Summary::default() }
    }

    /// Adds what became of `lines` more lines.
    pub fn add(&mut self, lines: u64, taken: &ChunkView) {
        self.read += lines;
        self.hits += taken.hits;
        add(&mut self.dropped, &taken.dropped);
        add(&mut self.skipped, &taken.skipped);
        self.malformed += taken.malformed;
        let room = MAX_NAMED.saturating_sub(self.malformed_lines.len());
        self.malformed_lines.extend(taken.malformed_lines.iter().take(room));
    }

    /// Whether there were lines, and none of them could be read.
    pub fn is_unreadable(&self) -> bool {
        self.malformed > 0
            && self.already == 0
            && self.hits == 0
            && self.dropped.is_empty()
            && self.skipped.is_empty()
    }
}

fn add(sums: &mut BTreeMap<String, u64>, more: &BTreeMap<String, u64>) {
    for (reason, count) in more {
        *sums.entry(reason.clone()).or_default() += count;
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Summary { name, already, read, hits, malformed, .. } = self;
        let dropped: u64 = self.dropped.values().sum();
        write!(f, "{name}: {read} lines read, {} hits sent", hits + dropped)?;
        if dropped > 0 {
            write!(f, " ({dropped} of them not counted: {})", list(&self.dropped))?;
        }
        let skipped: u64 = self.skipped.values().sum();
        write!(f, ", {skipped} skipped")?;
        if skipped > 0 {
            write!(f, " ({})", list(&self.skipped))?;
        }
        write!(f, ", {malformed} malformed")?;
        if *malformed > 0 {
            let lines: Vec<String> = self.malformed_lines.iter().map(u64::to_string).collect();
            let more = if *malformed > lines.len() as u64 { ", …" } else { "" };
            write!(f, " (line {}{more})", lines.join(", "))?;
        }
        write!(f, ", {already} already imported")?;
        if self.skipped.contains_key("other_host") {
            write!(f, "; other hosts count when they are among the site's addresses")?;
        }
        if self.is_shorter {
            write!(f, "; the log is shorter than what was imported of it, so nothing in it is new")?;
        }
        Ok(())
    }
}

fn list(counts: &BTreeMap<String, u64>) -> String {
    let entries: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    entries.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::imports::ImportView;

    #[test]
    fn one_line_says_it_all() {
        let count = |reason: &str, count| BTreeMap::from([(reason.to_owned(), count)]);
        let mut summary = Summary { already: 5, ..Summary::new("access.log") };
        for line in [3, 12] {
            let progress = ImportView { import: 1, offset: 0, lines: 0 };
            let (dropped, skipped) = (count("bot", 1), count("static_file", 2));
            summary.add(
                6,
                &ChunkView { progress, hits: 2, dropped, skipped, malformed: 1, malformed_lines: vec![line] },
            );
        }
        assert_eq!(
            summary.to_string(),
            "access.log: 12 lines read, 6 hits sent (2 of them not counted: bot 2), 4 skipped (static_file 4), \
             2 malformed (line 3, 12), 5 already imported"
        );
    }
}
