//! What the drain must know of the past when it starts.
//!
//! Bounded by the number of the last acknowledged record, so that a batch that was cut off gets the same visits when it
//! is prepared again.

use clickhouse::Row;
use serde::Deserialize;

use super::{Result, Store};
use crate::event::{AdKind, Kind};

/// A visit that may still go on.
#[derive(Row, Deserialize)]
pub struct OpenVisit {
    /// Number of the site.
    pub site_id: u32,
    /// The visitor.
    pub visitor: u64,
    /// The visit.
    pub visit: u64,
    /// Time of its first action, Unix seconds.
    pub first: u32,
    /// Time of its last action, Unix seconds.
    pub last: u32,
    /// Its local date: days since 1970-01-01.
    pub local_date: u16,
    /// Kind of its referrer.
    pub referrer_kind: u8,
    /// Name of its referrer.
    pub referrer_name: String,
    /// Keyword of its referrer.
    pub referrer_keyword: String,
    /// Hash of its user id, or 0.
    pub user: u64,
    /// Goals that it has reached.
    pub goals: Vec<u32>,
}

/// A visitor with an id who has been here.
#[derive(Row, Deserialize)]
pub struct KnownVisitor {
    /// Number of the site.
    pub site_id: u32,
    /// The visitor.
    pub visitor: u64,
}

/// A delivery that has been counted.
#[derive(Row, Deserialize)]
pub struct UsedNonce {
    /// Its number.
    pub nonce: u64,
    /// What was counted.
    pub kind: u8,
}

/// A click on a tag without a nonce.
#[derive(Row, Deserialize)]
pub struct PlainClick {
    /// Who.
    pub viewer: u64,
    /// On what.
    pub creative_id: u32,
    /// Where.
    pub placement_id: u32,
    /// When, Unix seconds.
    pub time: u32,
}

/// Number of the last record in each table; 0 when it is empty.
#[derive(Row, Deserialize, Clone, Copy, Default)]
pub struct Extent {
    /// In `events`.
    pub events: u64,
    /// In `ad_events`.
    pub ads: u64,
    /// In `dropped`.
    pub dropped: u64,
}

/// How much the tables hold.
#[derive(Row, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows of `events`.
    pub events: u64,
    /// Rows of `ad_events`.
    pub ads: u64,
    /// Records that the rows of `dropped` sum.
    pub dropped: u64,
}

impl Extent {
    /// What of it can be this spool's, whose last record is number `written`. A table that is further has been filled
    /// from another spool, and says nothing about what this one has sent.
    pub fn of_spool(self, written: u64) -> Extent {
        let own = |table: &str, last: u64| {
            if last > written {
                tracing::error!(
                    table,
                    last,
                    written,
                    "the database holds records of another spool: counts go on"
                );
            }
            if last > written { 0 } else { last }
        };
        Extent {
            events: own("events", self.events),
            ads: own("ad_events", self.ads),
            dropped: own("dropped", self.dropped),
        }
    }
}

/// Records up to the last whose visits may go on whatever their time: an import's are long ago.
const RECENT_RECORDS: u64 = 200_000;

impl Store {
    /// Visits with an action since `since` (Unix seconds) or among the last records, as they stood after record `acked`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_visits(&self, since: i64, acked: u64) -> Result<Vec<OpenVisit>> {
        let sql = "
            SELECT site_id, visitor, visit, toUInt32(min(time)) AS first, toUInt32(max(time)) AS last, max(local_date) AS local_date,
                   argMin(referrer_kind, (referrer_kind = 1, seq)) AS referrer_kind,
                   argMin(referrer_name, (referrer_kind = 1, seq)) AS referrer_name,
                   argMin(referrer_keyword, (referrer_kind = 1, seq)) AS referrer_keyword,
                   max(user) AS user, groupUniqArrayArray(goals) AS goals
            FROM events
            WHERE seq <= {acked:UInt64} AND kind != {ping:UInt8}
              AND (time > fromUnixTimestamp64Second({since:Int64})
                   OR seq + {recent:UInt64} > (SELECT max(seq) FROM events WHERE seq <= {acked:UInt64}))
            GROUP BY site_id, visitor, visit
            ORDER BY visit";
        let query = self.client.query(sql).param("since", since).param("acked", acked);
        query.param("recent", RECENT_RECORDS).param("ping", Kind::Ping as u8).fetch_all().await
    }

    /// Visitors of sites in consent mode since `since` (Unix seconds), as of record `acked`; a million at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_visitors(&self, sites: &[u32], since: i64, acked: u64) -> Result<Vec<KnownVisitor>> {
        let sql = "
            SELECT DISTINCT site_id, visitor FROM events
            WHERE site_id IN {sites:Array(UInt32)} AND time > fromUnixTimestamp64Second({since:Int64})
              AND seq <= {acked:UInt64}
            LIMIT 1000000";
        let query = self.client.query(sql).param("sites", sites).param("since", since);
        query.param("acked", acked).fetch_all().await
    }

    /// Numbers of the latest orders, oldest first, as of record `acked`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_numbers(&self, most: usize, acked: u64) -> Result<Vec<u64>> {
        let sql = "
            SELECT order_id FROM (
                SELECT order_id, seq FROM events WHERE kind = {order:UInt8} AND order_id != 0 AND seq <= {acked:UInt64}
                ORDER BY seq DESC LIMIT {most:UInt64})
            ORDER BY seq";
        let query = self.client.query(sql).param("order", Kind::Order as u8).param("acked", acked);
        query.param("most", most as u64).fetch_all().await
    }

    /// Deliveries counted since `since`, as of record `acked`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn used_nonces(&self, since: i64, acked: u64) -> Result<Vec<UsedNonce>> {
        let sql = "
            SELECT DISTINCT nonce, kind FROM ad_events
            WHERE time > fromUnixTimestamp64Second({since:Int64}) AND seq <= {acked:UInt64} AND nonce != 0
              AND reason = 0";
        self.client.query(sql).param("since", since).param("acked", acked).fetch_all().await
    }

    /// Valid clicks on tags without a nonce since `since`, as of record `acked`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plain_clicks(&self, since: i64, acked: u64) -> Result<Vec<PlainClick>> {
        let sql = "
            SELECT viewer, creative_id, placement_id, max(time) AS time FROM ad_events
            WHERE ad_events.time > fromUnixTimestamp64Second({since:Int64}) AND seq <= {acked:UInt64} AND nonce = 0
              AND kind = {click:UInt8} AND reason = 0
            GROUP BY viewer, creative_id, placement_id";
        let query = self.client.query(sql).param("since", since).param("acked", acked);
        query.param("click", AdKind::Click as u8).fetch_all().await
    }

    /// Time of the latest event or banner event, as of record `acked`; Unix seconds, 0 when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest(&self, acked: u64) -> Result<i64> {
        let sql = "SELECT toInt64(max(latest)) FROM (
                SELECT toUInt32(max(time)) AS latest FROM events WHERE seq <= {acked:UInt64} UNION ALL
                SELECT toUInt32(max(time)) FROM ad_events WHERE seq <= {acked:UInt64})";
        self.client.query(sql).param("acked", acked).fetch_one().await
    }

    /// How far each table has come: should the spool have lost its cursor, this tells what was sent. Batches go in order,
    /// so a table holds every record up to its last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extent(&self) -> Result<Extent> {
        let sql = "SELECT ifNull((SELECT max(seq) FROM events), 0) AS events,
                          ifNull((SELECT max(seq) FROM ad_events), 0) AS ads,
                          ifNull((SELECT max(last_seq) FROM dropped), 0) AS dropped";
        self.client.query(sql).fetch_one().await
    }

    /// How much the tables hold. Cheap: the engine knows how many rows a table has, and `dropped` is small.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn row_counts(&self) -> Result<RowCounts> {
        let sql = "SELECT ifNull((SELECT count() FROM events), 0) AS events,
                          ifNull((SELECT count() FROM ad_events), 0) AS ads,
                          ifNull((SELECT sum(records) FROM dropped), 0) AS dropped";
        self.reader().query(sql).fetch_one().await
    }

    /// How much the tables hold of a site.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn row_counts_of(&self, site: u32) -> Result<RowCounts> {
        let sql = "SELECT ifNull((SELECT count() FROM events WHERE site_id = {site:UInt32}), 0) AS events,
                          ifNull((SELECT count() FROM ad_events WHERE site_id = {site:UInt32}), 0) AS ads,
                          ifNull((SELECT sum(records) FROM dropped WHERE site_id = {site:UInt32}), 0) AS dropped";
        self.client.query(sql).param("site", site).fetch_one().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_another_spool_are_not_taken_for_our_own() {
        let found = Extent { events: 90, ads: 110, dropped: 100 }.of_spool(100);
        assert_eq!((found.events, found.ads, found.dropped), (90, 0, 100));
    }
}
