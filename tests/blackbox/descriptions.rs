//! What Matomo's API says about itself, what it says in words, and many sites side by side.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, encode};

/// Calls a method with a token.
fn call(server: &Server, token: &str, query: &str) -> Value {
    let target = format!("/index.php?module=API&token_auth={token}&{query}");
    server.send("GET", &target, &[], b"").json()
}

/// A server on a Friday noon with two sites; the first had one visit yesterday and two today.
fn two_sites() -> (Server, u32, u32) {
    let server = Setup::new().clock("2026-11-19T12:00:00Z").start();
    let (first, second) = (server.add_site("UTC"), server.add_site("UTC"));
    let come = |agent: &str| {
        server.hit_as(
            first,
            "url=https://example.org/a/b&action_name=B&urlref=https://news.example.net/",
            &[("User-Agent", agent)],
        );
    };
    let agent = |version: u32| {
        format!("Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
    };
    come(&agent(128));
    server.set_clock("2026-11-20T12:00:00Z");
    come(&agent(129));
    come(&agent(130));
    server.flush();
    (server, first, second)
}

#[test]
fn every_report_that_is_described_is_answered_and_processed() {
    let (server, site, _) = two_sites();
    let owner = server.owner();
    let reports = call(&server, &owner, &format!("method=API.getReportMetadata&idSites={site}"));
    let reports = reports.as_array().unwrap();
    assert!(reports.len() > 40, "{}", reports.len());
    for report in reports {
        let (module, action) = (report["module"].as_str().unwrap(), report["action"].as_str().unwrap());
        let about = format!("idSite={site}&period=day&date=today");
        let plain = call(&server, &owner, &format!("method={module}.{action}&{about}"));
        assert_ne!(plain["result"], "error", "{module}.{action}: {plain}");
        let query = format!("method=API.getProcessedReport&apiModule={module}&apiAction={action}&{about}");
        let processed = call(&server, &owner, &query);
        assert_eq!(processed["metadata"]["uniqueId"], format!("{module}_{action}"), "{processed}");
        assert_eq!(processed["prettyDate"], "Friday, November 20, 2026");
        assert_eq!(processed["reportData"].is_array(), report["dimension"].is_string(), "{module}.{action}");
    }
}

#[test]
fn a_processed_report_has_names_figures_and_totals() {
    let (server, site, _) = two_sites();
    let query = format!(
        "method=API.getProcessedReport&apiModule=Referrers&apiAction=getWebsites&idSite={site}&period=day&date=today"
    );
    let report = call(&server, &server.owner(), &query);
    assert_eq!(report["columns"]["label"], "Website");
    assert_eq!(report["columns"]["avg_time_on_site"], "Avg. Time on Website");
    let row = &report["reportData"][0];
    assert_eq!((&row["label"], &row["nb_visits"]), (&json!("news.example.net"), &json!(2)));
    assert_eq!((&row["bounce_rate"], &row["avg_time_on_site"]), (&json!("100%"), &json!("00:00:00")));
    assert_eq!((&row["nb_actions_per_visit"], &report["reportTotal"]["nb_visits"]), (&json!(1), &json!(2)));
    let missing =
        call(&server, &server.owner(), &format!("method=API.getProcessedReport&idSite={site}&apiModule=X"));
    assert_eq!(missing["message"], "Please specify a value for 'apiAction'.");
}

#[test]
fn many_sites_stand_side_by_side_for_who_may_see_them() {
    let (server, first, second) = two_sites();
    let owner = server.owner();
    let all = call(&server, &owner, "method=MultiSites.getAll&period=day&date=today");
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    let row = &all[0];
    assert_eq!((&row["label"], &row["idsite"]), (&json!("Test"), &json!(first)));
    assert_eq!(
        (&row["nb_visits"], &row["nb_pageviews"], &row["visits_evolution"]),
        (&json!(2), &json!(2), &json!("100%"))
    );
    assert_eq!(row["main_url"], "https://example.org");
    let enhanced = call(&server, &owner, "method=MultiSites.getAll&period=day&date=today&enhanced=1");
    assert_eq!((enhanced.as_array().unwrap().len(), &enhanced[1]["orders"]), (2, &json!(0)));
    let none = call(&server, &owner, "method=MultiSites.getAll&period=day&date=today&pattern=zebra");
    assert_eq!(none, json!([]));
    let week =
        call(&server, &owner, &format!("method=MultiSites.getOne&idSite={first}&period=week&date=today"));
    assert_eq!((&week["nb_visits"], &week["visits_evolution"]), (&json!(3), &json!("100%")));
    let view = server.token("view", Some(second));
    assert_eq!(call(&server, &view, "method=MultiSites.getAll&period=day&date=today"), json!([]));
    let other =
        call(&server, &view, &format!("method=MultiSites.getOne&idSite={first}&period=day&date=today"));
    assert_eq!(other["result"], "error");
}

#[test]
fn spreadsheets_have_names_for_people_and_levels_have_columns() {
    let (server, site, _) = two_sites();
    server.hit(site, &format!("url=https://example.org/&e_c=Plugin&e_a={}", encode("Preview it")));
    server.flush();
    let about = format!("idSite={site}&period=day&date=today");
    let text = |query: &str| {
        let target = format!("/index.php?module=API&token_auth={}&{about}&{query}", server.owner());
        server.send("GET", &target, &[], b"").text()
    };
    let columns = "columns=nb_visits,nb_actions&translateColumnNames=1";
    assert!(text(&format!("method=VisitsSummary.get&{columns}&format=csv")).starts_with("Visits,Actions\n"));
    assert!(text(&format!("method=VisitsSummary.get&{columns}&format=tsv")).starts_with("Visits\tActions\n"));
    assert!(text(&format!("method=VisitsSummary.get&{columns}&format=json")).contains("\"nb_visits\""));
    let events =
        |query: &str| call(&server, &server.owner(), &format!("{about}&flat=1&show_dimensions=1&{query}"));
    let rows = events("method=Events.getCategory");
    assert_eq!(
        (&rows[0]["Events_EventCategory"], &rows[0]["Events_EventAction"]),
        (&json!("Plugin"), &json!("Preview it"))
    );
    let rows = events("method=Events.getAction&secondaryDimension=eventCategory");
    assert_eq!(
        (&rows[0]["Events_EventAction"], &rows[0]["Events_EventCategory"]),
        (&json!("Preview it"), &json!("Plugin"))
    );
    let pages = events("method=Actions.getPageUrls");
    assert_eq!(pages[0]["Actions_PageUrl"], pages[0]["label"]);
}

#[test]
fn provisioning_scripts_learn_of_sites_and_get_their_snippet() {
    let (server, first, second) = two_sites();
    let owner = server.owner();
    let ask = |token: &str, query: &str| call(&server, token, query);
    assert_eq!(ask(&owner, "method=SitesManager.getAllSitesId"), json!([first, second]));
    let view = server.token("view", Some(second));
    assert_eq!(ask(&view, "method=SitesManager.getSitesIdWithAtLeastViewAccess"), json!([second]));
    assert_eq!(ask(&view, "method=SitesManager.getSitesIdWithViewAccess"), json!([second]));
    assert_eq!(ask(&view, "method=SitesManager.getSitesIdWithAdminAccess"), json!([]));
    assert_eq!(ask(&view, "method=SitesManager.getAllSitesId")["result"], "error");
    let urls = ask(&owner, &format!("method=SitesManager.getSiteUrlsFromId&idSite={first}"));
    assert_eq!(urls, json!(["https://example.org"]));
    let tag = ask(
        &view,
        &format!(
            "method=SitesManager.getJavascriptTag&idSite={second}&mergeSubdomains=1&doNotTrack=1&trackNoScript=1"
        ),
    );
    let tag = tag["value"].as_str().unwrap();
    for part in
        ["&lt;script", "matomo.js", "setDoNotTrack", "&lt;noscript", &format!("['setSiteId', '{second}']")]
    {
        assert!(tag.contains(part), "{part}: {tag}");
    }
    assert!(!tag.contains('<'), "{tag}");
    assert_eq!(
        ask(&view, &format!("method=SitesManager.getJavascriptTag&idSite={first}"))["result"],
        "error"
    );
    for (method, parameter) in [
        ("VisitsSummary.get", "idSite"),
        ("SitesManager.getJavascriptTag", "idSite"),
        ("Actions.getPageUrl&idSite=1", "pageUrl"),
        ("CustomDimensions.getCustomDimension&idSite=1", "idDimension"),
        ("Live.getCounters&idSite=1", "lastMinutes"),
        ("", "method"),
    ] {
        let answer = ask(&owner, &format!("method={method}"));
        assert_eq!(answer["message"], format!("Please specify a value for '{parameter}'."), "{method}");
    }
}

#[test]
fn segments_that_are_described_can_be_asked_for() {
    let (server, site, _) = two_sites();
    let fields = call(&server, &server.owner(), "method=API.getSegmentsMetadata");
    let fields = fields.as_array().unwrap();
    assert!(fields.len() > 60);
    for field in fields {
        let name = field["segment"].as_str().unwrap();
        let value = match field["acceptedValues"].as_str() {
            Some(values) => values.split(", ").next().unwrap(),
            None => "1",
        };
        let segment = encode(&format!("{name}=={value}"));
        let query = format!("method=VisitsSummary.get&idSite={site}&period=day&date=today&segment={segment}");
        assert_ne!(call(&server, &server.owner(), &query)["result"], "error", "{name}");
    }
    let countries =
        format!("method=UserCountry.getNumberOfDistinctCountries&idSite={site}&period=day&date=today");
    assert_eq!(call(&server, &server.owner(), &countries), json!({ "value": 1 }));
}
