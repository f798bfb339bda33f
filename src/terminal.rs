//! What is written to the terminal: a line that changes while something goes on, and text of others.

use std::io::{Write, stderr};

/// Writes `text` over the last line of standard error. Nothing is lost when the terminal is gone.
pub(crate) fn rewrite(text: &str) {
    let mut terminal = stderr().lock();
    drop(write!(terminal, "\r{text}\x1b[K").and_then(|()| terminal.flush()));
}

/// Text for a terminal: characters that would steer it, or turn the order of what is read, are shown as their codes.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match is_steering(character) {
            true => out.extend(character.escape_unicode()),
            false => out.push(character),
        }
    }
    out
}

fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_done() {
        assert_eq!(plain("a\u{1b}[31mb\u{7}\u{9b}2J\r\nc"), r"a\u{1b}[31mb\u{7}\u{9b}2J\u{d}\u{a}c");
        assert_eq!(plain("log\u{202e}gz.exe"), r"log\u{202e}gz.exe");
        assert_eq!(plain("kär 日本.log"), "kär 日本.log");
    }
}
