//! The fields of a line.

use std::net::IpAddr;

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::address;

/// Brackets that may stand in a user's name before the time's.
const MAX_BRACKETS: usize = 8;

/// Characters of a time: `10/Oct/2000:13:55:36 -0700`.
const TIME_LEN: usize = 26;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What a line consists of. It holds an address and an agent, so it can't be printed.
pub(super) struct Fields {
    /// The virtual host, perhaps with a port, when the format has one and the server knew it.
    pub host: Option<String>,
    /// Who asked.
    pub address: IpAddr,
    /// When, Unix seconds.
    pub time: i64,
    /// The first line of the request.
    pub request: String,
    /// Status, 100 to 599.
    pub status: u16,
    /// Bytes of the answer.
    pub bytes: u64,
    /// The referring page, if there is one.
    pub referrer: Option<String>,
    /// The agent, if the format has one, and if it was sent.
    pub agent: Option<Option<String>>,
}

impl Fields {
    /// Takes a line apart.
    pub fn read(line: &[u8]) -> Option<Fields> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (head, time, tail) = split_at_time(line)?;
        let (host, address) = sender(std::str::from_utf8(head).ok()?)?;
        let (request, tail) = quoted(tail.trim_ascii_start())?;
        let (status, tail) = word(tail);
        let (bytes, tail) = word(tail);
        let tail = tail.trim_ascii_start();
        let (referrer, agent) = match tail.starts_with(b"\"") {
            true => {
                let (referrer, tail) = quoted(tail)?;
                let (agent, _) = quoted(tail.trim_ascii_start())?;
                (given(referrer), Some(given(agent)))
            }
            false => (None, None),
        };
        Some(Fields {
            host,
            address,
            time,
            request,
            status: status_code(status)?,
            bytes: size(bytes)?,
            referrer,
            agent,
        })
    }
}

/// What stands before the time, the time, and what stands behind it.
fn split_at_time(line: &[u8]) -> Option<(&[u8], i64, &[u8])> {
    let opening = line.windows(2).enumerate().filter(|(_, pair)| pair == b" [").map(|(at, _)| at);
    opening.take(MAX_BRACKETS).find_map(|at| {
        let (head, rest) = line.split_at_checked(at)?;
        let (written, tail) = rest.get(2..)?.split_at_checked(TIME_LEN)?;
        let time = time(std::str::from_utf8(written).ok()?)?;
        Some((head, time, tail.strip_prefix(b"] ")?))
    })
}

/// Virtual host and address. Identity and user follow and are not looked at.
fn sender(head: &str) -> Option<(Option<String>, IpAddr)> {
    let mut words = head.split(' ').filter(|word| !word.is_empty());
    let (first, second) = (words.next()?, words.next()?);
    if let Some(address) = address(second) {
        let host = Some(first).filter(|host| !matches!(*host, "-" | "_"));
        return Some((host.map(str::to_owned), address));
    }
    Some((None, address(first)?))
}

fn time(text: &str) -> Option<i64> {
    let (day, rest) = text.split_once('/')?;
    let (month, rest) = rest.split_once('/')?;
    let (civil, zone) = rest.split_once(' ')?;
    let mut numbers = civil.split(':').map(number::<i16>);
    let mut next = || numbers.next()?;
    let (year, hour, minute, second) = (next()?, next()?, next()?, next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let small = |value: i16| i8::try_from(value).ok();
    let civil = DateTime::new(
        year,
        i8::try_from(month).ok()?,
        number(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?.min(59), // a leap second
        0,
    );
    Some(offset(zone)?.to_timestamp(civil.ok()?).ok()?.as_second())
}

/// `+0130`
fn offset(zone: &str) -> Option<Offset> {
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let seconds = number::<i32>(hours)? * 3_600 + number::<i32>(minutes)? * 60;
    match sign {
        "+" => Offset::from_seconds(seconds).ok(),
        "-" => Offset::from_seconds(-seconds).ok(),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A quoted field, its escapes resolved, and what follows.
fn quoted(input: &[u8]) -> Option<(String, &[u8])> {
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
fn unescape(text: &[u8]) -> String {
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
fn word(input: &[u8]) -> (&[u8], &[u8]) {
    let input = input.trim_ascii_start();
    let end = input.iter().position(|byte| *byte == b' ').unwrap_or(input.len());
    input.split_at(end)
}

fn status_code(word: &[u8]) -> Option<u16> {
    number(std::str::from_utf8(word).ok()?).filter(|status| (100..600).contains(status))
}

fn size(word: &[u8]) -> Option<u64> {
    match word {
        b"-" => Some(0),
        _ => number(std::str::from_utf8(word).ok()?),
    }
}

/// `-` stands for what was not sent.
fn given(text: String) -> Option<String> {
    (!matches!(text.as_str(), "-" | "")).then_some(text)
}
