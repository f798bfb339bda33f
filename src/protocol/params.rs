//! Request parameters the way Matomo's clients expect them to be read.
//!
//! The rules are those of PHP's query parser, which all these clients were written against: `+` is a space, the last
//! of several equal names wins, dots and spaces in a name are underscores, and `a[b]=` makes a list, which no
//! parameter of a hit accepts. Bytes that are not UTF-8 become replacement characters, which cleaning leaves out.

use std::borrow::Cow;

use super::amount::amount;
use crate::privacy::clean::given;

/// More parameters than any client sends; what is beyond is ignored (PHP's own limit is the same).
const MAX_PARAMS: usize = 1_000;

/// Parameters of one request, in the order they came. What needs no decoding stays where it came.
#[derive(Default)]
pub struct Params<'a> {
    plain: Vec<Pair<'a>>,
    lists: Vec<Pair<'a>>,
}

/// Name and value.
type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

impl<'a> Params<'a> {
    /// Parses a query string or a form body.
    pub fn parse(input: &'a [u8]) -> Params<'a> {
        let mut params = Params::default();
        params.extend(input);
        params
    }

    /// Adds the parameters of `input`; they win over those that are there, also when there are too many of both.
    pub fn extend(&mut self, input: &'a [u8]) {
        let pairs = input.split(|&b| b == b'&').filter(|pair| !pair.is_empty()).take(MAX_PARAMS);
        let (fresh, entries): (Vec<_>, Vec<_>) = pairs.map(pair).partition(|(name, _)| !name.contains('['));
        self.plain.truncate(MAX_PARAMS - fresh.len());
        self.plain.extend(fresh);
        let room = MAX_PARAMS.saturating_sub(self.lists.len());
        self.lists.extend(entries.into_iter().filter_map(entry).take(room));
    }

    /// Adds one parameter; it wins over an equal name.
    pub fn push(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        if self.plain.len() < MAX_PARAMS {
            self.plain.push((name.into(), value.into()));
        }
    }

    /// The same, on their own.
    pub fn into_owned(self) -> Params<'static> {
        let owned = |pairs: Vec<Pair<'_>>| {
            let pairs = pairs.into_iter();
            pairs.map(|(name, value)| (name.into_owned().into(), value.into_owned().into())).collect()
        };
        Params { plain: owned(self.plain), lists: owned(self.lists) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// The text of a parameter as it came, blank or not.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.plain.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_ref())
    }

    /// The trimmed text of a parameter; blank texts and what JavaScript prints for "nothing" are absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(given)
    }

    /// The entries of a list: `name[]=a&name[]=b`, with or without numbers, or `name=a,b`. Absent when neither came.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let entries: Vec<String> = self
            .lists
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.trim().to_owned())
            .collect();
        if !entries.is_empty() {
            return Some(entries);
        }
        self.raw(name).map(|text| text.split(',').map(|entry| entry.trim().to_owned()).collect())
    }

    /// A whole number; anything else is absent.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A finite number; anything else is absent.
    pub fn float(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// A number as clients write it (see [`amount`]): infinite or none as well, so that who judges it can count that.
    pub fn amount(&self, name: &str) -> Option<f64> {
        amount(self.text(name)?)
    }

    /// Whether a parameter is the number 1.
    pub fn flag(&self, name: &str) -> bool {
        self.int(name) == Some(1)
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.plain.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

fn pair(pair: &[u8]) -> Pair<'_> {
    let mut halves = pair.splitn(2, |&b| b == b'=');
    let name = decode(halves.next().unwrap_or_default());
    let value = decode(halves.next().unwrap_or_default());
    match name.contains(['.', ' ']) {
        true => (name.replace(['.', ' '], "_").into(), value),
        false => (name, value),
    }
}

/// An entry of a list, under the list's name.
fn entry<'a>((name, value): Pair<'a>) -> Option<Pair<'a>> {
    let (list, _) = name.split_once('[')?;
    Some((list.to_owned().into(), value))
}

fn decode(input: &[u8]) -> Cow<'_, str> {
    if !input.iter().any(|b| matches!(b, b'+' | b'%')) {
        return String::from_utf8_lossy(input);
    }
    let mut bytes = Vec::with_capacity(input.len());
    for (index, word) in input.split(|&b| b == b'+').enumerate() {
        bytes.extend((index > 0).then_some(b' '));
        bytes.extend(percent_encoding::percent_decode(word));
    }
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_php_does() {
        let params = Params::parse(b"a=1&a=2&b+c=x%20y+z&d.e=&list[]=1&f&%C3%A9=%FF");
        assert_eq!(params.raw("a"), Some("2"));
        assert_eq!(params.raw("b_c"), Some("x y z"));
        assert_eq!(params.raw("d_e"), Some(""));
        assert_eq!(params.raw("f"), Some(""));
        assert_eq!(params.raw("é"), Some("\u{fffd}"));
        assert_eq!(params.raw("list[]"), None);
    }

    #[test]
    fn lists_are_written_in_three_ways() {
        let urls = |query: &str| Params::parse(query.as_bytes()).list("urls").map(|list| list.join(" "));
        assert_eq!(urls("urls[]=a&urls[]=b").as_deref(), Some("a b"));
        assert_eq!(urls("urls%5B0%5D=a&x[]=1&urls%5B1%5D=b,c").as_deref(), Some("a b,c"));
        assert_eq!(urls("urls=a,%20b").as_deref(), Some("a b"));
        assert_eq!(urls("urls=").as_deref(), Some(""));
        assert_eq!(urls("url=a"), None);
    }

    #[test]
    fn what_came_later_wins() {
        let mut params = Params::parse(b"url=body&x=1");
        params.extend(b"url=query");
        assert_eq!(params.raw("url"), Some("query"));
        assert_eq!(params.raw("x"), Some("1"));
    }

    #[test]
    fn nothing_is_not_a_value() {
        let params = Params::parse(b"a=undefined&b=+&c=NaN&d=7&e=1e3&f=inf");
        assert_eq!(params.text("a"), None);
        assert_eq!(params.text("b"), None);
        assert_eq!(params.text("c"), None);
        assert_eq!(params.int("d"), Some(7));
        assert_eq!(params.float("e"), Some(1000.0));
        assert_eq!(params.float("f"), None);
    }

    #[test]
    fn ten_thousand_parameters_are_cut() {
        let query = "x=1&".repeat(10_000);
        let mut params = Params::parse(query.as_bytes());
        assert_eq!(params.iter().count(), MAX_PARAMS);
        params.extend(b"idsite=1");
        assert_eq!((params.iter().count(), params.int("idsite")), (MAX_PARAMS, Some(1)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(input: Vec<u8>) {
            let params = Params::parse(&input);
            proptest::prop_assert!(params.iter().all(|(name, _)| params.raw(name).is_some()));
        }
    }
}
