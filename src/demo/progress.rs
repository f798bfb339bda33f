//! How far it is: one line that is rewritten on a terminal, a few lines elsewhere.

use std::io::{IsTerminal, stderr};

use crate::terminal::rewrite;

/// Lines that are written where nothing can be rewritten.
const LINES: u32 = 4;

/// Tells on standard error how far it is.
pub(super) struct Progress {
    days: u32,
    done: u32,
    is_terminal: bool,
}

impl Progress {
    /// Nothing is done yet.
    pub fn new(days: u32) -> Progress {
        Progress { days, done: 0, is_terminal: stderr().is_terminal() }
    }

    /// Another day is done.
    pub fn step(&mut self, visits: usize, hits: usize) {
        self.done += 1;
        let text = format!("day {} of {}: {visits} visits, {hits} hits", self.done, self.days);
        let is_due = self.done == self.days || self.done.is_multiple_of(self.days.div_ceil(LINES));
        match self.is_terminal {
            true => rewrite(&text),
            false if is_due => eprintln!("{text}"),
            false => {}
        }
    }

    /// All days are done, and this comes last.
    pub fn end(&self, rest: &str) {
        if self.is_terminal {
            eprintln!();
        }
        eprintln!("{rest}");
    }
}
