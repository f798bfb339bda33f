//! What the drain must know of the past: open visits, known visitors, orders, deliveries and clicks.
//!
//! It is rebuilt at each start from what the database holds, and from what is in quarantine: that was acknowledged as
//! well, and will be counted when it is sent once more.

use tokio::task::block_in_place;

use super::visits::VISIT_SECONDS;
use super::{Backoff, Drain};
use crate::accounts::Identity;
use crate::ads::{CLICK_WINDOW, DELIVERY_LIFETIME};
use crate::event::AdKind;
use crate::ingest::MAX_ORDERS;
use crate::store::history::{PlainClick, UsedNonce};
use crate::store::{AdRow, Batch, Result};

/// How long an id that came with consent is known to have been here, in seconds: as long as its hash is kept.
const KNOWN_SECONDS: i64 = 14 * 86_400;

impl Drain {
    /// Rebuilds the memory, as soon as the database answers.
    pub(super) async fn remember(&mut self) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.try_to_remember().await {
            self.trouble(&error.to_string(), &mut backoff).await;
        }
    }

    async fn try_to_remember(&mut self) -> Result<()> {
        // A sealed batch must get the visits that it got before: nothing of it may be recalled.
        let is_sealed = block_in_place(|| self.reader.peek(1, 1)).is_ok_and(|batch| batch.sealed);
        let known = if is_sealed { self.reader.acked_seq() } else { u64::MAX };
        self.already = self.store.extent().await?.of_spool(self.written);
        // What waits may be hours old: it goes on where the database ends, not where the clock is.
        let end = self.store.latest(known).await?.min(self.clock.now().as_second());
        let visits = self.store.open_visits(end - VISIT_SECONDS, known).await?;
        let nonces = self.store.used_nonces(end - DELIVERY_LIFETIME, known).await?;
        let clicks = self.store.plain_clicks(end - CLICK_WINDOW, known).await?;
        for order in self.store.order_numbers(MAX_ORDERS, known).await? {
            self.orders.count(order);
        }
        let people = self.store.known_visitors(&self.consented_sites(), end - KNOWN_SECONDS, known).await?;
        self.visits.recall(visits, people);
        self.banners.recall(nonces, clicks);
        self.recall_quarantine(known);
        self.progress.send_modify(|progress| progress.trouble = None);
        Ok(())
    }

    /// Sites whose visitors have ids.
    fn consented_sites(&self) -> Vec<u32> {
        let directory = self.accounts.directory();
        let consented = directory.sites().filter(|site| site.identity == Identity::Consented);
        consented.map(|site| site.id).collect()
    }

    /// A file that can't be read may be one that somebody is mending, or has moved elsewhere.
    fn recall_quarantine(&mut self, known: u64) {
        let files = self.accounts.quarantine().unwrap_or_else(|error| {
            tracing::warn!(%error, "the quarantine can't be looked through");
            Vec::new()
        });
        for file in files {
            match block_in_place(|| self.quarantine.rows(&file.file)) {
                Ok(rows) => self.recall_rows(&rows, known),
                Err(error) => {
                    tracing::warn!(file = file.file, %error, "a file of the quarantine can't be read")
                }
            }
        }
    }

    fn recall_rows(&mut self, rows: &Batch, known: u64) {
        let events = || rows.events.iter().filter(|row| row.seq <= known);
        for row in events().filter(|row| row.order_id != 0) {
            self.orders.count(row.order_id);
        }
        events().for_each(|row| self.visits.set_aside(row.seq, row.visit, &row.goals));
        let valid = || rows.ads.iter().filter(|row| row.seq <= known && row.reason == 0);
        let nonces = valid().filter(|row| row.nonce != 0).map(used_nonce).collect();
        let clicks = valid().filter(|row| row.nonce == 0 && row.kind == AdKind::Click as u8);
        self.banners.recall(nonces, clicks.map(plain_click).collect());
    }
}

fn used_nonce(row: &AdRow) -> UsedNonce {
    UsedNonce { nonce: row.nonce, kind: row.kind }
}

fn plain_click(row: &AdRow) -> PlainClick {
    let AdRow { viewer, creative_id, placement_id, time, .. } = *row;
    PlainClick { viewer, creative_id, placement_id, time }
}
