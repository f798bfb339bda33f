//! Where the time comes from.
//!
//! Nothing else in the program asks the operating system for the date: a test can then set the clock by writing a
//! file, and the pure stages (`protocol`, `privacy`) stay deterministic given a clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use jiff::Timestamp;

/// A source of the present moment. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    System,
    File(TestFile),
}

/// A file that holds one RFC 3339 time in UTC. It is read each time, since two changes within one tick of the file
/// system's own clock could not be told apart.
struct TestFile {
    path: PathBuf,
    last: Mutex<Timestamp>,
}

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Clock {
        Clock(Arc::new(Source::System))
    }

    /// A clock that says what is written in `path`, and stands still until that changes.
    ///
    /// # Errors
    /// When the file can't be read or holds no RFC 3339 time.
    pub fn test_file(path: PathBuf) -> Result<Clock> {
        let value = read_time(&path)?;
        let last = Mutex::new(value);
        Ok(Clock(Arc::new(Source::File(TestFile { path, last }))))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Source::System => system_now(),
            Source::File(file) => file.now(),
        }
    }

    /// Whether this clock is for tests: the dashboard and the log say so loudly.
    pub fn is_test(&self) -> bool {
        matches!(&*self.0, Source::File(_))
    }
}

impl TestFile {
    /// The file's time; while it is being rewritten (missing, half a line) the last good one.
    fn now(&self) -> Timestamp {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(value) = read_time(&self.path) {
            *last = value;
        }
        *last
    }
}

fn read_time(path: &Path) -> Result<Timestamp> {
    let text =
        fs::read_to_string(path).with_context(|| format!("can't read the test clock {}", path.display()))?;
    text.trim().parse().with_context(|| format!("the test clock {} holds no RFC 3339 time", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
fn system_now() -> Timestamp {
    Timestamp::now()
}
