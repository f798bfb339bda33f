//! Removing what is superseded: rows of generations that no report reads.

use clickhouse::Row;
use serde::Deserialize;

use super::book::{WANTED, WHOLE};
use crate::day;
use crate::store::{Result, Store};

/// Tables with rows of generations; the book itself comes last, since it says which there are.
const TABLES: [&str; 6] =
    ["visit_corrections", "visits", "daily_totals", "daily_hours", "daily_breakdowns", "sealed_days"];

/// Days whose rows one statement removes.
const AT_ONCE: usize = 1_000;

/// A generation of a day that is not, and never will be, the current one.
#[derive(Row, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Superseded {
    site_id: u32,
    day: u16,
    generation: u32,
}

impl Store {
    /// What could be removed, while nothing is being sealed. The last number stays in the book, so that it is not given
    /// out again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn superseded(&self) -> Result<Vec<Superseded>> {
        let sql = format!(
            "SELECT b.site_id AS site_id, b.local_date AS day, b.generation AS generation
             FROM (SELECT site_id, local_date, generation, max(state) AS state FROM sealed_days
                   GROUP BY site_id, local_date, generation) AS b
             LEFT JOIN (SELECT site_id, local_date, max(generation) AS current FROM sealed_days
                        WHERE state = {WHOLE} GROUP BY site_id, local_date) AS c
             ON b.site_id = c.site_id AND b.local_date = c.local_date
             WHERE b.generation != c.current AND NOT (b.state = {WANTED} AND b.generation > c.current)
                   AND b.generation < (SELECT max(generation) FROM sealed_days)"
        );
        self.client.query(&sql).fetch_all().await
    }

    /// Removes the rows of generations that no report reads any more.
    ///
    /// # Errors
    /// When the database fails; what is left is found again.
    pub async fn remove(&self, superseded: &[Superseded]) -> Result<()> {
        for some in superseded.chunks(AT_ONCE) {
            for table in TABLES {
                self.remove_from(table, some).await?;
            }
        }
        Ok(())
    }

    async fn remove_from(&self, table: &'static str, superseded: &[Superseded]) -> Result<()> {
        let sql = format!(
            "DELETE FROM {table} WHERE (site_id, local_date, generation) IN (SELECT arrayJoin(arrayZip(
                {{sites:Array(UInt32)}}, {{days:Array(Date)}}, {{generations:Array(UInt32)}})))"
        );
        let query = self.client.query(&sql);
        let query = query.param("sites", superseded.iter().map(|row| row.site_id).collect::<Vec<_>>());
        let query =
            query.param("generations", superseded.iter().map(|row| row.generation).collect::<Vec<_>>());
        let days: Vec<String> = superseded.iter().map(|row| day::date(row.day.into()).to_string()).collect();
        query.param("days", days).execute().await
    }
}
