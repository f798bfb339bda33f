//! What goals owe to pages.

use super::actions::Side;
use super::day::{Day, Node};
use super::render::quotient;
use super::visit::{GoalKey, Hit, Visit};
use crate::event::Kind;

/// Credits each conversion to the pages seen before it: to each wholly, and to each its part.
pub(super) fn credit(side: Side<'_>, day: &mut Day, visit: &Visit) {
    for conversion in &visit.conversions {
        let before =
            |hit: &&Hit| hit.is(Kind::PageView) && side.names(hit) && hit.event.time <= conversion.time;
        for hit in visit.hits.iter().filter(before) {
            let pages = f64::from(conversion.pages_before);
            let figures = side.leaf(day, hit).goals.entry(conversion.goal).or_default();
            figures.add("nb_conversions", 1.0);
            figures.add("revenue", conversion.revenue);
            // Matomo shows how far the day's first conversion had come, for all of them.
            if figures.find("nb_conv_pages_before").is_none() {
                figures.add("nb_conv_pages_before", pages);
            }
            figures.add("nb_conversions_attrib", quotient(1.0, pages, 4));
            figures.add("nb_conversions_page_uniq", 1.0);
            figures.add("revenue_attrib", if pages == 0.0 { 0.0 } else { conversion.revenue / pages });
        }
    }
}

/// What goals make of a day's entries: Matomo keeps these shares, and sums them up over rows and days.
pub(super) fn end_day(day: &mut Day) {
    let entries = day.sums("entry_nb_visits");
    for (path, leaf) in day.leaves() {
        let entries = entries.get(path).copied().unwrap_or(0.0);
        for figures in leaf.goals.values_mut() {
            figures.round("revenue_attrib", 2);
            if let Some(conversions) = figures.find("nb_conversions_entry") {
                let revenue = figures.get("revenue_entry");
                figures.add("nb_conversions_entry_rate", quotient(conversions, entries, 3));
                figures.add("revenue_per_entry", quotient(revenue, entries, 3));
            }
        }
    }
}

/// Credits each conversion to the page that the visit began with; a cart is none.
pub(super) fn credit_entry(side: Side<'_>, day: &mut Day, visit: &Visit, entry: Option<&Hit>) {
    let Some(entry) = entry else { return };
    for conversion in visit.conversions.iter().filter(|conversion| conversion.goal != GoalKey::Cart) {
        let figures = side.leaf(day, entry).goals.entry(conversion.goal).or_default();
        figures.add("nb_conversions_entry", 1.0);
        figures.add("revenue_entry", conversion.revenue);
    }
}

/// Adds what part of all conversions each row at the top has: one at most, though it may have seen some more than once.
pub(super) fn with_rates(node: &Node, totals: &Node, depth: usize) -> Node {
    let mut node = node.clone();
    for (goal, figures) in &mut node.goals {
        if let Some(unique) = figures.find("nb_conversions_page_uniq") {
            let all = totals.goals.get(goal).map_or(0.0, |figures| figures.get("nb_conversions"));
            let rate = quotient(unique, all, 3).min(1.0);
            figures.add("nb_conversions_page_rate", if depth == 1 { rate } else { 0.0 });
        }
    }
    let children = std::mem::take(&mut node.children);
    node.children =
        children.into_iter().map(|(label, child)| (label, with_rates(&child, totals, depth + 1))).collect();
    node
}
