//! API tokens: 32 random hexadecimal bytes, shown once, stored as a hash.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{AccountError, Accounts, Principal, Result, Role};
use crate::secret::{digest, hex, random};

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
        self.write(|db| {
            db.execute(
                "INSERT INTO tokens (hash, site_id, role, created_at) VALUES (?1, ?2, ?3, ?4)",
                params![digest(&token), site, role.as_str(), now.as_second()],
            )?;
            Ok(())
        })?;
        Ok(token)
    }
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
