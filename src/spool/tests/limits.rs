use super::*;

fn small() -> Options {
    Options { max_bytes: 128 << 10, ..options() }
}

#[test]
fn a_full_spool_refuses_until_a_tenth_is_free() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = try_start(&fs, small()).unwrap();
    let record = "x".repeat(1 << 10);
    let mut accepted = 0;
    while append(&spool, &[&record]).is_ok() {
        accepted += 1;
    }
    assert!((110..127).contains(&accepted), "{accepted}");
    assert_eq!(append(&spool, &["tiny"]), Err(AppendError::Full));
    assert!(spool.state().full && spool.state().bytes <= spool.state().max_bytes);
    while spool.state().bytes > small().max_bytes / 100 * 90 {
        assert_eq!(append(&spool, &["tiny"]), Err(AppendError::Full));
        reader.ack(reader.acked_seq() + 1).unwrap();
    }
    assert!(!spool.state().full);
    append(&spool, &[&record]).unwrap();
    assert_eq!(spool.state().next_seq, FIRST + accepted + 1);
}

#[test]
fn a_drained_spool_accepts_again_even_when_segments_are_as_large_as_the_limit() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = try_start(&fs, Options { segment_bytes: 1 << 30, ..small() }).unwrap();
    let record = "x".repeat(1 << 10);
    for _ in 0..3 {
        while append(&spool, &[&record]).is_ok() {}
        reader.ack(spool.state().durable_seq).unwrap();
        assert!(!spool.state().full);
    }
}

#[test]
fn a_full_disk_refuses_and_recovers_by_itself() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["before"]).unwrap();
    fs.set_full(true);
    for _ in 0..3 {
        assert_eq!(append(&spool, &["lost"]), Err(AppendError::Full));
    }
    assert_eq!(
        append(&spool, &["x".repeat(16_000).as_str()]),
        Err(AppendError::Full),
        "no new segment either"
    );
    assert!(matches!(reader.seal(FIRST), Err(crate::spool::CursorError::NoRoom(_))));
    fs.set_full(false);
    assert_eq!(append(&spool, &["after"]), Ok(FIRST + 1..=FIRST + 1));
    reader.seal(FIRST).unwrap();
    assert_eq!(spool.state().poisoned, None);
    fs.lose_power(None);
    let (_spool, mut reader, recovery) = start(&fs);
    assert_eq!((recovery.torn_bytes, recovery.damage.len()), (0, 0));
    reader.ack(FIRST).unwrap();
    assert_eq!(texts(&everything(&mut reader)), ["after"]);
}

#[test]
fn the_last_megabyte_of_a_disk_is_left_to_the_reader() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["before"]).unwrap();
    fs.set_available(Some(1 << 20));
    assert_eq!(append(&spool, &["refused"]), Err(AppendError::Full));
    assert!(!spool.state().full, "the reserve itself is free");
    fs.set_available(Some(1000));
    assert!(spool.state().full);
    reader.ack(FIRST).unwrap();
    fs.set_available(None);
    append(&spool, &["after"]).unwrap();
    assert_eq!(texts(&everything(&mut reader)), ["after"]);
}

#[test]
fn zeros_written_ahead_leave_a_full_disk_and_its_reserve_alone() {
    let fs = FaultFs::default();
    let length = |fs: &FaultFs| {
        let path = segments(fs, &dir()).pop().unwrap().path(&dir());
        fs.open(&path, Access::Read).unwrap().length().unwrap()
    };
    // Room for the frame and the reserve, and not for zeros as well.
    fs.set_available(Some((1 << 20) + 1_000));
    let (spool, reader, _) = start(&fs);
    append(&spool, &["no zeros"]).unwrap();
    assert_eq!(length(&fs), spool.state().bytes);
    fs.set_available(None);
    append(&spool, &["zeros"]).unwrap();
    assert!(length(&fs) > spool.state().bytes);
    fs.set_available(Some(1_000));
    assert_eq!(append(&spool, &["refused"]), Err(AppendError::Full));
    assert_eq!(length(&fs), spool.state().bytes, "the reader needs the room");
    stop(spool, reader);
}

#[test]
fn zeros_written_ahead_are_within_the_limit() {
    let fs = FaultFs::default();
    let (spool, _reader, _) = try_start(&fs, Options { max_bytes: 64 << 10, ..options() }).unwrap();
    let on_disk = || -> u64 {
        let length = |id: SegmentId| fs.open(&id.path(&dir()), Access::Read).unwrap().length().unwrap();
        segments(&fs, &dir()).into_iter().map(length).sum()
    };
    let mut ahead = 0;
    while append(&spool, &["x".repeat(3_000).as_str()]).is_ok() {
        assert!(on_disk() <= 64 << 10, "{} of {}", on_disk(), spool.state().bytes);
        ahead = ahead.max(on_disk() - spool.state().bytes);
    }
    assert!(ahead > 10_000, "{ahead}");
}

#[test]
fn a_call_too_large_or_empty_is_refused_and_the_largest_fits() {
    let (spool, mut reader, _) = start(&FaultFs::default());
    let largest = (16 << 10) - 84;
    assert_eq!(append(&spool, &["x".repeat(largest + 1).as_str()]), Err(AppendError::TooLarge));
    assert_eq!(append(&spool, &[]), Err(AppendError::Empty));
    append(&spool, &["x".repeat(largest).as_str()]).unwrap();
    append(&spool, &["x".repeat(largest).as_str()]).unwrap();
    assert_eq!(everything(&mut reader).records.len(), 2);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let (spool, _reader, _) = try_start(&FaultFs::default(), Options { queue: 4, ..options() }).unwrap();
    let outcomes = block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..2000 {
            let spool = spool.clone();
            tasks.spawn(async move { spool.append(vec![Bytes::from_static(b"a")]).await });
        }
        tasks.join_all().await
    });
    assert!(outcomes.contains(&Err(AppendError::Busy)));
    assert_eq!(
        spool.state().next_seq - FIRST,
        outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64
    );
}
