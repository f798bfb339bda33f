//! Visitors, visits and counts by one dimension.

use std::str::FromStr;

use clickhouse::Row;
use serde::Deserialize;

use super::{MAX_ROWS, Selection};
use crate::accounts::SiteScope;
use crate::event::Kind;
use crate::store::rows::MAX_STORED;
use crate::store::sealed::rollups::{Per, Rollup, Subject};
use crate::store::{Result, Store};

/// What to break down by. Numbers are stored: never give one another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Dimension {
    /// Path and query of viewed pages.
    Pages = 1,
    /// Titles of viewed pages.
    Titles = 2,
    /// Where outlinks led.
    Outlinks = 3,
    /// What was downloaded.
    Downloads = 4,
    /// Category and action of events.
    Events = 5,
    /// Keywords of the site's search.
    Searches = 6,
    /// Where visits came from.
    Referrers = 7,
    /// Countries, ISO codes.
    Countries = 8,
    /// Regions, with their country.
    Regions = 9,
    /// Cities, with their country.
    Cities = 10,
    /// Browsers.
    Browsers = 11,
    /// Operating systems.
    Systems = 12,
    /// Kinds of device.
    Devices = 13,
    /// Languages, ISO codes.
    Languages = 14,
    /// Numbers of goals; [`ORDERS`] for orders. It has a report of its own.
    Goals = 15,
}

/// The label that orders have among goals, whose numbers begin with 1.
pub const ORDERS: &str = "0";

/// Each dimension that can be asked for, with the name that the API gives it.
const NAMES: [(Dimension, &str); 14] = [
    (Dimension::Pages, "pages"),
    (Dimension::Titles, "titles"),
    (Dimension::Outlinks, "outlinks"),
    (Dimension::Downloads, "downloads"),
    (Dimension::Events, "events"),
    (Dimension::Searches, "searches"),
    (Dimension::Referrers, "referrers"),
    (Dimension::Countries, "countries"),
    (Dimension::Regions, "regions"),
    (Dimension::Cities, "cities"),
    (Dimension::Browsers, "browsers"),
    (Dimension::Systems, "systems"),
    (Dimension::Devices, "devices"),
    (Dimension::Languages, "languages"),
];

impl FromStr for Dimension {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Dimension, ()> {
        NAMES.iter().find(|(_, name)| *name == text).map(|(dimension, _)| *dimension).ok_or(())
    }
}

/// One label.
#[derive(Row, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct BreakdownRow {
    /// The label, as the visitor or the data files gave it.
    pub label: String,
    /// What tells equal labels apart: the country of a place, the number of a referrer's kind.
    pub group: String,
    /// Distinct visitors of each day, summed over days.
    pub visitors: u64,
    /// Visits.
    pub visits: u64,
    /// Views, clicks, downloads, events, searches, conversions or orders; visits where the dimension belongs to a visit.
    pub count: u64,
    /// Visits with at most one counted action: those that began here, where the label is a page.
    pub bounces: u64,
    /// Seconds of visits: of those that began here, where the label is a page.
    pub seconds: u64,
    /// Visits that began here; for pages alone.
    pub entries: u64,
    /// Visits that ended here; for pages alone.
    pub exits: u64,
    /// Goals reached, where the dimension belongs to a visit.
    pub conversions: u64,
    /// Orders, where the dimension belongs to a visit.
    pub orders: u64,
    /// What goals and orders are worth.
    pub revenue: f64,
}

impl Dimension {
    /// Every dimension.
    pub(in crate::store) const ALL: [Dimension; NAMES.len() + 1] = {
        let mut all = [Dimension::Goals; NAMES.len() + 1];
        let mut index = 0;
        while index < NAMES.len() {
            all[index] = NAMES[index].0;
            index += 1;
        }
        all
    };

    /// Whether a label says something of a visit as a whole, not of a single event.
    pub fn is_of_visits(self) -> bool {
        matches!(self.subject(), Subject::Visit { .. })
    }

    /// The number that is stored.
    pub(in crate::store) fn number(self) -> u8 {
        self as u8
    }

    /// Where its labels are.
    pub(in crate::store) fn subject(self) -> Subject {
        let event = |kind, label, column| Subject::Event { kind, label, column };
        let visit = |label, context| Subject::Visit { label, context };
        match self {
            Dimension::Pages => event(Kind::PageView, "path", "pages"),
            Dimension::Titles => event(Kind::PageView, "title", "titles"),
            Dimension::Outlinks => event(Kind::Outlink, "target", "links"),
            Dimension::Downloads => event(Kind::Download, "target", "files"),
            Dimension::Events => event(Kind::Event, "concat(category, ' / ', action)", "incidents"),
            Dimension::Searches => event(Kind::SiteSearch, "category", "words"),
            Dimension::Referrers => visit("referrer_name", "referrer_kind"),
            Dimension::Countries => visit("country", "''"),
            Dimension::Regions => visit("region", "country"),
            Dimension::Cities => visit("city", "country"),
            Dimension::Browsers => visit("browser", "''"),
            Dimension::Systems => visit("system", "''"),
            Dimension::Devices => visit("device", "''"),
            Dimension::Languages => visit("language", "''"),
            Dimension::Goals => Subject::Goal,
        }
    }
}

impl Store {
    /// All labels of a dimension, the most frequent first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn breakdown(
        &self,
        scope: &SiteScope,
        selection: impl Into<Selection>,
        dimension: Dimension,
    ) -> Result<Vec<BreakdownRow>> {
        let plan = self.plan(scope, selection.into()).await?;
        let Some(source) = plan.source(Rollup::Labels(dimension, Per::Label)) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT toString(label) AS label, toString(context) AS group, sum(visitors) AS visitors,
                    sum(visits) AS visits, sum(hits) AS count, sum(bounces) AS bounces, sum(seconds) AS seconds,
                    sum(entries) AS entries, sum(exits) AS exits, sum(conversions) AS conversions,
                    sum(orders) AS orders, sumIf(revenue, abs(revenue) <= {MAX_STORED}) AS revenue
             FROM {source} GROUP BY label, context ORDER BY count DESC, label, group {MAX_ROWS}"
        );
        plan.bind(self.reader().query(&sql), scope).fetch_all().await
    }
}
