//! Visits in buckets: by pages, by length, by how often the visitor was here.

use super::day::{Day, Node};
use super::render;
use super::table::{Columns, Row, Table};
use super::visit::Visit;

/// What a row of buckets counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Pages of a visit.
    Pages,
    /// Length of a visit.
    Duration,
    /// Which of the visitor's visits it is.
    VisitCount,
}

const PAGES: [(u32, u32, &str); 10] = [
    (1, 1, "1 page"),
    (2, 2, "2 pages"),
    (3, 3, "3 pages"),
    (4, 4, "4 pages"),
    (5, 5, "5 pages"),
    (6, 7, "6-7 pages"),
    (8, 10, "8-10 pages"),
    (11, 14, "11-14 pages"),
    (15, 20, "15-20 pages"),
    (21, u32::MAX, "21+ pages"),
];

const DURATIONS: [(u32, u32, &str); 10] = [
    (0, 10, "0–10s"),
    (11, 30, "11–30s"),
    (31, 60, "31–60s"),
    (61, 120, "1-2 min"),
    (121, 240, "2-4 min"),
    (241, 420, "4-7 min"),
    (421, 600, "7-10 min"),
    (601, 900, "10-15 min"),
    (901, 1_800, "15-30 min"),
    (1_801, u32::MAX, "30+ min"),
];

const VISIT_COUNTS: [(u32, u32, &str); 14] = [
    (1, 1, "1 visit"),
    (2, 2, "2 visits"),
    (3, 3, "3 visits"),
    (4, 4, "4 visits"),
    (5, 5, "5 visits"),
    (6, 6, "6 visits"),
    (7, 7, "7 visits"),
    (8, 8, "8 visits"),
    (9, 14, "9-14 visits"),
    (15, 25, "15-25 visits"),
    (26, 50, "26-50 visits"),
    (51, 100, "51-100 visits"),
    (101, 200, "101-200 visits"),
    (201, u32::MAX, "201+ visits"),
];

impl Interest {
    fn buckets(self) -> &'static [(u32, u32, &'static str)] {
        match self {
            Interest::Pages => &PAGES,
            Interest::Duration => &DURATIONS,
            Interest::VisitCount => &VISIT_COUNTS,
        }
    }
}

/// Counts a visit in its bucket.
pub(super) fn count(interest: Interest, day: &mut Day, visit: &Visit) {
    let value = match interest {
        Interest::Pages => visit.actions,
        Interest::Duration => u32::try_from(visit.seconds).unwrap_or(u32::MAX),
        Interest::VisitCount => visit.number,
    };
    let bucket = interest.buckets().iter().find(|(least, most, _)| (*least..=*most).contains(&value));
    if let Some((_, _, label)) = bucket {
        day.row(label).figures.add("nb_visits", 1.0);
    }
}

/// The table of buckets, all of them, in order.
pub(super) fn table(interest: Interest, node: &Node) -> Table {
    let visits = |label: &str| node.children.get(label).map_or(0.0, |child| child.figures.get("nb_visits"));
    let all: f64 = interest.buckets().iter().map(|(_, _, label)| visits(label)).sum();
    let rows = interest.buckets().iter().map(|(_, _, label)| {
        let mut columns: Columns = vec![("nb_visits".into(), render::number(visits(label)))];
        if interest == Interest::VisitCount {
            columns.push(("nb_visits_percentage".into(), render::exact_percent(visits(label), all)));
        }
        Row { label: (*label).into(), columns, ..Row::default() }
    });
    if all == 0.0 { Table::default() } else { Table { rows: rows.collect() } }
}
