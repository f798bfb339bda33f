//! A dimension's labels, a page at a time.

use super::Reports;
use super::fold::fold;
use crate::accounts::SiteScope;
use crate::store::Result;
use crate::store::queries::{BreakdownRow, Days, Dimension};

pub use super::fold::OTHER;

/// One page of a breakdown.
pub struct Breakdown {
    /// The lines of the page.
    pub lines: Vec<BreakdownLine>,
    /// How many lines there are on all pages.
    pub total: usize,
}

/// One label.
pub struct BreakdownLine {
    /// The counts.
    pub row: BreakdownRow,
    /// Whether these are several labels with few visitors each.
    pub is_folded: bool,
}

/// Breaks a site's counts down by a dimension. `search` keeps labels that contain it, whatever the case.
///
/// # Errors
/// When the database fails.
pub async fn breakdown(
    reports: &Reports,
    scope: &SiteScope,
    days: Days,
    dimension: Dimension,
    search: Option<&str>,
    page: std::ops::Range<usize>,
) -> Result<Breakdown> {
    let rows = fold(reports.store.breakdown(scope, days, dimension).await?, reports.min_group);
    let needle = search.map(str::to_lowercase).unwrap_or_default();
    let found: Vec<BreakdownRow> = rows
        .into_iter()
        .filter(|row| needle.is_empty() || row.label.to_lowercase().contains(&needle))
        .collect();
    let total = found.len();
    let lines = found.into_iter().skip(page.start).take(page.len());
    let line = |row: BreakdownRow| BreakdownLine { is_folded: row.label == OTHER, row };
    Ok(Breakdown { lines: lines.map(line).collect(), total })
}
