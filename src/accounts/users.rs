//! Users, passwords and sessions.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{AccountError, Accounts, Principal, Result, Role};
use crate::secret::{digest, hex, random};

/// Shortest password that is accepted, in characters.
pub const MIN_PASSWORD: usize = 12;

/// Longest password that is hashed, in bytes: hashing megabytes would be an attack.
const MAX_PASSWORD: usize = 1_024;

/// A session ends this many seconds after it began.
pub const SESSION_SECONDS: i64 = 14 * 86_400;

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct User {
    id: i64,
    /// The address that they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

impl User {
    /// What this user may do, as a proof for the reports.
    pub fn principal(&self) -> Principal {
        Principal::new(self.role, None)
    }
}

impl Accounts {
    /// Whether anybody has an account yet.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn has_users(&self) -> Result<bool> {
        self.with_db(|db| Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?))
    }

    /// Adds a user.
    ///
    /// # Errors
    /// When the address is taken or no address, or the password is too short.
    pub fn add_user(&self, email: &str, password: &str, role: Role, now: Timestamp) -> Result<()> {
        let email = checked_email(email)?;
        let hash = hash_password(password)?;
        let added = self.lock().execute(
            "INSERT OR IGNORE INTO users (email, password_hash, role, created_at) VALUES (?1, ?2, ?3, ?4)",
            params![email, hash, role.as_str(), now.as_second()],
        )?;
        if added == 0 {
            return Err(AccountError::Conflict(format!("{email} has an account already")));
        }
        Ok(())
    }

    /// Makes the first account; fails once there is one, however many ask at once.
    ///
    /// # Errors
    /// As [`Accounts::add_user`], and a conflict when there is an account already.
    pub fn add_first_user(&self, email: &str, password: &str, now: Timestamp) -> Result<()> {
        let email = checked_email(email)?;
        let hash = hash_password(password)?;
        let added = self.lock().execute(
            "INSERT INTO users (email, password_hash, role, created_at)
             SELECT ?1, ?2, 'owner', ?3 WHERE NOT EXISTS (SELECT 1 FROM users)",
            params![email, hash, now.as_second()],
        )?;
        if added == 0 {
            return Err(AccountError::Conflict("an account exists already: sign in".into()));
        }
        Ok(())
    }

    /// Gives a user a new password and ends their sessions.
    ///
    /// # Errors
    /// When there is no such user, or the password is too short.
    pub fn set_password(&self, email: &str, password: &str) -> Result<()> {
        let hash = hash_password(password)?;
        let mut db = self.lock();
        let change = db.transaction()?;
        let found =
            change.execute("UPDATE users SET password_hash = ?2 WHERE email = ?1", params![email, hash])?;
        if found == 0 {
            return Err(AccountError::NotFound);
        }
        change.execute(
            "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = ?1)",
            [email],
        )?;
        change.commit()?;
        Ok(())
    }

    /// The user with this address and password. Takes as long for an unknown address as for a wrong password.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn check_password(&self, email: &str, password: &str) -> Result<Option<User>> {
        if password.len() > MAX_PASSWORD {
            return Ok(None);
        }
        let found = find(&self.lock(), email)?;
        let (user, hash) = match found {
            Some((user, hash)) => (Some(user), hash),
            None => (None, dummy_hash()?),
        };
        Ok(user.filter(|_| verify(password, &hash)))
    }

    /// Begins a session; the answer is the cookie's value, stored as a hash only.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn begin_session(&self, user: &User, now: Timestamp) -> Result<String> {
        let id = hex(&random::<32>());
        self.with_db(|db| {
            db.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now.as_second()])?;
            db.execute(
                "INSERT INTO sessions (id_hash, user_id, expires_at) VALUES (?1, ?2, ?3)",
                params![digest(&id), user.id, now.as_second() + SESSION_SECONDS],
            )?;
            Ok(())
        })?;
        Ok(id)
    }

    /// Whoever a session belongs to.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn session(&self, id: &str, now: Timestamp) -> Result<Option<User>> {
        self.with_db(|db| {
            let found = db.query_row(
                "SELECT users.id, email, role FROM sessions JOIN users ON users.id = user_id
                 WHERE id_hash = ?1 AND expires_at > ?2",
                params![digest(id), now.as_second()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)),
            );
            found.optional()?.map(|(id, email, role)| user(id, email, &role)).transpose()
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn end_session(&self, id: &str) -> Result<()> {
        self.with_db(|db| {
            db.execute("DELETE FROM sessions WHERE id_hash = ?1", params![digest(id)])?;
            Ok(())
        })
    }
}

fn user(id: i64, email: String, role: &str) -> Result<User> {
    Ok(User { id, email, role: role.parse().map_err(AccountError::Database)? })
}

fn find(db: &Connection, email: &str) -> Result<Option<(User, String)>> {
    let found =
        db.query_row("SELECT id, email, role, password_hash FROM users WHERE email = ?1", [email], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
        });
    found.optional()?.map(|(id, email, role, hash)| Ok((user(id, email, &role)?, hash))).transpose()
}

fn checked_email(email: &str) -> Result<&str> {
    let email = email.trim();
    let plausible = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !plausible || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AccountError::Invalid(format!("{email:?} is no e-mail address")));
    }
    Ok(email)
}

fn hash_password(password: &str) -> Result<String> {
    if password.chars().count() < MIN_PASSWORD || password.len() > MAX_PASSWORD {
        return Err(AccountError::Invalid(format!(
            "a password needs at least {MIN_PASSWORD} characters, and at most {MAX_PASSWORD} bytes"
        )));
    }
    raw_hash(password)
}

fn raw_hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| AccountError::Database(format!("hashing failed: {error}")))?.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Something to check a password of nobody against.
fn dummy_hash() -> Result<String> {
    raw_hash(&hex(&random::<16>()))
}
