//! Times as clients send them: as PHP's `strtotime` reads them, for the forms that clients use.
//!
//! ISO 8601 as JavaScript, Python and Matomo's applications print it, the plain form of Matomo's PHP client, the dates of
//! mails, headers and JavaScript's `Date`, and Unix time. Without a zone a time is in UTC.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

/// A number of seconds as large as this, in the year 5138, is one of milliseconds.
const MILLISECONDS: f64 = 1e11;

/// The zone after a time. In a query, a plus that was not encoded has become a blank.
const ZONE: &str = r"(?:(?:\s*(?:Z|UTC|GMT))?(?:\s*(?<sign>[+\u{2212}-])\s*|\s+)(?<east>\d{1,2}):?(?<minutes>\d{2})?|\s*(?:Z|UTC|GMT))";

/// Hours, minutes and seconds; parts of seconds are not kept.
const CLOCK: &str = r"(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,]\d+)?)?";

static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    anchored(&format!(
        r"(?<year>\d{{4}})[-/](?<month>\d{{1,2}})[-/](?<day>\d{{1,2}})(?:(?:T|\s+|\+){CLOCK}{ZONE}?)?"
    ))
});

static BASIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    anchored(&format!(
        r"(?<year>\d{{4}})(?<month>\d{{2}})(?<day>\d{{2}})T(?<hour>\d{{2}})(?<minute>\d{{2}})(?:(?<second>\d{{2}})(?:[.,]\d+)?)?{ZONE}?"
    ))
});

static DAY_FIRST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    anchored(&format!(
        r"(?:[a-z]{{3,9}},?\s+)?(?<day>\d{{1,2}})[\s-]+(?<name>[a-z]{{3}})[a-z]*[\s-]+(?<year>\d{{4}})\s+{CLOCK}{ZONE}?"
    ))
});

static MONTH_FIRST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    anchored(&format!(
        r"(?:[a-z]{{3,9}},?\s+)?(?<name>[a-z]{{3}})[a-z]*\s+(?<day>\d{{1,2}}),?\s+(?<year>\d{{4}})\s+{CLOCK}{ZONE}?(?:\s*\(.*\))?"
    ))
});

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The pattern for a whole text, in any case.
fn anchored(pattern: &str) -> Option<Regex> {
    // A test reads all of them, so they are patterns.
    Regex::new(&format!("(?i)^(?:{pattern})$")).ok()
}

/// Unix seconds of a time; `None` when it can't be read.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    unix(text.strip_prefix('@').unwrap_or(text)).or_else(|| {
        let forms = [&ISO, &BASIC, &DAY_FIRST, &MONTH_FIRST];
        forms.iter().find_map(|form| form.as_ref()?.captures(text)).and_then(|parts| moment(&parts))
    })
}

/// Unix seconds or milliseconds; parts of seconds are not kept.
fn unix(text: &str) -> Option<i64> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let seconds = if number >= MILLISECONDS { number / 1_000.0 } else { number };
    Some(seconds.floor() as i64)
}

fn moment(parts: &Captures<'_>) -> Option<i64> {
    let part = |name: &str| parts.name(name).map(|part| part.as_str());
    let number = |name: &str| part(name).map_or(Some(0), |digits| digits.parse::<i64>().ok());
    let month = match part("name") {
        Some(name) => MONTHS.iter().zip(1..).find(|(month, _)| name.eq_ignore_ascii_case(month))?.1,
        None => number("month")?,
    };
    let date =
        Date::new(number("year")?.try_into().ok()?, month.try_into().ok()?, number("day")?.try_into().ok()?);
    let days = i64::from(crate::day::number(date.ok()?));
    let of_day = of_day(number("hour")?, number("minute")?, number("second")?)?;
    let east = zone(number("east")?, number("minutes")?)?;
    let is_west = part("sign").is_some_and(|sign| sign != "+");
    Some(days * 86_400 + of_day + if is_west { east } else { -east })
}

/// Seconds since midnight. The day may end at 24:00:00, and a minute with a leap second.
fn of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_time = (hour < 24 && minute < 60 && second <= 60) || (hour, minute, second) == (24, 0, 0);
    is_time.then_some(hour * 3_600 + minute * 60 + second)
}

/// Seconds that a zone is away from UTC.
fn zone(hours: i64, minutes: i64) -> Option<i64> {
    (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25 09:15:30 UTC.
    const MOMENT: i64 = 1_795_598_130;

    #[test]
    fn all_forms_are_patterns() {
        assert!([&ISO, &BASIC, &DAY_FIRST, &MONTH_FIRST].iter().all(|form| form.is_some()));
    }

    #[test]
    fn one_moment_is_written_in_many_ways() {
        for text in [
            "2026-11-25 09:15:30",
            "2026-11-25T09:15:30Z",
            "2026-11-25t09:15:30z",
            "2026-11-25T09:15:30.123Z",
            "2026-11-25T09:15:30,123456789123Z",
            "2026-11-25 09:15:30.5 UTC",
            "2026-11-25 09:15:30 GMT",
            "2026-11-25T10:15:30+01:00",
            "2026-11-25 10:15:30+0100",
            "2026-11-25 10:15:30 +01",
            "2026-11-25 10:15:30 0100",
            "2026-11-25T10:15:30.000 01:00",
            "2026-11-25 10:15:30+1",
            "2026-11-25 04:15:30-0500",
            "2026-11-25 14:45:30+05:30",
            "2026-11-25 04:15:30\u{2212}05:00",
            "2026-11-25+09:15:30",
            "2026/11/25 09:15:30",
            "20261125T091530Z",
            "20261125T101530+0100",
            "Wed, 25 Nov 2026 09:15:30 GMT",
            "Wed, 25 Nov 2026 10:15:30 +0100",
            "25 November 2026 09:15:30",
            "Wed Nov 25 2026 10:15:30 GMT+0100 (Central European Standard Time)",
            "Wed Nov 25 2026 10:15:30 GMT 0100 (CET)",
            "1795598130",
            "1795598130.75",
            "1795598130123",
            "@1795598130",
        ] {
            assert_eq!(seconds(text), Some(MOMENT), "{text}");
        }
    }

    #[test]
    fn days_and_minutes_may_stand_alone() {
        assert_eq!(seconds("2026-11-25"), seconds("2026-11-25 00:00:00"));
        assert_eq!(seconds("2026-11-25T09:15"), Some(MOMENT - 30));
        assert_eq!(seconds("2026-11-25 24:00:00"), seconds("2026-11-26 00:00:00"));
        assert_eq!(seconds("2026-12-31 23:59:60"), seconds("2027-01-01 00:00:00"));
        assert_eq!(seconds("1970-01-02 00:00:01"), Some(86_401));
        assert!(seconds("9999-12-31 23:59:59-1200").is_some());
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-13-01 00:00:00",
            "2026-02-30 00:00:00",
            "2026-11-25 25:00:00",
            "2026-11-25 24:00:01",
            "2026-11-25 09:60:00",
            "2026-11-25 09:15:61",
            "2026-11-25 09:15:30+25:00",
            "2026-11-25 09:15:30+01:99",
            "2026-11-25 09:15:30 Mars",
            "25 Foo 2026 09:15:30",
            "12026-11-25 09:15:30",
            "inf",
            "NaN",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_time_or_none(text in "[0-9TZtz:+.,@ \\-A-Za-z/()]{0,40}") {
            proptest::prop_assert!(seconds(&text).is_none() || text.contains(|c: char| c.is_ascii_digit()));
        }

        #[test]
        fn a_zone_moves_a_time_and_nothing_else(moment in 0i64..4_000_000_000, hours in -14i64..=14) {
            let local = jiff::Timestamp::from_second(moment + hours * 3_600).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
            let written = format!("{}{}{:02}:30", local.strftime("%Y-%m-%dT%H:%M:%S"), if hours < 0 { '-' } else { '+' }, hours.abs());
            let half = if hours < 0 { 1_800 } else { -1_800 };
            proptest::prop_assert_eq!(seconds(&written), Some(moment + half));
        }
    }
}
