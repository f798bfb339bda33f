//! Checks of what people type.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Url;

use super::{AccountError, Result};
use crate::privacy::page_url;

/// Longest name, in characters.
const MAX_NAME: usize = 200;

/// Longest entry of a list, in characters.
const MAX_ENTRY: usize = 1_000;

/// Most entries of a list.
const MAX_ENTRIES: usize = 100;

/// A name for people: trimmed, not blank, not endless.
pub(super) fn name(text: &str) -> Result<&str> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(AccountError::Invalid(format!("a name has 1 to {MAX_NAME} characters")));
    }
    Ok(name)
}

/// An address that a browser can open, for a site or a banner.
pub(super) fn web_url(text: &str) -> Result<Url> {
    Url::parse(text.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .ok_or_else(|| {
            AccountError::Invalid(format!(
                "{text:?} is no web address: it must begin with https:// or http://"
            ))
        })
}

/// The address is sent as it stands, in a header: it must be a plain web address that needs no repair.
pub(super) fn destination(text: &str) -> Result<()> {
    web_url(text)?;
    let clean = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('\\');
    let authority = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    match clean && authority {
        true => Ok(()),
        false => {
            Err(AccountError::Invalid(format!("{text:?} is no web address that can be sent as it stands")))
        }
    }
}

/// A list that an operator typed: each entry checked, blank ones left out, none twice.
pub(super) fn list(entries: &[String], check: impl Fn(&str) -> Result<String>) -> Result<Vec<String>> {
    let mut checked = Vec::new();
    for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
        if entry.chars().count() > MAX_ENTRY || entry.chars().any(char::is_control) {
            return Err(AccountError::Invalid(format!(
                "an entry of a list has at most {MAX_ENTRY} characters"
            )));
        }
        let entry = check(entry)?;
        if !checked.contains(&entry) {
            checked.push(entry);
        }
    }
    match checked.len() <= MAX_ENTRIES {
        true => Ok(checked),
        false => Err(AccountError::Invalid(format!("a list has at most {MAX_ENTRIES} entries"))),
    }
}

/// A network, an address, or the beginning of one with stars (`192.0.2.*`), as a network.
pub(super) fn network(text: &str) -> Result<IpNet> {
    let plain = || text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)));
    let found = plain().or_else(|| starred(text)).map(|network| network.trunc());
    found.ok_or_else(|| {
        AccountError::Invalid(format!(
            "{text:?} is no address or network: write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
        ))
    })
}

/// `192.0.*.*` as `192.0.0.0/16`.
fn starred(text: &str) -> Option<IpNet> {
    let parts: Vec<&str> = text.split('.').collect();
    let stars = parts.iter().rev().take_while(|part| **part == "*").count();
    if parts.len() != 4 || stars == 0 {
        return None;
    }
    format!("{}/{}", text.replace('*', "0"), 32 - 8 * stars).parse().ok()
}

/// A referrer to leave out: a host, `.host` for all below it as well, either with the beginning of a path.
pub(super) fn referrer(text: &str) -> Result<String> {
    let invalid = || AccountError::Invalid(format!("{text:?} is no host: write it like pay.example.org"));
    let lower = text.to_lowercase();
    let bare = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let (dot, bare) = match bare.strip_prefix('*').unwrap_or(bare).strip_prefix('.') {
        Some(rest) => (".", rest),
        None => ("", bare),
    };
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let host = page_url::host(host).ok_or_else(invalid)?;
    let slash = if path.is_empty() { "" } else { "/" };
    Ok(format!("{dot}{host}{slash}{path}"))
}

/// A host as it is compared: of what a person writes, a whole address or a host with a port as well.
pub(super) fn host(text: &str) -> Result<String> {
    let plain =
        |host: &String| !host.contains(['*', '_']) && (host.contains(['.', ':']) || host == "localhost");
    let found = (!text.contains(['@', ' '])).then(|| page_url::host(text)).flatten().filter(plain);
    found.ok_or_else(|| {
        AccountError::Invalid(format!("{text:?} is not a valid host: write it like frames.example.org"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_as_people_write_them() {
        for (written, read) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.*", "192.0.2.0/24"),
            ("10.*.*.*", "10.0.0.0/8"),
            ("2001:db8::1/32", "2001:db8::/32"),
        ] {
            assert_eq!(network(written).unwrap().to_string(), read, "{written}");
        }
        for wrong in ["", "192.0.2", "192.*.2.1", "*", "*.*.*", "192.0.2.0/33", "office"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn referrers_are_hosts() {
        for (written, read) in [
            ("https://www.Pay.example/", "pay.example"),
            ("*.pay.example", ".pay.example"),
            (".pay.example", ".pay.example"),
            ("pay.example/Return", "pay.example/return"),
        ] {
            assert_eq!(referrer(written).unwrap(), read, "{written}");
        }
        assert!(referrer("https://").is_err());
        assert!(referrer("two words").is_err());
    }

    #[test]
    fn hosts_are_read_as_people_write_them() {
        for (written, read) in [
            ("Frames.Example.org", "frames.example.org"),
            ("https://www.frames.example.org:8443/x?y", "frames.example.org"),
            ("frames.example.org.", "frames.example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(host(written).unwrap(), read, "{written}");
        }
        for wrong in ["", "two words", "*.example.org", "news@example.org", "https://", "example", ".."] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_are_bounded() {
        let keep = |entry: &str| Ok(entry.to_owned());
        let some = ["a".to_owned(), " ".into(), "a".into(), " b".into()];
        assert_eq!(list(&some, keep).unwrap(), ["a", "b"]);
        let many: Vec<String> = (0..=MAX_ENTRIES).map(|number| number.to_string()).collect();
        assert!(list(&many, keep).is_err());
        assert!(list(&["x".repeat(MAX_ENTRY + 1)], keep).is_err());
    }
}
