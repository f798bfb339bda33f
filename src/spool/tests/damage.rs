use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::spool::format::{FRAME_HEADER_LEN, SegmentHeader, VERSION};
use crate::spool::{Damage, Reason, cursor};

/// A spool with the given appends of three records each, closed. Segments hold four appends.
fn filled(fs: &FaultFs, appends: u64) {
    let (spool, reader, _) = start(fs);
    for n in 0..appends {
        let texts: Vec<_> = (0..3).map(|k| format!("{:>1200}", n * 3 + k)).collect();
        append(&spool, &texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    }
    stop(spool, reader);
}

fn numbers_without(all: u64, lost: std::ops::RangeInclusive<u64>) -> Vec<u64> {
    (FIRST..FIRST + all).filter(|seq| !lost.contains(seq)).collect()
}

fn file_names(fs: &FaultFs, dir: &Path) -> Vec<String> {
    fs.list(dir).unwrap()
}

#[test]
fn a_torn_tail_is_cut_and_the_rest_stays() {
    let fs = FaultFs::default();
    filled(&fs, 3);
    let last = frames(&fs, &dir()).pop().unwrap();
    for cut in [1, FRAME_HEADER_LEN as u64, FRAME_HEADER_LEN as u64 + 5] {
        let fs_file = fs.open(&last.path, Access::Write).unwrap();
        let whole = fs_file.length().unwrap();
        let torn: Vec<u8> = vec![7; cut as usize];
        fs_file.write_all_at(&torn, whole).unwrap();
        let (spool, mut reader, recovery) = start(&fs);
        assert_eq!((recovery.torn_bytes, recovery.damage.len()), (cut, 0));
        assert_eq!(seqs(&everything(&mut reader)), numbers_without(9, 0..=0));
        assert_eq!(spool.state().bytes, whole);
        stop(spool, reader);
    }
}

#[test]
fn a_frame_torn_over_zeros_is_reported_without_them() {
    let fs = FaultFs::default();
    filled(&fs, 2);
    let last = frames(&fs, &dir()).pop().unwrap();
    let file = fs.open(&last.path, Access::Write).unwrap();
    file.write_all_at(&[&[7; 100][..], &[0; 5_000]].concat(), last.bytes.end).unwrap();
    let (spool, _reader, recovery) = start(&fs);
    assert_eq!((recovery.torn_bytes, recovery.damage.len()), (100, 0));
    assert_eq!(spool.state().bytes, last.bytes.end);
}

#[test]
fn zeros_where_frames_were_are_damage_in_a_segment_that_others_follow() {
    let fs = FaultFs::default();
    filled(&fs, 6);
    let hit = frames(&fs, &dir())[3].clone();
    let file = fs.open(&hit.path, Access::Write).unwrap();
    assert_eq!(file.length().unwrap(), hit.bytes.end, "the last frame of its segment");
    file.write_all_at(&vec![0; (hit.bytes.end - hit.bytes.start) as usize], hit.bytes.start).unwrap();
    let (_spool, _reader, recovery) = start(&fs);
    let found: Vec<_> = recovery.damage.iter().map(|damage| (&damage.reason, damage.lost.clone())).collect();
    assert_eq!(found, [(&Reason::Unreadable, Some(hit.seqs))]);
}

/// A file that shows zeros when it is read for the first time, and later what has been written meanwhile.
struct Late {
    file: Box<dyn File>,
    is_late: AtomicBool,
}

impl File for Late {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)?;
        if !self.is_late.swap(true, Ordering::SeqCst) {
            buffer.fill(0);
        }
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
}

#[test]
fn frames_that_are_written_while_somebody_reads_are_no_damage() {
    let fs = FaultFs::default();
    filled(&fs, 2);
    let all = frames(&fs, &dir());
    let id = segments(&fs, &dir())[0];
    let late = Late { file: fs.open(&all[0].path, Access::Read).unwrap(), is_late: false.into() };
    let end = late.length().unwrap();
    let mut walker = Walker::new(&late, id.mark, id.first_seq, all[0].bytes.start, end);
    for frame in &all {
        assert!(
            matches!(walker.step().unwrap(), Some(Step::Frame(found)) if found.from == frame.bytes.start)
        );
    }
}

#[test]
fn a_half_written_last_frame_is_cut_and_its_numbers_are_given_again() {
    let fs = FaultFs::default();
    filled(&fs, 3);
    let last = frames(&fs, &dir()).pop().unwrap();
    flip_byte(&fs, &last.path, last.bytes.end - 1);
    let (spool, mut reader, recovery) = start(&fs);
    assert_eq!(recovery.torn_bytes, last.bytes.end - last.bytes.start);
    assert_eq!(file_names(&fs, &dir().join("quarantine")).len(), 1);
    assert_eq!(append(&spool, &["new"]), Ok(FIRST + 6..=FIRST + 6));
    assert_eq!(seqs(&everything(&mut reader)), numbers_without(7, 0..=0));
}

#[test]
fn one_flipped_bit_costs_exactly_its_frame_and_is_reported_exactly() {
    for offset_in_frame in [0, 9, 20, 30, 38, FRAME_HEADER_LEN as u64, 1500] {
        let fs = FaultFs::default();
        filled(&fs, 6);
        let hit = frames(&fs, &dir())[1].clone();
        flip_byte(&fs, &hit.path, hit.bytes.start + offset_in_frame);
        for _ in 0..2 {
            let (spool, mut reader, recovery) = start(&fs);
            let segment = hit.path.file_name().map(|name| name.to_str().unwrap().to_owned());
            let (bytes, lost) = (hit.bytes.clone(), Some(hit.seqs.clone()));
            assert_eq!(recovery.damage, [Damage { segment, bytes, lost, reason: Reason::Unreadable }]);
            assert_eq!(recovery.torn_bytes, 0);
            let batch = everything(&mut reader);
            assert_eq!(seqs(&batch), numbers_without(18, hit.seqs.clone()));
            assert_eq!(batch.gaps, vec![hit.seqs.clone()]);
            stop(spool, reader);
        }
        assert_eq!(file_names(&fs, &dir().join("quarantine")).len(), 1);
    }
}

#[test]
fn a_bit_that_flips_while_the_spool_is_open_is_a_gap() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    for text in ["a", "b", "c"] {
        append(&spool, &[text]).unwrap();
    }
    for hit in frames(&fs, &dir()).iter().skip(1) {
        flip_byte(&fs, &hit.path, hit.bytes.end - 1);
    }
    let batch = everything(&mut reader);
    assert_eq!((texts(&batch), batch.gaps.clone()), (vec!["a".to_owned()], vec![FIRST + 1..=FIRST + 2]));
    reader.ack(batch.last_seq).unwrap();
    assert_eq!(spool.state().acked_seq, FIRST + 2);
}

#[test]
fn a_damaged_segment_header_costs_no_record() {
    let fs = FaultFs::default();
    filled(&fs, 6);
    for id in segments(&fs, &dir()) {
        flip_byte(&fs, &id.path(&dir()), 3);
    }
    let (_spool, mut reader, recovery) = start(&fs);
    assert!(recovery.damage.iter().all(|damage| damage.lost.is_none()) && recovery.damage.len() == 2);
    assert_eq!(seqs(&everything(&mut reader)), numbers_without(18, 0..=0));
}

#[test]
fn a_damaged_end_of_an_earlier_segment_is_damage_and_not_a_torn_tail() {
    let fs = FaultFs::default();
    filled(&fs, 6);
    let all = frames(&fs, &dir());
    let hit = all.iter().rfind(|frame| frame.path == all[0].path).unwrap();
    flip_byte(&fs, &hit.path, hit.bytes.end - 1);
    let (_spool, mut reader, recovery) = start(&fs);
    assert_eq!(recovery.damage[0].lost, Some(hit.seqs.clone()));
    assert_eq!((recovery.torn_bytes, recovery.damage.len()), (0, 1));
    assert_eq!(seqs(&everything(&mut reader)), numbers_without(18, hit.seqs.clone()));
}

#[test]
fn a_missing_segment_is_reported_exactly() {
    for missing in 0..3 {
        let fs = FaultFs::default();
        filled(&fs, 16);
        let ids = segments(&fs, &dir());
        let end = ids.get(missing + 1).map(|id| id.first_seq).unwrap();
        let lost = ids[missing].first_seq..=end - 1;
        fs.remove(&ids[missing].path(&dir())).unwrap();
        let (_spool, mut reader, recovery) = start(&fs);
        assert_eq!(recovery.damage.len(), 1);
        assert_eq!(
            (recovery.damage[0].lost.clone(), recovery.damage[0].reason),
            (Some(lost.clone()), Reason::Missing)
        );
        let batch = everything(&mut reader);
        assert_eq!((seqs(&batch), batch.gaps), (numbers_without(48, lost.clone()), vec![lost]));
    }
}

#[test]
fn damage_before_an_emptied_last_segment_is_reported_at_every_start() {
    let fs = FaultFs::default();
    filled(&fs, 5);
    let all = frames(&fs, &dir());
    assert_ne!(all[3].path, all[4].path);
    for hit in &all[3..] {
        flip_byte(&fs, &hit.path, hit.bytes.start);
    }
    for _ in 0..3 {
        let (spool, reader, recovery) = start(&fs);
        assert_eq!(recovery.damage[0].lost, Some(all[3].seqs.clone()));
        assert_eq!(recovery.next_seq, *all[4].seqs.start());
        stop(spool, reader);
        // The header of the emptied segment is torn as well.
        fs.open(&all[4].path, Access::Write).unwrap().truncate(7).unwrap();
    }
}

#[test]
fn a_sealed_batch_whose_records_are_gone_keeps_its_numbers() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["a", "b"]).unwrap();
    append(&spool, &["c", "d"]).unwrap();
    reader.seal(FIRST + 2).unwrap();
    stop(spool, reader);
    let hit = frames(&fs, &dir()).pop().unwrap();
    flip_byte(&fs, &hit.path, hit.bytes.end - 1);
    let (spool, mut reader, recovery) = start(&fs);
    assert_eq!(recovery.damage[0].lost, Some(FIRST + 2..=FIRST + 2));
    let batch = everything(&mut reader);
    assert_eq!((batch.sealed, batch.first_seq, batch.last_seq), (true, FIRST, FIRST + 2));
    assert_eq!((texts(&batch).len(), batch.gaps), (2, vec![FIRST + 2..=FIRST + 2]));
    assert_eq!(append(&spool, &["e"]), Ok(FIRST + 3..=FIRST + 3));
    reader.ack(FIRST + 2).unwrap();
    assert_eq!(texts(&everything(&mut reader)), ["e"]);
}

#[test]
fn a_lost_or_damaged_cursor_replays_what_is_there() {
    for is_removed in [true, false] {
        let fs = FaultFs::default();
        filled(&fs, 6);
        let (spool, mut reader, _) = start(&fs);
        reader.ack(FIRST + 13).unwrap();
        stop(spool, reader);
        let path = dir().join(cursor::NAME);
        if is_removed {
            fs.remove(&path).unwrap();
        } else {
            flip_byte(&fs, &path, 15);
        }
        let (spool, mut reader, recovery) = start(&fs);
        assert!(recovery.cursor_lost && recovery.damage.is_empty());
        let oldest = segments(&fs, &dir())[0].first_seq;
        assert_eq!(seqs(&everything(&mut reader)), (oldest..FIRST + 18).collect::<Vec<_>>());
        stop(spool, reader);
        assert!(!start(&fs).2.cursor_lost, "it is reported once");
    }
}

#[test]
fn a_frame_inside_a_record_is_never_taken_for_a_frame() {
    let fs = FaultFs::default();
    let (spool, reader, _) = start(&fs);
    append(&spool, &["victim"]).unwrap();
    let stolen = frames(&fs, &dir())[0].clone();
    let mut forged = vec![0; (stolen.bytes.end - stolen.bytes.start) as usize];
    fs.open(&stolen.path, Access::Read).unwrap().read_exact_at(&mut forged, stolen.bytes.start).unwrap();
    // A visitor cannot know the mark: this is a frame of another segment.
    forged[8..16].copy_from_slice(&[1; 8]);
    block_on(spool.append(vec![Bytes::from(forged)])).unwrap();
    append(&spool, &["after"]).unwrap();
    stop(spool, reader);
    let hit = frames(&fs, &dir())[1].clone();
    flip_byte(&fs, &hit.path, hit.bytes.start);
    let (_spool, mut reader, recovery) = start(&fs);
    assert_eq!(recovery.damage[0].lost, Some(FIRST + 1..=FIRST + 1));
    assert_eq!(texts(&everything(&mut reader)), ["victim", "after"]);
}

/// Rewrites a header's version, with a right checksum.
fn set_version(fs: &FaultFs, path: &Path, offset: u64, header_len: usize, version_at: usize) {
    let file = fs.open(path, Access::Write).unwrap();
    let mut bytes = vec![0; header_len];
    file.read_exact_at(&mut bytes, offset).unwrap();
    bytes[version_at..version_at + 2].copy_from_slice(&(VERSION + 1).to_le_bytes());
    bytes.truncate(header_len - 4);
    let crc = crc32c::crc32c(&bytes);
    bytes.extend(crc.to_le_bytes());
    file.write_all_at(&bytes, offset).unwrap();
    file.sync_data().unwrap();
}

#[test]
fn a_newer_version_is_refused_and_nothing_is_changed() {
    let in_segment = |fs: &FaultFs| {
        let path = segments(fs, &dir())[1].path(&dir());
        set_version(fs, &path, 0, 40, 8);
        path
    };
    let in_frame = |fs: &FaultFs| {
        let frame = frames(fs, &dir()).pop().unwrap();
        set_version(fs, &frame.path, frame.bytes.start, 40, 4);
        frame.path
    };
    let in_cursor = |fs: &FaultFs| {
        let path = dir().join(cursor::NAME);
        set_version(fs, &path, 0, 32, 8);
        path
    };
    let changes: [&dyn Fn(&FaultFs) -> PathBuf; 3] = [&in_segment, &in_frame, &in_cursor];
    for change in changes {
        let fs = FaultFs::default();
        filled(&fs, 6);
        let changed = change(&fs);
        let names = file_names(&fs, &dir());
        let error = try_start(&fs, options()).err().unwrap();
        let is_refused = |path: &Path, version| path == changed && version == VERSION + 1;
        assert!(
            matches!(&error, OpenError::NewerVersion { path, version } if is_refused(path, *version)),
            "{error}"
        );
        assert!(error.to_string().contains("format version 2"), "{error}");
        assert_eq!(file_names(&fs, &dir()), names);
    }
}

#[test]
fn records_of_a_newer_version_are_refused_and_those_of_an_older_one_stay_by_themselves() {
    let fs = FaultFs::default();
    let with = |content| try_start(&fs, Options { content, ..options() });
    let (spool, reader, _) = with(2).unwrap();
    append(&spool, &["two"]).unwrap();
    stop(spool, reader);
    let names = file_names(&fs, &dir());
    let error = with(1).err().unwrap();
    assert!(matches!(error, OpenError::NewerRecords { version: 2, known: 1, .. }), "{error}");
    assert_eq!(file_names(&fs, &dir()), names);
    let (spool, reader, _) = with(3).unwrap();
    append(&spool, &["three"]).unwrap();
    stop(spool, reader);
    assert_eq!(segments(&fs, &dir()).len(), 2);
    assert!(matches!(with(2), Err(OpenError::NewerRecords { version: 3, .. })));
    let (_spool, mut reader, recovery) = with(3).unwrap();
    assert_eq!(recovery.damage, []);
    assert_eq!(texts(&everything(&mut reader)), ["two", "three"]);
}

#[test]
fn a_segment_without_records_is_taken_over_by_a_newer_version() {
    let fs = FaultFs::default();
    filled(&fs, 1);
    let segment = segments(&fs, &dir())[0].path(&dir());
    fs.open(&segment, Access::Write).unwrap().truncate(40).unwrap();
    let (spool, reader, _) = try_start(&fs, Options { content: 2, ..options() }).unwrap();
    append(&spool, &["two"]).unwrap();
    stop(spool, reader);
    assert_eq!(segments(&fs, &dir()).len(), 1);
    assert!(matches!(try_start(&fs, options()), Err(OpenError::NewerRecords { version: 2, .. })));
}

#[test]
fn foreign_files_are_left_alone_and_reported() {
    let fs = FaultFs::default();
    filled(&fs, 1);
    for name in ["notes.txt", "1-2.seg", "00000000000000001000-XYZ.seg"] {
        fs.open(&dir().join(name), Access::CreateNew).unwrap();
    }
    let (_spool, mut reader, recovery) = start(&fs);
    assert_eq!(recovery.foreign, ["00000000000000001000-XYZ.seg", "1-2.seg", "notes.txt"]);
    assert_eq!(everything(&mut reader).records.len(), 3);
    assert!(file_names(&fs, &dir()).contains(&"notes.txt".to_owned()));
}

#[test]
fn headers_survive_a_round_trip() {
    let header = SegmentHeader { content: 3, mark: 7, first_seq: u64::MAX, opened_micros: 1 };
    let bytes: [u8; 40] = header.encode().try_into().unwrap();
    assert_eq!(SegmentHeader::decode(&bytes), Ok(header));
}
