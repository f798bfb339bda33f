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
//! occasion, which goes an hour after its last use.
//!
//! # No request waits for the disk
//!
//! Somebody who has clicked wants to be elsewhere, and a disk may take half a minute for a sync. So salts are made ahead
//! of time: [`Salts::tend`], at start and then by the clock, makes one for every date that is or will be today in some
//! zone within [`AHEAD`] hours, and writes it down. A date that lacks one all the same (an old time, a clock that
//! jumped, a disk that has failed for hours) gets it in memory, at once, and [`Salts::wanted`] wakes the job that writes it
//! down behind. What that costs: a crash between the two makes a stranger of a visitor of that date, who is counted anew,
//! as does a disk that can't be written at all. That is less than refusing hits, or holding them. An import, though, cuts
//! visits in two wherever it is interrupted, and nobody waits for its answer: it calls [`Salts::keep`] before its hits
//! become durable, so that a new start in the middle of it leaves visitors whole.
//!
//! In memory a salt is destroyed on time whatever the disk does; the file follows as soon as it can be written. When an
//! occasion was used last is written down behind time, so that a new start can only make its life shorter.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::RangeInclusive;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::Notify;

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

/// Hours for which salts are made ahead of time: a disk may fail that long before a request has to do without.
const AHEAD: i64 = 6;

/// Hours by which the zones that are furthest behind and ahead differ from UTC.
const BEHIND_UTC: i64 = 12;
const AHEAD_OF_UTC: i64 = 14;

/// All salts that exist.
pub struct Salts {
    path: PathBuf,
    /// Salts of days, for whoever only wants to read one.
    days: ArcSwap<HashMap<i32, Salt>>,
    /// Held for moments, never while the disk is at work. Whoever holds it may change `days`.
    memory: Mutex<Memory>,
    /// The last change that the file has. Whoever holds it may write the file.
    written: Mutex<u64>,
    /// Told when there is a salt that the file lacks.
    lacking: Notify,
}

#[derive(Default)]
struct Memory {
    occasions: HashMap<i32, Occasion>,
    /// Changes so far.
    changes: u64,
    /// The last change that was a new salt.
    fresh: u64,
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
        let memory = Memory { occasions, ..Memory::default() };
        let salts = Salts {
            path,
            days: ArcSwap::from_pointee(days),
            memory: Mutex::new(memory),
            written: Mutex::new(0),
            lacking: Notify::new(),
        };
        salts.tend(now)?;
        Ok(salts)
    }

    /// The salt of a local date. Never waits for the disk.
    pub fn get(&self, date: i32, now: Timestamp) -> Salt {
        if let Some(salt) = self.days.load().get(&date) {
            return *salt;
        }
        let mut memory = lock(&self.memory);
        match expires_at(date) <= now.as_second() {
            true => self.occasion(&mut memory, date, now.as_second()),
            false => self.day(&mut memory, date),
        }
    }

    /// Destroys the salts whose time is over, makes those whose time will come, and writes the file if anything has
    /// changed. Waits for the disk.
    ///
    /// # Errors
    /// When the file can't be replaced; memory is right all the same, and the next call tries again.
    pub fn tend(&self, now: Timestamp) -> Result<()> {
        let second = now.as_second();
        let mut memory = lock(&self.memory);
        self.forget(&mut memory, second);
        for date in dates_to_come(second) {
            if !self.days.load().contains_key(&date) {
                self.day(&mut memory, date);
            }
        }
        let changes = memory.changes;
        drop(memory);
        self.write(changes)
    }

    /// Writes new salts down, if the file lacks any. Waits for the disk.
    ///
    /// # Errors
    /// When the file can't be replaced.
    pub fn keep(&self) -> Result<()> {
        let fresh = lock(&self.memory).fresh;
        self.write(fresh)
    }

    /// Waits until there is a salt that the file lacks.
    pub async fn wanted(&self) {
        self.lacking.notified().await;
    }

    fn day(&self, memory: &mut Memory, date: i32) -> Salt {
        // Somebody else may have been first.
        if let Some(salt) = self.days.load().get(&date) {
            return *salt;
        }
        let salt = random();
        let mut days = HashMap::clone(&self.days.load());
        days.insert(date, salt);
        self.days.store(days.into());
        self.note_fresh(memory);
        salt
    }

    fn occasion(&self, memory: &mut Memory, date: i32, now: i64) -> Salt {
        if let Some(occasion) = memory.occasions.get_mut(&date) {
            let salt = occasion.salt;
            let is_later = occasion.used < now;
            occasion.used = now;
            memory.changes += u64::from(is_later);
            return salt;
        }
        make_room(&mut memory.occasions);
        let salt = random();
        memory.occasions.insert(date, Occasion { salt, used: now });
        self.note_fresh(memory);
        salt
    }

    fn note_fresh(&self, memory: &mut Memory) {
        memory.changes += 1;
        memory.fresh = memory.changes;
        self.lacking.notify_one();
    }

    fn forget(&self, memory: &mut Memory, now: i64) {
        let days = self.days.load();
        let kept: HashMap<i32, Salt> = days
            .iter()
            .filter(|(date, _)| expires_at(**date) > now)
            .map(|(date, salt)| (*date, *salt))
            .collect();
        let before = days.len() + memory.occasions.len();
        memory.occasions.retain(|_, occasion| now - occasion.used < OCCASION);
        if kept.len() + memory.occasions.len() < before {
            memory.changes += 1;
            self.days.store(kept.into());
        }
    }

    /// Brings the file to a change at least.
    fn write(&self, upto: u64) -> Result<()> {
        let mut written = lock(&self.written);
        if *written >= upto {
            return Ok(());
        }
        let (days, occasions, changes) = self.snapshot();
        replace(&self.path, &days, &occasions)
            .with_context(|| format!("can't replace {}", self.path.display()))?;
        *written = changes;
        Ok(())
    }

    fn snapshot(&self) -> (Arc<HashMap<i32, Salt>>, HashMap<i32, Occasion>, u64) {
        let memory = lock(&self.memory);
        (self.days.load_full(), memory.occasions.clone(), memory.changes)
    }
}

/// Every date that is today in some zone, now or within [`AHEAD`] hours.
fn dates_to_come(now: i64) -> RangeInclusive<i32> {
    let date = |hours: i64| i32::try_from((now + hours * 3_600).div_euclid(86_400)).unwrap_or(0);
    date(-BEHIND_UTC)..=date(AHEAD_OF_UTC + AHEAD)
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
        let salt = salts.get(date, at("2026-11-22T09:00:00Z"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Salts::open(path.clone(), at("2026-11-24T11:59:59Z")).unwrap();
        assert_eq!(again.get(date, at("2026-11-24T11:59:59Z")), salt);

        let late = Salts::open(path.clone(), at("2026-11-24T12:00:00Z")).unwrap();
        let other = late.get(date, at("2026-11-24T12:00:00Z"));
        assert_ne!(other, salt);
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|window| window == salt));
    }

    #[test]
    fn a_salt_for_an_occasion_goes_an_hour_after_its_last_use() {
        let folder = tempfile::tempdir().unwrap();
        let now = at("2026-11-22T09:00:00Z");
        let salts = Salts::open(folder.path().join("salts"), now).unwrap();
        let first = salts.get(1_000, now);
        salts.tend(at("2026-11-22T09:59:59Z")).unwrap();
        assert_eq!(salts.get(1_000, now), first);
        salts.tend(at("2026-11-22T10:00:00Z")).unwrap();
        assert_ne!(salts.get(1_000, now), first);
    }

    #[test]
    fn a_salt_for_an_occasion_survives_a_new_start_and_no_longer_than_its_hour() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let open = |now: &str| Salts::open(path.clone(), at(now)).unwrap();
        let salts = open("2026-11-22T09:00:00Z");
        let first = salts.get(1_000, at("2026-11-22T09:00:00Z"));
        salts.get(1_000, at("2026-11-22T09:30:00Z"));
        salts.tend(at("2026-11-22T09:30:10Z")).unwrap();

        let again = open("2026-11-22T10:29:59Z");
        assert_eq!(again.get(1_000, at("2026-11-22T10:29:59Z")), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let late = open("2026-11-22T10:30:00Z");
        assert!(!fs::read(&path).unwrap().windows(32).any(|window| window == first));
        assert_ne!(late.get(1_000, at("2026-11-22T10:30:00Z")), first);
    }

    #[test]
    fn a_file_of_the_version_before_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let date = crate::day::number(jiff::civil::date(2026, 11, 22));
        fs::write(&path, [OLD_MAGIC, &date.to_le_bytes(), &[7; 32]].concat()).unwrap();
        let salts = Salts::open(path, at("2026-11-22T09:00:00Z")).unwrap();
        assert_eq!(salts.get(date, at("2026-11-22T09:00:00Z")), [7; 32]);
    }

    fn is_in(path: &Path, salt: &Salt) -> bool {
        fs::read(path).unwrap().windows(32).any(|window| window == salt)
    }

    #[test]
    fn every_date_that_comes_soon_somewhere_has_its_salt_on_disk_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let salts = Salts::open(path.clone(), at("2026-11-22T03:30:00Z")).unwrap();
        let dates = |now: &str| dates_to_come(at(now).as_second());
        let date = |day| crate::day::number(jiff::civil::date(2026, 11, day));
        assert_eq!(dates("2026-11-22T03:30:00Z"), date(21)..=date(22));
        assert_eq!(dates("2026-11-22T04:00:00Z"), date(21)..=date(23));
        assert_eq!(dates("2026-11-22T12:00:00Z"), date(22)..=date(23));
        for day in [21, 22] {
            assert!(is_in(&path, &salts.get(date(day), at("2026-11-22T03:30:00Z"))), "{day}");
        }
        salts.tend(at("2026-11-22T04:00:00Z")).unwrap();
        assert!(is_in(&path, &salts.get(date(23), at("2026-11-22T10:00:00Z"))));
    }

    /// A file that nobody reads: whoever opens it to write waits, as on a disk that hangs.
    fn hang(path: &Path) -> PathBuf {
        let fifo = path.with_extension("new");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        fifo
    }

    #[test]
    fn a_disk_that_hangs_holds_no_salt_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let now = at("2026-11-22T09:00:00Z");
        let salts = Arc::new(Salts::open(path.clone(), now).unwrap());
        let first = salts.get(1_000, now);
        let fifo = hang(&path);
        let writer = std::thread::spawn({
            let salts = Arc::clone(&salts);
            move || salts.keep().is_err()
        });
        while salts.written.try_lock().is_ok() {
            std::thread::yield_now();
        }
        assert_eq!(salts.get(1_000, now), first);
        let second = salts.get(2_000, now);
        let next = salts.get(crate::day::number(jiff::civil::date(2026, 11, 29)), now);
        assert!(!writer.is_finished());
        drop(File::open(&fifo).unwrap());
        assert!(writer.join().unwrap(), "a pipe can't be made durable");
        fs::remove_file(&fifo).unwrap();
        salts.keep().unwrap();
        assert!([first, second, next].iter().all(|salt| is_in(&path, salt)), "what failed is tried again");
    }

    #[test]
    fn a_salt_whose_time_is_over_is_gone_from_memory_whatever_the_disk_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        let now = at("2026-11-22T09:00:00Z");
        let salts = Salts::open(path.clone(), now).unwrap();
        let date = crate::day::number(jiff::civil::date(2026, 11, 22));
        let salt = salts.get(date, now);
        fs::create_dir(path.with_extension("new")).unwrap();
        let late = at("2026-11-24T12:00:00Z");
        assert!(salts.tend(late).is_err());
        assert_ne!(salts.get(date, late), salt);
        fs::remove_dir(path.with_extension("new")).unwrap();
        salts.tend(late).unwrap();
        assert!(!is_in(&path, &salt));
    }

    #[test]
    fn a_foreign_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salts");
        fs::write(&path, "hello").unwrap();
        assert!(Salts::open(path, at("2026-11-22T09:00:00Z")).is_err());
    }
}
