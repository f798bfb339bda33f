//! What a call is answered with, before it takes a form.

use serde_json::{Map, Value};

use crate::report::matomo::table::{Columns, Report, Row, Table};

/// The answer to one call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// One report.
    Report(Report),
    /// A report a period, by the period's name.
    Dates(Vec<(String, Report)>),
    /// An answer a site, by the site's number; none of them has sites again.
    Sites(Vec<(u32, Answer)>),
    /// What a method of management tells: as JSON, and as a table for the other formats.
    Managed(Value, Report),
    /// What has a shape of its own: nothing for a spreadsheet.
    Tree(Tree),
}

/// An answer of any shape, in the order it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// A number or a text.
    Value(Value),
    /// One after the other.
    List(Vec<Tree>),
    /// By name.
    Fields(Vec<(String, Tree)>),
}

impl Tree {
    /// The tree; an empty one stays.
    pub fn take(&mut self) -> Tree {
        std::mem::replace(self, Tree::List(Vec::new()))
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Tree {
        Tree::Value(text.into())
    }
}

impl Answer {
    /// The answer of a method of management.
    pub fn managed(value: Value) -> Answer {
        let report = match &value {
            Value::Object(fields) if fields.len() == 1 && fields.contains_key("value") => {
                Report::Value(fields.get("value").cloned().unwrap_or_default())
            }
            Value::Object(fields) if fields.values().all(Value::is_object) => records(fields.values()),
            Value::Object(fields) => Report::Row(columns(fields)),
            Value::Array(list) => records(list.iter()),
            single => Report::Value(single.clone()),
        };
        Answer::Managed(value, report)
    }

    /// Every report with the site and the period that it is kept under.
    pub fn reports(&self) -> Vec<(Option<u32>, Option<&str>, &Report)> {
        match self {
            Answer::Report(report) | Answer::Managed(_, report) => vec![(None, None, report)],
            Answer::Tree(_) => Vec::new(),
            Answer::Dates(dates) => {
                dates.iter().map(|(name, report)| (None, Some(name.as_str()), report)).collect()
            }
            Answer::Sites(sites) => {
                let under = |site: u32, answer| {
                    Answer::reports(answer)
                        .into_iter()
                        .map(move |(_, date, report)| (Some(site), date, report))
                };
                sites.iter().flat_map(|(site, answer)| under(*site, answer)).collect()
            }
        }
    }
}

fn records<'a>(records: impl Iterator<Item = &'a Value>) -> Report {
    let row = |record: &Value| match record {
        Value::Object(fields) => Row { columns: columns(fields), ..Row::default() },
        single => Row { columns: vec![("value".into(), single.clone())], ..Row::default() },
    };
    Report::Table(Table { rows: records.map(row).collect() })
}

/// Fields as columns; a list in one is its texts with commas between.
fn columns(fields: &Map<String, Value>) -> Columns {
    let cell = |value: &Value| match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",").into(),
        value => value.clone(),
    };
    fields.iter().map(|(name, value)| (name.clone().into(), cell(value))).collect()
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::report::matomo::table::{Row, Table};

    pub fn table() -> Report {
        let below =
            Row { label: "<b>".into(), columns: vec![("nb_visits".into(), 1.into())], ..Row::default() };
        let first = Row {
            label: "a".into(),
            columns: vec![("nb_visits".into(), 2.into()), ("bounce_rate".into(), "50%".into())],
            goals: vec![("1".into(), vec![("nb_conversions".into(), 1.into())])],
            metadata: vec![("url".into(), "https://a".into())],
            subtable: Some(Table { rows: vec![below] }),
        };
        let second =
            Row { label: "=1+1".into(), columns: vec![("nb_visits".into(), 0.5.into())], ..Row::default() };
        Report::Table(Table { rows: vec![first, second] })
    }

    pub fn empty() -> Report {
        Report::Table(Table::default())
    }

    pub fn row() -> Report {
        Report::Row(vec![("nb_visits".into(), 1.into()), ("nb_actions".into(), 3.into())])
    }

    pub fn value() -> Report {
        Report::Value(3.into())
    }

    pub fn days() -> Answer {
        let reports = [row(), Report::Row(vec![]), value()];
        Answer::Dates((1..).map(|day| format!("2010-01-0{day}")).zip(reports).collect())
    }

    pub fn sites() -> Answer {
        let day = |report| Answer::Dates(vec![("2010-01-01".into(), report)]);
        Answer::Sites(vec![(1, day(value())), (2, day(empty()))])
    }
}
