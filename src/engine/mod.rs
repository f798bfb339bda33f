//! The embedded ClickHouse: an engine that needs no installation, in a process of its own.
//!
//! ```text
//! footfall (collector)                         footfall engine (child)
//!   clickhouse::Client ── Unix socket, HTTP ──►  gateway ─► pool ─► chdb (libchdb.so)
//!   Supervisor ────────── standard input ─────►  lifeline: end of file means the parent is gone
//! ```
//!
//! - [`supervisor`](Supervisor) starts the child, waits until it answers, starts it again when it dies, stops it.
//! - [`child`] is what `footfall engine` runs: it opens the data directory and serves until told to end.
//! - `gateway` speaks the part of ClickHouse's HTTP interface that the `clickhouse` crate uses: `request` and
//!   `multipart` read it, `handler` answers it, `reply` words the answers, `auth` checks the password.
//! - `pool` runs statements on threads of their own, a few side by side, each on a **fresh connection**: opening one
//!   costs a tenth of a millisecond, and nothing (settings, database, temporary tables) can leak between requests.
//! - `chdb` is the C interface, `writes` stands between it and the disk: the only unsafe code.
//!
//! A child, so that an engine that crashes or meets its memory limit never takes the collector with it.

mod auth;
mod chdb;
pub mod child;
mod config;
mod error;
mod gateway;
mod handler;
pub mod memory;
mod multipart;
mod paths;
mod pool;
mod reply;
mod request;
mod supervisor;
#[cfg(test)]
mod tests;
mod writes;

pub use child::{ChildOptions, Listen};
pub use error::EngineError;
pub use paths::{find_library, socket_path};
pub use supervisor::{EngineOptions, EngineState, Supervisor};

/// Removes a file that may not be there. Any other failure shows when the path is used next.
fn remove_if_there(path: &std::path::Path) {
    std::fs::remove_file(path).unwrap_or_default();
}
