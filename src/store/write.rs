//! Writing one sealed batch, exactly once.
//!
//! Each table gets the batch's rows in one insert under one token. The same batch sent again, after a crash or a lost
//! answer, is recognised by its token and changes nothing. Order: a batch is done when all three inserts are.
//!
//! The engine notes a token just before it takes the rows' part in, and does not sync the note. A crash between the two
//! leaves a token without rows, a power cut can leave rows without a token. So a batch that is sent *again* is compared
//! with what the table holds: rows that are there are left out, and rows that are not there although the token is
//! known go under another one.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use clickhouse::error::Error;
use clickhouse::{Client, RowOwned, RowWrite};
use tokio::time::timeout;

use super::{AdRow, DroppedRow, EventRow, Result, Store, is_refusal};

/// The database must take more rows within this time, or the batch is sent again.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// And say that it has them all within this.
const END_TIMEOUT: Duration = Duration::from_secs(120);

/// The rows of one sealed range of the spool.
#[derive(Default)]
pub struct Batch {
    /// Rows of `events`.
    pub events: Vec<EventRow>,
    /// Rows of `ad_events`.
    pub ads: Vec<AdRow>,
    /// Rows of `dropped`.
    pub dropped: Vec<DroppedRow>,
}

/// Numbers of the rows of a batch that their tables refused for good.
#[derive(Default)]
pub struct Refused {
    events: HashSet<u64>,
    ads: HashSet<u64>,
    dropped: HashSet<u64>,
}

impl Batch {
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.ads.is_empty() && self.dropped.is_empty()
    }

    /// Takes out what was refused.
    pub fn take_out(&mut self, refused: &Refused) -> Batch {
        Batch {
            events: self.events.extract_if(.., |row| refused.events.contains(&row.seq)).collect(),
            ads: self.ads.extract_if(.., |row| refused.ads.contains(&row.seq)).collect(),
            dropped: self.dropped.extract_if(.., |row| refused.dropped.contains(&row.seq)).collect(),
        }
    }

    /// Adds another batch's rows.
    pub fn append(&mut self, mut more: Batch) {
        self.events.append(&mut more.events);
        self.ads.append(&mut more.ads);
        self.dropped.append(&mut more.dropped);
    }
}

impl Store {
    /// Writes a batch under its token; `is_repeated` says that it may have been sent before.
    ///
    /// # Errors
    /// When the database fails or does not answer; the same batch must then be sent again under the same token.
    pub async fn write(&self, token: &str, batch: &Batch, is_repeated: bool) -> Result<()> {
        let stored = self.put("events", token, &batch.events, is_repeated).await;
        self.known.note_write();
        stored?;
        self.put("ad_events", token, &batch.ads, is_repeated).await?;
        self.put("dropped", token, &batch.dropped, is_repeated).await
    }

    /// Writes what the database takes of a batch that it has refused before, table by table, and tells which rows it does
    /// not take and does not have.
    ///
    /// # Errors
    /// When the database fails in a way that may pass; then nothing is decided.
    pub async fn write_what_goes(&self, token: &str, batch: &Batch) -> Result<Refused> {
        Ok(Refused {
            events: self.put_if_possible("events", token, &batch.events).await?,
            ads: self.put_if_possible("ad_events", token, &batch.ads).await?,
            dropped: self.put_if_possible("dropped", token, &batch.dropped).await?,
        })
    }

    async fn put_if_possible<T: RowOwned + RowWrite + Numbered>(
        &self,
        table: &'static str,
        token: &str,
        rows: &[T],
    ) -> Result<HashSet<u64>> {
        match self.put(table, token, rows, true).await {
            Ok(()) => Ok(HashSet::new()),
            Err(error) if is_refusal(&error) => {
                let missing = self.missing(table, rows.iter().collect()).await?;
                Ok(missing.into_iter().map(Numbered::seq).collect())
            }
            Err(error) => Err(error),
        }
    }

    async fn put<T: RowOwned + RowWrite + Numbered>(
        &self,
        table: &'static str,
        token: &str,
        rows: &[T],
        is_repeated: bool,
    ) -> Result<()> {
        let all = rows.iter().collect();
        if !is_repeated {
            return self.insert(table, token, all).await;
        }
        // Under the batch's own token first: a former attempt may still be on its way.
        let missing = self.missing(table, all).await?;
        self.insert(table, token, missing).await?;
        let missing = self.missing(table, rows.iter().collect()).await?;
        if !missing.is_empty() {
            tracing::warn!(table, rows = missing.len(), "the database knew a batch whose rows it had lost");
        }
        self.insert(table, &format!("{token}-{:016x}", rand::random::<u64>()), missing).await
    }

    async fn insert<T: RowOwned + RowWrite>(&self, table: &str, token: &str, rows: Vec<&T>) -> Result<()> {
        let client = self
            .client
            .clone()
            .with_setting("insert_deduplication_token", token)
            .with_setting("insert_deduplicate", "1")
            .with_setting("async_insert", "0");
        insert(&client, table, rows).await
    }

    /// Which of the events with these numbers the database holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_events(&self, first: u64, last: u64) -> Result<HashSet<u64>> {
        let sql = "SELECT seq FROM events WHERE seq BETWEEN {first:UInt64} AND {last:UInt64}";
        let query = self.client.query(sql).param("first", first).param("last", last);
        Ok(query.fetch_all().await?.into_iter().collect())
    }

    /// Those of the rows that the table does not hold.
    ///
    /// No index knows `seq`. Dates and sites are what the tables are partitioned and sorted by: they bound what is read to
    /// the days of the batch, however much the table holds.
    async fn missing<'a, T: Numbered>(&self, table: &'static str, rows: Vec<&'a T>) -> Result<Vec<&'a T>> {
        let Some((first, last)) = ends(rows.iter().map(|row| row.seq())) else { return Ok(rows) };
        let Some((from, to)) = ends(rows.iter().map(|row| row.local_date())) else { return Ok(rows) };
        let sites = BTreeSet::from_iter(rows.iter().map(|row| row.site_id()));
        let sql = format!(
            "SELECT seq FROM {table}
             WHERE seq BETWEEN {{first:UInt64}} AND {{last:UInt64}} AND site_id IN {{sites:Array(UInt32)}}
               AND local_date BETWEEN toDate({{from:UInt16}}) AND toDate({{to:UInt16}})"
        );
        let query = self.client.query(&sql).param("first", first).param("last", last);
        let query = query.param("sites", Vec::from_iter(sites)).param("from", from).param("to", to);
        let held = timeout(END_TIMEOUT, query.fetch_all()).await.unwrap_or(Err(Error::TimedOut))?;
        let held: HashSet<u64> = held.into_iter().collect();
        Ok(rows.into_iter().filter(|row| !held.contains(&row.seq())).collect())
    }
}

/// The least and the greatest.
fn ends<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<(T, T)> {
    values.fold(None, |ends, value| {
        let (least, greatest) = ends.unwrap_or((value, value));
        Some((value.min(least), value.max(greatest)))
    })
}

/// A row that a record's number tells from all others of its table and batch.
trait Numbered {
    fn seq(&self) -> u64;
    fn site_id(&self) -> u32;
    fn local_date(&self) -> u16;
}

macro_rules! numbered {
    ($($row:ty),*) => {$(
        impl Numbered for $row {
            fn seq(&self) -> u64 {
                self.seq
            }

            fn site_id(&self) -> u32 {
                self.site_id
            }

            fn local_date(&self) -> u16 {
                self.local_date
            }
        }
    )*};
}

numbered!(EventRow, AdRow, DroppedRow);

async fn insert<T: RowOwned + RowWrite>(client: &Client, table: &str, rows: Vec<&T>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert = client.insert::<T>(table).await?.with_timeouts(Some(SEND_TIMEOUT), Some(END_TIMEOUT));
    for row in rows {
        insert.write(row).await?;
    }
    insert.end().await
}
