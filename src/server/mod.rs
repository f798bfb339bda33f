//! `footfall serve`: puts the parts together, serves, and stops without losing anything.
//!
//! Order at start: everything that can be wrong (settings, folder, files, port) is found out before the first request;
//! then hits are accepted at once, while the engine may still be starting: the spool holds them.
//! Order at the end: no new connections, open requests finish, the drain stops, the spool closes, the engine ends.

mod accept;
mod files;
mod jobs;
mod parts;
mod purge;

pub(crate) use parts::{find_engine, geo_paths, open_folder};

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::drain::Drain;
use crate::http;
use crate::seal;
use crate::store::MigrateError;
use parts::Parts;

/// Open requests may take this long when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When something is wrong at start, or the spool fails; the text says what to do.
pub async fn serve(config: Config, clock: Clock) -> Result<()> {
    let listener = bind(&config).await?;
    let parts = Parts::open(config, clock, listener.local_addr()?)?;
    greet(&parts.app);
    let (stop, stopping) = watch::channel(false);
    let drain =
        tokio::spawn(store_events(parts.drain, parts.database, Arc::clone(&parts.app), stopping.clone()));
    let app = Arc::clone(&parts.app);
    let jobs = tokio::spawn(jobs::without_end("jobs by the clock", move || jobs::run(Arc::clone(&app))));
    let app = Arc::clone(&parts.app);
    let salts = tokio::spawn(jobs::without_end("salts", move || jobs::tend_salts(Arc::clone(&app))));
    let connections = files::connections(parts.app.config.max_connections);
    let accept = accept::Accept::new(http::Front::new(Arc::clone(&parts.app)), connections);
    let serving = tokio::spawn(accept.run(listener, stopping));
    let outcome = until_the_end(&parts.app, drain).await;
    stop.send_replace(true);
    if timeout(GRACE, serving).await.is_err() {
        tracing::warn!("some requests were still open after {} seconds and were cut off", GRACE.as_secs());
    }
    jobs.abort();
    salts.abort();
    parts.app.spool.close().await;
    if let Some(engine) = parts.engine {
        engine.shutdown().await;
    }
    outcome
}

async fn bind(config: &Config) -> Result<TcpListener> {
    let listener = TcpListener::bind(config.listen).await;
    listener.with_context(|| {
        format!("can't listen on {}: choose another with --listen ADDRESS:PORT", config.listen)
    })
}

fn greet(app: &App) {
    if app.clock.is_test() {
        tracing::warn!(
            "TEST CLOCK: the time is {} until its file changes; never count real visits like this",
            app.now()
        );
    }
    let url = &app.config.public_url;
    println!("Footfall is running: {url}");
    if let Some(secret) = app.setup.secret() {
        println!("Make the first account with this link, which works once: {url}/setup?token={secret}");
    }
}

/// Brings the database to this version's schema, then moves events into it and seals days.
async fn store_events(
    drain: Drain,
    database: String,
    app: Arc<App>,
    mut stopping: watch::Receiver<bool>,
) -> Result<()> {
    tokio::select! {
        migrated = migrate(&app, &database) => migrated?,
        _ = stopping.wait_for(|stop| *stop) => return Ok(()),
    }
    let sealing = tokio::spawn(jobs::without_end("sealing days", move || seal::run(Arc::clone(&app))));
    let outcome = drain.run(stopping).await;
    sealing.abort();
    outcome
}

/// Tries until the database answers; a schema that is too new is an error at once.
async fn migrate(app: &App, database: &str) -> Result<()> {
    if let Some(mut engine) = app.engine.clone() {
        let ready = |state: &crate::engine::EngineState| matches!(state, crate::engine::EngineState::Ready);
        engine.wait_for(ready).await.context("the engine's supervisor ended")?;
    }
    loop {
        match app.reports.store.migrate(database).await {
            Ok(()) => return Ok(()),
            Err(error @ MigrateError::Newer { .. }) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the database can't be prepared yet; hits wait in the spool")
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Waits for a signal, or for a failure that only a new start can heal.
async fn until_the_end(app: &App, mut drain: JoinHandle<Result<()>>) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        biased; // a failed spool ends the drain, too, and is the reason to tell
        reason = app.spool.poisoned() => bail!("the spool failed ({reason}): start the server again; what was acknowledged is on disk"),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        ended = &mut drain => match ended {
            Ok(result) => result.context("events can't be moved from the spool into the database"),
            // What a panic says may be a visitor's.
            Err(_panic) => bail!("the drain failed: this is a fault in Footfall"),
        },
    }
}
