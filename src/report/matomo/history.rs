//! What a visitor did before a visit.

use super::visit::Visit;
use crate::store::queries::PastVisits;

/// What is known of a visitor from earlier visits.
#[derive(Clone, Copy, Default)]
pub(super) struct Past {
    /// How many there were.
    visits: u32,
    /// When the first one began.
    first: u32,
    /// When the last one began.
    began: u32,
}

impl Past {
    /// Takes up what the database says.
    pub fn of(row: &PastVisits) -> Past {
        let visits = u32::try_from(row.visits).unwrap_or(u32::MAX);
        Past { visits, first: row.first, began: row.last }
    }

    /// Begins one more visit at a time, in Unix seconds.
    pub fn begin(&mut self, time: u32) -> Visit {
        let before = (self.visits > 0).then_some((self.first, self.began));
        let visits = self.visits.saturating_add(1);
        *self = Past { visits, first: before.map_or(time, |(first, _)| first), began: time };
        let mut visit = Visit::new(visits);
        if let Some((first, last)) = before {
            visit.come_again(time, first, last);
        }
        visit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_between_visits() {
        const DAY: u32 = 86_400;
        let days = |visit: Visit| (visit.number, visit.days_since_last, visit.days_since_first);
        let mut known = Past::of(&PastVisits { visitor: 1, visits: 1, first: 100, last: 100 });
        assert_eq!(days(known.begin(99 + DAY)), (2, 0, 0));
        assert_eq!(days(known.begin(99 + 3 * DAY)), (3, 2, 2));
        let mut unknown = Past::default();
        assert_eq!(days(unknown.begin(7)), (1, 0, 0));
        assert_eq!(days(unknown.begin(7 + DAY)), (2, 1, 1));
    }
}
