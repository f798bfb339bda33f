//! Visits and conversions in buckets: by pages, by length, by how often and how long the visitor has been here.

use super::day::{Day, Node};
use super::render;
use super::table::{Columns, Row, Table};
use super::visit::{GoalKey, Visit};

/// What a row of buckets counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Pages of a visit.
    Pages,
    /// Length of a visit.
    Duration,
    /// Which of the visitor's visits it is.
    VisitCount,
    /// Days since the visitor's last visit.
    DaysSinceLast,
    /// Days from the visitor's first visit to a conversion: of one goal, or of all goals.
    DaysToConversion(Option<GoalKey>),
    /// Visits until a conversion.
    VisitsToConversion(Option<GoalKey>),
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

const DAYS: [(u32, u32, &str); 14] = [
    (0, 0, "0 days"),
    (1, 1, "1 day"),
    (2, 2, "2 days"),
    (3, 3, "3 days"),
    (4, 4, "4 days"),
    (5, 5, "5 days"),
    (6, 6, "6 days"),
    (7, 7, "7 days"),
    (8, 14, "8-14 days"),
    (15, 30, "15-30 days"),
    (31, 60, "31-60 days"),
    (61, 120, "61-120 days"),
    (121, 364, "121-364 days"),
    (365, u32::MAX, "365+ days"),
];

const VISITS_TO_CONVERSION: [(u32, u32, &str); 13] = [
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
    (101, u32::MAX, "101+ visits"),
];

/// The row before the days since a visitor's last visit: those who had none.
const NEW_VISITS: &str = "New visits";

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
            Interest::DaysSinceLast | Interest::DaysToConversion(_) => &DAYS,
            Interest::VisitsToConversion(_) => &VISITS_TO_CONVERSION,
        }
    }

    /// The labels of all rows, in order.
    fn labels(self) -> impl Iterator<Item = &'static str> {
        let first = (self == Interest::DaysSinceLast).then_some(NEW_VISITS);
        first.into_iter().chain(self.buckets().iter().map(|(_, _, label)| *label))
    }

    fn label(self, value: u32) -> Option<&'static str> {
        let bucket = self.buckets().iter().find(|(least, most, _)| (*least..=*most).contains(&value));
        bucket.map(|(_, _, label)| *label)
    }

    /// The label that a visit or each of its conversions counts under; `None` where no bucket is.
    fn of(self, visit: &Visit) -> Option<&'static str> {
        match self {
            Interest::Pages => self.label(visit.actions),
            Interest::Duration => self.label(u32::try_from(visit.seconds).unwrap_or(u32::MAX)),
            Interest::VisitCount | Interest::VisitsToConversion(_) => self.label(visit.number),
            Interest::DaysSinceLast if !visit.is_returning() => Some(NEW_VISITS),
            Interest::DaysSinceLast => self.label(visit.days_since_last),
            Interest::DaysToConversion(_) => self.label(visit.days_since_first),
        }
    }

    /// What is counted.
    fn figure(self) -> &'static str {
        match self {
            Interest::DaysToConversion(_) | Interest::VisitsToConversion(_) => "nb_conversions",
            _ => "nb_visits",
        }
    }

    fn times(self, visit: &Visit) -> usize {
        let of_goal = |goal: Option<GoalKey>| {
            let goals = visit.conversions.iter().map(|conversion| conversion.goal);
            goals.filter(|own| goal.map_or(matches!(own, GoalKey::Goal(_)), |goal| goal == *own)).count()
        };
        match self {
            Interest::DaysToConversion(goal) | Interest::VisitsToConversion(goal) => of_goal(goal),
            _ => 1,
        }
    }
}

/// Counts a visit, or its conversions, in its bucket.
pub(super) fn count(interest: Interest, day: &mut Day, visit: &Visit) {
    let times = interest.times(visit);
    if let Some(label) = interest.of(visit).filter(|_| times > 0) {
        day.row(label).figures.add(interest.figure(), times as f64);
    }
}

/// The table of buckets, all of them, in order.
pub(super) fn table(interest: Interest, node: &Node) -> Table {
    let name = interest.figure();
    let counted = |label: &str| node.children.get(label).map_or(0.0, |child| child.figures.get(name));
    let all: f64 = interest.labels().map(counted).sum();
    let rows = interest.labels().map(|label| {
        let mut columns: Columns = vec![(name.into(), render::number(counted(label)))];
        if interest == Interest::VisitCount {
            columns.push(("nb_visits_percentage".into(), render::exact_percent(counted(label), all)));
        }
        Row { label: label.into(), columns, ..Row::default() }
    });
    if all == 0.0 { Table::default() } else { Table { rows: rows.collect() } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;
    use crate::store::EventRow;

    fn rows(interest: Interest, visits: &[(u32, u32, Vec<u32>)]) -> Vec<(String, f64)> {
        let mut day = Day::default();
        for (number, days, goals) in visits {
            let mut visit = Visit::new(*number, false);
            (visit.days_since_last, visit.days_since_first) = (*days, *days);
            let revenues = vec![0.0; goals.len()];
            visit.take(EventRow {
                kind: Kind::PageView as u8,
                goals: goals.clone(),
                goal_revenues: revenues,
                ..EventRow::default()
            });
            count(interest, &mut day, &visit);
        }
        let mut node = Node::default();
        node.add_day(&mut day, true);
        let value = |row: &Row| row.columns.first().and_then(|(_, value)| value.as_f64()).unwrap_or(0.0);
        table(interest, &node).rows.iter().map(|row| (row.text(), value(row))).collect()
    }

    #[test]
    fn days_and_visits() {
        let visits = [(1, 0, vec![]), (2, 0, vec![1, 2]), (3, 9, vec![1])];
        let since = rows(Interest::DaysSinceLast, &visits);
        assert_eq!(since[..2], [("New visits".to_owned(), 1.0), ("0 days".to_owned(), 1.0)]);
        assert_eq!((since.len(), &since[9]), (15, &("8-14 days".to_owned(), 1.0)));
        let to_conversion = rows(Interest::DaysToConversion(None), &visits);
        assert_eq!((to_conversion[0].1, to_conversion[8].1), (2.0, 1.0));
        let of_one = rows(Interest::VisitsToConversion(Some(GoalKey::Goal(1))), &visits);
        assert_eq!(of_one[..3].iter().map(|(_, count)| *count).collect::<Vec<_>>(), [0.0, 1.0, 1.0]);
        assert_eq!(rows(Interest::VisitsToConversion(Some(GoalKey::Order)), &visits), []);
    }
}
