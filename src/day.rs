//! Local dates as numbers, which is how they are stored: days since 1970-01-01.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The number of a date.
pub fn number(date: Date) -> i32 {
    (date - EPOCH).get_days()
}

/// The date of a number; the nearest one there is, where a number is beyond all dates.
pub fn date(number: i32) -> Date {
    let days: Span = number.clamp(0, i32::from(u16::MAX)).days();
    EPOCH.saturating_add(days)
}

/// The number as a column holds it (1970 to 2149).
pub fn stored(number: i32) -> u16 {
    u16::try_from(number.max(0)).unwrap_or(u16::MAX)
}
