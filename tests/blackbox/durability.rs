//! What was acknowledged is counted exactly once, whatever is killed, and whenever.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{FIREFOX, Server, encode, wait_until};
use crate::load::{Load, random_millis, reconcile, rounds, rows, unlimited};

/// How often each numbered page was viewed, as the report has it.
fn counted_pages(server: &Server, site: u32) -> HashMap<u64, u64> {
    let mut counted = HashMap::new();
    loop {
        let path = format!(
            "/api/v1/sites/{site}/breakdown/pages?period=year&limit=10000&offset={}&search=/n/",
            counted.len()
        );
        let answer = server.api(&server.owner(), "GET", &path, None);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let rows = answer.json()["rows"].as_array().unwrap().clone();
        for row in &rows {
            let label = row["label"].as_str().unwrap();
            let number = label.rsplit_once("/n/").unwrap().1.parse().unwrap();
            let before = counted.insert(number, row["count"].as_u64().unwrap());
            assert_eq!(before, None, "{label} is on two pages of the report");
        }
        if rows.len() < 10_000 {
            return counted;
        }
    }
}

/// Processes whose parent this is and that run the engine.
pub fn engines_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let (state, of) = (fields.next()?, fields.next()?.parse::<u32>().ok()?);
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let is_engine = arguments.split(|byte| *byte == 0).nth(1) == Some(b"engine");
        (of == parent && state != "Z" && is_engine).then_some(pid)
    });
    processes.collect()
}

/// Kills the engine under a server; false when it happens to be down.
pub fn kill_engine(server: &Server) -> bool {
    let engines = engines_of(server.pid());
    for pid in &engines {
        // It may have ended meanwhile.
        let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    }
    !engines.is_empty()
}

/// Whether the engine is a process of the server's, which can be killed.
pub fn has_engine_of_its_own() -> bool {
    let is_embedded = std::env::var("FOOTFALL_TEST_BACKEND").map_or(true, |backend| backend != "tcp");
    if !is_embedded {
        println!("skipped: the engine is not the server's own");
    }
    is_embedded
}

#[test]
fn killing_the_server_under_load_loses_and_doubles_nothing() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    let mut kills = 0;
    load.during(&mut server, |load, server| {
        let start = Instant::now();
        // Kills soon after a start hit the replay of the batch that the kill before it has cut off.
        while start.elapsed() < Duration::from_secs(9) * rounds(1) {
            let pause = if kills % 3 == 2 { random_millis(900, 1_600) } else { random_millis(20, 500) };
            sleep(pause);
            server.kill();
            kills += 1;
            server.start();
            load.moved_to(server);
        }
    });
    load.check(&server);
    println!("the server was killed {kills} times");
    assert!(kills >= 3);
}

#[test]
fn killing_the_engine_under_load_loses_and_doubles_nothing() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    server.flush();
    let load = Load::new(&server, site);
    let mut kills = 0;
    load.during(&mut server, |_, server| {
        // The supervisor waits longer each time: 0.1 s, 0.2 s, 0.4 s, …
        while kills < rounds(5) {
            wait_until("the engine runs", || is_ready(server));
            sleep(random_millis(20, 400));
            kills += u32::from(kill_engine(server));
        }
    });
    wait_until("the engine is back", || is_ready(&server));
    load.check(&server);
    println!("the engine was killed {kills} times");
}

#[test]
fn killing_both_in_turn_loses_and_doubles_nothing() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    load.during(&mut server, |load, server| {
        for round in 0..rounds(6) {
            wait_until("the engine runs", || is_ready(server));
            sleep(random_millis(20, 500));
            kill_engine(server);
            sleep(random_millis(0, 150));
            if round % 2 == 1 {
                server.kill();
                server.start();
                load.moved_to(server);
            }
        }
    });
    load.check(&server);
}

pub fn is_ready(server: &Server) -> bool {
    let answer = server.send("GET", "/health/ready", &[], b"");
    answer.status == 200 && answer.json()["engine"] == "ready"
}

#[test]
fn stopping_under_load_loses_and_doubles_nothing() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    load.during(&mut server, |load, server| {
        for _ in 0..rounds(3) {
            let before = load.acknowledged();
            wait_until("hits come in", || load.acknowledged() > before + 100);
            let start = Instant::now();
            let status = server.stop();
            assert!(status.success(), "{status}: {}", server.log());
            // Open requests have ten seconds, and the engine as many.
            assert!(start.elapsed() < Duration::from_secs(20), "stopping took {:?}", start.elapsed());
            server.start();
            load.moved_to(server);
        }
    });
    load.check(&server);
}

#[test]
fn a_start_that_fails_does_not_make_a_lost_cursor_forgotten() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    load.during(&mut server, |load, _| {
        wait_until("hits come in", || load.acknowledged() > 500);
    });
    server.flush();
    assert!(server.stop().success());
    fs::remove_file(server.data().join("spool/cursor")).unwrap();
    let mut command = server.command();
    command.arg("serve").arg("--data").arg(server.data()).args(["--listen", "127.0.0.1:0"]);
    let failed = command.env("FOOTFALL_GEO_DATABASE", "/nowhere.mmdb").output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    server.start();
    load.moved_to(&server);
    load.check(&server);
}

#[test]
fn a_lost_cursor_loses_and_doubles_nothing() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let load = Load::new(&server, site);
    load.during(&mut server, |load, _| {
        wait_until("hits come in", || load.acknowledged() > 1_000);
    });
    // The last records are late heart beats: dropped by the drain, when it is too late to know it from the record.
    let beats = 7;
    for beat in 0..beats {
        let ping = format!("url=http://example.org/p&ping=1&ua={}", encode(FIREFOX));
        let agent = format!("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/{beat}");
        let answer = server.hit_as(site, &ping, &[("User-Agent", &agent), ("Accept-Language", "eo")]);
        assert!(answer.status < 300);
    }
    server.flush();
    for round in 0..3 {
        if round == 1 {
            server.kill();
        } else {
            assert!(server.stop().success());
        }
        fs::remove_file(server.data().join("spool/cursor")).unwrap();
        server.start();
        load.moved_to(&server);
        load.check(&server);
        assert_eq!(server.dropped(site, "late_ping"), beats, "after loss number {round}");
        let before = load.acknowledged();
        load.during(&mut server, |load, _| {
            wait_until("more hits come in", || load.acknowledged() > before + 200);
        });
    }
    load.check(&server);
}

/// A power cut between the two: the database has the last batch, and neither the ledger nor the cursor knows it.
#[test]
fn a_batch_that_only_the_database_knows_raises_no_alarm() {
    let mut server = unlimited().start();
    let site = server.add_site("UTC");
    let hit = |server: &Server, page: u32| {
        assert!(server.hit(site, &format!("url=http://example.org/n/{page}")).status < 300);
        server.flush();
    };
    hit(&server, 0);
    let accounts = server.data().join("accounts.db");
    let ledger: Vec<(String, i64)> = {
        let db = rusqlite::Connection::open(&accounts).unwrap();
        let mut query = db.prepare("SELECT name, value FROM ledger").unwrap();
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    (1..6).for_each(|page| hit(&server, page));
    server.kill();
    for (name, value) in ledger {
        let db = rusqlite::Connection::open(&accounts).unwrap();
        assert_eq!(db.execute("UPDATE ledger SET value = ?2 WHERE name = ?1", (name, value)).unwrap(), 1);
    }
    fs::remove_file(server.data().join("spool/cursor")).unwrap();
    server.start();
    server.flush();
    assert_eq!(reconcile(&server)["stored"], 6);
    assert_eq!(counted_pages(&server, site).len(), 6);
}

#[test]
fn events_of_many_months_in_one_request_are_counted_once() {
    let mut server = unlimited().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    let token = server.token("write", Some(site));
    let months = 130_u32;
    let sent: BTreeMap<String, u64> = (0..months)
        .map(|age| {
            let month = 2026 * 12 + 9 - age; // October 2026 and back, counted from zero
            let time = format!("{}-{:02}-15 10:00:00", month / 12, month % 12 + 1);
            (time, u64::from(age))
        })
        .collect();
    for _ in 0..2 {
        let entry = |(time, age): (&String, &u64)| {
            format!("?idsite={site}&rec=1&url=http://example.org/n/{age}&cdt={}", encode(time))
        };
        let requests: Vec<String> = sent.iter().map(entry).collect();
        let body = json!({ "requests": requests, "token_auth": token }).to_string();
        let answer = server.send("POST", "/matomo.php", &[("User-Agent", FIREFOX)], body.as_bytes());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["tracked"], months);
        // Somewhere between the batches that the months are cut into.
        sleep(random_millis(0, 60));
        server.kill();
        server.start();
    }
    server.flush();
    let months_in_table =
        "SELECT path, count() AS views, uniqExact(seq) AS seqs, uniqExact(local_date) AS days
        FROM events GROUP BY path";
    let found = rows(&server, months_in_table);
    assert_eq!(found.len() as u32, months);
    for row in found {
        assert_eq!((&row["views"], &row["seqs"], &row["days"]), (&json!(2), &json!(2), &json!(1)), "{row}");
    }
}

/// The two crashes that no kill can be timed for: the database took a batch and the spool does not know it, and the
/// database knows a batch's token without its rows, or its rows without its token.
#[test]
fn a_batch_that_was_sent_and_not_acknowledged_is_counted_once() {
    if !has_engine_of_its_own() {
        return;
    }
    let (_folder, library) = removable_library();
    let setup = unlimited().env("FOOTFALL_ENGINE_LIBRARY", library.to_str().unwrap());
    let mut server = setup.start();
    let site = server.add_site("UTC");
    server.hit(site, "url=http://example.org/n/0");
    server.flush();

    fs::remove_file(&library).unwrap();
    assert!(kill_engine(&server));
    wait_until("the server notices", || !is_ready(&server));
    let bot = [("User-Agent", "Googlebot/2.1")];
    for number in 1..=40 {
        server.hit(site, &format!("url=http://example.org/n/{number}"));
        server.hit_as(site, "url=http://example.org/bot", &bot);
    }
    // The first batch is sealed and sent in vain; the files are those of a crash.
    wait_until("the batch is sealed", || fs::read(server.data().join("spool/cursor")).unwrap()[10] == 1);
    server.kill();
    let (spool, aside) = (server.data().join("spool"), server.data().join("spool-aside"));
    copy(&spool, &aside);
    std::os::unix::fs::symlink(library_of_the_harness(), &library).unwrap();
    for crash in ["nothing else", "rows are gone", "tokens are gone"] {
        server.start();
        server.flush();
        assert_all_once(&server, site, crash);
        if crash == "nothing else" {
            server.sql("ALTER TABLE events DELETE WHERE path != '/n/0' SETTINGS mutations_sync = 2");
            server.sql("ALTER TABLE dropped DELETE WHERE 1 SETTINGS mutations_sync = 2");
        }
        assert!(server.stop().success());
        if crash == "rows are gone" {
            assert!(remove_tokens(&server.data().join("engine")) > 0);
        }
        fs::remove_dir_all(&spool).unwrap();
        copy(&aside, &spool);
    }
    server.start();
    server.flush();
    assert_all_once(&server, site, "tokens are gone");
}

fn assert_all_once(server: &Server, site: u32, crash: &str) {
    reconcile(server);
    let counted = counted_pages(server, site);
    assert_eq!(counted.len(), 41, "{crash}");
    assert!(counted.values().all(|count| *count == 1), "{crash}: {counted:?}");
    assert_eq!(server.dropped(site, "bot"), 40, "{crash}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Forgets which batches the engine has seen.
fn remove_tokens(folder: &Path) -> u32 {
    let mut removed = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            removed += remove_tokens(&path);
        } else if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("deduplication_log"))
        {
            fs::remove_file(path).unwrap();
            removed += 1;
        }
    }
    removed
}

/// A library that can be taken away under a server's feet, so that its engine stays down.
fn removable_library() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("engine-library.so");
    std::os::unix::fs::symlink(library_of_the_harness(), &library).unwrap();
    (folder, library)
}

#[test]
fn hits_are_answered_while_the_engine_is_down_and_counted_later() {
    if !has_engine_of_its_own() {
        return;
    }
    let (_folder, library) = removable_library();
    let mut server = unlimited().env("FOOTFALL_ENGINE_LIBRARY", library.to_str().unwrap()).start();
    let site = server.add_site("UTC");
    server.hit(site, "url=http://example.org/n/0");
    server.flush();
    assert!(is_ready(&server));

    fs::remove_file(&library).unwrap();
    assert!(kill_engine(&server));
    wait_until("the server notices", || {
        server.send("GET", "/health/ready", &[], b"").json()["engine"] == "degraded"
    });
    for number in 1..=300 {
        let answer = server.hit(site, &format!("url=http://example.org/n/{number}"));
        assert_eq!(answer.status, 200);
    }
    let ready = server.send("GET", "/health/ready", &[], b"");
    assert_eq!((ready.status, &ready.json()["engine"]), (200, &json!("degraded")));
    assert!(ready.json()["spool"]["waiting"].as_u64().unwrap() >= 300);

    // Neither a stop nor a kill loses what waits.
    assert!(server.stop().success());
    std::os::unix::fs::symlink(library_of_the_harness(), &library).unwrap();
    server.start();
    server.kill();
    server.start();
    server.flush();
    let counted = counted_pages(&server, site);
    assert_eq!(counted.len(), 301);
    assert!(counted.values().all(|count| *count == 1));
}

/// The engine library that servers of the harness use.
pub fn library_of_the_harness() -> std::path::PathBuf {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/@chdb");
    let packages = fs::read_dir(modules).unwrap().map(|entry| entry.unwrap().path());
    let mut libraries =
        packages.flat_map(|folder| ["libchdb.so", "libchdb.dylib"].map(|name| folder.join(name)));
    libraries.find(|path| path.is_file()).unwrap()
}
