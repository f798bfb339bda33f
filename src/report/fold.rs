//! Where small groups disappear.
//!
//! A label that fewer than `k` visitors share could single somebody out. All such labels are folded into one without a
//! name, for every reader alike; totals stay exact.

use super::{ReportError, Reports};
use crate::accounts::SiteScope;
use crate::store::queries::{BreakdownRow, DayTotals, EventRow, PageRow, Selection, SourceRow};

/// The label of what was folded; no visitor can send it, since texts lose their control characters.
pub const OTHER: &str = "\u{1}other";

/// A line of a breakdown that can be folded.
pub trait Foldable: Sized {
    /// Distinct visitors behind it.
    fn visitors(&self) -> u64;

    /// Several lines as one, under a label.
    fn together(lines: Vec<Self>, label: &str) -> Self;
}

/// Folds labels with fewer than `k` visitors. A single small group is folded with the smallest one above the limit,
/// or it could be had by subtraction from the total.
pub(super) fn fold<T: Foldable>(rows: Vec<T>, k: u32) -> Vec<T> {
    let k = u64::from(k);
    let (mut shown, mut small): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.visitors() >= k);
    if small.is_empty() {
        return shown;
    }
    let folded: u64 = small.iter().map(Foldable::visitors).sum();
    if folded < k {
        small.extend(shown.pop());
    }
    shown.push(T::together(small, OTHER));
    shown
}

/// Whether what a filter selects may be shown: neither the selected visitors nor the others may be few, since either
/// could be had from the other by subtraction.
pub(super) async fn check_filter(
    reports: &Reports,
    scope: &SiteScope,
    selection: &Selection,
) -> Result<(), ReportError> {
    if reports.min_group <= 1 || selection.filter.is_empty() {
        return Ok(());
    }
    let visitors = |days: Vec<DayTotals>| days.iter().map(|day| day.visitors).sum::<u64>();
    let selected = visitors(reports.store.day_totals(scope, selection.clone()).await?);
    let all = visitors(reports.store.day_totals(scope, selection.days).await?);
    let is_few = |count: u64| (1..u64::from(reports.min_group)).contains(&count);
    match is_few(selected) || is_few(all.saturating_sub(selected)) {
        true => Err(ReportError::TooFew(reports.min_group)),
        false => Ok(()),
    }
}

/// The sum of one figure of several lines.
fn sum<T>(lines: &[T], figure: impl Fn(&T) -> u64) -> u64 {
    lines.iter().map(figure).sum()
}

impl Foldable for BreakdownRow {
    fn visitors(&self) -> u64 {
        self.visitors
    }

    fn together(lines: Vec<BreakdownRow>, label: &str) -> BreakdownRow {
        BreakdownRow {
            label: label.to_owned(),
            group: String::new(),
            visitors: sum(&lines, |row| row.visitors),
            visits: sum(&lines, |row| row.visits),
            count: sum(&lines, |row| row.count),
            bounces: sum(&lines, |row| row.bounces),
            seconds: sum(&lines, |row| row.seconds),
            entries: sum(&lines, |row| row.entries),
            exits: sum(&lines, |row| row.exits),
            conversions: sum(&lines, |row| row.conversions),
            orders: sum(&lines, |row| row.orders),
            revenue: lines.iter().map(|row| row.revenue).sum(),
        }
    }
}

impl Foldable for PageRow {
    fn visitors(&self) -> u64 {
        self.visitors
    }

    fn together(lines: Vec<PageRow>, label: &str) -> PageRow {
        PageRow {
            label: label.to_owned(),
            hits: sum(&lines, |row| row.hits),
            visits: sum(&lines, |row| row.visits),
            visitors: sum(&lines, |row| row.visitors),
            host: String::new(),
        }
    }
}

impl Foldable for EventRow {
    fn visitors(&self) -> u64 {
        self.visitors
    }

    fn together(lines: Vec<EventRow>, label: &str) -> EventRow {
        let valued = || lines.iter().filter(|row| row.with_value > 0);
        EventRow {
            label: label.to_owned(),
            events: sum(&lines, |row| row.events),
            visits: sum(&lines, |row| row.visits),
            visitors: sum(&lines, |row| row.visitors),
            with_value: sum(&lines, |row| row.with_value),
            sum: lines.iter().map(|row| row.sum).sum(),
            min: valued().map(|row| row.min).reduce(f64::min).unwrap_or(0.0),
            max: valued().map(|row| row.max).reduce(f64::max).unwrap_or(0.0),
        }
    }
}

impl Foldable for SourceRow {
    fn visitors(&self) -> u64 {
        self.visitors
    }

    fn together(lines: Vec<SourceRow>, label: &str) -> SourceRow {
        SourceRow {
            label: label.to_owned(),
            visitors: sum(&lines, |row| row.visitors),
            visits: sum(&lines, |row| row.visits),
            actions: sum(&lines, |row| row.actions),
            max_actions: lines.iter().map(|row| row.max_actions).max().unwrap_or(0),
            seconds: sum(&lines, |row| row.seconds),
            bounces: sum(&lines, |row| row.bounces),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(visitors: &[u64]) -> Vec<BreakdownRow> {
        let row = |(index, visitors): (usize, &u64)| BreakdownRow {
            label: format!("label {index}"),
            group: String::new(),
            visitors: *visitors,
            visits: *visitors,
            count: *visitors,
            ..BreakdownRow::default()
        };
        visitors.iter().enumerate().map(row).collect()
    }

    fn folded(visitors: &[u64], k: u32) -> Vec<(String, u64)> {
        fold(rows(visitors), k).into_iter().map(|row| (row.label, row.visitors)).collect()
    }

    #[test]
    fn one_visitor_is_enough_by_default() {
        assert_eq!(fold(rows(&[3, 1]), 1), rows(&[3, 1]));
    }

    #[test]
    fn small_groups_are_one() {
        assert_eq!(folded(&[9, 4, 3, 1], 5), [("label 0".into(), 9), (OTHER.into(), 8)]);
    }

    #[test]
    fn a_lone_small_group_takes_another_with_it() {
        assert_eq!(folded(&[9, 7, 1], 5), [("label 0".into(), 9), (OTHER.into(), 8)]);
    }
}
