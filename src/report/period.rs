//! Periods in a site's own calendar.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::accounts::Site;
use crate::store::queries::Days;

/// Longest period that can be asked for, in days: five years and a leap day or two.
const MAX_DAYS: i32 = 5 * 366;

/// How fine a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// An hour each.
    Hour,
    /// A day each.
    Day,
    /// A month each.
    Month,
}

/// A period with the one before it, for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its days.
    pub days: Days,
    /// As many days before, or the same days of the calendar month or year before. Absent for today: half a day is not
    /// to be compared with a whole one.
    pub previous: Option<Days>,
    /// How fine its series is.
    pub interval: Interval,
    /// The site's date now.
    pub today: Date,
}

/// Why a period means nothing; the text is for the person who asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PeriodError {
    /// The name is none of ours.
    #[error("{0:?} is no period: today, yesterday, 7d, 30d, month, year or custom")]
    Name(String),
    /// A date is missing or none.
    #[error("{0} is missing or no date: write it like 2026-11-22")]
    Date(&'static str),
    /// The end is before the beginning.
    #[error("the period ends before it begins")]
    Backwards,
    /// The period is too long.
    #[error("a period has at most {MAX_DAYS} days")]
    TooLong,
}

/// The site's date at a moment.
pub fn today(site: &Site, now: Timestamp) -> Date {
    now.to_zoned(site.zone(now).clone()).date()
}

impl Period {
    /// A period by its name; `date` chooses the month or year, `from` and `to` a custom one.
    ///
    /// # Errors
    /// When the name or a date means nothing, or the period is too long.
    pub fn named(
        name: &str,
        date: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
        today: Date,
    ) -> Result<Period, PeriodError> {
        let anchor = date.map_or(Ok(today), |text| parse("date", Some(text)))?;
        let last = |count: i32| Days { from: today.saturating_sub((count - 1).days()), to: today };
        let days = match name {
            "today" => last(1),
            "yesterday" => last(2).first_day(),
            "7d" => last(7),
            "30d" => last(30),
            "month" => Days { from: anchor.first_of_month(), to: anchor.last_of_month() },
            "year" => Days { from: anchor.first_of_year(), to: anchor.last_of_year() },
            "custom" => Days { from: parse("from", from)?, to: parse("to", to)? },
            other => return Err(PeriodError::Name(other.to_owned())),
        };
        let previous = match name {
            "today" => None,
            "month" => Some(months_before(days, 1, today)),
            "year" => Some(months_before(days, 12, today)),
            _ => Some(days.before()),
        };
        check(Period { days, previous, interval: interval(days), today })
    }
}

fn parse(name: &'static str, text: Option<&str>) -> Result<Date, PeriodError> {
    let date = text.and_then(|text| text.parse::<Date>().ok()).ok_or(PeriodError::Date(name))?;
    // What ClickHouse's Date can hold.
    match (1970..=2148).contains(&date.year()) {
        true => Ok(date),
        false => Err(PeriodError::Date(name)),
    }
}

fn check(period: Period) -> Result<Period, PeriodError> {
    let length = period.days.length();
    match length {
        ..1 => Err(PeriodError::Backwards),
        1..=MAX_DAYS => Ok(period),
        _ => Err(PeriodError::TooLong),
    }
}

fn interval(days: Days) -> Interval {
    match days.length() {
        ..=2 => Interval::Hour,
        3..=92 => Interval::Day,
        _ => Interval::Month,
    }
}

/// The months before: all of them, or as far as the period has come when it is not over.
fn months_before(days: Days, months: i32, today: Date) -> Days {
    let from = days.from.saturating_sub(months.months());
    let last = days.from.yesterday().unwrap_or(from);
    let to = if days.to < today { last } else { today.saturating_sub(months.months()).min(last) };
    Days { from, to }
}

impl Days {
    /// How many days there are.
    pub fn length(self) -> i32 {
        (self.to - self.from).get_days() + 1
    }

    /// One day.
    pub fn one(day: Date) -> Days {
        Days { from: day, to: day }
    }

    /// As many days right before.
    pub fn before(self) -> Days {
        let to = self.from.yesterday().unwrap_or(self.from);
        Days { from: to.saturating_sub((self.length() - 1).days()), to }
    }

    fn first_day(self) -> Days {
        Days::one(self.from)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn named(name: &str) -> Period {
        Period::named(name, None, None, None, date(2026, 3, 15)).unwrap()
    }

    #[test]
    fn periods_and_what_came_before() {
        let days = |from: (i16, i8, i8), to: (i16, i8, i8)| Days {
            from: date(from.0, from.1, from.2),
            to: date(to.0, to.1, to.2),
        };
        assert_eq!(named("today").days, days((2026, 3, 15), (2026, 3, 15)));
        assert_eq!(named("today").previous, None);
        assert_eq!(named("yesterday").days, days((2026, 3, 14), (2026, 3, 14)));
        assert_eq!(named("7d").days, days((2026, 3, 9), (2026, 3, 15)));
        assert_eq!(named("7d").previous, Some(days((2026, 3, 2), (2026, 3, 8))));
        assert_eq!(named("month").days, days((2026, 3, 1), (2026, 3, 31)));
        assert_eq!(named("month").previous, Some(days((2026, 2, 1), (2026, 2, 15))));
        assert_eq!(named("year").previous, Some(days((2025, 1, 1), (2025, 3, 15))));
        let over = Period::named("month", Some("2026-02-03"), None, None, date(2026, 3, 15)).unwrap();
        assert_eq!(over.previous, Some(days((2026, 1, 1), (2026, 1, 31))));
        assert_eq!(named("year").interval, Interval::Month);
    }

    #[test]
    fn senseless_periods_are_refused() {
        let custom = |from, to| Period::named("custom", None, Some(from), Some(to), date(2026, 3, 15));
        assert_eq!(custom("2026-03-02", "2026-03-01"), Err(PeriodError::Backwards));
        assert_eq!(custom("1980-01-01", "2030-01-01"), Err(PeriodError::TooLong));
        assert_eq!(custom("soon", "2030-01-01"), Err(PeriodError::Date("from")));
        assert_eq!(custom("-009999-01-01", "2030-01-01"), Err(PeriodError::Date("from")));
    }
}
