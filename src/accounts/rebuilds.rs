//! Days that an operator wants to have sealed again. The command line notes them here, the server takes them up.

use jiff::civil::Date;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{AccountError, Accounts, Result};

/// Names of settings that hold a request begin so.
const PREFIX: &str = "rebuild-";

/// A request to seal days again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// Which request it is.
    pub id: String,
    /// The site; `None` for all.
    pub site: Option<u32>,
    /// First local date.
    pub from: Date,
    /// Last local date.
    pub to: Date,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    site: Option<u32>,
    from: String,
    to: String,
}

impl Accounts {
    /// Notes a request. It is taken up while a server runs, now or later.
    ///
    /// # Errors
    /// When there is no such site, the dates are the wrong way round, or the database fails.
    pub fn ask_for_rebuild(&self, site: Option<u32>, from: Date, to: Date) -> Result<()> {
        if site.is_some_and(|site| self.directory().site(site).is_none()) {
            return Err(AccountError::NotFound);
        }
        if from > to {
            return Err(AccountError::Invalid(format!("{from} is after {to}: give the earlier date first")));
        }
        let name = format!("{PREFIX}{:016x}", rand::random::<u64>());
        let value = serde_json::to_string(&Stored { site, from: from.to_string(), to: to.to_string() });
        let value = value.map_err(unreadable)?;
        self.with_db(|db| {
            db.execute("INSERT INTO settings (name, value) VALUES (?1, ?2)", params![name, value])?;
            Ok(())
        })
    }

    /// Requests that wait.
    ///
    /// # Errors
    /// When the database fails or holds something else under such a name.
    pub fn rebuilds(&self) -> Result<Vec<Rebuild>> {
        self.with_db(|db| {
            let mut query = db.prepare_cached("SELECT name, value FROM settings WHERE name GLOB ?1")?;
            let rows = query.query_map([format!("{PREFIX}*")], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let rows: Vec<(String, String)> = rows.collect::<rusqlite::Result<_>>()?;
            rows.into_iter().map(|(id, value)| read(id, &value)).collect()
        })
    }

    /// Removes a request that has been taken up.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget_rebuild(&self, id: &str) -> Result<()> {
        self.with_db(|db| {
            db.execute("DELETE FROM settings WHERE name = ?1", [id])?;
            Ok(())
        })
    }
}

fn read(id: String, value: &str) -> Result<Rebuild> {
    let stored: Stored = serde_json::from_str(value).map_err(unreadable)?;
    let date = |text: String| text.parse::<Date>().map_err(unreadable);
    Ok(Rebuild { id, site: stored.site, from: date(stored.from)?, to: date(stored.to)? })
}

fn unreadable(error: impl std::fmt::Display) -> AccountError {
    AccountError::Database(format!("a request to rebuild can't be read: {error}"))
}
