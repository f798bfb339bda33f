//! Finding a site's own search in the address of a page.

use percent_encoding::percent_decode_str;

use crate::accounts::SiteSearch;
use crate::protocol::{Action, Params};

/// The search that a page is the result of, if it is one: the first of the site's parameters that says something, in the
/// query or else in the fragment.
pub(super) fn find(settings: &SiteSearch, page: &str, count: Option<u32>) -> Option<Action> {
    let (rest, fragment) = page.split_once('#').unwrap_or((page, ""));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let route = fragment.split_once('?').map_or(fragment, |(_, query)| query);
    [query, route].into_iter().find_map(|text| {
        let params = Params::parse(text.as_bytes());
        let keyword = first(&params, &settings.keywords)?;
        Some(Action::SiteSearch { keyword, category: first(&params, &settings.categories), count })
    })
}

/// The value of the first parameter that is given. Values that came encoded twice are decoded twice.
fn first(params: &Params, names: &[String]) -> Option<String> {
    let value = |name: &String| {
        let found = params.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).last()?;
        let value = percent_decode_str(found.1).decode_utf8().ok()?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    };
    names.iter().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyword(page: &str) -> Option<(String, Option<String>)> {
        let settings = SiteSearch { keywords: vec!["q".into(), "s".into()], categories: vec!["cat".into()] };
        match find(&settings, page, None)? {
            Action::SiteSearch { keyword, category, .. } => Some((keyword, category)),
            _ => None,
        }
    }

    #[test]
    fn searches_are_found_in_addresses() {
        assert_eq!(
            keyword("http://x/?q=red+shoes&cat=Shop"),
            Some(("red shoes".into(), Some("Shop".into())))
        );
        assert_eq!(keyword("http://x/?Q=Red"), Some(("Red".into(), None)));
        assert_eq!(keyword("http://x/#q=red"), Some(("red".into(), None)));
        assert_eq!(keyword("http://x/?s=b&q=a"), Some(("a".into(), None)));
        assert_eq!(keyword("http://x/?q="), None);
        assert_eq!(keyword("http://x/q=1"), None);
    }
}
