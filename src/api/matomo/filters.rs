//! The parameters that shape every report alike: `filter_limit`, `flat`, `showColumns` and their kin.

use regex::{Regex, RegexBuilder};

use super::error::ApiError;
use crate::protocol::Params;
use crate::report::matomo::table::{Report, Table};
use crate::report::matomo::{Joint, Levels, Order};

/// Rows in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;

/// Largest compiled pattern, in bytes. Its time is linear in the text, whatever it says.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 1_000;

/// What only the method knows about the form of its report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// How labels are joined when the tree is made flat.
    pub joint: Joint,
    /// The order of a flat table, when none is asked for.
    pub sort: Option<(&'static str, Order)>,
    /// Figures that only the first level has.
    pub of_first_level: &'static [&'static str],
    /// What each level is called, from the top, as far as it is known.
    pub dimensions: [Option<&'static str>; 2],
}

impl Default for Form {
    fn default() -> Form {
        Form { joint: Joint::Text(" - "), sort: None, of_first_level: &[], dimensions: [None; 2] }
    }
}

/// What was asked for.
pub(super) struct Filters<'a> {
    /// All levels in one, and which of them.
    pub flat: Option<Levels>,
    /// In a flat table, a column for each level.
    names_levels: bool,
    /// All levels, one in the other.
    pub is_expanded: bool,
    label: Option<&'a str>,
    pattern: Option<(&'a str, Regex)>,
    pattern_below: Option<(&'a str, Regex)>,
    low_population: Option<(&'a str, Option<f64>)>,
    sort: Option<(&'a str, Order)>,
    truncate: Option<usize>,
    offset: usize,
    limit: Option<usize>,
    show: Vec<&'a str>,
    hide: Vec<&'a str>,
    row_columns: Vec<&'a str>,
    hides_metadata: bool,
}

impl<'a> Filters<'a> {
    /// Reads the parameters.
    pub fn parse(params: &'a Params) -> Result<Filters<'a>, ApiError> {
        if params.text("idSubtable").is_some() {
            return Err(ApiError::bad(
                "idSubtable is not available: expanded=1 or flat=1 give all levels at once",
            ));
        }
        let order = params.text("filter_sort_order").map_or(Ok(Order::default()), str::parse);
        let order = order.map_err(ApiError::bad)?;
        let levels = if params.flag("include_aggregate_rows") { Levels::All } else { Levels::Leaves };
        let minimum = params.float("filter_excludelowpop_value").filter(|minimum| *minimum != 0.0);
        Ok(Filters {
            flat: params.flag("flat").then_some(levels),
            names_levels: params.flag("show_dimensions"),
            is_expanded: params.flag("expanded"),
            label: params.text("label"),
            pattern: pattern(params, "filter_pattern", "filter_column")?,
            pattern_below: pattern(params, "filter_pattern_recursive", "filter_column_recursive")?,
            low_population: params.text("filter_excludelowpop").map(|column| (column, minimum)),
            sort: params.text("filter_sort_column").map(|column| (column, order)),
            truncate: params.int("filter_truncate").and_then(|rows| usize::try_from(rows).ok()),
            offset: params.int("filter_offset").and_then(|rows| usize::try_from(rows).ok()).unwrap_or(0),
            limit: limit(params),
            show: list(params, "showColumns"),
            hide: list(params, "hideColumns"),
            row_columns: list(params, "columns"),
            hides_metadata: params.flag("hideMetadata"),
        })
    }

    /// Gives a report the form that was asked for, in Matomo's order of steps.
    pub fn apply(&self, report: Report, form: Form) -> Report {
        let mut report = match report {
            Report::Table(table) => Report::Table(self.rows(table, form)),
            other => other,
        };
        if !self.show.is_empty() {
            report.show_columns(&self.show);
        }
        if !self.row_columns.is_empty() {
            report = self.columns_of_row(report);
        }
        report.hide_columns(&self.hide);
        if self.hides_metadata {
            report.hide_metadata();
        }
        match self.is_expanded {
            true => report.hide_columns_below(form.of_first_level),
            false => report.hide_subtables(),
        }
        single(report)
    }

    /// The columns of a row that were asked for. One alone is 0 where nothing is known.
    fn columns_of_row(&self, mut report: Report) -> Report {
        match (&report, self.row_columns.as_slice()) {
            (Report::Row(columns), [_]) if columns.is_empty() => Report::Value(0.into()),
            (Report::Row(_), names) => {
                report.show_columns(names);
                report
            }
            _ => report,
        }
    }

    fn rows(&self, mut table: Table, form: Form) -> Table {
        if let Some(levels) = self.flat {
            let names = form.dimensions.into_iter().flatten().filter(|_| self.names_levels);
            table = table.flatten_with(form.joint, levels, &names.collect::<Vec<_>>());
        }
        if let Some(path) = self.label {
            return table.find(path);
        }
        if let Some((column, pattern)) = &self.pattern_below {
            table.keep_matching_below(column, pattern);
        }
        if let Some((column, pattern)) = &self.pattern {
            table.keep_matching(column, pattern);
        }
        if let Some((column, minimum)) = self.low_population {
            table.drop_low_population(column, minimum);
        }
        if let Some((column, order)) = self.sort.or(form.sort.filter(|_| self.flat.is_some())) {
            table.sort(column, order);
        }
        if let Some(rows) = self.truncate {
            table.truncate(rows);
        }
        table.page(self.offset, self.limit);
        table
    }
}

/// A row of which one figure is left is that figure.
fn single(report: Report) -> Report {
    match report {
        Report::Row(columns) if columns.len() == 1 => {
            columns.into_iter().next().map_or(Report::Row(Vec::new()), |(_, value)| Report::Value(value))
        }
        other => other,
    }
}

/// `filter_limit`: -1 means all rows.
fn limit(params: &Params) -> Option<usize> {
    match params.int("filter_limit") {
        None => Some(DEFAULT_LIMIT),
        Some(limit) => usize::try_from(limit).ok(),
    }
}

fn list<'a>(params: &'a Params, name: &str) -> Vec<&'a str> {
    let names = params.text(name).unwrap_or_default().split(',');
    names.map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// A pattern and the column it is for. What is no regular expression is looked for as it stands.
fn pattern<'a>(params: &'a Params, name: &str, column: &str) -> Result<Option<(&'a str, Regex)>, ApiError> {
    let Some(pattern) = params.text(name) else { return Ok(None) };
    if pattern.len() > MAX_PATTERN {
        return Err(ApiError::bad(format!("{name} has at most {MAX_PATTERN} bytes")));
    }
    let build = |pattern: &str| {
        RegexBuilder::new(pattern).case_insensitive(true).size_limit(MAX_PATTERN_BYTES).build()
    };
    let regex = build(pattern).or_else(|_| build(&regex::escape(pattern)));
    let regex = regex.map_err(|_| ApiError::bad(format!("{name} is too complex")))?;
    Ok(Some((params.text(column).unwrap_or("label"), regex)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::matomo::table::Row;

    const FORM: Form = Form {
        joint: Joint::Path,
        sort: Some(("nb_visits", Order::Descending)),
        of_first_level: &["nb_hits"],
        dimensions: [None; 2],
    };

    fn row(label: &str, visits: u64, subtable: Option<Table>) -> Row {
        let columns = vec![("nb_visits".into(), visits.into()), ("nb_hits".into(), 1.into())];
        Row { label: label.into(), columns, subtable, ..Row::default() }
    }

    fn table() -> Report {
        let below = Table { rows: (0..150).map(|n| row(&format!("/{n}"), n, None)).collect() };
        let mut rows: Vec<Row> = (0..150).map(|n| row(&format!("/page{n}"), n, None)).collect();
        rows.push(row("folder", 9, Some(below)));
        Report::Table(Table { rows })
    }

    fn filtered(report: Report, query: &str) -> Report {
        let params = Params::parse(query.as_bytes());
        Filters::parse(&params).unwrap().apply(report, FORM)
    }

    fn labels(query: &str) -> Vec<String> {
        match filtered(table(), query) {
            Report::Table(table) => table.rows.iter().map(Row::text).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn how_many_rows() {
        assert_eq!(labels("").len(), 100);
        assert_eq!(labels("filter_limit=-1").len(), 151);
        assert_eq!(labels("filter_limit=2&filter_offset=1"), ["/page1", "/page2"]);
        assert_eq!(labels("filter_limit=0").len(), 0);
        assert_eq!(labels("filter_truncate=2"), ["/page0", "/page1", "Others"]);
    }

    #[test]
    fn which_rows_and_in_which_order() {
        assert_eq!(labels("filter_sort_column=nb_visits&filter_limit=1"), ["/page149"]);
        assert_eq!(labels("filter_sort_column=label&filter_sort_order=asc&filter_limit=1"), ["/page0"]);
        assert_eq!(labels("filter_pattern=E14[0-2]$"), ["/page140", "/page141", "/page142"]);
        assert_eq!(labels("filter_pattern=e14(").len(), 0);
        assert_eq!(labels("filter_pattern_recursive=^/149"), ["folder"]);
        assert_eq!(labels("filter_excludelowpop=nb_visits&filter_excludelowpop_value=149"), ["/page149"]);
        assert_eq!(labels("label=folder"), ["folder"]);
        assert_eq!(labels("label=folder%3E/7"), ["/7"]);
        assert_eq!(labels("flat=1&label=/folder/7"), ["/folder/7"]);
        assert_eq!(labels("flat=1&filter_limit=2"), ["/folder/149", "/page149"]);
        let all = labels("flat=1&include_aggregate_rows=1&filter_limit=-1");
        assert_eq!((all.len(), all.contains(&"/folder".into())), (301, true));
    }

    #[test]
    fn some_figures_are_of_the_first_level_alone() {
        let has_hits = |query: &str| match filtered(table(), query) {
            Report::Table(table) => {
                let below = table.rows[0].subtable.as_ref().map(|below| &below.rows[0]);
                (table.rows[0].value("nb_hits").is_some(), below.map(|row| row.value("nb_hits").is_some()))
            }
            _ => (false, None),
        };
        assert_eq!(has_hits("label=folder&expanded=1"), (true, Some(false)));
        assert_eq!(has_hits("label=folder%3E/7"), (true, None));
        assert_eq!(has_hits("flat=1&filter_limit=1"), (true, None));
    }

    #[test]
    fn subtables_are_there_when_asked_for() {
        let folder = |query: &str| match filtered(table(), query) {
            Report::Table(table) => table.rows[0].subtable.as_ref().map(|table| table.rows.len()),
            _ => None,
        };
        assert_eq!(folder("filter_pattern=folder"), None);
        assert_eq!(folder("filter_pattern=folder&expanded=1"), Some(100));
    }

    #[test]
    fn one_figure_of_a_row_is_that_figure() {
        let row = || Report::Row(vec![("a".into(), 1.into()), ("b".into(), 2.into())]);
        assert_eq!(filtered(row(), "columns=b"), Report::Value(Value::from(2)));
        assert_eq!(filtered(row(), "hideColumns=b"), Report::Value(Value::from(1)));
        assert_eq!(filtered(row(), "showColumns=a,b"), row());
        assert_eq!(filtered(row(), "columns=c"), Report::Row(vec![]));
        let nothing = || Report::Row(vec![]);
        assert_eq!(filtered(nothing(), "columns=a"), Report::Value(Value::from(0)));
        assert_eq!(filtered(nothing(), "columns=a,b"), nothing());
    }

    #[test]
    fn what_can_not_be_done_is_said() {
        let long = format!("filter_pattern={}", "x".repeat(2_000));
        for query in ["idSubtable=3", "filter_sort_order=up", &long] {
            assert!(Filters::parse(&Params::parse(query.as_bytes())).is_err(), "{query}");
        }
    }

    #[test]
    fn a_pattern_that_would_grow_too_large_is_a_plain_text() {
        assert_eq!(labels("filter_pattern=(((x{999}){999}){999})").len(), 0);
    }
}
