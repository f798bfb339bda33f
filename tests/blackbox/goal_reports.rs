//! Reports of goals and orders, and of visitors over several days: the same before days are sealed and after.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::harness::{Server, Setup, encode, wait_until};

/// Sends a hit of somebody whose language tells them from others.
fn send(server: &Server, site: u32, language: &str, path: &str, more: &str) {
    let query = format!("url={}&{more}", encode(&format!("https://example.org{path}")));
    let headers = [("User-Agent", crate::harness::FIREFOX), ("Accept-Language", language)];
    let answer = server.hit_as(site, &query, &headers);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
}

fn report(server: &Server, site: u32, what: &str, from: &str, to: &str, filter: &str) -> Value {
    let filter = encode(filter);
    let path = format!("/api/v1/sites/{site}/{what}?period=custom&from={from}&to={to}&filter={filter}");
    let answer = server.api(&server.owner(), "GET", &path, None);
    assert_eq!(answer.status, 200, "{path}: {} {}", answer.text(), server.log());
    answer.json()
}

/// Lets time pass after `from` until so many days are sealed.
fn seal(server: &Server, from: &str, days: u64) {
    server.flush();
    let mut now: Timestamp = from.parse().unwrap();
    let sealed = "SELECT toUInt32(uniqExact(site_id, local_date)) AS days FROM sealed_days WHERE state = 2";
    wait_until("the days are sealed", || {
        now += 1.minutes();
        server.set_clock(&now.to_string());
        server.sql(sealed)[0]["days"].as_u64().unwrap() >= days
    });
}

fn goal(id: u32, name: Option<&str>, conversions: u64, visits: u64, of: u64, revenue: f64) -> Value {
    let rate = visits as f64 / of as f64;
    json!({
        "id": id, "name": name, "conversions": conversions, "converted_visits": visits, "conversion_rate": rate,
        "revenue": revenue, "previous": null
    })
}

#[test]
fn goals_and_orders_are_reported_the_same_before_and_after_sealing() {
    let server = Setup::new().clock("2026-11-20T10:00:00Z").start();
    let site = server.add_site("UTC");
    let goals = format!("/api/v1/sites/{site}/goals");
    for body in [
        json!({ "name": "Thanks", "attribute": "url", "pattern": "/thanks", "revenue": 10 }),
        json!({ "name": "Video", "attribute": "event_category", "pattern": "Video", "allow_multiple": true,
                "use_event_value": true }),
        json!({ "name": "Call", "attribute": "manually" }),
        json!({ "name": "Never", "attribute": "url", "pattern": "/never" }),
    ] {
        assert_eq!(server.api(&server.owner(), "POST", &goals, Some(body)).status, 201);
    }
    for _ in 0..2 {
        send(&server, site, "nl", "/thanks", "");
        send(&server, site, "nl", "/", "e_c=Video&e_a=play&e_v=2.5");
    }
    send(&server, site, "nl", "/", "idgoal=3&revenue=7.5");
    send(&server, site, "de", "/thanks", "");
    send(&server, site, "de", "/", "idgoal=0&ec_id=A1&revenue=20");
    send(&server, site, "fr", "/", "");
    server.flush();
    let day = "2026-11-20";
    let ask = |filter: &str| report(&server, site, "conversions", day, day, filter);
    let all = json!({
        "rows": [
            goal(1, Some("Thanks"), 2, 2, 3, 20.0),
            goal(2, Some("Video"), 2, 1, 3, 5.0),
            goal(3, None, 1, 1, 3, 7.5),
            goal(4, Some("Never"), 0, 0, 3, 0.0),
        ],
        "orders": {
            "orders": 1, "converted_visits": 1, "conversion_rate": 1.0 / 3.0, "revenue": 20.0, "average": 20.0,
            "previous": null
        }
    });
    assert_eq!(ask("")["rows"][2]["name"], "Call");
    assert_eq!(server.api(&server.owner(), "DELETE", &format!("{goals}/3"), None).status, 204);
    let check = |when: &str| {
        assert_eq!(ask(""), all, "{when}");
        let german = ask("language==de");
        assert_eq!(german["rows"][0], goal(1, Some("Thanks"), 1, 1, 1, 10.0), "{when}");
        assert_eq!((&german["rows"][1]["conversions"], &german["orders"]["orders"]), (&json!(0), &json!(1)));
        assert_eq!(ask("page!=/thanks")["orders"], json!(null), "{when}");
        let totals = &report(&server, site, "overview", day, day, "")["totals"];
        assert_eq!((&totals["conversions"], &totals["revenue"]), (&json!(5), &json!(52.5)), "{when}");
        let next = report(&server, site, "conversions", "2026-11-21", "2026-11-21", "");
        assert_eq!(next["rows"][0]["conversion_rate"], json!(null), "{when}: nothing to divide by");
        assert_eq!(next["rows"][0]["previous"]["conversions"], 2, "{when}");
        assert_eq!(next["orders"]["previous"]["average"], 20.0, "{when}");
    };
    check("before sealing");
    seal(&server, "2026-11-21T06:00:00Z", 1);
    check("after sealing");
}

#[test]
fn a_site_without_goals_and_orders_has_nothing_to_report() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    send(&server, site, "nl", "/thanks", "");
    server.flush();
    assert_eq!(server.today(site, "conversions"), json!({ "rows": [], "orders": null }));
}

#[test]
fn goals_that_few_visitors_reach_are_one_line() {
    let server = Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "2").start();
    let site = server.add_site("UTC");
    for name in ["One", "Two", "Three"] {
        let body = json!({ "name": name, "attribute": "url", "pattern": format!("/{name}") });
        let path = format!("/api/v1/sites/{site}/goals");
        assert_eq!(server.api(&server.owner(), "POST", &path, Some(body)).status, 201);
    }
    for (language, path) in [("nl", "/One"), ("de", "/One"), ("nl", "/Two"), ("de", "/Three")] {
        send(&server, site, language, path, "");
    }
    server.flush();
    let found = server.today(site, "conversions");
    let lines: Vec<Value> = found["rows"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(lines, [json!("One"), json!(null)]);
    assert_eq!((&found["rows"][1]["id"], &found["rows"][1]["conversions"]), (&json!(null), &json!(2)));
}

#[test]
fn visitors_of_several_days_are_distinct_where_they_agreed_to_be_known() {
    let server = Setup::new().clock("2026-11-18T10:00:00Z").start();
    let (consented, daily) = (server.add_consented_site("UTC"), server.add_site("UTC"));
    let visit = |time: &str, language: &str, path: &str, id: &str| {
        server.set_clock(time);
        for site in [consented, daily] {
            send(&server, site, language, path, &format!("cid={id}"));
        }
    };
    let (ada, bob) = ("00000000000000aa", "00000000000000bb");
    visit("2026-11-18T10:00:00Z", "nl", "/a", ada);
    visit("2026-11-19T10:00:00Z", "nl", "/a", ada);
    visit("2026-11-20T10:00:00Z", "nl", "/a", ada);
    visit("2026-11-20T11:00:00Z", "de", "/b", bob);
    visit("2026-11-20T13:00:00Z", "de", "/b", bob);
    server.flush();
    let counts = |from: &str, filter: &str| {
        let found = report(&server, consented, "overview", from, "2026-11-20", filter);
        assert_eq!(found["distinct_visitors"], true);
        ["visitors", "visits", "new_visits", "returning_visits"]
            .map(|name| found["totals"][name].as_u64().unwrap())
    };
    let check = |when: &str| {
        assert_eq!(counts("2026-11-18", ""), [2, 5, 2, 3], "{when}");
        assert_eq!(counts("2026-11-19", ""), [2, 4, 1, 3], "{when}");
        assert_eq!(counts("2026-11-20", ""), [2, 3, 1, 2], "{when}");
        assert_eq!(counts("2026-11-19", "language==nl"), [1, 2, 0, 2], "{when}");
        assert_eq!(counts("2026-11-19", "page==/b"), [1, 2, 1, 1], "{when}");
        assert_eq!(counts("2026-11-19", "page!=/b"), [1, 2, 0, 2], "{when}");
        let week = report(&server, consented, "overview", "2026-11-16", "2026-11-20", "");
        let days: Vec<&Value> =
            week["series"].as_array().unwrap().iter().map(|day| &day["visitors"]).collect();
        assert_eq!(days, [0, 0, 1, 1, 2], "{when}: days stay as they were");
        let sums = report(&server, daily, "overview", "2026-11-18", "2026-11-20", "");
        assert_eq!((&sums["distinct_visitors"], &sums["totals"]["visitors"]), (&json!(false), &json!(4)));
        assert_eq!(sums["totals"].get("new_visits"), None, "{when}");
    };
    check("before sealing");
    seal(&server, "2026-11-21T06:00:00Z", 6);
    check("after sealing");
}
