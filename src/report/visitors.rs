//! Who counts as one visitor, and who has been here before.

use jiff::ToSpan;

use super::Reports;
use crate::accounts::{Identity, SiteScope};
use crate::store::Result;
use crate::store::queries::{Selection, VisitorCounts};

/// How far back an id that came with consent is looked for, in days: longer than any retention of ids.
pub(super) const HISTORY_DAYS: i32 = 400;

/// Whether a site's visitors are told apart over more than a day, so that those of a period are distinct ones and not
/// the sum of its days.
pub fn are_distinct(scope: &SiteScope) -> bool {
    scope.site().identity == Identity::Consented
}

/// Distinct visitors of a period and their first visits, where they can be known.
pub(super) async fn distinct(
    reports: &Reports,
    scope: &SiteScope,
    selection: &Selection,
) -> Result<Option<VisitorCounts>> {
    if !are_distinct(scope) {
        return Ok(None);
    }
    let known_since = selection.days.from.saturating_sub(HISTORY_DAYS.days());
    reports.store.visitor_counts(scope, selection, known_since).await.map(Some)
}

/// Visitors of a period: distinct ones where they can be known, those of each day, summed, where not.
pub(super) async fn visitors(reports: &Reports, scope: &SiteScope, selection: Selection) -> Result<u64> {
    match distinct(reports, scope, &selection).await? {
        Some(counts) => Ok(counts.visitors),
        None => reports.store.day_visitors(scope, selection).await,
    }
}
