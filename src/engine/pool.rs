//! Runs statements on threads of their own, a few side by side.
//!
//! A call into the engine blocks, so none happens on the threads that serve connections. Queries and inserts wait
//! for different slots: slow reports never keep events from being stored. A slot is held until the engine is done,
//! also when the client has gone away meanwhile, because a running statement cannot be interrupted.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::spawn_blocking;

use super::chdb::{Connection, Database, QueryError};
use super::reply::Failure;
use super::request::Statement;

/// Inserts side by side. The drain sends one batch at a time; sealing a day may run beside it.
const INSERTS: usize = 2;

/// Pieces of rows that wait for the engine, per insert; the client waits when there are more.
const PIECES_AHEAD: usize = 4;

/// The slots statements run in.
pub(super) struct Pool {
    database: Database,
    queries: Arc<Semaphore>,
    inserts: Arc<Semaphore>,
    query_slots: u32,
    patience: Duration,
}

/// What flows from the connection to the thread that inserts.
enum Piece {
    Rows(Bytes),
    End,
}

impl Pool {
    /// A pool that runs `query_slots` queries at once; further ones wait up to `patience`, then fail.
    pub(super) fn new(database: Database, query_slots: u32, patience: Duration) -> Self {
        let queries = Arc::new(Semaphore::new(usize::try_from(query_slots).unwrap_or(1)));
        let inserts = Arc::new(Semaphore::new(INSERTS));
        Self { database, queries, inserts, query_slots, patience }
    }

    /// Runs a statement and returns its whole result.
    ///
    /// # Errors
    /// [`Failure::Engine`] with what the engine says, [`Failure::Busy`] when no slot came free in time.
    pub(super) async fn query(&self, statement: Statement) -> Result<Bytes, Failure> {
        let permit = self.slot(&self.queries).await?;
        let database = self.database.clone();
        let work = spawn_blocking(move || {
            let _held_until_done = permit;
            let mut connection = open(&database, &statement)?;
            connection.query(&statement.sql, &statement.format, &statement.parameters)
        });
        Ok(work.await.map_err(lost)??)
    }

    /// Begins an insert; its rows follow through the [`Insert`].
    ///
    /// # Errors
    /// [`Failure::Busy`] when no slot came free in time.
    pub(super) async fn insert(&self, statement: Statement) -> Result<Insert, Failure> {
        let permit = self.slot(&self.inserts).await?;
        let database = self.database.clone();
        let (pieces, receiver) = mpsc::channel(PIECES_AHEAD);
        let work = spawn_blocking(move || {
            let _held_until_done = permit;
            store(&database, &statement, receiver)
        });
        Ok(Insert { pieces, work })
    }

    /// Waits until no statement is running, and keeps new ones from starting.
    pub(super) async fn close(&self) {
        let all_inserts = u32::try_from(INSERTS).unwrap_or(u32::MAX);
        for (slots, all) in [(&self.queries, self.query_slots), (&self.inserts, all_inserts)] {
            if let Ok(every_slot) = slots.acquire_many(all).await {
                every_slot.forget();
            }
            slots.close();
        }
    }

    async fn slot(&self, slots: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Failure> {
        let waiting = Arc::clone(slots).acquire_owned();
        match tokio::time::timeout(self.patience, waiting).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(Failure::Busy("the engine is shutting down")),
            Err(_elapsed) => Err(Failure::Busy("too many statements are waiting for the engine")),
        }
    }
}

/// An insert that takes rows. Dropping it before [`finish`](Self::finish) cancels the insert.
pub(super) struct Insert {
    pieces: mpsc::Sender<Piece>,
    work: tokio::task::JoinHandle<Result<(), QueryError>>,
}

impl Insert {
    /// Passes on some bytes of rows. False when the engine has given up; [`finish`](Self::finish) tells why.
    pub(super) async fn append(&self, rows: Bytes) -> bool {
        self.pieces.send(Piece::Rows(rows)).await.is_ok()
    }

    /// Commits, and waits until the rows are stored.
    ///
    /// # Errors
    /// [`Failure::Engine`] with what the engine says; then no row of the insert is promised to be there or not there.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        // When the thread is gone already, its result says why.
        self.pieces.send(Piece::End).await.unwrap_or_default();
        Ok(self.work.await.map_err(lost)??)
    }
}

/// A fresh connection, prepared with the statement's database and settings.
fn open(database: &Database, statement: &Statement) -> Result<Connection, QueryError> {
    let mut connection = database.connect().map_err(|error| QueryError::unknown(&error.to_string()))?;
    for sql in statement.preparation() {
        connection.query(&sql, "Null", &[])?;
    }
    Ok(connection)
}

/// Inserts what `pieces` brings. When they stop without an end, the insert is cancelled.
fn store(
    database: &Database,
    statement: &Statement,
    mut pieces: mpsc::Receiver<Piece>,
) -> Result<(), QueryError> {
    let mut connection = open(database, statement)?;
    let mut stream = connection.insert(&statement.sql, &statement.format)?;
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Rows(rows)) => stream.append(&rows)?,
            Some(Piece::End) => return stream.finish(),
            None => return Err(QueryError::unknown("the rows ended before their end")),
        }
    }
}

fn lost(_panic: tokio::task::JoinError) -> Failure {
    Failure::Engine(QueryError::unknown("the statement's thread ended: this is a fault in Footfall"))
}
