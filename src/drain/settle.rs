//! After the database has a batch: the ledger, the quarantine, and whether the tables hold what the ledger says.

use std::io;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::Instant;

use super::batch::{Prepared, tally_of};
use super::quarantine::Why;
use super::{Backoff, Drain, Progress};
use crate::accounts::{AccountError, Ledger, Quarantined};
use crate::event::Reason;
use crate::store::{Batch, DroppedRow, is_refusal};

/// How often the tables are compared with the ledger.
const AUDIT: Duration = Duration::from_secs(300);

/// Why a record is in quarantine that can't be read.
const GARBAGE: &str = "the record's checksum is right, and it is no record";

/// A ledger that fits the spool: it begins with the spool, and goes on where another spool begins. `acked` is the last
/// record that is done with, `written` the last that there is.
pub(super) fn continued(ledger: Option<Ledger>, acked: u64, written: u64) -> Ledger {
    let Some(mut ledger) = ledger else { return Ledger { upto: acked, ..Ledger::default() } };
    if ledger.upto < acked || ledger.upto > written {
        tracing::warn!(
            ledger = ledger.upto,
            spool = acked,
            "the ledger goes on with another spool's numbers"
        );
        ledger.upto = acked;
    }
    ledger
}

/// Why rows could not be set aside.
#[derive(Debug, thiserror::Error)]
pub(super) enum AsideError {
    #[error("{0}")]
    Database(#[from] clickhouse::error::Error),
    #[error("can't write into the quarantine folder: {0}")]
    Folder(#[from] io::Error),
}

impl Drain {
    /// Writes what the database takes of a batch, and puts the rest into quarantine.
    ///
    /// # Errors
    /// When the database or the disk fails in a way that may pass; then nothing has changed.
    pub(super) async fn set_aside(&mut self, prepared: &mut Prepared, error: &str) -> Result<(), AsideError> {
        let refused = self.store.write_what_goes(&prepared.token(), &prepared.rows).await?;
        let rows = prepared.rows.take_out(&refused);
        if rows.is_empty() {
            return Ok(());
        }
        let why = Why { first_seq: prepared.first_seq, last_seq: prepared.last_seq, error };
        let kept = block_in_place(|| self.quarantine.keep_rows(&why, &rows));
        let file = match kept {
            Ok(file) => file,
            Err(error) => {
                prepared.rows.append(rows);
                return Err(error.into());
            }
        };
        rows.events.iter().for_each(|row| self.visits.set_aside(row.seq, row.visit, &row.goals));
        let records = prepared.move_to_quarantine(&rows);
        tracing::error!(file, records, error, "the database refuses a batch for good: it is in quarantine");
        prepared.quarantined.push(Quarantined { file, records, error: error.to_owned() });
        Ok(())
    }

    /// Notes what became of a batch, and lets its records go.
    pub(super) async fn settle(&mut self, mut prepared: Prepared) -> anyhow::Result<()> {
        let mut backoff = Backoff::default();
        while let Err(error) = self.keep_garbage(&mut prepared) {
            self.trouble(&format!("can't write into the quarantine folder: {error}"), &mut backoff).await;
        }
        self.ledger.tally.add(&prepared.tally);
        self.ledger.upto = self.ledger.upto.max(prepared.last_seq);
        while let Err(error) = self.write_ledger(&prepared) {
            self.trouble(&error.to_string(), &mut backoff).await;
        }
        self.move_cursor(|reader| reader.ack(prepared.last_seq)).await?;
        self.note_first_hits(&prepared);
        self.progress.send_modify(|progress| {
            let ledger = self.ledger.clone();
            *progress = Progress { stored: prepared.last_seq, trouble: None, ledger, ..progress.clone() };
        });
        Ok(())
    }

    fn keep_garbage(&self, prepared: &mut Prepared) -> io::Result<()> {
        if !prepared.garbage.is_empty() {
            let why = Why { first_seq: prepared.first_seq, last_seq: prepared.last_seq, error: GARBAGE };
            let file = block_in_place(|| self.quarantine.keep_records(&why, &prepared.garbage))?;
            let records = prepared.garbage.len() as u64;
            prepared.garbage.clear();
            prepared.quarantined.push(Quarantined { file, records, error: GARBAGE.to_owned() });
        }
        Ok(())
    }

    /// In one transaction, and before the cursor moves: marks and figures of a batch go with its records.
    fn write_ledger(&self, prepared: &Prepared) -> Result<(), AccountError> {
        self.accounts.settle(&self.ledger, prepared.imports.values(), &prepared.quarantined)
    }

    /// Sends once more what an operator wants to be sent once more.
    pub(super) async fn retry(&mut self) {
        let files = match self.accounts.retries() {
            Ok(files) => files,
            Err(error) => return tracing::warn!(%error, "the quarantine can't be looked through"),
        };
        for file in files {
            match self.retry_file(&file).await {
                Ok(()) => tracing::info!(file = file.file, "a batch has left the quarantine"),
                Err(error) => tracing::warn!(file = file.file, error, "a batch stays in quarantine"),
            }
        }
    }

    async fn retry_file(&mut self, file: &Quarantined) -> Result<(), String> {
        let read = block_in_place(|| self.quarantine.rows(&file.file));
        let mut rows = match read {
            Ok(rows) if !rows.is_empty() => rows,
            Ok(_) => return Err(self.stays(file, "there is no row in it")),
            Err(error) => return Err(self.stays(file, &error.to_string())),
        };
        self.drop_unknown_sites(&mut rows);
        match self.store.write(&format!("footfall-{}", file.file), &rows, true).await {
            Ok(()) => self.leaves(file, &rows).map_err(|error| error.to_string()),
            Err(error) if is_refusal(&error) => Err(self.stays(file, &error.to_string())),
            // It is tried again soon.
            Err(error) => Err(error.to_string()),
        }
    }

    fn stays(&self, file: &Quarantined, error: &str) -> String {
        if let Err(error) = self.accounts.note_refused_again(&file.file, error) {
            tracing::warn!(%error, "the quarantine can't be written");
        }
        error.to_owned()
    }

    fn leaves(&mut self, file: &Quarantined, rows: &Batch) -> Result<(), AccountError> {
        let mut ledger = self.ledger.clone();
        if file.records > 0 {
            ledger.tally.quarantined = ledger.tally.quarantined.saturating_sub(file.records);
            ledger.tally.add(&tally_of(rows));
        }
        self.accounts.note_retried(&ledger, &file.file)?;
        self.ledger = ledger.clone();
        self.progress.send_modify(|progress| progress.ledger = ledger);
        self.quarantine.remove(&file.file);
        Ok(())
    }

    /// Rows of a site that was deleted meanwhile are hits of an unknown site.
    fn drop_unknown_sites(&self, rows: &mut Batch) {
        let directory = self.accounts.directory();
        let is_gone = |site: u32| site != 0 && directory.site(site).is_none();
        let events =
            rows.events.extract_if(.., |row| is_gone(row.site_id)).map(|row| (row.seq, row.local_date));
        let mut gone: Vec<(u64, u16)> = events.collect();
        gone.extend(rows.ads.extract_if(.., |row| is_gone(row.site_id)).map(|row| (row.seq, row.local_date)));
        for row in rows.dropped.iter_mut().filter(|row| is_gone(row.site_id)) {
            row.site_id = 0;
        }
        rows.dropped.extend(gone.into_iter().map(|(seq, local_date)| DroppedRow {
            seq,
            last_seq: seq,
            local_date,
            reason: Reason::UnknownSite as u8,
            hits: 1,
            records: 1,
            ..DroppedRow::default()
        }));
    }

    /// Asks the tables, from time to time, whether they hold what is settled.
    pub(super) async fn audit(&mut self) {
        // A site that is being deleted is in the middle of it. So is what was sent before the last start, unless all of
        // it is settled: a lost cursor does not tell which batch that was.
        let is_early = Instant::now() < self.next_audit || self.ledger.upto < self.already.last();
        if is_early || !self.accounts.directory().deleted_sites().is_empty() {
            return;
        }
        match self.surplus().await {
            Ok(surplus) => {
                self.next_audit = Instant::now() + AUDIT;
                self.tell(surplus);
            }
            Err(error) => tracing::debug!(%error, "the tables can't be compared with the ledger now"),
        }
    }

    async fn surplus(&self) -> anyhow::Result<[i64; 3]> {
        let found = self.store.row_counts().await?;
        Ok(self.accounts.surplus(&self.ledger.tally, found)?)
    }

    fn tell(&self, surplus: [i64; 3]) {
        let sum =
            |of: fn(i64) -> i64| surplus.into_iter().map(|rows| of(rows).max(0).unsigned_abs()).sum::<u64>();
        let (missing_rows, surplus_rows) = (sum(|rows| -rows), sum(|rows| rows));
        if missing_rows + surplus_rows > 0 {
            let [events, ads, dropped] = surplus;
            tracing::error!(
                events,
                ads,
                dropped,
                "the tables don't hold what was stored in them; below zero is missing"
            );
        }
        self.progress.send_modify(|progress| {
            (progress.missing_rows, progress.surplus_rows) = (missing_rows, surplus_rows);
        });
    }
}
