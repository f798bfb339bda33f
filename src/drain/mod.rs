//! From the spool to the database, in order and exactly once.
//!
//! One consumer. It takes what is durable in the spool, gives each event its visit and each banner event its verdict
//! (both need the order), seals the range so that a crash can't cut it differently, and sends it under the range's
//! token until the database has it. Then the range is settled in the [`Ledger`] and acknowledged, and its segments go.
//! While the database is down the spool waits; nothing is skipped. What the database refuses for good goes into quarantine,
//! counted, so that the rest flows on.

mod banners;
mod batch;
mod expired;
mod quarantine;
mod remember;
mod settle;
mod visits;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::accounts::{AccountError, Accounts, Ledger};
use crate::clock::Clock;
use crate::ingest::Orders;
use crate::spool::{CursorError, Reader};
use crate::store::history::Extent;
use crate::store::{Store, is_refusal};
use banners::Banners;
use batch::Prepared;
use quarantine::Quarantine;
use visits::Visits;

/// Least time between two inserts: ClickHouse wants few large ones, readers want to see counts within two seconds.
const PACE: Duration = Duration::from_millis(800);

/// Records sent at once: one block for the engine, whose parts then all carry the batch's token.
const MAX_RECORDS: usize = 50_000;

/// Bytes of records sent at once.
const MAX_BYTES: usize = 32 << 20;

/// How often the drain looks for what else there is to do when no record comes.
const IDLE: Duration = Duration::from_secs(1);

/// A batch is given up, and goes into quarantine, when the database has said so often that it will never take it.
const REFUSALS: u32 = 3;

/// Longest wait before the database is tried again.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// How the drain is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of the last record that the database has.
    pub stored: u64,
    /// Why the database does not take records now, if so.
    pub trouble: Option<String>,
    /// What became of all records up to [`Ledger::upto`].
    pub ledger: Ledger,
    /// Rows that the database should have and hasn't, when it was last asked.
    pub missing_rows: u64,
    /// Rows that the database has and shouldn't have, when it was last asked.
    pub surplus_rows: u64,
}

/// The running drain, seen from outside.
#[derive(Clone)]
pub struct Handle {
    hurry: Arc<Notify>,
    progress: watch::Receiver<Progress>,
}

impl Handle {
    /// How the drain is doing.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Whether the drain has ended, as it does with the server.
    pub fn is_over(&self) -> bool {
        self.progress.has_changed().is_err()
    }

    /// Returns when the database has every record up to number `seq`; false when the drain ends before.
    pub async fn flush(&self, seq: u64) -> bool {
        self.hurry.notify_one();
        self.progress.clone().wait_for(|progress| progress.stored >= seq).await.is_ok()
    }
}

/// The consumer of the spool.
pub struct Drain {
    reader: Reader,
    store: Store,
    accounts: Arc<Accounts>,
    clock: Clock,
    visits: Visits,
    banners: Banners,
    orders: Arc<Orders>,
    quarantine: Quarantine,
    ledger: Ledger,
    next_audit: Instant,
    written: u64,
    already: Extent,
    hurry: Arc<Notify>,
    progress: watch::Sender<Progress>,
}

/// What a drain works with.
pub struct Parts {
    /// Takes records out of the spool.
    pub reader: Reader,
    /// Number of the last record in the spool.
    pub written: u64,
    /// Where rows go.
    pub store: Store,
    /// Where sites, imports and the ledger are.
    pub accounts: Arc<Accounts>,
    /// Numbers of orders that were counted.
    pub orders: Arc<Orders>,
    /// The time.
    pub clock: Clock,
    /// The quarantine folder.
    pub quarantine: PathBuf,
    /// Bytes that the quarantine folder may take.
    pub max_quarantine: u64,
}

impl Drain {
    /// A drain that has not begun; its handle works at once.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new(parts: Parts) -> Result<(Drain, Handle), AccountError> {
        let hurry = Arc::new(Notify::new());
        let ledger = settle::continued(parts.accounts.ledger()?, parts.reader.acked_seq(), parts.written);
        let seen =
            Progress { stored: parts.reader.acked_seq(), ledger: ledger.clone(), ..Progress::default() };
        let (progress, seen) = watch::channel(seen);
        let handle = Handle { hurry: Arc::clone(&hurry), progress: seen };
        let drain = Drain {
            reader: parts.reader,
            store: parts.store,
            accounts: parts.accounts,
            clock: parts.clock,
            visits: Visits::default(),
            banners: Banners::default(),
            orders: parts.orders,
            quarantine: Quarantine::new(parts.quarantine, parts.max_quarantine),
            ledger,
            next_audit: Instant::now(),
            written: parts.written,
            already: Extent::default(),
            hurry,
            progress,
        };
        Ok((drain, handle))
    }

    /// Works until the server stops. What is then in the spool waits for the next start.
    ///
    /// # Errors
    /// When the spool itself can't be read or its cursor not written.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        tokio::select! {
            result = self.work() => result,
            _ = stop.wait_for(|stop| *stop) => Ok(()),
        }
    }

    async fn work(&mut self) -> anyhow::Result<()> {
        self.remember().await;
        loop {
            let due = Instant::now() + PACE;
            match self.next().await? {
                Some(prepared) => self.send(prepared).await?,
                None if self.idle().await => {}
                None => return Ok(()), // the spool is closed, and nothing waits in it
            }
            // Nothing is sealed now: the tables hold what is settled, and nothing else.
            self.retry().await;
            self.audit().await;
            tokio::select! {
                () = sleep_until(due) => {}
                () = self.hurry.notified() => {}
            }
        }
    }

    /// Waits for a record, or for something else to do; false when neither will come.
    async fn idle(&self) -> bool {
        timeout(IDLE, self.reader.wait()).await.unwrap_or(true)
    }

    /// The next batch, sealed and ready to send.
    async fn next(&mut self) -> anyhow::Result<Option<Prepared>> {
        let batch = block_in_place(|| self.reader.peek(MAX_RECORDS, MAX_BYTES))?;
        let now = self.clock.now().as_second();
        self.visits.age(now);
        self.banners.age(now);
        let (visits, banners) = (&mut self.visits, &mut self.banners);
        let settled = self.ledger.upto;
        let prepared = batch::prepare(batch, visits, banners, &self.orders, self.already, settled);
        let Some(mut prepared) = prepared else { return Ok(None) };
        if !prepared.is_repeated {
            self.move_cursor(|reader| reader.seal(prepared.last_seq)).await?;
        }
        self.refuse_expired(&mut prepared).await;
        Ok(Some(prepared))
    }

    /// Takes out what comes too late, as soon as the database says what does.
    async fn refuse_expired(&mut self, prepared: &mut Prepared) {
        let mut backoff = Backoff::default();
        while let Err(error) =
            expired::refuse(&self.store, prepared, self.clock.now(), self.already.dropped).await
        {
            self.trouble(&error.to_string(), &mut backoff).await;
        }
    }

    /// Sends a batch until the database has it, or has refused it for good.
    async fn send(&mut self, mut prepared: Prepared) -> anyhow::Result<()> {
        let mut backoff = Backoff::default();
        let mut is_repeated = prepared.is_repeated;
        let mut refusals = 0;
        while let Err(error) = self.store.write(&prepared.token(), &prepared.rows, is_repeated).await {
            refusals += u32::from(is_refusal(&error));
            let mut trouble = error.to_string();
            if refusals >= REFUSALS {
                match self.set_aside(&mut prepared, &trouble).await {
                    Ok(()) => break,
                    Err(error) => trouble = error.to_string(),
                }
            }
            self.trouble(&trouble, &mut backoff).await;
            is_repeated = true;
        }
        if is_repeated && !prepared.is_settled() && prepared.quarantined.is_empty() {
            self.quarantine.forget(prepared.first_seq, prepared.last_seq);
        }
        self.settle(prepared).await
    }

    /// Moves the spool's cursor, as soon as the disk has room for it.
    async fn move_cursor(
        &mut self,
        step: impl Fn(&mut Reader) -> Result<(), CursorError>,
    ) -> anyhow::Result<()> {
        let mut backoff = Backoff::default();
        loop {
            match block_in_place(|| step(&mut self.reader)) {
                Err(error @ CursorError::NoRoom(_)) => self.trouble(&error.to_string(), &mut backoff).await,
                moved => return Ok(moved?),
            }
        }
    }

    async fn trouble(&self, error: &str, backoff: &mut Backoff) {
        tracing::warn!(error, "records can't be moved into the database now; they wait in the spool");
        self.progress.send_modify(|progress| progress.trouble = Some(error.to_owned()));
        sleep(backoff.next()).await;
    }

    fn note_first_hits(&self, prepared: &Prepared) {
        let directory = self.accounts.directory();
        for (site, time) in &prepared.sites {
            let is_new = directory.site(*site).is_some_and(|site| site.first_hit_at.is_none());
            if is_new && let Err(error) = self.accounts.note_first_hit(*site, *time) {
                tracing::warn!(%error, site, "the time of the first hit could not be noted");
            }
        }
    }
}

/// Waits that double.
struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff(Duration::from_millis(50))
    }
}

impl Backoff {
    fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(MAX_BACKOFF);
        wait
    }
}
