//! The SQLite file and its migrations.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::{AccountError, Result};

/// Numbered steps; `PRAGMA user_version` records how many have been taken.
const MIGRATIONS: [&str; 6] = [
    include_str!("../../migrations/accounts/0001_accounts.sql"),
    include_str!("../../migrations/accounts/0002_goals.sql"),
    include_str!("../../migrations/accounts/0003_manage.sql"),
    include_str!("../../migrations/accounts/0004_imports.sql"),
    include_str!("../../migrations/accounts/0005_ledger.sql"),
    include_str!("../../migrations/accounts/0006_frames.sql"),
];

/// Opens the file (mode 0600) and brings it to this version.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let private = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    private.map_err(|error| AccountError::Database(format!("can't open {}: {error}", path.display())))?;
    let mut db = Connection::open(path)?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "foreign_keys", true)?;
    migrate(&mut db)?;
    Ok(db)
}

/// A number that changes when another connection has written.
pub(super) fn version(db: &Connection) -> Result<i64> {
    Ok(db.query_row("PRAGMA data_version", [], |row| row.get(0))?)
}

/// A number as `SQLite` keeps it.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that `SQLite` kept.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn migrate(db: &mut Connection) -> Result<()> {
    let step = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done: u32 = step.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    if done > MIGRATIONS.len() {
        return Err(AccountError::Database(format!(
            "it was written by a newer version (step {done}, this version knows {}): run that version again",
            MIGRATIONS.len()
        )));
    }
    for sql in MIGRATIONS.iter().skip(done) {
        step.execute_batch(sql)?;
    }
    step.pragma_update(None, "user_version", u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX))?;
    step.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.db");
        open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(open(&path).unwrap_err().to_string().contains("newer version"));
    }
}
