//! The methods of today in the types of tomorrow.

use serde_json::{Map, Value};

use super::dates::Span;
use super::error::ApiError;
use super::filters::Form;
use super::methods::{Method, Shape};
use super::options::Options;
use crate::accounts::SiteScope;
use crate::report::Reports;
use crate::report::matomo::table::{Report, Row, Table};
use crate::report::matomo::{Joint, Order};

/// What is shown beside the figures.
const METADATA: [&str; 1] = ["url"];

/// Makes the report of one period.
pub(super) async fn run(
    method: Method,
    reports: &Reports,
    scope: &SiteScope,
    span: &Span,
    options: &Options<'_>,
) -> Result<Report, ApiError> {
    if options.segment.is_some() {
        return Err(ApiError::bad("segments are not available yet"));
    }
    let shape = Shape { is_flat: options.is_flat, limit: usize::MAX, delimiter: options.delimiter };
    Ok(match method.run(reports, scope, span, &shape).await? {
        Value::Array(rows) => Report::Table(Table { rows: rows.into_iter().filter_map(row).collect() }),
        Value::Object(columns) => {
            Report::Row(columns.into_iter().map(|(name, value)| (name.into(), value)).collect())
        }
        value => Report::Value(value),
    })
}

/// How the report of a method is shown.
pub(super) fn form(method: Method) -> Form {
    let joint = match method {
        Method::PageUrls => Joint::Path,
        _ => Joint::Text(" - "),
    };
    Form { joint, sort: Some(("nb_visits", Order::Descending)) }
}

fn row(value: Value) -> Option<Row> {
    let Value::Object(mut columns) = value else { return None };
    let label = columns.remove("label").unwrap_or_default();
    let metadata =
        METADATA.iter().filter_map(|name| Some(((*name).into(), columns.remove(*name)?))).collect();
    let named = |columns: Map<String, Value>| columns.into_iter().map(|(name, value)| (name.into(), value));
    Some(Row { label, columns: named(columns).collect(), metadata, ..Row::default() })
}
