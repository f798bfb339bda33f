//! A dimension's labels, a page at a time.

use super::fold::{check_filter, fold};
use super::{ReportError, Reports};
use crate::accounts::SiteScope;
use crate::store::queries::{BreakdownRow, Dimension, Selection};

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
/// When the database fails, or the filter selects too few.
pub async fn breakdown(
    reports: &Reports,
    scope: &SiteScope,
    selection: Selection,
    dimension: Dimension,
    search: Option<&str>,
    page: std::ops::Range<usize>,
) -> Result<Breakdown, ReportError> {
    check_filter(reports, scope, &selection).await?;
    let rows = fold(reports.store.breakdown(scope, selection, dimension).await?, reports.min_group);
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
