//! Writing one sealed batch, exactly once.
//!
//! Each table gets the batch's rows in one insert under one token. The same batch sent again, after a crash or a lost
//! answer, is recognised by its token and changes nothing. Order: a batch is done when all three inserts are.

use clickhouse::{Client, RowOwned, RowWrite};

use super::{AdRow, DroppedRow, EventRow, Result, Store};

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

impl Store {
    /// Writes a batch under its token.
    ///
    /// # Errors
    /// When the database fails or does not answer; the same batch must then be sent again under the same token.
    pub async fn write(&self, token: &str, batch: &Batch) -> Result<()> {
        let client = self
            .client
            .clone()
            .with_setting("insert_deduplication_token", token)
            .with_setting("insert_deduplicate", "1")
            .with_setting("async_insert", "0");
        insert(&client, "events", &batch.events).await?;
        insert(&client, "ad_events", &batch.ads).await?;
        insert(&client, "dropped", &batch.dropped).await
    }
}

async fn insert<T: RowOwned + RowWrite>(client: &Client, table: &str, rows: &[T]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert = client.insert::<T>(table).await?;
    for row in rows {
        insert.write(row).await?;
    }
    insert.end().await
}
