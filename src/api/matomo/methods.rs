//! From a name to a report.

use serde_json::{Map, Value};

use super::dates::Span;
use super::error::ApiError;
use crate::accounts::SiteScope;
use crate::protocol::Params;
use crate::report::Reports;
use crate::report::matomo::Request;
use crate::report::matomo::method::{Method, Options};
use crate::report::matomo::table::{Columns, Report, Row};

pub(super) fn find(params: &Params) -> Result<Method, ApiError> {
    let name = params.text("method").unwrap_or_default();
    let options = Options {
        goal: params.text("idGoal"),
        carts: params.flag("abandonedCarts"),
        dimension: params.int("idDimension").and_then(|id| u16::try_from(id).ok()),
        second: params.text("secondaryDimension"),
    };
    Method::find(name, options)
        .ok_or_else(|| ApiError::bad(format!("The method {name:?} does not exist or is not available.")))
}

pub(super) async fn run(
    method: &Method,
    reports: &Reports,
    scope: &SiteScope,
    span: &Span,
    delimiter: &str,
) -> Result<Value, ApiError> {
    let request = Request { days: span.days, is_day: span.is_day, delimiter };
    Ok(match reports.matomo(scope, method, &request).await? {
        Report::Table(table) => Value::Array(table.rows.into_iter().map(row).collect()),
        Report::Row(columns) => Value::Object(object(columns)),
        Report::Value(value) => value,
    })
}

fn object(columns: Columns) -> Map<String, Value> {
    columns.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()
}

fn row(row: Row) -> Value {
    let mut map = Map::new();
    map.insert("label".into(), row.label);
    map.extend(object(row.columns));
    if !row.goals.is_empty() {
        let goals =
            row.goals.into_iter().map(|(id, c)| (format!("idgoal={id}"), Value::Object(object(c)))).collect();
        map.insert("goals".into(), Value::Object(goals));
    }
    map.extend(object(row.metadata));
    if let Some(table) = row.subtable {
        map.insert("subtable".into(), Value::Array(table.rows.into_iter().map(self::row).collect()));
    }
    Value::Object(map)
}
