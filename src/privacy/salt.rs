//! Salts: what makes a visitor of today a stranger tomorrow.
//!
//! One salt of 32 random bytes a local date, in one file with mode 0600 that holds nothing else and is never copied:
//!
//! ```text
//! file   = "FFSALT1\n" record*
//! record = date (i32 little-endian, days since 1970-01-01) salt (32 bytes)
//! ```
//!
//! A date's salt lives until 24 hours after the last time zone has left that date (noon UTC of the next day plus a day),
//! as long as delayed hits may still arrive for it; then it is destroyed: the file is replaced, and the bytes of the
//! old one are overwritten first. Without the salt nobody, we included, can link a stored visitor hash to anybody or
//! to another day. A date whose salt is gone (an import, a hit with a token and an old time) gets a salt for the
//! occasion, which lives in memory alone and goes an hour after its last use.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use arc_swap::ArcSwap;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::secret::random;

/// One day's salt.
pub type Salt = [u8; 32];

const MAGIC: &[u8] = b"FFSALT1\n";
const RECORD: usize = 4 + 32;

/// Seconds from a date's midnight in UTC until its salt goes: the date ends last in UTC-12, at noon UTC of the next
/// day; 24 hours more for delayed hits.
const LIFETIME: i64 = (24 + 12 + 24) * 3_600;

/// Seconds that a salt for an occasion is kept after its last use.
const OCCASION: i64 = 3_600;

/// Occasions kept at once; a long import touches a day after another, so the oldest may go first.
const MAX_OCCASIONS: usize = 20_000;

/// All salts that exist.
pub struct Salts {
    path: PathBuf,
    days: ArcSwap<HashMap<i32, Salt>>,
    write: Mutex<()>,
    occasions: Mutex<HashMap<i32, (Salt, i64)>>,
}

impl Salts {
    /// Reads the file, or begins one.
    ///
    /// # Errors
    /// When the file can't be read or written, or is not one of ours.
    pub fn open(path: PathBuf, now: Timestamp) -> Result<Salts> {
        let days = read(&path)?;
        let salts = Salts {
            path,
            days: ArcSwap::from_pointee(days),
            write: Mutex::default(),
            occasions: Mutex::default(),
        };
        salts.expire(now)?;
        Ok(salts)
    }

    /// The salt of a local date.
    ///
    /// # Errors
    /// When a new day's salt can't be written down: then its hits can't be counted now.
    pub fn get(&self, date: i32, now: Timestamp) -> io::Result<Salt> {
        if let Some(salt) = self.days.load().get(&date) {
            return Ok(*salt);
        }
        if expires_at(date) <= now.as_second() {
            return Ok(self.occasion(date, now));
        }
        self.create(date)
    }

    /// Destroys the salts whose time is over.
    ///
    /// # Errors
    /// When the file can't be replaced.
    pub fn expire(&self, now: Timestamp) -> Result<()> {
        let now = now.as_second();
        lock(&self.occasions).retain(|_, (_, used)| now - *used < OCCASION);
        let _guard = lock(&self.write);
        let days = self.days.load();
        let kept: HashMap<i32, Salt> = days
            .iter()
            .filter(|(date, _)| expires_at(**date) > now)
            .map(|(date, salt)| (*date, *salt))
            .collect();
        if kept.len() < days.len() {
            replace(&self.path, &kept).with_context(|| format!("can't replace {}", self.path.display()))?;
            self.days.store(kept.into());
        }
        Ok(())
    }

    fn create(&self, date: i32) -> io::Result<Salt> {
        let _guard = lock(&self.write);
        if let Some(salt) = self.days.load().get(&date) {
            return Ok(*salt);
        }
        let salt = random();
        let mut days = HashMap::clone(&self.days.load());
        days.insert(date, salt);
        replace(&self.path, &days)?;
        self.days.store(days.into());
        Ok(salt)
    }

    fn occasion(&self, date: i32, now: Timestamp) -> Salt {
        let mut occasions = lock(&self.occasions);
        if occasions.len() >= MAX_OCCASIONS
            && let Some(oldest) = occasions.iter().min_by_key(|(_, (_, used))| *used).map(|(date, _)| *date)
        {
            occasions.remove(&oldest);
        }
        let entry = occasions.entry(date).or_insert_with(|| (random(), 0));
        entry.1 = now.as_second();
        entry.0
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn expires_at(date: i32) -> i64 {
    i64::from(date) * 86_400 + LIFETIME
}

/// Days since 1970-01-01.
pub fn day_number(date: Date) -> i32 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    (date - EPOCH).get_days()
}

fn read(path: &Path) -> Result<HashMap<i32, Salt>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    let Some(records) = bytes.strip_prefix(MAGIC).filter(|rest| rest.len() % RECORD == 0) else {
        bail!(
            "{} is not a salt file: move it away, and the visitors of today are counted anew",
            path.display()
        );
    };
    Ok(records.chunks_exact(RECORD).filter_map(record).collect())
}

fn record(bytes: &[u8]) -> Option<(i32, Salt)> {
    let (date, salt) = bytes.split_first_chunk::<4>()?;
    Some((i32::from_le_bytes(*date), salt.try_into().ok()?))
}

/// Writes a new file beside the old one, swaps them, and overwrites what the old one held.
fn replace(path: &Path, days: &HashMap<i32, Salt>) -> io::Result<()> {
    let old = OpenOptions::new().write(true).open(path).ok();
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&encode(days))?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    old.map_or(Ok(()), |file| overwrite(&file))
}

fn overwrite(mut file: &File) -> io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.write_all(&vec![0; length])?;
    file.sync_all()
}

fn encode(days: &HashMap<i32, Salt>) -> Vec<u8> {
    let records = days.iter().flat_map(|(date, salt)| date.to_le_bytes().into_iter().chain(*salt));
    MAGIC.iter().copied().chain(records).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_salt_lives_until_a_day_after_the_last_zone_left_its_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let date = day_number(jiff::civil::date(2026, 11, 22));
        let salts = Salts::open(path.clone(), at("2026-11-22T09:00:00Z")).unwrap();
        let salt = salts.get(date, at("2026-11-22T09:00:00Z")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Salts::open(path.clone(), at("2026-11-24T11:59:59Z")).unwrap();
        assert_eq!(again.get(date, at("2026-11-24T11:59:59Z")).unwrap(), salt);

        let late = Salts::open(path.clone(), at("2026-11-24T12:00:00Z")).unwrap();
        let other = late.get(date, at("2026-11-24T12:00:00Z")).unwrap();
        assert_ne!(other, salt);
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|window| window == salt || window == other));
    }

    #[test]
    fn a_salt_for_an_occasion_goes_an_hour_after_its_last_use() {
        let folder = tempfile::tempdir().unwrap();
        let now = at("2026-11-22T09:00:00Z");
        let salts = Salts::open(folder.path().join("salts"), now).unwrap();
        let first = salts.get(1_000, now).unwrap();
        salts.expire(at("2026-11-22T09:59:59Z")).unwrap();
        assert_eq!(salts.get(1_000, now).unwrap(), first);
        salts.expire(at("2026-11-22T10:00:00Z")).unwrap();
        assert_ne!(salts.get(1_000, now).unwrap(), first);
    }

    #[test]
    fn a_foreign_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        fs::write(&path, "hello").unwrap();
        assert!(Salts::open(path, at("2026-11-22T09:00:00Z")).is_err());
    }
}
