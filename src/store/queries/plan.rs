//! Which of a report's days are read sealed, and which are computed.

use clickhouse::query::Query;

use super::filter::Filter;
use super::{Days, IN_RANGE, about};
use crate::accounts::SiteScope;
use crate::store::sealed::book::date;
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
}

impl Store {
    /// Looks up how a report is to be computed.
    pub(super) async fn plan(&self, scope: &SiteScope, selection: Selection) -> Result<Plan> {
        let days = selection.days;
        let length = usize::try_from(days.length()).unwrap_or(0);
        let mut plan = Plan { selection, sealed: vec![0; length], live: Vec::new(), has_corrections: false };
        for state in self.days_of(scope.site().id, days).await?.iter() {
            let index = usize::try_from((state.date() - days.from).get_days()).unwrap_or(usize::MAX);
            match plan.sealed.get_mut(index) {
                Some(generation) if state.is_sealed() => {
                    *generation = state.generation;
                    plan.has_corrections |= state.corrections > 0;
                }
                _ => plan.live.push(date(state.day).to_string()),
            }
        }
        Ok(plan)
    }
}

impl Plan {
    /// Everything that is to be added up, as one subquery with the given columns: what is sealed in `table`, and what
    /// `roll_up` makes of the rest. `None` when there is nothing.
    pub fn source(
        &self,
        table: &str,
        columns: &str,
        condition: &str,
        roll_up: impl Fn(&Rows) -> String,
    ) -> Option<String> {
        let computed = |rows: &Rows| format!("SELECT {columns} FROM ({})", roll_up(rows));
        let (has_sealed, has_live) = (self.sealed.iter().any(|number| *number > 0), !self.live.is_empty());
        let mut parts = Vec::new();
        if !self.selection.filter.is_empty() {
            parts.extend((has_sealed || has_live).then(|| computed(&self.selected())));
        } else {
            parts.extend(
                has_sealed.then(|| format!("SELECT {columns} FROM {table} WHERE {SEALED} AND {condition}")),
            );
            parts.extend(has_live.then(|| computed(&self.live())));
        }
        (!parts.is_empty()).then(|| format!("({})", parts.join(" UNION ALL ")))
    }

    /// Every visit of the days, whether the filter selects it (`is_selected`) or not, as one subquery with the given
    /// columns. `None` when there is nothing.
    pub fn visits(&self, columns: &str) -> Option<String> {
        let of_visit = format!("{}, {}", rows::VISIT, rows::DERIVED);
        let mut parts = Vec::new();
        if self.sealed.iter().any(|number| *number > 0) {
            parts.push(format!("SELECT {of_visit} FROM visits WHERE {SEALED}"));
        }
        if !self.live.is_empty() {
            parts.push(format!("SELECT {of_visit} FROM {}", self.live().visits));
        }
        let is_selected = match self.selection.filter.is_empty() {
            true => "true".to_owned(),
            false => {
                let events = rows::events(IN_RANGE, self.has_corrections.then_some(SEALED));
                self.selection.filter.sql(&events)
            }
        };
        let all = parts.join(" UNION ALL ");
        (!parts.is_empty()).then(|| format!("(SELECT {columns}, {is_selected} AS is_selected FROM ({all}))"))
    }

    /// Gives a query what it needs to know.
    pub fn bind(&self, query: Query, scope: &SiteScope) -> Query {
        let query = about(query, scope, self.selection.days);
        let query = query.param("sealed", self.sealed.clone()).param("live", self.live.clone());
        self.selection.filter.bind(query)
    }

    /// Visits and events of days that are not sealed, in the visits that they were given on arrival.
    fn live(&self) -> Rows {
        let events = rows::events(LIVE, None);
        Rows { visits: rows::visits(&events, "visit != 0"), events }
    }

    /// The visits that the filter selects, and their events.
    fn selected(&self) -> Rows {
        let columns = format!("{}, {}", rows::VISIT, rows::DERIVED);
        let sealed = format!("SELECT {columns} FROM visits WHERE {SEALED}");
        let all = match self.live.is_empty() {
            true => format!("({sealed})"),
            false => format!("({sealed} UNION ALL SELECT {columns} FROM {})", self.live().visits),
        };
        let events = rows::events(IN_RANGE, self.has_corrections.then_some(SEALED));
        let visits = format!("(SELECT * FROM {all} WHERE {})", self.selection.filter.sql(&events));
        Rows {
            events: format!("(SELECT * FROM {events} WHERE visit IN (SELECT visit FROM {visits}))"),
            visits,
        }
    }
}
