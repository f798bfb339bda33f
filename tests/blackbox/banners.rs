//! Banners: what the tags send, what is counted, and where a click leads.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::exclusions::decide;
use crate::harness::{Answer, FIREFOX, Server, Setup, wait_until};

const LANDING: &str = "https://shop.example/sale?a=1&b=%20c&utm_source=x#top";

/// A server with one site, campaign, creative and placement.
pub struct Stand {
    /// The server.
    pub server: Server,
    campaign: u64,
    placement: u64,
}

impl Stand {
    pub fn new(setup: Setup) -> Stand {
        let server = setup.start();
        let site = server.add_site("Europe/Amsterdam");
        let placement = placement(&server, site);
        Stand { server, campaign: 1, placement }
    }

    /// What the script tag gets: the targets of its impression and its click.
    pub fn delivery(&self) -> (String, String) {
        let answer = self.get(&format!("/ad/delivery?placement={}", self.placement));
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("*")));
        let banner = answer.json();
        let text = |name: &str| banner[name].as_str().unwrap().to_owned();
        (text("impression"), text("click"))
    }

    /// The targets of the plain tag's image and link.
    fn plain(&self) -> (String, String) {
        let path = format!("/api/v1/placements/{}/tags", self.placement);
        let tags = self.server.api(&self.server.owner(), "GET", &path, None).json();
        let tag = tags["creatives"][0]["image_link"].as_str().unwrap().to_owned();
        let target = |before: &str| {
            let rest = tag.split_once(before).unwrap().1.split_once('"').unwrap().0;
            rest.split_once(&self.server.address).unwrap().1.to_owned()
        };
        (target("src=\""), target("href=\""))
    }

    pub fn get(&self, target: &str) -> Answer {
        self.server.send("GET", target, &[("User-Agent", FIREFOX)], b"")
    }

    pub fn post(&self, target: &str) -> Answer {
        self.server.send("POST", target, &[("User-Agent", FIREFOX)], b"")
    }

    /// Impressions and clicks: gross, valid, gross, valid.
    pub fn counts(&self) -> [u64; 4] {
        self.server.flush();
        let report = self.server.today(1, "banners");
        let row = &report["rows"][0];
        let count = |what: &str, which: &str| row[what][which].as_u64().unwrap_or(0);
        [
            count("impressions", "gross"),
            count("impressions", "valid"),
            count("clicks", "gross"),
            count("clicks", "valid"),
        ]
    }
}

/// Makes a campaign with a creative and a placement on the site.
pub fn placement(server: &Server, site: u32) -> u64 {
    let id = |path: &str, body: Value| post(server, path, body).json()["id"].as_u64().unwrap();
    let campaign = id("/api/v1/campaigns", json!({ "name": "Spring" }));
    id(&format!("/api/v1/campaigns/{campaign}/creatives"), creative(LANDING));
    id("/api/v1/placements", json!({ "site_id": site, "campaign_id": campaign, "name": "Sidebar" }))
}

fn creative(destination: &str) -> Value {
    json!({
        "name": "Blue", "image_url": "https://cdn.example/banner.png", "destination_url": destination,
        "width": 300, "height": 250, "alt": "\"Buy\" <now>",
    })
}

fn post(server: &Server, path: &str, body: Value) -> Answer {
    server.api(&server.owner(), "POST", path, Some(body))
}

#[test]
fn a_delivery_is_one_impression_and_one_valid_click() {
    let stand = Stand::new(Setup::new());
    let (impression, click) = stand.delivery();
    assert_eq!(stand.post(&impression).status, 204);
    assert_eq!(stand.post(&impression).status, 204);
    for _ in 0..2 {
        let answer = stand.get(&click);
        assert_eq!((answer.status, answer.header("location")), (302, Some(LANDING)));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert_eq!(stand.counts(), [2, 1, 2, 1]);
    let (impression, click) = stand.delivery();
    stand.post(&impression);
    stand.get(&click);
    assert_eq!(stand.counts(), [3, 2, 3, 2]);
}

#[test]
fn a_plain_click_repeats_within_thirty_seconds() {
    let stand = Stand::new(Setup::new().clock("2026-11-20T12:00:00Z"));
    let (image, click) = stand.plain();
    let answer = stand.get(&image);
    assert_eq!((answer.status, answer.header("location")), (302, Some("https://cdn.example/banner.png")));
    for time in ["12:00:00", "12:00:29", "12:00:31"] {
        stand.server.set_clock(&format!("2026-11-20T{time}Z"));
        assert_eq!(stand.get(&click).header("location"), Some(LANDING));
    }
    stand.server.send("GET", &click, &[("User-Agent", FIREFOX), ("X-Forwarded-For", "203.0.113.9")], b"");
    assert_eq!(stand.counts(), [1, 1, 4, 3]);
}

#[test]
fn repetitions_are_known_after_a_restart() {
    let mut stand = Stand::new(Setup::new());
    let ((impression, click), (_, plain)) = (stand.delivery(), stand.plain());
    stand.post(&impression);
    stand.get(&click);
    stand.get(&plain);
    stand.server.flush();
    stand.server.kill();
    stand.server.start();
    stand.post(&impression);
    assert_eq!(stand.get(&click).header("location"), Some(LANDING));
    stand.get(&plain);
    assert_eq!(stand.counts(), [2, 1, 4, 2]);
}

#[test]
fn a_tampered_link_leads_nowhere_and_counts_nothing() {
    let stand = Stand::new(Setup::new());
    let (impression, click) = stand.delivery();
    let token = click.split_once("t=").unwrap().1.to_owned();
    let flipped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let forged = (0..token.len()).step_by(7).map(flipped).chain(["".into(), "%00".into(), "A".repeat(5_000)]);
    for token in forged {
        for path in ["/ad/click", "/ad/image"] {
            let answer = stand.get(&format!("{path}?t={token}&url=https://evil.example"));
            assert_eq!((answer.status, answer.header("location")), (400, None), "{path} {token}");
        }
        assert_eq!(stand.post(&format!("/ad/impression?t={token}")).status, 400);
    }
    assert_eq!(stand.counts(), [0, 0, 0, 0]);
    let nowhere = stand.server.api(&stand.server.owner(), "GET", "/api/v1/dropped", None).json();
    assert!(nowhere["rows"].as_array().unwrap().iter().any(|row| row["reason"] == "bad_signature"));
    assert_eq!(stand.post(&impression).status, 204);
}

#[test]
fn bots_prefetches_and_late_deliveries_are_gross_and_not_valid() {
    let stand = Stand::new(Setup::new().clock("2026-11-20T12:00:00Z"));
    let send = |target: &str, header: (&str, &str)| {
        stand.server.send("GET", target, &[("User-Agent", FIREFOX), header], b"").status
    };
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let (_, click) = stand.delivery();
    assert_eq!(stand.server.send("GET", &click, &[("User-Agent", bot)], b"").status, 302);
    assert_eq!(send(&click, ("Sec-Purpose", "prefetch")), 302);
    assert_eq!(stand.counts(), [0, 0, 2, 0]);
    assert_eq!(send(&click, ("Accept", "*/*")), 302);
    assert_eq!(stand.counts(), [0, 0, 3, 1]);
    let (impression, click) = stand.delivery();
    stand.server.set_clock("2026-11-20T14:00:01Z");
    stand.post(&impression);
    assert_eq!(stand.get(&click).header("location"), Some(LANDING));
    assert_eq!(stand.counts(), [1, 0, 4, 1]);
}

#[test]
fn banners_fetched_by_mail_providers_are_counted_by_themselves() {
    let stand = Stand::new(Setup::new());
    let (image, _) = stand.plain();
    let proxies = [
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    ];
    let in_app = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22G100 Safari/604.1 MetaIAB Facebook";
    for agent in proxies.into_iter().chain([in_app]) {
        assert_eq!(stand.server.send("GET", &image, &[("User-Agent", agent)], b"").status, 302);
    }
    assert_eq!(stand.counts(), [3, 1, 0, 0]);
    assert_eq!(stand.server.today(1, "banners")["rows"][0]["mail_impressions"], 2);
}

#[test]
fn only_get_clicks_and_only_post_shows() {
    let stand = Stand::new(Setup::new());
    let (impression, click) = stand.delivery();
    for (method, target) in [("HEAD", &click), ("POST", &click), ("OPTIONS", &click), ("GET", &impression)] {
        stand.server.send(method, target, &[("User-Agent", FIREFOX)], b"");
    }
    assert_eq!(stand.counts(), [0, 0, 0, 0]);
}

#[test]
fn an_archived_campaign_is_not_delivered_and_its_clicks_redirect() {
    let stand = Stand::new(Setup::new());
    let (_, click) = stand.delivery();
    let path = format!("/api/v1/campaigns/{}", stand.campaign);
    let answer = stand.server.api(&stand.server.owner(), "PATCH", &path, Some(json!({ "archived": true })));
    assert_eq!(answer.status, 204);
    assert_eq!(stand.get(&format!("/ad/delivery?placement={}", stand.placement)).status, 204);
    assert_eq!(stand.get(&click).header("location"), Some(LANDING));
    assert_eq!(stand.get("/ad/delivery?placement=999").status, 204);
}

#[test]
fn what_could_lead_astray_is_refused_when_it_is_saved() {
    let stand = Stand::new(Setup::new());
    let path = format!("/api/v1/campaigns/{}/creatives", stand.campaign);
    for destination in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https:/\\evil.example",
        "https:///evil.example",
        "https://ok@evil.example/",
        "https://shop.example/\r\nSet-Cookie: x=1",
        "https://shop.example/a b",
        "ftp://shop.example/",
        "",
    ] {
        assert_eq!(post(&stand.server, &path, creative(destination)).status, 422, "{destination}");
    }
    let mut tiny = creative(LANDING);
    tiny["width"] = json!(1);
    assert_eq!(post(&stand.server, &path, tiny).status, 422);
}

#[test]
fn a_click_redirects_when_nothing_can_be_made_durable() {
    let stand = Stand::new(Setup::new().env("FOOTFALL_SPOOL_MAX_MIB", "1"));
    let (impression, click) = stand.delivery();
    let _stopped = stand.server.fill_spool();
    assert_eq!(stand.server.hit(1, "url=https://example.org/").status, 503);
    assert_eq!(stand.post(&impression).status, 503);
    let answer = stand.get(&click);
    assert_eq!((answer.status, answer.header("location")), (302, Some(LANDING)));
}

/// Numbers of banner events in the metrics, by kind and outcome.
fn metric(server: &Server, kind: &str, outcome: &str) -> u64 {
    let name = format!("footfall_banner_events_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} ");
    let metrics = server.send("GET", "/metrics", &[], b"").text();
    metrics.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or(0)
}

/// Why banner events are not valid, in the order they came; empty for one that is.
fn reasons(server: &Server) -> Vec<u64> {
    server.flush();
    let rows = server.sql("SELECT toUInt32(reason) AS reason FROM ad_events ORDER BY seq");
    rows.iter().map(|row| row["reason"].as_u64().unwrap()).collect()
}

const EXCLUDED: u64 = 19;
const UNKNOWN_URL: u64 = 21;

#[test]
fn whom_a_site_excludes_is_gross_and_not_valid() {
    let stand = Stand::new(Setup::new());
    let networks = ("excluded_addresses", json!(["203.0.113.77", "2001:db8:1:2::/64"]));
    decide(&stand.server, 1, &[networks, ("excluded_agents", json!(["KioskBrowser"]))]);
    let kiosk = format!("{FIREFOX} KioskBrowser/2");
    for (from, agent, reason) in [
        ("203.0.113.77", FIREFOX, EXCLUDED),
        ("::ffff:203.0.113.77", FIREFOX, EXCLUDED),
        ("203.0.113.78", FIREFOX, 0),
        ("2001:db8:1:2:3::4", FIREFOX, EXCLUDED),
        ("203.0.113.79", kiosk.as_str(), EXCLUDED),
    ] {
        let (impression, click) = stand.delivery();
        let headers = [("User-Agent", agent), ("X-Forwarded-For", from)];
        assert_eq!(stand.server.send("POST", &impression, &headers, b"").status, 204);
        let answer = stand.server.send("GET", &click, &headers, b"");
        assert_eq!(answer.header("location"), Some(LANDING), "an excluded click redirects as any other");
        assert_eq!(reasons(&stand.server).split_off(reasons(&stand.server).len() - 2), [reason; 2], "{from}");
    }
    assert_eq!(stand.counts(), [5, 1, 5, 1]);
    for kind in ["impression", "click"] {
        assert_eq!(
            (metric(&stand.server, kind, "accepted"), metric(&stand.server, kind, "excluded")),
            (1, 4)
        );
    }
}

#[test]
fn a_page_of_others_is_gross_and_not_valid_where_the_site_counts_its_own_alone() {
    let stand = Stand::new(Setup::new());
    let body = json!({ "site_id": 1, "campaign_id": 1, "name": "Framed", "frame_hosts": ["https://www.Frames.example:8443/x"] });
    let framed = post(&stand.server, "/api/v1/placements", body).json();
    assert_eq!(framed["frame_hosts"], json!(["frames.example"]));
    let framed = Stand { placement: framed["id"].as_u64().unwrap(), ..stand };
    let server = &framed.server;
    let send = |placement: u64, headers: &[(&str, &str)]| {
        let banner = server.send("GET", &format!("/ad/delivery?placement={placement}"), &[], b"").json();
        let headers = [&[("User-Agent", FIREFOX)], headers].concat();
        assert_eq!(server.send("POST", banner["impression"].as_str().unwrap(), &headers, b"").status, 204);
        *reasons(server).last().unwrap()
    };
    let copy: &[(&str, &str)] = &[("Origin", "https://copy.example")];
    assert_eq!(send(1, copy), 0, "a site that does not ask for it takes every page");
    decide(server, 1, &[("exclude_unknown_urls", json!(true))]);
    let own = "https://www.example.org";
    for (placement, headers, reason) in [
        (1, copy, UNKNOWN_URL),
        (1, &[("Referer", "https://copy.example/page?x")][..], UNKNOWN_URL),
        (1, &[("Referer", "https://copy.example/")], UNKNOWN_URL),
        (1, &[("Origin", own)], 0),
        (1, &[("Origin", "http://EXAMPLE.org:8080")], 0),
        (1, &[("Referer", "https://example.org/")], 0),
        (1, &[("Referer", "https://example.org/page?x=https://copy.example/")], 0),
        (1, &[], 0),
        (1, &[("Origin", "null")], 0),
        (1, &[("Origin", "null"), ("Referer", "https://copy.example/")], UNKNOWN_URL),
        (1, &[("Origin", "")], 0),
        (1, &[("Origin", "https://example.org.copy.example")], UNKNOWN_URL),
        (1, &[("Origin", "https://frames.example")], UNKNOWN_URL),
        (framed.placement, &[("Origin", "https://frames.example")], 0),
        (framed.placement, &[("Referer", "https://www.frames.example/safeframe/1")], 0),
        (framed.placement, &[("Origin", own)], 0),
        (framed.placement, copy, UNKNOWN_URL),
    ] {
        assert_eq!(send(placement, headers), reason, "{placement} {headers:?}");
    }
    let wrong = json!({ "site_id": 1, "campaign_id": 1, "name": "x", "frame_hosts": ["two words"] });
    assert_eq!(post(server, "/api/v1/placements", wrong).status, 422);
}

#[test]
fn what_others_put_beside_or_behind_a_token_leaves_it_ours() {
    let stand = Stand::new(Setup::new());
    let (image, click) = stand.plain();
    assert!(image.ends_with("&amp;ord=[timestamp]"), "{image}");
    let token = click.split_once("t=").unwrap().1;
    let behind = [".", "%3E", "%20", "%22", "'", ")", "%0D%0A", "%C2%A0", "%E2%80%8B", "%00", "%", "%2", "="];
    let beside = [
        "&ord=[timestamp]",
        "&ord=1764554570",
        "&cb=%%CACHEBUSTER%%",
        "&cb=${CACHEBUSTER}",
        "&amp;n={random}",
        "&t=12",
        "&x=%%CLICK_URL_ESC%%https://ads.example/?t=7&t=",
        "&t[]=1",
        "&&=&%FF=%FF",
        "?ord=3",
    ];
    let mut links: Vec<String> =
        behind.iter().chain(&beside).map(|tail| format!("t={token}{tail}")).collect();
    for before in ["amp;t=", "x=1&amp;t=", "cb=1&t=", "amp;amp;t=", "t=no&t="] {
        links.push(format!("{before}{token}"));
    }
    for link in &links {
        let answer = stand.get(&format!("/ad/click?{link}"));
        assert_eq!((answer.status, answer.header("location")), (302, Some(LANDING)), "{link}");
        let image = stand.get(&format!("/ad/image?{link}"));
        assert_eq!(image.header("location"), Some("https://cdn.example/banner.png"), "{link}");
    }
    let count = links.len() as u64;
    assert_eq!(stand.counts()[..3], [count, count, count]);
    let wrong = [format!("{token}A"), format!("{token}-"), format!("A{token}"), token[1..].to_owned()];
    for token in &wrong {
        let answer = stand.get(&format!("/ad/click?t={token}."));
        assert_eq!((answer.status, answer.header("location")), (400, None), "{token}");
    }
    stand.server.flush();
    let nowhere = stand.server.api(&stand.server.owner(), "GET", "/api/v1/dropped", None).json();
    let forged = nowhere["rows"].as_array().unwrap().iter().find(|row| row["reason"] == "bad_signature");
    assert_eq!(forged.unwrap()["count"], wrong.len(), "{nowhere}");
}

#[test]
fn the_first_click_of_a_date_waits_for_no_disk() {
    let stand = Stand::new(Setup::new().clock("2026-11-20T12:00:00Z"));
    let (_, click) = stand.plain();
    // Whoever opens a pipe to write waits until somebody reads: a disk that hangs while salts are written down.
    let pipe = stand.server.data().join("salts.new");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for date in ["2026-12-20", "2027-01-20", "2027-02-20"] {
        stand.server.set_clock(&format!("{date}T12:00:00Z"));
        assert_eq!(stand.get(&click).header("location"), Some(LANDING), "{date}");
        assert_eq!(stand.server.hit(1, "url=https://example.org/").status, 200, "{date}");
        for monitor in ["/health/live", "/health/ready", "/metrics"] {
            assert_eq!(stand.server.send("GET", monitor, &[], b"").status, 200, "{date} {monitor}");
        }
    }
    assert_eq!(metric(&stand.server, "click", "accepted"), 3);
    let before = fs::read(stand.server.data().join("salts")).unwrap();
    // The disk wakes up, and what could not be written is written now. (A pipe with both ends open holds nobody.)
    let _open = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    fs::remove_file(&pipe).unwrap();
    stand.server.set_clock("2027-03-20T12:00:00Z");
    assert_eq!(stand.get(&click).status, 302);
    wait_until("the salts are written", || {
        fs::read(stand.server.data().join("salts")).is_ok_and(|now| now != before)
    });
}
