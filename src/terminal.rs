//! A line on the terminal that changes while something goes on.

use std::io::{Write, stderr};

/// Writes `text` over the last line of standard error. Nothing is lost when the terminal is gone.
pub(crate) fn rewrite(text: &str) {
    let mut terminal = stderr().lock();
    drop(write!(terminal, "\r{text}\x1b[K").and_then(|()| terminal.flush()));
}
