//! Sealed days: what is computed once when a local day is over, so that a report over a year adds up plain numbers.
//!
//! The same SQL ([`rollups`]) counts a day that is being sealed, one that is not sealed yet, and a filtered report: only
//! the [`Rows`] that it reads differ. So a report says the same before a day is sealed and after.

pub mod book;
mod clean;
mod known;
pub(super) mod rollups;
pub(super) mod rows;
mod write;

pub use book::DayState;
pub use clean::Superseded;
pub(super) use known::Known;
pub use write::Sealing;
