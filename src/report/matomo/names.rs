//! English names of countries and languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize, Default)]
struct Names {
    countries: HashMap<String, String>,
    languages: HashMap<String, String>,
}

// The file is made by the build, and a test reads it.
static NAMES: LazyLock<Names> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../dist/names.json")).unwrap_or_default());

/// What stands where nothing is known.
pub(super) const UNKNOWN: &str = "Unknown";

/// The name of a country by its ISO code, upper case; the code itself when it has none.
pub(super) fn country(code: &str) -> &str {
    named(&NAMES.countries, code)
}

/// The name of a language by its ISO code, lower case; the code itself when it has none.
pub(super) fn language(code: &str) -> &str {
    named(&NAMES.languages, code)
}

fn named<'a>(names: &'a HashMap<String, String>, code: &'a str) -> &'a str {
    match code {
        "" => UNKNOWN,
        code => names.get(code).map_or(code, String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        assert_eq!((country("NL"), country("XX"), country("")), ("Netherlands", "XX", "Unknown"));
        assert_eq!((language("fr"), language("")), ("French", "Unknown"));
    }
}
