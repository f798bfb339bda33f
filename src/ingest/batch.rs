//! Outcomes on their way into the spool: all of a batch become durable together, or none.
//!
//! One hit, a bulk body and a chunk of a log take this way alike. Records are encoded as they come, so that what a hundred
//! thousand hits take in memory is what they will take on disk; and what is dropped is counted by site, date and reason,
//! so that half a million hits of nothing don't fill the spool.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use prost::Message;

use super::{Claim, CountedAs, Ingest, Outcome};
use crate::event::{Dropped, Entry, Reason, Record};
use crate::spool::{AppendError, RECORD_BYTES};

/// Bytes of memory that records are encoded into at a time, once there are several.
const PIECE: usize = 16 << 10;

/// What is made durable together.
#[derive(Default)]
pub struct Batch {
    /// Encoded, in order.
    records: Vec<Bytes>,
    /// Where they are encoded, many to one piece of memory.
    buffer: BytesMut,
    /// How many hits were dropped, by site, local date and reason.
    dropped: BTreeMap<(u32, i32, u32), u32>,
    /// Orders that were claimed; given back unless the records become durable.
    claims: Vec<Claim>,
    /// What became of everything in it.
    outcomes: BTreeMap<(CountedAs, Option<Reason>), u64>,
}

impl From<Outcome> for Batch {
    fn from(outcome: Outcome) -> Batch {
        let mut batch = Batch::default();
        batch.add(outcome);
        batch
    }
}

impl Batch {
    /// Adds what something has become.
    pub fn add(&mut self, outcome: Outcome) {
        *self.outcomes.entry((outcome.counted_as, outcome.reason)).or_default() += 1;
        self.claims.extend(outcome.claim);
        for record in outcome.records {
            match record.entry {
                Some(Entry::Dropped(dropped)) => self.add_dropped(&dropped),
                _ => self.push(&record),
            }
        }
    }

    /// Adds a record as it is.
    pub fn push(&mut self, record: &Record) {
        let length = record.encoded_len();
        if self.buffer.capacity() < length {
            // A single hit, which most are, takes no more than it needs.
            self.buffer.reserve(if self.records.is_empty() { length } else { length.max(PIECE) });
        }
        record.encode_raw(&mut self.buffer);
        self.records.push(self.buffer.split().freeze());
    }

    /// How many hits are in it.
    pub fn hits(&self) -> u64 {
        self.outcomes.values().sum()
    }

    fn add_dropped(&mut self, dropped: &Dropped) {
        let count = self.dropped.entry((dropped.site, dropped.local_date, dropped.reason)).or_default();
        *count = count.saturating_add(dropped.count);
    }

    fn put_dropped(&mut self) {
        for ((site, local_date, reason), count) in std::mem::take(&mut self.dropped) {
            self.push(&Dropped { site, local_date, reason, count }.into());
        }
    }
}

/// Bytes that an outcome takes in one call of the spool, at most.
pub fn size(outcome: &Outcome) -> usize {
    outcome.records.iter().map(|record| RECORD_BYTES + record.encoded_len()).sum()
}

impl Ingest {
    /// Makes a batch durable, counts it in the metrics, and keeps the orders in it.
    ///
    /// # Errors
    /// When nothing can be made durable now: nothing of it is counted, and the orders may come again.
    pub async fn store(&self, batch: impl Into<Batch>) -> Result<(), AppendError> {
        self.store_before(batch, None).await
    }

    /// The same, with a record that must come after all others.
    ///
    /// # Errors
    /// As [`Ingest::store`].
    pub async fn store_before(
        &self,
        batch: impl Into<Batch>,
        last: Option<&Record>,
    ) -> Result<(), AppendError> {
        let mut batch = batch.into();
        batch.put_dropped();
        last.into_iter().for_each(|record| batch.push(record));
        self.spool.append(batch.records).await?;
        batch.claims.into_iter().for_each(Claim::keep);
        for ((counted_as, reason), count) in batch.outcomes {
            self.telemetry.outcome(counted_as, reason, count);
        }
        Ok(())
    }
}
