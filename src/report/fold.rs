//! Where small groups disappear.
//!
//! A label that fewer than `k` visitors share could single somebody out. All such labels are folded into one without a
//! name, for every reader alike; totals stay exact.

use super::matomo::{Node, OTHERS};
use super::visitors::visitors;
use super::{ReportError, Reports};
use crate::accounts::SiteScope;
use crate::store::queries::{BreakdownRow, Selection};

/// The label of what was folded; no visitor can send it, since texts lose their control characters.
pub const OTHER: &str = "\u{1}other";

/// Folds labels with fewer than `k` visitors. A single small group is folded with the smallest one above the limit,
/// or it could be had by subtraction from the total.
pub(super) fn fold(rows: Vec<BreakdownRow>, k: u32) -> Vec<BreakdownRow> {
    let k = u64::from(k);
    let (mut shown, mut small): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.visitors >= k);
    if small.is_empty() {
        return shown;
    }
    let folded: u64 = small.iter().map(|row| row.visitors).sum();
    if folded < k {
        small.extend(shown.pop());
    }
    shown.push(together(&small));
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

/// Sums rows of a tree that fewer than `k` visitors stand behind into one, at each level, by the same rule.
pub(super) fn fold_tree(node: &mut Node, k: u32) {
    let least = u64::from(k);
    let mut rows: Vec<(String, Node)> = std::mem::take(&mut node.children).into_iter().collect();
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.people));
    let mut small = rows.split_off(rows.partition_point(|(_, row)| row.people >= least));
    let folded: u64 = small.iter().map(|(_, row)| row.people).sum();
    if !small.is_empty() && folded < least {
        small.extend(rows.pop());
    }
    rows.iter_mut().for_each(|(_, row)| fold_tree(row, k));
    node.children = rows.into_iter().collect();
    for (_, row) in &small {
        node.children.entry(OTHERS.to_owned()).or_default().merge(row);
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
