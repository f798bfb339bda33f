//! Queries, fragments and paths without what tells of a person, a click or a session.
//!
//! Addresses are written by careless templates and mail programs, so their parameters are found wherever a server would
//! find them: between `&` or `;`, in fragments such as `#/route?a=1`, behind a path that lacks its question mark, with names
//! encoded once or three times, and in addresses that are themselves the value of a parameter. What stays, stays as it
//! was sent.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::opaque;
use super::parameters::Keep;

/// How often an address may be encoded or stand in another; what is hidden deeper goes.
const DEPTH: usize = 4;
/// What is encoded in an address that is a value again.
const IN_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The parameters of `query` that may be kept, as they were sent and in their order; `None` if none is left.
pub(super) fn query(query: &str, keep: &Keep<'_>) -> Option<String> {
    kept(query, keep, 0)
}

/// What is kept of a fragment such as `part`, `a=1&b=2` or `/route?a=1`; `None` if nothing is.
pub(super) fn fragment(fragment: &str, keep: &Keep<'_>) -> Option<String> {
    kept_fragment(fragment, keep, 0)
}

fn kept_fragment(fragment: &str, keep: &Keep<'_>, depth: usize) -> Option<String> {
    let is_word = !fragment.contains(['/', '=']);
    if is_word && opaque::is_value("#", fragment) {
        return None;
    }
    let (route, query) = match fragment.split_once('?') {
        Some((route, query)) => (route, Some(query)),
        None if fragment.contains('=') => ("", Some(fragment)),
        None => (fragment, None),
    };
    let mark = if query.is_some() && fragment.contains('?') { "?" } else { "" };
    let query = query.and_then(|query| kept(query, keep, depth)).map(|query| format!("{mark}{query}"));
    Some(format!("{}{}", path(route, keep), query.unwrap_or_default())).filter(|kept| !kept.is_empty())
}

/// `path` without parameters such as `;jsessionid=1`, without keys, and without parameters behind a question mark that is
/// missing or encoded.
pub(super) fn path<'p>(path: &'p str, keep: &Keep<'_>) -> Cow<'p, str> {
    let mut kept = Cow::Borrowed(path);
    if path.contains(';') {
        let segments = path.split('/').map(|segment| without_sessions(segment, keep));
        kept = Cow::Owned(segments.collect::<Vec<_>>().join("/"));
    }
    if kept.contains(['&', '=', '%']) {
        let segment = |segment: &str| {
            inner(segment, keep, 0).map_or_else(|| segment.to_owned(), Result::unwrap_or_default)
        };
        kept = Cow::Owned(kept.split('/').map(segment).collect::<Vec<_>>().join("/"));
    }
    opaque::without_keys(&kept).map_or(kept, Cow::Owned)
}

fn without_sessions(segment: &str, keep: &Keep<'_>) -> String {
    let mut parts = segment.split(';');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts.filter(|part| keep.allows(&name_of(part))) {
        kept.push(';');
        kept.push_str(part);
    }
    kept
}

fn kept(query: &str, keep: &Keep<'_>, depth: usize) -> Option<String> {
    let mut out = String::new();
    for (sign, part) in parts(query) {
        let Some(part) = kept_part(part, keep, depth) else { continue };
        if !out.is_empty() {
            out.push(sign);
        }
        out.push_str(&part);
    }
    (!out.is_empty()).then_some(out)
}

/// The parameters of a query, each with the sign before it. A semicolon separates only what has an equals sign behind it.
fn parts(query: &str) -> Vec<(char, &str)> {
    let mut parts = Vec::new();
    for mut rest in query.split('&') {
        while let Some(tail) = rest.strip_prefix("amp;") {
            rest = tail;
        }
        let mut sign = '&';
        while let Some((part, tail)) = split_at_semicolon(rest) {
            parts.push((sign, part));
            (sign, rest) = (';', tail);
        }
        parts.push((sign, rest));
    }
    parts.retain(|(_, part)| !part.is_empty());
    parts
}

/// What is before and behind the first semicolon that another parameter follows.
fn split_at_semicolon(text: &str) -> Option<(&str, &str)> {
    let is_parameter = |(at, _): &(usize, &str)| {
        let tail = text.get(at + 1..).unwrap_or_default();
        tail.find('=').is_some_and(|equals| tail.find(';').is_none_or(|next| equals < next))
    };
    let (at, _) = text.match_indices(';').find(is_parameter)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A parameter as it may be kept.
fn kept_part<'p>(part: &'p str, keep: &Keep<'_>, depth: usize) -> Option<Cow<'p, str>> {
    let name = name_of(part);
    if !keep.allows(&name) {
        return None;
    }
    let (raw_name, value) = match part.split_once('=') {
        Some((raw_name, value)) => (Some(raw_name), value),
        None => (None, part),
    };
    if opaque::is_value(if raw_name.is_some() { &name } else { "?" }, &decoded(value)) {
        return None;
    }
    match (inner(value, keep, depth), raw_name) {
        (None, _) => Some(Cow::Borrowed(part)),
        (Some(Err(TooDeep)), _) => None,
        (Some(Ok(value)), Some(raw_name)) => Some(Cow::Owned(format!("{raw_name}={value}"))),
        (Some(Ok(value)), None) => Some(value).filter(|value| !value.is_empty()).map(Cow::Owned),
    }
}

/// It is an address in an address, and so on, or encoded over and over.
#[derive(Debug)]
struct TooDeep;

/// What is kept of a value that holds parameters itself, encoded as it was; `None` if all of it is.
fn inner(value: &str, keep: &Keep<'_>, depth: usize) -> Option<Result<String, TooDeep>> {
    let mut text = Cow::Borrowed(value);
    let mut rounds = 0;
    while rounds < DEPTH && text.contains('%') {
        let plain = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if plain == *text {
            break;
        }
        (text, rounds) = (Cow::Owned(plain), rounds + 1);
    }
    if !text.contains(['?', '&', ';', '#']) || !text.contains('=') {
        return None;
    }
    if depth >= DEPTH || percent_decode_str(&text).decode_utf8_lossy() != text && rounds == DEPTH {
        return Some(Err(TooDeep));
    }
    let kept = kept_text(&text, keep, depth + 1);
    (kept != text)
        .then(|| Ok((0..rounds).fold(kept, |text, _| utf8_percent_encode(&text, IN_VALUE).to_string())))
}

/// What is kept of text that may be an address, or a part of one.
fn kept_text(text: &str, keep: &Keep<'_>, depth: usize) -> String {
    let (before, fragment) = match text.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (text, None),
    };
    let mut out = match before.split_once('?') {
        Some((head, tail)) => {
            let mark = if tail.is_empty() { "?" } else { "" };
            let tail = kept(tail, keep, depth).map(|tail| format!("?{tail}"));
            format!("{head}{}", tail.as_deref().unwrap_or(mark))
        }
        None if before.contains(['&', ';']) => {
            let (sign, rest) =
                before.split_at_checked(usize::from(before.starts_with(['&', ';']))).unwrap_or(("", before));
            kept(rest, keep, depth).map(|rest| format!("{sign}{rest}")).unwrap_or_default()
        }
        None => before.to_owned(),
    };
    if let Some(fragment) = fragment {
        let kept = kept_fragment(fragment, keep, depth);
        if kept.is_some() || fragment.is_empty() {
            out.push('#');
        }
        out.push_str(&kept.unwrap_or_default());
    }
    out
}

/// The name of the parameter `part`, decoded as often as it is encoded, and in lower case.
fn name_of(part: &str) -> String {
    let mut name = decoded(part.split('=').next().unwrap_or_default());
    for _ in 0..DEPTH {
        if !name.contains('%') {
            break;
        }
        name = percent_decode_str(&name).decode_utf8_lossy().into_owned();
    }
    // Whoever encodes the equals sign as well has a name before it.
    name.split('=').next().unwrap_or_default().trim_start_matches('?').trim().to_lowercase()
}

/// A name or a value with its encoding undone once.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::parameters::Place;
    use super::*;
    use proptest::prelude::*;

    const PAGE: Keep<'_> = Keep { place: Place::Page, host: "shop.example", excluded: &[] };

    fn of(text: &str) -> String {
        query(text, &PAGE).unwrap_or_default()
    }

    #[test]
    fn parameters_are_found_wherever_a_server_finds_them() {
        for (sent, left) in [
            ("a=1&mkt_tok=x&b=2", "a=1&b=2"),
            ("a=1;mkt_tok=x;b=2", "a=1;b=2"),
            ("MKT_TOK=x&a=1", "a=1"),
            ("mc_eid[]=x&mc_eid%5B%5D=y&a=1", "a=1"),
            ("%6Dkt_tok=x&mkt%5Ftok=y&%256Dkt_tok=z&a=1", "a=1"),
            ("mkt_tok%3Dx&a=1", "a=1"),
            ("a=1&amp;mkt_tok=x&amp;amp;_kx=y", "a=1"),
            ("?mkt_tok=x&a=1", "a=1"),
            ("mkt_tok&a=1", "a=1"),
            ("a=1?mkt_tok=x", "a=1"),
            ("a=1%26mkt_tok%3Dx", "a=1"),
            ("550e8400-e29b-41d4-a716-446655440000", ""),
            ("tags=red;name;zip&b=2", "tags=red;name;zip&b=2"),
        ] {
            assert_eq!(of(sent), left, "{sent}");
        }
    }

    #[test]
    fn addresses_in_values_lose_the_same() {
        for (sent, left) in [
            ("url=https%3A%2F%2Fx.example%2F%3Fmkt_tok%3Dabc", "url=https%3A%2F%2Fx.example%2F"),
            ("u=https://x.example/?a=1%26_kx=y", "u=https%3A//x.example/%3Fa%3D1"),
            (
                "url=https%3A%2F%2Fx.example%2F%3Fb%3D1%26igsh%3Dabc&z=2",
                "url=https%3A//x.example/%3Fb%3D1&z=2",
            ),
            (
                "url=https%253A%252F%252Fx.example%252F%253Fb%253D1%2526igsh%253Dabc",
                "url=https%253A//x.example/%253Fb%253D1",
            ),
            ("url=https%3A%2F%2Fx.example%2F%23access_token%3Dabc", "url=https%3A//x.example/"),
            ("next=%2Fa%3Fb%3D1%23c", "next=%2Fa%3Fb%3D1%23c"),
        ] {
            assert_eq!(of(sent).replace("%2F", "/"), left.replace("%2F", "/"), "{sent}");
        }
        let mut deep = "mkt_tok=abc".to_owned();
        for _ in 0..12 {
            deep =
                format!("u={}", utf8_percent_encode(&format!("https://x.example/?{deep}"), NON_ALPHANUMERIC));
            assert!(!of(&deep).contains("mkt") && !of(&deep).contains("abc"), "{deep}");
        }
    }

    #[test]
    fn fragments_and_paths_lose_the_same() {
        let hash = |text: &str| fragment(text, &PAGE).unwrap_or_default();
        assert_eq!(hash("/route?mkt_tok=x"), "/route");
        assert_eq!(hash("/route?a=1&mkt_tok=x"), "/route?a=1");
        assert_eq!(hash("access_token=x&state=1"), "state=1");
        assert_eq!(hash("!/reset/9f86d081884c7d65"), "!/reset/[token]");
        assert_eq!(hash("part-2"), "part-2");
        for (sent, left) in [
            ("/a/mkt_tok=x", "/a/mkt_tok=x"),
            ("/a&mkt_tok=x&b=1", "/a&b=1"),
            ("/out/https%3A%2F%2Fx.example%2F%3Fmkt_tok%3Dx", "/out/https%3A//x.example/"),
            ("/a;v=2;jsessionid=1/b", "/a;v=2/b"),
            ("/50%25-off/caf%C3%A9", "/50%25-off/caf%C3%A9"),
        ] {
            assert_eq!(path(sent, &PAGE), left, "{sent}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "([a-z=&;?#%+é]|%3D|%26|%253F|mkt_tok|_kx=|amp;){0,40}") {
            let once = of(&text);
            prop_assert!(parts(&once).iter().all(|(_, part)| name_of(part) != "mkt_tok"));
            let _ = (fragment(&text, &PAGE), path(&text, &PAGE));
        }
    }
}
