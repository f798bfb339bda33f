//! Sealing: when a local day is over, its events are sorted into visits once more, and the visits and the plain numbers
//! that reports add up are written for good.
//!
//! One task beside the drain. What it does next follows from the tables alone, so a crash at any point costs nothing but
//! the work: a day is sealed when its current generation covers its last event, and a late event, or a request to
//! rebuild, makes it due again. The SQL is in [`store::sealed`](crate::store::sealed).

mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use crate::accounts::{AccountError, Rebuild};
use crate::app::App;
use crate::store::queries::Days;
use crate::store::sealed::{Sealing, Superseded};
use watch::Watch;

/// How often it is looked whether anything is to be done.
const TICK: Duration = Duration::from_secs(1);

/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// Asking the database takes at most this share of the time.
const POLL_SHARE: u32 = 100;

/// How often superseded rows are looked for. They go when they are found for the second time: nobody reads them then.
const CLEANING: SignedDuration = SignedDuration::from_hours(1);

/// How sealing is getting on, seen from outside. Cheap to clone.
#[derive(Clone, Default)]
pub struct Handle(Arc<State>);

#[derive(Default)]
struct State {
    unsealed: AtomicUsize,
    working: Mutex<()>,
}

impl Handle {
    /// How many days are over and not sealed as they now stand.
    pub fn unsealed_days(&self) -> usize {
        self.0.unsealed.load(Ordering::Relaxed)
    }

    /// Waits until nothing is being sealed; nothing is as long as what is returned lives.
    pub async fn pause(&self) -> MutexGuard<'_, ()> {
        self.0.working.lock().await
    }
}

/// Why sealing could not go on; it is tried again.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Database(#[from] clickhouse::error::Error),
    #[error(transparent)]
    Accounts(#[from] AccountError),
}

type Result<T> = std::result::Result<T, Failure>;

/// Seals days for as long as the server runs. The tables must be there.
pub async fn run(app: Arc<App>) {
    let mut sealer = Sealer::new(app);
    loop {
        match sealer.tick().await {
            Ok(()) => sleep(TICK).await,
            Err(error) => {
                tracing::warn!(%error, "days can't be sealed now; reports compute them from events meanwhile");
                sealer.polled = None;
                sleep(PAUSE).await;
            }
        }
    }
}

struct Sealer {
    app: Arc<App>,
    watch: Watch,
    /// A moment, and the last record that was acknowledged then.
    mark: (Timestamp, u64),
    /// The moment until which everything acknowledged is in the database.
    drained: Option<Timestamp>,
    polled: Option<Poll>,
    cleaned: Timestamp,
    superseded: Vec<Superseded>,
}

/// When the database was last asked, how long that took, and how far the drain had come.
struct Poll {
    at: Instant,
    took: Duration,
    stored: u64,
}

impl Sealer {
    fn new(app: Arc<App>) -> Sealer {
        let mark = (app.now(), app.spool.state().durable_seq);
        let cleaned = mark.0;
        Sealer {
            app,
            watch: Watch::default(),
            mark,
            drained: None,
            polled: None,
            cleaned,
            superseded: Vec::new(),
        }
    }

    async fn tick(&mut self) -> Result<()> {
        self.take_requests().await?;
        let Some(drained) = self.follow_drain() else { return Ok(()) };
        self.poll(drained).await?;
        self.seal(drained).await?;
        self.clean(drained).await
    }

    /// Notes how far the drain has come.
    fn follow_drain(&mut self) -> Option<Timestamp> {
        if self.app.drain.progress().stored >= self.mark.1 {
            self.drained = Some(self.mark.0);
            self.mark = (self.app.now(), self.app.spool.state().durable_seq);
        }
        self.drained
    }

    /// Notes in the book which days somebody wants to have sealed again.
    async fn take_requests(&mut self) -> Result<()> {
        for Rebuild { id, site, from, to } in self.app.accounts.rebuilds()? {
            let store = &self.app.reports.store;
            store.want(site, Days { from, to }, store.last_generation().await?.saturating_add(1)).await?;
            self.app.accounts.forget_rebuild(&id)?;
            self.polled = None;
        }
        Ok(())
    }

    /// Asks the database about days, if something may have changed: not all the time, unless there is something to do.
    async fn poll(&mut self, drained: Timestamp) -> Result<()> {
        let stored = self.app.drain.progress().stored;
        let is_due = !self.due(drained, 0).is_empty();
        let is_early = |poll: &Poll| poll.at.elapsed() < poll.took * POLL_SHARE && !is_due;
        if self.polled.as_ref().is_some_and(|poll| poll.stored == stored || is_early(poll)) {
            return Ok(());
        }
        let at = Instant::now();
        let days = self.app.reports.store.unsealed_days().await?;
        self.watch.observe(&days, self.app.now());
        self.polled = Some(Poll { at, took: at.elapsed(), stored });
        self.note_progress(drained);
        Ok(())
    }

    async fn seal(&mut self, drained: Timestamp) -> Result<()> {
        if self.due(drained, 0).is_empty() {
            self.note_progress(drained);
            return Ok(());
        }
        let next = self.app.reports.store.last_generation().await?.saturating_add(1);
        for work in self.due(drained, next) {
            self.seal_some(&work).await?;
            self.note_progress(drained);
        }
        self.polled = None;
        Ok(())
    }

    /// Seals some days. Where the database answers and yet can't, other days go first. A site that was deleted meanwhile
    /// has none: nobody would remove what was written for it now.
    async fn seal_some(&mut self, work: &Sealing) -> Result<()> {
        let app = Arc::clone(&self.app);
        let _working = app.seal.pause().await;
        let start = Instant::now();
        let store = &app.reports.store;
        let Some(identity) = app.accounts.directory().site(work.site).map(|site| site.identity) else {
            self.watch.succeeded(work);
            return Ok(());
        };
        match store.seal(work, identity).await {
            Ok(()) => {
                tell(work, start.elapsed());
                self.watch.succeeded(work);
                Ok(())
            }
            Err(error) if store.is_ready().await => {
                let Sealing { site, days, .. } = work;
                tracing::error!(%error, site, ?days, "days can't be sealed; reports compute them from events");
                self.watch.failed(work, Instant::now(), start.elapsed());
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn due(&self, drained: Timestamp, generation: u32) -> Vec<Sealing> {
        self.watch.due(drained, Instant::now(), generation, zones(&self.app))
    }

    fn note_progress(&self, drained: Timestamp) {
        self.app.seal.0.unsealed.store(self.watch.over(drained, zones(&self.app)), Ordering::Relaxed);
    }

    /// Removes superseded rows that were there an hour ago, when nothing is being sealed.
    async fn clean(&mut self, now: Timestamp) -> Result<()> {
        if now.duration_since(self.cleaned) < CLEANING {
            return Ok(());
        }
        self.cleaned = now;
        let store = &self.app.reports.store;
        let found = store.superseded().await?;
        let old: Vec<Superseded> =
            found.iter().filter(|row| self.superseded.contains(row)).copied().collect();
        store.remove(&old).await?;
        self.superseded = found;
        Ok(())
    }
}

fn zones(app: &App) -> impl Fn(u32) -> Option<TimeZone> + use<> {
    let (directory, now) = (app.accounts.directory(), app.now());
    move |site| directory.site(site).map(|site| site.zone(now).clone())
}

fn tell(work: &Sealing, took: Duration) {
    let Sealing { site, days, generation, .. } = work;
    let (days, events, millis) = (days.len(), work.events(), took.as_millis());
    tracing::info!(site, days, events, generation, millis, "days are sealed");
}
