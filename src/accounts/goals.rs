//! Goals: what a site wants its visitors to do.

use std::str::FromStr;

use regex::{Regex, RegexBuilder};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{AccountError, Result, spelling};

/// A goal of a site.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Its number in the site, from 1.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// What the operator notes about it.
    pub description: String,
    /// What of a hit is compared.
    pub attribute: GoalAttribute,
    /// What it is compared with; minutes for a duration.
    pub pattern: String,
    /// How it is compared.
    pub pattern_type: PatternType,
    /// Whether upper and lower case differ.
    pub case_sensitive: bool,
    /// Whether it counts more than once a visit.
    pub allow_multiple: bool,
    /// What a conversion is worth, unless the hit says otherwise.
    pub revenue: f64,
    /// Whether the value of a matching event is what the conversion is worth.
    pub use_event_value: bool,
    matcher: Matcher,
}

/// What of a hit a goal looks at. The names are Matomo's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoalAttribute {
    /// Nothing: the client reports the goal itself.
    Manually,
    /// Address of the page.
    Url,
    /// Title of the page.
    Title,
    /// Address of a download.
    File,
    /// Address of an outlink.
    Outlink,
    /// Category of an event.
    EventCategory,
    /// Action of an event.
    EventAction,
    /// Name of an event.
    EventName,
    /// How long the visit lasts, in minutes.
    Duration,
}

impl GoalAttribute {
    const ALL: [(GoalAttribute, &'static str); 9] = [
        (GoalAttribute::Manually, "manually"),
        (GoalAttribute::Url, "url"),
        (GoalAttribute::Title, "title"),
        (GoalAttribute::File, "file"),
        (GoalAttribute::Outlink, "external_website"),
        (GoalAttribute::EventCategory, "event_category"),
        (GoalAttribute::EventAction, "event_action"),
        (GoalAttribute::EventName, "event_name"),
        (GoalAttribute::Duration, "visit_duration"),
    ];

    /// The name in the database and in Matomo's API.
    pub fn as_str(self) -> &'static str {
        GoalAttribute::ALL.iter().find(|(attribute, _)| *attribute == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for GoalAttribute {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<GoalAttribute, String> {
        let found = GoalAttribute::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(attribute, _)| *attribute).ok_or_else(|| {
            let names: Vec<_> = GoalAttribute::ALL.iter().map(|(_, name)| *name).collect();
            format!("{text:?} can't be a goal's attribute: use one of {}", names.join(", "))
        })
    }
}

/// How a goal's pattern is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternType {
    /// The pattern stands somewhere in the text.
    Contains,
    /// The pattern is the text.
    Exact,
    /// The pattern is a regular expression that matches a part of the text.
    Regex,
    /// The visit is longer than the pattern's minutes.
    GreaterThan,
}

impl PatternType {
    const ALL: [(PatternType, &'static str); 4] = [
        (PatternType::Contains, "contains"),
        (PatternType::Exact, "exact"),
        (PatternType::Regex, "regex"),
        (PatternType::GreaterThan, "greater_than"),
    ];

    /// The name in the database and in Matomo's API.
    pub fn as_str(self) -> &'static str {
        PatternType::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for PatternType {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<PatternType, String> {
        let found = PatternType::ALL.iter().find(|(_, name)| *name == text);
        found
            .map(|(kind, _)| *kind)
            .ok_or_else(|| format!("{text:?} is no way to compare: contains, exact, regex or greater_than"))
    }
}

/// What is compared with a text, made ready once.
#[derive(Clone, Debug)]
enum Matcher {
    Never,
    Contains(Vec<String>),
    Exact(Vec<String>),
    Regex(Vec<Regex>),
}

/// Largest compiled pattern, in bytes: an operator's slip must not take the memory.
const REGEX_BYTES: usize = 1 << 20;

/// What a goal is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct NewGoal {
    /// Its name.
    pub name: String,
    /// What the operator notes about it.
    pub description: String,
    /// What of a hit is compared.
    pub attribute: GoalAttribute,
    /// What it is compared with; minutes for a duration.
    pub pattern: String,
    /// How it is compared.
    pub pattern_type: PatternType,
    /// Whether upper and lower case differ.
    pub case_sensitive: bool,
    /// Whether it counts more than once a visit.
    pub allow_multiple: bool,
    /// What a conversion is worth.
    pub revenue: f64,
    /// Whether the value of a matching event is what the conversion is worth.
    pub use_event_value: bool,
}

impl Goal {
    /// A goal that can be compared.
    ///
    /// # Errors
    /// When the pattern is no regular expression or no number of minutes, as its kind asks.
    pub fn new(id: u32, goal: NewGoal) -> Result<Goal> {
        let matcher = matcher(&goal)?;
        Ok(Goal {
            id,
            name: goal.name,
            description: goal.description,
            attribute: goal.attribute,
            pattern: goal.pattern,
            pattern_type: goal.pattern_type,
            case_sensitive: goal.case_sensitive,
            allow_multiple: goal.allow_multiple,
            revenue: goal.revenue,
            use_event_value: goal.use_event_value,
            matcher,
        })
    }

    /// Whether the pattern fits `text`, each as it is or with its encoding undone: both may be written as browsers send
    /// addresses or as reports show them.
    pub fn matches(&self, text: &str) -> bool {
        match self.attribute {
            GoalAttribute::Url | GoalAttribute::File | GoalAttribute::Outlink => {
                spelling::of_address(text).iter().any(|spelling| self.fits(spelling))
            }
            _ => self.fits(text),
        }
    }

    fn fits(&self, text: &str) -> bool {
        let folded = if self.case_sensitive { text.to_owned() } else { text.to_lowercase() };
        match &self.matcher {
            Matcher::Never => false,
            Matcher::Contains(patterns) => patterns.iter().any(|pattern| folded.contains(pattern)),
            Matcher::Exact(patterns) => patterns.contains(&folded),
            Matcher::Regex(patterns) => patterns.iter().any(|pattern| pattern.is_match(text)),
        }
    }

    /// Minutes that a visit must have lasted; `None` for goals of another kind.
    pub fn minutes(&self) -> Option<u32> {
        (self.attribute == GoalAttribute::Duration).then(|| self.pattern.trim().parse().unwrap_or(u32::MAX))
    }
}

fn matcher(goal: &NewGoal) -> Result<Matcher> {
    match goal.attribute {
        GoalAttribute::Manually => return Ok(Matcher::Never),
        GoalAttribute::Duration => {
            let minutes = goal.pattern.trim().parse::<u32>();
            return minutes.map(|_| Matcher::Never).map_err(|_| {
                AccountError::Invalid(format!("{:?} is no whole number of minutes", goal.pattern))
            });
        }
        _ => {}
    }
    let decoded = percent_encoding::percent_decode_str(&goal.pattern).decode_utf8_lossy().into_owned();
    let spellings = spelling::of_address(&goal.pattern);
    let fold = |text: &String| if goal.case_sensitive { text.clone() } else { text.to_lowercase() };
    Ok(match goal.pattern_type {
        PatternType::Contains => Matcher::Contains(spellings.iter().map(fold).collect()),
        PatternType::Exact => Matcher::Exact(spellings.iter().map(fold).collect()),
        PatternType::GreaterThan => Matcher::Never,
        PatternType::Regex => {
            let mut all = vec![regex(&goal.pattern, goal.case_sensitive)?];
            // What decoding makes of a pattern need not be one; a plus in it is no blank.
            all.extend(regex(&decoded, goal.case_sensitive).ok().filter(|_| decoded != goal.pattern));
            Matcher::Regex(all)
        }
    })
}

fn regex(pattern: &str, case_sensitive: bool) -> Result<Regex> {
    RegexBuilder::new(pattern)
        .case_insensitive(!case_sensitive)
        .size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| AccountError::Invalid(format!("{pattern:?} is no regular expression: {error}")))
}

/// Columns of a goal, in the order that [`new_goal`] reads them in.
const COLUMNS: &str =
    "site_id, id, name, description, attribute, pattern, pattern_type, case_sensitive, allow_multiple,
    revenue, use_event_value";

/// Goals of each site that are not deleted, by site and number.
pub(super) fn all(db: &Connection) -> Result<Vec<(u32, Goal)>> {
    let sql = format!("SELECT {COLUMNS} FROM goals WHERE deleted = 0 ORDER BY site_id, id");
    let mut query = db.prepare(&sql)?;
    let goals = query.query_map([], |row| Ok(goal(row)))?.collect::<std::result::Result<Vec<_>, _>>()?;
    goals.into_iter().collect()
}

/// A goal that is not deleted.
pub(super) fn read(db: &Connection, site: u32, id: u32) -> Result<Option<NewGoal>> {
    let sql = format!("SELECT {COLUMNS} FROM goals WHERE site_id = ?1 AND id = ?2 AND deleted = 0");
    db.query_row(&sql, [site, id], |row| Ok(new_goal(row))).optional()?.transpose()
}

fn goal(row: &Row<'_>) -> Result<(u32, Goal)> {
    Ok((row.get(0)?, Goal::new(row.get(1)?, new_goal(row)?)?))
}

fn new_goal(row: &Row<'_>) -> Result<NewGoal> {
    let text = |index: usize| row.get::<_, String>(index);
    Ok(NewGoal {
        name: text(2)?,
        description: text(3)?,
        attribute: text(4)?.parse().map_err(AccountError::Database)?,
        pattern: text(5)?,
        pattern_type: text(6)?.parse().map_err(AccountError::Database)?,
        case_sensitive: row.get(7)?,
        allow_multiple: row.get(8)?,
        revenue: row.get(9)?,
        use_event_value: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(pattern: &str, pattern_type: PatternType, case_sensitive: bool) -> Goal {
        let new = NewGoal {
            name: "test".into(),
            description: String::new(),
            attribute: GoalAttribute::Url,
            pattern: pattern.into(),
            pattern_type,
            case_sensitive,
            allow_multiple: false,
            revenue: 0.0,
            use_event_value: false,
        };
        Goal::new(1, new).unwrap()
    }

    #[test]
    fn patterns() {
        let store = goal("(.*)store\\/purchase\\.(.*)", PatternType::Regex, false);
        assert!(store.matches("http://example.org/Store/purchase.htm"));
        assert!(!goal("Thanks", PatternType::Contains, true).matches("thanks a lot"));
        assert!(goal("Thanks", PatternType::Contains, false).matches("thanks a lot"));
        assert!(goal("a%20b", PatternType::Exact, true).matches("a b"));
        assert!(!goal("a", PatternType::Exact, true).matches("ab"));
    }

    #[test]
    fn pattern_and_address_are_compared_however_each_is_written() {
        let contains =
            |pattern: &str, address: &str| goal(pattern, PatternType::Contains, false).matches(address);
        for (pattern, address) in [
            ("danke-schön", "https://shop.example/danke-sch%C3%B6n"),
            ("danke-schön", "https://shop.example/danke-sch%c3%b6n"),
            ("danke-sch%C3%B6n", "https://shop.example/danke-schön"),
            ("danke-sch%c3%b6n", "https://shop.example/danke-sch%C3%B6n"),
            ("q=red shoes", "https://shop.example/?q=red+shoes"),
            ("q=red+shoes", "https://shop.example/?q=red%20shoes"),
            ("münchen.example/danke", "https://xn--mnchen-3ya.example/danke"),
            ("xn--mnchen-3ya.example/danke", "https://münchen.example/danke"),
            ("/a/b", "https://shop.example/a%2Fb"),
            ("C++", "https://shop.example/C++"),
        ] {
            assert!(contains(pattern, address), "{pattern} {address}");
        }
        assert!(!contains("danke", "https://shop.example/merci"));
        assert!(
            goal("danke-schön$", PatternType::Regex, true).matches("https://shop.example/danke-sch%C3%B6n")
        );
        assert!(!goal("a+b", PatternType::Regex, true).matches("https://shop.example/a b"));
    }

    #[test]
    fn a_pattern_must_be_one() {
        let bad = |attribute, pattern_type| NewGoal {
            name: "test".into(),
            description: String::new(),
            attribute,
            pattern: "(".into(),
            pattern_type,
            case_sensitive: true,
            allow_multiple: false,
            revenue: 0.0,
            use_event_value: false,
        };
        assert!(Goal::new(1, bad(GoalAttribute::Url, PatternType::Regex)).is_err());
        assert!(Goal::new(1, bad(GoalAttribute::Duration, PatternType::GreaterThan)).is_err());
    }
}
