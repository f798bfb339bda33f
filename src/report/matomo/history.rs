//! Visits one after the other, and what a visit depends on that lies before it.

use std::collections::HashMap;

use super::visit::Visit;
use crate::event::Kind;
use crate::store::EventRow;
use crate::store::queries::PastVisits;

/// What is known of a visitor from earlier visits.
#[derive(Clone, Copy, Default)]
struct Past {
    /// How many there were.
    visits: u32,
    /// When the first one began.
    first: i64,
    /// When the last one began.
    began: i64,
    /// How long before that the last order was, by the beginnings of visits; 0 when that visit had one itself.
    since_order: Option<i64>,
}

/// Splits events into visits, and remembers who had them. A visit counts for the visitor that it ended with: somebody
/// who signed in on the way has been here before when they come again.
#[derive(Default)]
pub(super) struct History {
    past: HashMap<u64, Past>,
    current: Option<Visit>,
    /// Whether visitors are known for longer than a day.
    lasts: bool,
}

impl History {
    /// Takes up what visitors did before.
    pub fn of(visits: Vec<PastVisits>) -> History {
        let past = visits.into_iter().map(|row| {
            let since_order = (row.last_order != 0).then(|| i64::from(row.last) - i64::from(row.last_order));
            let visits = u32::try_from(row.visits).unwrap_or(u32::MAX);
            (row.visitor, Past { visits, first: row.first.into(), began: row.last.into(), since_order })
        });
        History { past: past.collect(), current: None, lasts: true }
    }

    /// Takes the next event, and returns the visit that is over with it.
    pub fn take(&mut self, event: EventRow) -> Option<Visit> {
        let place = |event: &EventRow| (event.local_date, event.visit);
        let is_same = self.current.as_ref().and_then(Visit::last).map(place) == Some(place(&event));
        let over = if is_same { None } else { self.end() };
        let day = over.as_ref().and_then(Visit::last).map(|last| last.local_date);
        if !self.lasts && day.is_some_and(|day| day != event.local_date) {
            // Whoever comes on another day has another number then.
            self.past.clear();
        }
        self.current.get_or_insert_with(|| begin(&self.past, &event)).take(event);
        over
    }

    /// Returns the last visit.
    pub fn end(&mut self) -> Option<Visit> {
        let visit = self.current.take()?;
        self.note(&visit);
        Some(visit)
    }

    fn note(&mut self, visit: &Visit) {
        let began = visit.first().map_or(0, |event| i64::from(event.time));
        let past = self.past.entry(visit.visitor()).or_default();
        let since_order = past.since_order.map(|seconds| seconds + began - past.began);
        let has_order = visit.hits.iter().any(|hit| hit.is(Kind::Order));
        *past = Past {
            visits: past.visits.saturating_add(1),
            first: if past.visits == 0 { began } else { past.first },
            began,
            since_order: if has_order { Some(0) } else { since_order },
        };
    }
}

/// A visit that begins with an event. Whoever ordered before the visit before this one, or orders at once, is a
/// customer who returns.
fn begin(past: &HashMap<u64, Past>, event: &EventRow) -> Visit {
    let past = past.get(&event.visitor).copied().unwrap_or_default();
    let orders = i32::from(event.kind) == Kind::Order as i32;
    let is_customer = orders || past.since_order.is_some_and(|seconds| seconds > 0);
    let mut visit = Visit::new(past.visits.saturating_add(1), is_customer);
    if past.visits > 0 {
        visit.come_again(event.time.into(), past.first, past.began);
    }
    visit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(kind: Kind, visitor: u64, visit: u64, time: u32) -> EventRow {
        EventRow { kind: kind as u8, visitor, visit, time, ..EventRow::default() }
    }

    /// Number of each visit, and whether a customer had it who returned.
    fn visits(mut history: History, events: Vec<EventRow>) -> Vec<(u32, bool)> {
        let mut visits: Vec<Visit> = events.into_iter().filter_map(|event| history.take(event)).collect();
        visits.extend(history.end());
        visits.iter().map(|visit| (visit.number, visit.is_customer)).collect()
    }

    #[test]
    fn who_signs_in_is_known_the_next_time() {
        let view = |visitor, visit, time| hit(Kind::PageView, visitor, visit, time);
        let events = vec![view(1, 1, 0), view(9, 1, 1), view(1, 2, 10), view(9, 3, 20)];
        assert_eq!(visits(History::default(), events), [(1, false), (1, false), (2, false)]);
    }

    #[test]
    fn a_customer_returns_with_the_second_visit_after_an_order_or_with_another_order() {
        let view = |visit, time| hit(Kind::PageView, 1, visit, time);
        let order = |visit, time| hit(Kind::Order, 1, visit, time);
        let events = vec![view(1, 0), order(1, 5), view(2, 10), view(3, 20), view(4, 30)];
        assert_eq!(visits(History::default(), events), [(1, false), (2, false), (3, true), (4, true)]);
        assert_eq!(visits(History::default(), vec![order(1, 0)]), [(1, true)]);
        let before = |last_order| {
            History::of(vec![PastVisits { visitor: 1, visits: 3, first: 100, last: 100, last_order }])
        };
        for (last_order, is_customer) in [(0, false), (100, false), (50, true)] {
            assert_eq!(visits(before(last_order), vec![view(1, 200)]), [(4, is_customer)]);
        }
    }

    #[test]
    fn numbers_that_last_a_day_are_forgotten_with_it() {
        let view = |visit, day| EventRow { local_date: day, ..hit(Kind::PageView, 1, visit, 0) };
        let mut history = History::default();
        let over: Vec<Visit> = [view(1, 1), view(2, 1), view(3, 2)]
            .into_iter()
            .filter_map(|event| history.take(event))
            .collect();
        assert_eq!(over.iter().map(|visit| visit.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(history.end().unwrap().number, 1);
    }

    #[test]
    fn days_between_visits() {
        const DAY: u32 = 86_400;
        let view = |visit, time| hit(Kind::PageView, 1, visit, time);
        let mut history =
            History::of(vec![PastVisits { visitor: 1, visits: 1, first: 100, last: 100, last_order: 0 }]);
        let mut days = Vec::new();
        for event in [view(1, 99 + DAY), view(2, 99 + 3 * DAY)] {
            days.extend(history.take(event));
        }
        days.extend(history.end());
        let days: Vec<_> = days.iter().map(|visit| (visit.days_since_last, visit.days_since_first)).collect();
        assert_eq!(days, [(0, 0), (2, 2)]);
    }
}
