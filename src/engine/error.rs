//! Why the engine could not be found, opened or kept running.

use std::io;
use std::path::PathBuf;

/// A failure around the engine, as opposed to one of a statement, which clients get as an HTTP answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no engine library at the place it was looked for.
    #[error("engine library not found at {}: run `make build`, which installs it, or configure its path", .0.display())]
    LibraryMissing(PathBuf),
    /// The library is there but cannot be used.
    #[error("cannot load the engine library {}", .path.display())]
    Load {
        /// The library file.
        path: PathBuf,
        /// What the dynamic linker says.
        source: libloading::Error,
    },
    /// The engine refused to open its data directory; it prints the reason to standard error.
    #[error("the engine cannot open {} (is another process using it?)", .0.display())]
    Open(PathBuf),
    /// A file operation around the engine failed.
    #[error("{action} {}", .path.display())]
    Io {
        /// What was tried, for instance "cannot start".
        action: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}
