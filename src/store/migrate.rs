//! Numbered steps of the ClickHouse schema, recorded in the database itself.
//!
//! A step can be cut off at any point and is taken again, so each statement must be harmless when repeated. The spool
//! holds events in an encoding of its own and not rows, so what waits there while a step is taken is encoded for the
//! new schema afterwards.

use clickhouse::Client;

use super::Store;

/// The steps, in order; their numbers count from 1.
const STEPS: [&str; 3] = [
    include_str!("../../migrations/clickhouse/0001_events.sql"),
    include_str!("../../migrations/clickhouse/0002_matomo.sql"),
    include_str!("../../migrations/clickhouse/0003_sealed.sql"),
];

const RECORD_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_steps (step UInt32) ENGINE = MergeTree ORDER BY step
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1";

/// Why the schema could not be brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer version of the program has been here.
    #[error(
        "the database was written by a newer version (schema step {found}, this version knows {known}): run that version again"
    )]
    Newer {
        /// Step found.
        found: usize,
        /// Last step known.
        known: usize,
    },
    /// The database said no.
    #[error("the database could not be prepared: {0}")]
    Database(#[from] clickhouse::error::Error),
}

impl Store {
    /// Whether the database answers, and has this version's schema.
    pub async fn is_ready(&self) -> bool {
        let done = self.client.query("SELECT toUInt64(max(step)) FROM schema_steps").fetch_one::<u64>().await;
        done.is_ok_and(|done| done == STEPS.len() as u64)
    }

    /// Brings the database to this version's schema.
    ///
    /// # Errors
    /// When a newer version wrote the database, or it fails.
    pub async fn migrate(&self, database: &str) -> Result<(), MigrateError> {
        let anywhere = self.client.clone().with_database("default");
        anywhere
            .query("CREATE DATABASE IF NOT EXISTS ?")
            .bind(clickhouse::sql::Identifier(database))
            .execute()
            .await?;
        self.client.query(RECORD_TABLE).execute().await?;
        let done =
            self.client.query("SELECT toUInt64(max(step)) FROM schema_steps").fetch_one::<u64>().await?;
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        if done > STEPS.len() {
            return Err(MigrateError::Newer { found: done, known: STEPS.len() });
        }
        for (index, step) in STEPS.iter().enumerate().skip(done) {
            take(&self.client, index + 1, step).await?;
        }
        Ok(())
    }
}

async fn take(client: &Client, number: usize, step: &str) -> Result<(), MigrateError> {
    for statement in statements(step) {
        client.query(&statement).execute().await?;
    }
    let record = "INSERT INTO schema_steps SELECT {step:UInt32}";
    client.query(record).param("step", u32::try_from(number).unwrap_or(u32::MAX)).execute().await?;
    Ok(())
}

/// Statements end with a semicolon at the end of a line; whole lines may be comments.
fn statements(step: &str) -> Vec<String> {
    let code: Vec<&str> = step.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    code.join("\n")
        .split(";\n")
        .map(|sql| sql.trim().trim_end_matches(';').to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_split_at_line_ends() {
        assert_eq!(statements("-- a; b\nSELECT ';'\n, 1;\n\nSELECT 2;"), ["SELECT ';'\n, 1", "SELECT 2"]);
        assert_eq!(statements(STEPS[0]).len(), 3);
    }
}
