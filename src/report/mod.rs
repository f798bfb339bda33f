//! Reports: what a query found, as the figures people read.
//!
//! Every report needs a [`SiteScope`](crate::accounts::SiteScope). Ratios are computed here and nowhere else; one
//! without a denominator is absent, not 0. [`fold`] is the one place where small groups disappear.

mod banners;
mod breakdown;
mod error;
mod fold;
pub mod matomo;
mod overview;
pub mod period;

pub use banners::{BannerReport, banners};
pub use breakdown::{Breakdown, BreakdownLine, OTHER, breakdown};
pub use error::ReportError;
pub use overview::{Overview, Point, Totals, overview, ratio};
pub use period::{Interval, Period, PeriodError};

use crate::store::Store;

/// What reports work with.
#[derive(Clone)]
pub struct Reports {
    /// The database.
    pub store: Store,
    /// Fewest visitors that a label needs to be shown.
    pub min_group: u32,
}
