//! How long pages take to load.

use super::day::{Day, Figures, Node};
use super::render::{number, quotient, round};
use super::table::Columns;
use super::visit::Visit;
use crate::event::Kind;

/// Names of the six timings of a page: of their sum, of how many there are, of the least and of the greatest.
pub(super) const TIMINGS: [[&str; 5]; 6] = [
    [
        "sum_time_network",
        "nb_hits_with_time_network",
        "min_time_network",
        "max_time_network",
        "avg_time_network",
    ],
    ["sum_time_server", "nb_hits_with_time_server", "min_time_server", "max_time_server", "avg_time_server"],
    [
        "sum_time_transfer",
        "nb_hits_with_time_transfer",
        "min_time_transfer",
        "max_time_transfer",
        "avg_time_transfer",
    ],
    [
        "sum_time_dom_processing",
        "nb_hits_with_time_dom_processing",
        "min_time_dom_processing",
        "max_time_dom_processing",
        "avg_time_dom_processing",
    ],
    [
        "sum_time_dom_completion",
        "nb_hits_with_time_dom_completion",
        "min_time_dom_completion",
        "max_time_dom_completion",
        "avg_time_dom_completion",
    ],
    [
        "sum_time_on_load",
        "nb_hits_with_time_on_load",
        "min_time_on_load",
        "max_time_on_load",
        "avg_time_on_load",
    ],
];

/// The means of all timings together.
pub(super) const TOTAL: &str = "avg_page_load_time";

/// Digits that round nothing away.
const EXACT: i32 = 9;

/// Adds the timings of a page view, milliseconds to seconds.
pub(super) fn add(figures: &mut Figures, timings: &[i32]) {
    for ([sum, count, least, most, _], ms) in TIMINGS.iter().zip(timings) {
        if *ms >= 0 {
            let seconds = f64::from(*ms) / 1_000.0;
            figures.add(sum, seconds);
            figures.add(count, 1.0);
            figures.add(least, seconds);
            figures.add(most, seconds);
        }
    }
}

/// Counts the timings of a visit's page views.
pub(super) fn performance(day: &mut Day, visit: &Visit) {
    for hit in visit.hits.iter().filter(|hit| hit.is(Kind::PageView)) {
        add(&mut day.row("").figures, &hit.event.timings);
    }
}

/// Timings that a row has nothing of are 0 where rows beside it have some, and are not there where none has.
pub(super) fn level(node: &mut Node) {
    for [_, count, ..] in TIMINGS {
        if node.children.values().any(|child| child.figures.find(count).is_some()) {
            node.children.values_mut().for_each(|child| child.figures.add(count, 0.0));
        }
    }
    node.children.values_mut().for_each(level);
}

/// The least and the greatest of nothing.
pub(super) fn missing(figures: &Figures) -> Columns {
    let missing = TIMINGS.iter().filter(|names| figures.find(names[1]) == Some(0.0));
    missing.flat_map(|names| [(names[2].into(), "".into()), (names[3].into(), "".into())]).collect()
}

/// Means of a row's timings in seconds, and their sum.
pub(super) fn means(figures: &Figures) -> Columns {
    let known = TIMINGS.iter().filter(|names| figures.find(names[1]).is_some());
    let means: Vec<_> = known.map(|names| (names[4], mean(figures, names, 3))).collect();
    let total = means.iter().map(|(_, mean)| mean).sum();
    let columns = means.into_iter().chain([(TOTAL, total)]);
    columns.map(|(name, value)| (name.into(), number(value))).collect()
}

/// Means of a site's timings in seconds, and what their sum was before it was rounded.
pub(super) fn overview(figures: &Figures) -> Columns {
    let means = TIMINGS.iter().map(|names| (names[4], mean(figures, names, 2)));
    let total: f64 = TIMINGS.iter().map(|names| mean(figures, names, EXACT)).sum();
    let columns = means.chain([(TOTAL, round(total, 2))]);
    columns.map(|(name, value)| (name.into(), number(value))).collect()
}

fn mean(figures: &Figures, [sum, count, ..]: &[&str; 5], digits: i32) -> f64 {
    quotient(figures.get(sum), figures.get(count), digits)
}
