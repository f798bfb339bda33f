//! Choosing visits by what is known of them.

use std::str::FromStr;

use clickhouse::query::Query;

use crate::privacy::device::DeviceKind;
use crate::privacy::referrer::ReferrerKind;

/// Most conditions of a filter.
const MAX_CONDITIONS: usize = 10;

/// Most values of a condition.
const MAX_VALUES: usize = 50;

/// Longest filter, in bytes.
const MAX_BYTES: usize = 4_096;

/// Conditions that a visit must all fulfil; without any, every visit does.
///
/// Written `country==NL|DE;device!=smartphone`: a key, one of `==`, `!=`, `=@` (contains) and `!@` (does not contain), and
/// values of which one is enough. A backslash takes its meaning from `;`, `|` and itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    key: Key,
    operator: Operator,
    values: Vec<String>,
}

/// What can be asked of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Column(&'static str),
    Device,
    ReferrerKind,
    Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
}

/// Each key with the name that the API gives it.
const KEYS: [(&str, Key); 19] = [
    ("country", Key::Column("country")),
    ("region", Key::Column("region")),
    ("city", Key::Column("city")),
    ("browser", Key::Column("browser")),
    ("system", Key::Column("system")),
    ("device", Key::Device),
    ("language", Key::Column("language")),
    ("screen", Key::Column("screen")),
    ("referrer_kind", Key::ReferrerKind),
    ("referrer", Key::Column("referrer_name")),
    ("referrer_url", Key::Column("referrer_url")),
    ("keyword", Key::Column("referrer_keyword")),
    ("campaign_source", Key::Column("campaign_source")),
    ("campaign_medium", Key::Column("campaign_medium")),
    ("campaign_content", Key::Column("campaign_content")),
    ("campaign_id", Key::Column("campaign_id")),
    ("entry_page", Key::Column("entry_path")),
    ("exit_page", Key::Column("exit_path")),
    ("page", Key::Page),
];

const OPERATORS: [(&str, Operator); 4] = [
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("=@", Operator::Contains),
    ("!@", Operator::ContainsNot),
];

/// Why a filter means nothing; the text is for the person who asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FilterError {
    /// A condition is none.
    #[error("{0:?} is no condition: write it like country==NL, with one of ==, !=, =@ and !@")]
    Condition(String),
    /// There is no such key.
    #[error("{0:?} is nothing to filter by: {names}", names = KEYS.map(|(name, _)| name).join(", "))]
    Key(String),
    /// The key has no such value.
    #[error("{value:?} is no {key}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// There is too much of it.
    #[error("a filter has at most {MAX_CONDITIONS} conditions of {MAX_VALUES} values and {MAX_BYTES} bytes")]
    TooLong,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        if text.len() > MAX_BYTES {
            return Err(FilterError::TooLong);
        }
        if text.is_empty() {
            return Ok(Filter::default());
        }
        let conditions: Vec<Condition> =
            split(text, ';').iter().map(|part| part.parse()).collect::<Result<_, _>>()?;
        match conditions.len() {
            ..=MAX_CONDITIONS => Ok(Filter(conditions)),
            _ => Err(FilterError::TooLong),
        }
    }
}

impl FromStr for Condition {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Condition, FilterError> {
        let wrong = || FilterError::Condition(text.to_owned());
        let at = text.find(['=', '!']).ok_or_else(wrong)?;
        let (name, rest) = text.split_at_checked(at).ok_or_else(wrong)?;
        let found = OPERATORS.iter().find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, *operator)));
        let (values, operator) = found.ok_or_else(wrong)?;
        let found = KEYS.iter().find(|(known, _)| *known == name.trim());
        let (_, key) = found.ok_or_else(|| FilterError::Key(name.trim().to_owned()))?;
        let values: Vec<String> =
            split(values, '|').iter().map(|value| key.stored(unescape(value))).collect::<Result<_, _>>()?;
        match values.len() {
            ..=MAX_VALUES => Ok(Condition { key: *key, operator, values }),
            _ => Err(FilterError::TooLong),
        }
    }
}

/// Splits at a sign that has no backslash before it.
fn split(text: &str, sign: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for letter in text.chars() {
        if letter == sign && !is_escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    parts
}

fn unescape(text: &str) -> String {
    let mut letters = text.chars();
    let mut plain = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            letter => plain.push(letter),
        }
    }
    plain
}

impl Key {
    /// A value as the database holds it.
    fn stored(self, value: String) -> Result<String, FilterError> {
        match self {
            Key::Column(_) | Key::Page => Ok(value),
            Key::Device => {
                let found =
                    (0..=u8::MAX).filter_map(DeviceKind::from_number).find(|kind| kind.as_str() == value);
                let number = found.map(|kind| kind.number().to_string());
                number.ok_or(FilterError::Value { key: "device", value })
            }
            Key::ReferrerKind => {
                let mut numbers = (0..=u8::MAX).filter(|number| {
                    ReferrerKind::from_number(*number).is_some_and(|kind| kind.as_str() == value)
                });
                let number = numbers.next().map(|number| number.to_string());
                number.ok_or(FilterError::Value { key: "referrer_kind", value })
            }
        }
    }
}

impl Filter {
    /// Whether every visit fulfils it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A condition on columns of `visits`. A sealed visit says what was viewed in it; for one that is not sealed, `events`
    /// is a subquery of all events.
    pub(super) fn sql(&self, events: Option<&str>) -> String {
        let conditions = self.0.iter().enumerate().map(|(index, condition)| condition.sql(index, events));
        conditions.collect::<Vec<_>>().join(" AND ")
    }

    /// Gives a query the values.
    pub(super) fn bind(&self, query: Query) -> Query {
        self.0.iter().enumerate().fold(query, |query, (index, condition)| {
            query.param(&format!("filter{index}"), condition.values.clone())
        })
    }
}

impl Condition {
    fn sql(&self, index: usize, events: Option<&str>) -> String {
        let values = format!("{{filter{index}:Array(String)}}");
        let is_match = |text: &str| match self.operator {
            Operator::Is | Operator::IsNot => format!("{text} IN {values}"),
            Operator::Contains | Operator::ContainsNot => {
                format!("multiSearchAnyCaseInsensitiveUTF8({text}, {values})")
            }
        };
        let holds = match self.key {
            Key::Column(column) => is_match(column),
            Key::Device => is_match("toString(device)"),
            Key::ReferrerKind => is_match("toString(referrer_kind)"),
            Key::Page => match events {
                Some(events) => {
                    format!("visit IN (SELECT visit FROM {events} WHERE kind = 1 AND {})", is_match("path"))
                }
                None => format!("arrayExists(page -> {}, pages.label)", is_match("page")),
            },
        };
        match self.operator {
            Operator::Is | Operator::Contains => format!("({holds})"),
            Operator::IsNot | Operator::ContainsNot => format!("(NOT {holds})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        text.parse().unwrap()
    }

    #[test]
    fn a_filter_is_what_it_says() {
        let filter: Filter = r"country==NL|DE;device!=smartphone;page=@/a\;b\|c\\d".parse().unwrap();
        let expected = [
            Condition {
                key: Key::Column("country"),
                operator: Operator::Is,
                values: vec!["NL".into(), "DE".into()],
            },
            Condition { key: Key::Device, operator: Operator::IsNot, values: vec!["2".into()] },
            Condition { key: Key::Page, operator: Operator::Contains, values: vec![r"/a;b|c\d".into()] },
        ];
        assert_eq!(filter.0, expected);
        assert!("".parse::<Filter>().unwrap().is_empty());
    }

    #[test]
    fn a_value_may_hold_signs_and_be_empty() {
        assert_eq!(condition("page==/x?a==b!=c").values, ["/x?a==b!=c"]);
        assert_eq!(condition("city==").values, [""]);
        assert_eq!(condition("referrer_kind==search").values, ["2"]);
    }

    #[test]
    fn nonsense_is_refused() {
        let error = |text: &str| text.parse::<Filter>().unwrap_err();
        assert_eq!(error("country"), FilterError::Condition("country".into()));
        assert_eq!(error("country=NL"), FilterError::Condition("country=NL".into()));
        assert_eq!(error("country==NL;"), FilterError::Condition(String::new()));
        assert_eq!(error("shoe==38"), FilterError::Key("shoe".into()));
        assert_eq!(error("device==toaster"), FilterError::Value { key: "device", value: "toaster".into() });
        assert_eq!(error("country==NL;".repeat(20).trim_end_matches(';')), FilterError::TooLong);
        assert_eq!(error(&format!("country=={}", "x".repeat(5_000))), FilterError::TooLong);
    }
}
