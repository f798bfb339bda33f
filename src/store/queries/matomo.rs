//! What Matomo's Reporting API asks for beyond the totals of a day.

use clickhouse::Row;
use serde::Deserialize;

use super::{COUNTED, Days, IN_RANGE, MAX_ROWS, about};
use crate::accounts::SiteScope;
use crate::store::{Result, Store};

/// `Actions.get`.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionTotals {
    /// Page views.
    pub page_views: u64,
    /// Page views, a URL once a visit.
    pub unique_page_views: u64,
    /// Downloads.
    pub downloads: u64,
    /// Downloads, a file once a visit.
    pub unique_downloads: u64,
    /// Outlinks.
    pub outlinks: u64,
    /// Outlinks, a target once a visit.
    pub unique_outlinks: u64,
    /// Searches.
    pub searches: u64,
    /// Different keywords.
    pub keywords: u64,
}

/// One page or title.
#[derive(Row, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    /// Path and query, or title.
    pub label: String,
    /// Views.
    pub hits: u64,
    /// Visits with a view.
    pub visits: u64,
    /// Distinct visitors of each day, summed.
    pub visitors: u64,
    /// A host that it was seen on.
    pub host: String,
}

/// One label of events.
#[derive(Row, Deserialize, Clone, Debug, PartialEq)]
pub struct EventRow {
    /// The label.
    pub label: String,
    /// Events.
    pub events: u64,
    /// Visits with such an event.
    pub visits: u64,
    /// Distinct visitors of each day, summed.
    pub visitors: u64,
    /// Events that have a value.
    pub with_value: u64,
    /// Sum of the values.
    pub sum: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
}

/// One source of visits.
#[derive(Row, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// The label.
    pub label: String,
    /// Distinct visitors of each day, summed.
    pub visitors: u64,
    /// Visits.
    pub visits: u64,
    /// Counted actions.
    pub actions: u64,
    /// Most counted actions in one visit.
    pub max_actions: u64,
    /// Matomo's visit lengths, summed.
    pub seconds: u64,
    /// Visits with at most one counted action.
    pub bounces: u64,
}

impl Store {
    /// Counts of each kind of action.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn action_totals(&self, scope: &SiteScope, days: Days) -> Result<ActionTotals> {
        let sql = format!(
            "SELECT countIf(kind = 1) AS page_views, uniqExactIf((visit, path), kind = 1) AS unique_page_views,
                    countIf(kind = 3) AS downloads, uniqExactIf((visit, target), kind = 3) AS unique_downloads,
                    countIf(kind = 2) AS outlinks, uniqExactIf((visit, target), kind = 2) AS unique_outlinks,
                    countIf(kind = 5) AS searches, uniqExactIf(category, kind = 5) AS keywords
             FROM events WHERE {IN_RANGE}"
        );
        about(self.reader().query(&sql), scope, days).fetch_one().await
    }

    /// Viewed pages by path.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page_paths(&self, scope: &SiteScope, days: Days) -> Result<Vec<PageRow>> {
        self.pages("path", scope, days).await
    }

    /// Viewed pages by title.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page_titles(&self, scope: &SiteScope, days: Days) -> Result<Vec<PageRow>> {
        self.pages("title", scope, days).await
    }

    async fn pages(&self, column: &'static str, scope: &SiteScope, days: Days) -> Result<Vec<PageRow>> {
        let sql = format!(
            "SELECT toString({column}) AS label, count() AS hits, uniqExact(visit) AS visits,
                    uniqExact(local_date, visitor) AS visitors, toString(any(host)) AS host
             FROM events WHERE {IN_RANGE} AND kind = 1
             GROUP BY label ORDER BY hits DESC, label {MAX_ROWS}"
        );
        about(self.reader().query(&sql), scope, days).fetch_all().await
    }

    /// Events by action.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn event_actions(&self, scope: &SiteScope, days: Days) -> Result<Vec<EventRow>> {
        let sql = format!(
            "SELECT toString(action) AS label, count() AS events, uniqExact(visit) AS visits,
                    uniqExact(local_date, visitor) AS visitors, sum(toUInt64(has_value)) AS with_value,
                    sum(value) AS sum, minIf(value, has_value = 1) AS min, maxIf(value, has_value = 1) AS max
             FROM events WHERE {IN_RANGE} AND kind = 4
             GROUP BY label ORDER BY events DESC, label {MAX_ROWS}"
        );
        about(self.reader().query(&sql), scope, days).fetch_all().await
    }

    /// Visits that came from other websites, by host.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn websites(&self, scope: &SiteScope, days: Days) -> Result<Vec<SourceRow>> {
        let sql = format!(
            "SELECT label, uniqExact(day, visitor) AS visitors, count() AS visits, sum(acts) AS actions,
                    max(acts) AS max_actions, sum(length) AS seconds, countIf(acts <= 1) AS bounces
             FROM (SELECT local_date AS day, visit, any(visitor) AS visitor, countIf(kind IN {COUNTED}) AS acts,
                          if(count() > 1, toUInt64(max(time) - min(time)) + 1, 0) AS length,
                          argMin(referrer_kind, (referrer_kind = 1, seq)) AS source,
                          toString(argMin(referrer_name, (referrer_kind = 1, seq))) AS label
                   FROM events WHERE {IN_RANGE} GROUP BY day, visit)
             WHERE source = 3
             GROUP BY label ORDER BY visits DESC, label {MAX_ROWS}"
        );
        about(self.reader().query(&sql), scope, days).fetch_all().await
    }
}
