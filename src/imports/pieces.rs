//! Several pieces of one file, fetched by one visitor, are one download.
//!
//! Viewers and players ask for a file piece by piece (206). Which visitor has which file is remembered for 30 minutes of
//! the log's time, by a number that nobody can make anything of: it depends on a key that is made at each start and never
//! leaves memory. So a new start of the server in the middle of a download counts that one once more, at most.

use std::hash::{BuildHasher, RandomState};

use quick_cache::sync::Cache;

use crate::protocol::Params;

/// Seconds after which a piece begins a download of its own.
const PAUSE: i64 = 1_800;

/// Downloads that are remembered; the oldest are forgotten first.
const MAX: usize = 1 << 16;

/// The files that visitors have lately fetched.
pub(super) struct Pieces {
    key: RandomState,
    seen: Cache<u64, i64>,
}

impl Default for Pieces {
    fn default() -> Pieces {
        Pieces { key: RandomState::new(), seen: Cache::new(MAX) }
    }
}

impl Pieces {
    /// Who fetched what, as a number.
    pub fn number(&self, hit: &Params) -> u64 {
        let of = |name| hit.raw(name).unwrap_or_default();
        self.key.hash_one(["idsite", "url", "cip", "ua"].map(of))
    }

    /// When the visitor last fetched a part of the file.
    pub fn last(&self, number: u64) -> Option<i64> {
        self.seen.get(&number)
    }

    /// Remembers what has become durable.
    pub fn remember(&self, fetched: impl IntoIterator<Item = (u64, i64)>) {
        fetched.into_iter().for_each(|(number, time)| self.seen.insert(number, time));
    }
}

/// Whether what comes now still belongs to what came last.
pub(super) fn is_same(last: i64, time: i64) -> bool {
    (time - last).abs() <= PAUSE
}
