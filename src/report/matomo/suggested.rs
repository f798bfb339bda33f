//! Which values a segment may be compared with: those that enough visitors had.

use std::collections::{HashMap, HashSet};

use super::matching::{self, Values};
use super::segment::Field;
use super::visit::Visit;
use crate::accounts::SiteScope;
use crate::report::{ReportError, Reports};
use crate::store::queries::Days;

/// Most values that are counted at once: beyond, the half with fewest visits is forgotten.
const MAX_COUNTED: usize = 20_000;

impl Reports {
    /// Values of a field, by visits from the most; only such that no small group had, and at most `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggested(
        &self,
        scope: &SiteScope,
        field: Field,
        days: Days,
        most: usize,
    ) -> Result<Vec<String>, ReportError> {
        let mut tally = Tally::new(field, self.min_group);
        let mut history = self.history(scope, days).await?;
        let mut events = self.store.visit_events(scope, days)?;
        while let Some(event) = events.next().await? {
            history.take(event.within_bounds()).iter().for_each(|visit| tally.visit(visit));
        }
        history.end().iter().for_each(|visit| tally.visit(visit));
        Ok(tally.finish(most))
    }
}

/// Who had a value.
#[derive(Default)]
struct Seen {
    visits: u64,
    /// Visitors, until they are enough.
    visitors: HashSet<u64>,
}

/// Values on the way into an order.
struct Tally {
    field: Field,
    /// Fewest visitors of a value that may be shown.
    enough: usize,
    seen: HashMap<String, Seen>,
}

impl Tally {
    fn new(field: Field, min_group: u32) -> Tally {
        Tally { field, enough: usize::try_from(min_group).unwrap_or(usize::MAX), seen: HashMap::new() }
    }

    fn visit(&mut self, visit: &Visit) {
        for value in shown(self.field, visit) {
            if self.seen.len() >= MAX_COUNTED && !self.seen.contains_key(&value) {
                self.forget_half();
            }
            let seen = self.seen.entry(value).or_default();
            seen.visits += 1;
            if seen.visitors.len() < self.enough {
                seen.visitors.insert(visit.visitor());
            }
        }
    }

    fn forget_half(&mut self) {
        let mut values: Vec<(String, Seen)> = self.seen.drain().collect();
        values.sort_unstable_by_key(|(_, seen)| std::cmp::Reverse(seen.visits));
        values.truncate(MAX_COUNTED / 2);
        self.seen.extend(values);
    }

    fn finish(self, most: usize) -> Vec<String> {
        let is_enough = |(_, seen): &(String, Seen)| seen.visitors.len() >= self.enough;
        let mut values: Vec<(String, Seen)> = self.seen.into_iter().filter(is_enough).collect();
        values.sort_unstable_by(|(text, seen), (other_text, other)| {
            other.visits.cmp(&seen.visits).then_with(|| text.cmp(other_text))
        });
        values.into_iter().take(most).map(|(text, _)| text).collect()
    }
}

/// Each value of a visit once. Addresses of pages are compared in two spellings: the whole one is shown.
fn shown(field: Field, visit: &Visit) -> HashSet<String> {
    let is_address = matches!(
        field,
        Field::PageUrl | Field::EntryPageUrl | Field::ExitPageUrl | Field::EventUrl | Field::ActionUrl
    );
    match matching::values(field, visit) {
        Values::Numbers(numbers) => numbers.iter().map(f64::to_string).collect(),
        Values::Texts(texts) => texts
            .into_iter()
            .filter(|text| !text.is_empty() && (!is_address || text.contains("://")))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::EventRow;

    #[test]
    fn the_most_frequent_value_outlasts_any_number_of_rare_ones() {
        let mut tally = Tally::new(Field::City, 2);
        let mut come = |city: String, visitor: u64| {
            let mut visit = Visit::new(1, false);
            visit.take(EventRow { city, visitor, ..EventRow::default() });
            tally.visit(&visit);
            assert!(tally.seen.len() <= MAX_COUNTED);
        };
        for visitor in 0..3 {
            come("Utrecht".into(), visitor);
        }
        for visitor in 0..MAX_COUNTED as u64 * 2 {
            come(format!("city {visitor}"), visitor);
        }
        assert_eq!(tally.finish(10), ["Utrecht"]);
    }
}
