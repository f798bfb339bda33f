//! One file a report: the query, its typed row, and the function that asks for it.
//!
//! Each function takes a [`SiteScope`](crate::accounts::SiteScope), so asking without permission doesn't compile.
//! Local dates and hours were stored with the event; nothing here converts zones.

mod banners;
mod breakdown;
mod dropped;
mod filter;
mod plan;
mod totals;
mod visit_events;
mod visitors;

use clickhouse::query::Query;
use jiff::civil::Date;

use crate::accounts::SiteScope;

pub use banners::BannerRow;
pub use breakdown::{BreakdownRow, Dimension, ORDERS};
pub use dropped::DroppedCount;
pub use filter::{Filter, FilterError};
pub use plan::Selection;
pub use totals::{DayTotals, HourTotals, SiteDay, SiteTotals};
pub use visit_events::{LiveCounters, PastVisits};
pub use visitors::VisitorCounts;

/// The events of one site in a range of local dates. `PREWHERE`-able by the sorting key.
const IN_RANGE: &str = "site_id = {site:UInt32} AND local_date BETWEEN {from:Date} AND {to:Date}";

/// More rows than anybody pages through; the rest would only cost memory.
const MAX_ROWS: &str = "LIMIT 100000";

/// Days of a site, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Days {
    /// First local date.
    pub from: Date,
    /// Last local date.
    pub to: Date,
}

/// Gives a query the site and the days it is about.
fn about(query: Query, scope: &SiteScope, days: Days) -> Query {
    query.param("site", scope.site().id).param("from", days.from.to_string()).param("to", days.to.to_string())
}
