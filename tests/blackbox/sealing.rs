//! A report says the same before a day is sealed and after, and what an independent count says; and nothing that happens
//! while days are sealed changes that.
//!
//! Traffic is random, on days when clocks change among others, in several zones. A failure prints the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::{Duration, Instant};

use footfall::accounts::Identity;
use footfall::store::Store;
use footfall::store::connector::{self, Connector};
use footfall::store::sealed::Sealing;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::durability::{has_engine_of_its_own, kill_engine};
use crate::harness::{Server, Setup, encode, wait_until};
use crate::load::{reconcile, rows};
use crate::sealing_model::{self as model, DIMENSIONS, Visit};

/// The clock's time when a test begins. Every hit is older.
const NOW: &str = "2026-11-22T06:00:00Z";

/// Zones, with days when their clocks change and ordinary ones.
const SITES: [(&str, &[Date]); 4] = [
    ("Europe/Amsterdam", &[date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 11, 20)]),
    ("America/New_York", &[date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 2)]),
    ("Pacific/Auckland", &[date(2026, 4, 5), date(2026, 9, 27), date(2026, 11, 20)]),
    ("Asia/Kolkata", &[date(2026, 11, 19), date(2026, 11, 20)]),
];

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
];

/// A hit on its way.
#[derive(Clone)]
struct Hit {
    time: i64,
    query: String,
}

/// A server with a clock that goes on when a test wants it to.
struct Scene {
    server: Server,
    now: Timestamp,
    token: String,
}

impl Scene {
    fn new(setup: Setup) -> Scene {
        let server = setup.env("FOOTFALL_COLLECT_RATE_LIMIT", "0").clock(NOW).start();
        let token = server.owner();
        Scene { server, now: NOW.parse().unwrap(), token }
    }

    fn send(&self, hits: &[Hit]) {
        for chunk in hits.chunks(100) {
            let requests: Vec<&String> = chunk.iter().map(|hit| &hit.query).collect();
            let body = json!({ "requests": requests, "token_auth": self.token }).to_string();
            let answer = self.server.send("POST", "/matomo.php", &[], body.as_bytes());
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }

    fn pass(&mut self, minutes: i64) {
        self.now += minutes.minutes();
        self.server.set_clock(&self.now.to_string());
    }

    /// Lets time pass until every day is sealed as it stands.
    fn seal(&mut self) {
        self.server.flush();
        self.pass_until("every day is sealed", 1, |scene| scene.unsealed() == 0);
    }

    /// Lets time pass, so many minutes at a time, until something is true. Sealing has many small steps, and a busy
    /// machine is slow at each.
    fn pass_until(&mut self, what: &str, minutes: i64, is_true: impl Fn(&Scene) -> bool) {
        let start = Instant::now();
        while !is_true(self) {
            assert!(start.elapsed() < Duration::from_secs(180), "{what}: not yet: {}", self.server.log());
            self.pass(minutes);
            sleep(Duration::from_millis(25));
        }
    }

    /// Days with an event that is not sealed.
    fn unsealed(&self) -> u64 {
        let sql = "SELECT count() AS days FROM
            (SELECT site_id, local_date, max(seq) AS last FROM events GROUP BY site_id, local_date) AS e
            LEFT JOIN (SELECT site_id, local_date, argMax(last_seq, generation) AS last, max(generation) AS newest
                       FROM sealed_days WHERE state = 2 GROUP BY site_id, local_date) AS s
            ON e.site_id = s.site_id AND e.local_date = s.local_date
            LEFT JOIN (SELECT site_id, local_date, max(generation) AS asked
                       FROM sealed_days WHERE state = 3 GROUP BY site_id, local_date) AS w
            ON e.site_id = w.site_id AND e.local_date = w.local_date
            WHERE e.last > s.last OR w.asked > s.newest";
        rows(&self.server, sql)[0]["days"].as_u64().unwrap()
    }

    fn get(&self, site: u64, report: &str, from: &str, to: &str, more: &str) -> Value {
        let limit = if report.starts_with("breakdown/") { "&limit=10000" } else { "" };
        let path = format!("/api/v1/sites/{site}/{report}?period=custom&from={from}&to={to}{limit}{more}");
        let answer = self.server.api(&self.token, "GET", &path, None);
        assert_eq!(answer.status, 200, "{path}: {} {}", answer.text(), self.server.log());
        answer.json()
    }

    /// Compares every report of every site with the model.
    fn check(&self, when: &str, filters: &[Choice]) {
        let visits = model::visits(&model::events(&self.server));
        assert!(visits.len() > 20, "{when}: too few visits to mean anything");
        for (index, (_, days)) in SITES.iter().enumerate() {
            let site = index as u64 + 1;
            let of_site: Vec<Visit> =
                visits.iter().filter(|visit| visit.first().site == site).cloned().collect();
            let firsts = model::first_visits(&of_site);
            for choice in std::iter::once(&Choice::ALL).chain(filters) {
                let chosen: Vec<Visit> =
                    of_site.iter().filter(|visit| (choice.holds)(visit)).cloned().collect();
                let what = format!("{when}, site {site}, filter {:?}", choice.filter);
                self.check_period(site, "2026-01-01", "2026-11-22", choice.filter, &chosen, &what);
                let day = days[0].to_string();
                let of_day: Vec<Visit> =
                    chosen.iter().filter(|visit| visit.first().day == day).cloned().collect();
                self.check_period(site, &day, &day, choice.filter, &of_day, &format!("{what}, {day}"));
                self.check_visitors(site, &day, "2026-11-22", choice.filter, &chosen, &firsts);
                self.check_visitors(site, &day, &day, choice.filter, &of_day, &firsts);
                self.check_hours(site, &day, choice.filter, &of_day, &what);
            }
        }
    }

    fn check_period(&self, site: u64, from: &str, to: &str, filter: &str, visits: &[Visit], what: &str) {
        let more = format!("&filter={}", encode(filter));
        let overview = self.get(site, "overview", from, to, &more);
        let totals = &overview["totals"];
        let expected = model::totals(visits);
        if overview["distinct_visitors"] == false {
            assert_eq!(totals["visitors"], expected["visitors"], "{what}: visitors");
        }
        for name in ["visits", "page_views", "actions", "conversions", "orders"] {
            assert_eq!(totals[name], expected[name], "{what}: {name}");
        }
        assert_eq!(
            (totals["revenue"].as_f64().unwrap() * 100.0).round() as u64,
            expected["cents"],
            "{what}: revenue"
        );
        for (rate, part) in
            [("bounce_rate", "bounces"), ("visit_duration", "seconds"), ("conversion_rate", "converted")]
        {
            assert_rate(&totals[rate], expected[part], expected["visits"], &format!("{what}: {rate}"));
        }
        let some = ["pages", "events", "referrers", "countries"];
        for dimension in if filter.is_empty() { &DIMENSIONS[..] } else { &some } {
            let found = self.get(site, &format!("breakdown/{dimension}"), from, to, &more);
            check_breakdown(dimension, &found["rows"], visits, &format!("{what}: {dimension}"));
        }
    }

    /// Visitors over several days, where they are told apart for so long.
    fn check_visitors(
        &self,
        site: u64,
        from: &str,
        to: &str,
        filter: &str,
        visits: &[Visit],
        firsts: &BTreeSet<u64>,
    ) {
        let found = self.get(site, "overview", from, to, &format!("&filter={}", encode(filter)));
        if found["distinct_visitors"] == false {
            return;
        }
        let new = visits.iter().filter(|visit| firsts.contains(&visit.first().seq)).count() as u64;
        let expected = [model::distinct_visitors(visits), new, visits.len() as u64 - new];
        let names = ["visitors", "new_visits", "returning_visits"];
        let counts = names.map(|name| found["totals"][name].as_u64().unwrap());
        assert_eq!(counts, expected, "site {site}, {from} to {to}, filter {filter:?}: {names:?}");
    }

    fn check_hours(&self, site: u64, day: &str, filter: &str, visits: &[Visit], what: &str) {
        let found = self.get(site, "overview", day, day, &format!("&filter={}", encode(filter)));
        let number = |point: &Value, name: &str| point[name].as_u64().unwrap();
        let hours: BTreeMap<String, [u64; 3]> = found["series"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| {
                let counts = ["visitors", "visits", "page_views"].map(|name| number(point, name));
                (point["start"].as_str().unwrap().to_owned(), counts)
            })
            .filter(|(_, counts)| *counts != [0; 3])
            .collect();
        assert_eq!(hours, model::hours(visits, day), "{what}: hours of {day}");
    }
}

fn assert_rate(found: &Value, part: u64, whole: u64, what: &str) {
    match found.as_f64() {
        None => assert_eq!(whole, 0, "{what}"),
        Some(rate) => assert!(
            (rate - part as f64 / whole as f64).abs() < 1e-9,
            "{what}: {rate} is not {part} / {whole}"
        ),
    }
}

fn check_breakdown(dimension: &str, found: &Value, visits: &[Visit], what: &str) {
    let mut expected = model::breakdown(visits, dimension);
    for row in found.as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let line = expected.remove(&(text("label"), text("kind")));
        let line = line.unwrap_or_else(|| panic!("{what}: {row} should not be there"));
        for (name, count) in [("visitors", line.visitors), ("visits", line.visits), ("count", line.count)] {
            assert_eq!(row[name], count, "{what}: {name} of {row}");
        }
        let of_page = dimension == "pages";
        let of_visit = row.get("conversions").is_some();
        if of_page {
            assert_eq!(
                (&row["entries"], &row["exits"]),
                (&json!(line.entries), &json!(line.exits)),
                "{what}: {row}"
            );
        }
        if of_page || of_visit {
            let whole = if of_page { line.entries } else { line.visits };
            assert_rate(&row["bounce_rate"], line.bounces, whole, what);
            assert_rate(&row["visit_duration"], line.seconds, whole, what);
        }
    }
    assert!(expected.is_empty(), "{what}: missing {expected:?}");
}

/// A filter, and what it means.
struct Choice {
    filter: &'static str,
    holds: fn(&Visit) -> bool,
}

impl Choice {
    const ALL: Choice = Choice { filter: "", holds: |_| true };
}

const FILTERS: [Choice; 4] = [
    Choice { filter: "country==NL|DE", holds: |visit| ["NL", "DE"].contains(&visit.country()) },
    Choice {
        filter: "country!=NL;referrer=@NEWS",
        holds: |visit| visit.country() != "NL" && visit.source_name().contains("news"),
    },
    Choice { filter: "page==/p1", holds: |visit| visit.views("/p1") },
    Choice {
        filter: "page!=/p1;entry_page!@/p2",
        holds: |visit| !visit.views("/p1") && !visit.entry().is_some_and(|path| path.contains("/p2")),
    },
];

/// Another throw of the dice at each run. What a failure printed is thrown again with `FOOTFALL_TEST_SEED`.
fn random() -> StdRng {
    let again = std::env::var("FOOTFALL_TEST_SEED").ok();
    let seed = again.map_or_else(rand::random, |seed| seed.parse().expect("a seed is a number"));
    println!("seed {seed}");
    StdRng::seed_from_u64(seed)
}

/// Random hits of a site's day: visitors with pauses around half an hour, campaigns, heart beats, and every kind of
/// action; in order.
fn day_of_hits(random: &mut StdRng, site: usize, zone: &str, day: Date, visitors: usize) -> Vec<Hit> {
    let begin = day.in_tz(zone).unwrap().timestamp().as_second();
    let end = day.tomorrow().unwrap().in_tz(zone).unwrap().timestamp().as_second();
    let mut hits = Vec::new();
    for visitor in 0..visitors {
        let mut time = random.random_range(begin..end);
        for _ in 0..random.random_range(1..9) {
            let query = hit(random, site, visitor, time);
            hits.push(Hit { time, query });
            let steps = [0, 1, 45, 300, 900, 1_799, 1_800, 1_801, 4_000];
            time += steps[random.random_range(0..steps.len())];
        }
    }
    hits.sort_by_key(|hit| hit.time);
    hits
}

fn hit(random: &mut StdRng, site: usize, visitor: usize, time: i64) -> String {
    let mut any = |count: u32| random.random_range(0..count);
    let page = format!("https://example.org/p{}", any(5));
    let action = match any(16) {
        0 if visitor % 2 == 1 => "&link=mailto:jan@example.org".to_owned(),
        0 => "&link=https://elsewhere.example/out".to_owned(),
        1 => "&download=https://example.org/file.pdf".to_owned(),
        2 | 3 => format!("&e_c=Video&e_a=act{}", any(2)),
        4 => format!("&search=word{}", any(3)),
        5 => "&c_n=Block&c_p=piece".to_owned(),
        6 | 7 => "&ping=1".to_owned(),
        8 => "&new_visit=1".to_owned(),
        _ => format!("&action_name=Title{}", any(3)),
    };
    let source = match any(14) {
        0 => "&urlref=https://news.example.net/story",
        1 => "&urlref=https://www.news.example.net/",
        2 => "&mtm_campaign=spring",
        3 => "&mtm_campaign=spring&urlref=https://forum.example.com/",
        4 => "&mtm_campaign=spring&urlref=https://www.news.example.net/",
        5 => "&mtm_campaign=spring&mtm_kwd=word",
        6 => "&mtm_campaign=summer&mtm_kwd=word",
        _ => "",
    };
    let country = ["nl", "de", "fr"][visitor % 3];
    format!(
        "?idsite={}&rec=1&url={}&cdt={time}&cip=10.{}.{visitor}.7&cid={visitor:016x}&ua={}&country={country}{action}{source}",
        site + 1,
        encode(&page),
        visitor / 200,
        encode(AGENTS[visitor % AGENTS.len()]),
    )
}

/// Makes some events worth something, which no client of this test can.
fn give_goals(scene: &Scene) {
    for change in [
        "goals = [1, 2], goal_revenues = [0.1, 2.5] WHERE kind = 1 AND seq % 7 = 0",
        "kind = 10, order_amounts = [12.34, 12, 0, 0.34, 0] WHERE kind = 6",
    ] {
        scene.server.sql(&format!("ALTER TABLE events UPDATE {change} SETTINGS mutations_sync = 1"));
    }
}

fn sites(scene: &Scene, is_consented: bool) {
    for (zone, _) in SITES {
        match is_consented {
            true => scene.server.add_consented_site(zone),
            false => scene.server.add_site(zone),
        };
    }
}

#[test]
fn reports_say_the_same_before_and_after_sealing_and_what_is_true() {
    let mut random = random();
    let mut scene = Scene::new(Setup::new());
    sites(&scene, false);
    for (site, (zone, days)) in SITES.iter().enumerate() {
        let mut hits: Vec<Hit> =
            days.iter().flat_map(|day| day_of_hits(&mut random, site, zone, *day, 25)).collect();
        // Visits go on past midnight, and so into the hits of the next day.
        hits.sort_by_key(|hit| hit.time);
        scene.send(&hits);
    }
    scene.server.flush();
    give_goals(&scene);
    assert_eq!(rows(&scene.server, "SELECT count() AS days FROM sealed_days WHERE state = 2")[0]["days"], 0);
    scene.check("before sealing", &FILTERS);
    scene.seal();
    scene.check("after sealing", &FILTERS);
    let corrections = rows(&scene.server, "SELECT count() AS rows FROM visit_corrections");
    assert_eq!(corrections[0]["rows"], 0, "hits that came in order were right at once");
}

#[test]
fn late_and_jumbled_hits_are_put_right_and_days_are_sealed_again() {
    let mut random = random();
    let mut scene = Scene::new(Setup::new());
    sites(&scene, true);
    let mut late = Vec::new();
    for (site, (zone, days)) in SITES.iter().enumerate() {
        for day in *days {
            let mut hits = day_of_hits(&mut random, site, zone, *day, 20);
            for index in (1..hits.len()).rev() {
                hits.swap(index, random.random_range(0..=index));
            }
            let kept = hits.split_off(hits.len() / 4);
            scene.send(&kept);
            late.push(hits);
        }
    }
    scene.seal();
    scene.check("sealed without the late hits", &FILTERS[..2]);
    let corrections = rows(&scene.server, "SELECT count() AS rows FROM visit_corrections");
    assert!(corrections[0]["rows"].as_u64().unwrap() > 0, "jumbled hits are corrected");
    for hits in &late[..late.len() / 2] {
        scene.send(hits);
    }
    scene.server.flush();
    assert!(scene.unsealed() > 0, "late hits make their days unsealed");
    scene.seal();
    scene.check("sealed again", &FILTERS);
}

#[test]
fn an_import_is_sealed_once_when_it_is_over() {
    let mut scene = Scene::new(Setup::new());
    let site = scene.server.add_site("UTC") as usize;
    let mut random = StdRng::seed_from_u64(7);
    let days: Vec<Date> = date(2026, 5, 1).series(1.day()).take(20).collect();
    let generations = |scene: &Scene| {
        let sql = "SELECT count() AS begun FROM sealed_days WHERE state = 1";
        rows(&scene.server, sql)[0]["begun"].as_u64().unwrap()
    };
    for round in 0..4 {
        for day in &days {
            scene.send(&day_of_hits(&mut random, site - 1, "UTC", *day, 1));
        }
        scene.server.flush();
        assert_eq!(generations(&scene), 0, "round {round}");
        scene.pass(4);
    }
    scene.seal();
    assert_eq!(generations(&scene), 20);
}

#[test]
fn nothing_is_lost_or_doubled_when_server_and_engine_die_while_days_are_sealed() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut random = random();
    let mut scene = Scene::new(Setup::new());
    sites(&scene, false);
    for (site, (zone, days)) in SITES.iter().enumerate() {
        for day in *days {
            scene.send(&day_of_hits(&mut random, site, zone, *day, 15));
        }
    }
    scene.seal();
    for round in 0..12 {
        scene.server.run(&["rebuild"]);
        sleep(Duration::from_millis(random.random_range(200..1_800)));
        match round % 2 {
            0 => {
                scene.server.kill();
                scene.server.start();
            }
            _ => {
                kill_engine(&scene.server);
            }
        }
        scene.server.flush();
        scene.check_totals(&format!("round {round}"));
    }
    scene.seal();
    scene.check("after all of it", &[]);
    let attempts = "SELECT countIf(state = 1) AS begun, countIf(state = 2) AS whole FROM sealed_days";
    let attempts = &rows(&scene.server, attempts)[0];
    println!("{attempts}");
    assert!(attempts["whole"].as_u64().unwrap() > 12, "days were sealed more than once");
}

impl Scene {
    /// The totals of each site: quick enough to be compared after every kill.
    fn check_totals(&self, when: &str) {
        let visits = model::visits(&model::events(&self.server));
        for site in 1..=SITES.len() as u64 {
            let of_site: Vec<Visit> =
                visits.iter().filter(|visit| visit.first().site == site).cloned().collect();
            let found = &self.get(site, "overview", "2026-01-01", "2026-11-22", "")["totals"];
            let expected = model::totals(&of_site);
            for name in ["visitors", "visits", "page_views", "actions"] {
                assert_eq!(found[name], expected[name], "{when}, site {site}: {name}");
            }
        }
    }
}

#[test]
fn a_rebuild_puts_right_what_was_damaged_and_old_generations_go() {
    let mut scene = Scene::new(Setup::new());
    let site = scene.server.add_site("UTC");
    let mut random = StdRng::seed_from_u64(11);
    for day in [date(2026, 5, 1), date(2026, 5, 2), date(2026, 6, 1)] {
        scene.send(&day_of_hits(&mut random, 0, "UTC", day, 10));
    }
    scene.seal();
    let views = |scene: &Scene, day: &str| {
        scene.get(site.into(), "overview", day, day, "")["totals"]["page_views"].as_u64().unwrap()
    };
    let right = views(&scene, "2026-05-01");
    let damage =
        "ALTER TABLE daily_totals UPDATE page_views = page_views + 1000 WHERE 1 SETTINGS mutations_sync = 1";
    scene.server.sql(damage);
    assert_eq!(views(&scene, "2026-05-01"), right + 1_000, "the report reads what is sealed");

    for wrong in [["--site", "9"], ["--from", "soon"]] {
        assert!(!scene.server.try_run(&[&["rebuild"][..], &wrong].concat()).status.success());
    }
    scene.server.run(&["rebuild", "--site", &site.to_string(), "--from", "2026-05-01", "--to", "2026-05-31"]);
    scene.pass_until("the days are sealed again", 0, |scene| views(scene, "2026-05-01") == right);
    assert!(views(&scene, "2026-05-02") < 1_000);
    assert!(views(&scene, "2026-06-01") > 1_000, "June was not asked for");

    let generations = "SELECT uniqExact(local_date, generation) AS sum FROM visits";
    assert_eq!(rows(&scene.server, generations)[0]["sum"], 5);
    scene.pass_until("superseded rows are removed", 61, |scene| {
        rows(&scene.server, generations)[0]["sum"] == 3
    });
    assert_eq!(views(&scene, "2026-05-01"), right);
}

#[test]
fn a_hit_for_a_day_whose_events_expire_is_refused_and_the_day_stays_as_it_was() {
    let mut scene = Scene::new(Setup::new());
    let site = scene.server.add_site("UTC");
    let mut random = StdRng::seed_from_u64(5);
    for day in [date(2026, 5, 1), date(2026, 5, 2)] {
        scene.send(&day_of_hits(&mut random, 0, "UTC", day, 10));
    }
    scene.seal();
    let totals =
        |scene: &Scene| scene.get(site.into(), "overview", "2026-05-01", "2026-05-01", "")["totals"].clone();
    let before = totals(&scene);
    let events = "SELECT count() AS events FROM events WHERE local_date = '2026-05-01'";
    // As a retention would have it: some of the day's events have come to their end.
    let expire = "ALTER TABLE events UPDATE expires = toDate('2026-05-20')
        WHERE local_date = '2026-05-01' AND seq % 2 = 0 SETTINGS mutations_sync = 1";
    scene.server.sql(expire);
    scene.server.sql("OPTIMIZE TABLE events FINAL");
    let left = rows(&scene.server, events);
    scene.send(&day_of_hits(&mut random, 0, "UTC", date(2026, 5, 1), 1));
    scene.send(&day_of_hits(&mut random, 0, "UTC", date(2026, 5, 2), 1));
    scene.server.flush();
    scene.seal_but_expiring();
    assert_eq!((totals(&scene), rows(&scene.server, events)), (before.clone(), left));
    let dropped = scene.get(site.into(), "dropped", "2026-05-01", "2026-05-02", "");
    let reasons = dropped["rows"].as_array().unwrap();
    assert!(reasons.iter().any(|row| row["reason"] == "too_old"), "{dropped}");
    let sums = &rows(&scene.server, "SELECT sum(hits) AS hits, sum(records) AS records FROM dropped")[0];
    assert_eq!(sums["hits"], sums["records"]);
    scene.server.run(&["rebuild"]);
    scene.seal_but_expiring();
    assert_eq!(totals(&scene), before, "what is gone can't be counted anew");
}

impl Scene {
    /// Waits until the day after the expiring one is sealed once more.
    fn seal_but_expiring(&mut self) {
        let sealed = "SELECT count() AS times FROM sealed_days WHERE state = 2 AND local_date = '2026-05-02'";
        let times = |scene: &Scene| rows(&scene.server, sealed)[0]["times"].as_u64().unwrap();
        let before = times(self);
        self.pass_until("the other day is sealed", 1, |scene| times(scene) > before);
    }
}

#[test]
fn a_hit_that_comes_too_late_is_settled_as_dropped() {
    let mut scene = Scene::new(Setup::new());
    let site = scene.server.add_site("UTC");
    let mut random = StdRng::seed_from_u64(5);
    scene.send(&day_of_hits(&mut random, 0, "UTC", date(2026, 5, 1), 10));
    scene.seal();
    // Expired, and not yet gone.
    scene.server.sql("ALTER TABLE events REMOVE TTL");
    let expire = "ALTER TABLE events UPDATE expires = toDate('2026-05-20')
        WHERE seq % 2 = 0 SETTINGS mutations_sync = 1";
    scene.server.sql(expire);
    let before = reconcile(&scene.server);
    scene.send(&day_of_hits(&mut random, 0, "UTC", date(2026, 5, 1), 2));
    scene.server.flush();
    let after = reconcile(&scene.server);
    assert_eq!(after["stored"], before["stored"]);
    assert!(after["dropped"]["too_old"].as_u64().unwrap() > 0, "{after}");
    assert_eq!(scene.server.dropped(site, "too_old"), 0, "none of today's");
}

#[test]
fn a_day_to_which_rows_came_while_it_was_sealed_is_sealed_again() {
    if !has_engine_of_its_own() {
        return;
    }
    let mut scene = Scene::new(Setup::new());
    let site = scene.server.add_site("UTC");
    let mut random = StdRng::seed_from_u64(5);
    scene.send(&day_of_hits(&mut random, 0, "UTC", date(2026, 5, 1), 5));
    scene.server.flush();
    let events = &rows(&scene.server, "SELECT count() AS held, max(seq) AS last FROM events")[0];
    let (held, last_seq) = (events["held"].as_u64().unwrap(), events["last"].as_u64().unwrap());
    // As if the last of them had left the quarantine only after it was looked which days are due.
    let day = u16::try_from(footfall::day::number(date(2026, 5, 1))).unwrap();
    let work = Sealing { site, days: vec![day], held: vec![held - 1], last_seq, generation: 1 };
    let connector = Connector::Unix(scene.server.engine_socket().unwrap());
    let store = Store::new(connector::client(connector, "http://engine", "", "", "footfall"), 1 << 28);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.seal(&work, Identity::Daily)).unwrap();
    let sealed = "SELECT argMax(events, generation) AS events FROM sealed_days WHERE state = 2";
    assert_eq!(rows(&scene.server, sealed)[0]["events"], held - 1);
    scene.pass_until("it is sealed again", 1, |scene| rows(&scene.server, sealed)[0]["events"] == held);
}

#[test]
fn days_are_sealed_after_a_site_is_deleted_whose_days_were() {
    let mut scene = Scene::new(Setup::new());
    let (gone, stays) = (scene.server.add_site("UTC"), scene.server.add_site("UTC"));
    let mut random = StdRng::seed_from_u64(5);
    scene.send(&day_of_hits(&mut random, 0, "UTC", date(2026, 5, 1), 5));
    scene.seal();
    scene.server.run(&["site", "delete", "--site", &gone.to_string(), "--yes"]);
    wait_until("the site's days are gone", || {
        rows(&scene.server, "SELECT count() AS days FROM sealed_days")[0]["days"] == 0
    });
    scene.send(&day_of_hits(&mut random, 1, "UTC", date(2026, 5, 1), 5));
    scene.seal();
    let sealed = &rows(&scene.server, "SELECT sum(page_views) AS views FROM daily_totals")[0]["views"];
    let views = &scene.get(stays.into(), "overview", "2026-05-01", "2026-05-01", "")["totals"]["page_views"];
    assert!(views.as_u64().unwrap() > 0);
    assert_eq!(views, sealed);
}

#[test]
fn a_senseless_filter_is_refused_and_one_that_tells_few_apart_too() {
    let scene = Scene::new(Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "3"));
    let site = scene.server.add_site("UTC");
    for (visitor, country) in ["nl", "nl", "nl", "nl", "de", "de", "de", "fr"].iter().enumerate() {
        let time = NOW.parse::<Timestamp>().unwrap().as_second() - 60;
        let query = format!(
            "?idsite={site}&rec=1&url=https://example.org/&cdt={time}&cip=10.0.{visitor}.7&country={country}&city={}",
            encode(r#"a'b\c|d;e "f""#),
        );
        scene.send(&[Hit { time, query }]);
    }
    scene.server.flush();
    let ask = |filter: &str, report: &str| {
        let path = format!("/api/v1/sites/{site}/{report}?period=today&filter={}", encode(filter));
        let answer = scene.server.api(&scene.token, "GET", &path, None);
        (answer.status, answer.json())
    };
    for wrong in ["country", "shoe==38", "device==toaster", "==", "country==NL;"] {
        assert_eq!(ask(wrong, "overview").0, 400, "{wrong}");
        assert_eq!(ask(wrong, "breakdown/pages").0, 400, "{wrong}");
    }
    for few in ["country==FR", "country!=FR", "country==NL|DE"] {
        let (status, problem) = ask(few, "overview");
        assert_eq!((status, &problem["code"]), (422, &json!("too_few_visitors")), "{few}");
        assert_eq!(ask(few, "breakdown/cities").0, 422, "{few}");
    }
    assert_eq!(ask("country==NL", "overview").1["totals"]["visits"], 4);
    assert_eq!(ask("country==XX", "overview").1["totals"]["visits"], 0);
    let signs = r#"city==a'b\\c\|d\;e "f""#;
    assert_eq!(ask(signs, "overview").1["totals"]["visits"], 8, "{:?}", ask("", "breakdown/cities"));
}

#[test]
fn somebody_who_signs_in_is_one_visitor_before_and_after_sealing() {
    let mut scene = Scene::new(Setup::new());
    let site = u64::from(scene.server.add_consented_site("UTC"));
    let hit = |minute: u32, person: &str| {
        let query = format!(
            "?idsite={site}&rec=1&url=http://example.org/a&action_name=A&cdt=2026-11-19%2010:{minute:02}:00{person}&ua={}",
            encode(AGENTS[0])
        );
        Hit { time: 0, query }
    };
    let id = "&_id=0123456789abcdef";
    scene.send(&[hit(0, id), hit(1, &format!("{id}&uid=jan")), hit(2, &format!("{id}&uid=jan"))]);
    scene.server.flush();
    let seen = |scene: &Scene, filter: &str| {
        let day = |report: &str| scene.get(site, report, "2026-11-19", "2026-11-19", filter);
        let pages = day("breakdown/pages")["rows"][0].clone();
        let hours: u64 = day("overview")["series"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| point["visitors"].as_u64().unwrap())
            .sum();
        (pages["visitors"].as_u64().unwrap(), pages["visits"].as_u64().unwrap(), hours)
    };
    for filter in ["", "&filter=page%3D%3D/a", "&filter=page%3D@a"] {
        assert_eq!(seen(&scene, filter), (1, 1, 1), "before, {filter}");
    }
    scene.seal();
    for filter in ["", "&filter=page%3D%3D/a", "&filter=page%3D@a"] {
        assert_eq!(seen(&scene, filter), (1, 1, 1), "after, {filter}");
    }
}

#[test]
fn sealed_visits_keep_no_visitor_who_was_known_for_a_day_only() {
    let mut scene = Scene::new(Setup::new());
    let site = u64::from(scene.server.add_site("UTC"));
    let hit = |when: &str, agent: usize| {
        let query = format!(
            "?idsite={site}&rec=1&url=http://example.org/&cdt=2026-11-{}&ua={}",
            encode(when),
            encode(AGENTS[agent])
        );
        Hit { time: 0, query }
    };
    scene.send(&[hit("18 10:00:00", 0), hit("18 15:00:00", 0), hit("18 10:00:00", 1)]);
    scene.seal();
    let visits = "SELECT visit, visitor, again FROM visits ORDER BY time, again DESC";
    let visits = rows(&scene.server, visits);
    let first = &visits[0]["visit"];
    assert_eq!(visits.iter().map(|row| &row["visitor"]).collect::<Vec<_>>(), [0, 0, 0], "{visits:?}");
    assert_eq!(visits.iter().map(|row| &row["again"]).collect::<Vec<_>>(), [first, &json!(0), first]);
    let visitors = |scene: &Scene, to: &str, filter: &str| {
        scene.get(site, "overview", "2026-11-18", to, filter)["totals"]["visitors"].clone()
    };
    assert_eq!(visitors(&scene, "2026-11-18", ""), 2);
    assert_eq!(visitors(&scene, "2026-11-18", "&filter=page%3D%3D/"), 2);

    // From now on they are known for longer; nobody becomes one with those of before.
    let path = format!("/api/v1/sites/{site}");
    let answer = scene.server.api(&scene.token, "PATCH", &path, Some(json!({ "identity": "consented" })));
    assert_eq!(answer.status, 200, "{}", answer.text());
    scene.send(&[hit("19 10:00:00", 0), hit("20 10:00:00", 0)]);
    for _ in 0..2 {
        scene.server.flush();
        assert_eq!(visitors(&scene, "2026-11-18", ""), 2);
        assert_eq!(visitors(&scene, "2026-11-20", ""), 4);
        scene.seal();
    }
}
