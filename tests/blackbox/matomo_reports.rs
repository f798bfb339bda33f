//! Single methods of Matomo's Reporting API: what their rows are called, and what they count.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, encode};

const ADA: &str = "00000000000000aa";
const BOB: &str = "00000000000000bb";

/// A hit of somebody on a site in consent mode, with a French browser.
fn hit(server: &Server, site: u32, id: &str, query: &str) {
    let headers = [
        ("User-Agent", "Mozilla/5.0 (Windows NT 5.1; rv:1.9) Gecko/20100101 Firefox/3.6"),
        ("Accept-Language", "fr-FR"),
    ];
    let answer = server.hit_as(site, &format!("cid={id}&res=1024x768&{query}"), &headers);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn labels(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap()).collect()
}

/// The rows of a figure that is not 0, as label and figure.
fn counts<'a>(rows: &'a Value, figure: &str) -> Vec<(&'a str, u64)> {
    let rows = rows.as_array().unwrap().iter();
    let counts = rows.map(|row| (row["label"].as_str().unwrap(), row[figure].as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn flat_websites_have_paths_and_an_address() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_consented_site("UTC");
    let come = |id: &str, from: &str| {
        hit(&server, site, id, &format!("url=https://example.org/&urlref={}", encode(from)));
    };
    come("00000000000000a1", "http://foo.org/a/b?x=1");
    come("00000000000000a2", "https://foo.org/a/b?x=1");
    come("00000000000000a3", "http://bar.org/");
    server.flush();
    let day = "period=day&date=today&filter_sort_column=nb_visits";
    let flat = server.report("Referrers.getWebsites", site, &format!("{day}&flat=1"));
    assert_eq!(counts(&flat, "nb_visits"), [("foo.org/a/b?x=1", 2), ("bar.org/index", 1)]);
    assert!(flat[0]["url"].as_str().unwrap().ends_with("://foo.org/a/b?x=1"), "{flat}");
    assert_eq!(flat[0]["nb_uniq_visitors"], 2);
    let tree = server.report("Referrers.getWebsites", site, &format!("{day}&expanded=1"));
    assert_eq!(tree[0]["subtable"].as_array().unwrap().len(), 2, "{tree}");
    assert_eq!(tree[1]["subtable"][0]["label"], "http://bar.org/");
}

#[test]
fn rows_below_folders_have_all_figures_where_they_are_alone() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/shop/shoes&pf_srv=500&bw_bytes=1000");
    server.flush();
    let pages =
        |query: &str| server.report("Actions.getPageUrls", site, &format!("period=day&date=today&{query}"));
    for row in [&pages("flat=1")[0], &pages(&format!("label={}", encode("shop>/shoes")))[0]] {
        assert_eq!((&row["avg_time_server"], &row["avg_bandwidth"]), (&json!(0.5), &json!(1000)), "{row}");
        assert_eq!(row["avg_page_load_time"], 0.5);
    }
    let folder = &pages("expanded=1")[0];
    assert_eq!(folder["avg_time_server"], 0.5);
    assert_eq!(folder["subtable"][0]["avg_time_server"], Value::Null);
    let all = pages("flat=1&include_aggregate_rows=1&filter_sort_column=label&filter_sort_order=asc");
    assert_eq!(labels(&all), ["/shop", "/shop/shoes"]);
    assert_eq!((&all[0]["is_aggregate"], &all[1]["is_aggregate"]), (&json!(1), &json!(0)));
}

#[test]
fn labels_are_found_in_every_spelling() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    server.hit(site, &format!("url={}", encode("https://example.org/dir/file.php?a=<b>&c=d e")));
    server.hit(site, &format!("url=https://example.org/x&action_name={}", encode("this > that")));
    server.flush();
    let found = |method: &str, label: &str| {
        let query = format!("period=day&date=today&label={}", encode(label));
        labels(&server.report(method, site, &query)).len()
    };
    for label in [
        "dir>%2Ffile.php%3Fa%3D%3Cb%3E%26c%3Dd+e",
        "dir%3E%252Ffile.php%253Fa%253D%253Cb%253E%2526c%253Dd%2Be",
        "dir>/file.php?a=&lt;b%3E&amp;c=d e",
    ] {
        assert_eq!(found("Actions.getPageUrls", label), 1, "{label}");
    }
    assert_eq!(found("Actions.getPageUrls", "dir>/file.php"), 0);
    assert_eq!(found("Actions.getPageTitles", "this > that"), 1);
    assert_eq!(found("Actions.getPageTitles", "this &gt; that"), 1);
}

#[test]
fn labels_that_are_no_text_lose_what_is_none() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    server.hit(site, &format!("url={}", encode("https://example.org/index.htm?whatever=%EC%E5")));
    server.flush();
    let pages = server.report("Actions.getPageUrls", site, "period=day&date=today");
    assert_eq!(labels(&pages), ["/index.htm?whatever="]);
}

#[test]
fn segments_may_be_encoded_once_more() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/a&action_name=Exit+Page");
    server.hit(site, &format!("url=https://example.org/a&link={}", encode("https://away.org/x")));
    server.flush();
    let visits = |segment: &str| {
        let query = format!("period=day&date=today&columns=nb_visits&segment={}", encode(segment));
        server.report("VisitsSummary.get", site, &query)["value"].clone()
    };
    for segment in [
        "exitPageTitle==Exit Page",
        "exitPageTitle==Exit%20Page",
        "exitPageTitle==Exit%2BPage",
        "pageUrl==https%253A%252F%252Fexample.org%252Fa",
        "actionUrl=@away.org",
        "daysSinceLastVisit==0",
    ] {
        assert_eq!(visits(segment), 1, "{segment}");
    }
    assert_eq!(visits("exitPageTitle==Exit"), 0);
}

#[test]
fn days_between_visits_and_until_conversions() {
    let server = Setup::new().clock("2026-11-01T12:00:00Z").start();
    let site = server.add_consented_site("UTC");
    let token = server.owner();
    let goal = format!(
        "module=API&format=json&method=Goals.addGoal&token_auth={token}&idSite={site}&name=Bought&\
         matchAttribute=manually&pattern=&patternType=contains"
    );
    let answer = server.send("POST", "/index.php", &[], goal.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    hit(&server, site, ADA, "url=https://example.org/a");
    server.set_clock("2026-11-02T11:00:00Z");
    hit(&server, site, ADA, "url=https://example.org/b");
    server.set_clock("2026-11-04T13:00:00Z");
    hit(&server, site, ADA, "url=https://example.org/c&idgoal=1");
    hit(&server, site, BOB, "url=https://example.org/c&idgoal=1");
    server.flush();
    let about =
        |method: &str, period: &str| server.report(method, site, &format!("date=2026-11-04&{period}"));
    let since = about("VisitorInterest.getNumberOfVisitsByDaysSinceLast", "period=month");
    assert_eq!(counts(&since, "nb_visits"), [("New visits", 2), ("0 days", 1), ("2 days", 1)]);
    assert_eq!(since.as_array().unwrap().len(), 15);
    for period in ["period=month", "period=day"] {
        let days = about("Goals.getDaysToConversion", period);
        assert_eq!(counts(&days, "nb_conversions"), [("0 days", 1), ("3 days", 1)], "{period}");
        let visits = about("Goals.getVisitsUntilConversion", period);
        assert_eq!(counts(&visits, "nb_conversions"), [("1 visit", 1), ("3 visits", 1)], "{period}");
    }
    let order = about("Goals.getDaysToConversion", "period=day&idGoal=ecommerceOrder");
    assert_eq!(order, json!([]));
}

#[test]
fn referrers_are_summed_up() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_consented_site("UTC");
    for (id, from) in [
        ("00000000000000a1", "http://foo.org/a"),
        ("00000000000000a2", "http://foo.org/b"),
        ("00000000000000a3", "https://www.facebook.com/x"),
        ("00000000000000a4", ""),
    ] {
        hit(&server, site, id, &format!("url=https://example.org/&urlref={}", encode(from)));
    }
    server.flush();
    let day = "period=day&date=today";
    let all = server.report("Referrers.get", site, day);
    let figures = |names: [&str; 4]| names.map(|name| all[format!("Referrers_{name}")].clone());
    assert_eq!(
        figures([
            "visitorsFromWebsites",
            "visitorsFromWebsites_percent",
            "distinctWebsites",
            "distinctWebsitesUrls"
        ]),
        [json!(2), json!("50%"), json!(1), json!(2)]
    );
    assert_eq!(
        server.report("API.get", site, day)["Referrers_visitorsFromSocialNetworks"],
        all["Referrers_visitorsFromSocialNetworks"]
    );
    let distinct = server.report("Referrers.getNumberOfDistinctWebsitesUrls", site, day);
    assert_eq!(distinct, json!({ "value": 2 }));
    assert_eq!(labels(&server.report("Referrers.getUrlsForSocial", site, day)), ["www.facebook.com/x"]);
    let flat = server.report("Referrers.getSocials", site, &format!("{day}&flat=1"));
    assert_eq!(labels(&flat), ["Facebook - www.facebook.com/x"]);
}

#[test]
fn visits_by_what_is_known_of_the_visitor() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").env("FOOTFALL_GEO_SOURCE", "language").start();
    let site = server.add_consented_site("UTC");
    hit(&server, site, ADA, "url=https://example.org/");
    hit(&server, site, ADA, &format!("url=https://example.org/&link={}", encode("http://away.org/x/y")));
    server.flush();
    let label = |method: &str| {
        let rows = server.report(method, site, "period=day&date=today");
        assert_eq!(rows.as_array().unwrap().len(), 1, "{method}: {rows}");
        rows[0]["label"].clone()
    };
    assert_eq!(label("UserCountry.getContinent"), "Europe");
    assert_eq!(label("UserLanguage.getLanguageCode"), "French (fr)");
    assert_eq!(label("DevicesDetection.getOsVersions"), "Windows XP");
    assert_eq!(label("DevicesDetection.getBrowserVersions"), "Firefox 3");
    assert_eq!(label("Resolution.getConfiguration"), "Windows / Firefox / 1024x768");
    let week = server.report("VisitTime.getByDayOfWeek", site, "period=week&date=today");
    assert_eq!(counts(&week, "nb_visits"), [("Friday", 1)]);
    assert_eq!((week.as_array().unwrap().len(), &week[4]["nb_uniq_visitors"]), (7, &json!(1)));
    let outlink = |url: &str| {
        let query = format!("period=day&date=today&outlinkUrl={}", encode(url));
        labels(&server.report("Actions.getOutlink", site, &query)).join(",")
    };
    assert_eq!((outlink("http://away.org/x/y").as_str(), outlink("http://away.org/").as_str()), ("/x/y", ""));
    let flat = server.report("Actions.getOutlinks", site, "period=day&date=today&flat=1");
    assert_eq!(labels(&flat), ["away.org/x/y"]);
}
