//! Matomo's reports: its figures by its definitions, known over-counts included.
//!
//! A report reads the events of its days visit by visit ([`visit::Visit`] follows Matomo's rules), counts each visit in
//! the rows of its day ([`day::Day`]), adds the days up ([`day::Node`]) and shows the result ([`table::Report`]). Memory
//! holds one visit, the rows of one day, and the rows of the period. What differs from the exact figures of our own API
//! stands in `docs/matomo.md`.

mod actions;
mod addresses;
pub mod catalogue;
mod columns;
mod continents;
mod day;
pub mod figures;
mod filter;
mod flatten;
mod goals;
mod history;
mod interactions;
mod interest;
mod matching;
pub mod method;
mod names;
mod page_goals;
mod ratio;
mod referrers;
mod render;
pub mod segment;
mod segment_field;
mod sort;
mod suggested;
pub mod table;
#[cfg(test)]
mod tests;
mod timings;
mod truncate;
mod visit;
mod visits;
mod weekdays;

pub use actions::OF_FIRST_LEVEL;
pub use flatten::{Joint, Levels};
pub use render::number as render_number;
pub use sort::Order;
pub use truncate::OTHERS;
pub use visits::By;

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::accounts::{Identity, SiteScope};
use crate::report::fold::may_be_shown;
use crate::report::visitors::HISTORY_DAYS;
use crate::report::{ReportError, Reports};
use crate::store::queries::{Days, LiveCounters};
use day::Day;
pub(super) use day::Node;
use history::History;
use method::Method;
use segment::Segment;
use table::{Columns, Report};
use visit::Visit;

/// What a report is asked for beside its site.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Its days.
    pub days: Days,
    /// Whether the period is a day: visitors of several days are sums, under another name.
    pub is_day: bool,
    /// Splits titles into a tree; empty for none.
    pub delimiter: &'a str,
    /// Which visits count; all without one.
    pub segment: Option<&'a Segment>,
    /// Whether its report is one of several: there, one without a visit has nothing, where alone it has zeros.
    pub is_one_of_many: bool,
}

impl Reports {
    /// Makes Matomo's report of a method.
    ///
    /// # Errors
    /// When the database fails, or a segment is of too few people.
    pub async fn matomo(
        &self,
        scope: &SiteScope,
        method: &Method,
        request: &Request<'_>,
    ) -> Result<Report, ReportError> {
        let mut fold = Fold::new(method, request);
        let mut history = self.history(scope, request.days).await?;
        let mut events = self.store.visit_events(scope, request.days)?;
        while let Some(event) = events.next().await? {
            history.take(event.within_bounds()).iter().for_each(|visit| fold.visit(visit));
        }
        history.end().iter().for_each(|visit| fold.visit(visit));
        fold.finish(self.min_group)
    }

    /// What happened on a site in the last `minutes`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live(
        &self,
        scope: &SiteScope,
        now: Timestamp,
        minutes: i64,
    ) -> crate::store::Result<LiveCounters> {
        let since = now.as_second() - minutes * 60;
        let zone = scope.site().zone(now);
        let date =
            |second: i64| Timestamp::from_second(second).map(|time| time.to_zoned(zone.clone()).date());
        let to = now.to_zoned(zone.clone()).date();
        let days = Days { from: date(since).unwrap_or(to), to };
        self.store.live_counters(scope, days, since).await
    }

    /// What visitors did before these days: known on sites in consent mode alone.
    async fn history(&self, scope: &SiteScope, days: Days) -> crate::store::Result<History> {
        if scope.site().identity != Identity::Consented {
            return Ok(History::default());
        }
        let from = days.from.saturating_sub(HISTORY_DAYS.days());
        let to = days.from.yesterday().unwrap_or(Date::MIN);
        Ok(History::of(self.store.visits_by_visitor(scope, Days { from, to }).await?))
    }
}

/// People, over all days: exact where ids last, and the sum of daily ones where they don't.
#[derive(Default)]
struct Crowd {
    visitors: HashSet<u64>,
    users: HashSet<u64>,
}

impl Crowd {
    fn meet(&mut self, visit: &Visit) {
        self.visitors.insert(visit.visitor());
        self.users.extend(Some(visit.user()).filter(|user| *user != 0));
    }
}

/// Who came: everybody, and apart new and returning visitors.
#[derive(Default)]
struct People {
    all: Crowd,
    new: Crowd,
    returning: Crowd,
}

/// Visits on their way into rows.
struct Fold<'a> {
    method: &'a Method,
    request: &'a Request<'a>,
    date: u16,
    day: Day,
    totals_of_day: Day,
    rows: Node,
    /// All visits and their conversions.
    totals: Node,
    people: People,
    /// All visitors, also those that the segment leaves out.
    everybody: HashSet<u64>,
}

impl<'a> Fold<'a> {
    fn new(method: &'a Method, request: &'a Request<'a>) -> Fold<'a> {
        Fold {
            method,
            request,
            date: 0,
            day: Day::default(),
            totals_of_day: Day::default(),
            rows: Node::default(),
            totals: Node::default(),
            people: People::default(),
            everybody: HashSet::new(),
        }
    }

    fn visit(&mut self, visit: &Visit) {
        self.everybody.insert(visit.visitor());
        if self.request.segment.is_some_and(|segment| !matching::holds(segment, visit)) {
            return;
        }
        let date = visit.first().map_or(0, |event| event.local_date);
        if date != self.date {
            self.end_day();
            self.date = date;
        }
        self.people.all.meet(visit);
        let group = if visit.is_returning() { &mut self.people.returning } else { &mut self.people.new };
        group.meet(visit);
        visits::frequency(&mut self.totals_of_day, visit);
        self.method.count(&mut self.day, visit, self.request);
    }

    fn end_day(&mut self) {
        self.method.end_day(&mut self.day);
        self.rows.add_day(&mut self.day, self.request.is_day);
        self.totals.add_day(&mut self.totals_of_day, self.request.is_day);
    }

    /// # Errors
    /// When the segment is of few people, or leaves few out.
    fn finish(mut self, min_group: u32) -> Result<Report, ReportError> {
        self.end_day();
        if self.request.segment.is_some()
            && !may_be_shown(self.people.all.visitors.len() as u64, self.everybody.len() as u64, min_group)
        {
            return Err(ReportError::TooFew(min_group));
        }
        if self.method.is_breakdown() {
            self.rows.fold(min_group);
        }
        if self.request.is_one_of_many && self.method.is_row() && self.totals.figures.get("nb_visits") == 0.0
        {
            return Ok(Report::Row(Columns::new()));
        }
        Ok(self.method.report(&self.rows, &self.totals, &self.people, self.request.delimiter))
    }
}
