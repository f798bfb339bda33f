//! Several tracking requests in one body.
//!
//! Recognised by the word `"requests"` in the body whatever the content type says, since matomo.js sends it as a form.
//! Entries come in three forms: `?a=b&c=d`, an absolute address with such a query, or an object of names and values.

use serde::Deserialize;
use serde_json::Value;

use super::Params;

/// Whether a body is bulk JSON.
pub fn is_bulk(body: &[u8]) -> bool {
    [&b"\"requests\""[..], b"'requests'"].iter().any(|word| find(body, word).is_some_and(|at| at > 0))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A parsed bulk body.
pub struct Bulk {
    /// The entries that say anything; texts without a `?` don't, and are left out as Matomo does.
    pub requests: Vec<Params>,
    /// Token for all entries that bring none of their own.
    pub token: Option<String>,
    /// Whether the client wants no body in the answer.
    pub silent: bool,
}

#[derive(Deserialize)]
struct Body {
    requests: Vec<Value>,
    token_auth: Option<Value>,
    send_image: Option<Value>,
}

impl Bulk {
    /// Parses a body; `None` when it is not the JSON that it should be.
    pub fn parse(body: &[u8]) -> Option<Bulk> {
        let text = String::from_utf8_lossy(body);
        let body: Body = serde_json::from_str(&text).ok()?;
        Some(Bulk {
            requests: body.requests.iter().filter_map(entry).collect(),
            token: body.token_auth.as_ref().and_then(scalar),
            silent: body.send_image.as_ref().is_some_and(is_falsy),
        })
    }
}

fn entry(value: &Value) -> Option<Params> {
    match value {
        Value::String(text) => text.split_once('?').map(|(_, query)| Params::parse(query.as_bytes())),
        Value::Object(fields) => {
            let mut params = Params::default();
            for (name, value) in fields {
                if let Some(value) = scalar(value) {
                    params.push(name.clone(), value);
                }
            }
            Some(params)
        }
        _ => None,
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
        let bulk = Bulk::parse(body).unwrap();
        let sites: Vec<_> = bulk.requests.iter().map(|p| p.int("idsite").unwrap()).collect();
        assert_eq!(sites, [1, 2, 3]);
        assert_eq!(bulk.token.as_deref(), Some("T"));
        assert!(bulk.silent);
    }

    #[test]
    fn broken_json_is_none() {
        assert!(Bulk::parse(br#"{"requests":["?a=1""#).is_none());
        assert!(Bulk::parse(br#"{"requests":7}"#).is_none());
    }

    #[test]
    fn the_word_alone_at_the_start_is_not_bulk() {
        assert!(!is_bulk(b"\"requests\""));
        assert!(!is_bulk(b"idsite=1"));
    }
}
