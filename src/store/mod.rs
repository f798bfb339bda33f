//! The database: the only place, beside `accounts`, that knows SQL.
//!
//! One `clickhouse::Client` for the embedded engine and for a server alike; the difference is the
//! [connector](connector::Connector). Values reach SQL as `{name:Type}` parameters only, and what is not a value
//! (a column, a table) comes from an enum.

pub mod connector;
pub mod history;
mod migrate;
mod purge;
pub mod queries;
mod refusal;
mod rows;
pub mod sealed;
mod write;

use std::sync::Arc;

use clickhouse::Client;

pub use history::RowCounts;
pub use migrate::MigrateError;
pub use refusal::{is_refusal, is_too_early};
pub use rows::{AdRow, DroppedRow, EventRow};
use sealed::Known;
pub use write::{Batch, Refused};

/// Result of database calls.
pub type Result<T> = std::result::Result<T, clickhouse::error::Error>;

/// A query may take this many seconds.
const MAX_SECONDS: &str = "30";

/// The database.
#[derive(Clone)]
pub struct Store {
    client: Client,
    known: Arc<Known>,
    memory: u64,
}

impl Store {
    /// A store behind a client. All statements together may use so many bytes of the database's `memory`.
    pub fn new(client: Client, memory: u64) -> Store {
        // A result may have the name of the column it is made of.
        let client = client.with_setting("prefer_column_name_to_alias", "1");
        Store { client, known: Arc::default(), memory }
    }

    /// The client for reports: bounded in time and memory, and an error comes before any row.
    fn reader(&self) -> Client {
        self.spilling()
            .with_setting("wait_end_of_query", "1")
            .with_setting("max_execution_time", MAX_SECONDS)
            .with_setting("max_memory_usage", (self.memory / 2).to_string())
    }

    /// A client whose statements sort and group on disk what would take an eighth of the memory or more.
    fn spilling(&self) -> Client {
        let most = (self.memory / 8).to_string();
        let client = self.client.clone().with_setting("max_bytes_before_external_sort", &most);
        client.with_setting("max_bytes_before_external_group_by", most)
    }
}
