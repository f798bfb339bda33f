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

use crate::accounts::SiteScope;
use crate::store::queries::{Days, EventRow, PageRow, SourceRow};
use crate::store::{Result, Store};
use fold::fold;

/// What reports work with.
#[derive(Clone)]
pub struct Reports {
    /// The database.
    pub store: Store,
    /// Fewest visitors that a label needs to be shown.
    pub min_group: u32,
}

/// What Matomo's Reporting API asks for, folded like everything else.
impl Reports {
    /// Viewed pages by path.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page_paths(&self, scope: &SiteScope, days: Days) -> Result<Vec<PageRow>> {
        Ok(fold(self.store.page_paths(scope, days).await?, self.min_group))
    }

    /// Viewed pages by title.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page_titles(&self, scope: &SiteScope, days: Days) -> Result<Vec<PageRow>> {
        Ok(fold(self.store.page_titles(scope, days).await?, self.min_group))
    }

    /// Events by action.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn event_actions(&self, scope: &SiteScope, days: Days) -> Result<Vec<EventRow>> {
        Ok(fold(self.store.event_actions(scope, days).await?, self.min_group))
    }

    /// Visits from other websites, by host.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn websites(&self, scope: &SiteScope, days: Days) -> Result<Vec<SourceRow>> {
        Ok(fold(self.store.websites(scope, days).await?, self.min_group))
    }
}
