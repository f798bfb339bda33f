//! Where small groups disappear.
//!
//! A label that fewer than `k` visitors share could single somebody out. All such labels are folded into one without a
//! name, for every reader alike; totals stay exact.

use super::visitors::visitors;
use super::{ReportError, Reports};
use crate::accounts::SiteScope;
use crate::store::queries::{BreakdownRow, Selection};

/// The label of what was folded; no visitor can send it, since texts lose their control characters.
pub const OTHER: &str = "\u{1}other";

/// Folds labels with fewer than `k` visitors.
pub(super) fn fold(rows: Vec<BreakdownRow>, k: u32) -> Vec<BreakdownRow> {
    let (mut shown, small) = split(rows, |row| row.visitors, k);
    if !small.is_empty() {
        shown.push(together(&small));
    }
    shown
}

/// Rows that may be shown, and those to be folded. Small groups that are few visitors even together take the smallest
/// one above the limit with them, or they could be had by subtraction from the total.
pub(super) fn split<Row>(rows: Vec<Row>, visitors: impl Fn(&Row) -> u64, k: u32) -> (Vec<Row>, Vec<Row>) {
    let least = u64::from(k);
    let (mut shown, mut small): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| visitors(row) >= least);
    let folded: u64 = small.iter().map(&visitors).sum();
    if !small.is_empty() && folded < least {
        let smallest = (0..shown.len()).rev().min_by_key(|index| visitors(&shown[*index]));
        small.extend(smallest.map(|index| shown.remove(index)));
    }
    (shown, small)
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
    let selected = visitors(reports, scope, selection.clone()).await?;
    let all = visitors(reports, scope, selection.days.into()).await?;
    match may_be_shown(selected, all, reports.min_group) {
        true => Ok(()),
        false => Err(ReportError::TooFew(reports.min_group)),
    }
}

/// Several lines as one, without a name.
fn together(lines: &[BreakdownRow]) -> BreakdownRow {
    let sum = |figure: fn(&BreakdownRow) -> u64| lines.iter().map(figure).sum();
    BreakdownRow {
        label: OTHER.to_owned(),
        group: String::new(),
        visitors: sum(|row| row.visitors),
        visits: sum(|row| row.visits),
        count: sum(|row| row.count),
        bounces: sum(|row| row.bounces),
        seconds: sum(|row| row.seconds),
        entries: sum(|row| row.entries),
        exits: sum(|row| row.exits),
        conversions: sum(|row| row.conversions),
        orders: sum(|row| row.orders),
        revenue: lines.iter().map(|row| row.revenue).sum(),
    }
}

/// Whether what was chosen from `all` visitors may be shown: neither the `chosen` nor the others may be few.
pub(super) fn may_be_shown(chosen: u64, all: u64, k: u32) -> bool {
    let is_few = |count: u64| (1..u64::from(k)).contains(&count);
    !is_few(chosen) && !is_few(all.saturating_sub(chosen))
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
    #[test]
    fn the_other_is_the_one_with_fewest_visitors_whatever_the_order() {
        assert_eq!(folded(&[6, 9, 1], 5), [("label 1".into(), 9), (OTHER.into(), 7)]);
    }
}
