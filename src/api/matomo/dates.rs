//! `period` and `date`, as Matomo understands them.

use jiff::civil::Date;
use jiff::{Span as Duration, ToSpan};

use super::error::{ApiError, shown};
use crate::store::queries::Days;

/// Most periods in one answer.
const MAX_SPANS: usize = 1_000;

/// Most days that a range counts back from today: a century.
const MAX_DAYS_BACK: usize = 36_525;

/// The years that the database's dates can hold.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2148;

/// The first of them.
const FIRST: Date = jiff::civil::date(1970, 1, 1);

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
                    "{} is no period: day, week, month, year or range",
                    shown(other)
                )));
            }
        };
        if let Some(count) = relative(date, MAX_SPANS) {
            let (count, skip) = count?;
            return Ok(Dates::Many(unit.last(count, skip, today)));
        }
        match date.split_once(',') {
            None => Ok(Dates::One(unit.around(one(date, today)?))),
            Some((from, to)) => unit.between(one(from, today)?, one(to, today)?).map(Dates::Many),
        }
    }
}

impl Dates {
    /// One or several.
    pub fn spans(&self) -> &[Span] {
        match self {
            Dates::One(span) => std::slice::from_ref(span),
            Dates::Many(spans) => spans,
        }
    }
}

/// `last7` and `previous7`: how many, and how many to skip from now.
fn relative(date: &str, max: usize) -> Option<Result<(usize, usize), ApiError>> {
    let digits = date.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    let skip = match date
        .strip_suffix(digits)
        .filter(|_| digits.starts_with(|first: char| first.is_ascii_digit()))?
    {
        "last" => 0,
        "previous" => 1,
        _ => return None,
    };
    let count = digits.parse().ok().filter(|count| (1..=max).contains(count));
    let error = || ApiError::bad(format!("{} is no date: a number from 1 to {max} follows", shown(date)));
    Some(count.map(|count| (count, skip)).ok_or_else(error))
}

fn range(date: &str, today: Date) -> Result<Days, ApiError> {
    let days = match (relative(date, MAX_DAYS_BACK), date.split_once(',')) {
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
        1.. => Ok(days),
        _ => Err(ApiError::bad("the dates end before they begin")),
    }
}

/// A date, by itself or seen from today.
fn one(text: &str, today: Date) -> Result<Date, ApiError> {
    let text = text.trim();
    match text.to_ascii_lowercase().replace([' ', '-'], "").as_str() {
        "today" | "now" => Ok(today),
        "yesterday" | "yesterdaysametime" => Ok(today.saturating_sub(1.day())),
        "lastweek" => Ok(today.saturating_sub(1.week())),
        "lastmonth" => Ok(today.saturating_sub(1.month())),
        "lastyear" => Ok(today.saturating_sub(1.year())),
        _ => {
            let date = text.parse::<Date>().ok().filter(|date| YEARS.contains(&date.year()));
            date.ok_or_else(|| {
                ApiError::bad(format!(
                    "{} is no date: today, yesterday, last7 or like 2026-11-22",
                    shown(text)
                ))
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

    /// The days of the period that a date lies in.
    fn days(self, date: Date) -> Days {
        match self {
            Unit::Day => Days::one(date),
            Unit::Week => {
                let from = date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days());
                Days { from, to: from.saturating_add(6.days()) }
            }
            Unit::Month => Days { from: date.first_of_month(), to: date.last_of_month() },
            Unit::Year => Days { from: date.first_of_year(), to: date.last_of_year() },
        }
    }

    /// The period that a date lies in.
    fn around(self, date: Date) -> Span {
        let days = self.days(date);
        let name = match self {
            Unit::Day => date.to_string(),
            Unit::Week => format!("{},{}", days.from, days.to),
            Unit::Month => date.strftime("%Y-%m").to_string(),
            Unit::Year => date.strftime("%Y").to_string(),
        };
        Span::new(name, days)
    }

    fn between(self, from: Date, to: Date) -> Result<Vec<Span>, ApiError> {
        if from > to {
            return Err(ApiError::bad("the dates end before they begin"));
        }
        let begins = self.days(from).from.series(self.step()).take_while(|date| *date <= to);
        let spans: Vec<Span> = begins.take(MAX_SPANS + 1).map(|date| self.around(date)).collect();
        match spans.len() {
            ..=MAX_SPANS => Ok(spans),
            _ => Err(ApiError::bad(format!("at most {MAX_SPANS} periods in one answer"))),
        }
    }

    /// Periods up to now, but for the last `skip`; those before the database's dates are left out.
    fn last(self, count: usize, skip: usize, today: Date) -> Vec<Span> {
        let back = |steps: usize| self.days(today).from.saturating_sub(self.step() * steps as i64);
        let dates = (skip..skip + count).rev().map(back).filter(|date| *date >= FIRST);
        dates.map(|date| self.around(date)).collect()
    }
}

impl Span {
    fn range(days: Days) -> Span {
        Span::new(format!("{},{}", days.from, days.to), days)
    }

    /// A period may begin before the database's dates do, but nothing happened then.
    fn new(name: String, days: Days) -> Span {
        let days = Days { from: days.from.max(FIRST), to: days.to };
        Span { name, days, is_day: days.from == days.to }
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
        assert_eq!(names("year", "1976-01-01,today").len(), 51);
        assert_eq!(names("year", "last1000").len(), 57);
    }

    #[test]
    fn dates_seen_from_today() {
        assert_eq!(names("day", "lastWeek"), ["2026-11-15..2026-11-15"]);
        assert_eq!(names("day", "last-month"), ["2026-10-22..2026-10-22"]);
        assert_eq!(names("year", "last year"), ["2025-01-01..2025-12-31"]);
        assert_eq!(names("day", "yesterday,today"), ["2026-11-21", "2026-11-22"]);
    }

    #[test]
    fn half_a_century_is_a_range() {
        assert_eq!(names("range", "1976-11-22,2026-11-22"), ["1976-11-22..2026-11-22"]);
        assert_eq!(names("range", "last36525"), ["1970-01-01..2026-11-22"]);
        assert_eq!(names("week", "1970-01-01"), ["1970-01-01..1970-01-04"]);
    }

    #[test]
    fn nonsense_is_an_error() {
        for (period, date) in [
            ("day", "soon"),
            ("moon", "today"),
            ("range", "today"),
            ("range", "1969-01-01,2026-01-01"),
            ("range", "2026-01-02,2026-01-01"),
            ("range", "last99999"),
            ("day", "2026-01-02,2026-01-01"),
            ("day", "1976-01-01,2026-01-01"),
            ("day", "lastX"),
            ("day", "last"),
            ("day", "last0"),
            ("day", "last99999999999999999999"),
            ("day", "2026-02-30"),
            ("day", "-000001-01-01"),
        ] {
            assert!(Dates::parse(period, date, jiff::civil::date(2026, 11, 22)).is_err(), "{period} {date}");
        }
    }
}
