//! What became of every record of the spool.
//!
//! The drain settles each sealed batch here, in one transaction, after the database has it and before the spool's cursor
//! moves. A batch that a crash makes the drain send again is recognised by its last number, and settled once. So the
//! figures survive whatever dies, without a question to the events' database:
//!
//! ```text
//! accepted = stored + dropped + import marks + quarantined + lost      (what is after `upto` waits in the spool)
//! ```
//!
//! `accepted` is a difference of the spool's numbers, all others are counted one by one.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::db::{signed, unsigned};
use super::{Accounts, Result, imports};
use crate::event::ImportMark;
use crate::store::RowCounts;

/// Records by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Numbers that were given.
    pub accepted: u64,
    /// Rows of `events`.
    pub events: u64,
    /// Rows of `ad_events`.
    pub ads: u64,
    /// Hits that were not counted, by the number of their [`Reason`](crate::event::Reason).
    pub dropped: BTreeMap<u8, u64>,
    /// Notes of how far a log has been imported.
    pub marks: u64,
    /// What the database refused for good, and what can't be read: kept in the quarantine folder.
    pub quarantined: u64,
    /// What damage of the spool has cost.
    pub lost: u64,
}

impl Tally {
    /// Records that are rows of the database.
    pub fn stored(&self) -> u64 {
        self.events + self.ads
    }

    /// Records of hits that were not counted.
    pub fn all_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Records that are nowhere; below zero when some are in two places. Anything but 0 is a fault.
    pub fn unexplained(&self) -> i64 {
        let known = self.stored() + self.all_dropped() + self.marks + self.quarantined + self.lost;
        signed(self.accepted) - signed(known)
    }

    /// Adds what became of more records.
    pub fn add(&mut self, more: &Tally) {
        self.accepted += more.accepted;
        self.events += more.events;
        self.ads += more.ads;
        for (reason, records) in &more.dropped {
            *self.dropped.entry(*reason).or_default() += records;
        }
        self.marks += more.marks;
        self.quarantined += more.quarantined;
        self.lost += more.lost;
    }

    /// Takes away what was counted too soon.
    pub fn subtract(&mut self, less: &Tally) {
        self.accepted = self.accepted.saturating_sub(less.accepted);
        self.events = self.events.saturating_sub(less.events);
        self.ads = self.ads.saturating_sub(less.ads);
        for (reason, records) in &less.dropped {
            let held = self.dropped.entry(*reason).or_default();
            *held = held.saturating_sub(*records);
        }
        self.marks = self.marks.saturating_sub(less.marks);
        self.quarantined = self.quarantined.saturating_sub(less.quarantined);
        self.lost = self.lost.saturating_sub(less.lost);
    }

    fn figures(&self) -> Vec<(String, u64)> {
        let single = [
            ("accepted", self.accepted),
            ("events", self.events),
            ("ads", self.ads),
            ("marks", self.marks),
            ("quarantined", self.quarantined),
            ("lost", self.lost),
        ];
        let dropped = self.dropped.iter().map(|(reason, records)| (format!("{DROPPED}{reason}"), *records));
        single.into_iter().map(|(name, figure)| (name.to_owned(), figure)).chain(dropped).collect()
    }

    fn set(&mut self, name: &str, figure: u64) {
        match name {
            "accepted" => self.accepted = figure,
            "events" => self.events = figure,
            "ads" => self.ads = figure,
            "marks" => self.marks = figure,
            "quarantined" => self.quarantined = figure,
            "lost" => self.lost = figure,
            name => {
                let reason = name.strip_prefix(DROPPED).and_then(|reason| reason.parse().ok());
                self.dropped.extend(reason.map(|reason| (reason, figure)));
            }
        }
    }
}

const DROPPED: &str = "dropped.";
const UPTO: &str = "upto";

/// The tally as of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The last record that is settled.
    pub upto: u64,
    /// What became of it and of all before.
    pub tally: Tally,
}

/// A file of the quarantine folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its name.
    pub file: String,
    /// How many of the ledger's quarantined records are in it.
    pub records: u64,
    /// Why they are.
    pub error: String,
}

impl Accounts {
    /// The ledger, if one has been begun.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn ledger(&self) -> Result<Option<Ledger>> {
        self.with_db(|db| {
            let mut ledger = Ledger::default();
            let mut is_begun = false;
            let mut query = db.prepare("SELECT name, value FROM ledger")?;
            let figures = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
            for figure in figures {
                let (name, value) = figure?;
                match name.as_str() {
                    UPTO => (ledger.upto, is_begun) = (unsigned(value), true),
                    name => ledger.tally.set(name, unsigned(value)),
                }
            }
            Ok(is_begun.then_some(ledger))
        })
    }

    /// Settles a batch: the ledger with it, how far its imports have come, and what of it went into quarantine.
    ///
    /// # Errors
    /// When the database can't be written; nothing is settled then.
    pub fn settle<'a>(
        &self,
        ledger: &Ledger,
        marks: impl Iterator<Item = &'a ImportMark>,
        quarantined: &[Quarantined],
    ) -> Result<()> {
        self.with_db(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            write(&step, ledger)?;
            imports::note(&step, marks)?;
            for file in quarantined {
                step.execute(
                    "INSERT OR IGNORE INTO quarantine (file, records, error) VALUES (?1, ?2, ?3)",
                    params![file.file, signed(file.records), file.error],
                )?;
            }
            Ok(step.commit()?)
        })
    }

    /// What is in quarantine.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn quarantine(&self) -> Result<Vec<Quarantined>> {
        self.with_db(|db| files(db, "SELECT file, records, error FROM quarantine ORDER BY file"))
    }

    /// What is in quarantine and to be tried again.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn retries(&self) -> Result<Vec<Quarantined>> {
        self.with_db(|db| {
            files(db, "SELECT file, records, error FROM quarantine WHERE retry = 1 ORDER BY file")
        })
    }

    /// Asks for a file of the quarantine to be tried again.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn ask_for_retry(&self, file: &str) -> Result<()> {
        self.with_db(|db| {
            Ok(db.execute("UPDATE quarantine SET retry = 1 WHERE file = ?1", [file]).map(drop)?)
        })
    }

    /// Notes that a file was tried again in vain.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn note_refused_again(&self, file: &str, error: &str) -> Result<()> {
        let sql = "UPDATE quarantine SET retry = 0, error = ?2 WHERE file = ?1";
        self.with_db(|db| Ok(db.execute(sql, [file, error]).map(drop)?))
    }

    /// Notes that all of a file is in the database now.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn note_retried(&self, ledger: &Ledger, file: &str) -> Result<()> {
        self.with_db(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            write(&step, ledger)?;
            step.execute("DELETE FROM quarantine WHERE file = ?1", [file])?;
            Ok(step.commit()?)
        })
    }

    /// Notes, before they go, how many rows a deleted site has; when that is cut off and done again, fewer may be left.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn note_removed(&self, site: u32, rows: RowCounts) -> Result<()> {
        self.with_db(|db| {
            db.execute(
                "INSERT INTO removed_rows (site_id, events, ads, dropped) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (site_id) DO UPDATE SET events = max(events, excluded.events),
                     ads = max(ads, excluded.ads), dropped = max(dropped, excluded.dropped)",
                params![site, signed(rows.events), signed(rows.ads), signed(rows.dropped)],
            )?;
            Ok(())
        })
    }

    /// How many more rows the tables hold than the ledger and the deleted sites say, in the order of `events`,
    /// `ad_events` and `dropped`. What they held when this was first asked, beyond what the ledger knew, is left out: it
    /// was there before the ledger.
    ///
    /// # Errors
    /// When the database fails.
    pub fn surplus(&self, tally: &Tally, found: RowCounts) -> Result<[i64; 3]> {
        self.with_db(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let removed: [i64; 3] = step.query_row(
                "SELECT coalesce(sum(events), 0), coalesce(sum(ads), 0), coalesce(sum(dropped), 0) FROM removed_rows",
                [],
                |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
            )?;
            let known = [tally.events, tally.ads, tally.all_dropped()].map(signed);
            let found = [found.events, found.ads, found.dropped].map(signed);
            let mut surplus = [0; 3];
            for (index, name) in ["before.events", "before.ads", "before.dropped"].into_iter().enumerate() {
                let beyond = found[index] + removed[index] - known[index];
                surplus[index] = beyond - before(&step, name, beyond)?;
            }
            step.commit()?;
            Ok(surplus)
        })
    }
}

/// What a table held before the ledger: what is found now, when nothing is noted yet.
fn before(db: &Connection, name: &str, now: i64) -> Result<i64> {
    let noted =
        db.query_row("SELECT value FROM ledger WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    if noted.is_none() {
        db.execute("INSERT INTO ledger (name, value) VALUES (?1, ?2)", params![name, now])?;
    }
    Ok(noted.unwrap_or(now))
}

fn write(step: &Transaction<'_>, ledger: &Ledger) -> Result<()> {
    let sql = "INSERT INTO ledger (name, value) VALUES (?1, ?2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value != excluded.value";
    let mut upsert = step.prepare_cached(sql)?;
    upsert.execute(params![UPTO, signed(ledger.upto)])?;
    for (name, figure) in ledger.tally.figures() {
        upsert.execute(params![name, signed(figure)])?;
    }
    Ok(())
}

fn files(db: &Connection, sql: &str) -> Result<Vec<Quarantined>> {
    let mut query = db.prepare_cached(sql)?;
    let files = query.query_map([], |row| {
        Ok(Quarantined { file: row.get(0)?, records: unsigned(row.get(1)?), error: row.get(2)? })
    })?;
    Ok(files.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_accounts(check: impl FnOnce(&Accounts)) {
        let folder = tempfile::tempdir().unwrap();
        check(&Accounts::open(&folder.path().join("accounts.db")).unwrap());
    }

    fn ledger() -> Ledger {
        let dropped = BTreeMap::from([(6, 2), (13, 1)]);
        let tally = Tally { accepted: 20, events: 9, ads: 3, dropped, marks: 1, quarantined: 3, lost: 1 };
        Ledger { upto: 1_019, tally }
    }

    #[test]
    fn a_ledger_is_read_as_it_was_settled() {
        with_accounts(|accounts| {
            assert_eq!(accounts.ledger().unwrap(), None);
            let file = Quarantined { file: "f".into(), records: 3, error: "refused".into() };
            accounts.settle(&ledger(), [].iter(), std::slice::from_ref(&file)).unwrap();
            assert_eq!(accounts.ledger().unwrap(), Some(ledger()));
            assert_eq!(accounts.quarantine().unwrap(), [file]);
            assert_eq!(accounts.retries().unwrap(), []);
        });
    }

    #[test]
    fn what_is_nowhere_is_told() {
        let mut tally = ledger().tally;
        assert_eq!(tally.unexplained(), 0);
        tally.lost = 0;
        assert_eq!(tally.unexplained(), 1);
        tally.events += 3;
        assert_eq!(tally.unexplained(), -2);
    }

    #[test]
    fn rows_that_are_gone_or_too_many_are_told_and_deleted_sites_are_neither() {
        with_accounts(|accounts| {
            let tally = ledger().tally;
            let found = |events, ads, dropped| RowCounts { events, ads, dropped };
            let surplus = |rows| accounts.surplus(&tally, rows).unwrap();
            // A hundred events are from before the ledger.
            assert_eq!(surplus(found(109, 3, 3)), [0, 0, 0]);
            assert_eq!(surplus(found(107, 3, 4)), [-2, 0, 1]);
            for rows in [found(50, 1, 0), found(20, 0, 0)] {
                accounts.note_removed(7, rows).unwrap();
            }
            assert_eq!(surplus(found(59, 2, 3)), [0, 0, 0]);
        });
    }
}
