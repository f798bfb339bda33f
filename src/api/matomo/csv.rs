//! Answers as CSV or TSV: one table, whatever the answer's shape, for people who open it in a spreadsheet.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use super::answer::Answer;
use crate::report::matomo::catalogue;
use crate::report::matomo::table::{Columns, Report, Row};

/// What stands there instead of a table without rows.
const NO_DATA: &[u8] = b"No data available\n";

/// A column. In this order they stand side by side, those of one kind as they are first met.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name<'a> {
    Site,
    Date,
    Label,
    Value,
    Figure(&'a str),
    Goal(&'a str, &'a str),
    Metadata(&'a str),
}

/// A line of the table.
struct Line<'a> {
    site: Option<u32>,
    date: Option<&'a str>,
    content: Content<'a>,
}

#[derive(Clone, Copy)]
enum Content<'a> {
    Row(&'a Row),
    Columns(&'a Columns),
    Value(&'a Value),
}

/// Writes an answer with a separator: RFC 4180, but for line ends without a carriage return. Subtables are left out:
/// `flat=1` has everything.
pub(super) fn answer(answer: &Answer, separator: u8, has_titles: bool) -> io::Result<Vec<u8>> {
    let lines = lines(answer);
    if lines.is_empty() {
        return Ok(NO_DATA.to_vec());
    }
    let header = header(&lines);
    let places: HashMap<Name<'_>, usize> = header.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut writer =
        WriterBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).from_writer(vec![]);
    let text = |name: &Name<'_>| harmless(if has_titles { name.title() } else { name.text() }).into_owned();
    writer.write_record(header.iter().map(text))?;
    for line in &lines {
        let mut record = vec![Cow::Borrowed(""); header.len()];
        for (name, cell) in line.cells() {
            if let Some(place) = places.get(&name).and_then(|at| record.get_mut(*at)) {
                *place = cell;
            }
        }
        writer.write_record(record.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn lines(answer: &Answer) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for (site, date, report) in answer.reports() {
        let mut add = |content| lines.push(Line { site, date, content });
        match report {
            Report::Table(table) => table.rows.iter().map(Content::Row).for_each(add),
            Report::Row(columns) if columns.is_empty() => {}
            Report::Row(columns) => add(Content::Columns(columns)),
            Report::Value(value) => add(Content::Value(value)),
        }
    }
    lines
}

fn header<'a>(lines: &[Line<'a>]) -> Vec<Name<'a>> {
    let mut seen = HashMap::new();
    for line in lines {
        for (name, _) in line.cells() {
            let next = seen.len();
            seen.entry(name).or_insert(next);
        }
    }
    let mut header: Vec<_> = seen.into_iter().collect();
    header.sort_unstable_by_key(|(name, at)| (name.rank(), *at));
    header.into_iter().map(|(name, _)| name).collect()
}

impl<'a> Line<'a> {
    fn cells(&self) -> Vec<(Name<'a>, Cow<'a, str>)> {
        let site = self.site.map(|site| (Name::Site, site.to_string().into()));
        let date = self.date.map(|date| (Name::Date, date.into()));
        let mut cells: Vec<_> = site.into_iter().chain(date).collect();
        match self.content {
            Content::Value(value) => cells.push((Name::Value, text(value))),
            Content::Columns(columns) => cells.extend(figures(columns)),
            Content::Row(row) => {
                cells.push((Name::Label, text(&row.label)));
                cells.extend(figures(&row.columns));
                for (goal, columns) in &row.goals {
                    cells.extend(columns.iter().map(|(name, value)| (Name::Goal(goal, name), text(value))));
                }
                cells.extend(row.metadata.iter().map(|(name, value)| (Name::Metadata(name), text(value))));
            }
        }
        cells
    }
}

fn figures(columns: &Columns) -> impl Iterator<Item = (Name<'_>, Cow<'_, str>)> {
    columns.iter().map(|(name, value)| (Name::Figure(name), text(value)))
}

impl Name<'_> {
    fn rank(&self) -> u8 {
        match self {
            Name::Site => 0,
            Name::Date => 1,
            Name::Label => 2,
            Name::Value | Name::Figure(_) => 3,
            Name::Goal(..) => 4,
            Name::Metadata(_) => 5,
        }
    }

    /// The name that people read.
    fn title(&self) -> Cow<'_, str> {
        match self {
            Name::Site => catalogue::title("idsite"),
            Name::Date => catalogue::title("date"),
            Name::Label => catalogue::title("label"),
            Name::Value => catalogue::title("value"),
            Name::Figure(name) => catalogue::title(name),
            Name::Goal(..) | Name::Metadata(_) => self.text(),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        match self {
            Name::Site => "idSite".into(),
            Name::Date => "date".into(),
            Name::Label => "label".into(),
            Name::Value => "value".into(),
            Name::Figure(name) => (*name).into(),
            Name::Goal(goal, name) => format!("goals_idgoal={goal}_{name}").into(),
            Name::Metadata(name) => format!("metadata_{name}").into(),
        }
    }
}

fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::Bool(is_true) => u8::from(*is_true).to_string().into(),
        Value::String(text) => harmless(text.as_str().into()),
        // A number, which may begin with a minus.
        other => other.to_string().into(),
    }
}

/// Visitors choose labels, and a spreadsheet runs what looks like a formula: an apostrophe keeps it a text.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_number = || text.trim_end_matches('%').parse::<f64>().is_ok_and(f64::is_finite);
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number() {
        true => format!("'{text}").into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::samples::*;
    use super::*;
    use crate::report::matomo::table::Table;

    fn csv(of: &Answer) -> String {
        String::from_utf8(answer(of, b',', false).unwrap()).unwrap()
    }

    #[test]
    fn tables() {
        assert_eq!(
            csv(&Answer::Report(table())),
            "label,nb_visits,bounce_rate,goals_idgoal=1_nb_conversions,metadata_url\na,2,50%,1,https://a\n'=1+1,0.5,,,\n"
        );
        assert_eq!(csv(&Answer::Report(empty())), "No data available\n");
    }

    #[test]
    fn rows_and_values() {
        assert_eq!(csv(&Answer::Report(row())), "nb_visits,nb_actions\n1,3\n");
        assert_eq!(csv(&Answer::Report(value())), "value\n3\n");
    }

    #[test]
    fn maps() {
        assert_eq!(csv(&days()), "date,nb_visits,nb_actions,value\n2010-01-01,1,3,\n2010-01-03,,,3\n");
        assert_eq!(csv(&sites()), "idSite,date,value\n1,2010-01-01,3\n");
        let sites = Answer::Sites(vec![(1, Answer::Report(row())), (2, Answer::Report(row()))]);
        assert_eq!(csv(&sites), "idSite,nb_visits,nb_actions\n1,1,3\n2,1,3\n");
    }

    #[test]
    fn quotes_and_formulas() {
        let labels = [
            "a,b",
            "say \"x\"",
            "two\nlines",
            "tab\tbed",
            "=1",
            "+x",
            "-5",
            "-5%",
            "-x",
            "@y",
            "\tz",
            "\rq",
            "'",
        ];
        let rows = labels.map(|label| Row { label: label.into(), ..Row::default() }).into();
        let answered = Answer::Report(Report::Table(Table { rows }));
        assert_eq!(
            csv(&answered),
            "label\n\"a,b\"\n\"say \"\"x\"\"\"\n\"two\nlines\"\ntab\tbed\n'=1\n'+x\n-5\n-5%\n'-x\n'@y\n'\tz\n\"'\rq\"\n'\n"
        );
        let tabs = String::from_utf8(answer(&answered, b'\t', false).unwrap()).unwrap();
        assert!(tabs.contains("\na,b\n") && tabs.contains("\n\"tab\tbed\"\n"), "{tabs}");
    }
}
