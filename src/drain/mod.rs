//! From the spool to the database, in order and exactly once.
//!
//! One consumer. It takes what is durable in the spool, gives each event its visit and each banner event its verdict
//! (both need the order), seals the range so that a crash can't cut it differently, and sends it under the range's
//! token until the database has it. Then the range is acknowledged and its segments go. While the database is down the
//! spool waits; nothing is skipped.

mod banners;
mod batch;
mod expired;
mod visits;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, sleep_until};

use crate::accounts::Accounts;
use crate::ads::{CLICK_WINDOW, DELIVERY_LIFETIME};
use crate::clock::Clock;
use crate::spool::{CursorError, Reader};
use crate::store::Store;
use crate::store::history::Extent;
use banners::Banners;
use batch::Prepared;
use visits::{VISIT_SECONDS, Visits};

/// Least time between two inserts: ClickHouse wants few large ones, readers want to see counts within two seconds.
const PACE: Duration = Duration::from_millis(800);

/// Records sent at once: one block for the engine, whose parts then all carry the batch's token.
const MAX_RECORDS: usize = 50_000;

/// Bytes of records sent at once.
const MAX_BYTES: usize = 32 << 20;

/// Longest wait before the database is tried again.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// How the drain is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of the last record that the database has.
    pub stored: u64,
    /// Why the database does not take records now, if so.
    pub trouble: Option<String>,
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
    written: u64,
    already: Extent,
    hurry: Arc<Notify>,
    progress: watch::Sender<Progress>,
}

impl Drain {
    /// A drain that has not begun; its handle works at once.
    ///
    /// `written` is the number of the last record in the spool.
    pub fn new(
        reader: Reader,
        written: u64,
        store: Store,
        accounts: Arc<Accounts>,
        clock: Clock,
    ) -> (Drain, Handle) {
        let hurry = Arc::new(Notify::new());
        let (progress, seen) = watch::channel(Progress { stored: reader.acked_seq(), trouble: None });
        let handle = Handle { hurry: Arc::clone(&hurry), progress: seen };
        let drain = Drain {
            reader,
            store,
            accounts,
            clock,
            visits: Visits::default(),
            banners: Banners::default(),
            written,
            already: Extent::default(),
            hurry,
            progress,
        };
        (drain, handle)
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
                None if self.reader.wait().await => {}
                None => return Ok(()), // the spool is closed, and nothing waits in it
            }
            tokio::select! {
                () = sleep_until(due) => {}
                () = self.hurry.notified() => {}
            }
        }
    }

    /// Rebuilds the memory of visits and deliveries from what the database holds.
    async fn remember(&mut self) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.try_to_remember().await {
            self.trouble(&error.to_string(), &mut backoff).await;
        }
    }

    async fn try_to_remember(&mut self) -> crate::store::Result<()> {
        // A sealed batch must get the visits that it got before: nothing of it may be recalled.
        let is_sealed = block_in_place(|| self.reader.peek(1, 1)).is_ok_and(|batch| batch.sealed);
        let known = if is_sealed { self.reader.acked_seq() } else { u64::MAX };
        self.already = self.store.extent().await?.of_spool(self.written);
        // What waits may be hours old: it goes on where the database ends, not where the clock is.
        let end = self.store.latest(known).await?.min(self.clock.now().as_second());
        let visits = self.store.open_visits(end - VISIT_SECONDS, known).await?;
        let nonces = self.store.used_nonces(end - DELIVERY_LIFETIME, known).await?;
        let clicks = self.store.plain_clicks(end - CLICK_WINDOW, known).await?;
        self.visits.recall(visits);
        self.banners.recall(nonces, clicks);
        self.progress.send_modify(|progress| progress.trouble = None);
        Ok(())
    }

    /// The next batch, sealed and ready to send.
    async fn next(&mut self) -> anyhow::Result<Option<Prepared>> {
        let batch = block_in_place(|| self.reader.peek(MAX_RECORDS, MAX_BYTES))?;
        let now = self.clock.now().as_second();
        self.visits.age(now);
        self.banners.age(now);
        let prepared = batch::prepare(batch, &mut self.visits, &mut self.banners, self.already)?;
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
        while let Err(error) = expired::refuse(&self.store, prepared, self.clock.now()).await {
            self.trouble(&error.to_string(), &mut backoff).await;
        }
    }

    /// Sends a batch until the database has it.
    async fn send(&mut self, prepared: Prepared) -> anyhow::Result<()> {
        let mut backoff = Backoff::default();
        let mut is_repeated = prepared.is_repeated;
        while let Err(error) = self.store.write(&prepared.token(), &prepared.rows, is_repeated).await {
            self.trouble(&error.to_string(), &mut backoff).await;
            is_repeated = true;
        }
        self.move_cursor(|reader| reader.ack(prepared.last_seq)).await?;
        self.note_first_hits(&prepared);
        self.progress.send_replace(Progress { stored: prepared.last_seq, trouble: None });
        Ok(())
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
