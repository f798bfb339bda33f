//! Addresses of referring pages, as labels.

/// What a page without a path is called.
const INDEX: &str = "index";

/// Path and query of an address, without the first slash. What comes after `#` is no part of it.
pub(super) fn path(url: &str) -> String {
    let page = without_scheme(url).split('#').next().unwrap_or_default();
    let rest = page.find(['/', '?']).and_then(|at| page.get(at..)).unwrap_or_default();
    match rest.strip_prefix('/').unwrap_or(rest) {
        "" => INDEX.to_owned(),
        rest => rest.to_owned(),
    }
}

/// An address without `https://`.
pub(super) fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(path("http://example.org/a/b?x=1#top"), "a/b?x=1");
        assert_eq!(path("https://example.org?x=http://y/z"), "?x=http://y/z");
        assert_eq!(
            (path("https://example.org/").as_str(), path("https://example.org").as_str()),
            (INDEX, INDEX)
        );
        assert_eq!(without_scheme("https://t.co/id/?y=1"), "t.co/id/?y=1");
    }
}
