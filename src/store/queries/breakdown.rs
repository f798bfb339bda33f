//! Visitors, visits and counts by one dimension.

use std::str::FromStr;

use clickhouse::Row;
use serde::Deserialize;

use super::{Days, IN_RANGE, MAX_ROWS, about};
use crate::accounts::SiteScope;
use crate::event::Kind;
use crate::store::{Result, Store};

/// What to break down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Path and query of viewed pages.
    Pages,
    /// Titles of viewed pages.
    Titles,
    /// Where outlinks led.
    Outlinks,
    /// What was downloaded.
    Downloads,
    /// Category and action of events.
    Events,
    /// Keywords of the site's search.
    Searches,
    /// Where visits came from.
    Referrers,
    /// Countries, ISO codes.
    Countries,
    /// Regions, with their country.
    Regions,
    /// Cities, with their country.
    Cities,
    /// Browsers.
    Browsers,
    /// Operating systems.
    Systems,
    /// Kinds of device.
    Devices,
    /// Languages, ISO codes.
    Languages,
}

/// Each dimension with the name that the API gives it.
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
#[derive(Row, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BreakdownRow {
    /// The label, as the visitor or the data files gave it.
    pub label: String,
    /// What tells equal labels apart: the country of a place, the number of a referrer's kind.
    pub group: String,
    /// Distinct visitors of each day, summed over days.
    pub visitors: u64,
    /// Visits.
    pub visits: u64,
    /// Views, clicks, downloads, events or searches; visits where the dimension belongs to a visit.
    pub count: u64,
}

/// Whether a label is said by single events or by visits as a whole.
enum Subject {
    /// Label of each event of a kind.
    Event { kind: Kind, label: &'static str },
    /// Label and group of each visit: those of its first event, or of its first that was not direct.
    Visit { label: &'static str, group: &'static str, first: &'static str },
}

const FIRST: &str = "seq";
const FIRST_SOURCE: &str = "(referrer_kind = 1, seq)";

impl Dimension {
    fn subject(self) -> Subject {
        let event = |kind, label| Subject::Event { kind, label };
        let visit = |label, group| Subject::Visit { label, group, first: FIRST };
        match self {
            Dimension::Pages => event(Kind::PageView, "path"),
            Dimension::Titles => event(Kind::PageView, "title"),
            Dimension::Outlinks => event(Kind::Outlink, "target"),
            Dimension::Downloads => event(Kind::Download, "target"),
            Dimension::Events => event(Kind::Event, "concat(category, ' / ', action)"),
            Dimension::Searches => event(Kind::SiteSearch, "category"),
            Dimension::Referrers => Subject::Visit {
                label: "referrer_name",
                group: "toString(referrer_kind)",
                first: FIRST_SOURCE,
            },
            Dimension::Countries => visit("country", "''"),
            Dimension::Regions => visit("region", "country"),
            Dimension::Cities => visit("city", "country"),
            Dimension::Browsers => visit("browser", "''"),
            Dimension::Systems => visit("system", "''"),
            Dimension::Devices => visit("toString(device)", "''"),
            Dimension::Languages => visit("language", "''"),
        }
    }
}

impl Subject {
    fn sql(&self) -> String {
        match self {
            Subject::Event { kind, label } => format!(
                "SELECT toString({label}) AS label, '' AS group, uniqExact(local_date, visitor) AS visitors,
                        uniqExact(visit) AS visits, count() AS count
                 FROM events WHERE {IN_RANGE} AND kind = {kind}
                 GROUP BY label ORDER BY count DESC, label {MAX_ROWS}",
                kind = *kind as i32,
            ),
            Subject::Visit { label, group, first } => format!(
                "SELECT label, group, uniqExact(day, visitor) AS visitors, count() AS visits, visits AS count
                 FROM (SELECT local_date AS day, visit, any(visitor) AS visitor,
                              toString(argMin({label}, {first})) AS label, toString(argMin({group}, {first})) AS group
                       FROM events WHERE {IN_RANGE} GROUP BY day, visit)
                 GROUP BY label, group ORDER BY visits DESC, label, group {MAX_ROWS}",
            ),
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
        days: Days,
        dimension: Dimension,
    ) -> Result<Vec<BreakdownRow>> {
        about(self.reader().query(&dimension.subject().sql()), scope, days).fetch_all().await
    }
}
