//! `period` and `date`, as Matomo understands them.

use jiff::civil::Date;
use jiff::{Span as Duration, ToSpan};

use super::error::ApiError;
use crate::store::queries::Days;

/// Most periods in one answer.
const MAX_SPANS: usize = 1_000;

/// Longest range, in days.
const MAX_DAYS: i32 = 5 * 366;

/// One period and the name it has in a map of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// `2026-11-22`, `2026-11-16,2026-11-22`, `2026-11` or `2026`.
    pub name: String,
    /// Its days.
    pub days: Days,
    /// Whether it is one day: only there are distinct visitors distinct.
    pub is_day: bool,
}

/// What a call is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dates {
    /// One period: the answer is the report.
    One(Span),
    /// Several: the answer is a map.
    Many(Vec<Span>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Dates {
    /// Reads the two parameters; `today` is the site's date.
    pub fn parse(period: &str, date: &str, today: Date) -> Result<Dates, ApiError> {
        let unit = match period {
            "range" => return range(date, today).map(|days| Dates::One(Span::range(days))),
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "year" => Unit::Year,
            other => {
                return Err(ApiError::bad(format!(
                    "{other:?} is no period: day, week, month, year or range"
                )));
            }
        };
        if let Some(count) = relative(date) {
            let (count, skip) = count?;
            return Ok(Dates::Many(unit.last(count, skip, today)));
        }
        match date.split_once(',') {
            None => Ok(Dates::One(unit.around(one(date, today)?))),
            Some((from, to)) => unit.between(one(from, today)?, one(to, today)?).map(Dates::Many),
        }
    }
}

/// `last7` and `previous7`: how many, and how many to skip from now.
fn relative(date: &str) -> Option<Result<(usize, usize), ApiError>> {
    let (count, skip) = match (date.strip_prefix("last"), date.strip_prefix("previous")) {
        (Some(count), _) => (count, 0),
        (_, Some(count)) => (count, 1),
        _ => return None,
    };
    let count = count.parse().ok().filter(|count| (1..=MAX_SPANS).contains(count));
    Some(count.map(|count| (count, skip)).ok_or_else(|| ApiError::bad(format!("{date:?} is no date"))))
}

fn range(date: &str, today: Date) -> Result<Days, ApiError> {
    let days = match (relative(date), date.split_once(',')) {
        (Some(count), _) => {
            let (count, skip) = count?;
            let to = today.saturating_sub((skip as i64).days());
            Days { from: to.saturating_sub((count as i64 - 1).days()), to }
        }
        (None, Some((from, to))) => Days { from: one(from, today)?, to: one(to, today)? },
        (None, None) => {
            return Err(ApiError::bad("a range needs two dates: date=2026-11-01,2026-11-22"));
        }
    };
    match days.length() {
        1..=MAX_DAYS => Ok(days),
        _ => Err(ApiError::bad(format!("a range has 1 to {MAX_DAYS} days"))),
    }
}

fn one(text: &str, today: Date) -> Result<Date, ApiError> {
    match text.trim() {
        "today" | "now" => Ok(today),
        "yesterday" => Ok(today.saturating_sub(1.day())),
        text => {
            let date = text.parse::<Date>().ok().filter(|date| (1970..=2148).contains(&date.year()));
            date.ok_or_else(|| {
                ApiError::bad(format!("{text:?} is no date: today, yesterday or like 2026-11-22"))
            })
        }
    }
}

impl Unit {
    fn step(self) -> Duration {
        match self {
            Unit::Day => 1.day(),
            Unit::Week => 1.week(),
            Unit::Month => 1.month(),
            Unit::Year => 1.year(),
        }
    }

    /// The period that a date lies in.
    fn around(self, date: Date) -> Span {
        let days = match self {
            Unit::Day => Days::one(date),
            Unit::Week => {
                let from = date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
                Days { from, to: from.saturating_add(6.days()) }
            }
            Unit::Month => Days { from: date.first_of_month(), to: date.last_of_month() },
            Unit::Year => Days { from: date.first_of_year(), to: date.last_of_year() },
        };
        let name = match self {
            Unit::Day => date.to_string(),
            Unit::Week => format!("{},{}", days.from, days.to),
            Unit::Month => date.strftime("%Y-%m").to_string(),
            Unit::Year => date.strftime("%Y").to_string(),
        };
        Span { name, days, is_day: self == Unit::Day }
    }

    fn between(self, from: Date, to: Date) -> Result<Vec<Span>, ApiError> {
        let first = self.around(from).days.from;
        let spans: Vec<Span> = first
            .series(self.step())
            .take_while(|date| *date <= to)
            .take(MAX_SPANS + 1)
            .map(|d| self.around(d))
            .collect();
        match spans.len() {
            0 => Err(ApiError::bad("the dates end before they begin")),
            1..=MAX_SPANS => Ok(spans),
            _ => Err(ApiError::bad(format!("at most {MAX_SPANS} periods in one answer"))),
        }
    }

    fn last(self, count: usize, skip: usize, today: Date) -> Vec<Span> {
        let back = |steps: usize| self.around(today).days.from.saturating_sub(self.step() * steps as i64);
        (skip..skip + count).rev().map(|steps| self.around(back(steps))).collect()
    }
}

impl Span {
    fn range(days: Days) -> Span {
        Span { name: format!("{},{}", days.from, days.to), days, is_day: days.from == days.to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(period: &str, date: &str) -> Vec<String> {
        match Dates::parse(period, date, jiff::civil::date(2026, 11, 22)) {
            Ok(Dates::One(span)) => vec![format!("{}..{}", span.days.from, span.days.to)],
            Ok(Dates::Many(spans)) => spans.into_iter().map(|span| span.name).collect(),
            Err(error) => vec![error.message],
        }
    }

    #[test]
    fn periods_around_a_date() {
        assert_eq!(names("day", "yesterday"), ["2026-11-21..2026-11-21"]);
        assert_eq!(names("week", "today"), ["2026-11-16..2026-11-22"]);
        assert_eq!(names("month", "2026-02-10"), ["2026-02-01..2026-02-28"]);
        assert_eq!(names("year", "today"), ["2026-01-01..2026-12-31"]);
        assert_eq!(names("range", "2026-11-01,today"), ["2026-11-01..2026-11-22"]);
        assert_eq!(names("range", "last7"), ["2026-11-16..2026-11-22"]);
    }

    #[test]
    fn several_periods() {
        assert_eq!(names("day", "2026-11-20,2026-11-22"), ["2026-11-20", "2026-11-21", "2026-11-22"]);
        assert_eq!(names("month", "2026-10-31,2026-11-01"), ["2026-10", "2026-11"]);
        assert_eq!(names("week", "last2"), ["2026-11-09,2026-11-15", "2026-11-16,2026-11-22"]);
        assert_eq!(names("day", "previous2"), ["2026-11-20", "2026-11-21"]);
    }

    #[test]
    fn nonsense_is_an_error() {
        for (period, date) in [
            ("day", "soon"),
            ("moon", "today"),
            ("range", "today"),
            ("range", "1975-01-01,2026-01-01"),
            ("day", "lastX"),
        ] {
            assert!(Dates::parse(period, date, jiff::civil::date(2026, 11, 22)).is_err(), "{period} {date}");
        }
    }
}
