//! Addresses of pages and links, reduced to what a report shows.
//!
//! One page has many addresses: with and without `www.`, by http and https, with a session in its query. [`page`] gives
//! all of them one host and one path. What names a person (user names, fragments, parameters such as `email`) is left
//! out, and what is left goes through [`clean::text`].

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::clean::{self, URL_CHARS};
use super::parameters::{Keep, Place};
use super::{query, translated};
use crate::accounts::Rule;

/// A page of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageUrl {
    /// Lower case, without `www.` and without the ports 80 and 443; international names as they are sent (`xn--`).
    pub host: String,
    /// Path and query, readable (percent-encoding undone where that is safe) and clean. Begins with `/`; at most
    /// [`URL_CHARS`] characters.
    pub path: String,
}

/// The page that `raw` is the address of. `None` unless it is a URL of http or https, or one without a scheme
/// (`//example.org/`).
///
/// Parameters that the site has `excluded` are left out as well; the fragment is kept if the site wants that.
#[must_use]
pub fn page(raw: &str, excluded: &[Rule], keep_fragment: bool) -> Option<PageUrl> {
    page_of(&parse(raw)?, excluded, keep_fragment)
}

/// As [`page`], of what has been parsed.
pub(super) fn page_of(url: &Url, excluded: &[Rule], keep_fragment: bool) -> Option<PageUrl> {
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let own = bare_host(url)?;
    let keep = Keep { place: Place::Page, host: &own, excluded };
    let mut path = readable_path(url);
    if let Some(query) = url.query().and_then(|text| query::query(text, &keep)) {
        path.push('?');
        // A plus is a blank here, and may be part of an e-mail address: those go first.
        path.push_str(&readable(&clean::scrubbed(&query).replace('+', " "), "&=#%+"));
    }
    if let Some(fragment) =
        url.fragment().filter(|_| keep_fragment).and_then(|text| query::fragment(text, &keep))
    {
        path.push('#');
        path.push_str(&readable(fragment.strip_suffix('#').unwrap_or(&fragment), "&=#%+"));
    }
    let host = authority(url, &[80, 443])?;
    Some(PageUrl { host, path: clean::text(&path, URL_CHARS) })
}

/// How an address begins: 0 `http://`, 1 `http://www.`, 2 `https://`, 3 `https://www.`. Pages are one whatever it is; a
/// link to them needs it.
pub(super) fn prefix(url: &Url) -> u32 {
    let has_www = url.host_str().is_some_and(|host| host.starts_with("www."));
    u32::from(has_www) + if url.scheme() == "https" { 2 } else { 0 }
}

/// The address of a page on another site, readable and clean, with or without its query; `raw` is how it was sent.
pub(super) fn address(raw: &str, with_query: bool) -> Option<String> {
    const BEGINNINGS: [&str; 4] = ["http://", "http://www.", "https://", "https://www."];
    let url = parse_referrer(raw)?;
    let page = page_of(&url, &[], false)?;
    let beginning = BEGINNINGS.get(prefix(&url) as usize)?;
    let path = page.path.split_once('?').filter(|_| !with_query).map_or(page.path.as_str(), |(path, _)| path);
    let path = if has_path(raw) { path } else { path.trim_start_matches('/') };
    Some(format!("{beginning}{}{path}", clean::text(&page.host, URL_CHARS)))
}

/// Whether an address has a path, be it `/`: what leads to other sites keeps the spelling that it was sent in.
fn has_path(raw: &str) -> bool {
    let rest = raw.split_once("//").map_or(raw, |(_, rest)| rest);
    rest.chars().find(|c| matches!(c, '/' | '?' | '#')) == Some('/')
}

/// The target of an outlink or a download as it may be kept: scheme, host, path, query and fragment. `None` unless its scheme is
/// http, https or ftp; `mailto:` and `tel:` name a person.
///
/// A numeric host may be a visitor's address and goes, unless it is one of the site's `own`.
#[must_use]
pub fn link(raw: &str, own: &[String]) -> Option<String> {
    let raw = &*clean::without_numbered_entities(raw);
    let url = parse(raw)?;
    if !matches!(url.scheme(), "http" | "https" | "ftp") {
        return None;
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let bare = bare_host(&url)?;
    let keep = Keep { place: Place::Link, host: &bare, excluded: &[] };
    let host = if own.contains(&bare) {
        url.host_str()?.to_owned()
    } else {
        clean::text(url.host_str()?, URL_CHARS)
    };
    let origin = format!("{}://{host}{port}", url.scheme());
    let mut path = if has_path(raw) { query::path(url.path(), &keep).into_owned() } else { String::new() };
    if let Some(query) = url.query().and_then(|text| query::query(text, &keep)) {
        path.push('?');
        path.push_str(&query);
    }
    // As sent: what looks like markup in it is text to everybody who shows it.
    let fragment = raw.split_once('#').map(|(_, fragment)| fragment);
    if let Some(fragment) = fragment.and_then(|text| query::fragment(text, &keep)) {
        path.push('#');
        path.push_str(&fragment);
    }
    let room = URL_CHARS.saturating_sub(origin.chars().count());
    Some(origin + &clean::text(&path, room))
}

/// The host of a URL, or of a bare `host:port`: lower case, without `www.` and port.
#[must_use]
pub fn host(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let url = if raw.contains("//") { parse(raw)? } else { Url::parse(&format!("http://{raw}")).ok()? };
    bare_host(&url)
}

/// The host of `url`, lower case, without `www.` and a final dot.
pub(super) fn bare_host(url: &Url) -> Option<String> {
    let mut host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    if host.strip_prefix("www.").is_some_and(|rest| rest.contains('.')) {
        host.drain(.."www.".len());
    }
    (!host.is_empty()).then_some(host)
}

/// `raw` as a URL with a host; blanks and line breaks around and inside of it do not count, nor do the HTML entities
/// that careless templates leave. A translation is the page that was translated.
pub(super) fn parse(raw: &str) -> Option<Url> {
    let given = clean::given(raw)?;
    let mut line = clean::visible(given);
    if line.contains("&amp;") {
        line = line.replace("&amp;", "&").into();
    }
    if line.contains("&#") {
        line = clean::without_numbered_entities(&line).into_owned().into();
    }
    if line.starts_with("//") {
        line = format!("https:{line}").into();
    }
    let url = Url::parse(&line).ok()?;
    let named = match url.host()? {
        Host::Domain(name) => !name.is_empty(),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    named.then(|| translated::undone(url))
}

/// As [`parse`], of a page that somebody came from.
pub(super) fn parse_referrer(raw: &str) -> Option<Url> {
    parse(raw).map(translated::undone_frame)
}

/// The path of `url` without sessions and keys, as it is shown; not clean yet.
pub(super) fn readable_path(url: &Url) -> String {
    let keep = Keep { place: Place::Page, host: url.host_str().unwrap_or_default(), excluded: &[] };
    readable(&query::path(url.path(), &keep), "/?#%;")
}

/// Host and port, without the ports that say nothing.
fn authority(url: &Url, silent_ports: &[u16]) -> Option<String> {
    let host = bare_host(url)?;
    Some(match url.port().filter(|port| !silent_ports.contains(port)) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// `encoded` with percent-encoding undone where what it stands for is UTF-8 that can be read; `reserved` characters stay
/// encoded, as they would change the meaning.
fn readable(encoded: &str, reserved: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((before, from)) = rest.find('%').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let (run, after) = from.split_at_checked(encoded_length(from)).unwrap_or((from, ""));
        if run.is_empty() {
            out.push('%');
            rest = from.strip_prefix('%').unwrap_or_default();
            continue;
        }
        push_decoded(&mut out, run, reserved);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// How many bytes at the beginning of `text` are percent-encoded bytes (`%41%42`).
fn encoded_length(text: &str) -> usize {
    let whole =
        |three: &[u8]| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    text.as_bytes().chunks(3).take_while(|three| whole(three)).count() * 3
}

/// Appends what `run`, percent-encoded bytes alone, stands for.
fn push_decoded(out: &mut String, run: &str, reserved: &str) {
    let bytes: Vec<u8> = percent_decode_str(run).collect();
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return out.push_str(run);
    };
    for c in text.chars() {
        if reserved.contains(c) || clean::is_hidden(c) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                out.push_str(percent_encoding::percent_encode_byte(byte));
            }
        } else {
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(raw: &str) -> String {
        page(raw, &[], false).map(|page| page.host + &page.path).unwrap_or_default()
    }

    #[test]
    fn sites_leave_parameters_out() {
        let rules: Vec<Rule> = ["Ref", "/^v[0-9]+$/"].into_iter().filter_map(Rule::parse).collect();
        let path = |raw: &str| page(raw, &rules, false).map(|page| page.path).unwrap_or_default();
        assert_eq!(path("https://e.org/?REF=1&v12=2&reference=3&v=4&rEf"), "/?reference=3&v=4");
        assert_eq!(path("https://e.org/?ref=1"), "/");
    }

    #[test]
    fn sites_keep_fragments() {
        let rules: Vec<Rule> = Rule::parse("ref").into_iter().collect();
        for (raw, kept) in [
            ("https://e.org/#/shop/1", "/#/shop/1"),
            ("https://e.org/?a=1#part%20two", "/?a=1#part two"),
            ("https://e.org/#access_token=x&page=2&ref=3", "/#page=2"),
            ("https://e.org/#/route?ref=1&email=jan&b=2", "/#/route?b=2"),
            ("https://e.org/#/route?ref=1", "/#/route"),
            ("https://e.org/#token=1", "/"),
            ("https://e.org/#jan@e.org", "/#[email]"),
            ("https://e.org/#", "/"),
            ("https://e.org/home#a#", "/home#a"),
        ] {
            let path = page(raw, &rules, true).map(|page| page.path).unwrap_or_default();
            assert_eq!(path, kept, "{raw}");
        }
    }

    #[test]
    fn one_page_has_one_key() {
        for raw in [
            "http://example.org/a?b=1",
            "https://www.example.org/a?b=1",
            "//EXAMPLE.org/a?b=1#part",
            "https://jan:secret@example.org:443/a?b=1",
            "https://example.org:80/a?b=1&",
            " https://example.org/a;jsessionid=F00?b=1 ",
            "https://example.org/a?PHPSESSID=9&b=1&gclid=x&utm_source=n&utm_other=1",
            "https://example.org/a?fbclid=1&amp;b=1&amp;MTM_Campaign=x&token_auth=1",
            "https://example.org/a?gclid=1&#038;b=1&#x26;_kx=x",
            "https://example.org/a?b=1&c=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x",
            "https://example-org.translate.goog/a?b=1&_x_tr_sl=auto&_x_tr_tl=nl",
            "https://example.org/a?e-mail=x&user%5Bname%5D=Jan&billing_email=a&b=1&form.tel=5&Password=1",
        ] {
            assert_eq!(shown(raw), "example.org/a?b=1", "{raw}");
        }
    }

    /// What the trackers take for one page, and where they see another.
    #[derive(serde::Deserialize)]
    struct Change {
        before: String,
        after: String,
        how: String,
        view: bool,
        why: String,
        #[serde(default)]
        hash: bool,
    }

    #[test]
    fn trackers_and_server_split_pages_alike() {
        let table: Vec<Change> = serde_json::from_str(include_str!("../../tests/same_page.json")).unwrap();
        // What a filter writes over an address is another page to the server, and no view to the tracker.
        let visited = table.iter().filter(|change| change.how == "push" || change.view);
        let mut seen = 0;
        for Change { before, after, view, why, hash, .. } in visited {
            let shown = |raw: &str| page(raw, &[], *hash).unwrap();
            assert_eq!(shown(before) != shown(after), *view, "{before} to {after}: {why}");
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn labels_are_readable() {
        for (raw, label) in [
            ("http://example.org", "example.org/"),
            (
                "http://example.org/Index.htm?parameter=Should%20display",
                "example.org/Index.htm?parameter=Should display",
            ),
            ("http://example.org/?q=a+b%2Bc%26d", "example.org/?q=a b%2Bc%26d"),
            ("http://example.org/gr%C3%BC%C3%9Fe/%2F/%FF/%00", "example.org/grüße/%2F/%FF/%00"),
            ("http://example.org/100%/x", "example.org/100%/x"),
            ("http://example.org:8080/a/;v=2/", "example.org:8080/a/;v=2/"),
            ("http://www.nl/x", "www.nl/x"),
            ("http://localhost:5000/?b=2&a=1", "localhost:5000/?b=2&a=1"),
        ] {
            assert_eq!(shown(raw), label, "{raw}");
        }
    }

    #[test]
    fn people_are_left_out() {
        assert_eq!(shown("https://e.org/u/jan%40e.org?q=jan%2540e.org"), "e.org/u/[email]?q=[email]");
        assert_eq!(shown("https://e.org/?from=203.0.113.9&x=2001:db8::1"), "e.org/?from=[ip]&x=[ip]");
        assert_eq!(shown("https://e.org/u/jan&#64;e.org?m=jan+news@e.org"), "e.org/u/[email]?m=[email]");
        assert_eq!(shown("https://e.org/reset/9f86d081884c7d65"), "e.org/reset/[token]");
        assert_eq!(shown("https://e.org/?ua=Mozilla/5.0%20(X11)&z=1"), "e.org/?ua=[agent]&z=1");
    }

    #[test]
    fn other_things_are_no_pages() {
        for raw in [
            "",
            "undefined",
            "/relative?a=1",
            "mailto:a@b.nl",
            "file:///etc/passwd",
            "ftp://e.org/",
            "http://",
        ] {
            assert_eq!(page(raw, &[], true), None, "{raw}");
        }
    }

    #[test]
    fn links_keep_their_query_but_no_person() {
        for (raw, kept) in [
            (
                "HTTPS://www.Example.org/File.zip?v=2&sid=1&utm_source=a#x",
                "https://www.example.org/File.zip?v=2&utm_source=a#x",
            ),
            ("ftp://jan:secret@files.example.org/a%20b", "ftp://files.example.org/a%20b"),
            ("http://e.org:8080/?m=jan%40e.org", "http://e.org:8080/?m=[email]"),
            ("//e.org", "https://e.org"),
            ("http://e.org/", "http://e.org/"),
            ("http://E.org?a=1", "http://e.org?a=1"),
            ("http://e.org/#access_token=abc&a=1", "http://e.org/#a=1"),
            ("http://e.org/f.zip?v=2&uid=jan&form[name]=jan", "http://e.org/f.zip?v=2"),
            ("http://203.0.113.9:8080/a", "http://[ip]:8080/a"),
            ("https://203.0.113.9.e.org/", "https://[ip].e.org/"),
        ] {
            assert_eq!(link(raw, &[]).as_deref(), Some(kept));
        }
        for raw in
            ["mailto:jan@e.org", "tel:+31201234567", "javascript:alert(1)", "data:text/html,x", "null", "/a"]
        {
            assert_eq!(link(raw, &[]), None, "{raw}");
        }
    }

    #[test]
    fn pages_of_other_sites_are_written_as_they_were_sent() {
        for (raw, with_query, kept) in [
            ("http://www.E.org", false, "http://www.e.org"),
            ("https://e.org/", false, "https://e.org/"),
            ("https://e.org/a%20b?c=1", false, "https://e.org/a b"),
            ("https://e.org?c=1", true, "https://e.org?c=1"),
        ] {
            assert_eq!(address(raw, with_query).as_deref(), Some(kept));
        }
    }

    #[test]
    fn hosts_of_urls_and_bare_hosts() {
        assert_eq!(host("https://WWW.Example.org:8080/x").as_deref(), Some("example.org"));
        assert_eq!(host("Example.org:81").as_deref(), Some("example.org"));
        assert_eq!(host(""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_taken(raw in "(https?://)?[ -~é%]{0,80}") {
            if let Some(page) = page(&raw, &[], true) {
                prop_assert!(page.path.starts_with('/'));
                prop_assert!(page.path.chars().count() <= URL_CHARS);
                prop_assert!(!page.host.is_empty());
            }
            prop_assert!(link(&raw, &[]).is_none_or(|link| link.contains("://")));
        }
    }
}
