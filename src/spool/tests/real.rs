use super::*;
use crate::spool::{RealFs, inspect, verify};

fn start_real(dir: &Path) -> Result<(Spool, Reader, Recovery), OpenError> {
    open(Arc::new(RealFs), dir, options())
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("a/spool");
    let (spool, reader, _) = start_real(&dir).unwrap();
    assert!(matches!(start_real(&dir), Err(OpenError::InUse(path)) if path == dir));
    block_on(spool.close());
    drop(spool);
    assert!(matches!(start_real(&dir), Err(OpenError::InUse(_))), "the reader holds it, too");
    drop(reader);
    start_real(&dir).unwrap();
}

#[test]
fn the_machines_own_file_system_keeps_records_and_private_modes() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let (spool, mut reader, _) = start_real(home.path()).unwrap();
    let record = "x".repeat(4000);
    for _ in 0..20 {
        append(&spool, &[&record]).unwrap();
    }
    reader.seal(FIRST + 9).unwrap();
    reader.ack(FIRST + 9).unwrap();
    stop(spool, reader);
    let (_spool, mut reader, recovery) = start_real(home.path()).unwrap();
    assert_eq!((recovery.waiting, recovery.damage.len()), (10, 0));
    assert_eq!(everything(&mut reader).records.len(), 10);
    for id in segments(&RealFs, home.path()) {
        assert_eq!(id.path(home.path()).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn inspecting_works_while_the_spool_is_open_and_names_damage() {
    let home = tempfile::tempdir().unwrap();
    let (spool, mut reader, _) = start_real(home.path()).unwrap();
    for text in ["a", "b", "c"] {
        append(&spool, &[text, text]).unwrap();
    }
    reader.ack(FIRST + 1).unwrap();
    reader.seal(FIRST + 3).unwrap();
    let report = inspect(home.path()).unwrap();
    assert!(report.is_sound() && verify(home.path()).unwrap().is_empty());
    assert_eq!((report.waiting(), report.sealed_seq, report.next_seq), (4, Some(FIRST + 3), FIRST + 6));
    assert_eq!(
        (report.segments[0].frames, report.segments[0].records, report.segments[0].last_seq),
        (3, 6, Some(FIRST + 5))
    );
    assert_eq!(report.bytes(), spool.state().bytes);
    let text = report.to_string();
    assert!(text.contains("\nwaiting: 4\n") && text.ends_with("verdict: sound\n"), "{text}");

    let hit = frames(&RealFs, home.path())[1].clone();
    flip_byte(&RealFs, &hit.path, hit.bytes.start + 41);
    let problems = verify(home.path()).unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].ends_with("are unreadable, records 1002 to 1003 are lost"), "{problems:?}");
    std::fs::remove_file(home.path().join("cursor")).unwrap();
    assert!(inspect(home.path()).unwrap().to_string().ends_with("verdict: damaged\n"));
    assert_eq!(verify(home.path()).unwrap().len(), 2);
}

#[test]
fn inspecting_keeps_up_with_a_spool_at_work() {
    let home = tempfile::tempdir().unwrap();
    let (spool, mut reader, _) = start_real(home.path()).unwrap();
    let record = "x".repeat(9000);
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            for _ in 0..150 {
                let range = append(&spool, &[&record]).unwrap();
                reader.seal(*range.end()).unwrap();
                reader.ack(*range.end()).unwrap();
            }
        });
        while !worker.is_finished() {
            assert_eq!(verify(home.path()).unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn a_directory_that_does_not_exist_cannot_be_inspected() {
    let home = tempfile::tempdir().unwrap();
    assert!(matches!(inspect(&home.path().join("none")), Err(OpenError::Io { .. })));
    assert!(inspect(home.path()).unwrap().is_sound(), "an empty one is a spool to be");
}
