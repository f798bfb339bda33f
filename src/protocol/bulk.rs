//! Several tracking requests in one body.
//!
//! Recognised by the word `"requests"` in the body whatever the content type says, since matomo.js sends it as a form.
//! Entries come in three forms: `?a=b&c=d`, an absolute address with such a query, or an object of names and values.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Params;

/// Whether a body is bulk JSON.
pub fn is_bulk(body: &[u8]) -> bool {
    [&b"\"requests\""[..], b"'requests'"].iter().any(|word| find(body, word).is_some_and(|at| at > 0))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A bulk body whose entries are yet to be read.
#[derive(Deserialize)]
pub struct Bulk<'a> {
    #[serde(borrow)]
    requests: &'a RawValue,
    token_auth: Option<Value>,
    send_image: Option<Value>,
}

impl<'a> Bulk<'a> {
    /// Begins to read a body; `None` when it is not the JSON that it should be.
    pub fn parse(body: &'a str) -> Option<Bulk<'a>> {
        serde_json::from_str(body).ok()
    }

    /// Token for all entries that bring none of their own.
    pub fn token(&self) -> Option<String> {
        self.token_auth.as_ref().and_then(scalar)
    }

    /// Whether the client wants no body in the answer.
    pub fn is_silent(&self) -> bool {
        self.send_image.as_ref().is_some_and(is_falsy)
    }

    /// Reads one entry after the other, as there may be a hundred thousand; false as soon as `each` is, and when one is
    /// not the JSON that it should be. Texts without a `?` say nothing, and are left out as Matomo does.
    pub fn entries(&self, each: impl FnMut(&Params<'_>) -> bool) -> bool {
        Entries(each).deserialize(self.requests).is_ok()
    }
}

/// Passes the entries of a list on.
struct Entries<F>(F);

impl<'de, F: FnMut(&Params<'_>) -> bool> DeserializeSeed<'de> for Entries<F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, list: D) -> Result<(), D::Error> {
        list.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&Params<'_>) -> bool> Visitor<'de> for Entries<F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of requests")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element::<Entry<'_>>()? {
            if entry.params().is_some_and(|params| !(self.0)(&params)) {
                return Err(A::Error::custom("no more is wanted"));
            }
        }
        Ok(())
    }
}

/// One entry.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Fields(BTreeMap<String, Value>),
    Other(IgnoredAny),
}

impl Entry<'_> {
    fn params(&self) -> Option<Params<'_>> {
        match self {
            Entry::Text(text) => text.split_once('?').map(|(_, query)| Params::parse(query.as_bytes())),
            Entry::Fields(fields) => {
                let mut params = Params::default();
                for (name, value) in fields {
                    if let Some(value) = scalar(value) {
                        params.push(name, value);
                    }
                }
                Some(params)
            }
            Entry::Other(_) => None,
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(u8::from(*flag).to_string()),
        _ => None,
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::String(text) => text.is_empty() || text == "0",
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_of_an_entry() {
        let body = br#"{"requests":["?idsite=1&a=x","http:\/\/h\/matomo.php?idsite=2",{"idsite":3,"b":true},"junk",7],
            "token_auth":"T","send_image":0}"#;
        assert!(is_bulk(body));
        let bulk = Bulk::parse(str::from_utf8(body).unwrap()).unwrap();
        assert_eq!(sites(&bulk, 9), (vec![1, 2, 3], true));
        assert_eq!(sites(&bulk, 2), (vec![1, 2], false));
        assert_eq!(bulk.token().as_deref(), Some("T"));
        assert!(bulk.is_silent());
    }

    /// The sites of the entries up to number `most`, and whether all were read.
    fn sites(bulk: &Bulk<'_>, most: usize) -> (Vec<i64>, bool) {
        let mut sites = Vec::new();
        let is_whole = bulk.entries(|params| {
            sites.extend(params.int("idsite"));
            sites.len() < most
        });
        (sites, is_whole)
    }

    #[test]
    fn broken_json_is_told_from_no_entries() {
        assert!(Bulk::parse(r#"{"requests":["?a=1""#).is_none());
        let of = |body| sites(&Bulk::parse(body).unwrap(), 9);
        assert_eq!(of(r#"{"requests":7}"#), (vec![], false));
        assert_eq!(of(r#"{"requests":["?idsite=4","\ud800",7]}"#), (vec![4], false));
        assert_eq!(of(r#"{"requests":[]}"#), (vec![], true));
    }

    #[test]
    fn the_word_alone_at_the_start_is_not_bulk() {
        assert!(!is_bulk(b"\"requests\""));
        assert!(!is_bulk(b"idsite=1"));
    }
}
