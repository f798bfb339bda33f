//! Request parameters the way Matomo's clients expect them to be read.
//!
//! The rules are those of PHP's query parser, which all these clients were written against: `+` is a space, the last
//! of several equal names wins, dots and spaces in a name are underscores, and `a[b]=` makes a list, which no
//! parameter here accepts. Bytes that are not UTF-8 become replacement characters.

use std::borrow::Cow;

use crate::privacy::clean::given;

/// More parameters than any client sends; what is beyond is ignored (PHP's own limit is the same).
const MAX_PARAMS: usize = 1_000;

/// Parameters of one request, in the order they came.
#[derive(Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses a query string or a form body.
    pub fn parse(input: &[u8]) -> Params {
        let mut params = Params::default();
        params.extend(input);
        params
    }

    /// The values of a list, `name[]=` or `name[0]=`, in the order they came.
    pub fn list(input: &[u8], name: &str) -> Vec<String> {
        let pairs = input.split(|&b| b == b'&').take(MAX_PARAMS);
        let halves = pairs.filter_map(|pair| {
            let mut halves = pair.splitn(2, |&b| b == b'=');
            Some((decode(halves.next()?), halves.next()?))
        });
        let is_item = |key: &str| {
            key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
        };
        halves.filter(|(key, _)| is_item(key)).map(|(_, value)| decode(value).into_owned()).collect()
    }

    /// Adds the parameters of `input`; they win over those that are there, also when there are too many of both.
    pub fn extend(&mut self, input: &[u8]) {
        let pairs = input.split(|&b| b == b'&').filter(|pair| !pair.is_empty()).take(MAX_PARAMS);
        let fresh: Vec<_> = pairs.filter_map(pair).collect();
        self.0.truncate(MAX_PARAMS - fresh.len());
        self.0.extend(fresh);
    }

    /// Adds one parameter; it wins over an equal name.
    pub fn push(&mut self, name: String, value: String) {
        if self.0.len() < MAX_PARAMS {
            self.0.push((name, value));
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a parameter as it came, blank or not.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The trimmed text of a parameter; blank texts and what JavaScript prints for "nothing" are absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(given)
    }

    /// A whole number; anything else is absent.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A finite number; anything else is absent.
    pub fn float(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// Whether a parameter is the number 1.
    pub fn flag(&self, name: &str) -> bool {
        self.int(name) == Some(1)
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn pair(pair: &[u8]) -> Option<(String, String)> {
    let mut halves = pair.splitn(2, |&b| b == b'=');
    let name = decode(halves.next()?);
    let value = decode(halves.next().unwrap_or_default());
    if name.contains('[') {
        return None;
    }
    Some((name.replace(['.', ' '], "_"), value.into_owned()))
}

fn decode(input: &[u8]) -> Cow<'_, str> {
    if !input.iter().any(|b| matches!(b, b'+' | b'%')) {
        return String::from_utf8_lossy(input);
    }
    let spaced: Vec<u8> = input.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    let bytes: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
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
        assert_eq!(
            Params::list(b"list[]=1&list%5B7%5D=a%26b&list=2&list[=3&other[]=4&list[]", "list"),
            ["1", "a&b"]
        );
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
