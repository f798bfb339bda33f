//! The states of days, as long as they hold: the dozen reports of one page ask for the same ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use super::DayState;
use crate::store::Result;
use crate::store::queries::Days;

/// Answers that are kept.
const ANSWERS: usize = 64;

/// Longest time that an answer is kept, should somebody else write to the database.
const AGE: Duration = Duration::from_secs(1);

/// Answers that hold until something is written.
pub(in crate::store) struct Known {
    answers: Cache<Key, Arc<Vec<DayState>>>,
    writes: AtomicU64,
    start: Instant,
}

/// Site, first and last day, number of writes before, and age of the store in units of [`AGE`].
type Key = (u32, Days, u64, u128);

impl Default for Known {
    fn default() -> Known {
        Known { answers: Cache::new(ANSWERS), writes: AtomicU64::new(0), start: Instant::now() }
    }
}

impl Known {
    /// Takes note that events or generations have been written: what was known before holds no more.
    pub fn note_write(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }

    /// What is known of a site's days, or what `ask` says; those who want the same at once ask once.
    pub async fn or_ask(
        &self,
        site: u32,
        days: Days,
        ask: impl Future<Output = Result<Vec<DayState>>>,
    ) -> Result<Arc<Vec<DayState>>> {
        let age = self.start.elapsed().as_millis() / AGE.as_millis();
        let key = (site, days, self.writes.load(Ordering::SeqCst), age);
        self.answers.get_or_insert_async(&key, async { ask.await.map(Arc::new) }).await
    }
}
