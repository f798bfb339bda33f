//! A spool folder that is not what the server left there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use bytes::Bytes;
use footfall::event::{self, Dropped, Event, Record};
use footfall::spool::{self, Options, RealFs};
use prost::Message;
use serde_json::json;

use crate::harness::{Server, Setup, wait_until};
use crate::load::reconcile;

/// A server with a site and one page view, which has been stopped.
fn stopped() -> (Server, u32) {
    let mut server = Setup::new().start();
    let site = server.add_site("UTC");
    server.hit(site, "url=http://example.org/");
    server.flush();
    assert!(server.stop().success());
    (server, site)
}

/// Where numbers begin in a spool that the tests make: microseconds, after any server's.
const LATER: u64 = 4_000_000_000_000_000;

/// Appends records to the spool of a server that doesn't run, one call each, in small segments.
fn append(server: &Server, content: u16, records: impl IntoIterator<Item = Vec<u8>>) {
    let options = Options { segment_bytes: 16 << 10, ..Options::new(64 << 20, LATER, content) };
    let folder = server.data().join("spool");
    let (spool, reader, _) = spool::open(Arc::new(RealFs), &folder, options).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for record in records {
        runtime.block_on(spool.append(vec![Bytes::from(record)])).unwrap();
    }
    runtime.block_on(spool.close());
    drop((spool, reader));
}

/// A page view as the spool keeps it.
fn page(site: u32, path: &str) -> Vec<u8> {
    let event = Event {
        site,
        time: 1_790_000_000,
        local_date: 20_717,
        kind: 1,
        referrer_kind: 1,
        ..Event::default()
    };
    Record::from(Event { path: path.to_owned(), visitor: 7, ..event }).encode_to_vec()
}

fn segments(server: &Server) -> Vec<PathBuf> {
    let entries = fs::read_dir(server.data().join("spool")).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "seg")).collect();
    segments.sort();
    segments
}

/// Starts the server in vain; gives the one line that it says.
fn refused(server: &Server, prefix: &[&str]) -> String {
    let plain = server.command();
    let mut words = prefix.iter().map(Into::into).chain([plain.get_program().to_owned()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(server.data());
    command
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("FOOTFALL_LOG", "off");
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), text.lines().count()), (Some(1), 1), "{text}");
    text
}

#[test]
fn records_of_a_newer_version_are_refused_and_kept() {
    let (mut server, site) = stopped();
    append(&server, event::VERSION + 1, [page(site, "/newer")]);
    let before = segments(&server);
    let text = refused(&server, &[]);
    assert!(text.contains("newer version") && text.contains("run that version again"), "{text}");
    assert_eq!(segments(&server), before);
    assert!(server.run(&["spool", "verify"]).contains("whole"));
    // The newer version, so to speak, drains it; nothing of it keeps this one from going on.
    fs::remove_file(before.last().unwrap()).unwrap();
    server.start();
    server.hit(site, "url=http://example.org/");
    server.flush();
}

#[test]
fn records_that_are_none_are_quarantined_and_the_rest_flows_on() {
    let (mut server, site) = stopped();
    let garbage = [b"\xff\xff\xff\xff".to_vec(), vec![0x7a, 2, b'h', b'i'], Vec::new()];
    append(&server, event::VERSION, garbage.into_iter().chain([page(site, "/good")]));
    server.start();
    server.flush();
    let now = reconcile(&server);
    assert_eq!((&now["quarantined"], &now["stored"]), (&json!(3), &json!(2)), "{now}");
    assert!(now["alarms"][0].as_str().unwrap().starts_with("3 records are in quarantine"));
    let listed = server.run(&["spool", "inspect"]);
    assert!(listed.contains(".records.jsonl: 3 records: "), "{listed}");
    let kept: Vec<_> = fs::read_dir(server.data().join("quarantine")).unwrap().collect();
    let kept = fs::read_to_string(kept[0].as_ref().unwrap().path()).unwrap();
    assert!(kept.contains("\"/////w==\""), "{kept}");
    // They are no rows that could be sent once more.
    assert_eq!(server.try_run(&["spool", "retry-quarantined"]).status.code(), Some(1));
    server.kill();
    server.start();
    server.flush();
    assert_eq!(reconcile(&server)["quarantined"], 3);
}

#[test]
fn a_segment_that_is_gone_is_counted_as_lost_record_by_record() {
    let (mut server, site) = stopped();
    let all = 1_000_u64;
    append(&server, event::VERSION, (0..all).map(|number| page(site, &format!("/{number}"))));
    let files = segments(&server);
    assert!(files.len() >= 4, "{files:?}");
    let first = |path: &PathBuf| -> u64 {
        path.file_name().unwrap().to_str().unwrap().split('-').next().unwrap().parse().unwrap()
    };
    let gone = files.len() / 2;
    let lost = first(&files[gone + 1]) - first(&files[gone]);
    fs::remove_file(&files[gone]).unwrap();
    let problems = server.try_run(&["spool", "verify"]);
    assert!(String::from_utf8_lossy(&problems.stdout).contains("are lost"));
    server.start();
    server.flush();
    let now = reconcile(&server);
    assert_eq!((&now["lost"], &now["stored"]), (&json!(lost), &json!(all + 1 - lost)), "{now}");
    assert_eq!(now["alarms"], json!([format!("{lost} records are lost to damage of the spool")]));
    assert_eq!(server.sql("SELECT toString(count()) AS n FROM events")[0]["n"], (all + 1 - lost).to_string());
    server.hit(site, "url=http://example.org/");
    server.flush();
    server.kill();
    server.start();
    assert_eq!(server.reconciliation()["lost"], lost);
}

#[test]
fn foreign_files_are_named_and_left_alone() {
    let (mut server, site) = stopped();
    let folder = server.data().join("spool");
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    fs::create_dir(folder.join("00000000000000000001-0000000000000001.seg.old")).unwrap();
    server.start();
    server.hit(site, "url=http://example.org/");
    server.flush();
    wait_until("the server says so", || server.log().contains("notes.txt"));
    assert_eq!(fs::read_to_string(folder.join("notes.txt")).unwrap(), "mine");
    let listed = server.run(&["spool", "inspect"]);
    assert!(listed.contains("foreign file: notes.txt"), "{listed}");
}

#[test]
fn a_spool_that_may_not_be_read_is_one_clear_line() {
    let (mut server, site) = stopped();
    let segment = segments(&server).pop().unwrap();
    fs::set_permissions(&segment, Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everywhere, unless that right is taken away.
    let powerless: &[&str] = match fs::read(&segment) {
        Ok(_) => &["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"],
        Err(_) => &[],
    };
    if !powerless.is_empty() && Command::new("setpriv").arg("--version").output().is_err() {
        println!("skipped: a file that may not be read, for this is the superuser");
        return;
    }
    let text = refused(&server, powerless);
    let name = segment.file_name().unwrap().to_str().unwrap();
    assert!(text.contains(name) && text.contains("ermission denied"), "{text}");
    fs::set_permissions(&segment, Permissions::from_mode(0o600)).unwrap();
    server.start();
    server.hit(site, "url=http://example.org/");
    server.flush();
    assert_eq!(reconcile(&server)["stored"], 2);
}

#[test]
fn another_spool_of_an_older_version_is_replayed_and_the_ledger_goes_on() {
    let (mut server, site) = stopped();
    fs::remove_dir_all(server.data().join("spool")).unwrap();
    let dropped = Record::from(Dropped { site, local_date: 20_717, reason: 6, count: 3 }).encode_to_vec();
    append(&server, 0, [page(site, "/older"), dropped]);
    server.start();
    server.hit(site, "url=http://example.org/newer");
    server.flush();
    let now = reconcile(&server);
    assert_eq!((&now["stored"], &now["dropped"]["bot"]), (&json!(3), &json!(1)), "{now}");
}
