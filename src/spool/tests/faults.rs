use std::collections::BTreeMap;

use super::fault_fs::Fault;
use super::*;

/// How a process ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Kill,
    PowerLoss,
    TornPowerLoss(u64),
}

impl End {
    fn befall(self, fs: &FaultFs) {
        match self {
            Self::Kill => fs.kill(),
            Self::PowerLoss => fs.lose_power(None),
            Self::TornPowerLoss(seed) => fs.lose_power(Some(seed)),
        }
    }
}

/// What a run was told.
#[derive(Debug, Default)]
struct Told {
    /// Answered appends.
    durable: BTreeMap<u64, String>,
    /// Appends that failed: there or not.
    unsure: Vec<String>,
    /// The newest acknowledgement that succeeded, and the newest that was tried.
    acked: u64,
    tried_ack: u64,
    sealed: Option<u64>,
}

impl Told {
    fn append(&mut self, spool: &Spool, texts: &[String]) {
        let given: Vec<_> = texts.iter().map(String::as_str).collect();
        match append(spool, &given) {
            Ok(range) => {
                for (seq, text) in range.zip(texts) {
                    assert!(self.durable.insert(seq, text.clone()).is_none(), "{seq} was given twice");
                }
            }
            Err(AppendError::Failed) => self.unsure.extend_from_slice(texts),
            Err(AppendError::Full) => {}
            Err(other) => panic!("{other}"),
        }
    }

    fn drain(&mut self, reader: &mut Reader, max_records: usize) {
        let Ok(batch) = reader.peek(max_records, usize::MAX) else {
            return;
        };
        assert!(batch.gaps.is_empty(), "{batch:?}");
        if batch.is_empty() || reader.seal(batch.last_seq).is_err() {
            return;
        }
        self.sealed = Some(batch.last_seq);
        self.tried_ack = batch.last_seq;
        if reader.ack(batch.last_seq).is_ok() {
            self.acked = batch.last_seq;
            self.sealed = None;
        }
    }

    /// After a fault-free start: all that was promised is there, once.
    fn check(&self, reader: &mut Reader, recovery: &Recovery, context: &str) {
        assert!(recovery.damage.is_empty() && !recovery.cursor_lost, "{context}: {recovery:?}");
        assert!(
            self.acked <= reader.acked_seq() && reader.acked_seq() <= self.tried_ack.max(FIRST - 1),
            "{context}"
        );
        let first = reader.peek(1, 1).unwrap();
        if let Some(sealed) = self.sealed.filter(|sealed| *sealed > reader.acked_seq()) {
            assert!(first.sealed && first.last_seq == sealed, "{context}: {first:?}");
        }
        let mut got = BTreeMap::new();
        loop {
            let batch = everything(reader);
            assert!(batch.gaps.is_empty(), "{context}: {batch:?}");
            if batch.is_empty() {
                break;
            }
            got.extend(seqs(&batch).into_iter().zip(texts(&batch)));
            reader.ack(batch.last_seq).unwrap();
        }
        for (seq, text) in self.durable.range(self.tried_ack + 1..) {
            assert_eq!(got.get(seq), Some(text), "{context}: record {seq}");
        }
        for (seq, text) in &got {
            let is_known = self.durable.get(seq).map_or(self.unsure.contains(text), |known| known == text);
            assert!(is_known, "{context}: record {seq} is {text}");
        }
    }
}

fn texts_of(call: usize) -> Vec<String> {
    (0..call % 3 + 1).map(|n| format!("{call}.{n}{:>1500}", "")).collect()
}

/// A short life: appends over several segments, two batches, a restart in between.
fn live(fs: &FaultFs, told: &mut Told) {
    for life in 0..2 {
        let Ok((spool, mut reader, recovery)) = try_start(fs, options()) else {
            return;
        };
        assert!(recovery.damage.is_empty(), "{recovery:?}");
        for call in 0..9 {
            told.append(&spool, &texts_of(life * 100 + call));
            if call % 4 == 3 {
                told.drain(&mut reader, 4);
            }
        }
        let is_poisoned = spool.state().poisoned.is_some();
        stop(spool, reader);
        if is_poisoned {
            return;
        }
    }
}

fn fail_every_call(fault: Fault, end: impl Fn(u64) -> End) {
    for n in 1.. {
        let (fs, mut told) = (FaultFs::default(), Told::default());
        fs.fail_call(n, fault);
        live(&fs, &mut told);
        let has_fired = fs.has_fired();
        let end = end(n);
        end.befall(&fs);
        let context = format!("{fault:?} in call {n}, then {end:?}");
        let (spool, mut reader, recovery) = try_start(&fs, options()).expect(&context);
        told.check(&mut reader, &recovery, &context);
        append(&spool, &["more"]).unwrap();
        assert_eq!(texts(&everything(&mut reader)), ["more"], "{context}");
        stop(spool, reader);
        if !has_fired {
            assert!(n > 100);
            return;
        }
    }
}

#[test]
fn no_promise_is_broken_whichever_call_fails_before_a_kill() {
    Fault::ALL.into_iter().for_each(|fault| fail_every_call(fault, |_| End::Kill));
}

#[test]
fn no_promise_is_broken_whichever_call_fails_before_a_power_loss() {
    Fault::ALL.into_iter().for_each(|fault| fail_every_call(fault, |_| End::PowerLoss));
}

#[test]
fn no_promise_is_broken_whichever_call_fails_before_a_torn_power_loss() {
    for seed in 0..4 {
        Fault::ALL
            .into_iter()
            .for_each(|fault| fail_every_call(fault, |n| End::TornPowerLoss(n * 31 + seed * 977 + 1)));
    }
}

#[test]
fn power_may_fail_again_during_the_start_after_a_failed_sync() {
    for n in 1..400 {
        let (fs, mut told) = (FaultFs::default(), Told::default());
        fs.fail_call(n, Fault::Eio);
        live(&fs, &mut told);
        fs.kill();
        // The page cache may show a frame here that the disk never got.
        drop(start(&fs));
        fs.lose_power(None);
        let (_spool, mut reader, recovery) = start(&fs);
        told.check(&mut reader, &recovery, &format!("call {n}"));
    }
}

#[test]
fn what_a_start_shows_the_reader_is_on_the_disk_even_after_a_failed_sync() {
    let fs = FaultFs::default();
    let (spool, reader, _) = start(&fs);
    append(&spool, &["safe"]).unwrap();
    fs.fail_call(3, Fault::Eio);
    assert_eq!(append(&spool, &["unsure".repeat(500).as_str()]), Err(AppendError::Failed));
    fs.kill();
    drop((spool, reader));
    let (spool, mut reader, _) = start(&fs);
    assert_eq!(seqs(&everything(&mut reader)), [FIRST, FIRST + 1]);
    reader.seal(FIRST + 1).unwrap();
    append(&spool, &["after"]).unwrap();
    fs.lose_power(None);
    let (_spool, mut reader, recovery) = start(&fs);
    assert_eq!((recovery.torn_bytes, recovery.damage.len()), (0, 0));
    assert_eq!(seqs(&everything(&mut reader)), [FIRST, FIRST + 1], "the sealed batch is whole");
}

#[test]
fn the_first_sync_error_ends_all_appends_and_all_syncs() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["safe"]).unwrap();
    // The free room is asked for, the frame is written, and then synced.
    fs.fail_call(3, Fault::Eio);
    assert_eq!(append(&spool, &["unsure"]), Err(AppendError::Failed));
    let calls = fs.calls();
    assert_eq!(append(&spool, &["refused"]), Err(AppendError::Failed));
    assert!(block_on(spool.poisoned()).starts_with("sync a segment: "));
    assert!(spool.state().poisoned.is_some());
    assert!(matches!(reader.seal(FIRST), Err(crate::spool::CursorError::Failed(_))));
    assert_eq!(fs.calls(), calls, "the disk is left alone");
    assert_eq!(texts(&everything(&mut reader)), ["safe"], "what is durable can be read");
    reader.ack(FIRST).unwrap_err();
}

#[test]
fn a_cursor_that_cannot_be_synced_fails_the_spool() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["a"]).unwrap();
    fs.fail_call(3, Fault::Eio);
    assert!(matches!(reader.seal(FIRST), Err(crate::spool::CursorError::Failed(_))));
    assert_eq!(append(&spool, &["b"]), Err(AppendError::Failed));
    assert!(block_on(reader.wait()), "a durable record is still there");
    assert!(!block_on(reader.wait_past(FIRST)));
}

#[test]
fn zeros_written_ahead_are_no_loss_and_frames_take_their_place() {
    let fs = FaultFs::default();
    let (spool, reader, _) = start(&fs);
    append(&spool, &["first"]).unwrap();
    fs.kill();
    drop((spool, reader));
    let length = |path: &Path| fs.open(path, Access::Read).unwrap().length().unwrap();
    let first = frames(&fs, &dir()).remove(0);
    assert!(length(&first.path) > first.bytes.end);
    let (spool, reader, recovery) = start(&fs);
    assert_eq!((recovery.torn_bytes, recovery.damage.len()), (0, 0));
    append(&spool, &["second"]).unwrap();
    let second = frames(&fs, &dir()).remove(1);
    assert_eq!((second.path.clone(), second.bytes.start), (first.path, first.bytes.end));
    stop(spool, reader);
    assert_eq!(length(&second.path), second.bytes.end, "what is closed has none");
}
