//! How far the import is, on a terminal.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use super::source::Source;
use crate::terminal::rewrite;

/// Characters of the bar.
const WIDTH: usize = 30;

/// Least time between two looks.
const PACE: Duration = Duration::from_millis(100);

/// A bar on standard error; nothing where that is no terminal.
pub(super) struct Progress {
    is_shown: bool,
    start: Instant,
    last: Option<Instant>,
    /// Lines that were done before.
    before: u64,
}

impl Progress {
    /// So many lines were done before.
    pub fn new(before: u64) -> Progress {
        Progress { is_shown: stderr().is_terminal(), start: Instant::now(), last: None, before }
    }

    /// Shows that so many lines are done.
    pub fn show(&mut self, source: &Source, lines: u64) {
        if !self.is_shown || self.last.is_some_and(|last| last.elapsed() < PACE) {
            return;
        }
        self.last = Some(Instant::now());
        let rate = lines.saturating_sub(self.before) as f64 / self.start.elapsed().as_secs_f64().max(0.001);
        let bar = source.share().map(bar).unwrap_or_default();
        rewrite(&format!("{bar}{lines} lines, {rate:.0} a second"));
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if self.last.is_some() {
            rewrite("");
        }
    }
}

fn bar(share: f64) -> String {
    let full = (share * WIDTH as f64) as usize;
    format!("[{}{}] {:3.0} %  ", "#".repeat(full), ".".repeat(WIDTH - full.min(WIDTH)), share * 100.0)
}
