//! Answers as JSON, in the shapes of Matomo's.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::answer::{Answer, Tree};
use crate::report::matomo::table::{Columns, Report, Row, Table};

/// An answer by itself: a single value is in an object.
pub(super) struct Whole<'a>(pub &'a Answer);

/// An answer or a report inside another: a single value stands alone.
struct Part<T>(T);

/// An error.
#[derive(Serialize)]
pub(super) struct Error<'a> {
    result: &'static str,
    message: &'a str,
}

impl<'a> Error<'a> {
    /// With a message for the person who reads it.
    pub fn new(message: &'a str) -> Error<'a> {
        Error { result: "error", message }
    }
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Answer::Report(Report::Value(value)) => map(serializer, [("value", value)].into_iter()),
            other => Part(other).serialize(serializer),
        }
    }
}

impl Serialize for Part<&Answer> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Answer::Report(report) => Part(report).serialize(serializer),
            Answer::Managed(value, _) => value.serialize(serializer),
            Answer::Tree(tree) => Part(tree).serialize(serializer),
            Answer::Dates(dates) => map(serializer, dates.iter().map(|(name, report)| (name, Part(report)))),
            Answer::Sites(sites) => map(serializer, sites.iter().map(|(site, answer)| (site, Part(answer)))),
        }
    }
}

impl Serialize for Part<&Tree> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Value(value) => value.serialize(serializer),
            Tree::List(list) => serializer.collect_seq(list.iter().map(Part)),
            Tree::Fields(fields) => map(serializer, fields.iter().map(|(name, tree)| (name, Part(tree)))),
        }
    }
}

impl Serialize for Part<&Report> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Report::Table(table) => Part(table).serialize(serializer),
            Report::Row(columns) => Part(columns).serialize(serializer),
            Report::Value(value) => value.serialize(serializer),
        }
    }
}

impl Serialize for Part<&Table> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows.iter().map(Part))
    }
}

impl Serialize for Part<&Columns> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Part<&Row> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.0;
        let mut map = serializer.serialize_map(None)?;
        if !row.label.is_null() {
            map.serialize_entry("label", &row.label)?;
        }
        for (name, value) in &row.columns {
            map.serialize_entry(name, value)?;
        }
        if !row.goals.is_empty() {
            map.serialize_entry("goals", &Goals(&row.goals))?;
        }
        for (name, value) in row.own_metadata() {
            map.serialize_entry(name, value)?;
        }
        if let Some(subtable) = &row.subtable {
            map.serialize_entry("subtable", &Part(subtable))?;
        }
        map.end()
    }
}

struct Goals<'a>(&'a [(String, Columns)]);

impl Serialize for Goals<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.0.iter().map(|(goal, columns)| (format!("idgoal={goal}"), Part(columns))))
    }
}

/// An object; an empty one is an empty list, as PHP has it.
fn map<S: Serializer, K: Serialize, V: Serialize>(
    serializer: S,
    entries: impl ExactSizeIterator<Item = (K, V)>,
) -> Result<S::Ok, S::Error> {
    match entries.len() {
        0 => serializer.serialize_seq(Some(0))?.end(),
        _ => serializer.collect_map(entries),
    }
}

impl Row {
    /// What stands beside the figures, but for names that a figure has.
    pub(super) fn own_metadata(
        &self,
    ) -> impl Iterator<Item = &(std::borrow::Cow<'static, str>, serde_json::Value)> {
        self.metadata.iter().filter(|(name, _)| {
            !["label", "goals", "subtable"].contains(&name.as_ref())
                && !self.columns.iter().any(|(column, _)| column == name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::samples::*;
    use super::*;

    fn json(answer: &Answer) -> String {
        serde_json::to_string(&Whole(answer)).unwrap()
    }

    #[test]
    fn tables() {
        assert_eq!(
            json(&Answer::Report(table())),
            r#"[{"label":"a","nb_visits":2,"bounce_rate":"50%","goals":{"idgoal=1":{"nb_conversions":1}},"#
                .to_owned()
                + r#""url":"https://a","subtable":[{"label":"<b>","nb_visits":1}]},"#
                + r#"{"label":"=1+1","nb_visits":0.5}]"#
        );
        assert_eq!(json(&Answer::Report(empty())), "[]");
    }

    #[test]
    fn rows_and_values() {
        assert_eq!(json(&Answer::Report(row())), r#"{"nb_visits":1,"nb_actions":3}"#);
        assert_eq!(json(&Answer::Report(Report::Row(vec![]))), "[]");
        assert_eq!(json(&Answer::Report(value())), r#"{"value":3}"#);
    }

    #[test]
    fn maps() {
        assert_eq!(
            json(&days()),
            r#"{"2010-01-01":{"nb_visits":1,"nb_actions":3},"2010-01-02":[],"2010-01-03":3}"#
        );
        assert_eq!(json(&sites()), r#"{"1":{"2010-01-01":3},"2":{"2010-01-01":[]}}"#);
        assert_eq!(json(&Answer::Sites(vec![])), "[]");
    }

    #[test]
    fn a_name_is_there_once() {
        let mut row = Row { label: "x".into(), ..Row::default() };
        row.columns = vec![("url".into(), 1.into())];
        row.metadata = vec![("url".into(), "other".into()), ("label".into(), "y".into())];
        let answer = Answer::Report(Report::Table(Table { rows: vec![row] }));
        assert_eq!(json(&answer), r#"[{"label":"x","url":1}]"#);
    }
}
