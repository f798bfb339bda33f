//! The methods, and the columns of their answers.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::dates::Span;
use super::error::ApiError;
use super::tree;
use crate::accounts::SiteScope;
use crate::report::{OTHER, Reports};
use crate::store::queries::{ActionTotals, DayTotals, EventRow, PageRow, SourceRow};

/// What Matomo calls a page without a title.
const NO_TITLE: &str = "Page Name not defined";

/// What Matomo calls a page without an address.
const NO_URL: &str = "Page URL not defined";

/// What Matomo calls what it sums up.
const OTHERS: &str = "Others";

/// A method that can be called.
#[derive(Clone, Copy)]
pub(super) enum Method {
    VisitsSummary,
    Actions,
    PageUrls,
    PageTitles,
    Websites,
    EventActions,
}

impl FromStr for Method {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Method, ApiError> {
        match text {
            "VisitsSummary.get" => Ok(Method::VisitsSummary),
            "Actions.get" => Ok(Method::Actions),
            "Actions.getPageUrls" => Ok(Method::PageUrls),
            "Actions.getPageTitles" => Ok(Method::PageTitles),
            "Referrers.getWebsites" => Ok(Method::Websites),
            "Events.getAction" => Ok(Method::EventActions),
            _ => Err(ApiError::bad(format!("The method {text:?} does not exist or is not available."))),
        }
    }
}

/// How the answer is to look.
pub(super) struct Shape<'a> {
    /// All levels in one line instead of the top of the tree.
    pub is_flat: bool,
    /// Most rows.
    pub limit: usize,
    /// Splits titles into a tree; empty for none.
    pub delimiter: &'a str,
}

impl Method {
    /// Makes the answer for one period.
    pub async fn run(
        self,
        reports: &Reports,
        scope: &SiteScope,
        span: &Span,
        shape: &Shape<'_>,
    ) -> Result<Value, ApiError> {
        let days = span.days;
        Ok(match self {
            Method::VisitsSummary => visits_summary(&reports.store.day_totals(scope, days).await?),
            Method::Actions => actions(&reports.store.action_totals(scope, days).await?),
            Method::PageUrls => page_urls(reports.page_paths(scope, days).await?, span, shape),
            Method::PageTitles => page_titles(reports.page_titles(scope, days).await?, span, shape),
            Method::Websites => {
                rows(reports.websites(scope, days).await?.iter().map(|row| website(row, span)), shape)
            }
            Method::EventActions => {
                rows(reports.event_actions(scope, days).await?.iter().map(|row| event(row, span)), shape)
            }
        })
    }
}

fn rows(rows: impl Iterator<Item = Map<String, Value>>, shape: &Shape<'_>) -> Value {
    Value::Array(rows.take(shape.limit).map(Value::Object).collect())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn visits_summary(days: &[DayTotals]) -> Value {
    let sum = |field: fn(&DayTotals) -> u64| days.iter().map(field).sum::<u64>();
    let (visits, actions) = (sum(|day| day.visits), sum(|day| day.actions));
    let (bounces, seconds) = (sum(|day| day.bounces), sum(|day| day.matomo_seconds));
    json!({
        "nb_uniq_visitors": sum(|day| day.visitors),
        "nb_users": 0,
        "nb_visits": visits,
        "nb_actions": actions,
        "nb_visits_converted": 0,
        "bounce_count": bounces,
        "sum_visit_length": seconds,
        "max_actions": days.iter().map(|day| day.max_actions).max().unwrap_or(0),
        "bounce_rate": percent(bounces, visits),
        "nb_actions_per_visit": mean(actions, visits, 1),
        "avg_time_on_site": rounded(seconds, visits),
    })
}

fn actions(totals: &ActionTotals) -> Value {
    json!({
        "nb_pageviews": totals.page_views,
        "nb_uniq_pageviews": totals.unique_page_views,
        "nb_downloads": totals.downloads,
        "nb_uniq_downloads": totals.unique_downloads,
        "nb_outlinks": totals.outlinks,
        "nb_uniq_outlinks": totals.unique_outlinks,
        "nb_searches": totals.searches,
        "nb_keywords": totals.keywords,
    })
}

fn page_urls(found: Vec<PageRow>, span: &Span, shape: &Shape<'_>) -> Value {
    let label = |row: &PageRow| match (row.label.is_empty(), shape.is_flat) {
        _ if row.label == OTHER => OTHERS.to_owned(),
        (true, _) => NO_URL.to_owned(),
        (false, true) => tree::flat_label(&row.label),
        (false, false) => tree::top_label(&row.label),
    };
    let with_url = |row: &PageRow| {
        let mut columns = page(label(row), row, span);
        if shape.is_flat && !row.host.is_empty() {
            columns.insert("url".into(), format!("https://{}{}", row.host, row.label).into());
        }
        columns
    };
    rows(tree::merge(found.iter().map(with_url).collect(), "nb_hits").into_iter(), shape)
}

fn page_titles(found: Vec<PageRow>, span: &Span, shape: &Shape<'_>) -> Value {
    let label = |row: &PageRow| match row.label.as_str() {
        "" => NO_TITLE.to_owned(),
        OTHER => OTHERS.to_owned(),
        title if shape.is_flat || shape.delimiter.is_empty() => title.to_owned(),
        title => tree::top_title(title, shape.delimiter),
    };
    rows(
        tree::merge(found.iter().map(|row| page(label(row), row, span)).collect(), "nb_hits").into_iter(),
        shape,
    )
}

fn page(label: String, row: &PageRow, span: &Span) -> Map<String, Value> {
    let mut columns = object(json!({ "label": label, "nb_visits": row.visits, "nb_hits": row.hits }));
    columns.insert(visitors_name(span).into(), row.visitors.into());
    columns
}

fn website(row: &SourceRow, span: &Span) -> Map<String, Value> {
    let mut columns = object(json!({
        "label": if row.label == OTHER { OTHERS } else { &row.label },
        "nb_visits": row.visits,
        "nb_actions": row.actions,
        "max_actions": row.max_actions,
        "sum_visit_length": row.seconds,
        "bounce_count": row.bounces,
        "nb_visits_converted": 0,
    }));
    columns.insert(visitors_name(span).into(), row.visitors.into());
    columns
}

fn event(row: &EventRow, span: &Span) -> Map<String, Value> {
    let mut columns = object(json!({
        "label": if row.label == OTHER { OTHERS } else { &row.label },
        "nb_visits": row.visits,
        "nb_events": row.events,
        "nb_events_with_value": row.with_value,
        "sum_event_value": number(row.sum),
        "min_event_value": number(row.min),
        "max_event_value": number(row.max),
        "avg_event_value": number(if row.with_value == 0 { 0.0 } else { round(row.sum / row.with_value as f64, 2) }),
    }));
    columns.insert(visitors_name(span).into(), row.visitors.into());
    columns
}

/// Visitors of several days are the sum of daily ones, and Matomo has a name for that.
fn visitors_name(span: &Span) -> &'static str {
    if span.is_day { "nb_uniq_visitors" } else { "sum_daily_nb_uniq_visitors" }
}

/// Matomo rounds shares half up to whole percents.
fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "0%".into(),
        _ => format!("{}%", round(part as f64 * 100.0 / whole as f64, 0)),
    }
}

fn mean(sum: u64, count: u64, digits: i32) -> Value {
    match count {
        0 => 0.into(),
        _ => number(round(sum as f64 / count as f64, digits)),
    }
}

fn rounded(sum: u64, count: u64) -> u64 {
    if count == 0 { 0 } else { (2 * sum + count) / (2 * count) }
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

/// Whole numbers are written without a fraction.
fn number(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Value::from(value as i64),
        false => Value::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_matomos() {
        assert_eq!(percent(5, 8), "63%");
        assert_eq!(percent(0, 0), "0%");
        assert_eq!(rounded(1_121, 2), 561);
        assert_eq!(mean(7, 2, 1), json!(3.5));
        assert_eq!(mean(8, 2, 1), json!(4));
    }
}
