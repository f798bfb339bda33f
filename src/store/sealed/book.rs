//! What has come of each site's days: how far their events go, and how far they are sealed.

use std::sync::Arc;

use clickhouse::Row;
use clickhouse::query::Query;
use jiff::civil::Date;
use serde::Deserialize;

use crate::day;
use crate::store::queries::Days;
use crate::store::{Result, Store};

/// `sealed_days.state`: a generation was begun.
pub(super) const BEGUN: u8 = 1;

/// `sealed_days.state`: a generation is whole.
pub(super) const WHOLE: u8 = 2;

/// `sealed_days.state`: the day is to be sealed again.
pub(super) const WANTED: u8 = 3;

/// A local day of a site.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayState {
    /// The site.
    pub site_id: u32,
    /// Days since 1970-01-01.
    pub day: u16,
    /// `seq` of its last event; 0 when there is none.
    pub last_seq: u64,
    /// How many events there are.
    pub events: u64,
    /// Whether the first of its events has expired.
    pub has_expired: u8,
    /// Its current generation; 0 when it was never sealed.
    pub generation: u32,
    /// `last_seq` of what is sealed.
    pub sealed_seq: u64,
    /// `events` of what is sealed.
    pub sealed_events: u64,
    /// How many events the current generation has put into another visit.
    pub corrections: u64,
    /// The generation at which somebody asked for another.
    pub wanted: u32,
}

impl DayState {
    /// Whether events have come since it was sealed, or it never was.
    pub fn is_dirty(&self) -> bool {
        self.last_seq > self.sealed_seq || self.events > self.sealed_events
    }

    /// Whether somebody asked for it to be sealed again, and it has not been since.
    pub fn is_wanted(&self) -> bool {
        self.wanted > self.generation
    }

    /// Whether its raw events have begun to expire: it can't be computed anew, and can't take another event.
    pub fn is_expiring(&self) -> bool {
        self.has_expired == 1 || self.events < self.sealed_events
    }

    /// Whether sealing it now says more than what is sealed.
    pub fn can_be_sealed(&self) -> bool {
        self.events > 0 && (self.generation == 0 || !self.is_expiring())
    }

    /// Whether reports can read what is sealed. Once events are gone that is all there is.
    pub fn is_sealed(&self) -> bool {
        self.generation > 0 && (!self.is_dirty() || self.is_expiring())
    }

    /// The date.
    pub fn date(&self) -> Date {
        day::date(self.day.into())
    }
}

/// The states of the days that fulfil a condition on `site_id` and `local_date`. Events are not read for it, but their
/// table's projection.
fn states(condition: &str) -> String {
    format!(
        "SELECT site_id, local_date AS day, max(last) AS last_seq, max(held) AS events,
                toUInt8(min(expiry) <= today()) AS has_expired, max(current) AS generation, max(sealed) AS sealed_seq,
                max(counted) AS sealed_events, max(moved) AS corrections, max(asked) AS wanted
         FROM (
            SELECT site_id, local_date, max(seq) AS last, count() AS held, min(expires) AS expiry,
                   toUInt32(0) AS current, toUInt64(0) AS sealed, toUInt64(0) AS counted, toUInt64(0) AS moved,
                   toUInt32(0) AS asked
            FROM events WHERE {condition} GROUP BY site_id, local_date
            UNION ALL
            SELECT site_id, local_date, 0, 0, toDate(65535), maxIf(generation, state = {WHOLE}),
                   argMaxIf(last_seq, generation, state = {WHOLE}), argMaxIf(events, generation, state = {WHOLE}),
                   argMaxIf(corrections, generation, state = {WHOLE}), maxIf(generation, state = {WANTED})
            FROM sealed_days WHERE {condition} GROUP BY site_id, local_date)
         GROUP BY site_id, local_date"
    )
}

impl Store {
    /// Every day that is not sealed as it now stands, or is to be sealed again: today's among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsealed_days(&self) -> Result<Vec<DayState>> {
        let sql = format!(
            "SELECT * FROM ({}) WHERE last_seq > sealed_seq OR events > sealed_events OR wanted > generation
             ORDER BY site_id, day",
            states("true")
        );
        self.client.query(&sql).fetch_all().await
    }

    /// A site's days that have events, or had some.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::store) async fn days_of(&self, site: u32, days: Days) -> Result<Arc<Vec<DayState>>> {
        self.known.or_ask(site, days, self.ask_for_days(site, days)).await
    }

    /// The days of several sites.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::store) async fn days_of_all(&self, sites: &[u32], days: Days) -> Result<Vec<DayState>> {
        let sql = states("site_id IN {sites:Array(UInt32)} AND local_date BETWEEN {from:Date} AND {to:Date}");
        let query = self.reader().query(&sql).param("sites", sites);
        query.param("from", days.from.to_string()).param("to", days.to.to_string()).fetch_all().await
    }

    async fn ask_for_days(&self, site: u32, days: Days) -> Result<Vec<DayState>> {
        let sql = states("site_id = {site:UInt32} AND local_date BETWEEN {from:Date} AND {to:Date}");
        let query = self.reader().query(&sql).param("site", site);
        query.param("from", days.from.to_string()).param("to", days.to.to_string()).fetch_all().await
    }

    /// Those of the given days of sites (days since 1970-01-01) that can take no more events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expiring(&self, days: &[(u32, u16)]) -> Result<Vec<(u32, u16)>> {
        if days.is_empty() {
            return Ok(Vec::new());
        }
        let sql = states(
            "(site_id, local_date) IN (SELECT arrayJoin(arrayZip({sites:Array(UInt32)}, {days:Array(Date)})))",
        );
        let sites: Vec<u32> = days.iter().map(|(site, _)| *site).collect();
        let query = self.client.query(&sql).param("sites", sites);
        let states: Vec<DayState> = with_days(query, days.iter().map(|(_, day)| *day)).fetch_all().await?;
        Ok(states
            .iter()
            .filter(|state| state.is_expiring())
            .map(|state| (state.site_id, state.day))
            .collect())
    }

    /// The number of the last generation that was begun or asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_generation(&self) -> Result<u32> {
        self.client.query("SELECT max(generation) FROM sealed_days").fetch_one().await
    }

    /// Asks for days to be sealed again; `site` is `None` for all of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn want(&self, site: Option<u32>, days: Days, generation: u32) -> Result<()> {
        let sql = format!(
            "INSERT INTO sealed_days (site_id, local_date, generation, state)
             SELECT DISTINCT site_id, local_date, {{generation:UInt32}}, {WANTED} FROM events
             WHERE {{site:UInt32}} IN (0, site_id) AND local_date BETWEEN {{from:Date}} AND {{to:Date}}"
        );
        let client = self.client.clone().with_setting("insert_deduplicate", "0");
        let query = client.query(&sql).param("site", site.unwrap_or(0)).param("generation", generation);
        query.param("from", days.from.to_string()).param("to", days.to.to_string()).execute().await
    }
}

/// Gives a query an array of dates.
pub(super) fn with_days(query: Query, days: impl Iterator<Item = u16>) -> Query {
    query.param("days", days.map(|day| day::date(day.into()).to_string()).collect::<Vec<_>>())
}
