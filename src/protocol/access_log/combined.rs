//! Apache's and nginx's lines.

use std::net::IpAddr;

use super::fields::{Fields, address, given, quoted, size, status_code, text_word};
use super::times;

/// Brackets that may stand in a user's name before the time's.
const MAX_BRACKETS: usize = 8;

/// Names that are never delegated, but hosts have them.
const RESERVED: [&str; 9] =
    ["example", "test", "invalid", "localhost", "local", "lan", "internal", "intranet", "arpa"];

/// Host, address, and for whom it asked.
type Sender = (Option<String>, IpAddr, Option<String>);

/// Referrer, agent, and what follows them.
type Sent<'a> = (Option<String>, Option<Option<String>>, &'a [u8]);

/// Takes a line apart.
pub(super) fn read(line: &[u8]) -> Option<Fields> {
    let (head, time, tail) = split_at_time(line)?;
    let (host, address, forwarded) = sender(std::str::from_utf8(head).ok()?)?;
    let (request, tail) = quoted(tail.trim_ascii_start())?;
    let (status, tail) = text_word(tail)?;
    let (bytes, tail) = text_word(tail)?;
    let (referrer, agent, tail) = sent(tail.trim_ascii())?;
    let (last, extras) = extras(tail);
    Some(Fields {
        host,
        address,
        forwarded: forwarded.or(last),
        time,
        request,
        status: status_code(status)?,
        bytes: size(bytes)?,
        referrer,
        agent,
        extras,
    })
}

/// What stands before the time, the time, and what stands behind it.
pub(super) fn split_at_time(line: &[u8]) -> Option<(&[u8], i64, &[u8])> {
    let opening = line.windows(2).enumerate().filter(|(_, pair)| pair == b" [").map(|(at, _)| at);
    opening.take(MAX_BRACKETS).find_map(|at| {
        let (head, rest) = line.split_at_checked(at)?;
        let (written, tail) = rest.get(2..)?.split_at_checked(times::COMMON_LEN)?;
        let time = times::common(std::str::from_utf8(written).ok()?)?;
        Some((head, time, tail.strip_prefix(b"] ")?))
    })
}

/// Who sent the request, and to which host. A host stands before the address, or in the place of the identity.
fn sender(head: &str) -> Option<Sender> {
    let mut words = head.split(' ').filter(|word| !word.is_empty());
    let (first, second) = (words.next()?, words.next()?);
    if first.contains(',') {
        return chain(head);
    }
    if let Some(address) = address(second) {
        let host = Some(first).filter(|host| !matches!(*host, "-" | "_"));
        return Some((host.map(str::to_owned), address, None));
    }
    Some((is_host(second).then(|| second.to_owned()), address(first)?, None))
}

/// Addresses with commas between, as proxies forward them, and perhaps the peer's.
fn chain(head: &str) -> Option<Sender> {
    let head = head.trim_start_matches('"');
    let is_inner =
        |(at, _): &(usize, char)| head.get(..*at).is_some_and(|before| before.ends_with([',', ' ']));
    let end = head.match_indices(' ').find(|(at, _)| !is_inner(&(*at, ' '))).map_or(head.len(), |(at, _)| at);
    let (hops, rest) = head.split_at_checked(end)?;
    let hops = hops.trim_end_matches('"');
    if let Some(peer) = rest.split_whitespace().next().and_then(address) {
        return Some((None, peer, Some(hops.to_owned())));
    }
    let (farther, nearest) = hops.rsplit_once(',')?;
    Some((None, address(nearest)?, Some(farther.to_owned())))
}

/// Whether the word in the place of the identity is a host: nobody's name has a dot and ends like one.
fn is_host(word: &str) -> bool {
    let name = super::without_port(word);
    let Some((_, top)) = name.rsplit_once('.') else { return false };
    let is_clean =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    let is_known =
        || psl::suffix(name.to_ascii_lowercase().as_bytes()).is_some_and(|suffix| suffix.is_known());
    is_clean && (RESERVED.iter().any(|name| name.eq_ignore_ascii_case(top)) || is_known())
}

/// Referrer and agent, if the format has them, also where quotes were left out or the two were exchanged.
fn sent(tail: &[u8]) -> Option<Sent<'_>> {
    let (referrer, tail) = match tail.starts_with(b"\"") {
        true => quoted(tail).map(|(text, tail)| (text, tail.trim_ascii_start()))?,
        false => match unquoted_referrer(tail) {
            Some(pair) => pair,
            None => return Some((None, None, tail)),
        },
    };
    let (agent, tail) = match tail.first() {
        Some(b'"') => quoted(tail).map(|(text, tail)| (Some(text), tail))?,
        Some(first) if first.is_ascii_alphabetic() || *first == b'-' => unquoted_agent(tail),
        _ => (None, tail),
    };
    let (referrer, agent) = match agent {
        None if is_agent(&referrer) => (String::new(), Some(referrer)),
        Some(agent) if is_agent(&referrer) && !is_agent(&agent) => (agent, Some(referrer)),
        agent => (referrer, agent),
    };
    Some((given(referrer), agent.map(given), tail))
}

/// A referrer without quotes, when an agent follows; nothing at all when what follows the size is the agent.
fn unquoted_referrer(tail: &[u8]) -> Option<(String, &[u8])> {
    if tail.starts_with(b"Mozilla/") {
        return Some((String::new(), tail));
    }
    let (word, rest) = text_word(tail)?;
    let rest = rest.trim_ascii_start();
    let is_referrer = word == "-" || word.starts_with("http://") || word.starts_with("https://");
    let is_followed = rest.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'"');
    (is_referrer && is_followed).then(|| (word.to_owned(), rest))
}

/// An agent without quotes: all of the line, but quoted fields at its end.
fn unquoted_agent(tail: &[u8]) -> (Option<String>, &[u8]) {
    let end = tail.windows(2).position(|pair| pair == b" \"").unwrap_or(tail.len());
    let (agent, rest) = tail.split_at_checked(end).unwrap_or((tail, &[]));
    (Some(String::from_utf8_lossy(agent).into_owned()), rest)
}

fn is_agent(text: &str) -> bool {
    text.starts_with("Mozilla/")
}

/// The first quoted field with addresses in it, and how many quoted fields there are.
fn extras(mut tail: &[u8]) -> (Option<String>, usize) {
    let (mut found, mut count) = (None, 0);
    while let Some(at) = tail.iter().position(|byte| *byte == b'"') {
        let Some((text, rest)) = tail.get(at..).and_then(quoted) else { break };
        count += 1;
        tail = rest;
        if found.is_none() && text.split(',').any(|hop| address(hop).is_some()) {
            found = Some(text);
        }
    }
    (found, count)
}
