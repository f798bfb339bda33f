//! How much memory the engine gets where nobody has said it.

use std::fs;
use std::path::Path;

/// The least that the engine can work with, in bytes.
pub const LEAST: u64 = 256 << 20;

/// The most that it gets unless somebody says so.
const MOST: u64 = 16 << 30;

/// A quarter of what this machine has, or the control group that this process is in: the collector, the pages of files
/// that are read all the time, and whatever else runs here need the rest. In bytes.
#[must_use]
pub fn share() -> u64 {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = machine().into_iter().chain(limits(&groups, Path::new("/sys/fs/cgroup")));
    limits.min().map_or(LEAST, |all| (all / 4).clamp(LEAST, MOST))
}

fn machine() -> Option<u64> {
    total(&fs::read_to_string("/proc/meminfo").ok()?)
}

/// The limits of the control groups that this process is in, of either version, and of those above them; `root` is where
/// they are mounted. A group without a limit says `max`, or more than any machine has.
fn limits(groups: &str, root: &Path) -> Vec<u64> {
    let group = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?.trim_start_matches('/'));
        match controllers {
            "" => Some((root.join(path), "memory.max")),
            "memory" => Some((root.join("memory").join(path), "memory.limit_in_bytes")),
            _ => None,
        }
    };
    let limit = |file: &Path| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let of_group = |(group, file): (std::path::PathBuf, &str)| {
        let above = group.ancestors().take_while(|folder| folder.starts_with(root));
        above.filter_map(|folder| limit(&folder.join(file))).collect::<Vec<_>>()
    };
    groups.lines().filter_map(group).flat_map(of_group).collect()
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
    fn the_groups_above_limit_too() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("a.slice/memory.max", "4096\n");
        write("a.slice/b.service/memory.max", "max\n");
        write("memory/c/memory.limit_in_bytes", "512\n");
        let limits = |groups| limits(groups, root.path());
        assert_eq!(limits("0::/a.slice/b.service\n"), [4096]);
        assert_eq!(limits("4:memory:/c/d\n9:pids:/\n"), [512]);
        assert!(limits("0::/elsewhere\nrubbish\n").is_empty());
    }

    #[test]
    fn the_share_is_within_its_bounds() {
        assert!((LEAST..=MOST).contains(&share()));
    }
}
