//! What happens by the clock.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::block_in_place;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::parts::watch_engine;
use super::purge;
use crate::app::App;

/// How soon a site or a token made on the command line is honoured.
const REFRESH: Duration = Duration::from_millis(400);

/// How often salts and rate limits are looked through, at least.
const TEND: Duration = Duration::from_secs(20);

/// How long what has failed rests.
const PAUSE: Duration = Duration::from_secs(5);

/// How soon a list of the operator's that has changed is in force.
const REREAD: Duration = Duration::from_secs(2);

/// Does something that has no end, and begins anew should it panic: salts must be destroyed and days sealed all the same.
pub(super) async fn without_end<Work: Future<Output = ()>>(
    what: &str,
    work: impl Fn() -> Work,
) -> Infallible {
    loop {
        if AssertUnwindSafe(work()).catch_unwind().await.is_err() {
            tracing::error!(what, "this failed and begins anew: it is a fault in Footfall");
        }
        sleep(PAUSE).await;
    }
}

/// Runs the jobs.
pub(super) async fn run(app: Arc<App>) {
    let engine = async {
        if let Some(state) = app.engine.clone() {
            watch_engine(state).await;
        }
        std::future::pending().await // the other jobs go on
    };
    tokio::select! {
        () = every(REFRESH, || refresh(&app)) => {}
        () = every(REREAD, || reread(&app)) => {}
        () = purge::run(&app) => {}
        () = engine => {}
    }
}

async fn every(pause: Duration, job: impl Fn()) {
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        job();
    }
}

fn refresh(app: &App) {
    if let Err(error) = app.accounts.refresh() {
        tracing::error!(%error, "accounts could not be read again");
    }
}

fn reread(app: &App) {
    if let Err(error) = block_in_place(|| app.privacy.reread_lists()) {
        tracing::warn!(%error, "the list of referrer spam can't be read again; what it said before stays in force");
    }
}

/// Keeps salts and rate limits in order, for ever. Aside from all else: a slow disk holds nothing but this.
pub(super) async fn tend_salts(app: Arc<App>) {
    loop {
        block_in_place(|| tend(&app));
        _ = timeout(TEND, app.privacy.salts_wanted()).await;
    }
}

fn tend(app: &App) {
    if let Err(error) = app.privacy.tend(app.now()) {
        tracing::error!(error = %format!("{error:#}"), "salts could not be written down or destroyed; it is tried again");
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_fails_begins_anew() {
        let runs = AtomicU32::new(0);
        let work = || async {
            assert!(runs.fetch_add(1, Ordering::Relaxed) >= 2, "as a fault would have it");
            pending().await
        };
        assert!(timeout(PAUSE * 10, without_end("a test", work)).await.is_err());
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }
}
