//! Marks that would give a person away are planted wherever a client can put something, and looked for wherever the
//! server keeps or says something: nothing of them is there, and every hit is counted.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::durability::{engines_of, has_engine_of_its_own, kill_engine};
use crate::harness::{Answer, FIREFOX, Server, Setup, encode, wait_until};
use crate::load::rows;

const IPV4: &str = "185.127.59.213";
const IPV6: &str = "2a02:a45f:1b3c:9d77:5e1a:8c2f:b3d4:e6f1";
const AGENT_MARK: &str = "qz7agentmark";
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0; qz7agentmark/9.9) Gecko/20100101 Firefox/128.0";
const EMAIL: &str = "canary.qz8@mailbox-qz8.example";
const REFERRER_EMAIL: &str = "referrer.qz9@post-qz9.example";
const COOKIE: &str = "qz10cookievalue";
const USER: &str = "qz11-user";
const ID: &str = "c0ffee11c0ffee22";
const CLIENT_ID: &str = "deadbeef0badcafe";
const LANGUAGE_MARK: &str = "qz12lang";
const BRAND: &str = "qz13brand";
const BEARER: &str = "qz14bearer";
const FALSE_TOKEN: &str = "0123456789abcdefqz15falsetoken";
const PASSWORD: &str = "qz16password";

/// Every text that must not be found anywhere, with the token that is made for this run.
fn marks(token: &str) -> Vec<String> {
    let (email_name, email_host) = EMAIL.split_once('@').unwrap();
    let (referrer_name, referrer_host) = REFERRER_EMAIL.split_once('@').unwrap();
    let texts = [
        IPV4,
        IPV6,
        // Not even the network.
        "185.127.59.",
        "2a02:a45f:1b3c",
        "2a02a45f1b3c",
        AGENT_MARK,
        email_name,
        email_host,
        EMAIL,
        referrer_name,
        referrer_host,
        REFERRER_EMAIL,
        COOKIE,
        USER,
        ID,
        CLIENT_ID,
        LANGUAGE_MARK,
        BRAND,
        BEARER,
        FALSE_TOKEN,
        PASSWORD,
        token,
    ];
    texts.map(str::to_owned).to_vec()
}

/// The marks in every spelling: as they are, percent-encoded, in hexadecimal digits, in base64, hashed without a salt,
/// and the address as a number. In lower case.
fn needles(token: &str) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut needles = Vec::new();
    for mark in marks(token) {
        let bytes = mark.as_bytes();
        needles.push(mark.clone());
        needles.push(encode(&mark));
        needles.push(encode(&encode(&mark)));
        needles.push(bytes.iter().map(|byte| format!("%{byte:02x}")).collect());
        needles.push(hex(bytes));
        needles.push(STANDARD_NO_PAD.encode(bytes));
        needles.push(URL_SAFE_NO_PAD.encode(bytes));
        needles.push(hex(&Sha256::digest(bytes)));
    }
    // The hash of a real token is what the accounts database must hold; SQLite has it as bytes, nothing as text.
    let v4: std::net::Ipv4Addr = IPV4.parse().unwrap();
    let v6: std::net::Ipv6Addr = IPV6.parse().unwrap();
    needles.extend([v4.to_bits(), v4.to_bits().swap_bytes()].map(|number| number.to_string()));
    needles.push(format!("{:08x}", v4.to_bits()));
    needles.push(format!("{:08x}", v4.to_bits().swap_bytes()));
    needles.push(v6.to_bits().to_string());
    needles.push(format!("{:032x}", v6.to_bits()));
    needles.push("185%2e127".to_owned());
    needles.into_iter().map(|needle| needle.to_ascii_lowercase()).filter(|needle| needle.len() > 5).collect()
}

/// What is found in a text, each with its surroundings.
fn found(text: &[u8], needles: &[String]) -> Vec<String> {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let mut hits = Vec::new();
    for needle in needles {
        if let Some(at) = text.find(needle.as_str()) {
            let before: String = text[..at].chars().rev().take(60).collect();
            let around: String = before.chars().rev().chain(text[at..].chars().take(80)).collect();
            hits.push(format!("{needle} in …{around}…"));
        }
    }
    hits
}

/// Sends marked requests and keeps what came back.
struct Spy<'a> {
    server: &'a Server,
    needles: Vec<String>,
    sent: usize,
}

impl Spy<'_> {
    /// Every header that a client can send, each with marks.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let forwarded = match self.sent % 6 {
            0 => IPV4.to_owned(),
            1 => format!("::ffff:{IPV4}"),
            2 => format!("{IPV4}:4711"),
            3 => format!("[{IPV6}]:443"),
            4 => format!("{IPV6}, {IPV4}"),
            _ => format!("unknown, {IPV6}"),
        };
        let page = format!("https://{EMAIL}:{PASSWORD}@{IPV4}/from/{REFERRER_EMAIL}?mail={EMAIL}#{IPV6}");
        vec![
            ("User-Agent", AGENT.to_owned()),
            ("Accept-Language", format!("nl-NL,{LANGUAGE_MARK};q=0.5")),
            ("Referer", page),
            ("X-Forwarded-For", forwarded),
            ("Forwarded", format!("for={IPV4};by=\"[{IPV6}]\"")),
            ("X-Real-IP", IPV4.to_owned()),
            ("Via", format!("1.1 {IPV4}")),
            ("From", EMAIL.to_owned()),
            ("Cookie", format!("_pk_id={ID}; session={COOKIE}; footfall={COOKIE}")),
            ("Origin", format!("https://{IPV4}")),
            ("Sec-CH-UA", format!("\"{BRAND}\";v=\"128\", \"{AGENT_MARK}\";v=\"9\"")),
            ("Sec-CH-UA-Platform", format!("\"{BRAND}\"")),
            ("Sec-CH-UA-Mobile", format!("?{BRAND}")),
            ("Sec-CH-UA-Model", format!("\"{BRAND}\"")),
        ]
    }

    fn send(&mut self, method: &str, target: &str, extra: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut headers = self.headers();
        headers.extend([("Authorization", format!("Bearer {BEARER}"))]);
        let mut headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.retain(|(name, _)| !extra.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
        headers.extend(extra);
        let answer = self.server.send(method, target, &headers, body);
        self.sent += 1;
        self.look_at(&answer, target);
        answer
    }

    /// A response says nothing of what was planted. The one header that must is a browser's own origin, which CORS
    /// makes a server repeat to it.
    fn look_at(&self, answer: &Answer, what: &str) {
        let mut text = answer.body.clone();
        for (name, value) in &answer.headers {
            if name != "access-control-allow-origin" {
                text.extend(format!("{name}: {value}\n").bytes());
            }
        }
        let found = found(&text, &self.needles);
        assert!(found.is_empty(), "the answer to {what} says {found:?}");
    }

    /// A hit that is to be counted.
    fn counted(&mut self, site: u32, query: &str) {
        let target = format!("/matomo.php?idsite={site}&rec=1&{query}");
        let answer = match self.sent % 2 {
            0 => self.send("GET", &target, &[], b""),
            _ => {
                let (path, body) = target.split_once('?').unwrap();
                self.send("POST", path, &[], body.as_bytes())
            }
        };
        assert_eq!(answer.status, 200, "{query}");
    }

    fn refused(&mut self, method: &str, target: &str, body: &[u8]) {
        let answer = self.send(method, target, &[], body);
        assert!((400..500).contains(&answer.status), "{target} was answered {}", answer.status);
    }
}

/// A text with every mark that a text field may be sent with.
fn polluted() -> String {
    format!("Hello {EMAIL} at {IPV4}, [{IPV6}]:80 or ::ffff:{IPV4}; {REFERRER_EMAIL} <{EMAIL}> with {AGENT}")
}

/// Page addresses with marks in each of their parts.
fn polluted_urls() -> Vec<String> {
    let encoded = encode(EMAIL);
    vec![
        format!(
            "https://{EMAIL}:{PASSWORD}@example.org/u/{EMAIL}/{IPV4}?q={EMAIL}&ip={IPV4}&email={EMAIL}#{EMAIL}"
        ),
        format!("https://example.org/u/{encoded}?next=https%3A%2F%2Fe.org%2F%3Fm%3D{encoded}&x={IPV6}"),
        format!("https://example.org/?a={}&b={}", encode(&encoded), encode(AGENT)),
        format!("https://{IPV4}/by-address"),
        format!("http://[{IPV6}]:8080/by-address"),
        format!("https://{IPV4}.example.org/by-name"),
        format!("http://{}/as-number", u32::from(IPV4.parse::<std::net::Ipv4Addr>().unwrap())),
        format!(
            "https://example.org/;jsessionid={COOKIE}/p?PHPSESSID={COOKIE}&sid={COOKIE}&token_auth={FALSE_TOKEN}"
        ),
        format!(
            "https://example.org/?utm_source={EMAIL}&utm_medium={IPV4}&utm_campaign={}",
            encode(&polluted())
        ),
        format!("https://example.org/?mtm_campaign={EMAIL}&mtm_kwd={IPV6}&mtm_cid={EMAIL}&gclid={COOKIE}"),
        format!("https://example.org/?uid={USER}&user_id={USER}&name={USER}&password={PASSWORD}"),
    ]
}

/// Tracking parameters that hold a text, beside those that need more.
const TEXTS: [&str; 27] = [
    "action_name",
    "urlref",
    "search",
    "search_cat",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "utm_id",
    "mtm_campaign",
    "mtm_keyword",
    "mtm_source",
    "mtm_medium",
    "mtm_content",
    "mtm_cid",
    "mtm_group",
    "dimension1",
    "_cvar",
    "res",
    "lang",
    "uadata",
    "_rcn",
    "_rck",
    "pv_id",
    "fla",
    "unheard_of",
];

fn plant_hits(spy: &mut Spy, site: u32) -> u64 {
    let text = encode(&polluted());
    let page = "url=https://example.org/";
    let mut count = 0;
    let mut hit = |query: String| {
        spy.counted(site, &query);
        count += 1;
    };
    for name in TEXTS {
        hit(format!("{page}&{name}={text}"));
        hit(format!("{page}&{name}={}", encode(EMAIL)));
        hit(format!("{page}&{name}={}", encode(IPV4)));
        hit(format!("{page}&{name}={}", encode(IPV6)));
    }
    for url in polluted_urls() {
        let url = encode(&url);
        hit(format!("url={url}"));
        hit(format!("{page}&urlref={url}"));
        hit(format!("{page}&link={url}"));
        hit(format!("{page}&download={url}"));
        hit(format!("{page}&c_n=block&c_t={url}"));
        hit(format!("{page}&c_n=block&c_p={url}&c_i=click"));
    }
    hit(format!("{page}&link={}", encode(&format!("mailto:{EMAIL}"))));
    hit(format!("{page}&e_c={text}&e_a={text}&e_n={text}&e_v=1"));
    hit(format!("{page}&c_n={text}&c_p={text}&c_t={text}&c_i={text}"));
    hit(format!("{page}&cvar={}", encode(&json!({"1": [EMAIL, IPV4]}).to_string())));
    hit(format!("{page}&uid={USER}"));
    hit(format!("{page}&uid={}", encode(EMAIL)));
    hit(format!("{page}&_id={ID}"));
    hit(format!("{page}&cid={CLIENT_ID}"));
    hit(format!("{page}&ua={}", encode(AGENT)));
    hit(format!("{page}&ua={}&lang={LANGUAGE_MARK}", encode(&format!("{FIREFOX} {BRAND}"))));
    let hints = json!({
        "fullVersionList": [{"brand": BRAND, "version": "128.0"}, {"brand": EMAIL, "version": IPV4}],
        "platform": BRAND, "platformVersion": IPV4, "model": AGENT_MARK, "mobile": false,
    });
    hit(format!("{page}&uadata={}", encode(&hints.to_string())));
    // No `url`: the page is the header's.
    hit(String::new());
    count
}

/// Claims that need a token.
fn plant_claims(spy: &mut Spy, site: u32, token: &str) -> u64 {
    let text = encode(&polluted());
    let page = "url=https://example.org/";
    let claims = [
        format!("cip={IPV4}"),
        format!("cip={}", encode(&format!("::ffff:{IPV4}"))),
        format!("cip={}", encode(IPV6)),
        format!("cip={}", encode(EMAIL)),
        format!("country={text}&region={text}&city={text}&lat={IPV4}&long={IPV4}"),
        format!("country={0}&region={0}&city={0}", encode(&format!("{EMAIL} {IPV4}"))),
        format!("cdt=2026-01-01%2010:00:00&cip={IPV4}&action_name={text}"),
    ];
    for claim in &claims {
        spy.counted(site, &format!("{page}&{claim}&token_auth={token}"));
    }
    claims.len() as u64
}

fn plant_bulk(spy: &mut Spy, site: u32, token: &str) -> u64 {
    let text = encode(&polluted());
    let body = json!({
        "requests": [
            format!("?idsite={site}&rec=1&url=https://example.org/bulk&action_name={text}"),
            format!("https://{IPV4}/matomo.php?idsite={site}&rec=1&url=https://example.org/{EMAIL}"),
            {"idsite": site, "rec": 1, "url": format!("https://{IPV4}/{EMAIL}"), "action_name": polluted(),
             "ua": AGENT, "uid": USER, "cip": IPV4, "token_auth": token},
            {"idsite": site, "rec": 1, "url": "https://example.org/", "e_c": polluted(), "e_a": EMAIL, "e_n": IPV6},
        ],
        "token_auth": token,
    });
    let answer = spy.send("POST", "/matomo.php", &[], body.to_string().as_bytes());
    assert_eq!((answer.status, &answer.json()["tracked"]), (200, &json!(4)));
    4
}

/// Requests that are refused, and each a place where something could be noted down.
fn plant_refusals(spy: &mut Spy, site: u32) {
    let text = encode(&polluted());
    let hit = format!("/matomo.php?idsite={site}&rec=1");
    for target in [
        format!("/matomo.php?idsite={text}&rec=1"),
        format!("/matomo.php?idsite=987654&rec=1&url={text}&token_auth={FALSE_TOKEN}"),
        format!("{hit}&cid={USER}&action_name={text}"),
        format!("{hit}&cip={IPV4}"),
        format!("{hit}&cip={IPV4}&token_auth={FALSE_TOKEN}"),
        format!("{hit}&country=NL&city={text}"),
        format!("{hit}&cdt=2020-01-01&uid={USER}"),
        format!("{hit}&ca=1&cra={text}"),
        format!("/ad/click?t={text}"),
        format!("/ad/click?t={EMAIL}&url=https://{IPV4}/"),
        format!("/ad/image?t={FALSE_TOKEN}"),
        format!("/nowhere/{EMAIL}/{IPV4}?token_auth={FALSE_TOKEN}"),
        format!("/api/v1/sites/{site}/breakdown/pages?period=today&search={EMAIL}"),
        format!("/api/v1/sites/{site}/overview?period=today&token_auth={FALSE_TOKEN}"),
        format!("/api/v1/sites/{EMAIL}/overview?period={IPV4}"),
        format!("/metrics?token_auth={FALSE_TOKEN}"),
        format!(
            "/index.php?module=API&method=VisitsSummary.get&idSite={site}&period=day&date=today&format=json&token_auth={FALSE_TOKEN}"
        ),
    ] {
        spy.refused("GET", &target, b"");
    }
    let broken = format!("{{\"requests\": [\"?idsite={site}&url={EMAIL}\", {IPV4}");
    spy.refused("POST", "/matomo.php", broken.as_bytes());
    let log_in = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let as_json = [("Content-Type", "application/json"), ("Origin", "http://elsewhere.example")];
    assert_eq!(spy.send("POST", "/api/v1/session", &as_json, log_in.as_bytes()).status / 100, 4);
    let set_up = json!({ "token": FALSE_TOKEN, "email": EMAIL, "password": PASSWORD }).to_string();
    assert_eq!(spy.send("POST", "/api/v1/setup", &as_json, set_up.as_bytes()).status / 100, 4);
    let huge = format!("idsite={site}&rec=1&action_name={}", EMAIL.repeat(10_000));
    spy.refused("POST", "/matomo.php", huge.as_bytes());
    for raw in [
        format!("GET /matomo.php?{EMAIL} {IPV4}\r\nUser-Agent: {AGENT}\r\n\r\n"),
        format!("{EMAIL}\r\n{IPV4}\r\n\r\n"),
        format!("GET /{EMAIL} HTTP/1.1\r\nHost: {IPV4}\r\nBad Header {IPV6}: {AGENT}\r\n\r\n"),
    ] {
        let answer = spy.server.send_raw(raw.as_bytes());
        spy.look_at(&answer, "broken HTTP");
    }
}

/// Hits that are excluded on purpose; gives how many.
fn plant_drops(spy: &mut Spy, site: u32) -> u64 {
    let text = encode(&polluted());
    let bot = format!("Googlebot/2.1 {AGENT_MARK} {EMAIL}");
    let hit = format!("/matomo.php?idsite={site}&rec=1&url=https://example.org/&action_name={text}");
    let long = format!("{AGENT}{}", AGENT_MARK.repeat(400));
    for agent in [bot.as_str(), "", "HeadlessChrome/128.0 qz7agentmark", long.as_str()] {
        assert_eq!(spy.send("GET", &hit, &[("User-Agent", agent)], b"").status, 200);
    }
    let prefetch = [("Sec-Purpose", "prefetch"), ("Purpose", EMAIL)];
    assert_eq!(spy.send("GET", &hit, &prefetch, b"").status, 200);
    5
}

/// Banner clicks and impressions; gives how many of each kind.
fn plant_banner_events(spy: &mut Spy, site: u32) -> u64 {
    let owner = spy.server.owner();
    let make = |path: &str, body: Value| {
        let answer = spy.server.api(&owner, "POST", path, Some(body));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_u64().unwrap()
    };
    let campaign = make("/api/v1/campaigns", json!({ "name": "Spring" }));
    let creative = json!({
        "name": "One", "image_url": "https://example.org/one.png", "width": 300, "height": 250,
        "destination_url": "https://shop.example.org/landing",
    });
    make(&format!("/api/v1/campaigns/{campaign}/creatives"), creative);
    let placement =
        make("/api/v1/placements", json!({ "site_id": site, "campaign_id": campaign, "name": "Top" }));
    let rounds = 6;
    for _ in 0..rounds {
        let target = format!("/ad/delivery?placement={placement}&page={EMAIL}");
        let banner = spy.send("GET", &target, &[], b"").json();
        let (view, click) = (banner["impression"].as_str().unwrap(), banner["click"].as_str().unwrap());
        let extra = format!("&uid={USER}&page={}", encode(&polluted()));
        assert_eq!(spy.send("POST", &format!("{view}{extra}"), &[], EMAIL.as_bytes()).status / 100, 2);
        assert_eq!(spy.send("GET", &format!("{click}{extra}"), &[], b"").status, 302);
    }
    rounds
}

/// Everything that the server has written down: nothing of it is a mark.
fn search_everything(server: &Server, needles: &[String]) {
    let mut searched = 0;
    // With the database's folder, which is beside the server's when it is a server of its own.
    let mut hits = search_files(server.data().parent().unwrap(), needles, &mut searched);
    hits.extend(found(server.log().as_bytes(), needles).into_iter().map(|hit| format!("log: {hit}")));
    hits.extend(search_tables(server, needles));
    for pid in engines_of(server.pid()).into_iter().chain([server.pid()]) {
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        hits.extend(found(&arguments, needles));
    }
    assert!(searched > 20, "only {searched} files");
    assert!(hits.is_empty(), "{} marks were kept:\n{}", hits.len(), hits.join("\n"));
}

fn search_files(folder: &Path, needles: &[String], searched: &mut u32) -> Vec<String> {
    let v4 = IPV4.parse::<std::net::Ipv4Addr>().unwrap().octets();
    let v6 = IPV6.parse::<std::net::Ipv6Addr>().unwrap().octets();
    let mut hits = Vec::new();
    // The engine merges and removes while this looks.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            hits.extend(search_files(&path, needles, searched));
            continue;
        }
        let Ok(bytes) = fs::read(&path) else { continue };
        *searched += 1;
        let mut inside = found(&bytes, needles);
        inside.extend(found(path.to_string_lossy().as_bytes(), needles));
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        // Of the IPv6 address the part that is not the network, and of the IPv4 address all, where files are so small
        // that four bytes are no chance.
        let is_small = bytes.len() < 300_000;
        if has(&v6[6..]) || is_small && (has(&v4) || has(&[v4[3], v4[2], v4[1], v4[0]])) {
            inside.push("an address in binary".to_owned());
        }
        hits.extend(inside.into_iter().map(|hit| format!("{}: {hit}", path.display())));
    }
    hits
}

/// Every column of every table as text.
fn search_tables(server: &Server, needles: &[String]) -> Vec<String> {
    let columns = rows(
        server,
        "SELECT database, table, name FROM system.columns
         WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') OR table LIKE '%_log'",
    );
    assert!(columns.len() > 50, "{columns:?}");
    let mut hits = Vec::new();
    for column in &columns {
        let name = |key: &str| column[key].as_str().unwrap().to_owned();
        let (database, table, column) = (name("database"), name("table"), name("name"));
        let values = format!("SELECT DISTINCT toString(`{column}`) AS text FROM `{database}`.`{table}`");
        let texts: Vec<String> =
            rows(server, &values).iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect();
        let inside = found(texts.join("\n").as_bytes(), needles);
        hits.extend(inside.into_iter().map(|hit| format!("{database}.{table}.{column}: {hit}")));
    }
    hits
}

/// Every report that a browser can show.
fn search_reports(spy: &mut Spy, site: u32) {
    let owner = spy.server.owner();
    let bearer = format!("Bearer {owner}");
    let dimensions = [
        "pages",
        "titles",
        "entry_pages",
        "exit_pages",
        "referrers",
        "outlinks",
        "downloads",
        "events",
        "countries",
        "regions",
        "cities",
        "devices",
        "browsers",
        "systems",
        "languages",
        "screens",
        "campaigns",
        "searches",
        "content",
    ];
    let mut shown = 0;
    for dimension in dimensions {
        let path = format!("/api/v1/sites/{site}/breakdown/{dimension}?period=year&limit=10000");
        let answer = spy.send("GET", &path, &[("Authorization", &bearer)], b"");
        shown += u32::from(answer.status == 200);
    }
    assert!(shown > 5);
    for what in ["overview?period=year", "dropped?period=year", "banners?period=year"] {
        let path = format!("/api/v1/sites/{site}/{what}");
        assert_eq!(spy.send("GET", &path, &[("Authorization", &bearer)], b"").status, 200);
    }
    for path in ["/health/ready", "/health/live", "/metrics"] {
        let headers = [("Authorization", bearer.as_str())];
        assert_eq!(spy.send("GET", path, &headers, b"").status, 200);
    }
}

#[test]
fn nothing_that_names_a_person_is_kept_or_said() {
    let setup = Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "0").env("FOOTFALL_LOG", "trace");
    let mut server = setup.start();
    let (daily, consented) = (server.add_site("UTC"), server.add_consented_site("UTC"));
    let token = server.token("write", None);
    let needles = needles(&token);
    let (mut sent, mut dropped, mut clicks) = (0, 0, 0);
    for round in 0..2 {
        for site in [daily, consented] {
            let mut spy = Spy { server: &server, needles: needles.clone(), sent: 0 };
            let (hits, drops) = (plant_hits(&mut spy, site), plant_drops(&mut spy, site));
            sent += hits;
            dropped += drops;
            sent += plant_claims(&mut spy, site, &token) + plant_bulk(&mut spy, site, &token);
            plant_refusals(&mut spy, site);
            clicks += plant_banner_events(&mut spy, site);
        }
        if round == 0 {
            if has_engine_of_its_own() {
                kill_engine(&server);
            }
            server.kill();
            server.start();
        }
    }
    server.flush();

    let events = &rows(&server, "SELECT count() AS count, uniqExact(seq) AS seqs FROM events")[0];
    assert_eq!((&events["count"], &events["seqs"]), (&json!(sent), &json!(sent)));
    let excluded = "SELECT sum(hits) AS hits FROM dropped WHERE reason IN (6, 7, 8, 9, 10)";
    assert_eq!(rows(&server, excluded)[0]["hits"], json!(dropped));
    for kind in [1, 2] {
        let counted = format!("SELECT count() AS count FROM ad_events WHERE kind = {kind}");
        assert_eq!(rows(&server, &counted)[0]["count"], json!(clicks));
    }
    for site in [daily, consented] {
        let mut spy = Spy { server: &server, needles: needles.clone(), sent: 0 };
        search_reports(&mut spy, site);
    }
    search_everything(&server, &needles);
    println!("{sent} hits, {dropped} excluded, {clicks} clicks; {} needles", needles.len());

    // What is left in the spool after a stop, and on disk when nothing runs.
    assert!(server.stop().success());
    let hits = search_files(&server.data(), &needles, &mut 0);
    assert!(hits.is_empty(), "{hits:?}");
}

#[test]
fn a_mark_shows_where_an_e_mail_address_an_agent_or_a_network_address_stood() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let hit = |url: &str, title: &str| {
        server.hit(site, &format!("url={}&action_name={}", encode(url), encode(title)));
    };
    hit(&format!("https://example.org/u/{EMAIL}"), &format!("Profile of {EMAIL}"));
    hit(&format!("https://example.org/at/{IPV4}"), &format!("You are {IPV4}"));
    hit("https://example.org/browser", &format!("Seen with {AGENT}"));
    server.flush();
    let labels = |dimension: &str| -> Vec<String> {
        let report = server.today(site, &format!("breakdown/{dimension}"));
        let mut labels: Vec<String> = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["label"].as_str().unwrap().to_owned())
            .collect();
        labels.sort();
        labels
    };
    let pages = labels("pages");
    for path in ["/at/[ip]", "/browser", "/u/[email]"] {
        assert!(pages.iter().any(|label| label.ends_with(path)), "{pages:?}");
    }
    let titles = server.report("Actions.getPageTitles", site, "period=day&date=today&flat=1");
    for title in ["Profile of [email]", "You are [ip]", "Seen with [agent]"] {
        let mut shown = titles.as_array().unwrap().iter();
        assert!(shown.any(|row| row["label"].as_str().unwrap().trim() == title), "{titles}");
    }
}

#[test]
fn visitors_are_told_apart_by_network_and_not_by_address() {
    let visitors_of = |addresses: &[&str]| {
        let server = Setup::new().start();
        let site = server.add_site("UTC");
        for address in addresses {
            let headers = [("User-Agent", FIREFOX), ("X-Forwarded-For", address)];
            server.hit_as(site, "url=https://example.org/", &headers);
        }
        server.flush();
        let places = rows(&server, "SELECT uniqExact(country, region, city) AS places FROM events");
        let visitors = server.today(site, "overview")["totals"]["visitors"].clone();
        (visitors, places[0]["places"].clone())
    };
    assert_eq!(
        visitors_of(&["185.127.59.1", "185.127.59.213", "::ffff:185.127.59.99", "185.127.59.7:80"]),
        (json!(1), json!(1))
    );
    assert_eq!(visitors_of(&["185.127.59.213", "185.127.60.213"]).0, 2);
    assert_eq!(visitors_of(&[IPV6, "2a02:a45f:1b3c:1::1", "2a02:a45f:1b3d::1"]).0, 2);
}

#[test]
fn salts_are_private_and_destroyed_on_time() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("Europe/Amsterdam");
    server.hit(site, "url=https://example.org/");
    let path = server.data().join("salts");
    for name in ["salts", "secret", "accounts.db"] {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(server.data().join(name)).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // Records of 44 bytes behind eight: date, last use, salt.
    let date = i32::try_from(
        jiff::civil::date(2026, 11, 20).duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24,
    );
    let (date, bytes) = (date.unwrap().to_le_bytes(), fs::read(&path).unwrap());
    let record = bytes[8..].chunks_exact(44).find(|record| record.starts_with(&date)).unwrap();
    let salt = record[12..].to_vec();
    let is_kept = || {
        let bytes = fs::read(&path).unwrap();
        bytes.windows(32).any(|window| window == salt)
    };
    // The 20th ends last in UTC-12, at noon of the 21st; hits may come a day late.
    server.set_clock("2026-11-22T11:59:59Z");
    server.hit(site, "url=https://example.org/");
    assert!(is_kept());
    server.set_clock("2026-11-22T12:00:00Z");
    wait_until("the salt is destroyed", || !is_kept());
    for entry in fs::read_dir(server.data()).unwrap().flatten() {
        if entry.path().is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(32).any(|window| window == salt), "{:?}", entry.path());
        }
    }
    server.flush();
    let days = server.report("VisitsSummary.get", site, "period=day&date=2026-11-20,2026-11-22");
    assert_eq!((&days["2026-11-20"]["nb_visits"], &days["2026-11-22"]["nb_visits"]), (&json!(1), &json!(1)));
}

/// Spellings of one e-mail address, one IPv6 address and one mail recipient's number, as careless sites send them.
#[test]
fn no_spelling_leaves_a_part_of_a_person() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let emails = [
        "qz20.jan+qz21.news@qz22-mail.example",
        "qz20.jan%2Bqz21.news%40qz22-mail.example",
        "qz20.jan%252Bqz21.news%2540qz22-mail.example",
        "qz20.jan+qz21.news%EF%BC%A0qz22-mail.example",
        "qz20.jan+qz21.news＠qz22-mail.example",
        "qz20.jan+qz21.news%EF%B9%ABqz22-mail.example",
        "qz20.jan+qz21.news&#64;qz22-mail.example",
        "qz20.jan+qz21.news&#x40;qz22-mail&period;example",
        "%22qz20+qz21%22+%3Cinfo%40qz22-mail.example%3E",
    ];
    let addresses = [
        "2a02:a45f:1b3c::9d77",
        "x2a02:a45f:1b3c::9d77",
        "2a02:a45f:1b3c::9d77.html",
        "[2a02:a45f:1b3c::9d77].png",
        "2a02:a45f:1b3c::9d77zz",
    ];
    let numbers = [
        "mkt_tok=qz23",
        "MC_EID[]=qz23",
        "u=https%3A%2F%2Fx.example%2F%3F_kx%3Dqz23",
        "a=1;__hstc=qz23",
        "a=1%26igsh%3Dqz23",
    ];
    let mut sent = 0;
    for text in emails.into_iter().chain(addresses) {
        for query in [
            format!("url={}", encode(&format!("https://example.org/{text}?ref={text}&b=1"))),
            format!("url=https%3A%2F%2Fexample.org%2F&action_name={}", encode(text)),
            format!(
                "url=https%3A%2F%2Fexample.org%2F&urlref={}",
                encode(&format!("https://www.google.com/search?q={text}"))
            ),
            format!(
                "url=https%3A%2F%2Fexample.org%2F&urlref={}",
                encode(&format!("https://e.example/{text}"))
            ),
            format!(
                "url={}",
                encode(&format!("https://example.org/?utm_campaign=a&utm_term={text}&utm_content={text}"))
            ),
            format!("url={}", encode(&format!("https://example.org/?q={text}"))),
            format!("url=https%3A%2F%2Fexample.org%2F&e_c=a&e_a={0}&e_n={0}", encode(text)),
            format!("url=https%3A%2F%2Fexample.org%2F&search={0}", encode(text)),
            format!(
                "url=https%3A%2F%2Fexample.org%2F&link={}",
                encode(&format!("https://x.example/{text}?r={text}"))
            ),
        ] {
            assert!(server.hit(site, &query).status < 300, "{query}");
            sent += 1;
        }
    }
    for text in numbers {
        for query in [
            format!("url={}", encode(&format!("https://example.org/?{text}"))),
            format!("url={}", encode(&format!("https://example.org/a#/b?{text}"))),
            format!(
                "url=https%3A%2F%2Fexample.org%2F&download={}",
                encode(&format!("https://x.example/f.pdf?{text}#{text}"))
            ),
            format!(
                "url=https%3A%2F%2Fexample.org%2F&urlref={}",
                encode(&format!("https://e.example/?{text}"))
            ),
        ] {
            assert!(server.hit(site, &query).status < 300, "{query}");
            sent += 1;
        }
    }
    server.flush();
    let rows = server.sql("SELECT * FROM events");
    assert_eq!(rows.len(), sent, "all are counted");
    for row in rows {
        let row = row.to_string();
        for mark in ["qz2", "2a02", "a45f", "1b3c", "9d77"] {
            assert!(!row.contains(mark), "{mark} in {row}");
        }
    }
}
