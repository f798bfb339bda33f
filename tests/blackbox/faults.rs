//! What else can go wrong under load: an engine that hangs, a disk that is full, a clock that jumps, rows that the
//! database refuses.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::durability::{engines_of, has_engine_of_its_own, is_ready};
use crate::harness::{Server, Stopped, wait_until};
use crate::load::{Load, random_millis, reconcile, rounds, rows, send_together, unlimited};

fn health(server: &Server) -> Value {
    server.send("GET", "/health/ready", &[], b"").json()
}

#[test]
fn an_engine_that_hangs_is_told_and_goes_on_when_it_wakes() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    load.during(&mut server, |load, server| {
        for _ in 0..rounds(2) {
            sleep(random_millis(300, 900));
            let stopped = Stopped::new(server.database_pid());
            wait_until("the server notices", || health(server)["engine"] == "degraded");
            // A report doesn't wait for it, and hits don't mind.
            let start = Instant::now();
            let path = format!("/api/v1/sites/{site}/overview?period=today");
            let answer = server.api(&load.token, "GET", &path, None);
            assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("degraded")));
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
            let before = load.acknowledged();
            wait_until("hits are acknowledged", || load.acknowledged() > before + 500);
            drop(stopped);
            wait_until("the engine is back", || is_ready(server));
        }
    });
    load.check(&server);
}

#[test]
fn an_engine_that_hangs_for_good_is_started_again() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut server = unlimited().env("FOOTFALL_ENGINE_HANG_SECONDS", "5").start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    load.during(&mut server, |_, server| {
        sleep(Duration::from_millis(500));
        let before = server.database_pid();
        let stopped = Stopped::new(before);
        wait_until("another engine runs", || engines_of(server.pid()).iter().any(|pid| *pid != before));
        // There is nobody left to be woken.
        std::mem::forget(stopped);
        wait_until("it is ready", || is_ready(server));
    });
    load.check(&server);
    assert!(server.log().contains("was silent"), "{}", server.log());
}

#[test]
fn a_full_disk_refuses_hits_and_recovers_by_itself() {
    let Some(mut server) = unlimited().disk(160).try_start() else { return };
    let (site, other) = (server.add_site("UTC"), server.add_site("UTC"));
    let load = Load::new(&server, site);
    load.during(&mut server, |load, server| {
        for round in 0..rounds(2) {
            let before = load.acknowledged();
            wait_until("hits are acknowledged", || load.acknowledged() > before + 300);
            let filling = server.data().join("filling");
            fill(&filling);
            let mut answer = server.hit(other, "url=http://example.org/full");
            wait_until("hits are refused", || {
                answer = server.hit(other, "url=http://example.org/full");
                answer.status == 503
            });
            assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
            let ready = server.send("GET", "/health/ready", &[], b"");
            assert_eq!((ready.status, &ready.json()["reason"]), (503, &json!("the spool is full")));
            // A server that dies now has to start on a disk that is full.
            if round % 2 == 1 {
                server.kill();
                fs::remove_file(&filling).unwrap();
                server.start();
                load.moved_to(server);
            } else {
                sleep(random_millis(200, 1_500));
                fs::remove_file(&filling).unwrap();
            }
            let freed = Instant::now();
            while server.hit(other, "url=http://example.org/full").status != 200 || !is_ready(server) {
                let state = || format!("{}: {}", health(server), server.log());
                assert!(freed.elapsed() < Duration::from_secs(60), "hits are not taken again: {}", state());
                sleep(Duration::from_millis(20));
            }
        }
    });
    load.check(&server);
}

#[test]
fn an_order_that_could_not_be_counted_is_not_taken_for_known() {
    let Some(server) = unlimited().disk(160).try_start() else { return };
    let site = server.add_site("UTC");
    let page = || server.hit(site, &format!("url=http://example.org/&action_name={}", "word+".repeat(180)));
    let order = || server.hit(site, "url=http://example.org/o&idgoal=0&ec_id=A1&revenue=20");
    assert_eq!(server.hit(site, "url=http://example.org/").status, 200);
    server.flush();
    let filling = server.data().join("filling");
    fill(&filling);
    wait_until("nothing is taken any more", || page().status == 503);
    assert_eq!(order().status, 503);
    fs::remove_file(&filling).unwrap();
    wait_until("the order is taken", || order().status == 200);
    server.flush();
    assert_eq!(rows(&server, "SELECT count() AS orders FROM events WHERE kind = 10")[0]["orders"], 1);
}

/// A row that takes more of the disk than an engine makes sure of beforehand: two files for each of many columns.
#[test]
fn an_insert_that_finds_no_room_ends_the_engine_and_is_no_insert() {
    if !has_engine_of_its_own() {
        return;
    }
    let Some(server) = unlimited().disk(160).try_start() else { return };
    // The engine runs, and has its database.
    server.hit(server.add_site("UTC"), "url=http://example.org/");
    server.flush();
    let columns: Vec<String> = (0..500).map(|number| format!("c{number} UInt8")).collect();
    let columns = columns.join(", ");
    let wide = "ENGINE = MergeTree ORDER BY tuple() SETTINGS min_bytes_for_wide_part = 0";
    server.sql(&format!("CREATE TABLE wide ({columns}) {wide}"));
    let filling = server.data().join("filling");
    fill(&filling);
    let file = fs::File::options().write(true).open(&filling).unwrap();
    file.set_len(file.metadata().unwrap().len() - (2 << 20)).unwrap();
    let before = server.database_pid();
    let sql = "INSERT INTO wide (c0) VALUES (1)";
    let mut engine = UnixStream::connect(server.engine_socket().unwrap()).unwrap();
    let request = format!(
        "POST /?database=footfall HTTP/1.1\r\nHost: engine\r\nContent-Length: {}\r\n\r\n{sql}",
        sql.len()
    );
    engine.write_all(request.as_bytes()).unwrap();
    wait_until("another engine runs", || engines_of(server.pid()).iter().any(|pid| *pid != before));
    fs::remove_file(filling).unwrap();
    wait_until("it is ready", || is_ready(&server));
    assert_eq!(rows(&server, "SELECT count() AS rows FROM wide")[0]["rows"], 0);
    assert!(server.log().contains("the engine cannot write: No space left"), "{}", server.log());
}

/// Writes until there is no room.
fn fill(path: &std::path::Path) {
    let mut file = fs::File::create(path).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![1; size]).is_err() {
            size /= 2;
        }
    }
}

#[test]
fn jumps_of_the_clock_lose_and_double_nothing() {
    let mut server = unlimited().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("Europe/Amsterdam");
    let load = Load::new(&server, site);
    for _ in 0..rounds(1) {
        load.during(&mut server, |load, server| {
            let jumps = [
                "2026-11-19T12:00:00Z",
                "2026-12-20T23:59:58Z",
                "2026-11-20T00:00:01Z",
                "2026-11-20T12:00:30Z",
            ];
            for (number, time) in jumps.into_iter().enumerate() {
                server.set_clock(time);
                let before = load.acknowledged();
                wait_until("hits are acknowledged", || load.acknowledged() > before + 300);
                if number % 2 == 1 {
                    server.kill();
                    server.start();
                    load.moved_to(server);
                }
            }
        });
        load.check(&server);
    }
}

#[test]
fn a_disk_that_fails_ends_the_server_and_what_was_acknowledged_is_counted() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    server.flush();
    let in_the_way = server.data().join("spool/cursor.tmp");
    fs::create_dir(&in_the_way).unwrap();
    assert_eq!(server.hit(site, "url=http://example.org/a").status, 200);
    assert_eq!(server.end().code(), Some(1));
    fs::remove_dir(in_the_way).unwrap();
    server.start();
    server.flush();
    assert_eq!(server.today(site, "overview")["totals"]["page_views"], 1);
    reconcile(&server);
}

#[test]
fn rows_that_vanish_from_the_database_are_alarmed() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    send_together(&server, site, &["a", "b", "c"]);
    server.flush();
    reconcile(&server);
    server.sql("ALTER TABLE events DELETE WHERE path = '/b' SETTINGS mutations_sync = 2");
    assert!(server.stop().success());
    server.start();
    wait_until("the loss is noticed", || server.reconciliation()["missing_rows"] == 1);
    let now = server.reconciliation();
    assert_eq!(
        (&now["balanced"], &now["alarms"]),
        (&json!(false), &json!(["1 rows are missing in the database"]))
    );
    // Those of a deleted site are not missing.
    server.run(&["site", "delete", "--site", &site.to_string(), "--yes"]);
    wait_until("the site is purged", || server.log().contains("deleted site is removed"));
    assert!(server.stop().success());
    server.start();
    wait_until("the tables are compared", || server.reconciliation()["missing_rows"] == 1);
}
