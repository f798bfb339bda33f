//! How many files the process may have open.
//!
//! Connections are files, and so are the spool's segments. A spool that can't open its next one has failed, so a crowd of
//! connections must never take the last.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are never a connection's: spool, accounts, city database, the engine's socket and pipes.
const RESERVED: usize = 192;

/// Connections that are served at once in any case.
const LEAST: usize = 16;

/// Raises the limit as far as it goes, and gives how many connections there may be of those that are `wanted`.
pub(super) fn connections(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = if raised.is_ok() { maximum } else { current };
    let allowed = bounded(wanted, limit.and_then(|files| usize::try_from(files).ok()));
    if allowed < wanted {
        tracing::warn!(wanted, allowed, "fewer connections than wanted: the limit for open files is too low");
    }
    allowed
}

fn bounded(wanted: usize, files: Option<usize>) -> usize {
    files.map_or(wanted, |files| wanted.min(files.saturating_sub(RESERVED).max(LEAST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_the_spool() {
        assert_eq!(bounded(10_000, None), 10_000);
        assert_eq!(bounded(10_000, Some(1_024)), 832);
        assert_eq!(bounded(100, Some(1_024)), 100);
        assert_eq!(bounded(100, Some(64)), 16);
    }
}
