//! Impressions and clicks, gross and valid.

use clickhouse::Row;
use serde::Deserialize;

use super::{Days, IN_RANGE, about};
use crate::accounts::SiteScope;
use crate::event::Reason;
use crate::store::{Result, Store};

/// One creative in one placement.
#[derive(Row, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct BannerRow {
    /// Campaign.
    pub campaign_id: u32,
    /// Creative.
    pub creative_id: u32,
    /// Placement.
    pub placement_id: u32,
    /// All impressions.
    pub impressions: u64,
    /// Impressions without a fault.
    pub valid_impressions: u64,
    /// Impressions that the image proxies of mail providers fetched: not valid, and counted by themselves.
    pub mail_impressions: u64,
    /// All clicks.
    pub clicks: u64,
    /// Clicks without a fault.
    pub valid_clicks: u64,
}

impl Store {
    /// Banner counts of a site's placements.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn banners(&self, scope: &SiteScope, days: Days) -> Result<Vec<BannerRow>> {
        let sql = format!(
            "SELECT campaign_id, creative_id, placement_id,
                    countIf(kind = 1) AS impressions, countIf(kind = 1 AND reason = 0) AS valid_impressions,
                    countIf(kind = 1 AND reason = {mail}) AS mail_impressions,
                    countIf(kind = 2) AS clicks, countIf(kind = 2 AND reason = 0) AS valid_clicks
             FROM ad_events WHERE {IN_RANGE}
             GROUP BY campaign_id, creative_id, placement_id
             ORDER BY impressions DESC, campaign_id, creative_id, placement_id",
            mail = Reason::MailProxy as u8
        );
        about(self.reader().query(&sql), scope, days).fetch_all().await
    }
}
