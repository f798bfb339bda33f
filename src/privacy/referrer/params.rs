//! Parameters in the addresses of pages, and what may be kept of their values.

use std::borrow::Cow;

use url::form_urlencoded;

use crate::privacy::clean::{self, TEXT_CHARS};

/// Decoded parameters.
pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The parameters of a query. A plus is a blank in them, and may be part of an e-mail address: those go first.
pub(super) fn pairs(query: &str) -> Pairs<'_> {
    match clean::scrubbed(query) {
        Cow::Borrowed(query) => form_urlencoded::parse(query.as_bytes()).collect(),
        Cow::Owned(query) => form_urlencoded::parse(query.as_bytes()).into_owned().map(owned).collect(),
    }
}

fn owned<'a>((name, value): (String, String)) -> (Cow<'a, str>, Cow<'a, str>) {
    (name.into(), value.into())
}

/// The parameters in a fragment such as `#a=1` or `#/route?a=1`.
pub(super) fn fragment_pairs(fragment: &str) -> Pairs<'_> {
    pairs(fragment.split_once('?').map_or(fragment, |(_, query)| query))
}

/// The value of the first of `names` that is given, as it may be kept.
pub(super) fn first(pairs: &Pairs, names: &[&str]) -> Option<String> {
    let value = |name: &&str| {
        pairs.iter().find_map(|(key, value)| if key.eq_ignore_ascii_case(name) { label(value) } else { None })
    };
    names.iter().find_map(value)
}

/// A value as it may be kept: in lower case; `None` if it says nothing.
pub(super) fn label(value: &str) -> Option<String> {
    let lower = clean::without_entities(clean::given(value)?).to_lowercase();
    Some(clean::text(&lower, TEXT_CHARS)).filter(|label| !label.is_empty())
}
