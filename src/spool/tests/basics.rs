use super::*;

#[test]
fn records_come_back_in_order_with_consecutive_numbers() {
    let fs = FaultFs::default();
    let (spool, mut reader, recovery) = start(&fs);
    assert!(recovery.is_new && !recovery.cursor_lost);
    assert_eq!(append(&spool, &["a", "", "c"]), Ok(FIRST..=FIRST + 2));
    assert_eq!(append(&spool, &["d"]), Ok(FIRST + 3..=FIRST + 3));
    let batch = everything(&mut reader);
    assert_eq!(texts(&batch), ["a", "", "c", "d"]);
    assert_eq!((batch.first_seq, batch.last_seq, batch.sealed), (FIRST, FIRST + 3, false));
    assert_eq!(everything(&mut reader), batch, "peeking changes nothing");
}

#[test]
fn an_empty_spool_gives_an_empty_batch() {
    let (_spool, mut reader, _) = start(&FaultFs::default());
    let batch = everything(&mut reader);
    assert!(batch.is_empty() && batch.records.is_empty() && batch.gaps.is_empty());
}

#[test]
fn limits_bound_a_batch_but_one_record_always_comes() {
    let (spool, mut reader, _) = start(&FaultFs::default());
    append(&spool, &["aaaa", "bbbb", "cccc"]).unwrap();
    assert_eq!(texts(&reader.peek(2, 1000).unwrap()), ["aaaa", "bbbb"]);
    assert_eq!(texts(&reader.peek(10, 8).unwrap()), ["aaaa", "bbbb"]);
    assert_eq!(texts(&reader.peek(10, 1).unwrap()), ["aaaa"]);
    assert_eq!(texts(&reader.peek(0, 0).unwrap()), ["aaaa"]);
}

#[test]
fn an_acknowledgement_inside_a_frame_moves_the_reader_into_it() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["a", "b", "c"]).unwrap();
    append(&spool, &["d"]).unwrap();
    everything(&mut reader);
    reader.ack(FIRST + 1).unwrap();
    assert_eq!(texts(&everything(&mut reader)), ["c", "d"]);
    reader.ack(FIRST + 2).unwrap();
    assert_eq!(texts(&everything(&mut reader)), ["d"]);
    stop(spool, reader);
    let (_spool, mut reader, recovery) = start(&fs);
    assert_eq!(recovery.waiting, 1);
    assert_eq!(texts(&everything(&mut reader)), ["d"]);
}

#[test]
fn everything_survives_reopening_and_numbers_go_on() {
    let fs = FaultFs::default();
    for round in 0..20 {
        let (spool, mut reader, recovery) = start(&fs);
        assert_eq!(
            recovery,
            Recovery { is_new: round == 0, next_seq: FIRST + round, waiting: round, ..Recovery::default() }
        );
        assert_eq!(append(&spool, &["x".repeat(3000).as_str()]), Ok(FIRST + round..=FIRST + round));
        assert_eq!(everything(&mut reader).records.len() as u64, round + 1);
        stop(spool, reader);
    }
    assert!(segments(&fs, &dir()).len() > 2);
}

#[test]
fn a_sealed_batch_comes_back_exactly_after_reopening() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    append(&spool, &["a", "b", "c"]).unwrap();
    reader.seal(FIRST + 1).unwrap();
    append(&spool, &["d"]).unwrap();
    fs.lose_power(None);
    let (spool, mut reader, _) = start(&fs);
    assert_eq!(spool.state().sealed_seq, Some(FIRST + 1));
    let batch = reader.peek(1, 1).unwrap();
    assert_eq!((batch.sealed, batch.first_seq, batch.last_seq), (true, FIRST, FIRST + 1));
    assert_eq!(texts(&batch), ["a", "b"]);
    reader.seal(FIRST + 1).unwrap();
    assert!(reader.seal(FIRST + 2).is_err() && reader.ack(FIRST).is_err() && reader.ack(FIRST + 2).is_err());
    reader.ack(FIRST + 1).unwrap();
    reader.ack(FIRST + 1).unwrap();
    assert_eq!(texts(&everything(&mut reader)), ["c", "d"]);
}

#[test]
fn numbers_that_are_acknowledged_or_not_durable_cannot_end_a_batch() {
    let (spool, mut reader, _) = start(&FaultFs::default());
    append(&spool, &["a", "b"]).unwrap();
    assert!(reader.seal(FIRST + 2).is_err());
    assert!(reader.ack(FIRST - 2).is_err());
    reader.ack(FIRST).unwrap();
    assert!(reader.seal(FIRST).is_err());
    assert_eq!(spool.state().acked_seq, FIRST);
}

#[test]
fn acknowledged_segments_are_removed_but_the_last_remembers_the_numbers() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    let record = "x".repeat(5000);
    for _ in 0..12 {
        append(&spool, &[&record]).unwrap();
    }
    assert_eq!(segments(&fs, &dir()).len(), 4);
    reader.ack(FIRST + 6).unwrap();
    assert_eq!(segments(&fs, &dir()).len(), 2);
    assert_eq!(seqs(&everything(&mut reader)), (FIRST + 7..FIRST + 12).collect::<Vec<_>>());
    reader.ack(FIRST + 11).unwrap();
    assert_eq!(segments(&fs, &dir()).len(), 1);
    assert_eq!(spool.state().segments, 1);
    stop(spool, reader);
    let (spool, _reader, _) = start(&fs);
    assert_eq!(append(&spool, &["y"]), Ok(FIRST + 12..=FIRST + 12));
}

#[test]
fn concurrent_appends_get_distinct_numbers_and_share_syncs() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    let before = fs.calls();
    let ranges = block_on(async {
        let calls: Vec<_> = (0..50)
            .map(|n| {
                let (spool, text) = (spool.clone(), Bytes::from(format!("record {n}")));
                async move { spool.append(vec![text.clone(), text]).await.unwrap() }
            })
            .collect();
        let mut tasks = tokio::task::JoinSet::new();
        calls.into_iter().for_each(|call| _ = tasks.spawn(call));
        tasks.join_all().await
    });
    let mut firsts: Vec<_> = ranges.iter().map(|range| *range.start()).collect();
    firsts.sort_unstable();
    assert_eq!(firsts, (0..50).map(|n| FIRST + 2 * n).collect::<Vec<_>>());
    assert!(fs.calls() - before < 150);
    let batch = everything(&mut reader);
    assert!(texts(&batch).chunks(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn waiting_ends_when_something_becomes_durable_and_when_the_spool_ends() {
    let (spool, mut reader, _) = start(&FaultFs::default());
    block_on(async {
        let other = spool.clone();
        let (waited, appended) =
            tokio::join!(reader.wait(), async move { other.append(vec![Bytes::from_static(b"a")]).await });
        assert!(waited && appended.is_ok());
        assert!(reader.wait().await);
        spool.close().await;
        assert!(reader.wait().await, "what is left can still be read");
    });
    assert_eq!(texts(&everything(&mut reader)), ["a"]);
    reader.ack(FIRST).unwrap();
    assert!(!block_on(reader.wait()));
}

#[test]
fn closing_commits_what_is_queued_and_refuses_the_rest() {
    let fs = FaultFs::default();
    let (spool, mut reader, _) = start(&fs);
    block_on(async {
        let queued = spool.append(vec![Bytes::from_static(b"a")]);
        let (queued, ()) = tokio::join!(biased; queued, spool.close());
        assert_eq!(queued, Ok(FIRST..=FIRST));
        assert_eq!(spool.append(vec![Bytes::new()]).await, Err(AppendError::Closed));
        spool.close().await;
    });
    assert_eq!(texts(&everything(&mut reader)), ["a"]);
}
