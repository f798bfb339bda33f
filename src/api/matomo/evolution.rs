//! `API.getRowEvolution`: the figures of one row, or one figure of several, over time.

use std::borrow::Cow;

use serde_json::Value;

use super::answer::{Answer, Tree};
use super::dates::Dates;
use super::error::{ApiError, shown};
use super::reports::{self, Budget, Job};
use super::request::Call;
use super::{metadata, methods, processed, sites};
use crate::app::App;
use crate::protocol::Params;
use crate::report::matomo::catalogue::{self, Entry};
use crate::report::matomo::figures::computed;
use crate::report::matomo::render_number;
use crate::report::matomo::table::{Report, Row};

/// Most rows side by side.
const MAX_LABELS: usize = 10;

/// Rows side by side when none is named.
const DEFAULT_LABELS: usize = 5;

/// A row in each period, by the period's name.
type Line = Vec<(String, Option<Row>)>;

/// Answers a call for one site.
pub(super) async fn answer(app: &App, call: &Call<'_>, budget: &Budget) -> Result<Answer, ApiError> {
    let entry = metadata::named(call)?;
    if entry.dimensions.is_empty() {
        return Err(ApiError::bad(format!("{} has no rows that could be followed", entry.method)));
    }
    let sites::Chosen::One(scope) = sites::chosen(app, call)? else {
        return Err(ApiError::bad("API.getRowEvolution is about one site: idSite=1"));
    };
    let dates = reports::dates(app, call, &scope)?;
    if !matches!(dates, Dates::Many(_)) {
        return Err(ApiError::bad(
            "Row evolutions can not be processed with this combination of 'date' and 'period' parameters.",
        ));
    }
    let named = named(call)?;
    let is_single = named.len() == 1;
    let labels = if named.is_empty() { first(app, call, entry, &dates, budget).await? } else { named };
    let mut lines = Vec::new();
    for (name, wanted) in labels {
        let line = line(app, call, entry, &wanted, budget).await?;
        lines.push((own_name(name, &line), line));
    }
    match lines.first() {
        Some((label, line)) if is_single => Ok(Answer::Tree(single(entry, label, line))),
        _ => several(call, entry, &dates, &lines).map(Answer::Tree),
    }
}

/// What a row is called, and the label that finds it.
type Label = (String, String);

/// The labels that a call names, with commas between.
fn named(call: &Call<'_>) -> Result<Vec<Label>, ApiError> {
    let text = call.params.text("label").unwrap_or_default();
    let labels = text.split(',').map(str::trim).filter(|label| !label.is_empty());
    let labels: Vec<Label> = labels.map(|label| (label.to_owned(), label.to_owned())).collect();
    match labels.len() {
        0..=MAX_LABELS => Ok(labels),
        _ => Err(ApiError::bad(format!("label names more than {MAX_LABELS} rows: ask for fewer"))),
    }
}

/// The first rows of all periods together.
async fn first(
    app: &App,
    call: &Call<'_>,
    entry: &Entry,
    dates: &Dates,
    budget: &Budget,
) -> Result<Vec<Label>, ApiError> {
    let (Some(from), Some(to)) = (dates.spans().first(), dates.spans().last()) else { return Ok(Vec::new()) };
    let asked = call.params.int("filter_limit").and_then(|limit| usize::try_from(limit).ok());
    let limit = asked.unwrap_or(DEFAULT_LABELS).clamp(1, MAX_LABELS);
    let mut params = processed::inside(call, entry.method);
    params.push("period", "range");
    params.push("date", format!("{},{}", from.days.from, to.days.to));
    params.push("filter_limit", limit.to_string());
    let answer = run(app, call, &params, budget).await?;
    let rows = answer.reports().into_iter().filter_map(|(.., report)| rows(report)).flatten();
    Ok(rows.map(|row| (text(&row.label).into_owned(), escaped(&text(&row.label)))).collect())
}

/// A label in the spelling that finds it whatever it holds.
fn escaped(label: &str) -> String {
    label.replace('%', "%25").replace('>', "%3E").replace('+', "%2B")
}

/// The row of a label in every period.
async fn line(
    app: &App,
    call: &Call<'_>,
    entry: &Entry,
    label: &str,
    budget: &Budget,
) -> Result<Line, ApiError> {
    let mut params = processed::inside(call, entry.method);
    params.push("label", label);
    params.push("filter_limit", "-1");
    let answer = run(app, call, &params, budget).await?;
    let row = |report| rows(report).and_then(|rows| rows.first().cloned());
    let periods = answer.reports().into_iter();
    Ok(periods.map(|(_, date, report)| (date.unwrap_or_default().to_owned(), row(report))).collect())
}

async fn run(app: &App, call: &Call<'_>, params: &Params<'_>, budget: &Budget) -> Result<Answer, ApiError> {
    let inner = Call { params, tokens: call.tokens.clone() };
    reports::answer(app, &inner, Job::One(methods::find(&inner)?), budget).await
}

fn rows(report: &Report) -> Option<&Vec<Row>> {
    if let Report::Table(table) = report { Some(&table.rows) } else { None }
}

fn text(label: &Value) -> Cow<'_, str> {
    label.as_str().map_or_else(|| label.to_string().into(), Cow::from)
}

/// What a row calls itself, if it is there in any period; a path of labels stays one.
fn own_name(name: String, line: &Line) -> String {
    let row = line.iter().find_map(|(_, row)| row.as_ref()).filter(|_| !name.contains('>'));
    row.map_or(name, |row| text(&row.label).into_owned())
}

/// One row with all its figures.
fn single(entry: &Entry, label: &str, line: &Line) -> Tree {
    let is_known = |column: &&'static str| values(line, column).iter().any(Option::is_some);
    let columns: Vec<&'static str> = entry.columns().filter(is_known).collect();
    let row = |row: &Row| {
        let label = ("label".to_owned(), Tree::Value(row.label.clone()));
        let figure = |column: &&'static str| {
            Some(((*column).to_owned(), Tree::Value(computed(&row.columns, column)?)))
        };
        Tree::Fields([label].into_iter().chain(columns.iter().filter_map(figure)).collect())
    };
    let data = line.iter().map(|(date, found)| (date.clone(), Tree::List(found.iter().map(row).collect())));
    let about = columns
        .iter()
        .map(|column| ((*column).to_owned(), about(&catalogue::title(column), &values(line, column))));
    fields([
        ("label", Tree::from(label)),
        ("reportData", Tree::Fields(data.collect())),
        ("metadata", description(entry, about.collect())),
    ])
}

/// One figure of several rows.
fn several(
    call: &Call<'_>,
    entry: &Entry,
    dates: &Dates,
    lines: &[(String, Line)],
) -> Result<Tree, ApiError> {
    let column = column(call, entry)?;
    let values: Vec<Vec<Option<Value>>> = lines.iter().map(|(_, line)| values(line, column)).collect();
    let figures = |at: usize| {
        let value =
            |values: &Vec<Option<Value>>| values.get(at).cloned().flatten().unwrap_or_else(|| 0.into());
        let figures = values.iter().enumerate();
        Tree::Fields(
            figures.map(|(row, values)| (format!("{column}_{row}"), Tree::Value(value(values)))).collect(),
        )
    };
    let spans = dates.spans().iter().enumerate();
    let data = spans.map(|(at, span)| (span.name.clone(), Tree::List(vec![figures(at)])));
    let about = lines.iter().zip(&values).enumerate().map(|(row, ((label, _), values))| {
        (format!("{column}_{row}"), about(&format!("{label} ({})", catalogue::title(column)), values))
    });
    let labels = lines.iter().map(|(label, _)| Tree::from(label.as_str()));
    Ok(fields([
        ("column", Tree::from(column)),
        ("labels", Tree::List(labels.collect())),
        ("reportData", Tree::Fields(data.collect())),
        ("metadata", description(entry, about.collect())),
    ]))
}

/// The figure that is compared: the one asked for, or else the first of the report.
fn column(call: &Call<'_>, entry: &Entry) -> Result<&'static str, ApiError> {
    let first = || entry.columns().next().unwrap_or("nb_visits");
    let Some(asked) = call.params.text("column") else { return Ok(first()) };
    entry.columns().find(|column| *column == asked).ok_or_else(|| {
        let known: Vec<_> = entry.columns().collect();
        ApiError::bad(format!("{} is no figure of this report: {}", shown(asked), known.join(", ")))
    })
}

fn values(line: &Line, column: &str) -> Vec<Option<Value>> {
    line.iter().map(|(_, row)| computed(&row.as_ref()?.columns, column)).collect()
}

fn description(entry: &Entry, columns: Vec<(String, Tree)>) -> Tree {
    let dimension = entry.dimensions.first().map_or("", |(_, title)| title);
    fields([("dimension", Tree::from(dimension)), ("columns", Tree::Fields(columns))])
}

/// A figure over time: its least and its largest value, and how the last compares with the first. Where there is no row,
/// that is zero.
fn about(name: &str, values: &[Option<Value>]) -> Tree {
    let numbers: Vec<f64> = values.iter().map(|value| value.as_ref().map_or(0.0, as_number)).collect();
    let limit = |pick: fn(f64, f64) -> f64| numbers.iter().copied().reduce(pick).unwrap_or(0.0);
    let ends = numbers.first().copied().unwrap_or(0.0)..numbers.last().copied().unwrap_or(0.0);
    fields([
        ("name", Tree::from(name)),
        ("min", Tree::Value(render_number(limit(f64::min)))),
        ("max", Tree::Value(render_number(limit(f64::max)))),
        ("change", Tree::from(change(ends.start, ends.end).as_str())),
    ])
}

/// A number, also of a text such as `50%`.
fn as_number(value: &Value) -> f64 {
    let of_text = || value.as_str()?.trim_end_matches('%').parse().ok();
    value.as_f64().or_else(of_text).unwrap_or(0.0)
}

/// `+50%`; what comes from nothing has grown by 100%.
fn change(first: f64, last: f64) -> String {
    let percent = match (first == last, first == 0.0) {
        (true, _) => 0.0,
        (false, true) => 100.0 * last.signum(),
        (false, false) => ((last - first) / first.abs() * 100.0).round(),
    };
    if percent > 0.0 { format!("+{percent}%") } else { format!("{}%", percent + 0.0) }
}

fn fields<const N: usize>(fields: [(&str, Tree); N]) -> Tree {
    Tree::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_its_sign() {
        let cases = [
            (2.0, 3.0, "+50%"),
            (4.0, 1.0, "-75%"),
            (0.0, 7.0, "+100%"),
            (0.0, 0.0, "0%"),
            (5.0, 5.0, "0%"),
            (3.0, 0.0, "-100%"),
            (1000.0, 999.0, "0%"),
        ];
        for (first, last, expected) in cases {
            assert_eq!(change(first, last), expected, "{first} {last}");
        }
    }
}
