//! The ways in which one address may be written.
//!
//! Browsers send an address encoded (`/danke-sch%C3%B6n`, `xn--mnchen-3ya.example`), reports show it readable, and an
//! operator copies the pattern of a goal from either. So patterns and addresses are compared in each of these spellings.

use percent_encoding::percent_decode_str;
use url::quirks::domain_to_unicode;

/// An address as it is, and every other way to read it; all differ.
pub(super) fn of_address(address: &str) -> Vec<String> {
    let decoded = percent_decode_str(address).decode_utf8_lossy().into_owned();
    let spaced = percent_decode_str(&address.replace('+', " ")).decode_utf8_lossy().into_owned();
    let unescaped = decoded.replace("&amp;", "&");
    let mut spellings = vec![address.to_owned()];
    for spelling in
        [decoded, spaced, unescaped].into_iter().flat_map(|text| [with_readable_hosts(&text), text])
    {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// Hosts in their own script instead of in ASCII's.
fn with_readable_hosts(text: &str) -> String {
    let is_in_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let mut readable = String::with_capacity(text.len());
    for part in text.split_inclusive(|c| !is_in_host(c)) {
        let host = part.trim_end_matches(|c| !is_in_host(c));
        let rest = part.get(host.len()..).unwrap_or_default();
        match host.to_ascii_lowercase().contains("xn--") {
            true => readable.push_str(&domain_to_unicode(host)),
            false => readable.push_str(host),
        }
        readable.push_str(rest);
    }
    readable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_every_way() {
        let has = |address: &str, spelling: &str| of_address(address).iter().any(|found| found == spelling);
        assert!(has("/danke-sch%c3%b6n", "/danke-schön"));
        assert!(has("/?q=red+shoes", "/?q=red shoes") && has("/?q=red+shoes", "/?q=red+shoes"));
        assert!(has("https://xn--mnchen-3ya.example/%C3%BC", "https://münchen.example/ü"));
        assert!(has("/?a=1&amp;b=2", "/?a=1&b=2"));
        assert_eq!(of_address("https://shop.example/a"), ["https://shop.example/a"]);
        assert!(has("/%ff%", "/\u{fffd}%"));
    }
}
