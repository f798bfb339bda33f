//! Visitors of several days, on sites where they are told apart for longer than a day.

use clickhouse::Row;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Days, Selection};
use crate::accounts::SiteScope;
use crate::store::{Result, Store};

/// Distinct visitors of a period, and their visits.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitorCounts {
    /// Distinct visitors of all the days together.
    pub visitors: u64,
    /// Their visits.
    pub visits: u64,
    /// Visits of visitors who had none before.
    pub new_visits: u64,
}

impl Store {
    /// Counts visitors over several days, and their first visits. Earlier visits are looked for from `known_since` on.
    /// Whoever came while the site knew its visitors for a day only is somebody new each day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visitor_counts(
        &self,
        scope: &SiteScope,
        selection: &Selection,
        known_since: Date,
    ) -> Result<VisitorCounts> {
        let Days { from, to } = selection.days;
        let all =
            Selection { days: Days { from: from.min(known_since), to }, filter: selection.filter.clone() };
        let plan = self.plan(scope, all).await?;
        let Some(visits) = plan.visits("visitor, visit, time, local_date") else {
            return Ok(VisitorCounts::default());
        };
        let sql = format!(
            "SELECT countIf(visits > 0) AS visitors, sum(visits) AS visits, sum(is_new) AS new_visits
             FROM (
                SELECT visitor, countIf(counts) AS visits, toUInt64(argMin(counts, (time, visit))) AS is_new
                FROM (SELECT *, is_selected AND local_date >= {{first:Date}} AS counts FROM {visits})
                GROUP BY visitor, stranger)"
        );
        plan.bind(self.reader().query(&sql), scope).param("first", from.to_string()).fetch_one().await
    }
}
