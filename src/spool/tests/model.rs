//! Random lives of a spool against a plain model of what it has promised.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u16>),
    Peek(usize),
    Seal(usize),
    Ack(usize),
    Reopen,
    Kill,
    PowerLoss(u64),
    /// Flip a byte of one of the good frames.
    Damage(prop::sample::Index, prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => prop::collection::vec(0_u16..3000, 1..5).prop_map(Step::Append),
        1 => (1_usize..12).prop_map(Step::Peek),
        2 => (1_usize..12).prop_map(Step::Seal),
        2 => (1_usize..12).prop_map(Step::Ack),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::PowerLoss),
        1 => (any::<prop::sample::Index>(), any::<prop::sample::Index>())
            .prop_map(|(frame, byte)| Step::Damage(frame, byte)),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the spool must hold.
struct Model {
    records: BTreeMap<u64, Vec<u8>>,
    lost: BTreeSet<u64>,
    next_seq: u64,
    acked_seq: u64,
    sealed_seq: Option<u64>,
}

impl Model {
    fn new() -> Self {
        let (records, lost) = (BTreeMap::new(), BTreeSet::new());
        Self { records, lost, next_seq: FIRST, acked_seq: FIRST - 1, sealed_seq: None }
    }

    fn check_batch(&self, batch: &Batch, max_records: usize) {
        let expected = self.records.range(batch.first_seq..=batch.last_seq.max(batch.first_seq));
        let expected: Vec<_> = expected.filter(|(seq, _)| **seq <= batch.last_seq).collect();
        let got: Vec<_> = batch.records.iter().map(|record| (record.seq, record.bytes.to_vec())).collect();
        assert!(expected.into_iter().eq(got.iter().map(|(seq, bytes)| (seq, bytes))));
        let gaps: BTreeSet<_> = batch.gaps.iter().cloned().flatten().collect();
        let lost = self.lost.iter().filter(|seq| (batch.first_seq..=batch.last_seq).contains(seq));
        assert_eq!(gaps, lost.copied().collect());
        assert_eq!((batch.first_seq, batch.sealed), (self.acked_seq + 1, self.sealed_seq.is_some()));
        match self.sealed_seq {
            Some(sealed_seq) => assert_eq!(batch.last_seq, sealed_seq),
            None => assert!(batch.records.len() <= max_records),
        }
        assert!(
            self.sealed_seq.is_some()
                || batch.records.len() == max_records
                || batch.last_seq + 1 == self.next_seq
        );
    }

    fn acknowledge(&mut self, seq: u64) {
        self.acked_seq = seq;
        self.sealed_seq = None;
        self.records.retain(|other, _| *other > seq);
        self.lost.retain(|other| *other > seq);
    }

    /// The records of a frame were damaged, and the spool was opened again.
    fn damage(&mut self, seqs: std::ops::RangeInclusive<u64>, recovery: &Recovery) {
        for seq in seqs {
            if self.records.remove(&seq).is_some() {
                self.lost.insert(seq);
            }
        }
        // What was cut off the end is given again, unless it was sealed.
        let newest = self.records.keys().next_back().copied().unwrap_or(self.acked_seq);
        let at_least = newest.max(self.acked_seq).max(self.sealed_seq.unwrap_or(0)) + 1;
        assert!(at_least <= recovery.next_seq && recovery.next_seq <= self.next_seq);
        self.next_seq = recovery.next_seq;
        self.lost.retain(|seq| *seq < recovery.next_seq);
    }
}

struct Run {
    fs: FaultFs,
    model: Model,
    open: Option<(Spool, Reader)>,
}

impl Run {
    fn new() -> Self {
        let mut run = Self { fs: FaultFs::default(), model: Model::new(), open: None };
        run.open();
        run
    }

    fn open(&mut self) -> Recovery {
        let (spool, reader, recovery) = start(&self.fs);
        self.open = Some((spool, reader));
        recovery
    }

    fn close(&mut self) {
        if let Some((spool, reader)) = self.open.take() {
            stop(spool, reader);
        }
    }

    fn check_start(&mut self, recovery: &Recovery) {
        let lost: BTreeSet<u64> =
            recovery.damage.iter().filter_map(|damage| damage.lost.clone()).flatten().collect();
        assert_eq!(lost, self.model.lost);
        assert_eq!((recovery.next_seq, recovery.cursor_lost), (self.model.next_seq, false));
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Append(sizes) => self.append(&sizes),
            Step::Peek(max) => _ = self.peek(max),
            Step::Seal(max) => self.seal(max),
            Step::Ack(max) => self.ack(max),
            Step::Reopen => self.restart(|_| {}),
            Step::Kill => self.restart(FaultFs::kill),
            Step::PowerLoss(seed) => self.restart(|fs| fs.lose_power((seed > 0).then_some(seed))),
            Step::Damage(frame, byte) => self.damage(frame, byte),
        }
    }

    fn append(&mut self, sizes: &[u16]) {
        let (spool, _) = self.open.as_ref().unwrap();
        let first = self.model.next_seq;
        let content = |seq: u64, size: u16| vec![(seq % 251) as u8; usize::from(size)];
        let records: Vec<_> = (first..).zip(sizes).map(|(seq, size)| (seq, content(seq, *size))).collect();
        let given = records.iter().map(|(_, bytes)| Bytes::from(bytes.clone())).collect();
        assert_eq!(block_on(spool.append(given)), Ok(first..=first + sizes.len() as u64 - 1));
        self.model.records.extend(records);
        self.model.next_seq += sizes.len() as u64;
    }

    fn peek(&mut self, max: usize) -> Batch {
        let (_, reader) = self.open.as_mut().unwrap();
        let batch = reader.peek(max, usize::MAX).unwrap();
        self.model.check_batch(&batch, max);
        batch
    }

    fn seal(&mut self, max: usize) {
        let batch = self.peek(max);
        let (_, reader) = self.open.as_mut().unwrap();
        if !batch.is_empty() {
            reader.seal(batch.last_seq).unwrap();
            self.model.sealed_seq = Some(batch.last_seq);
        }
    }

    fn ack(&mut self, max: usize) {
        let batch = self.peek(max);
        let (_, reader) = self.open.as_mut().unwrap();
        if !batch.is_empty() {
            reader.ack(batch.last_seq).unwrap();
            self.model.acknowledge(batch.last_seq);
        }
    }

    fn restart(&mut self, end: impl Fn(&FaultFs)) {
        end(&self.fs);
        self.close();
        let recovery = self.open();
        self.check_start(&recovery);
    }

    fn damage(&mut self, frame: prop::sample::Index, byte: prop::sample::Index) {
        let frames = frames(&self.fs, &dir());
        if frames.is_empty() {
            return;
        }
        self.close();
        let hit = frame.get(&frames);
        let offset = hit.bytes.start + byte.index((hit.bytes.end - hit.bytes.start) as usize) as u64;
        flip_byte(&self.fs, &hit.path, offset);
        let recovery = self.open();
        self.model.damage(hit.seqs.clone(), &recovery);
        self.check_start(&recovery);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spool_keeps_its_promises_whatever_happens(steps in steps()) {
        let mut run = Run::new();
        for step in steps {
            run.take(step);
        }
        run.restart(FaultFs::kill);
        run.peek(usize::MAX);
        run.close();
    }
}
