//! A file system in memory that fails on demand and can lose power.
//!
//! It is as unkind as Linux may be: written blocks reach the disk only by a sync of their file, names only by
//! a sync of their directory, and a sync that fails forgets which blocks were dirty, so that the next one
//! "succeeds".

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::spool::fs::{Access, File, Fs, Lock};

const BLOCK: usize = 512;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error of the device; nothing is written.
    Eio,
    /// No room; nothing is written.
    NoSpace,
    /// Half is written, then the device fails.
    TornEio,
    /// Half is written, then there is no room.
    TornNoSpace,
}

impl Fault {
    pub(crate) const ALL: [Self; 4] = [Self::Eio, Self::NoSpace, Self::TornEio, Self::TornNoSpace];

    fn error(self) -> io::Error {
        match self {
            Self::Eio | Self::TornEio => io::Error::from_raw_os_error(5),
            Self::NoSpace | Self::TornNoSpace => io::Error::from_raw_os_error(28),
        }
    }
}

#[derive(Debug, Default)]
struct Node {
    live: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
}

impl Node {
    fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        self.live.resize(self.live.len().max(end), 0);
        self.live[offset..end].copy_from_slice(bytes);
        self.dirty.extend(offset / BLOCK..end.div_ceil(BLOCK));
    }

    fn persist(&mut self, block: usize) {
        let range = block * BLOCK..((block + 1) * BLOCK).min(self.live.len());
        if !range.is_empty() {
            self.durable.resize(self.durable.len().max(range.end), 0);
            self.durable[range.clone()].copy_from_slice(&self.live[range]);
        }
    }

    fn sync(&mut self) {
        for block in std::mem::take(&mut self.dirty) {
            self.persist(block);
        }
        self.durable.resize(self.live.len(), 0);
    }

    /// The power is cut; of what was not synced, each block survives when `survives` says so.
    fn lose_power(&mut self, survives: &mut impl FnMut() -> bool) {
        for block in std::mem::take(&mut self.dirty) {
            if survives() {
                self.persist(block);
            }
        }
        self.live = self.durable.clone();
    }
}

#[derive(Default)]
struct Disk {
    nodes: Vec<Node>,
    live: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    locks: HashSet<PathBuf>,
    /// Rises with every crash; what was opened before is dead.
    epoch: u64,
    calls: u64,
    fault: Option<(u64, Fault)>,
    fired: bool,
    available: Option<u64>,
    is_full: bool,
}

impl Disk {
    /// Counts a call, and says how it is to fail.
    fn count(&mut self) -> Option<Fault> {
        self.calls += 1;
        let fault = self.fault.filter(|(at, _)| *at == self.calls).map(|(_, fault)| fault);
        self.fired |= fault.is_some();
        fault
    }

    fn call(&mut self) -> io::Result<()> {
        self.count().map_or(Ok(()), |fault| Err(fault.error()))
    }

    fn node(&self, path: &Path) -> io::Result<usize> {
        self.live.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&mut self, path: &Path) -> usize {
        self.nodes.push(Node::default());
        self.live.insert(path.to_path_buf(), self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn crash(&mut self) {
        self.epoch += 1;
        self.locks.clear();
        self.fault = None;
    }
}

/// The file system; clones share it.
#[derive(Clone, Default)]
pub(crate) struct FaultFs {
    disk: Arc<Mutex<Disk>>,
}

impl FaultFs {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    /// The `n`-th call from now on fails, once.
    pub(crate) fn fail_call(&self, n: u64, fault: Fault) {
        let mut disk = self.disk();
        disk.fault = Some((disk.calls + n, fault));
        disk.fired = false;
    }

    /// Whether the fault that was set has happened.
    pub(crate) fn has_fired(&self) -> bool {
        self.disk().fired
    }

    pub(crate) fn calls(&self) -> u64 {
        self.disk().calls
    }

    /// Every write of data fails for want of room, although the file system claims to have some.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.disk().is_full = is_full;
    }

    /// What the file system says about its free room; all there can be, unless set.
    pub(crate) fn set_available(&self, available: Option<u64>) {
        self.disk().available = available;
    }

    /// `kill -9`: nothing that was written is lost, but who wrote it is dead. Faults are over.
    pub(crate) fn kill(&self) {
        self.disk().crash();
    }

    /// Power is lost. With a seed, some of what was not synced has reached the disk; without, nothing.
    pub(crate) fn lose_power(&self, seed: Option<u64>) {
        let mut random = seed.unwrap_or(0) | 1;
        let mut survives = || {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            seed.is_some() && random >> 63 == 1
        };
        let mut disk = self.disk();
        disk.crash();
        disk.nodes.iter_mut().for_each(|node| node.lose_power(&mut survives));
        let names: BTreeSet<_> = disk.live.keys().chain(disk.durable.keys()).cloned().collect();
        for name in names {
            let live = disk.live.get(&name).copied();
            if disk.durable.get(&name).copied() != live && survives() {
                match live {
                    Some(node) => _ = disk.durable.insert(name, node),
                    None => _ = disk.durable.remove(&name),
                }
            }
        }
        disk.live = disk.durable.clone();
    }
}

impl Fs for FaultFs {
    fn create_dir_all(&self, _: &Path) -> io::Result<()> {
        self.disk().call()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut disk = self.disk();
        disk.call()?;
        let inside = disk.live.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let mut disk = self.disk();
        disk.call()?;
        let node = match (access, disk.node(path)) {
            (Access::Read | Access::Write, node) => node?,
            (Access::CreateNew, Ok(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Access::Replace, Ok(node)) => {
                disk.nodes[node].live.clear();
                node
            }
            (Access::CreateNew | Access::Replace, Err(_)) => disk.create(path),
        };
        let epoch = disk.epoch;
        Ok(Box::new(Handle { fs: self.clone(), node, epoch }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call()?;
        let node = disk.node(from)?;
        disk.live.remove(from);
        disk.live.insert(to.to_path_buf(), node);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call()?;
        disk.node(path)?;
        disk.live.remove(path);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.call()?;
        let inside = |path: &Path| path.parent() == Some(dir);
        disk.durable.retain(|path, _| !inside(path));
        let names: Vec<_> =
            disk.live.iter().filter(|(path, _)| inside(path)).map(|(p, n)| (p.clone(), *n)).collect();
        disk.durable.extend(names);
        Ok(())
    }

    fn available(&self, _: &Path) -> io::Result<u64> {
        let mut disk = self.disk();
        disk.call()?;
        Ok(disk.available.unwrap_or(u64::MAX))
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let mut disk = self.disk();
        disk.call()?;
        let is_free = disk.locks.insert(path.to_path_buf());
        let held = Held { fs: self.clone(), path: path.to_path_buf(), epoch: disk.epoch };
        Ok(is_free.then(|| Box::new(held) as Box<dyn Lock>))
    }
}

struct Held {
    fs: FaultFs,
    path: PathBuf,
    epoch: u64,
}

impl Lock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        let mut disk = self.fs.disk();
        if disk.epoch == self.epoch {
            disk.locks.remove(&self.path);
        }
    }
}

struct Handle {
    fs: FaultFs,
    node: usize,
    epoch: u64,
}

impl Handle {
    fn disk(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let disk = self.fs.disk();
        if disk.epoch == self.epoch { Ok(disk) } else { Err(Fault::Eio.error()) }
    }
}

impl File for Handle {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut disk = self.disk()?;
        disk.call()?;
        let offset = offset as usize;
        let bytes = disk.nodes[self.node].live.get(offset..offset + buffer.len());
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut disk = self.disk()?;
        let fault = disk.count().or(disk.is_full.then_some(Fault::TornNoSpace));
        let written = match fault {
            None => bytes,
            Some(Fault::TornEio | Fault::TornNoSpace) => &bytes[..bytes.len() / 2],
            Some(Fault::Eio | Fault::NoSpace) => &[],
        };
        disk.nodes[self.node].write(written, offset as usize);
        fault.map_or(Ok(()), |fault| Err(fault.error()))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk()?;
        if let Some(fault) = disk.count() {
            disk.nodes[self.node].dirty.clear();
            return Err(fault.error());
        }
        disk.nodes[self.node].sync();
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let mut disk = self.disk()?;
        disk.call()?;
        disk.nodes[self.node].live.resize(len as usize, 0);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        let mut disk = self.disk()?;
        disk.call()?;
        Ok(disk.nodes[self.node].live.len() as u64)
    }
}
