//! Requests of real clients, each with the rows that it must leave.
//!
//! `captures.toml` stands beside this file and says what is expected of every request; it also holds requests of the
//! project's own, which are there when the recordings are not. Rows are read from the engine, past every report, and
//! compared in every column that a hit decides: what is not expected must be empty.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::harness::{Answer, FIREFOX, Server, Setup, shared};

/// Shortly after the recordings were made.
const NOW: &str = "2026-11-22T06:00:00Z";

/// The transparent pixel.
const PIXEL: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0\x21\xf9\x04\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";

/// A token that nobody has made.
const NO_TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

const KINDS: [&str; 11] = [
    "view",
    "outlink",
    "download",
    "event",
    "search",
    "impression",
    "interaction",
    "ping",
    "goal",
    "order",
    "cart",
];

/// Reasons that the client is told of, by 400.
const REFUSALS: [&str; 4] = ["bad_request", "unknown_site", "forbidden", "unknown_goal"];

/// Numbers of the reasons that occur here, as they are stored.
const REASONS: [(u64, &str); 7] = [
    (1, "bad_request"),
    (3, "forbidden"),
    (4, "unknown_goal"),
    (6, "bot"),
    (7, "agent_empty"),
    (9, "automation"),
    (12, "commerce"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    client: Vec<Client>,
}

/// A client and what it sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    name: String,
    /// Where its requests were recorded; absent when they stand here.
    capture: Option<String>,
    /// What all its rows have in common.
    #[serde(default)]
    every: Map<String, Value>,
    /// Why none of its requests counts without a valid token.
    untrusted: Option<String>,
    requests: Vec<Expected>,
}

/// One request and what must come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Its number in the recording.
    n: u64,
    /// Its status when it is not refused; absent when it is none that the collector has to answer.
    status: Option<u16>,
    /// The rows that it leaves with a valid token.
    #[serde(default)]
    rows: Vec<Map<String, Value>>,
    /// Why it is not counted though it has one.
    dropped: Option<String>,
    /// Why it is not counted without one, if not for the client's reason; `no` when it is.
    untrusted: Option<String>,
    /// The request itself, if it was not recorded.
    send: Option<Sent>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Sent {
    method: String,
    target: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// A request as it was recorded.
#[derive(Deserialize)]
struct Recorded {
    n: u64,
    label: String,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[test]
fn requests_of_each_entry_form_land_as_the_right_rows() {
    let clients = table().into_iter().filter(|client| client.capture.is_none());
    let replay = Replay::new();
    for client in clients {
        let client = Named::own(client);
        replay.run(&client, Tokens::AsSent);
        replay.run(&client, Tokens::TheOtherWay);
    }
    replay.finish();
}

#[test]
fn every_recorded_request_of_matomo_js_lands_as_the_right_row() {
    replay_capture("matomo-js-5.2.jsonl", &[Tokens::AsSent]);
}

#[test]
fn every_recorded_request_of_server_side_clients_lands_as_the_right_row() {
    replay_capture("server-side-clients.jsonl", &[Tokens::AsSent]);
}

#[test]
fn server_side_clients_are_trusted_by_their_token_alone() {
    replay_capture("server-side-clients.jsonl", &[Tokens::TheOtherWay]);
}

fn table() -> Vec<Client> {
    let table: Table = toml::from_str(include_str!("captures.toml")).unwrap();
    table.client
}

fn replay_capture(capture: &str, passes: &[Tokens]) {
    let Some(text) = shared(&format!("captures/{capture}")) else {
        return;
    };
    let mut recorded: HashMap<u64, Recorded> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|request: Recorded| (request.n, request))
        .collect();
    let of_capture = |client: &Client| client.capture.as_deref() == Some(capture);
    let clients: Vec<Named> =
        table().into_iter().filter(of_capture).map(|client| Named::recorded(client, &mut recorded)).collect();
    assert!(recorded.is_empty(), "nothing is expected of {:?}", recorded.keys());
    for pass in passes {
        let replay = Replay::new();
        for client in &clients {
            replay.run(client, *pass);
        }
        replay.finish();
    }
}

/// A client with its requests at hand.
struct Named {
    client: Client,
    requests: Vec<(String, Sent)>,
}

impl Named {
    fn own(client: Client) -> Named {
        let requests = client
            .requests
            .iter()
            .map(|expected| {
                let mut sent = expected.send.clone().expect("a request of its own");
                sent.headers.entry("User-Agent".into()).or_insert_with(|| FIREFOX.into());
                (format!("{} {}", sent.method, sent.target), sent)
            })
            .collect();
        Named { client, requests }
    }

    fn recorded(client: Client, recorded: &mut HashMap<u64, Recorded>) -> Named {
        let mut take = |expected: &Expected| {
            let request = recorded
                .remove(&expected.n)
                .unwrap_or_else(|| panic!("{} was not recorded, or stands here twice", expected.n));
            // Of every browser the recordings know the headless kind alone, which is dropped.
            let agent = |value: &str| value.replace("HeadlessChrome", "Chrome");
            let headers = request.headers.iter().map(|(name, value)| (name.clone(), agent(value))).collect();
            let sent = Sent { method: request.method, target: request.target, headers, body: request.body };
            (request.label, sent)
        };
        let requests = client.requests.iter().map(&mut take).collect();
        Named { client, requests }
    }
}

/// Which tokens a replay puts into requests.
#[derive(Clone, Copy, PartialEq)]
enum Tokens {
    /// A valid one where there is one.
    AsSent,
    /// A valid one where there is none, and one that nobody made where there is one.
    TheOtherWay,
}

/// A server that is sent requests, and what was wrong so far.
struct Replay {
    server: Server,
    token: String,
    wrong: std::cell::RefCell<Vec<String>>,
}

impl Replay {
    fn new() -> Replay {
        // Some of the sites were on the machine that recorded them.
        let server = Setup::new().clock(NOW).env("FOOTFALL_COLLECT_LOCAL_HOSTS", "true").start();
        assert_eq!(server.add_site("UTC"), 1, "recordings are of site 1");
        let token = server.token("write", Some(1));
        server.flush();
        Replay { server, token, wrong: Vec::new().into() }
    }

    fn finish(self) {
        let wrong = self.wrong.into_inner();
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
    }

    fn run(&self, named: &Named, tokens: Tokens) {
        println!("{}", named.client.name);
        for (expected, (label, sent)) in named.client.requests.iter().zip(&named.requests) {
            let (sent, is_trusted) = self.with_token(sent, tokens);
            let want = expectation(&named.client, expected, &sent, is_trusted);
            let before = self.last_seq();
            let answer = self.send(&sent);
            self.server.flush();
            let got = Outcome {
                answer: expected.status.map(|_| shown(&answer)),
                rows: self.rows_after(&before),
                dropped: self.dropped_after(&before),
            };
            println!("  {:>2} {label}\n     {want}", expected.n);
            if expected.status.is_none() && answer.status >= 500 || got != want {
                let name = &named.client.name;
                let n = expected.n;
                self.wrong.borrow_mut().push(format!("{name} {n} {label}\n  want {want}\n  got  {got}"));
            }
        }
    }

    /// The request with a token put in, and whether that is a valid one.
    fn with_token(&self, sent: &Sent, tokens: Tokens) -> (Sent, bool) {
        let has_token = sent.target.contains("token_auth") || sent.body.contains("token_auth");
        let is_trusted = has_token == (tokens == Tokens::AsSent);
        let token = if is_trusted { self.token.as_str() } else { NO_TOKEN };
        let mut sent = sent.clone();
        if has_token {
            sent.target = with_tokens(&sent.target, token);
            sent.body = with_tokens(&sent.body, token);
        } else if is_trusted {
            add_token(&mut sent, token);
        }
        (sent, is_trusted)
    }

    fn send(&self, sent: &Sent) -> Answer {
        let ours = ["host", "connection", "content-length"];
        let headers: Vec<(&str, &str)> = sent
            .headers
            .iter()
            .filter(|(name, _)| !ours.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.server.send(&sent.method, &sent.target, &headers, sent.body.as_bytes())
    }

    /// Number of the last record that the database holds.
    fn last_seq(&self) -> String {
        let rows = self.server.sql(
            "SELECT toString(max(seq)) AS seq FROM
             (SELECT seq FROM events UNION ALL SELECT last_seq AS seq FROM dropped)",
        );
        rows[0]["seq"].as_str().unwrap().to_owned()
    }

    fn rows_after(&self, seq: &str) -> Vec<Map<String, Value>> {
        let rows = self.server.sql(&format!(
            "SELECT kind, toString(time) AS time, host, path, title, target, referrer_kind, referrer_name, referrer_url,
                referrer_keyword, campaign_source, campaign_medium, campaign_content, campaign_id, category, action,
                name, if(has_value = 1, toString(value), '') AS value, country, region, city, browser, browser_version, system,
                system_version, device, language, screen
             FROM events WHERE seq > {seq} AND site_id = 1 ORDER BY seq"
        ));
        rows.into_iter()
            .map(|row| match row {
                Value::Object(row) => row,
                other => panic!("a row that is {other}"),
            })
            .collect()
    }

    fn dropped_after(&self, seq: &str) -> Vec<String> {
        let rows = self.server.sql(&format!(
            "SELECT reason, toUInt32(sum(hits)) AS hits FROM dropped WHERE seq > {seq} GROUP BY reason ORDER BY reason"
        ));
        let name = |number: &Value| {
            REASONS
                .iter()
                .find(|(stored, _)| Some(*stored) == number.as_u64())
                .map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
        };
        rows.iter()
            .flat_map(|row| vec![name(&row["reason"]); row["hits"].as_u64().unwrap() as usize])
            .collect()
    }
}

/// What a request leads to.
#[derive(PartialEq)]
struct Outcome {
    answer: Option<String>,
    rows: Vec<Map<String, Value>>,
    dropped: Vec<String>,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let answer = self.answer.as_deref().unwrap_or("any answer");
        write!(f, "{answer}, dropped {:?}", self.dropped)?;
        for row in &self.rows {
            let is_given = |value: &&Value| value.as_str() != Some("");
            let fields: Vec<String> = row
                .iter()
                .filter(|(_, value)| is_given(value))
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let line: String = fields.join(" ").chars().take(600).collect();
            write!(f, "\n     row {line}")?;
        }
        Ok(())
    }
}

fn expectation(client: &Client, expected: &Expected, sent: &Sent, is_trusted: bool) -> Outcome {
    let untrusted = expected.untrusted.as_deref().or(client.untrusted.as_deref());
    let untrusted = untrusted.filter(|_| !is_trusted).filter(|reason| *reason != "no");
    let reason = untrusted.or(expected.dropped.as_deref());
    let hits = expected.rows.len().max(1);
    let is_bulk = sent.body.contains("\"requests\"");
    let is_refused = reason.is_some_and(|reason| REFUSALS.contains(&reason));
    let answer = expected.status.map(|status| match status {
        200 if is_bulk && is_refused => format!(r#"200 {{"status":"success","tracked":0,"invalid":{hits}}}"#),
        200 if is_bulk => format!(r#"200 {{"status":"success","tracked":{hits},"invalid":0}}"#),
        _ if is_refused && !is_bulk => "400".to_owned(),
        200 => "200 pixel".to_owned(),
        status => status.to_string(),
    });
    let row = |row: &Map<String, Value>| expected_row(&client.every, row);
    // A request may be one hit with two rows; then one hit is dropped.
    let drops = if is_bulk { hits } else { 1 };
    Outcome {
        answer,
        rows: match reason {
            None => expected.rows.iter().map(row).collect(),
            Some(_) => Vec::new(),
        },
        dropped: reason.map_or_else(Vec::new, |reason| vec![reason.to_owned(); drops]),
    }
}

/// A row in full: what is not mentioned is empty, came from nowhere, and happened now.
fn expected_row(every: &Map<String, Value>, row: &Map<String, Value>) -> Map<String, Value> {
    const TEXTS: [&str; 25] = [
        "host",
        "path",
        "title",
        "target",
        "referrer_name",
        "referrer_url",
        "referrer_keyword",
        "campaign_source",
        "campaign_medium",
        "campaign_content",
        "campaign_id",
        "category",
        "action",
        "name",
        "country",
        "region",
        "city",
        "browser",
        "browser_version",
        "system",
        "system_version",
        "language",
        "screen",
        "time",
        "value",
    ];
    let mut full: Map<String, Value> = TEXTS.map(|name| (name.to_owned(), json!(""))).into_iter().collect();
    full.insert("time".into(), json!(NOW.replace('T', " ").trim_end_matches('Z')));
    full.insert("referrer_kind".into(), json!(1));
    full.insert("device".into(), json!(0));
    full.insert("browser".into(), json!("Unknown"));
    full.insert("system".into(), json!("Unknown"));
    for (name, value) in every.iter().chain(row) {
        match KINDS.iter().position(|kind| kind == name) {
            Some(kind) => {
                full.insert("kind".into(), json!(kind + 1));
                full.insert("path".into(), value.clone());
            }
            None if name == "title_of_1024" => {
                full.insert("title".into(), json!(value.as_str().unwrap().repeat(1_024)));
            }
            None if name == "value" => {
                full.insert("value".into(), json!(value.as_f64().unwrap().to_string()));
            }
            None => {
                let known = full.insert(name.clone(), value.clone());
                assert!(known.is_some(), "there is no column {name}");
            }
        }
    }
    full
}

/// Status and body in short; what an answer must have for its status is looked at here.
fn shown(answer: &Answer) -> String {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let status = answer.status;
    match answer.header("content-type") {
        Some("image/gif") if answer.body == PIXEL => format!("{status} pixel"),
        _ if answer.body.is_empty() => status.to_string(),
        _ => format!("{status} {}", answer.text()),
    }
}

/// `text`, a query, a form or JSON, with every value of `token_auth` replaced.
fn with_tokens(text: &str, token: &str) -> String {
    let mut parts = text.split("token_auth");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let value = part.find(|c: char| !matches!(c, '"' | ':' | ' ' | '=')).unwrap_or(part.len());
        let (before, from) = part.split_at(value);
        let end = from.find(['&', '"']).unwrap_or(from.len());
        whole = whole + "token_auth" + before + token + &from[end..];
    }
    whole
}

/// Adds a token where the request's other parameters are.
fn add_token(sent: &mut Sent, token: &str) {
    match sent.body.trim_end().strip_suffix('}') {
        Some(object) => sent.body = format!(r#"{object},"token_auth":"{token}"}}"#),
        None if sent.body.is_empty() => sent.target += &format!("&token_auth={token}"),
        None => sent.body += &format!("&token_auth={token}"),
    }
}
