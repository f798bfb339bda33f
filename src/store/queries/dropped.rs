//! What was not counted.

use clickhouse::Row;
use serde::Deserialize;

use super::{Days, IN_RANGE, about};
use crate::accounts::{ServerScope, SiteScope};
use crate::store::{Result, Store};

/// How many hits one reason cost.
#[derive(Row, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DroppedCount {
    /// Number of the reason.
    pub reason: u8,
    /// Hits.
    pub count: u64,
}

impl Store {
    /// Dropped hits by reason.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dropped(&self, scope: &SiteScope, days: Days) -> Result<Vec<DroppedCount>> {
        let sql = format!(
            "SELECT reason, sum(hits) AS count FROM dropped WHERE {IN_RANGE}
             GROUP BY reason ORDER BY count DESC, reason"
        );
        about(self.reader().query(&sql), scope, days).fetch_all().await
    }

    /// Hits that belong to no site (unknown numbers, forged banners, nonsense), by reason. Their dates are UTC's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dropped_of_no_site(&self, _scope: ServerScope, days: Days) -> Result<Vec<DroppedCount>> {
        let sql = "SELECT reason, sum(hits) AS count FROM dropped
             WHERE site_id = 0 AND local_date BETWEEN {from:Date} AND {to:Date}
             GROUP BY reason ORDER BY count DESC, reason";
        let query = self.reader().query(sql).param("from", days.from.to_string());
        query.param("to", days.to.to_string()).fetch_all().await
    }

    /// Time of a site's last event, Unix seconds; 0 when there is none in these days.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_hit(&self, scope: &SiteScope, days: Days) -> Result<u32> {
        let sql = format!("SELECT toUInt32(max(time)) FROM events WHERE {IN_RANGE}");
        about(self.reader().query(&sql), scope, days).fetch_one().await
    }
}
