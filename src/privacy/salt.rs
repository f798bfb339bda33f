//! Salts: what makes a visitor of today a stranger tomorrow.
//!
//! One salt of 32 random bytes a local date, in one file with mode 0600 that holds nothing else and is never copied:
//!
//! ```text
//! file   = "FFSALT2\n" record*
//! record = date (i32 little-endian, days since 1970-01-01)
//!          used (i64 little-endian, Unix seconds; 0 for the salt of a day)
//!          salt (32 bytes)
//! ```
//!
//! (A file of the version before, "FFSALT1\n", has no `used`; it is read and written anew.)
//!
//! A date's salt lives until 24 hours after the last time zone has left that date (noon UTC of the next day plus a day),
//! as long as delayed hits may still arrive for it; then it is destroyed: the file is replaced, and the bytes of the
//! old one are overwritten first. Without the salt nobody, we included, can link a stored visitor hash to anybody or
//! to another day. A date whose salt is gone (an import, a hit with a token and an old time) gets a salt for the
//! occasion, which goes an hour after its last use. It is in the file as well, or a new start in the middle of an import
//! would make strangers of the visitors whose visits it cuts in two; when it was used last is written down behind
//! time, at [`Salts::expire`], so that a new start can only make its life shorter.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use arc_swap::ArcSwap;
use jiff::Timestamp;

use crate::secret::random;

/// One day's salt.
pub type Salt = [u8; 32];

const MAGIC: &[u8] = b"FFSALT2\n";
const RECORD: usize = 4 + 8 + 32;

/// The version before.
const OLD_MAGIC: &[u8] = b"FFSALT1\n";
const OLD_RECORD: usize = 4 + 32;

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
    /// Salts of days, for whoever only wants to read one.
    days: ArcSwap<HashMap<i32, Salt>>,
    occasions: Mutex<Occasions>,
}

/// Salts for occasions. Whoever holds the lock may write the file.
#[derive(Default)]
struct Occasions {
    salts: HashMap<i32, Occasion>,
    /// Whether the file has older times of use.
    is_behind: bool,
}

#[derive(Clone, Copy)]
struct Occasion {
    salt: Salt,
    /// When it was used last, Unix seconds.
    used: i64,
}

impl Salts {
    /// Reads the file, or begins one.
    ///
    /// # Errors
    /// When the file can't be read or written, or is not one of ours.
    pub fn open(path: PathBuf, now: Timestamp) -> Result<Salts> {
        let (days, occasions) = read(&path)?;
        let occasions = Mutex::new(Occasions { salts: occasions, is_behind: false });
        let salts = Salts { path, days: ArcSwap::from_pointee(days), occasions };
        salts.expire(now)?;
        Ok(salts)
    }

    /// The salt of a local date.
    ///
    /// # Errors
    /// When a new salt can't be written down: then the date's hits can't be counted now.
    pub fn get(&self, date: i32, now: Timestamp) -> io::Result<Salt> {
        if let Some(salt) = self.days.load().get(&date) {
            return Ok(*salt);
        }
        match expires_at(date) <= now.as_second() {
            true => self.occasion(date, now.as_second()),
            false => self.create(date),
        }
    }

    /// Destroys the salts whose time is over, and writes down when the others were used.
    ///
    /// # Errors
    /// When the file can't be replaced.
    pub fn expire(&self, now: Timestamp) -> Result<()> {
        let now = now.as_second();
        let mut occasions = lock(&self.occasions);
        let days = self.days.load();
        let kept: HashMap<i32, Salt> = days
            .iter()
            .filter(|(date, _)| expires_at(**date) > now)
            .map(|(date, salt)| (*date, *salt))
            .collect();
        let before = occasions.salts.len();
        occasions.salts.retain(|_, occasion| now - occasion.used < OCCASION);
        if kept.len() < days.len() || occasions.salts.len() < before || occasions.is_behind {
            // What could not be written is to be written the next time.
            occasions.is_behind = true;
            replace(&self.path, &kept, &occasions.salts)
                .with_context(|| format!("can't replace {}", self.path.display()))?;
            occasions.is_behind = false;
            self.days.store(kept.into());
        }
        Ok(())
    }

    fn create(&self, date: i32) -> io::Result<Salt> {
        let occasions = lock(&self.occasions);
        if let Some(salt) = self.days.load().get(&date) {
            return Ok(*salt);
        }
        let salt = random();
        let mut days = HashMap::clone(&self.days.load());
        days.insert(date, salt);
        replace(&self.path, &days, &occasions.salts)?;
        self.days.store(days.into());
        Ok(salt)
    }

    fn occasion(&self, date: i32, now: i64) -> io::Result<Salt> {
        let mut occasions = lock(&self.occasions);
        if let Some(occasion) = occasions.salts.get_mut(&date) {
            let salt = occasion.salt;
            let is_later = occasion.used < now;
            occasion.used = now;
            occasions.is_behind |= is_later;
            return Ok(salt);
        }
        let mut salts = occasions.salts.clone();
        make_room(&mut salts);
        let fresh = Occasion { salt: random(), used: now };
        salts.insert(date, fresh);
        replace(&self.path, &self.days.load(), &salts)?;
        occasions.salts = salts;
        Ok(fresh.salt)
    }
}

/// Forgets the occasion that was used least recently, when there are too many.
fn make_room(salts: &mut HashMap<i32, Occasion>) {
    if salts.len() >= MAX_OCCASIONS
        && let Some(oldest) = salts.iter().min_by_key(|(_, occasion)| occasion.used).map(|(date, _)| *date)
    {
        salts.remove(&oldest);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn expires_at(date: i32) -> i64 {
    i64::from(date) * 86_400 + LIFETIME
}

type Found = (HashMap<i32, Salt>, HashMap<i32, Occasion>);

fn read(path: &Path) -> Result<Found> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::default()),
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    let Some(found) = decode(&bytes) else {
        bail!(
            "{} is not a salt file: move it away, and the visitors of today are counted anew",
            path.display()
        );
    };
    Ok(found)
}

fn decode(bytes: &[u8]) -> Option<Found> {
    let (is_old, length) = match bytes.split_at_checked(MAGIC.len())?.0 {
        magic if magic == MAGIC => (false, RECORD),
        magic if magic == OLD_MAGIC => (true, OLD_RECORD),
        _ => return None,
    };
    let records = bytes.get(MAGIC.len()..).filter(|records| records.len() % length == 0)?;
    let mut found = Found::default();
    for record in records.chunks_exact(length) {
        let (date, rest) = record.split_first_chunk::<4>()?;
        let (used, salt) = if is_old { (&[0; 8], rest) } else { rest.split_first_chunk::<8>()? };
        let (date, used, salt) =
            (i32::from_le_bytes(*date), i64::from_le_bytes(*used), salt.try_into().ok()?);
        match used {
            0 => drop(found.0.insert(date, salt)),
            used => drop(found.1.insert(date, Occasion { salt, used })),
        }
    }
    Some(found)
}

/// Writes a new file beside the old one, swaps them, and overwrites what the old one held.
fn replace(path: &Path, days: &HashMap<i32, Salt>, occasions: &HashMap<i32, Occasion>) -> io::Result<()> {
    let old = OpenOptions::new().write(true).open(path).ok();
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&encode(days, occasions))?;
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

fn encode(days: &HashMap<i32, Salt>, occasions: &HashMap<i32, Occasion>) -> Vec<u8> {
    let days = days.iter().map(|(date, salt)| (*date, 0, *salt));
    let occasions = occasions.iter().map(|(date, occasion)| (*date, occasion.used, occasion.salt));
    let mut bytes = MAGIC.to_vec();
    for (date, used, salt) in days.chain(occasions) {
        bytes.extend(date.to_le_bytes());
        bytes.extend(i64::to_le_bytes(used));
        bytes.extend(salt);
    }
    bytes
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
        let date = crate::day::number(jiff::civil::date(2026, 11, 22));
        let salts = Salts::open(path.clone(), at("2026-11-22T09:00:00Z")).unwrap();
        let salt = salts.get(date, at("2026-11-22T09:00:00Z")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Salts::open(path.clone(), at("2026-11-24T11:59:59Z")).unwrap();
        assert_eq!(again.get(date, at("2026-11-24T11:59:59Z")).unwrap(), salt);

        let late = Salts::open(path.clone(), at("2026-11-24T12:00:00Z")).unwrap();
        let other = late.get(date, at("2026-11-24T12:00:00Z")).unwrap();
        assert_ne!(other, salt);
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|window| window == salt));
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
    fn a_salt_for_an_occasion_survives_a_new_start_and_no_longer_than_its_hour() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let open = |now: &str| Salts::open(path.clone(), at(now)).unwrap();
        let salts = open("2026-11-22T09:00:00Z");
        let first = salts.get(1_000, at("2026-11-22T09:00:00Z")).unwrap();
        salts.get(1_000, at("2026-11-22T09:30:00Z")).unwrap();
        salts.expire(at("2026-11-22T09:30:10Z")).unwrap();

        let again = open("2026-11-22T10:29:59Z");
        assert_eq!(again.get(1_000, at("2026-11-22T10:29:59Z")).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let late = open("2026-11-22T10:30:00Z");
        assert!(!fs::read(&path).unwrap().windows(32).any(|window| window == first));
        assert_ne!(late.get(1_000, at("2026-11-22T10:30:00Z")).unwrap(), first);
    }

    #[test]
    fn a_file_of_the_version_before_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let date = crate::day::number(jiff::civil::date(2026, 11, 22));
        fs::write(&path, [OLD_MAGIC, &date.to_le_bytes(), &[7; 32]].concat()).unwrap();
        let salts = Salts::open(path, at("2026-11-22T09:00:00Z")).unwrap();
        assert_eq!(salts.get(date, at("2026-11-22T09:00:00Z")).unwrap(), [7; 32]);
    }

    #[test]
    fn a_foreign_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        fs::write(&path, "hello").unwrap();
        assert!(Salts::open(path, at("2026-11-22T09:00:00Z")).is_err());
    }
}
