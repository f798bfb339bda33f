//! The events of a day, visit by visit, for reports that follow each visit step by step.

use clickhouse::Row;
use clickhouse::query::RowCursor;
use serde::Deserialize;

use super::{Days, IN_RANGE, about};
use crate::accounts::SiteScope;
use crate::store::{EventRow, Result, Store};

/// What a [`Store::live_counters`] call finds.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default)]
pub struct LiveCounters {
    /// Visits with an action since then.
    pub visits: u64,
    /// Their counted actions since then.
    pub actions: u64,
    /// Their visitors.
    pub visitors: u64,
    /// Visits among them that reached a goal or ordered.
    pub converted: u64,
}

/// What a visitor did on some days.
#[derive(Row, Deserialize, Clone, Copy, Debug)]
pub struct PastVisits {
    /// Who.
    pub visitor: u64,
    /// How many visits they had. A visit is that of the visitor of its last event.
    pub visits: u64,
    /// When the first visit began, Unix seconds.
    pub first: u32,
    /// When the last visit began.
    pub last: u32,
    /// When the last visit with an order began; 0 without one.
    pub last_order: u32,
}

impl Store {
    /// The events of some days, by day, visit and order of arrival.
    ///
    /// # Errors
    /// When the database fails.
    pub fn visit_events(&self, scope: &SiteScope, days: Days) -> Result<RowCursor<EventRow>> {
        let sql = format!("SELECT ?fields FROM events WHERE {IN_RANGE} ORDER BY local_date, visit, seq");
        about(self.reader().query(&sql), scope, days).fetch()
    }

    /// Visits of each visitor on some days.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visits_by_visitor(&self, scope: &SiteScope, days: Days) -> Result<Vec<PastVisits>> {
        let sql = format!(
            "SELECT person AS visitor, count() AS visits, min(began) AS first, max(began) AS last,
                    maxIf(began, ordered) AS last_order
             FROM (SELECT argMax(visitor, seq) AS person, toUInt32(min(time)) AS began, max(kind = 10) AS ordered
                   FROM events WHERE {IN_RANGE} GROUP BY local_date, visit)
             WHERE person != 0 GROUP BY person"
        );
        about(self.reader().query(&sql), scope, days).fetch_all().await
    }

    /// What happened since `since` (Unix seconds), which is on one of `days`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_counters(&self, scope: &SiteScope, days: Days, since: i64) -> Result<LiveCounters> {
        let sql = format!(
            "SELECT uniqExact(visit) AS visits, countIf(kind IN (1, 2, 3, 4, 5)) AS actions,
                    uniqExact(visitor) AS visitors,
                    uniqExactIf(visit, notEmpty(goals) OR kind = 10) AS converted
             FROM events
             WHERE {IN_RANGE} AND time >= fromUnixTimestamp64Second({{since:Int64}}) AND kind != 8"
        );
        about(self.reader().query(&sql), scope, days).param("since", since).fetch_one().await
    }
}
