//! Matomo's Reporting API around its reports: formats, sites, periods, filters, tokens, calls in bulk, and errors.

use serde_json::{Value, json};

use crate::harness::{Answer, Server, Setup, encode};

/// Calls a method with the owner's token; `query` holds everything else.
fn call(server: &Server, query: &str) -> Answer {
    let token = server.owner();
    server.send("GET", &format!("/index.php?module=API&token_auth={token}&{query}"), &[], b"")
}

/// The body of an answer that must be a success.
fn text(server: &Server, query: &str) -> String {
    let answer = call(server, query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.text()
}

fn json(server: &Server, query: &str) -> Value {
    serde_json::from_str(&text(server, query)).unwrap()
}

fn labels(server: &Server, query: &str) -> Vec<String> {
    let rows = json(server, query);
    rows.as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap().to_owned()).collect()
}

/// The message of an answer that must be an error.
fn message(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    let error = answer.json();
    assert_eq!(error["result"], "error");
    error["message"].as_str().unwrap().to_owned()
}

/// A server whose clock says noon of 20 November 2026, with a visit of three pages and an event.
fn visited() -> (Server, u32) {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    server.hit(site, "url=https://example.org/blog/one&action_name=One&urlref=https://news.example.net/");
    server.hit(site, "url=https://example.org/blog/two&action_name=Two");
    server.hit(site, "url=https://example.org/&action_name=Home+%26+garden");
    server.hit(site, "url=https://example.org/&e_c=Video&e_a==1*1&e_n=Intro&e_v=2.5");
    server.flush();
    (server, site)
}

#[test]
fn every_format_has_every_shape() {
    let (server, site) = visited();
    let summary = format!("method=VisitsSummary.get&idSite={site}&period=day");
    let events =
        format!("method=Events.getAction&idSite={site}&period=day&showColumns=nb_events,sum_event_value");
    let columns = "columns=nb_visits,nb_actions";

    assert_eq!(
        text(&server, &format!("{summary}&date=today&{columns}")),
        r#"{"nb_visits":1,"nb_actions":4}"#
    );
    assert_eq!(text(&server, &format!("{summary}&date=today&columns=nb_visits")), r#"{"value":1}"#);
    assert_eq!(
        text(&server, &format!("{summary}&date=yesterday,today&columns=nb_visits&format=json")),
        r#"{"2026-11-19":0,"2026-11-20":1}"#
    );
    assert_eq!(
        text(&server, &format!("{events}&date=yesterday,today")),
        r#"{"2026-11-19":[],"2026-11-20":[{"label":"=1*1","nb_events":1,"sum_event_value":2.5}]}"#
    );

    let xml = |query: &str| {
        let body = text(&server, &format!("{query}&format=xml"));
        let body = body.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n").unwrap();
        body.replace(['\n', '\t'], "")
    };
    assert_eq!(
        xml(&format!("{summary}&date=today&{columns}")),
        "<result><nb_visits>1</nb_visits><nb_actions>4</nb_actions></result>"
    );
    assert_eq!(xml(&format!("{summary}&date=today&columns=nb_visits")), "<result>1</result>");
    assert_eq!(
        xml(&format!("{events}&date=yesterday,today")),
        r#"<results><result date="2026-11-19" /><result date="2026-11-20"><row><label>=1*1</label>"#
            .to_owned()
            + "<nb_events>1</nb_events><sum_event_value>2.5</sum_event_value></row></result></results>"
    );
    let titles =
        format!("method=Actions.getPageTitles&idSite={site}&filter_pattern=garden&showColumns=nb_hits");
    assert_eq!(
        xml(&titles),
        "<result><row><label> Home &amp; garden</label><nb_hits>1</nb_hits></row></result>"
    );

    let table = call(&server, &format!("{events}&date=today&format=csv"));
    assert_eq!(table.text(), "label,nb_events,sum_event_value\n'=1*1,1,2.5\n");
    assert_eq!(table.header("content-disposition"), Some("attachment; filename=\"Events.getAction.csv\""));
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        text(&server, &format!("{summary}&date=yesterday,today&{columns}&format=tsv")),
        "date\tnb_visits\tnb_actions\n2026-11-20\t1\t4\n"
    );
    let empty = format!("{events}&date=2027-11-20&format=csv");
    assert_eq!(text(&server, &empty), "No data available\n");
    assert!(call(&server, &format!("{empty}&convertToUnicode=1")).body.starts_with(b"\xff\xfeN\0o\0"));

    for (format, expected) in [
        ("json", r#"{"result":"error","message":"#),
        (
            "xml",
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<result>\n\t<error message=\"&quot;moon&quot; is no period",
        ),
        ("csv", "Error: \"moon\" is no period"),
        ("tsv", "Error: \"moon\" is no period"),
    ] {
        let query = format!("method=VisitsSummary.get&idSite={site}&period=moon&date=today&format={format}");
        let answer = call(&server, &query);
        assert_eq!((answer.status, answer.header("content-disposition")), (400, None));
        assert!(answer.text().starts_with(expected), "{}", answer.text());
    }
    for format in ["html", "rss", "original", "nonsense"] {
        let answer = call(&server, &format!("{summary}&date=today&format={format}"));
        assert!(message(&answer, 400).ends_with("is not available: json, xml, csv or tsv"));
    }
}

#[test]
fn rows_are_chosen_ordered_and_cut() {
    let (server, site) = visited();
    let pages = format!("method=Actions.getPageUrls&idSite={site}&period=day&date=today");
    assert_eq!(labels(&server, &format!("{pages}&flat=1")), ["/blog/one", "/blog/two", "/index"]);
    let down = "filter_sort_column=label&filter_sort_order=desc";
    assert_eq!(labels(&server, &format!("{pages}&flat=1&{down}&filter_limit=1")), ["/index"]);
    assert_eq!(
        labels(&server, &format!("{pages}&flat=1&{down}&filter_limit=1&filter_offset=2")),
        ["/blog/one"]
    );
    assert_eq!(labels(&server, &format!("{pages}&flat=1&filter_pattern=^/BLOG")), ["/blog/one", "/blog/two"]);
    assert_eq!(labels(&server, &format!("{pages}&flat=1&filter_truncate=1")), ["/blog/one", "Others"]);
    assert_eq!(
        labels(&server, &format!("{pages}&filter_excludelowpop=nb_hits&filter_excludelowpop_value=2")),
        ["blog"]
    );
    let one = json(&server, &format!("{pages}&flat=1&label={}&hideMetadata=1", encode("/blog/two")));
    assert_eq!(
        (one.as_array().unwrap().len(), one[0]["nb_hits"].as_u64(), one[0].get("url")),
        (1, Some(1), None)
    );
    let hidden =
        json(&server, &format!("{pages}&hideColumns=nb_hits&translateColumnNames=1&callback=x&unknown=1"));
    assert_eq!((hidden[0].get("nb_hits"), hidden[0]["label"].as_str()), (None, Some("blog")));
    assert!(message(&call(&server, &format!("{pages}&idSubtable=1")), 400).contains("expanded=1"));
    assert!(message(&call(&server, &format!("{pages}&filter_sort_order=up")), 400).contains("asc or desc"));
}

#[test]
fn two_hundred_sites_answer_at_once() {
    let (server, first) = visited();
    let owner = server.owner();
    for number in 2..=200 {
        let site =
            json!({ "name": format!("Site {number}"), "url": "https://example.org", "timezone": "UTC" });
        assert_eq!(server.api(&owner, "POST", "/api/v1/sites", Some(site)).status, 201);
    }
    server.hit(200, "url=https://example.org/&action_name=Here");
    server.flush();

    let summary = "method=VisitsSummary.get&period=day&date=today&columns=nb_visits";
    let all = json(&server, &format!("{summary}&idSite=all"));
    assert_eq!(all.as_object().unwrap().len(), 200);
    assert_eq!((&all["1"], &all["2"], &all["200"]), (&json!(1), &json!(0), &json!(1)));
    let days = json(&server, &format!("{summary}&idSite=200,1,1&date=previous2"));
    assert_eq!(
        days,
        json!({ "1": { "2026-11-18": 0, "2026-11-19": 0 }, "200": { "2026-11-18": 0, "2026-11-19": 0 } })
    );
    let csv = text(
        &server,
        "method=Actions.getPageTitles&period=day&date=today&showColumns=nb_hits&format=csv&idSite=all",
    );
    assert_eq!(csv.lines().next(), Some("idSite,label,nb_hits"));
    assert_eq!(csv.lines().last(), Some("200, Here,1"));
    let too_many = call(&server, &format!("{summary}&idSite=all&date=last365"));
    assert!(message(&too_many, 400).contains("at most 10000 reports"));

    let view = server.token("view", Some(first));
    let ask = |sites: &str| {
        server.send("GET", &format!("/?module=API&token_auth={view}&{summary}&idSite={sites}"), &[], b"")
    };
    assert_eq!(ask("all").json(), json!({ "1": 1 }));
    assert_eq!(ask("1").json(), json!({ "value": 1 }));
    let (forbidden, missing) = (ask("1,2"), ask("1,999"));
    assert_eq!((forbidden.status, forbidden.text()), (401, missing.text()));
    assert_eq!(ask("none").status, 400);
}

#[test]
fn periods_of_all_lengths() {
    let (server, site) = visited();
    let visits = |dates: &str| {
        json(&server, &format!("method=VisitsSummary.get&idSite={site}&columns=nb_visits&{dates}"))
    };
    for dates in [
        "period=range&date=1976-11-20,2026-11-20",
        "period=range&date=last7",
        "period=week&date=2026-11-16",
        "period=month&date=today",
        "period=year&date=2026-02-03",
        "period=day&date=now",
    ] {
        assert_eq!(visits(dates), json!({ "value": 1 }), "{dates}");
    }
    for dates in ["period=day&date=2148-12-31", "period=week&date=lastWeek", "period=year&date=1970-01-01"] {
        assert_eq!(visits(dates), json!({ "value": 0 }), "{dates}");
    }
    let years = visits("period=year&date=1976-01-01,2026-01-01");
    assert_eq!((years.as_object().unwrap().len(), &years["2026"]), (51, &json!(1)));
    assert_eq!(
        visits("period=week&date=last2"),
        json!({ "2026-11-09,2026-11-15": 0, "2026-11-16,2026-11-22": 1 })
    );
    for dates in [
        "period=day&date=1976-01-01,2026-01-01",
        "period=range&date=2026-11-20,2026-11-19",
        "period=day&date=soon",
    ] {
        let query = format!("method=VisitsSummary.get&idSite={site}&{dates}");
        assert!(!message(&call(&server, &query), 400).is_empty());
    }
}

#[test]
fn among_others_a_period_or_site_without_visits_has_nothing() {
    let (server, site) = visited();
    let quiet = server.add_site("UTC");
    for method in ["VisitsSummary.get", "VisitFrequency.get", "Actions.get", "Goals.get", "API.get"] {
        let answer = |rest: &str| json(&server, &format!("method={method}&period=day&{rest}"));
        let days = answer(&format!("idSite={site}&date=yesterday,today"));
        assert_eq!(days["2026-11-19"], json!([]), "{method}");
        assert!(days["2026-11-20"].is_object(), "{method}");
        let sites = answer(&format!("idSite={site},{quiet}&date=today"));
        assert_eq!(sites[quiet.to_string()], json!([]), "{method}");
        let alone = answer(&format!("idSite={quiet}&date=today"));
        assert!(alone.as_object().unwrap().values().all(|value| *value == 0 || *value == "0%"), "{method}");
    }
}

#[test]
fn calls_in_bulk_are_answered_one_by_one() {
    let (server, site) = visited();
    let stranger = server.token("view", Some(server.add_site("UTC")));
    let visits = format!("method=VisitsSummary.get&idSite={site}&period=day&date=today&columns=nb_visits");
    let calls = [
        visits.clone(),
        format!("?module=API&{visits}&format=xml"),
        format!("{visits}&token_auth={stranger}"),
        "method=Nothing.atAll".into(),
        "method=API.getBulkRequest&urls[0]=method%3DAPI.getMatomoVersion".into(),
        "method=API.getMatomoVersion".into(),
    ];
    let urls = |calls: &[String]| -> String {
        calls.iter().enumerate().map(|(index, call)| format!("&urls[{index}]={}", encode(call))).collect()
    };
    let answers = json(&server, &format!("method=API.getBulkRequest{}", urls(&calls)));
    assert_eq!(answers.as_array().unwrap().len(), 6);
    assert_eq!((&answers[0], &answers[5]), (&json!({ "value": 1 }), &json!({ "value": "5.2.0" })));
    assert!(answers[1].as_str().unwrap().ends_with("<result>1</result>"));
    for index in [2, 3, 4] {
        assert_eq!(answers[index]["result"], "error");
    }

    let form =
        format!("module=API&method=API.getBulkRequest&token_auth={}{}", server.owner(), urls(&calls[..1]));
    let posted = server.send("POST", "/index.php", &[], form.as_bytes());
    assert_eq!(posted.json(), json!([{ "value": 1 }]));

    let many = vec!["method=x".to_owned(); 101];
    assert!(
        message(&call(&server, &format!("method=API.getBulkRequest{}", urls(&many))), 400)
            .contains("at most 100")
    );
    let none =
        server.send("GET", "/index.php?module=API&method=API.getBulkRequest&urls[]=method%3Dx", &[], b"");
    assert_eq!(none.status, 401);
    let xml = call(&server, "method=API.getBulkRequest&format=xml&urls[]=method%3Dx");
    assert_eq!((xml.status, xml.header("content-type")), (400, Some("text/xml; charset=utf-8")));
}

#[test]
fn a_token_comes_one_way() {
    let (server, site) = visited();
    let (owner, other) = (server.owner(), server.token("view", Some(site)));
    let send = |query: &str, body: &str, bearer: Option<&str>| {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|value| ("Authorization", value.as_str())).collect();
        let target = format!("/index.php?module=API&method=API.getPiwikVersion&{query}");
        server.send("POST", &target, &headers, body.as_bytes()).status
    };
    assert_eq!(send(&format!("token_auth={owner}"), "", None), 200);
    assert_eq!(send("", &format!("token_auth={owner}"), None), 200);
    assert_eq!(send("", "", Some(&owner)), 200);
    assert_eq!(send(&format!("token_auth={owner}"), &format!("token_auth={owner}"), Some(&owner)), 200);
    assert_eq!(send(&format!("token_auth={owner}"), &format!("token_auth={other}"), None), 400);
    assert_eq!(send(&format!("token_auth={owner}"), "", Some(&other)), 400);
    assert_eq!(send("", "", None), 401);
    assert_eq!(send("token_auth=anonymous", "", None), 401);
}

#[test]
fn what_is_not_there_is_said_in_words() {
    let (server, site) = visited();
    let about = format!("idSite={site}&period=day&date=today");
    let error = |query: &str| message(&call(&server, &format!("{query}&{about}")), 400);
    for method in ["Live.getLastVisitsDetails", "Live.getVisitorProfile", "UserId.getUsers"] {
        assert!(error(&format!("method={method}")).contains("identifies a person"), "{method}");
    }
    assert!(error("method=DevicesDetection.getModel").contains("not kept"));
    assert!(error("method=Referrers.getUrlsFromWebsiteId&idSubtable=1").contains("Referrers.getWebsites"));
    assert!(error("method=Nothing.atAll").contains("Nothing.atAll"));
    assert!(error("format=json").contains("'method'"));
    let unknown = error("method=VisitsSummary.get&segment=moonPhase%3D%3Dfull");
    assert!(unknown.contains("moonPhase") && unknown.contains("visitConverted"), "{unknown}");
    assert!(error("method=VisitsSummary.get&segment=visitIp%3D%3D1.2.3.4").contains("identifies a person"));
    assert!(error("method=VisitsSummary.get&segment=countryCode").contains("countryCode"));
    let long = "x".repeat(3_000);
    assert!(error(&format!("method=VisitsSummary.get&segment={long}%3D%3D1")).len() < 2_100);
}

#[test]
fn one_call_has_the_figures_of_all_single_rows() {
    let (server, site) = visited();
    let all = format!("method=API.get&idSite={site}&period=day&date=today");
    let figures = json(&server, &all);
    assert_eq!((&figures["nb_visits"], &figures["nb_pageviews"]), (&json!(1), &json!(3)));
    let two = json(&server, &format!("{all}&columns=nb_visits,nb_pageviews"));
    assert_eq!(two, json!({ "nb_visits": 1, "nb_pageviews": 3 }));
}

#[test]
fn a_goal_that_is_reached_once_too_often_makes_the_visit_longer() {
    let server = Setup::new().clock("2026-11-20T12:00:00Z").start();
    let site = server.add_site("UTC");
    let goal = "name=Any&matchAttribute=url&pattern=http&patternType=contains";
    text(&server, &format!("method=Goals.addGoal&idSite={site}&{goal}"));
    server.hit(site, "url=https://example.org/one");
    server.set_clock("2026-11-20T12:01:00Z");
    server.hit(site, "url=https://example.org/two");
    server.flush();
    let figures = json(&server, &format!("method=API.get&idSite={site}&period=day&date=today"));
    assert_eq!((&figures["nb_conversions"], &figures["sum_visit_length"]), (&json!(1), &json!(62)));
}
