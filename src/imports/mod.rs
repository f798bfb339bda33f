//! Importing logs, each line exactly once.
//!
//! A line of a log has nothing to know it by: two equal lines are two requests, and since salts are random, the same
//! line read twice would make two visitors. What can be known is *which log* it is in and *where*. So a log is
//! recognised by its first bytes (its head, at most [`MAX_HEAD`] bytes, so that it survives being renamed, rotated and
//! packed), and how far it has come is one number: the offset behind the last line whose hits are counted. This module
//! answers for that number; the importer only sends what follows it.
//!
//! # Why no line is counted twice or left out
//!
//! 1. *A chunk and the new offset are one write.* The hits of a chunk and an [`ImportMark`] with the offset behind them
//!    go into the spool in one call of [`Spool::append`](crate::spool::Spool::append). One call is in one frame, a frame
//!    has one checksum, and what a crash leaves of a frame is cut off: after it, the spool holds hits and mark, or
//!    neither.
//! 2. *A chunk must begin at the offset.* The importer says where the chunk that it sends begins; what begins anywhere
//!    else is refused (409) and nothing of it is counted. So it doesn't matter that an answer was lost, that a request
//!    comes twice or late, or that two importers read the same log.
//! 3. *The offset is looked at, and moved, under one lock,* which is held until the spool has answered. This happens in
//!    a task of its own: when a client hangs up, its request is dropped, but never between the append and the
//!    offset. Should the spool fail, so that nobody knows what is on disk, it refuses everything until the next start.
//! 4. *After a start the offset is found again.* The drain writes marks into the accounts database when the database
//!    of events has everything before them, and only then lets go of the records. A mark is therefore in the accounts
//!    database or still in the spool, and writing it down twice changes nothing, as offsets only rise. The first request
//!    after a start waits until the drain has caught up with the spool; then the accounts database is right. (While the
//!    database of events is down the importer is told to wait: 503.)
//!
//! Chunks go one after another, whoever sends them, so that an import never crowds visitors out.
//!
//! # Lines and chunks
//!
//! A chunk ends where a line ends, except at the end of a log: an unfinished last line is left for the next time, unless
//! it is whole but for its line feed. Should it be finished later nevertheless, `within_line` makes the rest of it pass.
//! The same goes for lines that are too long. A chunk may be taken in part, as much as goes into one append; the answer
//! says how far it was.
//!
//! Most formats can be read line by line. In W3C's, directives (`#Fields`) name the columns of what follows, so the
//! importer sends the last ones with each chunk: it reads such a log from its beginning, and nothing of it is kept here.

mod chunk;
mod pieces;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::accounts::{AccountError, Import, Site};
use crate::app::App;
use crate::event::ImportMark;
use crate::privacy::Sensitive;
use crate::spool::AppendError;
pub use chunk::Tally;
use chunk::Work;
use pieces::Pieces;

/// Bytes of a log that it is recognised by, at most.
pub const MAX_HEAD: u32 = 4 << 10;

/// Bytes of a chunk, at most.
pub const MAX_CHUNK: usize = 224 << 10;

/// Bytes of a line, at most; what is longer is malformed.
pub const MAX_LINE: usize = 64 << 10;

/// Longest wait for the drain, well below the deadline of a request.
const CATCH_UP: Duration = Duration::from_secs(20);

/// How far imports have come, of those that were asked about since the start.
#[derive(Default)]
pub struct Imports {
    known: Mutex<HashMap<u32, Import>>,
    pieces: Pieces,
}

type Known<'a> = MutexGuard<'a, HashMap<u32, Import>>;

/// Why a chunk was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such import of this site.
    #[error("there is no such import")]
    NotFound,
    /// The chunk does not begin where the import has come to.
    #[error("this import has come to offset {0}")]
    Elsewhere(u64),
    /// Nothing can be counted now.
    #[error("{0}")]
    NotNow(&'static str),
    /// The accounts database failed.
    #[error(transparent)]
    Accounts(AccountError),
}

impl From<AccountError> for ImportError {
    fn from(error: AccountError) -> ImportError {
        match error {
            AccountError::NotFound => ImportError::NotFound,
            error => ImportError::Accounts(error),
        }
    }
}

/// A piece of a log.
pub struct Chunk {
    /// Number of the import.
    pub import: u32,
    /// Where in the log it begins, in bytes.
    pub offset: u64,
    /// Its bytes.
    pub bytes: Bytes,
    /// Whether failed requests are page views, too.
    pub with_errors: bool,
    /// The directives before it that say how its lines are to be read, a line each.
    pub directives: String,
}

/// What became of a chunk.
pub struct Taken {
    /// How far the import has come.
    pub mark: ImportMark,
    /// What its lines were.
    pub tally: Tally,
}

/// The import of the log that begins with `head`, which is not empty, and how far it has come.
///
/// # Errors
/// When that can't be found out now.
pub async fn open(app: &App, site: &Site, head: Bytes) -> Result<ImportMark, ImportError> {
    let length = u32::try_from(head.len()).unwrap_or(MAX_HEAD).min(MAX_HEAD);
    let head = Sensitive::new(head);
    let mut known = app.imports.known.lock().await;
    let sign = |bytes| app.privacy.recognise(site.id, &head, bytes);
    let import = app.accounts.open_import(site.id, length, sign, app.now())?;
    let number = import.mark.import;
    Ok(recall(app, &mut known, number).await?.mark)
}

/// Counts the lines of a chunk, durably.
///
/// # Errors
/// See [`ImportError`]; nothing of the chunk is counted then.
pub async fn take(app: Arc<App>, site: Arc<Site>, chunk: Chunk) -> Result<Taken, ImportError> {
    // A task goes on when the request that waits for it is dropped.
    let task = tokio::spawn(async move { count(&app, &site, &chunk).await });
    task.await.unwrap_or(Err(ImportError::NotNow("the chunk could not be read")))
}

async fn count(app: &App, site: &Site, chunk: &Chunk) -> Result<Taken, ImportError> {
    let mut known = app.imports.known.lock().await;
    let import = recall(app, &mut known, chunk.import).await?;
    if import.site != site.id {
        return Err(ImportError::NotFound);
    }
    if import.mark.offset != chunk.offset {
        return Err(ImportError::Elsewhere(import.mark.offset));
    }
    let Work { batch, mark, tally, fetched } = block_in_place(|| Work::read(app, site, import.mark, chunk));
    if mark != import.mark {
        // Nobody waits for an import: a new start in its middle shall not split its visitors.
        block_in_place(|| app.privacy.keep_salts())
            .map_err(|_| ImportError::NotNow("a day's salt could not be written down"))?;
        app.ingest.store_before(batch, Some(&mark.into())).await.map_err(refusal)?;
        known.insert(mark.import, Import { mark, ..import });
        app.imports.pieces.remember(fetched);
    }
    Ok(Taken { mark, tally })
}

/// What is known of an import; after a start, when everything that the spool held is stored.
async fn recall(app: &App, known: &mut Known<'_>, number: u32) -> Result<Import, ImportError> {
    if let Some(import) = known.get(&number) {
        return Ok(*import);
    }
    let written = app.spool.state().durable_seq;
    if timeout(CATCH_UP, app.drain.flush(written)).await != Ok(true) {
        return Err(ImportError::NotNow("the database does not answer"));
    }
    let import = app.accounts.import(number)?;
    known.insert(number, import);
    Ok(import)
}

fn refusal(error: AppendError) -> ImportError {
    ImportError::NotNow(match error {
        AppendError::Full => "the spool is full",
        _ => "nothing can be made durable",
    })
}
