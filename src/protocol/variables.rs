//! Custom dimensions (`dimension3=gold`) and custom variables (`cvar`, `_cvar`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::Params;
use super::hit::Variable;
use crate::privacy::clean::given;

/// Most dimensions of one request that are kept.
const MAX_DIMENSIONS: usize = 50;

/// Most slots for variables (Matomo's default).
const MAX_SLOT: u32 = 5;

/// Longest value of a dimension (Matomo's), in characters.
const DIMENSION_CHARS: usize = 250;

/// Longest name and value of a variable (Matomo's), in characters.
const VARIABLE_CHARS: usize = 200;

/// Number and value of each dimension; an empty value clears it. What scripts print for nothing is as good as not sent.
pub(super) fn dimensions(params: &Params) -> Vec<(u32, String)> {
    let id = |name: &str| name.strip_prefix("dimension")?.parse().ok().filter(|id| (1..=999).contains(id));
    let found: BTreeMap<u32, String> = params
        .iter()
        .filter(|(_, value)| value.trim().is_empty() || given(value).is_some())
        .filter_map(|(name, value)| Some((id(name)?, cut(value.trim(), DIMENSION_CHARS))))
        .collect();
    found.into_iter().take(MAX_DIMENSIONS).collect()
}

/// The variables of the visit, then those of the page. What is not `{"1":["name","value"]}` is ignored.
pub(super) fn variables(params: &Params) -> Vec<Variable> {
    let of = |name, of_visit| {
        let json = params.text(name).and_then(object).unwrap_or_default();
        json.into_iter().filter_map(move |(slot, value)| variable(of_visit, &slot, &value))
    };
    of("_cvar", true).chain(of("cvar", false)).collect()
}

/// An object, or the printed form of one inside a JSON text (Matomo's log importer encodes twice).
fn object(text: &str) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_str(text).ok()? {
        Value::Object(object) => Some(object),
        Value::String(inner) => serde_json::from_str(&inner).ok(),
        _ => None,
    }
}

fn variable(of_visit: bool, slot: &str, value: &Value) -> Option<Variable> {
    let slot = slot.parse().ok().filter(|slot| (1..=MAX_SLOT).contains(slot))?;
    let pair = value.as_array()?;
    let text = |index: usize| match pair.get(index)? {
        Value::String(text) if text.trim().is_empty() => Some(String::new()),
        Value::String(text) => Some(cut(given(text)?, VARIABLE_CHARS)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let name = text(0).filter(|name| !name.is_empty())?;
    Some(Variable { of_visit, slot, name, value: text(1)? })
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_and_nonsense_is_not() {
        let read = |query: &str| variables(&Params::parse(query.as_bytes())).len();
        assert_eq!(read(r#"cvar={"2":["section","blog"]}&_cvar={"1":["plan","pro"]}"#), 2);
        assert_eq!(read(r#"cvar="{\"1\": [\"HTTP-code\", \"200\"]}""#), 1);
        assert_eq!(read(r#"cvar={"9":["a","b"]}"#), 0);
        assert_eq!(read("cvar={'a': 'b'}"), 0);
        assert_eq!(read(r#"cvar=["a","b"]"#), 0);
    }

    #[test]
    fn what_scripts_print_for_nothing_is_no_value() {
        let query = b"dimension1=undefined&dimension2=null&dimension3=[object+Object]&dimension4=&dimension5=NaN&dimension6=none";
        assert_eq!(dimensions(&Params::parse(query)), [(4, String::new()), (6, "none".into())]);
        let read = |query: &str| variables(&Params::parse(query.as_bytes())).len();
        assert_eq!(read(r#"cvar={"1":["plan","undefined"],"2":["null","a"],"3":["plan",""]}"#), 1);
    }

    #[test]
    fn dimensions_are_read_by_number() {
        let params = Params::parse(b"dimension2=x+y&dimension1=&dimension0=a&dimensionx=b&dimension1000=c");
        assert_eq!(dimensions(&params), [(1, String::new()), (2, "x y".into())]);
    }
}
