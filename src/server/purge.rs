//! Removing from the database what was counted for deleted sites.
//!
//! The list of them is in the accounts' database until the work is done, so neither a database that is down nor a crash
//! leaves anything behind.

use std::time::Duration;

use tokio::time::sleep;

use crate::app::App;

/// How often the list is looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// Works off the list, for ever.
pub(super) async fn run(app: &App) {
    let mut ripe = Vec::new();
    loop {
        for site in ripe {
            purge(app, site).await;
        }
        // One pause after a site is gone, no request is under way any more that has known it.
        ripe = app.accounts.directory().deleted_sites().to_vec();
        sleep(PAUSE).await;
    }
}

/// Removes a site's rows, those that still wait in the spool included.
async fn purge(app: &App, site: u32) {
    if !app.drain.flush(app.spool.state().durable_seq).await {
        return;
    }
    if let Err(error) = remove(app, site).await {
        tracing::warn!(%error, site, "what was counted for a deleted site can't be removed now; it is tried again");
        return;
    }
    match app.accounts.note_purged(site) {
        Ok(()) => tracing::info!(site, "what was counted for a deleted site is removed"),
        Err(error) => tracing::error!(%error, site, "the end of a removal could not be noted"),
    }
}

/// How much goes is noted first, so that nobody takes it for lost.
async fn remove(app: &App, site: u32) -> anyhow::Result<()> {
    let _nothing_is_sealed = app.seal.pause().await;
    let store = &app.reports.store;
    app.accounts.note_removed(site, store.row_counts_of(site).await?)?;
    store.purge_site(site).await?;
    Ok(())
}
