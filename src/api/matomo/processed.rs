//! `API.getProcessedReport`: a report as people read it, with its description.

use serde_json::Value;

use super::answer::{Answer, Tree};
use super::dates::{Dates, Span};
use super::error::ApiError;
use super::reports::{self, Budget, Job};
use super::request::Call;
use super::{metadata, methods, sites};
use crate::app::App;
use crate::protocol::Params;
use crate::report::matomo::catalogue::{self, Entry, Unit};
use crate::report::matomo::figures::computed;
use crate::report::matomo::table::{Columns, Report, Table};

/// Parameters that concern the call and not the report inside it.
const OUTER: [&str; 6] = ["method", "token_auth", "format", "showColumns", "hideColumns", "columns"];

/// Answers a call for one site.
pub(super) async fn answer(app: &App, call: &Call<'_>, budget: &Budget) -> Result<Answer, ApiError> {
    let entry = metadata::named(call)?;
    let sites::Chosen::One(scope) = sites::chosen(app, call)? else {
        return Err(ApiError::bad("API.getProcessedReport is about one site: idSite=1"));
    };
    let params = inside(call, entry.method);
    let inner = Call { params: &params, tokens: call.tokens.clone() };
    let dates = reports::dates(app, &inner, &scope)?;
    let answer = reports::answer(app, &inner, Job::One(methods::find(&inner)?), budget).await?;
    let parts: Vec<(String, Parts)> = answer
        .reports()
        .into_iter()
        .zip(dates.spans())
        .map(|((.., report), span)| (pretty(call, span), Parts::of(entry, report)))
        .collect();
    Ok(Answer::Tree(whole(&scope.site().name, entry, matches!(dates, Dates::Many(_)), parts)))
}

/// The call of the report itself.
pub(super) fn inside<'a>(call: &Call<'a>, method: &'static str) -> Params<'a> {
    let mut params = Params::default();
    for (name, value) in call.params.iter().filter(|(name, _)| !OUTER.contains(name)) {
        params.push(name.to_owned(), value.to_owned());
    }
    params.push("method", method);
    params
}

/// One period of a processed report.
struct Parts {
    data: Tree,
    metadata: Tree,
    total: Tree,
    columns: Vec<&'static str>,
}

impl Parts {
    fn of(entry: &Entry, report: &Report) -> Parts {
        match report {
            Report::Table(table) => Parts::of_table(entry, table),
            Report::Row(row) => {
                let columns: Vec<_> = entry.columns().filter(|name| computed(row, name).is_some()).collect();
                let data = Tree::Fields(shown(row, &columns));
                Parts { data, metadata: Tree::List(Vec::new()), total: Tree::List(Vec::new()), columns }
            }
            Report::Value(_) => Parts::of(entry, &Report::Row(Columns::new())),
        }
    }

    /// A figure that no row has is no column: visitors of several days are no distinct ones.
    fn of_table(entry: &Entry, table: &Table) -> Parts {
        let is_known =
            |name: &&'static str| table.rows.iter().any(|row| computed(&row.columns, name).is_some());
        let columns: Vec<_> =
            entry.columns().filter(|name| table.rows.is_empty() || is_known(name)).collect();
        let rows = table.rows.iter().map(|row| {
            let label = ("label".to_owned(), Tree::Value(row.label.clone()));
            Tree::Fields([label].into_iter().chain(shown(&row.columns, &columns)).collect())
        });
        let metadata = table.rows.iter().map(|row| {
            let fields =
                row.metadata.iter().map(|(name, value)| (name.to_string(), Tree::Value(value.clone())));
            Tree::Fields(fields.collect())
        });
        let sum = |name: &&'static str| {
            let values = table.rows.iter().filter_map(|row| row.value(name)?.as_f64());
            ((*name).to_owned(), Tree::Value(whole_number(values.sum())))
        };
        let counted =
            entry.metrics.iter().filter(|name| !name.starts_with("min_") && !name.starts_with("max_"));
        let total = Tree::Fields(counted.filter(|name| columns.contains(name)).map(sum).collect());
        Parts { data: Tree::List(rows.collect()), metadata: Tree::List(metadata.collect()), total, columns }
    }
}

fn whole(site: &str, entry: &Entry, is_map: bool, mut parts: Vec<(String, Parts)>) -> Tree {
    let columns = parts.iter().map(|(_, part)| part.columns.clone()).max_by_key(Vec::len).unwrap_or_default();
    let label = entry.dimensions.first().map(|(_, title)| ("label".to_owned(), Tree::from(*title)));
    let titles = columns.iter().map(|name| ((*name).to_owned(), Tree::from(&*catalogue::title(name))));
    let columns = Tree::Fields(label.into_iter().chain(titles).collect());
    let date = match (parts.first(), parts.last()) {
        (Some((first, _)), Some((last, _))) if is_map => format!("{first} – {last}"),
        (Some((first, _)), _) => first.clone(),
        _ => String::new(),
    };
    let mut fields = vec![
        ("website", Tree::from(site)),
        ("prettyDate", Tree::from(date.as_str())),
        ("metadata", metadata::about(entry)),
        ("columns", columns),
    ];
    match (is_map, parts.len()) {
        (false, 1) => {
            let (_, part) = parts.remove(0);
            fields.extend([
                ("reportData", part.data),
                ("reportMetadata", part.metadata),
                ("reportTotal", part.total),
            ]);
        }
        _ => {
            let of = |pick: fn(&mut Parts) -> &mut Tree, parts: &mut Vec<(String, Parts)>| {
                let taken = parts.iter_mut().map(|(date, part)| (date.clone(), pick(part).take()));
                Tree::Fields(taken.collect())
            };
            fields.push(("reportData", of(|part| &mut part.data, &mut parts)));
            fields.push(("reportMetadata", of(|part| &mut part.metadata, &mut parts)));
            fields.push(("reportTotal", of(|part| &mut part.total, &mut parts)));
        }
    }
    Tree::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Figures as people read them.
fn shown(row: &Columns, columns: &[&'static str]) -> Vec<(String, Tree)> {
    let value = |name: &&'static str| {
        let value = computed(row, name).unwrap_or_else(|| 0.into());
        let value = if catalogue::unit(name) == Unit::Seconds { clock(value) } else { value };
        ((*name).to_owned(), Tree::Value(value))
    };
    columns.iter().map(value).collect()
}

/// Seconds as hours, minutes and seconds; parts of a second as they are.
fn clock(value: Value) -> Value {
    match (value.as_u64(), value.as_f64()) {
        (Some(seconds), _) => {
            format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60).into()
        }
        (None, Some(seconds)) => format!("{seconds}s").into(),
        _ => value,
    }
}

fn whole_number(sum: f64) -> Value {
    if sum.fract() == 0.0 && sum.abs() < 9e15 { Value::from(sum as i64) } else { Value::from(sum) }
}

/// A period in words.
fn pretty(call: &Call<'_>, span: &Span) -> String {
    let (from, to) = (span.days.from, span.days.to);
    let days = match (from.year() == to.year(), from.month() == to.month()) {
        (true, true) => format!("{} – {}", from.strftime("%B %-d"), to.strftime("%-d, %Y")),
        (true, false) => format!("{} – {}", from.strftime("%B %-d"), to.strftime("%B %-d, %Y")),
        _ => format!("{} – {}", from.strftime("%B %-d, %Y"), to.strftime("%B %-d, %Y")),
    };
    match call.params.text("period").unwrap_or("day") {
        "day" => from.strftime("%A, %B %-d, %Y").to_string(),
        "week" => format!("week {days}"),
        "month" => from.strftime("%B %Y").to_string(),
        "year" => from.strftime("%Y").to_string(),
        _ => days,
    }
}
