//! What every format boils down to, and what their readers share.

use std::net::IpAddr;

use crate::forwarded;

/// What a line consists of. It holds an address and an agent, so it can't be printed.
pub(super) struct Fields {
    /// The virtual host, perhaps with a port, when the format has one and the server knew it.
    pub host: Option<String>,
    /// Who asked.
    pub address: IpAddr,
    /// For whom, if that was a proxy: addresses with commas between, the nearest last.
    pub forwarded: Option<String>,
    /// When, Unix seconds.
    pub time: i64,
    /// The first line of the request.
    pub request: String,
    /// Status, 100 to 599; 0 when there was no answer.
    pub status: u16,
    /// Bytes of the answer.
    pub bytes: u64,
    /// The referring page, if there is one.
    pub referrer: Option<String>,
    /// The agent, if the format has one, and if it was sent.
    pub agent: Option<Option<String>>,
    /// Quoted fields behind the agent: a line that is cut off has fewer than those before it.
    pub extras: usize,
}

/// An address as logs have it: in brackets, with a port, and Apache adds an interface to some.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    forwarded::address(text.split('%').next()?)
}

/// An address that always has a port, even behind an IPv6 address without brackets.
pub(super) fn address_before_port(text: &str) -> Option<IpAddr> {
    let (before, _) = text.rsplit_once(':')?;
    address(before).or_else(|| address(text))
}

/// Digits alone.
pub(super) fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A quoted field, its escapes resolved, and what follows.
pub(super) fn quoted(input: &[u8]) -> Option<(String, &[u8])> {
    let input = input.strip_prefix(b"\"")?;
    let mut is_escaped = false;
    let end = input.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })?;
    let (text, rest) = input.split_at_checked(end)?;
    Some((unescape(text), rest.get(1..)?))
}

/// Apache writes `\"`, `\\`, `\n` and `\xhh`; nginx writes `\x22`.
pub(super) fn unescape(text: &[u8]) -> String {
    if !text.contains(&b'\\') {
        return String::from_utf8_lossy(text).into_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let (next, meant) = match (byte, after) {
            (b'\\', [b'x', high, low, after @ ..]) if let Some(byte) = hex(*high, *low) => (after, byte),
            (b'\\', [b'n' | b'r' | b't' | b'b' | b'v', after @ ..]) => (after, b' '),
            (b'\\', [mark @ (b'"' | b'\\'), after @ ..]) => (after, *mark),
            _ => (after, byte),
        };
        out.push(meant);
        rest = next;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// The next word, and what follows.
pub(super) fn word(input: &[u8]) -> (&[u8], &[u8]) {
    let input = input.trim_ascii_start();
    let end = input.iter().position(|byte| *byte == b' ').unwrap_or(input.len());
    input.split_at(end)
}

/// The next word, which is text, and what follows.
pub(super) fn text_word(input: &[u8]) -> Option<(&str, &[u8])> {
    let (word, rest) = word(input);
    Some((std::str::from_utf8(word).ok()?, rest))
}

/// 100 to 599.
pub(super) fn status_code(word: &str) -> Option<u16> {
    number(word).filter(|status| (100..600).contains(status))
}

/// A number of bytes; `-` is none.
pub(super) fn size(word: &str) -> Option<u64> {
    match word {
        "-" => Some(0),
        _ => number(word),
    }
}

/// `-` stands for what was not sent.
pub(super) fn given(text: String) -> Option<String> {
    (!matches!(text.as_str(), "-" | "")).then_some(text)
}

/// Undoes percent-encoding, twice where it was done twice.
pub(super) fn percent_decoded(text: &str) -> String {
    let once = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let text = once(text);
    match text.contains("%20") || text.contains("%2F") {
        true => once(&text),
        false => text,
    }
}
