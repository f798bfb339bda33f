//! What visits led to: conversions of each goal, and orders.

use std::collections::BTreeMap;

use super::fold::{check_filter, fold};
use super::{OTHER, Period, ReportError, Reports, ratio};
use crate::accounts::SiteScope;
use crate::store::queries::{BreakdownRow, Days, Dimension, Filter, ORDERS, Selection};

/// How often something was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reached {
    /// Conversions, or orders.
    pub count: u64,
    /// Visits with at least one.
    pub converted: u64,
    /// All visits.
    pub visits: u64,
    /// What it was worth.
    pub revenue: f64,
}

impl Reached {
    /// Share of visits with at least one, 0 to 1.
    pub fn rate(&self) -> Option<f64> {
        ratio(self.converted, self.visits)
    }

    /// What one was worth in the mean.
    pub fn average(&self) -> Option<f64> {
        (self.count > 0).then(|| self.revenue / self.count as f64)
    }
}

/// One goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalLine {
    /// Its number; absent where several goals with few visitors each are one line.
    pub id: Option<u32>,
    /// Its name; absent when it was deleted.
    pub name: Option<String>,
    /// In the period.
    pub now: Reached,
    /// In the period before; absent when there were no visits or it can't be told.
    pub before: Option<Reached>,
}

/// All goals of a site.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalReport {
    /// The goals, those that were reached most often first. A visit counts in one line for each goal that it reached.
    pub lines: Vec<GoalLine>,
    /// Orders, in the period and in the one before; absent when there were none in either.
    pub orders: Option<(Reached, Option<Reached>)>,
}

/// Counts a site's conversions and orders, of the visits that a filter selects.
///
/// # Errors
/// When the database fails, or the filter selects too few.
pub async fn goals(
    reports: &Reports,
    scope: &SiteScope,
    period: &Period,
    filter: &Filter,
) -> Result<GoalReport, ReportError> {
    let count = async |days: Days| count(reports, scope, Selection { days, filter: filter.clone() }).await;
    let now = count(period.days).await?;
    let before = match period.previous {
        Some(days) => match count(days).await {
            Err(ReportError::TooFew(_)) => None,
            found => Some(found?).filter(|before| before.visits > 0),
        },
        None => None,
    };
    Ok(GoalReport { lines: lines(scope, &now, before.as_ref()), orders: orders(&now, before.as_ref()) })
}

/// What was counted in some days.
struct Counts {
    visits: u64,
    goals: BTreeMap<u32, Reached>,
    /// Goals with few visitors, as one.
    small: Option<Reached>,
    /// Their numbers.
    hidden: Vec<u32>,
    orders: Reached,
}

async fn count(reports: &Reports, scope: &SiteScope, selection: Selection) -> Result<Counts, ReportError> {
    check_filter(reports, scope, &selection).await?;
    let days = reports.store.day_totals(scope, selection.clone()).await?;
    let visits = days.iter().map(|day| day.visits).sum();
    let rows = reports.store.breakdown(scope, selection, Dimension::Goals).await?;
    Ok(Counts::new(rows, visits, reports.min_group))
}

impl Counts {
    fn new(rows: Vec<BreakdownRow>, visits: u64, min_group: u32) -> Counts {
        let reached = |row: &BreakdownRow| Reached {
            count: row.count,
            converted: row.visits.min(visits),
            visits,
            revenue: row.revenue,
        };
        let (orders, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.label == ORDERS);
        let mut hidden: Vec<u32> = rows.iter().filter_map(|row| row.label.parse().ok()).collect();
        let rows = fold(rows, min_group);
        let goals: BTreeMap<u32, Reached> =
            rows.iter().filter_map(|row| Some((row.label.parse().ok()?, reached(row)))).collect();
        hidden.retain(|goal| !goals.contains_key(goal));
        Counts {
            visits,
            small: rows.iter().find(|row| row.label == OTHER).map(reached),
            orders: orders.first().map(reached).unwrap_or(Reached { visits, ..Reached::default() }),
            goals,
            hidden,
        }
    }

    /// How often a goal was reached; `None` when that can't be told.
    fn of(&self, goal: u32) -> Option<Reached> {
        let none = Reached { visits: self.visits, ..Reached::default() };
        (!self.hidden.contains(&goal)).then(|| self.goals.get(&goal).copied().unwrap_or(none))
    }
}

/// A line for each goal that the site has, or had when it was reached.
fn lines(scope: &SiteScope, now: &Counts, before: Option<&Counts>) -> Vec<GoalLine> {
    let mut names: BTreeMap<u32, Option<String>> = now.goals.keys().map(|goal| (*goal, None)).collect();
    names.extend(scope.site().goals.iter().map(|goal| (goal.id, Some(goal.name.clone()))));
    let line = |(id, name): (u32, Option<String>)| {
        let before = before.and_then(|before| before.of(id));
        Some(GoalLine { id: Some(id), name, now: now.of(id)?, before })
    };
    let mut lines: Vec<GoalLine> = names.into_iter().filter_map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.now.count));
    lines.extend(now.small.map(|small| GoalLine { id: None, name: None, now: small, before: None }));
    lines
}

fn orders(now: &Counts, before: Option<&Counts>) -> Option<(Reached, Option<Reached>)> {
    let before = before.map(|before| before.orders);
    let is_any = now.orders.count > 0 || before.is_some_and(|before| before.count > 0);
    is_any.then_some((now.orders, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, visitors: u64) -> BreakdownRow {
        let label = label.to_owned();
        BreakdownRow { label, visitors, visits: visitors, count: visitors, ..BreakdownRow::default() }
    }

    #[test]
    fn goals_with_few_visitors_are_one_line_and_orders_are_apart() {
        let rows = || vec![row("2", 9), row("0", 4), row("1", 2), row("7", 1)];
        let all = Counts::new(rows(), 20, 1);
        assert_eq!((all.of(1).unwrap().count, all.of(3).unwrap().count, all.small), (2, 0, None));
        let folded = Counts::new(rows(), 20, 3);
        assert_eq!((folded.of(1), folded.of(2).unwrap().rate()), (None, Some(0.45)));
        assert_eq!((folded.small.unwrap().count, folded.orders.count), (3, 4));
    }
}
