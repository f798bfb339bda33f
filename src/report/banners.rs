//! Banner counts, gross and valid.

use super::Reports;
use super::overview::ratio;
use crate::accounts::SiteScope;
use crate::store::Result;
use crate::store::queries::{BannerRow, Days};

/// One creative in one placement.
pub struct BannerReport {
    /// The counts.
    pub row: BannerRow,
    /// Valid clicks by valid impressions.
    pub click_through_rate: Option<f64>,
}

/// Banner counts of a site's placements.
///
/// # Errors
/// When the database fails.
pub async fn banners(reports: &Reports, scope: &SiteScope, days: Days) -> Result<Vec<BannerReport>> {
    let rows = reports.store.banners(scope, days).await?;
    let report = |row: BannerRow| BannerReport {
        click_through_rate: ratio(row.valid_clicks, row.valid_impressions),
        row,
    };
    Ok(rows.into_iter().map(report).collect())
}
