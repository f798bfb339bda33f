//! Whatever is sent, the answer is the documented one, and the server goes on.
//!
//! Each test attacks one server. Afterwards that server still counts a good hit, has logged no panic, and holds hardly
//! more memory than before.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Answer, FIREFOX, Server, Setup, encode};

/// How much the server's memory may grow under an attack, in KiB: its allocator keeps some of what it once needed.
const GROWTH: u64 = 48 << 10;

/// A server under attack.
struct Siege {
    server: Server,
    site: u32,
    memory: u64,
}

impl Siege {
    fn begin() -> Siege {
        // An attack comes from one address; the rate limit would hide what is asked here.
        let server = Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "0").start();
        let site = server.add_site("UTC");
        // Everything that is set up at first use, a bulk of some size included, is no growth.
        let warm = vec![json!({ "idsite": site, "rec": 1, "url": "https://example.org/warm" }); 2_000];
        let mut siege = Siege { server, site, memory: 0 };
        assert_eq!(siege.body(json!({ "requests": warm }).to_string().as_bytes()).status, 200);
        siege.hit("action_name=warm");
        siege.server.flush();
        siege.memory = siege.resident();
        siege
    }

    /// The server has survived.
    fn end(self) {
        assert_eq!(self.hit("url=https://example.org/good&action_name=good").status, 200);
        self.server.flush();
        let good = "SELECT toUInt32(count()) AS count FROM events WHERE path = '/good' AND title = 'good'";
        assert_eq!(self.server.sql(good), [json!({ "count": 1 })]);
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
        let growth = self.resident().saturating_sub(self.memory);
        assert!(growth < GROWTH, "{growth} KiB more than {}", self.memory);
    }

    /// Resident memory in KiB.
    fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// A hit by GET on the site.
    fn hit(&self, query: &str) -> Answer {
        self.server.hit(self.site, query)
    }

    /// A hit by GET with all its parameters.
    fn get(&self, query: &str) -> Answer {
        self.server.send("GET", &format!("/matomo.php?{query}"), &[("User-Agent", FIREFOX)], b"")
    }

    /// A POST of a body.
    fn body(&self, body: &[u8]) -> Answer {
        self.server.send("POST", "/matomo.php", &[("User-Agent", FIREFOX)], body)
    }

    /// How many rows and how many dropped hits there are.
    fn counted(&self) -> (u64, u64) {
        self.server.flush();
        let one = |query: &str| self.server.sql(query)[0]["count"].as_u64().unwrap();
        let rows =
            one("SELECT toUInt32(count()) AS count FROM events WHERE title != 'warm' AND path != '/warm'");
        (rows, one("SELECT toUInt32(sum(hits)) AS count FROM dropped"))
    }

    /// The connection, with a request sent into it.
    fn connect(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(14))).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }
}

#[test]
fn a_site_that_is_missing_or_impossible_is_refused() {
    let siege = Siege::begin();
    let good = siege.site;
    let sites = [
        "",
        "rec=1",
        "idsite",
        "idsite=",
        "idsite=0",
        "idsite=-1",
        "idsite=abc",
        "idsite=99",
        "idsite=1.0",
        "idsite=1e0",
        "idsite=0x1",
        "idsite=1%20OR%201=1",
        "idsite=4294967297",
        "idsite=18446744073709551617",
        "idsite=-9223372036854775808",
        "idsite[]=1",
        "idsite%5B%5D=1",
        "idsite[0]=1",
        "idsite=1&idsite=",
        "idsite=1%00",
        "idsite=%EF%BC%91",
        "idsite=undefined",
        "IDSITE=1",
    ];
    for site in sites {
        for picture in ["", "&send_image=0"] {
            let query = format!("{site}&rec=1&url=https://example.org/{picture}");
            let answer = siege.get(&query);
            assert_eq!((answer.status, answer.body.len()), (400, 0), "{query}");
            assert_eq!(siege.body(query.as_bytes()).status, 400, "{query} as a body");
        }
    }
    assert_eq!(siege.counted(), (0, sites.len() as u64 * 4));
    // Numbers that PHP reads as 1, too.
    for query in [format!("idsite=%20{good}%20"), format!("idsite=+{good}"), format!("idsite=0{good}")] {
        assert_eq!(siege.get(&format!("{query}&rec=1")).status, 200, "{query}");
    }
    siege.end();
}

#[test]
fn a_hit_that_does_not_ask_to_be_recorded_is_answered_and_not_counted() {
    let siege = Siege::begin();
    for rec in ["", "rec", "rec=", "rec=0", "rec=abc", "rec[]=1", "rec=1.5", "rec=99999999999999999999"] {
        let answer = siege.get(&format!("idsite={}&url=https://example.org/&{rec}", siege.site));
        assert_eq!((answer.status, answer.body.len()), (200, 43), "{rec}");
    }
    siege.server.flush();
    assert_eq!(siege.server.dropped(siege.site, "not_recorded"), 8);
    siege.end();
}

#[test]
fn numbers_out_of_range_are_ignored_and_only_bad_timings_and_goals_are_refused() {
    let siege = Siege::begin();
    let ignored = [
        "rec=-1",
        "rec=9223372036854775807",
        "idgoal=-1",
        "idgoal=abc",
        "idgoal=99999999999999999999",
        "new_visit=-1",
        "new_visit=2",
        "bots=-1",
        "ping=-1",
        "ping=2",
        "ca=-1",
        "ca=2",
        "h=99&m=-1&s=1e9",
        "res=-1x-1",
        "res=999999x1",
        "res=x",
        "e_c=a&e_a=b&e_v=NaN",
        "e_c=a&e_a=b&e_v=5e-324",
        "e_c=a&e_a=b&e_v=0x10",
        "pf_net=-1",
        "pf_onl=NaN",
        "pf_tfr=",
        "cdo=-60",
        "cdo=1e9",
        "_idvc=-1",
        "_idts=-1",
        "dimension0=a&dimension-1=b",
    ];
    // Counted without the number, and that it was left out is counted beside.
    let left_out = [
        "res=0x0",
        "search=a&search_count=-5",
        "search=a&search_count=1e99",
        "e_c=a&e_a=b&e_v=1e999",
        "e_c=a&e_a=b&e_v=-inf",
        "e_c=a&e_a=b&e_v=-1e308",
        "pf_srv=1e300",
        "revenue=-1e308",
        "bw_bytes=-1",
    ];
    for query in ignored.iter().chain(&left_out) {
        assert_eq!(siege.hit(&format!("url=https://example.org/&{query}")).status, 200, "{query}");
    }
    let refused = [
        "pf_net=-2",
        "pf_srv=-1e300",
        "pf_onl=-1.5",
        "idgoal=1",
        "idgoal=4294967295",
        "idgoal=99999999999",
        "cid=",
        "cid=1",
        "cid=-123456789012345",
        "cid=0123456789abcdeg",
        "cid=0123456789abcdef0",
        "ca=1",
    ];
    for query in refused {
        // An empty `cid` is none.
        let status = if query == "cid=" { 200 } else { 400 };
        assert_eq!(siege.hit(&format!("url=https://example.org/&{query}")).status, status, "{query}");
    }
    let kept = ignored.len() + left_out.len();
    assert_eq!(siege.counted(), (kept as u64 + 1, (refused.len() + left_out.len()) as u64 - 1));
    let values = "SELECT toString(value) AS value FROM events WHERE has_value = 1 ORDER BY seq";
    let values: Vec<String> =
        siege.server.sql(values).iter().map(|row| row["value"].as_str().unwrap().to_owned()).collect();
    assert_eq!(values, ["0"]);
    assert_eq!(siege.server.dropped(siege.site, "value"), left_out.len() as u64);
    siege.end();
}

#[test]
fn absurd_dates_are_now_and_old_ones_need_a_token() {
    let siege = Siege::begin();
    let token = siege.server.token("write", Some(siege.site));
    let absurd = [
        "cdt=0",
        "cdt=1",
        "cdt=-1",
        "cdt=9223372036854775807",
        "cdt=-9223372036854775808",
        "cdt=1e9",
        "cdt=99999999999999999999",
        "cdt=0000-00-00+00:00:00",
        "cdt=0001-01-01+00:00:00",
        "cdt=-2000-01-01+00:00:00",
        "cdt=2999-12-31+23:59:59",
        "cdt=9999-12-31+23:59:60",
        "cdt=99999-01-01+00:00:00",
        "cdt=2026-02-30+12:00:00",
        "cdt=2026-13-01+25:61:61",
        "cdt=1969-12-31+23:59:59",
        "cdt=1999-01-01+00:00:00",
        "cdt=yesterday",
        "cdt=%00",
        "cdt=%FF",
        "cdt[]=1",
        "cdo=9223372036854775807",
        "cdo=-9223372036854775808",
        "cdt=0&cdo=-9223372036854775808",
        "cdt=-9223372036854775808&cdo=9223372036854775807",
        "cdt=9223372036854775807&cdo=-9223372036854775808",
    ];
    let start = siege.server.sql("SELECT toString(toUInt32(max(time))) AS time FROM events");
    for query in absurd {
        for token in ["", &format!("&token_auth={token}")] {
            let query = format!("url=https://example.org/&{query}{token}");
            assert_eq!(siege.hit(&query).status, 200, "{query}");
        }
    }
    assert_eq!(siege.counted(), (absurd.len() as u64 * 2, 0));
    let before = start[0]["time"].as_str().unwrap();
    let elsewhere =
        format!("SELECT toString(time) AS at FROM events WHERE toUInt32(time) < {before} AND path = '/'");
    assert_eq!(siege.server.sql(&elsewhere), Vec::<Value>::new());

    for old in [
        "cdt=2010-01-01+00:00:00",
        "cdt=2026-01-01T00:00:00Z",
        "cdt=1300000000",
        "cdo=86400",
        "cdo=600000000",
    ] {
        let query = format!("url=https://example.org/&{old}");
        assert_eq!(siege.hit(&query).status, 400, "{query}");
        assert_eq!(siege.hit(&format!("{query}&token_auth={token}")).status, 200, "{query}");
        assert_eq!(siege.hit(&format!("{query}&token_auth={}", "0".repeat(48))).status, 400, "{query}");
    }
    siege.end();
}

#[test]
fn a_token_may_bring_the_days_of_nineteen_years_at_once() {
    let siege = Siege::begin();
    let token = siege.server.token("write", Some(siege.site));
    let now = siege.server.sql("SELECT toUInt32(now()) AS now")[0]["now"].as_u64().unwrap();
    // More months than one insert of the database may touch.
    let hit = |days: u64| json!({ "idsite": siege.site, "rec": 1, "url": "https://example.org/", "cdt": now - days * 86_400 });
    let requests: Vec<Value> = (0..19 * 52).map(|week| hit(week * 7)).collect();
    let answer = siege.body(json!({ "requests": requests, "token_auth": token }).to_string().as_bytes());
    assert_eq!(answer.status, 200);
    assert_eq!(siege.counted(), (19 * 52, 0));
    siege.end();
}

#[test]
fn bytes_that_are_no_text_go_and_so_does_nul() {
    let siege = Siege::begin();
    let texts = [
        ("%FF%FE", ""),
        ("a%00b%00", "ab"),
        ("%C0%AF", ""),
        ("%ED%A0%80x", "x"),
        ("%F0%9F%98%80", "😀"),
        ("%zz%", "%zz%"),
        ("%0d%0aSet-Cookie:%20a=b", "Set-Cookie: a=b"),
        ("%E2%80%AEabc", "abc"),
        ("%1B[31mred", "[31mred"),
        ("'%22;DROP%20TABLE%20events;--\\", "'\";DROP TABLE events;--\\"),
        ("<script>", "<script>"),
    ];
    for (sent, _) in texts {
        let query = format!(
            "url=https://example.org/%3Fa=1&action_name={sent}&_id={sent}&lang={sent}&res={sent}&uadata={sent}&urlref={sent}"
        );
        let target = format!("/matomo.php?idsite={}&rec=1&send_image=0", siege.site);
        let answer = siege.server.send("POST", &target, &[("User-Agent", FIREFOX)], query.as_bytes());
        assert_eq!(answer.status, 204, "{sent}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    siege.server.flush();
    let titles: Vec<Value> = texts.iter().map(|(_, title)| json!({ "title": title })).collect();
    let got = siege.server.sql("SELECT title FROM events WHERE path = '/?a=1' ORDER BY seq");
    assert_eq!(got, titles);

    // Such bytes as they are: in a body they are as good as encoded, in a request line they may be refused.
    let body =
        [format!("idsite={}&rec=1&action_name=", siege.site).as_bytes(), &[0, 0xff, 0xc3, 0x28]].concat();
    assert_eq!(siege.body(&body).status, 200);
    for byte in [0_u8, 1, 0x0b, 0x1b, 0x7f, 0x80, 0xff] {
        let line = [
            format!("GET /matomo.php?idsite={}&rec=1&url=", siege.site).as_bytes(),
            &[byte, 0xc3],
            b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        ]
        .concat();
        let status = siege.server.send_raw(&line).status;
        assert!([200, 400].contains(&status), "{byte}: {status}");
    }
    for agent in [&b"Mozilla/5.0 \xff\xfe Firefox/128.0"[..], b"Mozilla/5.0 \xc3\xa9t\xc3\xa9 Firefox/128.0"]
    {
        let head = format!(
            "GET /matomo.php?idsite={}&rec=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: ",
            siege.site
        );
        assert_eq!(siege.server.send_raw(&[head.as_bytes(), agent, b"\r\n\r\n"].concat()).status, 200);
    }
    siege.end();
}

#[test]
fn over_long_texts_are_cut() {
    let siege = Siege::begin();
    let long = "é".repeat(5_000);
    let form = format!("idsite={}&rec=1&url=https://example.org/{long}&action_name={long}", siege.site);
    assert_eq!(siege.body(form.as_bytes()).status, 200);
    let form =
        format!("idsite={}&rec=1&url=https://example.org/&e_c={long}&e_a={long}&e_n={long}", siege.site);
    assert_eq!(siege.body(form.as_bytes()).status, 200);
    let form = format!(
        "idsite={}&rec=1&link=https://example.net/{long}&c_n={long}&c_p={long}&c_i={long}",
        siege.site
    );
    assert_eq!(siege.body(form.as_bytes()).status, 200);
    assert_eq!(siege.counted(), (4, 0));
    let longest = "SELECT toUInt32(max(greatest(lengthUTF8(path), lengthUTF8(title), lengthUTF8(target)))) AS long,
        toUInt32(max(greatest(lengthUTF8(category), lengthUTF8(action), lengthUTF8(name)))) AS short FROM events";
    assert_eq!(siege.server.sql(longest), [json!({ "long": 1_024, "short": 255 })]);
    siege.end();
}

#[test]
fn a_query_of_one_megabyte_is_414_and_sixty_kilobytes_are_not() {
    let siege = Siege::begin();
    for _ in 0..5 {
        let answer = siege.hit(&format!("url=https://example.org/&action_name={}", "x".repeat(1 << 20)));
        assert_eq!(answer.status, 414);
    }
    assert_eq!(
        siege.hit(&format!("url=https://example.org/&action_name={}", "x".repeat(60_000))).status,
        200
    );
    // No line break ever: it must end all the same.
    assert_eq!(siege.server.send_raw(&vec![b'A'; 4 << 20]).status, 414);
    // As the second request of a connection, too.
    let good = format!(
        "GET /matomo.php?idsite={}&rec=1 HTTP/1.1\r\nHost: x\r\nUser-Agent: {FIREFOX}\r\n\r\n",
        siege.site
    );
    let mut stream = siege.connect(good.as_bytes());
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(format!("GET /{} HTTP/1.1\r\n", "x".repeat(1 << 20)).as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.contains("HTTP/1.1 414"), "{rest}");
    siege.end();
}

#[test]
fn a_body_that_is_too_large_is_413() {
    let siege = Siege::begin();
    let hit = format!("idsite={}&rec=1&url=https://example.org/&action_name=", siege.site);
    let form = |length: usize| hit.clone() + &"x".repeat(length - hit.len());
    assert_eq!(siege.body(form(64 << 10).as_bytes()).status, 200);
    for length in [(64 << 10) + 1, 1 << 20, (2 << 20) + 1, 8 << 20] {
        assert_eq!(siege.body(form(length).as_bytes()).status, 413, "{length}");
    }
    let bulk = |length: usize| format!("{{\"requests\":[\"?{hit}\"],\"x\":\"{}\"}}", "x".repeat(length));
    assert_eq!(siege.body(bulk((2 << 20) - 200).as_bytes()).status, 200);
    assert_eq!(siege.body(bulk(2 << 20).as_bytes()).status, 413);
    // Without saying how much will come.
    let head =
        "POST /matomo.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = [b"10000\r\n", vec![b'x'; 0x10000].as_slice(), b"\r\n"].concat();
    let chunked = [head.as_bytes(), &chunk.repeat(48), b"0\r\n\r\n"].concat();
    assert_eq!(siege.server.send_raw(&chunked).status, 413);
    assert_eq!(siege.counted().0, 2);
    siege.end();
}

#[test]
fn large_bodies_that_never_end_hold_up_large_ones_alone() {
    let siege = Siege::begin();
    let head = "POST /matomo.php HTTP/1.1\r\nHost: x\r\nContent-Length: 2097152\r\n\r\n";
    let half = [head.as_bytes(), &[b'x'; 100_000]].concat();
    let hold = || {
        let mut line = TcpStream::connect(&siege.server.address).unwrap();
        line.write_all(&half).unwrap();
        line
    };
    let held: Vec<TcpStream> = (0..20).map(|_| hold()).collect();
    let entry = format!("?idsite={}&rec=1&url=https://example.org/", siege.site);
    let large = json!({ "requests": [entry.clone()], "x": "x".repeat((2 << 20) - 200) }).to_string();
    let start = Instant::now();
    let mut answer = siege.body(large.as_bytes());
    while answer.status == 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "the others have come as far as they come");
        answer = siege.body(large.as_bytes());
    }
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    let small = json!({ "requests": [entry] }).to_string();
    assert_eq!(siege.body(small.as_bytes()).status, 200);
    drop(held);
    let start = Instant::now();
    while siege.body(large.as_bytes()).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(60), "there is room again");
    }
    siege.end();
}

#[test]
fn a_client_that_asks_before_it_sends_a_large_body_is_let_go_on() {
    // As curl does, and with it the PHP tracker: `Expect: 100-continue`, and a body without a line break.
    let siege = Siege::begin();
    let entry = format!("?idsite={}&rec=1&url=https://example.org/{}", siege.site, "x".repeat(900));
    let body = json!({ "requests": vec![entry; 200] }).to_string();
    let head = format!(
        "POST /matomo.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: {FIREFOX}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = siege.connect(head.as_bytes());
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#"{"status":"success","tracked":200,"invalid":0}"#), "{answer}");
    siege.end();
}

#[test]
fn broken_bulk_json_is_refused() {
    let siege = Siege::begin();
    let broken = [
        r#"{"requests":["#,
        r#"{"requests":"#,
        r#"{"requests":["?idsite=1&rec=1""#,
        r#"{"requests":["?idsite=1&rec=1"]"#,
        r#"{"requests":["?idsite=1&rec=1"]}}"#,
        r#"{"requests":["?idsite=1&rec=1",]}"#,
        r#"{"requests":"?idsite=1&rec=1"}"#,
        r#"{"requests":7}"#,
        r#"{"requests":null}"#,
        r#"{"requests":[]}"#,
        r#"{"requests":{}}"#,
        r#"["requests"]"#,
        r#"{'requests':['?idsite=1&rec=1']}"#,
        r#"x"requests""#,
        r#"{"a":"requests"}"#,
        r#"{"requests":["\ud800"]}"#,
        r#"{"requests":["?a"],"requests":["?b"]}"#,
        r#"{"requests":["no question mark"]}"#,
        r#"{"requests":[1,null,true,[]]}"#,
        "{\"requests\":[\"?idsite=1\nrec=1\"]}",
    ];
    for body in broken {
        let answer = siege.body(body.as_bytes());
        assert_eq!((answer.status, answer.body.len()), (400, 0), "{body}");
    }
    assert_eq!(siege.counted(), (0, broken.len() as u64));
    siege.end();
}

#[test]
fn junk_among_good_entries_does_not_keep_them_out() {
    let siege = Siege::begin();
    let site = siege.site;
    let good = format!("?idsite={site}&rec=1&url=https://example.org/");
    let body = json!({
        "requests": [
            // No entries at all: left out, as Matomo does.
            null, 7, true, [], [good], "", "no question mark",
            // Entries that mean nothing.
            "?", "?idsite=99&rec=1", "?idsite[]=1&rec=1", {}, { "idsite": { "a": 1 }, "rec": [1] }, { "idsite": -1 }, { "": "" },
            // Entries.
            good, { "idsite": site, "rec": 1, "url": null, "x": [[[]]], "cvar": { "1": ["a", "b"] } },
            { "idsite": site.to_string(), "rec": true, "action_name": "a\u{0}b" },
            format!("{good}&cid=7"), format!("{good}&rec=0"),
        ],
        "token_auth": { "a": [] },
        "send_image": "yes",
        "": { "x": [null] },
    });
    let answer = siege.body(body.to_string().as_bytes());
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "status": "success", "tracked": 4, "invalid": 8 }))
    );
    assert_eq!(siege.counted(), (3, 9));
    siege.end();
}

#[test]
fn deep_nesting_is_refused_or_passed_over() {
    let siege = Siege::begin();
    for depth in [200, 100_000, 1_000_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let entry = format!(r#"{{"requests":["?idsite={}&rec=1",{open}{close}]}}"#, siege.site);
        assert_eq!(siege.body(entry.as_bytes()).status, 400, "{depth}");
        let beside = format!(r#"{{"x":{open}{close},"requests":["?idsite={}&rec=1"]}}"#, siege.site);
        assert_eq!(siege.body(beside.as_bytes()).status, 200, "{depth} beside, where nobody looks");
        let objects = format!(r#"{{"requests":[{}"#, r#"{"a":"#.repeat(depth.min(400_000)));
        assert_eq!(siege.body(objects.as_bytes()).status, 400, "{depth}");
    }
    // What stands in a parameter is text, however deep.
    let hints =
        format!("&uadata={}&cvar={}&ec_items={}", "[".repeat(20_000), "{".repeat(10_000), "[".repeat(10_000));
    assert_eq!(siege.hit(&hints).status, 200);
    siege.end();
}

#[test]
fn two_megabytes_of_the_smallest_entries_are_answered() {
    let mut siege = Siege::begin();
    let filled = |entry: &str| {
        let count = ((2 << 20) - 100) / (entry.len() + 1);
        let body = format!(r#"{{"requests":[{}{entry}]}}"#, format!("{entry},").repeat(count - 1));
        (count, body)
    };
    for entry in [r#""?""#, "{}", r#""?idsite=99&rec=1""#] {
        let (count, body) = filled(entry);
        let answer = siege.body(body.as_bytes());
        assert_eq!(answer.status, 200, "{count} of {entry}");
        assert_eq!(answer.json(), json!({ "status": "success", "tracked": 0, "invalid": count }));
    }
    // Nothing at all is left of these.
    for entry in ["0", r#""""#, "[]", "null"] {
        assert_eq!(siege.body(filled(entry).1.as_bytes()).status, 400, "{entry}");
    }
    let (count, body) = filled(&format!(r#""?idsite={}&rec=1""#, siege.site));
    let before = siege.memory;
    for round in 1..=4 {
        let answer = siege.body(body.as_bytes());
        assert_eq!(answer.status, 200, "{count} hits");
        assert_eq!(siege.counted().0, count as u64 * round);
        if round <= 2 {
            // A hundred thousand hits at once need their room, more or less as they meet the drain at work; it is bounded,
            // and used again by those that follow.
            siege.memory = siege.memory.max(siege.resident());
            let needed = siege.memory - before;
            assert!(needed < 192 << 10, "{needed} KiB");
        }
    }
    siege.end();
}

#[test]
fn of_ten_thousand_parameters_the_first_thousand_are_read() {
    let siege = Siege::begin();
    let many = (0..10_000).map(|number| format!("p{number}=1&")).collect::<String>();
    let (site, short) = (siege.site, "a&".repeat(10_000));
    for _ in 0..10 {
        assert_eq!(siege.get(&format!("idsite={site}&rec=1&{short}")).status, 200);
        assert_eq!(siege.get(&format!("{short}idsite={site}&rec=1")).status, 400);
        // 10,000 different names are over 64 KiB: a body.
        let form = &many.get(..60_000).unwrap();
        assert_eq!(siege.body(format!("idsite={site}&rec=1&{form}").as_bytes()).status, 200);
        assert_eq!(siege.body(format!("{form}&idsite={site}&rec=1").as_bytes()).status, 400);
    }
    let object: String = (0..10_000).map(|number| format!(r#""{number}":{number},"#)).collect();
    let answer =
        siege.body(format!(r#"{{"requests":[{{"idsite":{site},"rec":1,{object}"x":1}}]}}"#).as_bytes());
    assert_eq!(answer.status, 200);
    assert_eq!(siege.get(&"&".repeat(60_000)).status, 200, "no parameter at all");
    siege.end();
}

#[test]
fn of_equal_parameters_the_last_counts_and_lists_do_not() {
    let siege = Siege::begin();
    let site = siege.site;
    let page = |name: &str| format!("url=https://example.org/{name}");
    let get = |query: &str| siege.get(query).status;
    assert_eq!(get(&format!("idsite=99&rec=0&{}&idsite={site}&rec=1&{}", page("no"), page("last"))), 200);
    assert_eq!(get(&format!("idsite={site}&rec=1&{}&idsite=99", page("no"))), 400);
    assert_eq!(
        get(&format!("idsite={site}&rec=1&{}&url[]={}&url[a]=b", page("list"), "https://example.org/no")),
        200
    );
    assert_eq!(get(&format!("idsite={site}&rec=1&{}&action.name=T", page("dot"))), 200);
    let target = format!("/matomo.php?idsite={site}&{}", page("query"));
    let form = format!("idsite=99&rec=1&{}", page("no"));
    let answer = siege.server.send("POST", &target, &[("User-Agent", FIREFOX)], form.as_bytes());
    assert_eq!(answer.status, 200);
    siege.server.flush();
    let rows =
        siege.server.sql("SELECT path, title FROM events WHERE path NOT IN ('', '/warm') ORDER BY seq");
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["path"].as_str().unwrap(), row["title"].as_str().unwrap())).collect();
    assert_eq!(rows, [("/last", ""), ("/list", ""), ("/dot", "T"), ("/query", "")]);
    siege.end();
}

#[test]
fn methods_other_than_get_and_post_count_nothing() {
    let siege = Siege::begin();
    let target = format!("/matomo.php?idsite={}&rec=1&url=https://example.org/", siege.site);
    let send = |method: &str, target: &str| {
        siege.server.send_raw(
            format!(
                "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: {FIREFOX}\r\n\r\n"
            )
            .as_bytes(),
        )
    };
    // Monitors look this way.
    assert_eq!(send("HEAD", "/matomo.php").status, 200);
    assert_eq!(send("HEAD", &target).status, 200);
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "X"] {
        let answer = send(method, &target);
        assert_eq!((answer.status, answer.body.len()), (405, 0), "{method}");
        assert_eq!(answer.header("allow"), Some("GET, POST, HEAD, OPTIONS"), "{method}");
    }
    let asked = [
        ("Origin", "https://example.org"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let answer = siege.server.send("OPTIONS", &target, &asked, b"");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("*"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));

    // Nothing asked: a note for who looks, a refusal for who sends.
    let note = siege.get("");
    assert_eq!((note.status, note.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(note.text().contains("tracking endpoint"), "{}", note.text());
    let answer = siege.body(b"");
    assert_eq!((answer.status, answer.text()), (400, note.text()));
    assert_eq!(siege.counted(), (0, 0));
    siege.end();
}

#[test]
fn who_may_read_an_answer_is_said_as_matomo_says_it() {
    let siege = Siege::begin();
    let target = format!("/matomo.php?idsite={}&rec=1", siege.site);
    let origin = ("Origin", "https://shop.example.org");
    for (method, allowed, credentials) in
        [("GET", None, None), ("POST", Some("https://shop.example.org"), Some("true"))]
    {
        for target in [target.as_str(), "/matomo.php?idsite=99&rec=1"] {
            let answer = siege.server.send(method, target, &[("User-Agent", FIREFOX), origin], b"");
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{method} {target}");
            assert_eq!(answer.header("access-control-allow-credentials"), credentials, "{method} {target}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
    let answer = siege.server.send("POST", &target, &[("User-Agent", FIREFOX)], b"");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    siege.end();
}

#[test]
fn headers_cannot_be_smuggled_in_or_out() {
    let siege = Siege::begin();
    let line = format!(
        "POST /matomo.php?idsite={}&rec=1&url=https://example.org/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: {FIREFOX}\r\n",
        siege.site
    );
    let with = |headers: &str| siege.server.send_raw(format!("{line}{headers}\r\n").as_bytes());
    // Out: what a client says comes back in one header at most.
    for origin in ["https://a%0d%0aX-Evil: 1", "null", "\"'<>", "https://a\tb", &"o".repeat(30_000)] {
        let answer = with(&format!("Origin: {origin}\r\nContent-Length: 0\r\n"));
        assert_eq!(answer.status, 200, "{origin}");
        assert_eq!(answer.header("x-evil"), None);
    }
    assert_eq!(with("Origin: a\rX-Evil: 1\r\nContent-Length: 0\r\n").status, 400);
    assert_eq!(with("Origin: a\0b\r\nContent-Length: 0\r\n").status, 400);
    // In: nobody may be of two minds about where a request ends.
    assert_eq!(with("Content-Length: 0\r\nContent-Length: 5\r\n").status, 400);
    assert_eq!(with("Content-Length: -1\r\n").status, 400);
    assert_eq!(with("Content-Length: 99999999999999999999\r\n").status, 400);
    assert_eq!(with("Transfer-Encoding: identity\r\n").status, 400);
    assert_eq!(with(" X-Folded: 1\r\nContent-Length: 0\r\n").status, 400);
    assert_eq!(with("X Y: 1\r\nContent-Length: 0\r\n").status, 400);
    // Too many, too long.
    assert_eq!(with(&("X-A: b\r\n".repeat(200) + "Content-Length: 0\r\n")).status, 431);
    assert_eq!(with(&format!("Cookie: {}\r\nContent-Length: 0\r\n", "c".repeat(200_000))).status, 431);
    // Whose address it is.
    for chain in
        ["", ",,,", "unknown", "999.999.999.999", "::1::", "203.0.113.7, \u{fffd}", &"1.1.1.1,".repeat(5_000)]
    {
        assert_eq!(
            with(&format!("X-Forwarded-For: {chain}\r\nContent-Length: 0\r\n")).status,
            200,
            "{chain}"
        );
    }
    for line in [
        "GET",
        "GET /matomo.php",
        "GET /matomo.php HTTP/9.9",
        "GET  /matomo.php HTTP/1.1",
        "\0\0\0\0",
        "\u{16}\u{3}\u{1}",
    ] {
        let status = siege.server.send_raw(format!("{line}\r\nHost: x\r\n\r\n").as_bytes()).status;
        assert_eq!(status, 400, "{line}");
    }
    siege.end();
}

#[test]
fn half_a_body_counts_nothing() {
    let siege = Siege::begin();
    let form = format!("idsite={}&rec=1&url=https://example.org/half", siege.site);
    for _ in 0..50 {
        let head = format!(
            "POST /matomo.php HTTP/1.1\r\nHost: x\r\nUser-Agent: {FIREFOX}\r\nContent-Length: {}\r\n\r\n{form}",
            form.len() + 9
        );
        let mut stream = siege.connect(head.as_bytes());
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        // And gone without a word.
        drop(siege.connect(head.as_bytes()));
    }
    siege.server.flush();
    let half = "SELECT seq FROM events WHERE path = '/half'";
    assert_eq!(siege.server.sql(half), Vec::<Value>::new());
    siege.end();
}

#[test]
fn slow_and_silent_connections_are_closed_and_keep_nobody_waiting() {
    let siege = Siege::begin();
    let start = Instant::now();
    let mut silent = siege.connect(b"");
    let mut halting = siege.connect(b"GET /matomo.php HTTP/1.1\r\nHost: x\r\n");
    let mut endless = siege.connect(&vec![b'A'; 100 << 10]);
    let mut idle = siege.connect(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    let drip = siege.connect(b"GET /matomo.php HTTP/1.1\r\n");
    let crowd: Vec<TcpStream> = (0..1_000).map(|_| siege.connect(b"")).collect();
    std::thread::scope(|scope| {
        // One byte a second keeps no connection open.
        let dripping = scope.spawn(move || {
            let mut drip = drip;
            while start.elapsed() < Duration::from_secs(13) {
                std::thread::sleep(Duration::from_millis(500));
                let gone = drip.write_all(b"X").is_err() || {
                    drip.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
                    drip.read(&mut [0; 512]).is_ok()
                };
                if gone {
                    return;
                }
            }
            panic!("a dripping connection is still open");
        });
        let served = Instant::now();
        assert_eq!(siege.hit("url=https://example.org/&action_name=meanwhile").status, 200);
        assert!(served.elapsed() < Duration::from_secs(2), "{:?}", served.elapsed());
        for (what, stream) in [
            ("silent", &mut silent),
            ("halting", &mut halting),
            ("endless", &mut endless),
            ("idle", &mut idle),
        ] {
            let mut bytes = Vec::new();
            // A reset is an end, too.
            if let Err(error) = stream.read_to_end(&mut bytes) {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{what}");
            }
        }
        dripping.join().unwrap();
    });
    assert!(start.elapsed() < Duration::from_secs(14), "{:?}", start.elapsed());
    for mut stream in crowd {
        assert_eq!(stream.read(&mut [0; 512]).unwrap_or(0), 0);
    }
    siege.end();
}

#[test]
fn a_client_that_reads_no_answer_loses_its_connection() {
    // The only connection there may be: whoever comes next waits for it.
    let server = Setup::new().env("FOOTFALL_SERVER_MAX_CONNECTIONS", "1").start();
    let site = server.add_site("UTC");
    let mut deaf = TcpStream::connect(&server.address).unwrap();
    deaf.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let requests = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let _ = deaf.write_all(requests.as_bytes());
    let start = Instant::now();
    assert_eq!(server.hit(site, "url=https://example.org/").status, 200);
    println!("the next client was served after {:?}", start.elapsed());
    assert!(start.elapsed() > Duration::from_secs(5), "the answers were too small to fill the buffers");
    drop(deaf);
}

#[test]
fn a_crowd_of_connections_leaves_files_to_the_spool() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: no `prlimit`");
        return;
    }
    let server = Setup::new().through(&["prlimit", "--nofile=400:400", "--"]).start();
    let site = server.add_site("UTC");
    let crowd: Vec<TcpStream> = (0..600).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    // It comes to its turn when the first of the crowd have been silent for too long.
    assert_eq!(server.hit(site, "url=https://example.org/").status, 200);
    server.flush();
    drop(crowd);
    assert_eq!(server.today(site, "overview")["totals"]["page_views"], 1);
}

#[test]
fn noise_on_many_connections_at_once_does_no_harm() {
    let siege = Siege::begin();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (address, site) = (siege.server.address.as_str(), siege.site);
            scope.spawn(move || {
                let mut noise = Noise(thread + 1);
                for round in 0..150 {
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream.write_all(&noise.request(site, round)).unwrap();
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).unwrap();
                    let answer = String::from_utf8_lossy(&answer);
                    let status = answer.split(' ').nth(1).unwrap_or("none");
                    let known = ["200", "204", "400"];
                    assert!(known.contains(&status), "thread {thread}, round {round}: {answer}");
                }
            });
        }
    });
    siege.end();
}

/// The same noise at every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 24) as u8).collect()
    }

    /// A request that is good up to some point, or none at all.
    fn request(&mut self, site: u32, round: usize) -> Vec<u8> {
        const NAMES: [&str; 20] = [
            "idsite",
            "rec",
            "url",
            "urlref",
            "action_name",
            "link",
            "download",
            "e_c",
            "e_a",
            "e_v",
            "c_n",
            "c_i",
            "search",
            "cdt",
            "cdo",
            "uadata",
            "ua",
            "res",
            "_id",
            "uid",
        ];
        let length = (self.next() % 40) as usize;
        let noise = self.bytes(length);
        let name = NAMES[(self.next() % 20) as usize];
        let value: String = noise.iter().map(|byte| format!("%{byte:02x}")).collect();
        let head = "Host: x\r\nConnection: close\r\nUser-Agent: Mozilla/5.0 Firefox/128.0\r\n";
        let post = |body: &[u8]| {
            let length = body.len();
            [format!("POST /matomo.php HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n").as_bytes(), body]
                .concat()
        };
        let good = format!("idsite={site}&rec=1&{name}=");
        match round % 5 {
            0 => format!("GET /matomo.php?{good}{value} HTTP/1.1\r\n{head}\r\n").into_bytes(),
            1 => post(&[good.as_bytes(), &noise].concat()),
            2 => post(&[b"{\"requests\":[\"?", good.as_bytes(), &noise, b"\"]}"].concat()),
            3 => post(json!({ "requests": [{ "idsite": site, "rec": 1, name: String::from_utf8_lossy(&noise) }, encode(&value)] }).to_string().as_bytes()),
            _ => [b"X", &noise[..], b"\r\n\r\n"].concat(),
        }
    }
}
