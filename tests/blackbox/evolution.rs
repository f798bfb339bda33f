//! Rows over time, and values that segments may be compared with.

use serde_json::{Value, json};

use crate::harness::{Server, Setup};

fn call(server: &Server, query: &str) -> Value {
    let target = format!("/index.php?module=API&token_auth={}&{query}", server.owner());
    server.send("GET", &target, &[], b"").json()
}

fn firefox(version: u32) -> String {
    format!("Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
}

fn chrome(version: u32) -> String {
    format!(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
    )
}

fn come(server: &Server, site: u32, agent: &str, path: &str) {
    let query = format!("url=https://example.org/{path}&action_name=Page");
    server.hit_as(site, &query, &[("User-Agent", agent)]);
}

/// One visit with Firefox yesterday, two today and one with Chrome.
fn two_days(min_group: &str) -> (Server, u32) {
    let setup = Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", min_group);
    let server = setup.clock("2026-11-19T12:00:00Z").start();
    let site = server.add_site("UTC");
    come(&server, site, &firefox(128), "shop/shoes");
    server.set_clock("2026-11-20T12:00:00Z");
    come(&server, site, &firefox(129), "shop/shoes");
    come(&server, site, &firefox(130), "shop/shoes");
    come(&server, site, &chrome(130), "shop/hats");
    server.flush();
    (server, site)
}

fn evolution(server: &Server, site: u32, query: &str) -> Value {
    call(server, &format!("method=API.getRowEvolution&idSite={site}&period=day&date=last3&{query}"))
}

const BROWSERS: &str = "apiModule=DevicesDetection&apiAction=getBrowsers";

#[test]
fn a_row_is_followed_over_days_with_all_its_figures() {
    let (server, site) = two_days("1");
    let row = evolution(&server, site, &format!("{BROWSERS}&label=Firefox"));
    assert_eq!(row["label"], "Firefox", "{row}");
    assert_eq!(row["reportData"]["2026-11-18"], json!([]));
    assert_eq!(row["reportData"]["2026-11-19"][0]["nb_visits"], 1);
    assert_eq!(row["reportData"]["2026-11-20"][0]["nb_visits"], 2);
    assert_eq!(row["metadata"]["dimension"], "Browser");
    let about = json!({ "name": "Visits", "min": 0, "max": 2, "change": "+100%" });
    assert_eq!(row["metadata"]["columns"]["nb_visits"], about);
    let bounces = &row["metadata"]["columns"]["bounce_rate"];
    assert_eq!((&bounces["name"], &bounces["max"]), (&json!("Bounce Rate"), &json!(100)));
}

#[test]
fn a_page_below_folders_is_followed_too() {
    let (server, site) = two_days("1");
    let row =
        evolution(&server, site, "apiModule=Actions&apiAction=getPageUrls&label=shop%20%3E%20%40%2Fshoes");
    assert_eq!(row["label"], "shop > @/shoes", "{row}");
    assert_eq!(row["reportData"]["2026-11-20"][0]["nb_hits"], 2, "{row}");
}

#[test]
fn several_rows_are_compared_by_one_figure() {
    let (server, site) = two_days("1");
    for labels in ["&label=Firefox,Chrome&column=nb_visits", "", "&filter_limit=2"] {
        let rows = evolution(&server, site, &format!("{BROWSERS}{labels}"));
        assert_eq!((&rows["column"], &rows["labels"]), (&json!("nb_visits"), &json!(["Firefox", "Chrome"])));
        let data = &rows["reportData"];
        assert_eq!(data["2026-11-19"], json!([{ "nb_visits_0": 1, "nb_visits_1": 0 }]));
        assert_eq!(data["2026-11-20"], json!([{ "nb_visits_0": 2, "nb_visits_1": 1 }]));
        let about = json!({ "name": "Chrome (Visits)", "min": 0, "max": 1, "change": "+100%" });
        assert_eq!(rows["metadata"]["columns"]["nb_visits_1"], about);
    }
    let first = evolution(&server, site, &format!("{BROWSERS}&filter_limit=1&column=nb_actions"));
    assert_eq!((&first["labels"], &first["column"]), (&json!(["Firefox"]), &json!("nb_actions")));
}

#[test]
fn what_cannot_be_followed_is_told() {
    let (server, site) = two_days("1");
    let says = |query: &str, part: &str| {
        let answer = call(&server, &format!("method=API.getRowEvolution&idSite={site}&{query}"));
        assert_eq!(answer["result"], "error", "{query}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(part), "{query}: {answer}");
    };
    says(&format!("{BROWSERS}&period=day&date=today&label=Firefox"), "can not be processed");
    says(&format!("{BROWSERS}&period=range&date=last3&label=Firefox"), "can not be processed");
    says("apiModule=VisitsSummary&apiAction=get&period=day&date=last3", "no rows");
    says("apiModule=Visits&period=day&date=last3", "'apiAction'");
    says(&format!("{BROWSERS}&period=day&date=last3&label=a,b&column=moon"), "no figure");
    says(&format!("{BROWSERS}&period=day&date=last3&label=a,b,c,d,e,f,g,h,i,j,k"), "more than 10");
}

fn suggested(server: &Server, site: u32, query: &str) -> Value {
    call(server, &format!("method=API.getSuggestedValuesForSegment&idSite={site}&{query}"))
}

#[test]
fn values_of_a_segment_come_by_visits() {
    let (server, site) = two_days("1");
    assert_eq!(suggested(&server, site, "segmentName=browserName"), json!(["Firefox", "Chrome"]));
    assert_eq!(suggested(&server, site, "segmentName=browserName&filter_limit=1"), json!(["Firefox"]));
    let pages = suggested(&server, site, "segmentName=pageUrl");
    assert_eq!(pages, json!(["https://example.org/shop/shoes", "https://example.org/shop/hats"]));
    assert_eq!(suggested(&server, site, "segmentName=actions"), json!(["1"]));
    assert_eq!(suggested(&server, site, "segmentName=eventCategory"), json!([]));
    server.set_clock("2027-01-19T12:00:00Z");
    assert_eq!(suggested(&server, site, "segmentName=browserName"), json!(["Firefox", "Chrome"]));
    server.set_clock("2027-02-19T12:00:00Z");
    assert_eq!(suggested(&server, site, "segmentName=browserName"), json!([]));
}

#[test]
fn values_of_few_visitors_and_of_persons_are_not_told() {
    let (server, site) = two_days("2");
    assert_eq!(suggested(&server, site, "segmentName=browserName"), json!(["Firefox"]));
    for personal in ["visitorId", "userId", "visitIp"] {
        let answer = suggested(&server, site, &format!("segmentName={personal}"));
        assert!(answer["message"].as_str().unwrap().contains("identifies a person"), "{answer}");
    }
    let unknown = suggested(&server, site, "segmentName=moonPhase");
    assert!(unknown["message"].as_str().unwrap().starts_with("Requested segment not found"), "{unknown}");
    let missing = suggested(&server, site, "");
    assert_eq!(missing["message"], "Please specify a value for 'segmentName'.");
}
