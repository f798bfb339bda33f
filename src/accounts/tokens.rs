//! API tokens: 32 random hexadecimal bytes, shown once, stored as a hash.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{AccountError, Accounts, Principal, Result, Role};
use crate::secret::{digest, hex, random};

/// Purpose of a token that an import uses.
const IMPORT: &str = "import";

/// No import takes longer, in seconds.
const FORGOTTEN: i64 = 30 * 86_400;

impl Accounts {
    /// Makes a token; it can't be shown again.
    ///
    /// # Errors
    /// When there is no such site.
    pub fn create_token(&self, role: Role, site: Option<u32>, now: Timestamp) -> Result<String> {
        if let Some(id) = site.filter(|id| self.directory().site(*id).is_none()) {
            return Err(AccountError::Invalid(format!("there is no site {id}")));
        }
        let token = hex(&random::<32>());
        self.write(|db| insert(db, &token, role, site, "", now))?;
        Ok(token)
    }

    /// Makes a token that may send hits to a site and is soon removed again, and removes those whose maker was killed
    /// before it could.
    ///
    /// # Errors
    /// When there is no such site.
    pub fn create_import_token(&self, site: u32, now: Timestamp) -> Result<String> {
        if self.directory().site(site).is_none() {
            return Err(AccountError::Invalid(format!("there is no site {site}")));
        }
        let token = hex(&random::<32>());
        self.write(|db| {
            let long_ago = now.as_second() - FORGOTTEN;
            db.execute(
                "DELETE FROM tokens WHERE purpose = ?1 AND created_at < ?2",
                params![IMPORT, long_ago],
            )?;
            insert(db, &token, Role::Write, Some(site), IMPORT, now)
        })?;
        Ok(token)
    }

    /// Removes a token.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn remove_token(&self, token: &str) -> Result<()> {
        self.write(|db| {
            db.execute("DELETE FROM tokens WHERE hash = ?1", params![digest(token)])?;
            Ok(())
        })
    }
}

fn insert(
    db: &Connection,
    token: &str,
    role: Role,
    site: Option<u32>,
    purpose: &str,
    now: Timestamp,
) -> Result<()> {
    db.execute(
        "INSERT INTO tokens (hash, site_id, role, purpose, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![digest(token), site, role.as_str(), purpose, now.as_second()],
    )?;
    Ok(())
}

pub(super) fn all(db: &Connection) -> Result<HashMap<[u8; 32], Principal>> {
    let mut query = db.prepare("SELECT hash, site_id, role FROM tokens")?;
    let tokens = query.query_map([], |row| Ok(token(row)))?.collect::<std::result::Result<Vec<_>, _>>()?;
    tokens.into_iter().collect()
}

fn token(row: &Row<'_>) -> Result<([u8; 32], Principal)> {
    let role: String = row.get(2)?;
    let role = role.parse().map_err(AccountError::Database)?;
    Ok((row.get(0)?, Principal::new(role, row.get(1)?)))
}
