//! The demo: what it says it has sent is what the reports count.

use std::collections::BTreeSet;
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::{Server, Setup, wait_until};

/// What a demo says at its end.
struct Told {
    site: u32,
    visits: u64,
    hits: u64,
    impressions: u64,
    clicks: u64,
    crawlers: u64,
    prefetches: u64,
}

fn demo(server: &Server, days: &str) -> Told {
    let output = server.run(&["demo", "--days", days]);
    let address = output.lines().last().unwrap();
    let site = address.rsplit_once("/sites/").unwrap().1.parse().unwrap();
    let words = output.split([' ', '\n']);
    let mut numbers = words.filter_map(|word| word.parse::<u64>().ok());
    let mut next = || numbers.next().unwrap();
    let (visits, hits, told_days) = (next(), next(), next());
    assert_eq!(told_days.to_string(), days);
    Told { site, visits, hits, impressions: next(), clicks: next(), crawlers: next(), prefetches: next() }
}

/// A report of the last seven days.
fn week(server: &Server, site: u32, what: &str) -> Value {
    let limit = if what.starts_with("breakdown/") { "&limit=1000" } else { "" };
    let path = format!("/api/v1/sites/{site}/{what}?period=7d{limit}");
    let answer = server.api(&server.owner(), "GET", &path, None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn rows(report: &Value) -> &Vec<Value> {
    report["rows"].as_array().unwrap()
}

fn sum(report: &Value, pointer: &str) -> u64 {
    rows(report).iter().map(|row| row.pointer(pointer).unwrap().as_u64().unwrap()).sum()
}

/// Days with visits: date, visits, visitors, page views, and whether the day is still going on.
fn days(server: &Server, site: u32) -> Vec<(String, [u64; 3], bool)> {
    let overview = week(server, site, "overview");
    let point = |point: &Value| {
        let counts = ["visits", "visitors", "page_views"].map(|name| point[name].as_u64().unwrap());
        (point["start"].as_str().unwrap().to_owned(), counts, point["partial"] == true)
    };
    let series = overview["series"].as_array().unwrap();
    series.iter().map(point).filter(|(_, counts, _)| counts[0] > 0).collect()
}

fn durable(server: &Server) -> u64 {
    let state = server.send("GET", "/health/ready", &[], b"").json();
    assert_eq!(state["spool"]["waiting"], 0);
    state["reconciliation"]["durable_seq"].as_u64().unwrap()
}

#[test]
fn a_demo_is_counted_to_the_last_hit() {
    let server = Setup::new().start();
    server.flush();
    let before = durable(&server);
    let told = demo(&server, "3");
    // Crawlers come in bulk, and what is dropped in one request for one reason is one record.
    let records = durable(&server) - before;
    let events = told.hits + told.prefetches + told.impressions + told.clicks;
    assert!((events..=events + told.crawlers).contains(&records), "{records} records, {events} events");

    let days = days(&server, told.site);
    assert_eq!(days.len(), 3, "{days:?}");
    assert_eq!(days.iter().map(|(_, counts, _)| counts[0]).sum::<u64>(), told.visits);
    let counted = ["pages", "searches", "events", "outlinks", "downloads"];
    let counted = counted.map(|name| sum(&week(&server, told.site, &format!("breakdown/{name}")), "/count"));
    assert!(counted.iter().all(|count| *count > 0), "{counted:?}");
    // The rest are contents of the front page, which no visit's actions are.
    assert!(counted.iter().sum::<u64>() < told.hits);
    told_apart(&server, &told);
    told_as_dropped(&server, &told);
}

/// Every visit has one place, one device and one source, and there are enough of each.
fn told_apart(server: &Server, told: &Told) {
    for (name, at_least) in [("cities", 20), ("countries", 3), ("browsers", 4), ("devices", 3)] {
        let report = week(server, told.site, &format!("breakdown/{name}"));
        assert_eq!(sum(&report, "/visits"), told.visits, "{name}");
        assert!(rows(&report).len() >= at_least, "{name}: {report}");
        assert!(rows(&report).iter().all(|row| row["label"] != ""), "{name}: {report}");
    }
    let sources = week(server, told.site, "breakdown/referrers");
    assert_eq!(sum(&sources, "/visits"), told.visits);
    let kinds: BTreeSet<&str> = rows(&sources).iter().map(|row| row["kind"].as_str().unwrap()).collect();
    let known = ["assistant", "campaign", "direct", "search", "social", "website"];
    assert_eq!(kinds, BTreeSet::from(known));
}

/// Bots are dropped and banners counted, gross and valid; nothing of it is too much for the rate limit.
fn told_as_dropped(server: &Server, told: &Told) {
    let dropped = week(server, told.site, "dropped");
    let reasons: BTreeSet<&str> = rows(&dropped).iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, BTreeSet::from(["automation", "bot", "prefetch"]));
    assert_eq!(sum(&dropped, "/count"), told.crawlers + told.prefetches);

    let banners = week(server, told.site, "banners");
    let creatives: BTreeSet<u64> =
        rows(&banners).iter().map(|row| row["creative"]["id"].as_u64().unwrap()).collect();
    assert_eq!(creatives.len(), 3);
    let [gross, valid] = ["gross", "valid"].map(|name| sum(&banners, &format!("/impressions/{name}")));
    assert_eq!(gross, told.impressions);
    assert!(valid < gross && valid > gross * 9 / 10, "{valid} of {gross}");
    let [gross, valid] = ["gross", "valid"].map(|name| sum(&banners, &format!("/clicks/{name}")));
    assert_eq!(gross, told.clicks);
    assert!(valid < gross && valid > 0, "{valid} of {gross}");
}

#[test]
fn days_that_are_over_are_the_same_in_every_demo() {
    let server = Setup::new().start();
    let (first, second) = (demo(&server, "3").site, demo(&server, "3").site);
    assert_ne!(first, second);
    let over = |site| {
        let days = days(&server, site).into_iter();
        days.filter(|(_, _, partial)| !partial).collect::<Vec<_>>()
    };
    let (first, mut second) = (over(first), over(second));
    // At midnight the second demo begins a day later.
    second.retain(|day| first.iter().any(|(date, ..)| *date == day.0));
    assert!(!second.is_empty() && second.iter().all(|day| first.contains(day)), "{first:?} {second:?}");
}

#[test]
fn without_a_server_the_demo_runs_one_for_itself() {
    let mut server = Setup::new().start();
    server.flush();
    assert!(server.stop().success());
    let told = demo(&server, "1");
    let address = std::fs::read_to_string(server.data().join("server.address")).unwrap();
    assert!(TcpStream::connect(address).is_err(), "the demo has left a server behind");
    server.start();
    wait_until("the engine is up", || {
        server.send("GET", "/health/ready", &[], b"").json()["engine"] == "ready"
    });
    let days = days(&server, told.site);
    assert_eq!(days.iter().map(|(_, counts, _)| counts[0]).sum::<u64>(), told.visits);
}
