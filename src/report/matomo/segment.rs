//! Matomo's segments: which visits a report is about, as `browserCode==FF;visitDuration>60,visitConverted==1`.
//!
//! `;` is "and", `,` is "or" and binds tighter; a backslash takes the meaning of either away. Nothing is evaluated
//! here: a [`Condition`] only knows whether it holds for a text or number that it is shown.

use std::cmp::Ordering;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

pub use super::segment_field::{About, Field, field, fields};
use super::segment_field::{Kind, names};

/// Longest segment, in bytes.
const MAX_BYTES: usize = 16 << 10;

/// Most conditions of one segment.
const MAX_CONDITIONS: usize = 100;

/// Longest value, in characters.
const MAX_VALUE: usize = 1_024;

/// Most of a text that an error repeats, in characters.
const MAX_SHOWN: usize = 60;

/// Which visits count: those for which of each inner list at least one condition holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// "And" of "or"s; neither level is empty.
    pub all: Vec<Vec<Condition>>,
}

/// A comparison of one field with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is compared.
    pub field: Field,
    /// How.
    pub operator: Operator,
    /// With what; empty means "nothing known" for `==` and "anything" for `!=`.
    pub value: String,
    folded: String,
    number: Option<f64>,
}

/// How a field is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Is,
    /// `!=`
    IsNot,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `=@`
    Contains,
    /// `!@`
    ContainsNot,
    /// `=^`
    StartsWith,
    /// `=$`
    EndsWith,
}

/// In the order they are looked for: none hides a longer one.
const OPERATORS: [(&str, Operator); 10] = [
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=@", Operator::Contains),
    ("!@", Operator::ContainsNot),
    ("=^", Operator::StartsWith),
    ("=$", Operator::EndsWith),
];

/// Why a segment means nothing; the text is for the person who asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SegmentError {
    /// A condition has no field, no operator, or isn't there.
    #[error("the segment's condition {0:?} is none: write it like countryCode==nl")]
    Condition(String),
    /// No field has this name.
    #[error("the segment {0:?} does not exist; there are: {names}", names = names())]
    Field(String),
    /// The field would single people out.
    #[error("the segment {0:?} is not available: nothing that identifies a person is stored")]
    Personal(String),
    /// The field takes other values.
    #[error("the segment {field:?} can't be compared with {value:?}: {expected}")]
    Value {
        /// The field.
        field: String,
        /// What it was compared with.
        value: String,
        /// What it can be compared with.
        expected: String,
    },
    /// There is too much of it.
    #[error(
        "a segment has at most {MAX_CONDITIONS} conditions and {MAX_BYTES} bytes, a value {MAX_VALUE} characters"
    )]
    TooLong,
}

impl SegmentError {
    /// Of what is wrong with a segment both ways, what to tell: that it has no condition is the least.
    fn or_of_raw(self, raw: SegmentError) -> SegmentError {
        if matches!(raw, SegmentError::Condition(_)) { self } else { raw }
    }
}

impl FromStr for Segment {
    type Err = SegmentError;

    /// Reads a segment that is URL-encoded once more, as Matomo's clients send it, or else as it stands: without that
    /// encoding a separator inside a value would cut it in two.
    fn from_str(text: &str) -> Result<Segment, SegmentError> {
        read(&decode(text)).or_else(|error| read(text).map_err(|raw| error.or_of_raw(raw)))
    }
}

fn read(text: &str) -> Result<Segment, SegmentError> {
    if text.len() > MAX_BYTES {
        return Err(SegmentError::TooLong);
    }
    let mut conditions = 0;
    let mut all = vec![Vec::new()];
    for (part, ends_group) in Parts(text) {
        conditions += 1;
        if conditions > MAX_CONDITIONS {
            return Err(SegmentError::TooLong);
        }
        if let Some(group) = all.last_mut() {
            group.push(condition(&part)?);
        }
        if ends_group {
            all.push(Vec::new());
        }
    }
    // A separator at the very end separates nothing.
    all.retain(|group| !group.is_empty());
    match all.is_empty() {
        true => Err(SegmentError::Condition(String::new())),
        false => Ok(Segment { all }),
    }
}

/// The conditions of a segment without their escapes, each with whether an "and" follows.
struct Parts<'a>(&'a str);

impl Iterator for Parts<'_> {
    type Item = (String, bool);

    fn next(&mut self) -> Option<(String, bool)> {
        let mut part = String::new();
        let mut characters = self.0.chars();
        let mut ends_group = None;
        while ends_group.is_none() {
            let Some(character) = characters.next() else { break };
            match (character, characters.clone().next()) {
                ('\\', Some(escaped @ (',' | ';'))) => {
                    part.push(escaped);
                    characters.next();
                }
                (';', _) => ends_group = Some(true),
                (',', _) => ends_group = Some(false),
                (other, _) => part.push(other),
            }
        }
        let is_over = self.0.is_empty();
        self.0 = characters.as_str();
        (!is_over).then_some((part, ends_group.unwrap_or(false)))
    }
}

fn condition(part: &str) -> Result<Condition, SegmentError> {
    let part = part.trim();
    let (name, operator, value) = split(part).ok_or_else(|| SegmentError::Condition(shown(part)))?;
    let field = Field::named(name)?;
    let value = decode(value);
    if value.chars().count() > MAX_VALUE {
        return Err(SegmentError::TooLong);
    }
    let condition = Condition::new(field, operator, value);
    match condition.expected() {
        None => Ok(condition),
        Some(expected) => {
            Err(SegmentError::Value { field: name.to_owned(), value: shown(&condition.value), expected })
        }
    }
}

/// Name, operator and value: the first operator that has something before it counts.
fn split(part: &str) -> Option<(&str, Operator, &str)> {
    part.char_indices().skip(1).find_map(|(at, _)| {
        let (name, rest) = part.split_at_checked(at)?;
        OPERATORS.iter().find_map(|(sign, operator)| Some((name.trim(), *operator, rest.strip_prefix(sign)?)))
    })
}

/// Values are encoded once more than the parameter they are in.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// As much of a text as an error may repeat.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

impl Condition {
    /// A comparison of a field with a value.
    pub fn new(field: Field, operator: Operator, value: impl Into<String>) -> Condition {
        let value = value.into();
        let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
        Condition { field, operator, folded: value.to_lowercase(), number, value }
    }

    /// Whether it holds for a text. Upper and lower case are the same; `<` and `>` compare numbers where both are.
    pub fn holds_text(&self, text: &str) -> bool {
        let folded = text.to_lowercase();
        let ordering = || match (text.trim().parse::<f64>(), self.number) {
            (Ok(a), Some(b)) => a.total_cmp(&b),
            _ => folded.as_str().cmp(&self.folded),
        };
        match self.operator {
            Operator::Is => folded == self.folded,
            Operator::IsNot => folded != self.folded,
            Operator::Contains => folded.contains(&self.folded),
            Operator::ContainsNot => !folded.contains(&self.folded),
            Operator::StartsWith => folded.starts_with(&self.folded),
            Operator::EndsWith => folded.ends_with(&self.folded),
            Operator::AtMost => ordering() != Ordering::Greater,
            Operator::AtLeast => ordering() != Ordering::Less,
            Operator::Less => ordering() == Ordering::Less,
            Operator::Greater => ordering() == Ordering::Greater,
        }
    }

    /// Whether it holds for a number. A value that is no number is 0, as for an empty one.
    pub fn holds_number(&self, number: f64) -> bool {
        let value = self.number.unwrap_or(0.0);
        match self.operator {
            Operator::Is => number == value,
            Operator::IsNot => number != value,
            Operator::AtMost => number <= value,
            Operator::AtLeast => number >= value,
            Operator::Less => number < value,
            Operator::Greater => number > value,
            Operator::Contains | Operator::ContainsNot | Operator::StartsWith | Operator::EndsWith => {
                self.holds_text(&number.to_string())
            }
        }
    }

    /// What the field could be compared with, if not with this value.
    fn expected(&self) -> Option<String> {
        let is_exact = matches!(self.operator, Operator::Is | Operator::IsNot);
        match self.field.kind() {
            Kind::Number if self.number.is_none() && !self.value.is_empty() => Some("it is a number".into()),
            Kind::OneOf(names)
                if is_exact && !names.iter().any(|name| name.eq_ignore_ascii_case(&self.value)) =>
            {
                Some(format!("it is one of {}", names.join(", ")))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<Vec<(Field, Operator, String)>> {
        let segment: Segment = text.parse().unwrap();
        let plain = |condition: Condition| (condition.field, condition.operator, condition.value);
        segment.all.into_iter().map(|group| group.into_iter().map(plain).collect()).collect()
    }

    fn error(text: &str) -> SegmentError {
        text.parse::<Segment>().unwrap_err()
    }

    #[test]
    fn or_binds_tighter_than_and() {
        assert_eq!(
            parsed("countryCode==nl;visitDuration>=60,actions>2"),
            vec![
                vec![(Field::CountryCode, Operator::Is, "nl".into())],
                vec![
                    (Field::VisitDuration, Operator::AtLeast, "60".into()),
                    (Field::Actions, Operator::Greater, "2".into())
                ],
            ]
        );
    }

    #[test]
    fn every_operator() {
        for (sign, operator) in OPERATORS {
            assert_eq!(
                parsed(&format!("pageTitle{sign}x")),
                [[(Field::PageTitle, operator, "x".into())]],
                "{sign}"
            );
        }
    }

    #[test]
    fn separators_can_be_escaped_and_values_are_decoded_once_more() {
        assert_eq!(parsed(r"pageTitle==a\,b\;c\d")[0][0].2, r"a,b;c\d");
        assert_eq!(parsed("pageUrl=@/a%2Cb")[0][0].2, "/a,b");
        assert_eq!(parsed("pageUrl=@/a%252Cb")[0][0].2, "/a,b");
        assert_eq!(parsed("exitPageTitle==Exit%2BPage%2Bbefore%2BGoal")[0][0].2, "Exit Page before Goal");
        assert_eq!(parsed("exitPageTitle==Exit+Page")[0][0].2, "Exit Page");
        assert_eq!(parsed("pageUrl==http%253A%252F%252Fa.org%252F;actions>1").len(), 2);
        assert_eq!(parsed("pageUrl=@x==y<z")[0][0], (Field::PageUrl, Operator::Contains, "x==y<z".into()));
        assert_eq!(parsed("referrerName==")[0][0].2, "");
        assert_eq!(parsed("countryCode%3D%3Dnl%3Bcity%3D%3DDelft").len(), 2);
        assert_eq!(parsed("countryCode==nl;").len(), 1);
    }

    #[test]
    fn numbered_fields() {
        assert_eq!(parsed("dimension7==x")[0][0].0, Field::Dimension(7));
        assert_eq!(parsed("customVariableValue3==x")[0][0].0, Field::CustomVariableValue(Some(3)));
        assert_eq!(parsed("customVariablePageName==x")[0][0].0, Field::CustomVariablePageName(None));
        for none in ["dimension==x", "dimension0==x", "dimension-1==x", "dimension99999999999==x", "city5==x"]
        {
            assert!(matches!(error(none), SegmentError::Field(_)), "{none}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(error("moonPhase==full"), SegmentError::Field("moonPhase".into()));
        assert!(error("moonPhase==full").to_string().contains("visitConverted"));
        for personal in ["userId==jan", "visitorId==0123456789abcdef", "visitIp>=1.2.3.0", "fingerprint==1"] {
            assert!(matches!(error(personal), SegmentError::Personal(_)), "{personal}");
        }
        for none in ["", ";", "==x", "countryCode", "a;b", "countryCode==nl;;city==x"] {
            assert!(matches!(error(none), SegmentError::Condition(_)), "{none}");
        }
        assert!(matches!(error("visitDuration>long"), SegmentError::Value { .. }));
        assert!(error("visitorType==old").to_string().contains("returningCustomer"));
        assert_eq!(error(&"city==x;".repeat(101)), SegmentError::TooLong);
        assert_eq!(error(&format!("city=={}", "x".repeat(1_025))), SegmentError::TooLong);
        assert_eq!(error(&"city==x,".repeat(10_000)), SegmentError::TooLong);
    }

    #[test]
    fn texts_are_compared_without_case() {
        let holds =
            |operator, value: &str, text: &str| Condition::new(Field::City, operator, value).holds_text(text);
        assert!(holds(Operator::Is, "delft", "Delft") && !holds(Operator::IsNot, "delft", "Delft"));
        assert!(holds(Operator::Contains, "EL", "Delft") && holds(Operator::ContainsNot, "x", "Delft"));
        assert!(holds(Operator::StartsWith, "de", "Delft") && !holds(Operator::StartsWith, "el", "Delft"));
        assert!(holds(Operator::EndsWith, "FT", "Delft") && holds(Operator::Is, "", ""));
        assert!(holds(Operator::Greater, "9", "10") && holds(Operator::Greater, "a9", "b10"));
        assert!(holds(Operator::Is, "ÉTÉ", "été"));
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let holds = |operator, value: &str, number| {
            Condition::new(Field::Actions, operator, value).holds_number(number)
        };
        assert!(holds(Operator::Is, "2.0", 2.0) && holds(Operator::IsNot, "2", 3.0));
        assert!(holds(Operator::AtLeast, "2", 2.0) && holds(Operator::AtMost, "2", 2.0));
        assert!(holds(Operator::Less, "10", 9.0) && !holds(Operator::Greater, "10", 9.0));
        assert!(holds(Operator::Contains, "1", 21.0) && holds(Operator::Is, "", 0.0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            drop(text.parse::<Segment>());
        }

        #[test]
        fn any_value_is_compared(value: String, text: String, number: f64) {
            for (sign, _) in OPERATORS {
                if let Ok(segment) = format!("pageTitle{sign}{value}").parse::<Segment>() {
                    for condition in segment.all.iter().flatten() {
                        condition.holds_text(&text);
                        condition.holds_number(number);
                    }
                }
            }
        }
    }
}
