//! Logs that are imported: every line once, whatever dies and however often the command is run.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::harness::{Answer, FIREFOX, Server, Setup, shared, wait_until};

const BOT: &str = "Googlebot/2.1 (+http://www.google.com/bot.html)";

/// A combined line of this number's visitor: three lines a second.
pub(crate) fn line(number: u64, request: &str, status: u16, agent: &str) -> String {
    let (minute, second) = (number / 180 % 60, number / 3 % 60);
    let hour = number / 10_800 % 24;
    format!(
        "10.{}.{}.7 - - [06/May/2024:{hour:02}:{minute:02}:{second:02} +0000] \"{request}\" {status} 512 \
         \"https://www.google.com/search?q=bike\" \"{agent}\"\n",
        number / 250 % 250,
        number % 250
    )
}

pub(crate) fn view(number: u64) -> String {
    line(number, &format!("GET /n/{number} HTTP/1.1"), 200, FIREFOX)
}

/// Views and, every sixth line, a bot.
fn log(numbers: std::ops::Range<u64>) -> String {
    let entry = |number: u64| match number % 6 {
        5 => line(number, &format!("GET /n/{number} HTTP/1.1"), 200, BOT),
        _ => view(number),
    };
    numbers.map(entry).collect()
}

/// A folder of logs beside a server's data.
pub(crate) struct Logs(tempfile::TempDir);

impl Logs {
    pub(crate) fn new() -> Logs {
        Logs(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// A log in a folder that lives as long as the pair.
    fn write_kept(self, name: &str, text: &str) -> (Logs, PathBuf) {
        let path = self.write(name, text);
        (self, path)
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        fs::OpenOptions::new()
            .append(true)
            .open(self.path(name))
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }
}

pub(crate) fn try_import(server: &Server, log: &Path, site: u32) -> Output {
    server.try_run(&["import", "log", log.to_str().unwrap(), "--site", &site.to_string()])
}

/// Imports a log and gives what the command says about it, without its name.
pub(crate) fn import(server: &Server, log: &Path, site: u32) -> String {
    let output = try_import(server, log, site);
    assert!(output.status.success(), "{} {}", String::from_utf8_lossy(&output.stderr), server.log());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (name, rest) = said.trim_end().split_once(": ").unwrap();
    assert_eq!(name, log.to_str().unwrap());
    rest.to_owned()
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// How often each path is there.
pub(crate) fn views(server: &Server) -> BTreeMap<String, u64> {
    server.flush();
    let rows = server.sql("SELECT path, count() AS views FROM events GROUP BY path ORDER BY path");
    rows.iter().map(|row| (row["path"].as_str().unwrap().to_owned(), number(&row["views"]))).collect()
}

/// The engine writes large numbers as text.
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

fn dropped(server: &Server) -> u64 {
    number(&server.sql("SELECT sum(hits) AS hits FROM dropped")[0]["hits"])
}

/// Each number of the range is there once, and nothing else; bots are counted as such, once.
fn assert_once(server: &Server, numbers: std::ops::Range<u64>) {
    let views = views(server);
    let people = numbers.clone().filter(|number| number % 6 != 5);
    let doubled: Vec<_> = views.iter().filter(|(_, count)| **count != 1).collect();
    assert!(doubled.is_empty(), "{} are there twice: {:?}", doubled.len(), doubled.first());
    let lost: Vec<_> = people.clone().filter(|n| !views.contains_key(&format!("/n/{n}"))).collect();
    assert!(lost.is_empty(), "{} are lost: {:?}", lost.len(), lost.first());
    assert_eq!(views.len(), people.count());
    assert_eq!(dropped(server), numbers.filter(|number| number % 6 == 5).count() as u64);
}

#[test]
fn lines_become_hits_of_their_time_place_and_browser() {
    let server = Setup::new().start();
    let site = server.add_site("Europe/Amsterdam");
    let logs = Logs::new();
    let text = [
        view(1),
        line(2, "GET /files/manual.pdf HTTP/1.1", 200, FIREFOX),
        line(3, "GET /style.css HTTP/1.1", 200, FIREFOX),
        line(4, "GET /old HTTP/1.1", 301, FIREFOX),
        line(5, "GET /gone HTTP/1.1", 404, FIREFOX),
        line(6, "POST /form HTTP/1.1", 200, FIREFOX),
        line(7, "GET /n/7 HTTP/1.1", 200, BOT),
        "what is this\n".to_owned(),
        "\n".to_owned(),
        "other.example:443 ".to_owned() + &view(8),
        "example.org:443 ".to_owned() + &view(9),
        "203.0.113.9 - - [31/Dec/2023:23:30:00 +0000] \"GET /common HTTP/1.0\" 200 77\n".to_owned(),
        line(10, "GET /n/10 HTTP/1.1", 200, FIREFOX).replace("2024", "1999"),
    ]
    .concat();
    let said = import(&server, &logs.write("access.log", text), site);
    assert_eq!(
        said,
        "13 lines read, 5 hits sent (1 of them not counted: bot 1), 6 skipped (error 1, method 1, other_host 1, \
         redirect 1, static_file 1, time 1), 1 malformed (line 8), 0 already imported; other hosts count when they \
         are among the site's addresses"
    );
    server.flush();
    let rows = server.sql(
        "SELECT path, kind, toString(local_date) AS day, local_hour AS hour, browser, referrer_name AS referrer,
                bandwidth FROM events ORDER BY seq",
    );
    let row = |path: &str, kind, day: &str, hour, browser: &str, referrer: &str, bandwidth: &str| {
        json!({ "path": path, "kind": kind, "day": day, "hour": hour, "browser": browser, "referrer": referrer,
                "bandwidth": bandwidth })
    };
    let expected = [
        row("/n/1", 1, "2024-05-06", 2, "Firefox", "Google", "512"),
        row("/files/manual.pdf", 3, "2024-05-06", 2, "Firefox", "Google", "512"),
        row("/n/9", 1, "2024-05-06", 2, "Firefox", "Google", "512"),
        row("/common", 1, "2024-01-01", 0, "Unknown", "", "77"),
    ];
    let as_text = |mut row: Value| {
        row["bandwidth"] = number(&row["bandwidth"]).to_string().into();
        row
    };
    assert_eq!(rows.into_iter().map(as_text).collect::<Vec<_>>(), expected);
    let dropped = server.sql("SELECT toString(local_date) AS day, reason, hits FROM dropped");
    assert_eq!(
        (dropped.len(), &dropped[0]["day"], number(&dropped[0]["hits"])),
        (1, &json!("2024-05-06"), 1)
    );
}

#[test]
fn failed_requests_are_views_on_demand() {
    let server = Setup::new().start();
    let site = server.add_site("UTC").to_string();
    let log = Logs::new().write_kept("access.log", &line(1, "GET /gone HTTP/1.1", 404, FIREFOX));
    let said = server.run(&["import", "log", log.1.to_str().unwrap(), "--site", &site, "--with-errors"]);
    assert!(said.contains("1 hits sent"), "{said}");
    server.flush();
    assert_eq!(
        server.sql("SELECT path, title FROM events"),
        [json!({ "path": "/gone", "title": "Error 404" })]
    );
}

#[test]
fn a_log_is_known_again_when_it_is_renamed_packed_and_has_grown() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    let text = log(0..10);
    let path = logs.write("access.log", &text);
    assert!(import(&server, &path, site).starts_with("10 lines read, 10 hits sent"));
    assert_eq!(
        import(&server, &path, site),
        "0 lines read, 0 hits sent, 0 skipped, 0 malformed, 10 already imported"
    );

    // Short as it is, all of it is what it was known by.
    logs.append("access.log", &log(10..100));
    assert!(import(&server, &path, site).contains("90 lines read"));
    logs.append("access.log", &log(100..101));
    fs::rename(&path, logs.path("access.log.1")).unwrap();
    assert!(import(&server, &logs.path("access.log.1"), site).starts_with("1 lines read"));

    let packed = logs.write("access.log.2.gz", gzip(&log(0..103)));
    assert!(import(&server, &packed, site).starts_with("2 lines read"));
    let two = [gzip(&log(0..50)), gzip(&log(50..105))].concat();
    assert!(import(&server, &logs.write("two.gz", two), site).starts_with("2 lines read"));
    assert_once(&server, 0..105);

    // Another log that begins with the same line.
    let other = logs.write("other.log", view(0) + &log(200..210));
    assert!(import(&server, &other, site).starts_with("11 lines read"));
    // The same one on another site.
    assert!(import(&server, &packed, server.add_site("UTC")).starts_with("103 lines read"));
    assert_eq!(server.sql("SELECT count() AS rows FROM events").len(), 1);
}

#[test]
fn a_shorter_copy_of_a_log_brings_nothing_new() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    import(&server, &logs.write("access.log", log(0..100)), site);
    for copy in [logs.write("copy.log", log(0..60)), logs.write("copy.log.gz", gzip(&log(0..60)))] {
        let said = import(&server, &copy, site);
        assert!(
            said.starts_with("0 lines read") && said.contains("shorter than what was imported"),
            "{said}"
        );
    }
    assert_once(&server, 0..100);
}

#[test]
fn a_line_that_is_being_written_waits_until_it_is_whole() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    let text = log(0..40);
    for end in [10, 90, 150, 2_000, 2_001, 4_000, text.len() - 1, text.len()] {
        import(&server, &logs.write("access.log", &text[..end]), site);
    }
    assert_once(&server, 0..40);
}

#[test]
fn lines_end_at_64_kib() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let long = |number: u64, length: usize| {
        line(number, &format!("GET /n/{number}?q={} HTTP/1.1", "x".repeat(length)), 200, FIREFOX)
    };
    let text = [view(0), long(1, 60_000), long(2, 66_000), view(3), long(4, 900_000), view(6)].concat();
    let logs = Logs::new();
    let said = import(&server, &logs.write("access.log", text), site);
    assert!(said.starts_with("6 lines read, 4 hits sent, 0 skipped, 2 malformed (line 3, 5)"), "{said}");
    let paths: Vec<_> =
        views(&server).into_keys().map(|path| path.chars().take(4).collect::<String>()).collect();
    assert_eq!(paths, ["/n/0", "/n/1", "/n/3", "/n/6"]);
}

#[test]
fn standard_input_is_a_log_like_others() {
    let server = Setup::new().start();
    let site = server.add_site("UTC").to_string();
    let feed = |bytes: Vec<u8>| {
        let mut command = server.command();
        command.args(["import", "log", "-", "--site", &site, "--data"]).arg(server.data());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    assert!(feed(log(0..5_000).into_bytes()).starts_with("standard input: 5000 lines read"));
    assert!(feed(gzip(&log(0..5_003))).contains(": 3 lines read"));
    assert_once(&server, 0..5_003);
}

/// Starts an import whose end nobody waits for.
fn start_import(server: &Server, log: &Path, site: u32) -> Child {
    let mut command: Command = server.command();
    command.args(["import", "log", log.to_str().unwrap(), "--site", &site.to_string(), "--data"]);
    command
        .arg(server.data())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Hits of lines that this server has made durable since it was started.
fn counted(server: &Server) -> u64 {
    let metrics = server.send("GET", "/metrics", &[], b"").text();
    let counts = metrics.lines().filter(|line| line.starts_with("footfall_hits_total{"));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Waits until a random number of further lines is durable, and a random moment more.
fn wait_for_some(server: &Server, importer: &mut Child) {
    let some = counted(server) + rand::random_range(0..3_000);
    wait_until("lines arrive", || counted(server) >= some || importer.try_wait().unwrap().is_some());
    sleep(Duration::from_micros(rand::random_range(0..40_000)));
}

#[test]
fn every_line_is_there_once_after_kills_of_importer_and_server_at_any_moment() {
    const ROUNDS: u64 = 15;
    const LINES: u64 = 90_000;
    let mut server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    let path = logs.write("access.log", log(0..LINES / 2));
    let mut cut_off = 0;
    for round in 0..ROUNDS {
        if round == ROUNDS / 2 {
            logs.append("access.log", &log(LINES / 2..LINES));
        }
        let mut importer = start_import(&server, &path, site);
        wait_for_some(&server, &mut importer);
        if round % 3 > 0 {
            server.kill();
            server.start();
        }
        if round % 3 == 1 {
            // The importer finds the server that is back, elsewhere, and goes on.
            wait_for_some(&server, &mut importer);
        }
        cut_off += u64::from(importer.try_wait().unwrap().is_none());
        importer.kill().unwrap();
        importer.wait().unwrap();
    }
    println!("{cut_off} of {ROUNDS} imports were cut off");
    assert!(cut_off >= ROUNDS / 2);
    import(&server, &path, site);
    let said = import(&server, &path, site);
    assert!(said.contains("0 lines read") && said.contains(&format!("{LINES} already imported")), "{said}");
    assert_once(&server, 0..LINES);
    let rows = &server.sql("SELECT count() AS rows, uniqExact(seq) AS seqs FROM events")[0];
    assert_eq!(rows["rows"], rows["seqs"]);
}

#[test]
fn two_importers_of_one_log_count_it_once() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let path = Logs::new().write_kept("access.log", &log(0..20_000));
    let both = [start_import(&server, &path.1, site), start_import(&server, &path.1, site)];
    for mut importer in both {
        assert!(importer.wait().unwrap().success());
    }
    assert_once(&server, 0..20_000);
}

#[test]
fn a_new_start_of_the_server_does_not_cut_visits_of_an_import_in_two() {
    let mut server = Setup::new().start();
    let site = server.add_site("UTC");
    let logs = Logs::new();
    // Twenty visitors with forty views each, in turns.
    let entry = |n: u64| line(n % 20, &format!("GET /n/{n} HTTP/1.1"), 200, FIREFOX);
    let path = logs.write("access.log", (0..400).map(entry).collect::<String>());
    import(&server, &path, site);
    // What visitors do now is no measure for what may still go on in the log.
    server.hit(site, "url=http://example.org/now");
    server.flush();
    server.kill();
    server.start();
    logs.append("access.log", &(400..800).map(entry).collect::<String>());
    import(&server, &path, site);
    server.flush();
    let sql = "SELECT uniqExact(visitor) AS visitors, uniqExact(visit) AS visits, count() AS views
               FROM events WHERE startsWith(path, '/n/')";
    let rows = &server.sql(sql)[0];
    assert_eq!([number(&rows["visitors"]), number(&rows["visits"]), number(&rows["views"])], [20, 20, 800]);
}

#[test]
fn a_full_spool_is_waited_for() {
    let server = Setup::new().env("FOOTFALL_SPOOL_MAX_MIB", "1").start();
    let site = server.add_site("UTC");
    let path = Logs::new().write_kept("access.log", &log(0..3_000));
    server.flush();
    let stopped = server.fill_spool();
    let mut importer = start_import(&server, &path.1, site);
    sleep(Duration::from_millis(700));
    assert!(importer.try_wait().unwrap().is_none(), "the import ended while nothing could be made durable");
    drop(stopped);
    assert!(importer.wait().unwrap().success());
    server.flush();
    let rows =
        server.sql("SELECT path, count() AS views FROM events WHERE startsWith(path, '/n/') GROUP BY path");
    assert_eq!(rows.len(), 2_500);
    assert!(rows.iter().all(|row| number(&row["views"]) == 1));
}

#[test]
fn the_token_of_an_import_goes_with_it() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let tokens = || {
        let db = rusqlite::Connection::open(server.data().join("accounts.db")).unwrap();
        db.query_row("SELECT count(*) FROM tokens WHERE purpose = 'import'", [], |row| row.get::<_, u32>(0))
            .unwrap()
    };
    let logs = Logs::new();
    let path = logs.write("access.log", log(0..60_000));
    import(&server, &logs.write("short.log", log(0..10)), site);
    assert_eq!(tokens(), 0);

    let mut importer = start_import(&server, &path, site);
    wait_until("the import has begun", || tokens() == 1);
    assert!(Command::new("kill").arg(importer.id().to_string()).status().unwrap().success());
    let status = importer.wait().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    assert_eq!(tokens(), 0);
}

#[test]
fn no_address_and_no_agent_of_a_log_is_written_down() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 canary/7";
    let log = Logs::new().write_kept(
        "access.log",
        &format!(
            "198.51.100.177 - frank [06/May/2024:07:08:09 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{agent}\"\n"
        ),
    );
    assert!(import(&server, &log.1, site).starts_with("1 lines read, 1 hits sent,"));
    server.flush();
    let found = files_with(&server.data(), &["198.51.100.177", "canary/7", "frank"]);
    assert!(found.is_empty(), "{found:?}");
    assert!(!server.log().contains("198.51.100"));
}

/// Files that hold one of these texts.
fn files_with(folder: &Path, words: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, words));
        } else if let Ok(bytes) = fs::read(&path)
            && words.iter().any(|word| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_is_wrong_is_one_line_that_says_what_to_do() {
    let mut server = Setup::new().start();
    let site = server.add_site("UTC").to_string();
    let logs = Logs::new();
    let good = logs.write("access.log", log(0..3));
    let good = good.to_str().unwrap();
    let mut broken = gzip(&log(0..4_000));
    broken.truncate(broken.len() - 100);
    let broken = logs.write("broken.gz", broken);
    let fails = |server: &Server, arguments: &[&str], status: i32, says: &str| {
        let output = server.try_run(&[&["import", "log"], arguments].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.starts_with("footfall: ") && error.contains(says), "{error}");
    };
    fails(&server, &["/nowhere.log", "--site", &site], 1, "can't read /nowhere.log");
    fails(&server, &[logs.0.path().to_str().unwrap(), "--site", &site], 1, "can't read");
    fails(&server, &[good, "--site", "99"], 1, "there is no site 99");
    fails(&server, &[good], 2, "--site");
    fails(&server, &[good, "--site", &site, "--url", "https://example.org"], 1, "--url must be like");
    fails(
        &server,
        &[good, "--site", &site, "--url", "http://127.0.0.1:1"],
        1,
        "no server answers at 127.0.0.1:1",
    );
    fails(&server, &[broken.to_str().unwrap(), "--site", &site], 1, "what came before is imported");
    assert!(views(&server).len() > 1_000);
    let empty = logs.write("empty.log", "");
    assert!(import(&server, &empty, site.parse().unwrap()).starts_with("0 lines read"));

    server.kill();
    fails(&server, &[good, "--site", &site], 1, "start it with `footfall serve`");
}

#[test]
fn a_server_elsewhere_is_spoken_to_with_a_token_of_its_own() {
    let server = Setup::new().start();
    let (site, other) = (server.add_site("UTC"), server.add_site("UTC"));
    let logs = Logs::new();
    let path = logs.write("access.log", log(0..12));
    let run = |token: Option<&str>| {
        let mut command = server.command();
        command.args(["import", "log", path.to_str().unwrap(), "--site", &site.to_string()]);
        command.args(["--url", &format!("http://{}", server.address), "--data"]).arg(logs.path("nothing"));
        command.envs(token.map(|token| ("FOOTFALL_TOKEN", token)));
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (status, said) = run(None);
    assert!(status == Some(1) && said.contains("put it into FOOTFALL_TOKEN"), "{said}");
    let (status, said) = run(Some(&server.token("write", Some(other))));
    assert!(status == Some(1) && said.contains("does not let us import"), "{said}");
    let (status, said) = run(Some(&server.token("write", Some(site))));
    assert!(status == Some(0) && said.contains("12 lines read, 12 hits sent"), "{said}");
    assert_once(&server, 0..12);
}

fn post(server: &Server, token: &str, path: &str, body: &[u8]) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/octet-stream")];
    server.send("POST", path, &headers, body)
}

#[test]
fn a_chunk_that_does_not_follow_is_refused() {
    let server = Setup::new().start();
    let (site, other) = (server.add_site("UTC"), server.add_site("UTC"));
    let token = server.token("write", Some(site));
    let path = format!("/api/v1/sites/{site}/imports");
    let text = log(0..6);
    let opened = post(&server, &token, &path, text.as_bytes()).json();
    assert_eq!((&opened["offset"], &opened["lines"]), (&json!(0), &json!(0)));
    let chunks = format!("{path}/{}", opened["import"]);
    let send = |offset: usize| post(&server, &token, &format!("{chunks}?offset={offset}"), text.as_bytes());
    assert_eq!(send(1).status, 409);
    assert_eq!(send(0).json()["offset"], json!(text.len()));
    // As if the answer had been lost.
    let again = send(0);
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("conflict")));
    assert_once(&server, 0..6);

    for (token, path) in [
        (token.as_str(), format!("/api/v1/sites/{other}/imports")),
        (token.as_str(), format!("{path}/999?offset=0")),
        (server.token("view", Some(site)).as_str(), path.clone()),
        (
            server.owner().as_str(),
            chunks.replace(&format!("sites/{site}/"), &format!("sites/{other}/")) + "?offset=0",
        ),
        (server.owner().as_str(), "/api/v1/sites/99/imports".to_owned()),
    ] {
        assert_eq!(post(&server, token, &path, text.as_bytes()).status, 404, "{path}");
    }
    assert_eq!(post(&server, "nobody", &path, b"x").status, 401);
    assert_eq!(post(&server, &token, &path, b"").status, 422);
    assert_eq!(post(&server, &token, &format!("{chunks}?offset=-1"), b"x").status, 400);
}

/// Requests as Matomo's log importer sends them.
#[derive(serde::Deserialize)]
struct Recorded {
    n: u64,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[test]
fn matomos_log_importer_works() {
    let Some(text) = shared("captures/server-side-clients.jsonl") else { return };
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let token = server.owner();
    let send = |n: u64| {
        let recorded = text.lines().map(|line| serde_json::from_str::<Recorded>(line).unwrap());
        let request = recorded.into_iter().find(|request| request.n == n).unwrap();
        let body = request.body.replace("33dc3f2536d3025974cccb4b4d2d98f4", &token);
        let is_own = |name: &str| !matches!(name, "Host" | "Content-Length" | "Connection");
        let headers: Vec<_> = request.headers.iter().filter(|(name, _)| is_own(name)).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        server.send(&request.method, &request.target, &headers, body.as_bytes())
    };
    let asked = send(51).json();
    let found = asked.get(0).unwrap_or(&asked);
    let url = found["main_url"].as_str().unwrap_or_default();
    assert_eq!(url.trim_end_matches('/'), "https://example.org", "{asked}");
    let answer = send(52).json();
    assert_eq!(
        (&answer["status"], &answer["tracked"], &answer["invalid"]),
        (&json!("success"), &json!(2), &json!(0))
    );
    server.flush();
    let rows = server.sql(
        "SELECT path, target, kind, toString(time) AS time, referrer_name AS referrer, bandwidth AS bytes,
                visitor = any(visitor) OVER () AS one FROM events ORDER BY seq",
    );
    let seen: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["path"].as_str().unwrap(),
                &row["kind"],
                row["time"].as_str().unwrap(),
                number(&row["bytes"]),
            )
        })
        .collect();
    let expected = [
        ("/page1.html", &json!(1), "2024-05-06 07:08:09", 1_234),
        ("/files/manual.pdf", &json!(3), "2024-05-06 07:08:39", 99_999),
    ];
    assert_eq!(seen, expected);
    assert!(rows.iter().all(|row| number(&row["one"]) == 1), "{rows:?}");
    assert_eq!(server.sql(&format!("SELECT count() AS n FROM events WHERE site_id = {site}")).len(), 1);
}
