//! Tests of the spool, by kind, and what they share.

mod basics;
mod damage;
pub(crate) mod fault_fs;
mod faults;
mod limits;
mod model;
mod real;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::format::SEGMENT_HEADER_LEN;
use super::segment::SegmentId;
use super::walk::{Step, Walker};
use super::{Access, AppendError, Batch, File, Fs, OpenError, Options, Reader, Recovery, Spool, open};
use fault_fs::FaultFs;

/// The first number of a new spool in tests.
const FIRST: u64 = 1000;

fn dir() -> PathBuf {
    PathBuf::from("/data/spool")
}

fn options() -> Options {
    Options { max_bytes: 64 << 20, segment_bytes: 16 << 10, queue: 64, now_micros: FIRST, content: 1 }
}

fn try_start(fs: &FaultFs, options: Options) -> Result<(Spool, Reader, Recovery), OpenError> {
    open(Arc::new(fs.clone()), &dir(), options)
}

fn start(fs: &FaultFs) -> (Spool, Reader, Recovery) {
    try_start(fs, options()).unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn append(spool: &Spool, records: &[&str]) -> Result<std::ops::RangeInclusive<u64>, AppendError> {
    let records = records.iter().map(|record| Bytes::copy_from_slice(record.as_bytes())).collect();
    block_on(spool.append(records))
}

fn stop(spool: Spool, reader: Reader) {
    block_on(spool.close());
    drop((spool, reader));
}

fn everything(reader: &mut Reader) -> Batch {
    reader.peek(usize::MAX, usize::MAX).unwrap()
}

fn texts(batch: &Batch) -> Vec<String> {
    batch.records.iter().map(|record| String::from_utf8(record.bytes.to_vec()).unwrap()).collect()
}

fn seqs(batch: &Batch) -> Vec<u64> {
    batch.records.iter().map(|record| record.seq).collect()
}

/// The segments on disk, in order.
fn segments(fs: &dyn Fs, dir: &Path) -> Vec<SegmentId> {
    let mut ids: Vec<_> = fs.list(dir).unwrap().iter().filter_map(|name| SegmentId::parse(name)).collect();
    ids.sort_unstable();
    ids
}

/// A frame on disk: its segment, its bytes, its numbers.
#[derive(Debug, Clone)]
struct FrameFacts {
    path: PathBuf,
    bytes: std::ops::Range<u64>,
    seqs: std::ops::RangeInclusive<u64>,
}

/// The good frames on disk, in order.
fn frames(fs: &dyn Fs, dir: &Path) -> Vec<FrameFacts> {
    let mut frames = Vec::new();
    for id in segments(fs, dir) {
        let path = id.path(dir);
        let file = fs.open(&path, Access::Read).unwrap();
        let end = file.length().unwrap();
        let mut walker = Walker::new(file.as_ref(), id.mark, id.first_seq, SEGMENT_HEADER_LEN as u64, end);
        while let Some(step) = walker.step().unwrap() {
            if let Step::Frame(frame) = step {
                let seqs = frame.first_seq..=frame.last_seq();
                frames.push(FrameFacts { path: path.clone(), bytes: frame.from..frame.to, seqs });
            }
        }
    }
    frames
}

fn flip_byte(fs: &dyn Fs, path: &Path, offset: u64) {
    let file = fs.open(path, Access::Write).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], offset).unwrap();
    file.sync_data().unwrap();
}
