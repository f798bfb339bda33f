//! Logs that are imported, and how far each has come.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::db::{signed, unsigned};
use super::{AccountError, Accounts, Result};
use crate::event::ImportMark;

/// The import of one log into one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Number of the site.
    pub site: u32,
    /// How far it has come, as far as the database of events has been filled.
    pub mark: ImportMark,
}

const COLUMNS: &str = "id, site_id, offset, lines, within_line, has_agents";

impl Accounts {
    /// The import of a log that begins with `head_bytes` bytes, which `sign` recognises, or parts of it do: the log may
    /// have been shorter then. A log that nobody has begun to import is entered.
    ///
    /// Of a log that was shorter the longer head is remembered from now on, so that another log which begins with the
    /// same lines is another log.
    ///
    /// # Errors
    /// When there is no such site, or the database can't be written.
    pub fn open_import(
        &self,
        site: u32,
        head_bytes: u32,
        sign: impl Fn(u32) -> Option<[u8; 32]>,
        now: Timestamp,
    ) -> Result<Import> {
        let whole = Some(head_bytes).filter(|bytes| *bytes > 0).and_then(&sign);
        let whole = whole.ok_or_else(|| AccountError::Invalid("the log is empty".to_owned()))?;
        self.with_db(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let import = match find(&step, site, head_bytes, sign)? {
                Some(known) => {
                    let sql = "UPDATE imports SET head_bytes = ?2, head = ?3 WHERE id = ?1";
                    step.execute(sql, params![known.mark.import, head_bytes, whole])?;
                    known
                }
                None => {
                    step.execute(
                        "INSERT INTO imports (site_id, head_bytes, head, created_at) VALUES (?1, ?2, ?3, ?4)",
                        params![site, head_bytes, whole, now.as_second()],
                    )?;
                    let import = u32::try_from(step.last_insert_rowid()).unwrap_or(0);
                    Import { site, mark: ImportMark { import, ..ImportMark::default() } }
                }
            };
            step.commit()?;
            Ok(import)
        })
    }

    /// An import by its number.
    ///
    /// # Errors
    /// When there is none.
    pub fn import(&self, number: u32) -> Result<Import> {
        self.with_db(|db| {
            let sql = format!("SELECT {COLUMNS} FROM imports WHERE id = ?1");
            db.query_row(&sql, [number], import).optional()?.ok_or(AccountError::NotFound)
        })
    }
}

/// Writes down how far imports have come; none ever goes back.
pub(super) fn note<'a>(db: &Connection, marks: impl Iterator<Item = &'a ImportMark>) -> Result<()> {
    for mark in marks {
        let ImportMark { import, offset, lines, within_line, has_agents } = *mark;
        db.execute(
            "UPDATE imports SET offset = ?2, lines = ?3, within_line = ?4, has_agents = ?5
             WHERE id = ?1 AND offset < ?2",
            params![import, signed(offset), signed(lines), within_line, has_agents],
        )?;
    }
    Ok(())
}

/// The import whose head is the longest that this log begins with.
fn find(
    db: &Connection,
    site: u32,
    head_bytes: u32,
    sign: impl Fn(u32) -> Option<[u8; 32]>,
) -> Result<Option<Import>> {
    let lengths = "SELECT DISTINCT head_bytes FROM imports WHERE site_id = ?1 AND head_bytes <= ?2
                   ORDER BY head_bytes DESC";
    let mut query = db.prepare(lengths)?;
    let lengths = query.query_map(params![site, head_bytes], |row| row.get::<_, u32>(0))?;
    let sql = format!("SELECT {COLUMNS} FROM imports WHERE site_id = ?1 AND head_bytes = ?2 AND head = ?3");
    for length in lengths {
        let length = length?;
        let Some(head) = sign(length) else { continue };
        let found = db.query_row(&sql, params![site, length, head], import).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn import(row: &Row<'_>) -> rusqlite::Result<Import> {
    Ok(Import {
        site: row.get(1)?,
        mark: ImportMark {
            import: row.get(0)?,
            offset: unsigned(row.get(2)?),
            lines: unsigned(row.get(3)?),
            within_line: row.get(4)?,
            has_agents: row.get(5)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Identity, Ledger, NewSite};
    use super::*;
    use crate::secret::digest;

    fn with_site(check: impl FnOnce(&Accounts, u32)) {
        let folder = tempfile::tempdir().unwrap();
        let site = NewSite {
            name: "S".into(),
            url: "https://example.org".into(),
            timezone: "UTC".into(),
            identity: Identity::Daily,
        };
        let accounts = Accounts::open(&folder.path().join("accounts.db")).unwrap();
        let id = accounts.add_site(&site, Timestamp::UNIX_EPOCH).unwrap();
        check(&accounts, id);
    }

    fn open(accounts: &Accounts, site: u32, head: &str) -> ImportMark {
        let sign = |bytes: u32| head.get(..bytes as usize).map(digest);
        accounts.open_import(site, head.len() as u32, sign, Timestamp::UNIX_EPOCH).unwrap().mark
    }

    #[test]
    fn a_log_is_known_by_its_first_bytes() {
        with_site(|accounts, site| {
            let first = open(accounts, site, "one\ntwo\n");
            assert_eq!(open(accounts, site, "one\ntwo\n").import, first.import);
            assert_ne!(open(accounts, site, "another\n").import, first.import);
        });
    }

    #[test]
    fn a_log_that_has_grown_is_the_same_and_its_first_lines_alone_are_not_enough() {
        with_site(|accounts, site| {
            let first = open(accounts, site, "one\n").import;
            assert_eq!(open(accounts, site, "one\ntwo\n").import, first);
            assert_ne!(open(accounts, site, "one\nthree\n").import, first);
        });
    }

    #[test]
    fn no_import_goes_back() {
        with_site(|accounts, site| {
            let mark = open(accounts, site, "one\n");
            for offset in [7, 5] {
                let mark = ImportMark { offset, lines: offset, ..mark };
                accounts.settle(&Ledger::default(), [mark].iter(), &[]).unwrap();
            }
            let known = accounts.import(mark.import).unwrap();
            assert_eq!((known.site, known.mark.offset, known.mark.lines), (site, 7, 7));
            assert!(matches!(accounts.import(99), Err(AccountError::NotFound)));
        });
    }
}
