//! What a report of Matomo's API is made of, before it takes the form of JSON, XML or CSV.

use std::borrow::Cow;

use serde_json::Value;

/// Names and values in the order they are shown. A value is a number or a text.
pub type Columns = Vec<(Cow<'static, str>, Value)>;

/// The answer of one method for one site and period.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// Rows by label.
    Table(Table),
    /// One row without a label.
    Row(Columns),
    /// One number or text.
    Value(Value),
}

/// Rows by label, in the order they are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What the row is about: a text, or a number (the hour of a day).
    pub label: Value,
    /// Its figures.
    pub columns: Columns,
    /// Conversions by goal: its number (`1`, `ecommerceOrder`) and figures.
    pub goals: Vec<(String, Columns)>,
    /// What is shown beside the figures, and counts nothing: a URL, a code, a segment.
    pub metadata: Columns,
    /// The rows that this one sums up, if the report goes deeper.
    pub subtable: Option<Table>,
}
