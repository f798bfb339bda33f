//! How much memory the engine gets where nobody has said it.

use std::fs;

/// The least that the engine can work with, in bytes.
pub const LEAST: u64 = 256 << 20;

/// The most that it gets unless somebody says so.
const MOST: u64 = 16 << 30;

/// A quarter of what this machine has, or the control group that this process is in: the collector, the pages of files
/// that are read all the time, and whatever else runs here need the rest. In bytes.
#[must_use]
pub fn share() -> u64 {
    let limits = [machine(), group()].into_iter().flatten();
    limits.min().map_or(LEAST, |all| (all / 4).clamp(LEAST, MOST))
}

fn machine() -> Option<u64> {
    total(&fs::read_to_string("/proc/meminfo").ok()?)
}

/// The limit of the control group, of either version. A group without one says `max`, or more than any machine has.
fn group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    let files = [
        format!("/sys/fs/cgroup{own}/memory.max"),
        "/sys/fs/cgroup/memory.max".to_owned(),
        "/sys/fs/cgroup/memory/memory.limit_in_bytes".to_owned(),
    ];
    files.iter().find_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok())
}

/// The machine's memory in bytes, as `/proc/meminfo` tells it.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_what_it_has() {
        assert_eq!(total("MemFree: 7 kB\nMemTotal:       1024 kB\n"), Some(1 << 20));
        assert_eq!(total("MemTotal: lots"), None);
    }

    #[test]
    fn the_share_is_within_its_bounds() {
        assert!((LEAST..=MOST).contains(&share()));
    }
}
