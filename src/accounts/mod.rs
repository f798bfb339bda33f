//! Who may do what: users, sessions, tokens, sites, and the banners' campaigns, creatives and placements.
//!
//! One SQLite file. The command line writes to it while the server runs, so the server looks at SQLite's change
//! counter several times a second and reloads its [`Directory`], the picture in memory that the collector works from.
//! This is the only place that makes a [`SiteScope`], without which no report can be asked for.

mod banners;
mod db;
mod directory;
mod goal_book;
mod goals;
mod imports;
mod input;
mod ledger;
mod rebuilds;
mod scope;
mod settings;
mod site_form;
mod sites;
mod spelling;
mod tokens;
mod users;
mod zones;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use rusqlite::Connection;
use tokio::task::block_in_place;

pub use banners::{Campaign, Creative, NewCreative, Placement};
pub use directory::Directory;
pub use goals::{Goal, GoalAttribute, NewGoal, PatternType};
pub use imports::Import;
pub use ledger::{Ledger, Quarantined, Tally};
pub use rebuilds::Rebuild;
pub use scope::{Principal, Role, ServerScope, SiteScope};
pub use site_form::SiteForm;
pub use sites::{Identity, NewSite, Rule, Site, SiteSearch, SiteSettings};
pub use tokens::TokenInfo;
pub use users::{SESSION_SECONDS, User};
pub use zones::{Zones, zone_name};

/// Why an account operation failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The input is not acceptable; the text says why, for the person who gave it.
    #[error("{0}")]
    Invalid(String),
    /// It exists already.
    #[error("{0}")]
    Conflict(String),
    /// There is no such thing, or it is somebody else's.
    #[error("not found")]
    NotFound,
    /// The database failed, or comes from a newer version.
    #[error("accounts database: {0}")]
    Database(String),
}

impl From<rusqlite::Error> for AccountError {
    fn from(error: rusqlite::Error) -> AccountError {
        AccountError::Database(error.to_string())
    }
}

/// Result of account operations.
pub type Result<T> = std::result::Result<T, AccountError>;

/// The accounts database and what is known of it in memory.
pub struct Accounts {
    db: Mutex<Connection>,
    directory: ArcSwap<Directory>,
    version: Mutex<i64>,
}

impl Accounts {
    /// Opens or creates the database, and brings it to this version.
    ///
    /// # Errors
    /// When the file can't be opened, or a newer version wrote it.
    pub fn open(path: &Path) -> Result<Accounts> {
        let db = db::open(path)?;
        let directory = ArcSwap::from_pointee(directory::load(&db)?);
        let version = Mutex::new(db::version(&db)?);
        Ok(Accounts { db: Mutex::new(db), directory, version })
    }

    /// The picture in memory: what the collector works from.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// Reloads the picture if somebody else, the command line for instance, has written to the database.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn refresh(&self) -> Result<()> {
        block_in_place(|| self.reload_if_changed())
    }

    fn reload_if_changed(&self) -> Result<()> {
        let db = self.lock();
        let now = db::version(&db)?;
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if now != *version {
            self.directory.store(directory::load(&db)?.into());
            *version = now;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a change and shows it to the collector at once.
    fn write<T>(&self, change: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        self.with_db(|db| {
            let value = change(db)?;
            self.directory.store(directory::load(db)?.into());
            Ok(value)
        })
    }

    /// Works with the database. It may wait for the disk, or for another process that writes: other requests of this
    /// thread go on elsewhere meanwhile.
    fn with_db<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        block_in_place(|| work(&mut self.lock()))
    }
}
