//! Finding a site's own search in the address of a page.

use encoding_rs::Encoding;
use percent_encoding::percent_decode;

use crate::accounts::SiteSearch;
use crate::privacy::clean;
use crate::protocol::Action;

/// Parameter that holds the number of results.
const COUNT: &str = "search_count";

/// The search that a page is the result of, if it is one: the first of the site's parameters that says something, in the
/// query or else in the fragment.
///
/// `count` is the number of results that came beside the address; `charset` what the page says that its address is in.
pub(super) fn find(
    settings: &SiteSearch,
    page: &str,
    count: Option<f64>,
    charset: Option<&str>,
) -> Option<Action> {
    let page = &*clean::without_numbered_entities(page);
    let (rest, fragment) = page.split_once('#').unwrap_or((page, ""));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let route = fragment.split_once('?').map_or(fragment, |(_, query)| query);
    let encoding =
        charset.and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(encoding_rs::UTF_8);
    [query, route].into_iter().find_map(|text| {
        let first = |names: &[String]| names.iter().find_map(|name| value(text, name, encoding));
        let keyword = first(&settings.keywords)?;
        let count = count.or_else(|| value(text, COUNT, encoding)?.parse().ok());
        Some(Action::SiteSearch { keyword, category: first(&settings.categories), count })
    })
}

/// The value of a parameter, if it says something; of a list (`name[]=`), the first entry.
fn value(query: &str, name: &str, encoding: &'static Encoding) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let is_named = |key: &str| {
        let key = decode(key, encoding);
        let bare = key.split_once('[').map_or(key.as_str(), |(bare, _)| bare);
        bare.trim().eq_ignore_ascii_case(name)
    };
    let found = pairs.rfind(|(key, _)| is_named(key))?;
    // What is in no charset says nothing.
    let value = decode(&clean::scrubbed(found.1), encoding)
        .replace(char::REPLACEMENT_CHARACTER, "")
        .trim()
        .to_owned();
    (!value.is_empty()).then_some(value)
}

fn decode(text: &str, encoding: &'static Encoding) -> String {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(page: &str, charset: Option<&str>) -> Option<(String, Option<String>, Option<f64>)> {
        let settings = SiteSearch { keywords: vec!["q".into(), "s".into()], categories: vec!["cat".into()] };
        match find(&settings, page, None, charset)? {
            Action::SiteSearch { keyword, category, count } => Some((keyword, category, count)),
            _ => None,
        }
    }

    fn keyword(page: &str) -> Option<String> {
        search(page, None).map(|(keyword, ..)| keyword)
    }

    #[test]
    fn searches_are_found_in_addresses() {
        let shop = search("http://x/?q=red+shoes&cat=%20Shop&search_count=3", None);
        assert_eq!(shop, Some(("red shoes".into(), Some("Shop".into()), Some(3.0))));
        assert_eq!(keyword("http://x/?Q=Red").as_deref(), Some("Red"));
        assert_eq!(keyword("http://x/?q[]=red").as_deref(), Some("red"));
        assert_eq!(keyword("http://x/#q=red").as_deref(), Some("red"));
        assert_eq!(keyword("http://x/?s=b&q=a").as_deref(), Some("a"));
        assert_eq!(keyword("http://x/?q="), None);
        assert_eq!(keyword("http://x/q=1"), None);
    }

    #[test]
    fn addresses_may_be_in_an_old_charset() {
        let found = search("http://x/?q=t%FCte", Some("iso-8859-15"));
        assert_eq!(found.map(|(keyword, ..)| keyword).as_deref(), Some("tüte"));
        assert!(search("http://x/?q=t%FCte", Some("no such charset")).is_some());
    }

    #[test]
    fn a_plus_is_part_of_an_email_address_before_it_is_a_blank() {
        assert_eq!(keyword("http://x/?q=jan+news@x.example").as_deref(), Some("[email]"));
        assert_eq!(keyword("http://x/?q=jan+news&#64;x.example").as_deref(), Some("[email]"));
        assert_eq!(keyword("http://x/?q=red+shoes").as_deref(), Some("red shoes"));
    }

    #[test]
    fn bytes_that_are_no_text_are_left_out() {
        assert_eq!(keyword("http://x/?q=word+%EC%E5%F8%EA").as_deref(), Some("word"));
        assert_eq!(keyword("http://x/?q=%EC%E5"), None);
    }
}
