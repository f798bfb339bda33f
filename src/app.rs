//! The server's parts, ready to use.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, watch};

use crate::accounts::Accounts;
use crate::ads::Signer;
use crate::clock::Clock;
use crate::config::Config;
use crate::drain;
use crate::engine::EngineState;
use crate::imports::Imports;
use crate::ingest::Ingest;
use crate::privacy::Privacy;
use crate::report::Reports;
use crate::seal;
use crate::secret::{hex, random};
use crate::spool::Spool;
use crate::telemetry::Telemetry;

/// Everything a request may need. One for the whole server.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Users, sites, tokens, banners.
    pub accounts: Arc<Accounts>,
    /// Where personal data ends.
    pub privacy: Arc<Privacy>,
    /// The one way to the spool.
    pub ingest: Ingest,
    /// Durable and not yet in the database.
    pub spool: Spool,
    /// What moves the spool into the database.
    pub drain: drain::Handle,
    /// What makes finished days quick to report on.
    pub seal: seal::Handle,
    /// State of the embedded engine; absent when a server is used.
    pub engine: Option<watch::Receiver<EngineState>>,
    /// How far logs have been imported.
    pub imports: Imports,
    /// What reports work with.
    pub reports: Reports,
    /// Signs banner deliveries.
    pub signer: Signer,
    /// The one-time link for the first account.
    pub setup: SetupLink,
    /// Counters for operators.
    pub telemetry: Arc<Telemetry>,
    /// How many passwords are hashed at once: each takes 19 MiB, and a flood of log-ins must not take them all.
    pub hashing: Arc<Semaphore>,
    /// Memory that large bodies share.
    pub bodies: Semaphore,
}

impl App {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The secret of the set-up link: made at start, shown on the terminal alone, gone with its use.
pub struct SetupLink(Mutex<Option<String>>);

impl SetupLink {
    /// A link while there is no account; none after.
    pub fn new(is_needed: bool) -> SetupLink {
        SetupLink(Mutex::new(is_needed.then(|| hex(&random::<32>()))))
    }

    /// What to show on the terminal.
    pub fn secret(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this is the secret of the link.
    pub fn opens_with(&self, given: &str) -> bool {
        let secret = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secret.as_deref().is_some_and(|secret| secret.as_bytes().ct_eq(given.as_bytes()).into())
    }

    /// Closes the link for ever.
    pub fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
