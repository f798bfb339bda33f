//! Removing what was counted for a site that is deleted.

use super::{Result, Store};

/// Every table that has a `site_id`.
const TABLES: [&str; 9] = [
    "events",
    "ad_events",
    "dropped",
    "sealed_days",
    "visit_corrections",
    "visits",
    "daily_totals",
    "daily_hours",
    "daily_breakdowns",
];

impl Store {
    /// Removes all rows of a site. No report shows them once this is done; the disk loses them with the next merges.
    ///
    /// # Errors
    /// When the database fails; what was removed stays removed, and the rest goes when this is called again.
    pub async fn purge_site(&self, site: u32) -> Result<()> {
        for table in TABLES {
            let sql = format!("DELETE FROM {table} WHERE site_id = {{site:UInt32}}");
            self.client.query(&sql).param("site", site).execute().await?;
        }
        Ok(())
    }
}
