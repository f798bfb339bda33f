//! Referrer spam: sites that send made-up visits so that people who read reports come to see them.
//!
//! The list that Footfall brings along is `lists/referrer-spam.txt`. An operator may name a file of the same form
//! instead; it is read again when it changes.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;

use super::page_url;

/// The list that Footfall brings along.
const BUILTIN: &str = include_str!("../../lists/referrer-spam.txt");

/// Largest file, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Hosts whose referrers are made up.
pub struct SpamList {
    hosts: ArcSwap<HashSet<String>>,
    file: Option<PathBuf>,
    seen: Mutex<Option<Version>>,
}

/// Length and time of the last change.
type Version = (u64, SystemTime);

impl SpamList {
    /// The list in a file, or the one that Footfall brings along.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn open(file: Option<&Path>) -> io::Result<SpamList> {
        let seen = Mutex::new(file.and_then(version));
        let hosts = file.map_or_else(|| Ok(parse(BUILTIN)), read)?;
        Ok(SpamList { hosts: ArcSwap::from_pointee(hosts), file: file.map(Path::to_owned), seen })
    }

    /// Reads the file again if it has changed.
    ///
    /// # Errors
    /// When it can't be read, once for each change; what was read before stays in force.
    pub fn refresh(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let now = version(file);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen != now {
            *seen = now;
            self.hosts.store(read(file)?.into());
        }
        Ok(())
    }

    /// Whether a host, or one above it, is on the list.
    pub fn has(&self, host: &str) -> bool {
        let hosts = self.hosts.load();
        let mut above = Some(host).filter(|host| !host.is_empty());
        while let Some(name) = above {
            if hosts.contains(name) {
                return true;
            }
            above = name.split_once('.').map(|(_, rest)| rest);
        }
        false
    }
}

/// What tells a file from a later state of it; absent when there is none.
fn version(file: &Path) -> Option<Version> {
    let file = fs::metadata(file).ok()?;
    Some((file.len(), file.modified().ok()?))
}

fn read(file: &Path) -> io::Result<HashSet<String>> {
    match fs::metadata(file)?.len() <= MAX_BYTES {
        true => Ok(parse(&fs::read_to_string(file)?)),
        false => Err(io::Error::other(format!("it has more than {MAX_BYTES} bytes"))),
    }
}

/// One host a line; what follows a `#` is a comment.
fn parse(text: &str) -> HashSet<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.filter_map(page_url::host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(list: &SpamList, referrer: &str) -> bool {
        page_url::host(referrer).is_some_and(|host| list.has(&host))
    }

    #[test]
    fn a_host_and_all_below_it_are_spam() {
        let list = SpamList::open(None).unwrap();
        assert!(has(&list, "http://semalt.com/project_crawl.php"));
        assert!(has(&list, "https://www.Semalt.com"));
        assert!(has(&list, "http://61.semalt.com/x"));
        for fine in ["https://notsemalt.com/", "https://example.org/?from=semalt.com", "", "semalt"] {
            assert!(!has(&list, fine), "{fine}");
        }
    }

    #[test]
    fn the_list_that_comes_along_is_whole() {
        let hosts = parse(BUILTIN);
        assert!(hosts.len() >= 100, "{}", hosts.len());
        let ours = ["google.com", "example.org", "com", "net", "org"];
        assert!(ours.iter().all(|host| !hosts.contains(*host)));
        assert!(hosts.iter().all(|host| host.contains('.')));
    }

    #[test]
    fn a_file_is_read_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spam.txt");
        fs::write(&file, "# ours\nspam.example # a comment\n").unwrap();
        let list = SpamList::open(Some(&file)).unwrap();
        assert!(has(&list, "http://spam.example/") && !has(&list, "http://semalt.com/"));
        fs::write(&file, "other-spam.example\n").unwrap();
        list.refresh().unwrap();
        assert!(has(&list, "http://other-spam.example/") && !has(&list, "http://spam.example/"));
        fs::remove_file(&file).unwrap();
        assert!(list.refresh().is_err());
        assert!(has(&list, "http://other-spam.example/"));
        assert!(SpamList::open(Some(&file)).is_err());
    }
}
