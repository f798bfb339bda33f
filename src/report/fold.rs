//! Where small groups disappear.
//!
//! A label that fewer than `k` visitors share could single somebody out. All such labels are folded into one without a
//! name, for every reader alike; totals stay exact.

use crate::store::queries::BreakdownRow;

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

fn together(rows: &[BreakdownRow]) -> BreakdownRow {
    BreakdownRow {
        label: OTHER.to_owned(),
        group: String::new(),
        visitors: rows.iter().map(|row| row.visitors).sum(),
        visits: rows.iter().map(|row| row.visits).sum(),
        count: rows.iter().map(|row| row.count).sum(),
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
