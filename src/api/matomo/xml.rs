//! Answers as XML, in the shapes of Matomo's.

use std::io;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use serde_json::Value;

use super::answer::{Answer, Tree};
use crate::report::matomo::table::{Columns, Report, Row, Table};

/// What every answer begins with.
const PROLOGUE: &[u8] = b"<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n";

/// Writes an answer.
pub(super) fn answer(answer: &Answer) -> io::Result<Vec<u8>> {
    let mut document = Document::new();
    match answer {
        Answer::Report(report) => document.result(None, report)?,
        Answer::Tree(tree) => document.tree("result", tree)?,
        several => {
            document.open("results", None)?;
            document.several(several)?;
            document.close("results")?;
        }
    }
    Ok(document.end())
}

/// Writes an error.
pub(super) fn error(message: &str) -> io::Result<Vec<u8>> {
    let mut document = Document::new();
    document.open("result", None)?;
    document.empty("error", Some(("message", message)))?;
    document.close("result")?;
    Ok(document.end())
}

/// A name and a value.
type Mark<'a> = Option<(&'a str, &'a str)>;

struct Document(Writer<Vec<u8>>);

impl Document {
    fn new() -> Document {
        let mut writer = Writer::new_with_indent(PROLOGUE.to_vec(), b'\t', 1);
        writer.config_mut().add_space_before_slash_in_empty_elements = true;
        Document(writer)
    }

    fn end(self) -> Vec<u8> {
        self.0.into_inner()
    }

    /// The reports of several periods or sites.
    fn several(&mut self, answer: &Answer) -> io::Result<()> {
        match answer {
            Answer::Report(report) | Answer::Managed(_, report) => self.result(None, report),
            Answer::Tree(tree) => self.tree("result", tree),
            Answer::Dates(dates) => {
                dates.iter().try_for_each(|(name, report)| self.result(Some(("date", name)), report))
            }
            Answer::Sites(sites) => sites.iter().try_for_each(|(site, answer)| {
                let site = site.to_string();
                match answer {
                    Answer::Report(report) => self.result(Some(("idSite", &site)), report),
                    several => {
                        self.open("result", Some(("idSite", &site)))?;
                        self.several(several)?;
                        self.close("result")
                    }
                }
            }),
        }
    }

    fn tree(&mut self, name: &str, tree: &Tree) -> io::Result<()> {
        let (element, mark) = if is_name(name) { (name, None) } else { ("col", Some(("name", name))) };
        match tree {
            Tree::Value(value) => self.value(name, value),
            Tree::List(list) => {
                self.open(element, mark)?;
                list.iter().try_for_each(|item| self.tree("row", item))?;
                self.close(element)
            }
            Tree::Fields(fields) => {
                self.open(element, mark)?;
                fields.iter().try_for_each(|(name, tree)| self.tree(name, tree))?;
                self.close(element)
            }
        }
    }

    fn result(&mut self, mark: Mark<'_>, report: &Report) -> io::Result<()> {
        match report {
            Report::Value(value) => self.text("result", mark, value),
            Report::Table(table) if table.rows.is_empty() => self.empty("result", mark),
            Report::Row(columns) if columns.is_empty() => self.empty("result", mark),
            Report::Table(table) => {
                self.open("result", mark)?;
                self.rows(table)?;
                self.close("result")
            }
            Report::Row(columns) => {
                self.open("result", mark)?;
                self.columns(columns)?;
                self.close("result")
            }
        }
    }

    fn rows(&mut self, table: &Table) -> io::Result<()> {
        table.rows.iter().try_for_each(|row| self.row(row))
    }

    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.open("row", None)?;
        if !row.label.is_null() {
            self.value("label", &row.label)?;
        }
        self.columns(&row.columns)?;
        if !row.goals.is_empty() {
            self.open("goals", None)?;
            for (goal, columns) in &row.goals {
                self.open("row", Some(("idgoal", goal)))?;
                self.columns(columns)?;
                self.close("row")?;
            }
            self.close("goals")?;
        }
        row.own_metadata().try_for_each(|(name, value)| self.value(name, value))?;
        if let Some(subtable) = &row.subtable {
            self.open("subtable", None)?;
            self.rows(subtable)?;
            self.close("subtable")?;
        }
        self.close("row")
    }

    fn columns(&mut self, columns: &Columns) -> io::Result<()> {
        columns.iter().try_for_each(|(name, value)| self.value(name, value))
    }

    /// A column under its name, or beside it when an element can't be called so.
    fn value(&mut self, name: &str, value: &Value) -> io::Result<()> {
        let (element, mark) = if is_name(name) { (name, None) } else { ("col", Some(("name", name))) };
        match value {
            Value::Array(items) => {
                self.open(element, mark)?;
                items.iter().try_for_each(|item| self.value("row", item))?;
                self.close(element)
            }
            Value::Object(fields) => {
                self.open(element, mark)?;
                fields.iter().try_for_each(|(name, value)| self.value(name, value))?;
                self.close(element)
            }
            value => self.text(element, mark, value),
        }
    }

    fn text(&mut self, element: &str, mark: Mark<'_>, value: &Value) -> io::Result<()> {
        let text = match value {
            Value::Null => String::new(),
            Value::Bool(is_true) => u8::from(*is_true).to_string(),
            Value::String(text) => clean(text),
            other => other.to_string(),
        };
        if text.is_empty() {
            return self.empty(element, mark);
        }
        self.0.write_event(Event::Start(start(element, mark)))?;
        self.0.write_event(Event::Text(BytesText::new(&text)))?;
        self.close(element)
    }

    fn open(&mut self, element: &str, mark: Mark<'_>) -> io::Result<()> {
        self.0.write_event(Event::Start(start(element, mark)))
    }

    fn empty(&mut self, element: &str, mark: Mark<'_>) -> io::Result<()> {
        self.0.write_event(Event::Empty(start(element, mark)))
    }

    fn close(&mut self, element: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(element)))
    }
}

fn start<'a>(element: &'a str, mark: Mark<'_>) -> BytesStart<'a> {
    let start = BytesStart::new(element);
    match mark {
        Some((name, value)) => start.with_attributes([Attribute::from((name, clean(value).as_str()))]),
        None => start,
    }
}

/// The characters that XML 1.0 can hold; there is no way to write the others.
fn clean(text: &str) -> String {
    let can_hold = |c: &char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => *other >= ' ',
    };
    text.chars().filter(can_hold).collect()
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::super::answer::samples::*;
    use super::*;

    fn xml(of: &Answer) -> String {
        String::from_utf8(answer(of).unwrap()).unwrap().replace('\t', "")
    }

    fn lines(lines: &[&str]) -> String {
        let prologue = r#"<?xml version="1.0" encoding="utf-8" ?>"#;
        std::iter::once(&prologue).chain(lines).copied().collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn tables() {
        let expected = [
            "<result>",
            "<row>",
            "<label>a</label>",
            "<nb_visits>2</nb_visits>",
            "<bounce_rate>50%</bounce_rate>",
            "<goals>",
            r#"<row idgoal="1">"#,
            "<nb_conversions>1</nb_conversions>",
            "</row>",
            "</goals>",
            "<url>https://a</url>",
            "<subtable>",
            "<row>",
            "<label>&lt;b&gt;</label>",
            "<nb_visits>1</nb_visits>",
            "</row>",
            "</subtable>",
            "</row>",
            "<row>",
            "<label>=1+1</label>",
            "<nb_visits>0.5</nb_visits>",
            "</row>",
            "</result>",
        ];
        assert_eq!(xml(&Answer::Report(table())), lines(&expected));
        assert_eq!(xml(&Answer::Report(empty())), lines(&["<result />"]));
    }

    #[test]
    fn rows_and_values() {
        let expected = ["<result>", "<nb_visits>1</nb_visits>", "<nb_actions>3</nb_actions>", "</result>"];
        assert_eq!(xml(&Answer::Report(row())), lines(&expected));
        assert_eq!(xml(&Answer::Report(value())), lines(&["<result>3</result>"]));
    }

    #[test]
    fn maps() {
        let expected = [
            "<results>",
            r#"<result date="2010-01-01">"#,
            "<nb_visits>1</nb_visits>",
            "<nb_actions>3</nb_actions>",
            "</result>",
            r#"<result date="2010-01-02" />"#,
            r#"<result date="2010-01-03">3</result>"#,
            "</results>",
        ];
        assert_eq!(xml(&days()), lines(&expected));
        let expected = [
            "<results>",
            r#"<result idSite="1">"#,
            r#"<result date="2010-01-01">3</result>"#,
            "</result>",
            r#"<result idSite="2">"#,
            r#"<result date="2010-01-01" />"#,
            "</result>",
            "</results>",
        ];
        assert_eq!(xml(&sites()), lines(&expected));
    }

    #[test]
    fn what_xml_can_not_say_is_said_otherwise() {
        let columns: Columns = vec![
            ("1 & 2".into(), "a\0b\u{1}\u{ffff}c".into()),
            ("list".into(), Value::from(vec!["x", "y"])),
            ("none".into(), Value::Null),
        ];
        let expected = [
            "<result>",
            r#"<col name="1 &amp; 2">abc</col>"#,
            "<list>",
            "<row>x</row>",
            "<row>y</row>",
            "</list>",
            "<none />",
            "</result>",
        ];
        assert_eq!(xml(&Answer::Report(Report::Row(columns))), lines(&expected));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_well_formed(name: String, value: String) {
            let columns = vec![(name.clone().into(), Value::from(value.clone())), ("same".into(), value.into())];
            let row = Row { label: name.into(), columns: columns.clone(), metadata: columns, ..Row::default() };
            let bytes = answer(&Answer::Report(Report::Table(Table { rows: vec![row] }))).unwrap();
            let mut reader = quick_xml::Reader::from_reader(bytes.as_slice());
            loop {
                match reader.read_event().unwrap() {
                    Event::Eof => break,
                    Event::Text(text) => drop(text.xml10_content()),
                    _ => {}
                }
            }
        }
    }
}
