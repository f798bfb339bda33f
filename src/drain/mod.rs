//! From the spool to the database, in order and exactly once.
//!
//! One consumer. It takes what is durable in the spool, gives each event its visit and each banner event its verdict
//! (both need the order), seals the range so that a crash can't cut it differently, and sends it under the range's
//! token until the database has it. Then the range is acknowledged and its segments go. While the database is down the
//! spool waits; nothing is skipped.

mod banners;
mod batch;
mod visits;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, sleep_until};

use crate::accounts::Accounts;
use crate::ads::{CLICK_WINDOW, DELIVERY_LIFETIME};
use crate::clock::Clock;
use crate::spool::Reader;
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

    /// Returns when the database has every record up to number `seq`.
    pub async fn flush(&self, seq: u64) {
        self.hurry.notify_one();
        let mut progress = self.progress.clone();
        // The drain only goes when the server does, and then nobody waits any longer.
        drop(progress.wait_for(|progress| progress.stored >= seq).await);
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
    cursor_lost: bool,
    already: Extent,
    hurry: Arc<Notify>,
    progress: watch::Sender<Progress>,
}

impl Drain {
    /// A drain that has not begun; its handle works at once.
    ///
    /// `cursor_lost` says that the spool can't tell what was sent; the database is then asked.
    pub fn new(
        reader: Reader,
        cursor_lost: bool,
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
            cursor_lost,
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
            match self.next()? {
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
            self.trouble(&error, &mut backoff).await;
        }
    }

    async fn try_to_remember(&mut self) -> crate::store::Result<()> {
        if self.cursor_lost {
            self.already = self.store.extent().await?;
        }
        let now = self.clock.now().as_second();
        let acked = if self.cursor_lost { u64::MAX } else { self.reader.acked_seq() };
        let visits = self.store.open_visits(now - VISIT_SECONDS, acked).await?;
        let nonces = self.store.used_nonces(now - 2 * DELIVERY_LIFETIME, acked).await?;
        let clicks = self.store.plain_clicks(now - CLICK_WINDOW, acked).await?;
        self.visits.recall(visits);
        self.banners.recall(nonces, clicks);
        Ok(())
    }

    /// The next batch, sealed and ready to send.
    fn next(&mut self) -> anyhow::Result<Option<Prepared>> {
        let batch = block_in_place(|| self.reader.peek(MAX_RECORDS, MAX_BYTES))?;
        let sealed = batch.sealed;
        let now = self.clock.now().as_second();
        self.visits.age(now);
        self.banners.age(now);
        let Some(prepared) = batch::prepare(batch, &mut self.visits, &mut self.banners, self.already) else {
            return Ok(None);
        };
        if !sealed {
            block_in_place(|| self.reader.seal(prepared.last_seq))?;
        }
        Ok(Some(prepared))
    }

    /// Sends a batch until the database has it.
    async fn send(&mut self, prepared: Prepared) -> anyhow::Result<()> {
        let mut backoff = Backoff::default();
        while let Err(error) = self.store.write(&prepared.token(), &prepared.rows).await {
            self.trouble(&error, &mut backoff).await;
        }
        block_in_place(|| self.reader.ack(prepared.last_seq))?;
        self.note_first_hits(&prepared);
        self.progress.send_replace(Progress { stored: prepared.last_seq, trouble: None });
        Ok(())
    }

    async fn trouble(&self, error: &clickhouse::error::Error, backoff: &mut Backoff) {
        let text = error.to_string();
        tracing::warn!(error = text, "the database does not take records now; they wait in the spool");
        self.progress.send_modify(|progress| progress.trouble = Some(text));
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
