//! What was sent is what is read, in both APIs.

use serde_json::json;

use crate::harness::{FIREFOX, Setup, wait_until};

#[test]
fn a_visit_is_counted_once_in_both_apis() {
    let server = Setup::new().start();
    let site = server.add_site("Europe/Amsterdam");
    server.hit(
        site,
        "url=https://example.org/a%3Fx=1&action_name=First&urlref=https://news.example.net/story?id=7",
    );
    server.hit(site, "url=https://example.org/&action_name=Home");
    server.hit(site, "url=https://example.org/&link=https://elsewhere.example/x");
    server.hit(site, "url=https://example.org/&e_c=Video&e_a=Play&e_n=Intro&e_v=2.5");
    server.flush();

    let visits = server.report("VisitsSummary.get", site, "period=day&date=today");
    assert_eq!(visits["nb_visits"], 1);
    assert_eq!(visits["nb_uniq_visitors"], 1);
    assert_eq!(visits["nb_actions"], 4);
    assert_eq!(visits["bounce_count"], 0);
    let actions = server.report("Actions.get", site, "period=day&date=today");
    assert_eq!((&actions["nb_pageviews"], &actions["nb_outlinks"]), (&json!(2), &json!(1)));
    let pages = server.report("Actions.getPageUrls", site, "period=day&date=today&flat=1");
    let labels: Vec<&str> =
        pages.as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["/a?x=1", "/index"]);
    let websites = server.report("Referrers.getWebsites", site, "period=day&date=today");
    assert_eq!(websites[0]["label"], "news.example.net");
    let events = server.report("Events.getAction", site, "period=day&date=today");
    assert_eq!((&events[0]["label"], &events[0]["sum_event_value"]), (&json!("Play"), &json!(2.5)));

    let totals = &server.today(site, "overview")["totals"];
    assert_eq!(
        (&totals["visits"], &totals["page_views"], &totals["visitors"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let outlinks = server.today(site, "breakdown/outlinks");
    assert_eq!(outlinks["rows"][0]["label"], "https://elsewhere.example/x");
}

#[test]
fn counts_become_visible_without_asking() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    server.flush();
    server.hit(site, "url=https://example.org/");
    wait_until("the view is visible", || server.today(site, "overview")["totals"]["page_views"] == 1);
}

#[test]
fn a_visit_ends_after_thirty_minutes_and_at_local_midnight() {
    let server = Setup::new().clock("2026-11-20T22:00:00Z").start();
    let site = server.add_site("Europe/Amsterdam");
    for time in ["22:00:00", "22:29:59", "22:59:59"] {
        server.set_clock(&format!("2026-11-20T{time}Z"));
        server.hit(site, "url=https://example.org/");
    }
    server.set_clock("2026-11-20T23:00:00Z"); // midnight in Amsterdam
    server.hit(site, "url=https://example.org/");
    server.flush();
    let days = server.report("VisitsSummary.get", site, "period=day&date=2026-11-20,2026-11-21");
    assert_eq!(days["2026-11-20"]["nb_visits"], 2);
    assert_eq!(days["2026-11-20"]["nb_uniq_visitors"], 1);
    assert_eq!(days["2026-11-21"]["nb_visits"], 1);
    let week = server.report("VisitsSummary.get", site, "period=range&date=2026-11-20,2026-11-21");
    assert_eq!(week["nb_visits"], 3);
}

#[test]
fn consented_ids_recognise_a_visitor_and_daily_sites_ignore_them() {
    let server = Setup::new().start();
    let (daily, consented) = (server.add_site("UTC"), server.add_consented_site("UTC"));
    let other = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
    let visits = [("0123456789abcdef", FIREFOX), ("fedcba9876543210", other), ("0123456789abcdef", other)];
    for site in [daily, consented] {
        for (id, agent) in visits {
            server.hit_as(site, &format!("url=https://example.org/&_id={id}"), &[("User-Agent", agent)]);
        }
        server.hit_as(site, "url=https://example.org/", &[("User-Agent", "Mozilla/5.0 Firefox/126.0")]);
    }
    server.flush();
    // The same agents are the same visitors, whatever ids they send.
    assert_eq!(server.today(daily, "overview")["totals"]["visitors"], 3);
    assert_eq!(server.today(consented, "overview")["totals"]["visitors"], 3);
    assert_eq!(
        server.report("VisitsSummary.get", consented, "period=week&date=today")["nb_uniq_visitors"],
        3
    );
}

#[test]
fn a_token_of_another_site_is_as_good_as_none() {
    let server = Setup::new().start();
    let (one, two) = (server.add_site("UTC"), server.add_site("UTC"));
    let (view, write) = (server.token("view", Some(one)), server.token("write", Some(two)));
    let ask = |site: u32, token: &str| {
        let target = format!(
            "/index.php?module=API&format=json&method=VisitsSummary.get&idSite={site}&token_auth={token}"
        );
        server.send("GET", &target, &[], b"")
    };
    assert_eq!(ask(one, &view).status, 200);
    let (forbidden, missing) = (ask(two, &view), ask(99, &view));
    assert_eq!((forbidden.status, forbidden.text()), (missing.status, missing.text()));
    assert_eq!(forbidden.status, 401);
    assert_eq!(
        server.api(&view, "GET", &format!("/api/v1/sites/{two}/overview?period=today"), None).status,
        404
    );

    let claim =
        |site: u32| server.hit(site, &format!("url=https://example.org/&cip=203.0.113.9&token_auth={write}"));
    assert_eq!(claim(one).status, 400);
    assert_eq!(claim(two).status, 200);
}

#[test]
fn a_city_comes_from_the_database_and_nothing_finer() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    server.hit_as(
        site,
        "url=https://example.org/",
        &[("User-Agent", FIREFOX), ("X-Forwarded-For", "145.18.10.5")],
    );
    server.flush();
    let cities = server.today(site, "breakdown/cities");
    assert_eq!(cities["rows"][0]["country"], "NL");
    let city = cities["rows"][0]["label"].as_str().unwrap();
    assert!(!city.is_empty() && !city.contains('('), "{city}");
}

#[test]
fn small_groups_are_folded_for_every_reader_and_totals_stay_exact() {
    let server = Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "3").start();
    let site = server.add_site("UTC");
    let visit = |network: u32, query: &str| {
        let address = format!("203.0.{network}.7");
        server.hit_as(site, query, &[("User-Agent", FIREFOX), ("X-Forwarded-For", &address)]);
    };
    for network in 0..5 {
        visit(network, "url=https://example.org/common&action_name=Common&urlref=https://big.example/");
    }
    for (network, name) in [(5, "jan"), (6, "piet"), (7, "kees")] {
        visit(
            network,
            &format!("url=https://example.org/{name}&action_name={name}&urlref=https://{name}.example/"),
        );
        visit(network, &format!("url=https://example.org/{name}&e_c=c&e_a={name}"));
    }
    server.flush();
    let labels = |rows: &serde_json::Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap().to_owned()).collect()
    };
    let day = "period=day&date=today&flat=1";
    for (method, expected) in [
        ("Actions.getPageUrls", vec!["/common", "Others"]),
        ("Actions.getPageTitles", vec!["Common", "Others"]),
        ("Referrers.getWebsites", vec!["big.example/index", "Others"]),
        ("Events.getAction", vec!["Others"]),
    ] {
        assert_eq!(labels(&server.report(method, site, day)), expected, "{method}");
    }
    let pages = &server.today(site, "breakdown/pages")["rows"];
    assert_eq!((labels(pages), &pages[1]["folded"]), (vec!["/common".into(), String::new()], &json!(true)));
    assert_eq!(pages[1]["count"], 3);
    let sources = &server.today(site, "breakdown/referrers")["rows"];
    assert_eq!((&sources[1]["folded"], &sources[1]["kind"]), (&json!(true), &json!(null)), "of no kind");
    assert_eq!(server.report("VisitsSummary.get", site, day)["nb_visits"], 8);
}

#[test]
fn two_actions_of_one_click_are_one_visit() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/&link=https://shop.example/&c_n=Ad&c_i=click&ca=1&new_visit=1");
    server.flush();
    let visits = server.report("VisitsSummary.get", site, "period=day&date=today");
    assert_eq!((&visits["nb_visits"], &visits["nb_actions"]), (&json!(1), &json!(1)));
}

#[test]
fn www_tells_websites_apart_in_matomos_reports_alone() {
    let server = Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "1").start();
    let site = server.add_site("UTC");
    for (language, referrer) in [("nl", "https://www.news.example/a"), ("de", "https://news.example/b")] {
        server.hit(site, &format!("url=https://example.org/&urlref={referrer}&lang={language}"));
    }
    server.hit(site, "url=https://example.org/&new_visit=1&urlref=https://WWW.example.org/own");
    server.flush();
    let websites = server.report("Referrers.getWebsites", site, "period=day&date=today");
    let names = websites.as_array().unwrap().iter().map(|row| row["label"].to_string());
    let (with_www, without): (Vec<_>, Vec<_>) =
        names.partition(|name| name.starts_with("\"www.news.example"));
    assert_eq!((with_www.len(), without.len()), (1, 1), "{websites}");
    let own = server.today(site, "breakdown/referrers");
    let of_website = own["rows"].as_array().unwrap().iter().find(|row| row["kind"] == "website").unwrap();
    assert_eq!((&of_website["label"], &of_website["visits"]), (&json!("news.example"), &json!(2)), "{own}");
}

#[test]
fn a_link_that_is_not_kept_counts_without_a_line_of_its_own() {
    let server = Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "1").start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/&link=mailto:jan@example.org");
    server.hit(site, "url=https://example.org/&link=https://shop.example");
    server.hit(site, "url=https://example.org/&download=nonsense");
    server.flush();
    let visits = server.report("VisitsSummary.get", site, "period=day&date=today");
    assert_eq!((&visits["nb_visits"], &visits["nb_actions"]), (&json!(1), &json!(3)));
    let lines = |dimension: &str| server.today(site, &format!("breakdown/{dimension}"))["rows"].clone();
    let links = lines("outlinks");
    assert_eq!(links.as_array().unwrap().len(), 1, "{links}");
    assert_eq!((&links[0]["label"], &links[0]["count"]), (&json!("https://shop.example"), &json!(1)));
    assert_eq!(lines("downloads"), json!([]));
    assert_eq!(server.today(site, "dropped")["rows"], json!([]));
}

#[test]
fn who_signs_in_under_another_visitor_id_goes_on_with_the_visit() {
    let server = Setup::new().start();
    let site = server.add_consented_site("UTC");
    server.hit(site, "url=https://example.org/&cid=aaaaaaaaaaaaaaaa");
    server.hit(site, "url=https://example.org/&cid=bbbbbbbbbbbbbbbb&uid=a@b.example");
    server.hit(site, "url=https://example.org/&cid=cccccccccccccccc");
    server.flush();
    let visits = server.report("VisitsSummary.get", site, "period=day&date=today");
    assert_eq!(visits["nb_visits"], 2, "{visits}");
}
