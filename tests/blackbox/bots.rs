//! Who is not counted, and that nobody can tell from the answer.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Answer, FIREFOX, Server, Setup, encode};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// A few of everybody's: search, assistants, previews, monitors, libraries, tools.
const BOTS: [&str; 24] = [
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "curl/8.11.1",
    "Wget/1.25.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Apache-HttpClient/4.5.14 (Java/17.0.9)",
    "Scrapy/2.11.2 (+https://scrapy.org)",
];

const AUTOMATION: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Cypress/13.6.0 Chrome/114.0.5735.289 Electron/25.8.4 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Playwright/1.45",
];

/// What a day's page views, and dropped hits by reason, come to.
fn totals(server: &Server, site: u32) -> (u64, Vec<(String, u64)>) {
    server.flush();
    let dropped = server.today(site, "dropped");
    let mut dropped: Vec<(String, u64)> = dropped["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["reason"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap()))
        .collect();
    dropped.sort();
    let views = server.today(site, "overview")["totals"]["page_views"].as_u64().unwrap();
    (views, dropped)
}

/// People whose device, television or app is called as if it were a robot.
const PEOPLE: [&str; 5] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22G100 Safari/604.1 MetaIAB Facebook",
    "Dalvik/2.1.0 (Linux; U; Android 15; CPH2557 Build/AP3A.240617.008)",
    "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.45 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36 SmartNews/25.10.1",
    "Mozilla/5.0 (Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.140 Safari/537.36 OPR/46.0.2207.0 OMI/4.21.4.112.Catcher4.66 Model/Hisense-MT9602 VIDAA/5.0(SCHNEIDER;SmartTV;VS0432FB1;HD)",
];

fn reasons(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect()
}

/// Everything of an answer that a client sees, but for the time of day.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
    (answer.status, headers, answer.body.clone())
}

#[test]
fn known_bots_are_dropped_with_a_reason_and_browsers_are_not() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    for agent in BOTS.iter().chain(&AUTOMATION).chain(&[FIREFOX, CHROME]) {
        assert_eq!(server.hit_as(site, "url=https://example.org/", &[("User-Agent", agent)]).status, 200);
        // What stands in `ua` replaces the header, whichever of them is the browser.
        let replaced = format!("url=https://example.org/&ua={}", encode(agent));
        assert_eq!(server.hit_as(site, &replaced, &[("User-Agent", FIREFOX)]).status, 200);
    }
    let expected = reasons(&[("automation", 2 * AUTOMATION.len() as u64), ("bot", 2 * BOTS.len() as u64)]);
    assert_eq!(totals(&server, site), (4, expected));
}

#[test]
fn people_are_counted_whatever_their_device_and_app_are_called() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    for agent in PEOPLE {
        server.hit_as(site, "url=https://example.org/", &[("User-Agent", agent)]);
    }
    assert_eq!(totals(&server, site), (PEOPLE.len() as u64, vec![]));
}

#[test]
fn a_mail_provider_that_fetches_a_page_is_a_bot_and_an_over_long_crawler_as_well() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let proxy = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
    let long = format!("{CHROME} {} {}", "x".repeat(2_000), BOTS[1]);
    for agent in [proxy, &long] {
        server.hit_as(site, "url=https://example.org/", &[("User-Agent", agent)]);
    }
    assert_eq!(totals(&server, site), (0, reasons(&[("bot", 2)])));
}

#[test]
fn the_crawlers_of_the_list_are_dropped() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("node_modules/crawler-user-agents/crawler-user-agents.json");
    let list: Vec<Value> = serde_json::from_str(&fs::read_to_string(list).unwrap()).unwrap();
    let agents: Vec<&Value> = list.iter().flat_map(|entry| entry["instances"].as_array().unwrap()).collect();
    assert!(agents.len() > 1_000, "{} crawlers are too few", agents.len());
    // The rate is not what is asked here.
    let server = Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "0").start();
    let site = server.add_site("UTC");
    for agents in agents.chunks(500) {
        let requests: Vec<Value> = agents
            .iter()
            .map(|agent| json!({ "idsite": site, "rec": 1, "url": "https://example.org/", "ua": agent }))
            .collect();
        let answer = bulk(&server, &json!({ "requests": requests }));
        let tracked = agents.len();
        assert_eq!(answer.json(), json!({ "status": "success", "tracked": tracked, "invalid": 0 }));
    }
    let (views, dropped) = totals(&server, site);
    // Some that the list holds are people: lists/bots.json says who, and why.
    assert!(views * 1_000 <= agents.len() as u64 * 3, "{views} of {} are counted", agents.len());
    assert_eq!(views + dropped.iter().map(|(_, count)| count).sum::<u64>(), agents.len() as u64);
    let by_list = ["agent_empty", "automation", "bot"];
    assert!(dropped.iter().all(|(reason, _)| by_list.contains(&reason.as_str())), "{dropped:?}");
}

fn bulk(server: &Server, body: &Value) -> Answer {
    server.send(
        "POST",
        "/matomo.php",
        &[("User-Agent", FIREFOX), ("Content-Type", "text/plain")],
        body.to_string().as_bytes(),
    )
}

#[test]
fn empty_short_and_over_long_agents_are_dropped() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let page = "url=https://example.org/";
    server.hit_as(site, page, &[]);
    for agent in ["", "   ", "-", "node"] {
        server.hit_as(site, page, &[("User-Agent", agent)]);
    }
    let of_length = |length: usize| format!("{FIREFOX} {}", "x".repeat(length - FIREFOX.len() - 1));
    server.hit_as(site, page, &[("User-Agent", &of_length(1_025))]);
    server.hit_as(site, page, &[("User-Agent", &of_length(20_000))]);
    server.hit_as(site, page, &[("User-Agent", &of_length(1_024))]);
    // An empty `ua` is none, so that the header counts.
    server.hit_as(site, &format!("{page}&ua="), &[("User-Agent", FIREFOX)]);
    let expected = reasons(&[("agent_empty", 5), ("agent_too_long", 2)]);
    assert_eq!(totals(&server, site), (2, expected));
}

#[test]
fn what_browsers_fetch_ahead_of_a_view_is_dropped_whoever_sends_it() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let token = server.token("write", Some(site));
    let ahead = [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("sec-purpose", "prefetch;anonymous-client-ip"),
        ("Purpose", "prefetch"),
        ("Purpose", "prerender"),
        ("X-Purpose", "preview"),
        ("X-Purpose", "instant"),
        ("X-Moz", "prefetch"),
        ("X-Moz", "Prefetch"),
    ];
    for header in ahead {
        server.hit_as(site, "url=https://example.org/", &[("User-Agent", FIREFOX), header]);
    }
    let trusted = format!("url=https://example.org/&token_auth={token}");
    server.hit_as(site, &trusted, &[("User-Agent", FIREFOX), ahead[0]]);
    for header in [("Purpose", "navigation"), ("X-Moz", ""), ("Sec-Fetch-Mode", "no-cors")] {
        server.hit_as(site, "url=https://example.org/", &[("User-Agent", FIREFOX), header]);
    }
    let expected = reasons(&[("prefetch", ahead.len() as u64 + 1)]);
    assert_eq!(totals(&server, site), (3, expected));
}

#[test]
fn an_excluded_hit_and_an_accepted_one_look_the_same() {
    let server = Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "1").start();
    let site = server.add_site("UTC");
    let from = |address: &'static str| ("X-Forwarded-For", address);
    let page = "url=https://example.org/";
    for method in ["GET", "POST"] {
        for picture in ["", "&send_image=0"] {
            let send = |agent: &str, more: &str, header: (&str, &str)| {
                let target = format!("/matomo.php?idsite={site}&{page}&{more}{picture}");
                let headers = [("User-Agent", agent), ("Origin", "https://example.org"), header];
                visible(&server.send(method, &target, &headers, b""))
            };
            let accepted = send(FIREFOX, "rec=1", from("192.0.2.1"));
            assert_eq!(accepted.0, if picture.is_empty() { 200 } else { 204 });
            let excluded = [
                ("bot", send(BOTS[0], "rec=1", from("192.0.2.1"))),
                ("automation", send(AUTOMATION[0], "rec=1", from("192.0.2.1"))),
                ("no agent", send("", "rec=1", from("192.0.2.1"))),
                ("long agent", send(&"x".repeat(2_000), "rec=1", from("192.0.2.1"))),
                ("prefetch", send(FIREFOX, "rec=1", ("Sec-Purpose", "prefetch"))),
                ("not recorded", send(FIREFOX, "rec=0", from("192.0.2.1"))),
                ("mailto", send(FIREFOX, "rec=1&link=mailto:jan@example.org", from("192.0.2.1"))),
                ("order", send(FIREFOX, "rec=1&idgoal=0", from("192.0.2.1"))),
            ];
            for (what, answer) in excluded {
                assert_eq!(answer, accepted, "{method} {what}");
            }
            let over: Vec<_> = (0..15).map(|_| send(FIREFOX, "rec=1", from("198.51.100.7"))).collect();
            assert!(over.iter().all(|answer| *answer == accepted), "{method} over the limit");
        }
    }
    server.flush();
    assert!(server.dropped(site, "rate") > 0);
    // In bulk, too: all are tracked, whatever became of them.
    let entry = |agent: &str| json!({ "idsite": site, "rec": 1, "url": "https://example.org/", "ua": agent });
    let (bot, person) = (
        bulk(&server, &json!({ "requests": [entry(BOTS[0])] })),
        bulk(&server, &json!({ "requests": [entry(FIREFOX)] })),
    );
    assert_eq!(visible(&bot), visible(&person));
}

#[test]
fn a_write_token_vouches_for_agent_automation_and_rate() {
    let server = Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "1").start();
    let (site, other) = (server.add_site("UTC"), server.add_site("UTC"));
    let agents = ["curl/8.11.1", "python-requests/2.32.3", AUTOMATION[0], "", "x".repeat(5_000).leak()];
    for role in ["write", "admin"] {
        let token = server.token(role, Some(site));
        for agent in agents {
            let query = format!("url=https://example.org/&token_auth={token}");
            server.hit_as(site, &query, &[("User-Agent", agent)]);
        }
    }
    let (views, dropped) = totals(&server, site);
    assert_eq!((views, dropped), (2 * agents.len() as u64, vec![]));

    // Forty at once are far over one a second with a burst of ten.
    let token = server.token("write", Some(site));
    let requests = vec![json!({ "idsite": site, "rec": 1, "url": "https://example.org/r" }); 40];
    bulk(&server, &json!({ "requests": requests, "token_auth": token }));
    assert_eq!(totals(&server, site).0, views + 40);

    // A token that may only look, or is another site's, vouches for nothing.
    for token in [server.token("view", Some(site)), server.token("write", Some(other))] {
        let query = format!("url=https://example.org/&token_auth={token}");
        server.hit_as(site, &query, &[("User-Agent", BOTS[0])]);
    }
    assert_eq!(totals(&server, site), (views + 40, reasons(&[("bot", 2)])));
}

#[test]
fn no_token_vouches_for_a_crawler() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let token = server.token("write", Some(site));
    let query = format!("url=https://example.org/&token_auth={token}&ua={}", encode(BOTS[1]));
    server.hit(site, &query);
    assert_eq!(totals(&server, site), (0, reasons(&[("bot", 1)])));
    server.hit(site, &format!("{query}&bots=1"));
    assert_eq!(totals(&server, site), (1, reasons(&[("bot", 1)])));
}

#[test]
fn a_token_counts_wherever_it_stands() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let token = server.token("write", Some(site));
    let hit = format!("idsite={site}&rec=1&url=https://example.org/&cip=203.0.113.7");
    let bearer = format!("Bearer {token}");
    let query = format!("/matomo.php?{hit}");
    let send = |target: &str, header: &str, body: &str| {
        let headers = [("User-Agent", "curl/8.11.1"), ("Authorization", header)];
        server.send("POST", target, &headers, body.as_bytes()).status
    };
    assert_eq!(send(&query, &bearer, ""), 200);
    assert_eq!(send(&query, &bearer.to_lowercase().replace(&token.to_lowercase(), &token), ""), 200);
    assert_eq!(send(&query, "", &format!("token_auth={token}")), 200);
    assert_eq!(send(&format!("{query}&token_auth={token}"), "", ""), 200);
    let entries = json!([format!("?{hit}"), format!("?{hit}&token_auth={token}")]);
    assert_eq!(send("/matomo.php", &bearer, &json!({ "requests": entries }).to_string()), 200);
    assert_eq!(
        send("/matomo.php", "", &json!({ "requests": entries, "token_auth": token }).to_string()),
        200
    );
    assert_eq!(
        send(&format!("/matomo.php?token_auth={token}"), "", &json!({ "requests": entries }).to_string()),
        200
    );
    assert_eq!(totals(&server, site), (10, vec![]));
    assert_eq!(send(&query, "Bearer nonsense", ""), 400);
    assert_eq!(send(&query, &format!("Basic {token}"), ""), 400);
    assert_eq!(totals(&server, site), (10, reasons(&[("forbidden", 2)])));
}

#[test]
fn a_network_that_sends_more_than_its_share_is_dropped_with_reason_rate() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let send = |address: &str, hits: usize| {
        let requests = vec![json!({ "idsite": site, "rec": 1, "url": "https://example.org/" }); hits];
        let headers = [("User-Agent", FIREFOX), ("X-Forwarded-For", address)];
        let body = json!({ "requests": requests }).to_string();
        let answer = server.send("POST", "/matomo.php", &headers, body.as_bytes());
        assert_eq!(answer.json(), json!({ "status": "success", "tracked": hits, "invalid": 0 }));
    };
    // 50 a second with a burst of 500, for the whole /24: what comes in while this runs is allowed, too.
    let start = std::time::Instant::now();
    send("203.0.113.7", 400);
    send("203.0.113.200", 400);
    let refilled = start.elapsed().as_secs() * 50 + 50;
    let (views, dropped) = totals(&server, site);
    assert!((500..=500 + refilled).contains(&views), "{views} of 800 counted, {refilled} refilled");
    assert_eq!(dropped, reasons(&[("rate", 800 - views)]));
    // Neighbours have shares of their own.
    send("203.0.114.7", 300);
    send("2001:db8:1::1", 300);
    send("2001:db8:2::1", 300);
    assert_eq!(totals(&server, site).0, views + 900);
}

#[test]
fn no_rate_limit_is_a_setting() {
    let server = Setup::new().env("FOOTFALL_COLLECT_RATE_LIMIT", "0").start();
    let site = server.add_site("UTC");
    let requests = vec![json!({ "idsite": site, "rec": 1, "url": "https://example.org/" }); 2_000];
    bulk(&server, &json!({ "requests": requests }));
    assert_eq!(totals(&server, site), (2_000, vec![]));
}

#[test]
fn a_header_explains_what_happened_only_where_it_is_asked_for() {
    let quiet = Setup::new().start();
    let site = quiet.add_site("UTC");
    assert_eq!(quiet.hit(site, "url=https://example.org/").header("x-footfall"), None);
    assert_eq!(quiet.hit(99, "url=https://example.org/").header("x-footfall"), None);

    let server = Setup::new().env("FOOTFALL_COLLECT_EXPLAIN", "true").start();
    let site = server.add_site("UTC");
    let said = |site: u32, query: &str, agent: &str, header: (&str, &str)| {
        let answer = server.hit_as(site, query, &[("User-Agent", agent), header]);
        (answer.status, answer.header("x-footfall").unwrap_or("nothing").to_owned())
    };
    let (page, none) = ("url=https://example.org/", ("X-Nothing", "x"));
    let expect = |status: u16, what: &str| (status, what.to_owned());
    assert_eq!(said(site, page, FIREFOX, none), expect(200, "accepted"));
    assert_eq!(said(site, &format!("{page}&send_image=0"), FIREFOX, none), expect(204, "accepted"));
    assert_eq!(said(site, page, BOTS[0], none), expect(200, "bot"));
    assert_eq!(said(site, page, AUTOMATION[0], none), expect(200, "automation"));
    assert_eq!(said(site, page, "", none), expect(200, "agent_empty"));
    assert_eq!(said(site, page, &"x".repeat(1_100), none), expect(200, "agent_too_long"));
    assert_eq!(said(site, page, FIREFOX, ("X-Moz", "prefetch")), expect(200, "prefetch"));
    assert_eq!(said(site, &format!("{page}&rec=0"), FIREFOX, none), expect(200, "not_recorded"));
    assert_eq!(said(site, &format!("{page}&link=tel:0201234567"), FIREFOX, none), expect(200, "accepted"));
    assert_eq!(said(site, &format!("{page}&idgoal=0&ec_items=[["), FIREFOX, none), expect(200, "commerce"));
    assert_eq!(said(site, &format!("{page}&idgoal=7"), FIREFOX, none), expect(400, "unknown_goal"));
    assert_eq!(said(site, &format!("{page}&cip=192.0.2.1"), FIREFOX, none), expect(400, "forbidden"));
    assert_eq!(said(site, &format!("{page}&cid=7"), FIREFOX, none), expect(400, "bad_request"));
    assert_eq!(said(site + 1, page, FIREFOX, none), expect(400, "unknown_site"));
}
