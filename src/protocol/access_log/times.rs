//! When a request came, in the ways that logs have.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::fields::number;

/// Characters of [`common`]: `10/Oct/2000:13:55:36 -0700`.
pub(super) const COMMON_LEN: usize = 26;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Above these a number counts thousandths, millionths or billionths of a second.
const SCALES: [(f64, f64); 3] = [(1e17, 1e9), (1e14, 1e6), (1e11, 1e3)];

/// `10/Oct/2000:13:55:36 -0700`
pub(super) fn common(text: &str) -> Option<i64> {
    let (day, rest) = text.split_once('/')?;
    let (month, rest) = rest.split_once('/')?;
    let (civil, zone) = rest.split_once(' ')?;
    let mut numbers = civil.split(':').map(number::<i16>);
    let mut next = || numbers.next()?;
    let (year, hour, minute, second) = (next()?, next()?, next()?, next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let small = |value: i16| i8::try_from(value).ok();
    let civil = DateTime::new(
        year,
        i8::try_from(month).ok()?,
        number(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?.min(59), // a leap second
        0,
    );
    Some(offset(zone)?.to_timestamp(civil.ok()?).ok()?.as_second())
}

/// `+0130`
fn offset(zone: &str) -> Option<Offset> {
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let seconds = number::<i32>(hours)? * 3_600 + number::<i32>(minutes)? * 60;
    match sign {
        "+" => Offset::from_seconds(seconds).ok(),
        "-" => Offset::from_seconds(-seconds).ok(),
        _ => None,
    }
}

/// ISO 8601; UTC where no zone is told.
pub(super) fn iso(text: &str) -> Option<i64> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let civil: DateTime = text.parse().ok()?;
    Some(Offset::UTC.to_timestamp(civil).ok()?.as_second())
}

/// Any of the above, or a number since 1970.
pub(super) fn any(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let as_number = || text.parse().ok().and_then(unix);
    as_number().or_else(|| common(text)).or_else(|| iso(text)).or_else(|| iso(&text.replace('/', "-")))
}

/// Since 1970, in seconds or finer parts.
pub(super) fn unix(number: f64) -> Option<i64> {
    let scale = SCALES.iter().find(|(above, _)| number >= *above).map_or(1.0, |(_, scale)| *scale);
    let seconds = (number / scale).floor();
    (seconds.is_finite() && (0.0..1e11).contains(&seconds)).then_some(seconds as i64)
}
