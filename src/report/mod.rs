//! Reports: what a query found, as the figures people read.
//!
//! Every report needs a [`SiteScope`](crate::accounts::SiteScope). Ratios are computed here and nowhere else; one
//! without a denominator is absent, not 0. [`fold`] is the one place where small groups disappear.

mod banners;
mod breakdown;
mod error;
mod fold;
mod goals;
pub mod matomo;
mod overview;
pub mod period;
mod visitors;

pub use banners::{BannerReport, banners};
pub use breakdown::{Breakdown, BreakdownLine, OTHER, breakdown};
pub use error::ReportError;
pub use goals::{GoalLine, GoalReport, Reached, goals};
pub use overview::{Overview, Point, Totals, overview, ratio};
pub use period::{Interval, Period, PeriodError};
pub use visitors::are_distinct;

use crate::store::Store;

/// What reports work with.
#[derive(Clone)]
pub struct Reports {
    /// The database.
    pub store: Store,
    /// Fewest visitors that a label needs to be shown.
    pub min_group: u32,
}

/// An amount in whole cents: sums of the same numbers may differ by less, depending on their order.
pub fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}
