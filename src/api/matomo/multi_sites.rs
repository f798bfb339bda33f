//! `MultiSites`: the figures of several sites side by side, and how they have changed. One query a period, whatever the
//! number of sites.

use std::collections::HashMap;

use jiff::ToSpan;

use super::answer::Answer;
use super::dates::{Dates, Span};
use super::error::ApiError;
use super::filters::{Filters, Form};
use super::request::Call;
use super::{reports, sites};
use crate::accounts::SiteScope;
use crate::app::App;
use crate::report::cents;
use crate::report::matomo::Order;
use crate::report::matomo::render_number;
use crate::report::matomo::table::{Columns, Report, Row, Table};
use crate::report::period::today;
use crate::store::queries::{Days, SiteTotals};

/// A figure: its column, that of its change, and where it comes from.
type Figure = (&'static str, &'static str, fn(&SiteTotals) -> f64);

const FIGURES: [Figure; 4] = [
    ("nb_visits", "visits_evolution", |sum| sum.visits as f64),
    ("nb_actions", "actions_evolution", |sum| sum.actions as f64),
    ("nb_pageviews", "pageviews_evolution", |sum| sum.page_views as f64),
    ("revenue", "revenue_evolution", |sum| cents(sum.revenue)),
];

/// With `enhanced=1`.
const MORE: [Figure; 2] = [
    ("nb_conversions", "nb_conversions_evolution", |sum| (sum.conversions + sum.orders) as f64),
    ("orders", "orders_evolution", |sum| sum.orders as f64),
];

/// `getAll`: every site that the caller may see, or those whose name or address holds `pattern`.
pub(super) async fn all(app: &App, call: &Call<'_>) -> Result<Answer, ApiError> {
    refuse_segment(call)?;
    let filters = Filters::parse(call.params)?;
    let mut scopes = call.principal(app)?.sites(&app.accounts.directory());
    if let Some(pattern) = call.params.text("pattern").map(str::to_lowercase) {
        scopes.retain(|scope| holds(scope, &pattern));
    }
    let is_enhanced = call.params.flag("enhanced");
    let mut rows = rows(app, call, &scopes).await?;
    rows.retain(|(_, now, _)| is_enhanced || now.visits > 0);
    let row = |(scope, now, before): (&SiteScope, SiteTotals, SiteTotals)| Row {
        label: scope.site().name.as_str().into(),
        columns: columns(&now, &before, is_enhanced),
        metadata: vec![
            ("idsite".into(), scope.site().id.into()),
            ("group".into(), "".into()),
            ("main_url".into(), scope.site().url.trim_end_matches('/').into()),
        ],
        ..Row::default()
    };
    let mut table = Table { rows: rows.into_iter().map(row).collect() };
    table.sort("nb_visits", Order::Descending);
    Ok(Answer::Report(filters.apply(Report::Table(table), Form::default())))
}

/// `getOne`: one site.
pub(super) async fn one(app: &App, call: &Call<'_>) -> Result<Answer, ApiError> {
    refuse_segment(call)?;
    let filters = Filters::parse(call.params)?;
    let sites::Chosen::One(scope) = sites::chosen(app, call)? else {
        return Err(ApiError::bad("MultiSites.getOne is about one site: idSite=1"));
    };
    let scopes = [scope];
    let found = rows(app, call, &scopes).await?;
    let found = found.into_iter().next().map(|(_, now, before)| (now, before)).unwrap_or_default();
    let row = Report::Row(columns(&found.0, &found.1, call.params.flag("enhanced")));
    Ok(Answer::Report(filters.apply(row, Form::default())))
}

/// Visits are chosen site by site, which is what these methods are there to avoid.
fn refuse_segment(call: &Call<'_>) -> Result<(), ApiError> {
    match call.params.text("segment") {
        None => Ok(()),
        Some(_) => {
            Err(ApiError::bad("segment is not available here: VisitsSummary.get with idSite=all takes one"))
        }
    }
}

fn holds(scope: &SiteScope, pattern: &str) -> bool {
    let site = scope.site();
    [&site.name, &site.url].into_iter().any(|text| text.to_lowercase().contains(pattern))
}

/// Each site with its sums in the period and in the one before. Sites have calendars of their own.
async fn rows<'a>(
    app: &App,
    call: &Call<'_>,
    scopes: &'a [SiteScope],
) -> Result<Vec<(&'a SiteScope, SiteTotals, SiteTotals)>, ApiError> {
    let periods = scopes.iter().map(|scope| periods(app, call, scope)).collect::<Result<Vec<_>, _>>()?;
    let Some(from) = periods.iter().map(|(_, before)| before.from).min() else { return Ok(Vec::new()) };
    let to = periods.iter().map(|(now, _)| now.to).max().unwrap_or(from);
    let mut of_sites: HashMap<u32, Vec<SiteTotals>> = HashMap::new();
    for day in app.reports.store.sites_totals(scopes, Days { from, to }).await? {
        of_sites.entry(day.site_id).or_default().push(day);
    }
    let none = Vec::new();
    let row = |(scope, (now, before)): (&'a SiteScope, &(Days, Days))| {
        let days = of_sites.get(&scope.site().id).unwrap_or(&none);
        (scope, SiteTotals::sum(days, *now), SiteTotals::sum(days, *before))
    };
    Ok(scopes.iter().zip(&periods).map(row).collect())
}

/// The period that a call names, and the one before it.
fn periods(app: &App, call: &Call<'_>, scope: &SiteScope) -> Result<(Days, Days), ApiError> {
    let Dates::One(Span { days, .. }) = reports::dates(app, call, scope)? else {
        return Err(ApiError::bad("these methods are about one period: date=today, for example"));
    };
    let last = days.from.saturating_sub(1.day());
    let before = match call.params.text("period").unwrap_or("day") {
        "range" => Days { from: last.saturating_sub((days.length() - 1).days()), to: last },
        period => match Dates::parse(period, &last.to_string(), today(scope.site(), app.now()))? {
            Dates::One(span) => span.days,
            Dates::Many(_) => Days { from: last, to: last },
        },
    };
    Ok((days, before))
}

fn columns(now: &SiteTotals, before: &SiteTotals, is_enhanced: bool) -> Columns {
    let figures = || FIGURES.iter().chain(MORE.iter().filter(|_| is_enhanced));
    let counts = figures().map(|(name, _, of)| ((*name).into(), render_number(of(now))));
    let changes = figures().map(|(_, name, of)| ((*name).into(), change(of(now), of(before)).into()));
    counts.chain(changes).collect()
}

/// A change in hundredths, as Matomo writes it: something after nothing is a hundred of them.
fn change(now: f64, before: f64) -> String {
    let change = match (now == before, before == 0.0) {
        (true, _) => 0.0,
        (false, true) => 100.0,
        (false, false) => (now - before) / before * 100.0,
    };
    format!("{}%", (change * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_hundredths_of_what_was() {
        let changes = [(3.0, 2.0), (1.0, 2.0), (2.0, 3.0), (5.0, 0.0), (0.0, 0.0), (0.0, 4.0), (2.0, 2.0)];
        let changes = changes.map(|(now, before)| change(now, before));
        assert_eq!(changes, ["50%", "-50%", "-33.3%", "100%", "0%", "-100%", "0%"]);
    }
}
