//! Clients that send numbered hits, and the count of them afterwards.
//!
//! Numbered page views, orders and bots go over keep-alive connections, alone and in bulk, banners are shown beside them, and
//! the clients note what was acknowledged. Whatever happens to the processes meanwhile, in the end each acknowledged number is there once, and each
//! other one at most once.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use serde_json::{Value, json};

use crate::banners::placement;
use crate::harness::{FIREFOX, Server, Setup};

/// Clients at once.
const CLIENTS: u64 = 64;

/// Entries of a bulk request.
const BULK: u64 = 8;

/// Every sixth number is a bot's, so that what is dropped is under load as well.
fn is_bot(number: u64) -> bool {
    number % 6 == 5
}

/// And every sixth an order, each with a number of its own.
fn is_order(number: u64) -> bool {
    number % 6 == 4
}

/// Rounds that differ from run to run in when they kill.
pub fn random_millis(from: u64, to: u64) -> Duration {
    Duration::from_millis(rand::random_range(from..to))
}

/// So many times as many rounds as usual; a day of them is `FOOTFALL_TEST_ROUNDS=5000`.
pub fn rounds(usual: u32) -> u32 {
    let times = std::env::var("FOOTFALL_TEST_ROUNDS").ok().and_then(|times| times.parse().ok());
    usual * times.unwrap_or(1_u32).max(1)
}

/// What the clients have sent, and what was acknowledged.
pub struct Load {
    site: u32,
    placement: u64,
    pub token: String,
    address: Mutex<String>,
    next: AtomicU64,
    acknowledged: Mutex<Vec<u64>>,
    shown: AtomicU64,
    shown_acknowledged: AtomicU64,
    is_over: AtomicBool,
}

impl Load {
    pub fn new(server: &Server, site: u32) -> Load {
        Load {
            site,
            placement: placement(server, site),
            token: server.owner(),
            address: Mutex::new(server.address.clone()),
            next: AtomicU64::new(0),
            acknowledged: Mutex::default(),
            shown: AtomicU64::new(0),
            shown_acknowledged: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// Runs the clients, and beside them one that asks to flush and one that asks to merge all the time, so that inserts
    /// and merges follow one another without a pause and most kills hit both; ends them when `events` returns.
    pub fn during(&self, server: &mut Server, events: impl FnOnce(&Load, &mut Server)) {
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                scope.spawn(move || self.run_client(client));
            }
            scope.spawn(|| self.hurry());
            let socket = server.engine_socket();
            scope.spawn(move || self.merge(socket));
            // A failed assertion must end the clients, or the test would hang.
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| events(self, server)));
            self.is_over.store(true, Ordering::SeqCst);
            if let Err(panic) = result {
                std::panic::resume_unwind(panic);
            }
        });
        self.is_over.store(false, Ordering::SeqCst);
    }

    pub fn moved_to(&self, server: &Server) {
        self.address.lock().unwrap().clone_from(&server.address);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Hits that were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    fn run_client(&self, client: u64) {
        while !self.is_over() {
            let address = self.address.lock().unwrap().clone();
            if let Ok(mut line) = Line::open(&address) {
                while !self.is_over() && self.act(&mut line, client).is_ok() {}
            }
            sleep(Duration::from_millis(2));
        }
    }

    fn act(&self, line: &mut Line, client: u64) -> io::Result<()> {
        match client % 8 {
            7 => self.show_banner(line)?,
            _ => self.send(line, client)?,
        }
        // A thousand hits a second or so are load enough; the engine needs a processor, too.
        sleep(Duration::from_millis(40));
        Ok(())
    }

    /// Fetches a delivery and counts its impression.
    fn show_banner(&self, line: &mut Line) -> io::Result<()> {
        let head = format!("HTTP/1.1\r\nHost: h\r\nUser-Agent: {FIREFOX}\r\nContent-Length: 0\r\n\r\n");
        let delivery = format!("GET /ad/delivery?placement={} {head}", self.placement);
        let (status, body) = line.ask(delivery.as_bytes())?;
        assert_eq!(status, 200);
        let banner: Value = serde_json::from_slice(&body).unwrap();
        self.shown.fetch_add(1, Ordering::SeqCst);
        match line.exchange(format!("POST {} {head}", banner["impression"].as_str().unwrap()).as_bytes())? {
            204 => drop(self.shown_acknowledged.fetch_add(1, Ordering::SeqCst)),
            503 => sleep(Duration::from_millis(50)),
            status => panic!("an impression was answered {status}"),
        }
        Ok(())
    }

    fn send(&self, line: &mut Line, client: u64) -> io::Result<()> {
        let count = if client.is_multiple_of(4) { BULK } else { 1 };
        let first = self.next.fetch_add(count, Ordering::SeqCst);
        let numbers = first..first + count;
        let request = match count {
            1 => self.single(first),
            _ => self.bulk(numbers.clone()),
        };
        match line.exchange(request.as_bytes())? {
            200 | 204 => self.acknowledged.lock().unwrap().extend(numbers),
            503 => sleep(Duration::from_millis(50)), // may not be counted, and need not be
            status => panic!("a hit was answered {status}"),
        }
        Ok(())
    }

    fn single(&self, number: u64) -> String {
        let agent = if is_bot(number) { "Googlebot/2.1 (+http://www.google.com/bot.html)" } else { FIREFOX };
        format!(
            "GET /matomo.php?{} HTTP/1.1\r\nHost: h\r\nUser-Agent: {agent}\r\nX-Forwarded-For: {}\r\n\r\n",
            self.query(number),
            network(number)
        )
    }

    fn bulk(&self, numbers: std::ops::Range<u64>) -> String {
        let entry = |number| {
            let bot = if is_bot(number) { "&ua=Googlebot/2.1" } else { "" };
            json!(format!("?{}{bot}", self.query(number)))
        };
        let body = json!({ "requests": numbers.clone().map(entry).collect::<Vec<_>>() }).to_string();
        format!(
            "POST /matomo.php HTTP/1.1\r\nHost: h\r\nUser-Agent: {FIREFOX}\r\nX-Forwarded-For: {}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            network(numbers.start),
            body.len()
        )
    }

    fn query(&self, number: u64) -> String {
        let order =
            if is_order(number) { format!("&idgoal=0&ec_id={number}&revenue=1") } else { String::new() };
        format!("idsite={}&rec=1&url=http://example.org/n/{number}{order}", self.site)
    }

    fn hurry(&self) {
        while !self.is_over() {
            let address = self.address.lock().unwrap().clone();
            let request = format!(
                "POST /api/v1/flush HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
                self.token
            );
            if let Ok(mut line) = Line::open(&address) {
                while !self.is_over() && line.exchange(request.as_bytes()).is_ok() {}
            }
            sleep(Duration::from_millis(2));
        }
    }

    /// Merges parts all the time, where the engine can be reached.
    fn merge(&self, socket: Option<PathBuf>) {
        let Some(socket) = socket else { return };
        let sql = "OPTIMIZE TABLE events FINAL";
        let request = format!(
            "POST /?database=footfall HTTP/1.1\r\nHost: engine\r\nContent-Length: {}\r\n\r\n{sql}",
            sql.len()
        );
        while !self.is_over() {
            if let Ok(mut stream) = UnixStream::connect(&socket) {
                let _ = stream.write_all(request.as_bytes());
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                // What it says, and whether it lives to say it, is of no account.
                let _ = stream.read(&mut [0; 512]);
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Everything is counted as often as it may be, wherever it is counted.
    pub fn check(&self, server: &Server) {
        server.flush();
        let counted = self.check_events(server);
        let dropped = self.check_dropped(server);
        let shown = self.check_banners(server);
        self.check_reports(server, counted);
        reconcile(server);
        let (sent, acknowledged) = (self.next.load(Ordering::SeqCst), self.acknowledged());
        println!(
            "{sent} sent, {acknowledged} acknowledged, {counted} views and orders and {dropped} bots counted, \
             {shown} impressions; 0 lost, 0 doubled"
        );
        assert!(acknowledged > 120, "too few to mean anything: {acknowledged} of {sent}: {}", server.log());
    }

    /// Each view and order that was acknowledged is one row, each other one or none. Gives the rows.
    fn check_events(&self, server: &Server) -> u64 {
        let sent = self.next.load(Ordering::SeqCst);
        let pages = "SELECT path, count() AS views FROM events WHERE startsWith(path, '/n/') GROUP BY path";
        let number = |path: &Value| path.as_str().unwrap().strip_prefix("/n/").unwrap().parse().unwrap();
        let counted: HashMap<u64, u64> = rows(server, pages)
            .iter()
            .map(|row| (number(&row["path"]), row["views"].as_u64().unwrap()))
            .collect();
        let acknowledged = self.acknowledged.lock().unwrap();
        let views = acknowledged.iter().filter(|number| !is_bot(**number));
        let lost: Vec<&u64> = views.filter(|number| !counted.contains_key(number)).collect();
        let doubled: Vec<_> = counted.iter().filter(|(_, count)| **count > 1).collect();
        let what = |is: &str| format!("{is}; {}: {}", server.reconciliation(), server.log());
        assert!(lost.is_empty(), "{} {}", lost.len(), what(&format!("lost, such as {:?}", lost.first())));
        assert!(doubled.is_empty(), "{} {}", doubled.len(), what(&format!("doubled: {:?}", doubled.first())));
        assert!(counted.keys().all(|number| *number < sent && !is_bot(*number)));
        let rows = rows(server, "SELECT count() AS rows, uniqExact(seq) AS seqs FROM events");
        assert_eq!(rows[0]["rows"], rows[0]["seqs"], "a record is there twice");
        counted.len() as u64
    }

    /// As many bots as were acknowledged, and no more than were sent. Gives their number.
    fn check_dropped(&self, server: &Server) -> u64 {
        let sent = (0..self.next.load(Ordering::SeqCst)).filter(|number| is_bot(*number)).count() as u64;
        let acknowledged = self.acknowledged.lock().unwrap();
        let acknowledged = acknowledged.iter().filter(|number| is_bot(**number)).count() as u64;
        // Bots of one request are one record; hits that were not acknowledged are among them or not.
        let sql = "SELECT sum(hits) AS hits, sum(records) AS records FROM dropped WHERE reason = 6";
        let sums = &rows(server, sql)[0];
        assert!(sums["records"].as_u64() <= sums["hits"].as_u64(), "{sums}");
        let dropped = sums["hits"].as_u64().unwrap();
        assert!(
            (acknowledged..=sent).contains(&dropped),
            "{acknowledged} bots acknowledged of {sent}, and {dropped} counted"
        );
        dropped
    }

    /// Each impression that was acknowledged is one row, each other one or none; no delivery is valid twice.
    fn check_banners(&self, server: &Server) -> u64 {
        let sql = "SELECT count() AS rows, uniqExact(seq) AS seqs, countIf(reason = 0) AS valid,
                          uniqExactIf(nonce, reason = 0) AS deliveries FROM ad_events";
        let found = &rows(server, sql)[0];
        assert_eq!((&found["rows"], &found["valid"]), (&found["seqs"], &found["deliveries"]));
        let shown = found["rows"].as_u64().unwrap();
        let figure = |figure: &AtomicU64| figure.load(Ordering::SeqCst);
        let possible = figure(&self.shown_acknowledged)..=figure(&self.shown);
        assert!(possible.contains(&shown), "{shown} impressions counted, not {possible:?}");
        shown
    }

    /// The reports say what the rows say: whatever they are computed from belongs here.
    fn check_reports(&self, server: &Server, counted: u64) {
        let path = format!("/api/v1/sites/{}/overview?period=year", self.site);
        let answer = server.api(&server.owner(), "GET", &path, None);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let totals = &answer.json()["totals"];
        let figure = |name: &str| totals[name].as_u64().unwrap();
        assert_eq!(figure("page_views") + figure("orders"), counted, "the report says otherwise");
        assert!(figure("orders") > 0);
    }
}

/// Every record is somewhere, once: the server says so, and the tables agree. All must be in the database. Gives what
/// the server says.
pub fn reconcile(server: &Server) -> Value {
    let now = server.reconciliation();
    assert_eq!(
        (&now["balanced"], &now["unexplained"], &now["waiting"]),
        (&json!(true), &json!(0), &json!(0)),
        "{now}"
    );
    let dropped: u64 =
        now["dropped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    let figure = |name: &str| now[name].as_u64().unwrap();
    let others = figure("import_marks") + figure("quarantined") + figure("lost");
    assert_eq!(figure("accepted"), figure("stored") + dropped + others, "{now}");
    let tables = "SELECT (SELECT count() FROM events) + (SELECT count() FROM ad_events) AS stored,
                         ifNull((SELECT sum(records) FROM dropped), 0) AS dropped";
    let tables = &rows(server, tables)[0];
    assert_eq!((&tables["stored"], &tables["dropped"]), (&json!(figure("stored")), &json!(dropped)), "{now}");
    now
}

/// Sends page views in one request, so that they are in one batch.
pub fn send_together(server: &Server, site: u32, pages: &[&str]) {
    let entry = |page: &&str| json!(format!("?idsite={site}&rec=1&url=http://example.org/{page}"));
    let body = json!({ "requests": pages.iter().map(entry).collect::<Vec<_>>() }).to_string();
    let answer = server.send("POST", "/matomo.php", &[("User-Agent", FIREFOX)], body.as_bytes());
    assert_eq!(answer.status, 200);
}

/// An address in one of many networks.
fn network(number: u64) -> String {
    format!("198.{}.{}.7", 18 + number % 2, number % 251)
}

/// A connection that is used again and again.
struct Line(BufReader<TcpStream>);

impl Line {
    fn open(address: &str) -> io::Result<Line> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Line(BufReader::new(stream)))
    }

    /// Sends a request and gives the status of its answer, which has come in full.
    fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        Ok(self.ask(request)?.0)
    }

    /// Sends a request and gives the status and the body of its answer.
    fn ask(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.0.get_mut().write_all(request)?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = head.to_ascii_lowercase();
        let length =
            head.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body)?;
        Ok((head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0), body))
    }
}

/// Rows of the database itself, numbers as numbers.
pub fn rows(server: &Server, sql: &str) -> Vec<Value> {
    server.sql(&format!("{sql} SETTINGS output_format_json_quote_64bit_integers = 0"))
}

/// A server that takes as many hits from one network as come.
pub fn unlimited() -> Setup {
    Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "0")
}
