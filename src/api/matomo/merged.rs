//! `API.get`: every report of one row, as one row.

use super::dates::Span;
use super::error::ApiError;
use super::methods;
use super::options::Options;
use crate::accounts::SiteScope;
use crate::report::Reports;
use crate::report::matomo::method::{self, Method};
use crate::report::matomo::table::{Columns, Report};

/// The methods, in the order of their columns.
const METHODS: [&str; 6] = [
    "VisitsSummary.get",
    "Actions.get",
    "Goals.get",
    "PagePerformance.get",
    "VisitFrequency.get",
    "Referrers.get",
];

/// Makes the report of one period. Of two columns with one name the first stays.
pub(super) async fn run(
    reports: &Reports,
    scope: &SiteScope,
    span: &Span,
    options: &Options<'_>,
) -> Result<Report, ApiError> {
    let mut merged = Columns::new();
    for method in METHODS.iter().filter_map(|name| Method::find(name, method::Options::default())) {
        if let Report::Row(columns) = methods::run(&method, reports, scope, span, options).await? {
            let fresh =
                columns.into_iter().filter(|(name, _)| !merged.iter().any(|(known, _)| known == name));
            let fresh: Columns = fresh.collect();
            merged.extend(fresh);
        }
    }
    Ok(Report::Row(merged))
}
