//! API tokens: 32 random hexadecimal bytes, shown once, stored as a hash. The beginning of the hash is the token's
//! public name.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{AccountError, Accounts, Principal, Result, Role};
use crate::secret::{digest, hex, random};

/// Bytes of a token's hash that are shown as its name.
const NAME_BYTES: usize = 6;

/// A token as it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The beginning of its hash, in hexadecimal digits.
    pub id: String,
    /// The site it is for; all when absent.
    pub site: Option<u32>,
    /// What it may do.
    pub role: Role,
    /// When it was made, Unix seconds.
    pub created_at: i64,
}
/// Purpose of a token that an import uses.
const IMPORT: &str = "import";

/// No import takes longer, in seconds.
const FORGOTTEN: i64 = 30 * 86_400;

impl Accounts {
    /// Every token, the oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn tokens(&self) -> Result<Vec<TokenInfo>> {
        self.with_db(|db| {
            let mut query =
                db.prepare("SELECT hash, site_id, role, created_at FROM tokens ORDER BY created_at, hash")?;
            let tokens =
                query.query_map([], |row| Ok(info(row)))?.collect::<std::result::Result<Vec<_>, _>>()?;
            tokens.into_iter().collect()
        })
    }

    /// Revokes the token of this name; nothing it says is believed from now on.
    ///
    /// # Errors
    /// When there is no such token, or two have this name.
    pub fn revoke_token(&self, id: &str) -> Result<()> {
        if id.len() != 2 * NAME_BYTES {
            return Err(AccountError::NotFound);
        }
        self.write(|db| {
            let change = db.transaction()?;
            let sql = "DELETE FROM tokens WHERE lower(substr(hex(hash), 1, length(?1))) = lower(?1)";
            match change.execute(sql, [id])? {
                0 => Err(AccountError::NotFound),
                1 => Ok(change.commit()?),
                found => Err(AccountError::Conflict(format!("{id} is the name of {found} tokens"))),
            }
        })
    }

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

fn info(row: &Row<'_>) -> Result<TokenInfo> {
    let hash: [u8; 32] = row.get(0)?;
    let role: String = row.get(2)?;
    Ok(TokenInfo {
        id: hex(&hash).chars().take(2 * NAME_BYTES).collect(),
        site: row.get(1)?,
        role: role.parse().map_err(AccountError::Database)?,
        created_at: row.get(3)?,
    })
}

fn token(row: &Row<'_>) -> Result<([u8; 32], Principal)> {
    let role: String = row.get(2)?;
    let role = role.parse().map_err(AccountError::Database)?;
    Ok((row.get(0)?, Principal::new(role, row.get(1)?)))
}
