//! Which of a report's days are read sealed, and which are computed.

use clickhouse::query::Query;

use super::filter::Filter;
use super::{Days, IN_RANGE, about};
use crate::accounts::{Identity, SiteScope};
use crate::store::sealed::rollups::{FIRST_VISIT, Rollup};
use crate::store::sealed::rows::{self, Rows};
use crate::store::{Result, Store};

/// The days that a report is about, and which visits.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The days.
    pub days: Days,
    /// The visits.
    pub filter: Filter,
}

impl From<Days> for Selection {
    fn from(days: Days) -> Selection {
        Selection { days, filter: Filter::default() }
    }
}

/// Rows of a sealed table, in the generations of the plan.
const SEALED: &str = "site_id = {site:UInt32} AND local_date BETWEEN {from:Date} AND {to:Date}
    AND generation = {sealed:Array(UInt32)}[toUInt16(local_date) - toUInt16({from:Date}) + 1]";

/// Events of days that are not sealed.
const LIVE: &str = "site_id = {site:UInt32} AND local_date IN {live:Array(Date)}";

/// How a report is computed.
pub(super) struct Plan {
    selection: Selection,
    /// The generation to read of each day, from the first; 0 where there is none.
    sealed: Vec<u32>,
    /// Dates to compute from events.
    live: Vec<String>,
    has_corrections: bool,
    /// Whether a visitor may become another in a visit, by signing in.
    has_people: bool,
}

impl Store {
    /// Looks up how a report is to be computed.
    pub(super) async fn plan(&self, scope: &SiteScope, selection: Selection) -> Result<Plan> {
        let days = selection.days;
        let length = usize::try_from(days.length()).unwrap_or(0);
        let mut plan = Plan {
            selection,
            sealed: vec![0; length],
            live: Vec::new(),
            has_corrections: false,
            has_people: scope.site().identity == Identity::Consented,
        };
        for state in self.days_of(scope.site().id, days).await?.iter() {
            let index = usize::try_from((state.date() - days.from).get_days()).unwrap_or(usize::MAX);
            match plan.sealed.get_mut(index) {
                Some(generation) if state.is_sealed() => {
                    *generation = state.generation;
                    plan.has_corrections |= state.corrections > 0;
                }
                _ => plan.live.push(state.date().to_string()),
            }
        }
        Ok(plan)
    }
}

impl Plan {
    /// Everything that is to be added up, as one subquery with the rollup's columns: what is sealed, and what is made of the
    /// rest. `None` when there is nothing.
    pub fn source(&self, rollup: Rollup) -> Option<String> {
        let mut parts = Vec::new();
        if self.sealed.iter().any(|number| *number > 0) {
            parts.push(match self.selection.filter.is_empty() {
                true => format!("{} WHERE {SEALED} AND {}", rollup.table(), rollup.condition()),
                false => {
                    let visits = self.sealed();
                    let sums = rollup.of_visits(&visits);
                    format!("({})", sums.unwrap_or_else(|| rollup.of_rows(&self.with_events(visits))))
                }
            });
        }
        if !self.live.is_empty() {
            parts.push(format!("({})", rollup.of_rows(&self.live())));
        }
        let columns = rollup.columns();
        let parts: Vec<String> = parts.iter().map(|part| format!("SELECT {columns} FROM {part}")).collect();
        (!parts.is_empty()).then(|| format!("({})", parts.join(" UNION ALL ")))
    }

    /// Every visit of the days, whether the filter selects it (`is_selected`) or not, as one subquery with the given
    /// columns. `stranger` tells those apart of whom nothing is known beyond the day, for whom `visitor` is 0. `None` when
    /// there is nothing.
    pub fn visits(&self, columns: &str) -> Option<String> {
        let mut parts = Vec::new();
        if self.sealed.iter().any(|number| *number > 0) {
            let is_selected = self.is_selected(None);
            parts.push(format!(
                "SELECT {columns}, if(visitor = 0, {FIRST_VISIT}, 0) AS stranger, {is_selected} AS is_selected
                 FROM visits WHERE {SEALED}"
            ));
        }
        if !self.live.is_empty() {
            let events = rows::events(LIVE, None);
            let is_selected = self.is_selected(Some(&events));
            let visits = rows::visits(&events, "visit != 0");
            parts.push(format!(
                "SELECT {columns}, toUInt64(0) AS stranger, {is_selected} AS is_selected FROM {visits}"
            ));
        }
        (!parts.is_empty()).then(|| format!("({})", parts.join(" UNION ALL ")))
    }

    /// Gives a query what it needs to know.
    pub fn bind(&self, query: Query, scope: &SiteScope) -> Query {
        let query = about(query, scope, self.selection.days);
        let query = query.param("sealed", self.sealed.clone()).param("live", self.live.clone());
        self.selection.filter.bind(query)
    }

    /// The filter as a condition; true where there is none.
    fn is_selected(&self, events: Option<&str>) -> String {
        match self.selection.filter.is_empty() {
            true => "true".to_owned(),
            false => self.selection.filter.sql(events),
        }
    }

    /// Visits and events of days that are not sealed, in the visits that they were given on arrival: those that the filter
    /// selects.
    fn live(&self) -> Rows {
        let events = self.of_people(rows::events(LIVE, None));
        let visits = rows::visits(&events, "visit != 0");
        if self.selection.filter.is_empty() {
            return Rows { visits, events };
        }
        let visits = format!("(SELECT * FROM {visits} WHERE {})", self.is_selected(Some(&events)));
        Rows { events: within(&events, &visits), visits }
    }

    /// Visits of sealed days that the filter selects.
    fn sealed(&self) -> String {
        let (visit, happened, derived) = (rows::VISIT, rows::HAPPENED, rows::DERIVED);
        let is_selected = self.is_selected(None);
        format!("(SELECT {visit}, {happened}, {derived} FROM visits WHERE {SEALED} AND {is_selected})")
    }

    fn of_people(&self, events: String) -> String {
        if self.has_people { rows::with_people(&events) } else { events }
    }

    /// The same with their events.
    fn with_events(&self, visits: String) -> Rows {
        let events = self.of_people(rows::events(IN_RANGE, self.has_corrections.then_some(SEALED)));
        Rows { events: within(&events, &visits), visits }
    }
}

/// The events of some visits.
fn within(events: &str, visits: &str) -> String {
    format!("(SELECT * FROM {events} WHERE visit IN (SELECT visit FROM {visits}))")
}
