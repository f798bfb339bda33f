//! Sites and tokens: added, changed and deleted, by API, by Matomo's methods and on the command line.

use serde_json::{Value, json};

use crate::harness::{Answer, FIREFOX, Server, Setup, Stopped, encode, wait_until};

const PAGE: &str = "url=https://example.org/";

/// Calls a method of Matomo's API by POST, as scripts do.
pub fn call(server: &Server, token: &str, method: &str, params: &[(&str, &str)]) -> Answer {
    let mut body = format!("module=API&format=json&method={method}&token_auth={token}");
    for (name, value) in params {
        body += &format!("&{name}={}", encode(value));
    }
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    server.send("POST", "/index.php", &headers, body.as_bytes())
}

/// Settings as the API gives them for a site that nobody has decided anything about.
pub fn settings() -> Value {
    json!({
        "aliases": [], "excluded_parameters": [], "excluded_addresses": [], "excluded_agents": [],
        "excluded_referrers": [], "exclude_unknown_urls": false, "keep_fragment": false, "ecommerce": false,
        "site_search": true, "search_keywords": [], "search_categories": []
    })
}

/// Rows of each table of the database that belong to a site.
fn rows(server: &Server, site: u32) -> Vec<(String, u64)> {
    let tables = server.sql(
        "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'site_id' ORDER BY table",
    );
    let count = |table: &str| {
        let found = server.sql(&format!("SELECT toUInt32(count()) AS n FROM {table} WHERE site_id = {site}"));
        found[0]["n"].as_u64().unwrap()
    };
    let tables = tables.iter().map(|row| row["table"].as_str().unwrap().to_owned());
    tables.map(|table| (table.clone(), count(&table))).collect()
}

fn total(server: &Server, site: u32) -> u64 {
    rows(server, site).iter().map(|(_, count)| count).sum()
}

#[test]
fn a_snippet_says_which_hosts_are_the_sites_and_whether_fragments_are_routes() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let path = format!("/api/v1/sites/{site}");
    let snippet = || server.api(&owner, "GET", &format!("{path}/snippet"), None).json();
    let plain = snippet();
    assert!(
        plain["footfall"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/footfall.js\" data-site=\"{site}\"></script>"))
    );
    assert!(!plain["matomo"].as_str().unwrap().contains("setDomains"));

    let mut decided = settings();
    decided["aliases"] = json!([
        "https://www.example.org/shop",
        "https://Shop.example.net:8443",
        "http://xn--bcher-kva.example/"
    ]);
    decided["keep_fragment"] = json!(true);
    let changed = server.api(&owner, "PUT", &format!("{path}/settings"), Some(decided));
    assert_eq!(changed.status, 200, "{}", changed.text());
    let all = snippet();
    let (ours, matomos) = (all["footfall"].as_str().unwrap(), all["matomo"].as_str().unwrap());
    let hosts = ["example.org", "shop.example.net", "xn--bcher-kva.example"];
    assert!(ours.contains(&format!("data-hosts=\"{}\" data-hash>", hosts.join(" "))), "{ours}");
    assert!(
        matomos.contains(&format!("_paq.push(['setDomains', ['{}']]);", hosts.join("', '"))),
        "{matomos}"
    );
}

#[test]
fn a_site_is_changed_in_part_and_as_a_whole() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let path = format!("/api/v1/sites/{site}");
    let patch = |body: Value| server.api(&owner, "PATCH", &path, Some(body));
    let changed = patch(json!({ "name": "Shop", "identity": "consented" }));
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(
        changed.json(),
        json!({ "id": site, "name": "Shop", "url": "https://example.org/", "timezone": "UTC",
                "next_timezone": null, "identity": "consented" })
    );
    for wrong in [
        json!({ "name": " " }),
        json!({ "url": "ftp://example.org" }),
        json!({ "timezone": "Mars/Olympus" }),
        json!({ "identity": "forever" }),
    ] {
        assert_eq!(patch(wrong.clone()).status, 422, "{wrong}");
    }
    assert_eq!(patch(json!({ "nmae": "Shop" })).status, 400);
    assert_eq!(server.api(&owner, "GET", &path, None).json(), changed.json());

    let path = format!("{path}/settings");
    assert_eq!(server.api(&owner, "GET", &path, None).json(), settings());
    let mut wanted = settings();
    wanted["aliases"] = json!(["https://www.example.net/shop", " "]);
    wanted["excluded_addresses"] = json!(["192.0.2.7", "198.51.100.*", "2001:db8::1/32"]);
    wanted["excluded_referrers"] = json!(["https://Pay.example/"]);
    wanted["search_keywords"] = json!(["Q", "q"]);
    let answer = server.api(&owner, "PUT", &path, Some(wanted.clone()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut understood = wanted;
    understood["aliases"] = json!(["https://www.example.net/shop"]);
    understood["excluded_addresses"] = json!(["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"]);
    understood["excluded_referrers"] = json!(["pay.example"]);
    understood["search_keywords"] = json!(["q"]);
    assert_eq!(answer.json(), understood);
    let many: Vec<String> = (0..101).map(|number| format!("p{number}")).collect();
    for (name, wrong) in [
        ("aliases", json!(["example.org"])),
        ("excluded_addresses", json!(["office"])),
        ("excluded_agents", json!(["/(/"])),
        ("excluded_parameters", json!(many)),
        ("excluded_parameters", json!(["x".repeat(1_001)])),
        ("excluded_referrers", json!(["two words"])),
    ] {
        let mut body = settings();
        body[name] = wrong;
        assert_eq!(server.api(&owner, "PUT", &path, Some(body)).status, 422, "{name}");
    }
    assert_eq!(server.api(&owner, "GET", &path, None).json(), understood);
}

#[test]
fn each_role_may_change_what_it_may_and_no_more() {
    let server = Setup::new().start();
    let (site, other) = (server.add_site("UTC"), server.add_site("UTC"));
    let goal = json!({ "name": "Read", "attribute": "url", "pattern": "/" });
    let expected = [
        // role, site token, reads its settings, changes it, changes another, adds a goal, lists tokens, sets search
        ("view", Some(site), 404, 404, 404, 404, 404, 404),
        ("write", Some(site), 404, 404, 404, 404, 404, 404),
        ("admin", Some(site), 200, 200, 404, 201, 404, 404),
        ("owner", Some(site), 200, 200, 404, 201, 404, 404),
        ("view", None, 404, 404, 404, 404, 404, 404),
        ("admin", None, 200, 200, 200, 201, 404, 204),
        ("owner", None, 200, 200, 200, 201, 200, 204),
    ];
    for (role, scope, read, change, others, add, tokens, search) in expected {
        let token = server.token(role, scope);
        let call = |method: &str, path: String, body| server.api(&token, method, &path, body).status;
        let name = || Some(json!({ "name": "Name" }));
        let got = (
            call("GET", format!("/api/v1/sites/{site}/settings"), None),
            call("PATCH", format!("/api/v1/sites/{site}"), name()),
            call("PATCH", format!("/api/v1/sites/{other}"), name()),
            call("POST", format!("/api/v1/sites/{site}/goals"), Some(goal.clone())),
            call("GET", "/api/v1/tokens".into(), None),
            call(
                "PUT",
                "/api/v1/settings/search".into(),
                Some(json!({ "keywords": ["q"], "categories": [] })),
            ),
        );
        assert_eq!(got, (read, change, others, add, tokens, search), "{role} {scope:?}");
        if scope.is_some() || role == "view" {
            assert_eq!(call("DELETE", format!("/api/v1/sites/{site}"), None), 404, "{role} {scope:?}");
        }
    }
    let owner = server.owner();
    let missing = server.api(&owner, "DELETE", "/api/v1/sites/99", None);
    let forbidden = server.api(&server.token("view", None), "DELETE", &format!("/api/v1/sites/{site}"), None);
    assert_eq!((missing.status, missing.text()), (404, forbidden.text()));
    assert_eq!(
        server.api(&server.token("admin", None), "DELETE", &format!("/api/v1/sites/{site}"), None).status,
        204
    );
}

#[test]
fn a_deleted_site_leaves_nothing_behind() {
    let mut server = Setup::new().start();
    let (gone, stays) = (server.add_site("UTC"), server.add_site("UTC"));
    let token = server.token("write", Some(gone));
    let owner = server.owner();
    for site in [gone, stays] {
        server.hit(site, PAGE);
        server.hit_as(site, PAGE, &[("User-Agent", "curl/8")]);
    }
    server.flush();
    let before = total(&server, stays);
    assert!(total(&server, gone) >= 2 && before >= 2);

    // The database stands still: what is deleted now, it hears of after the next start.
    let stopped = Stopped::new(server.database_pid());
    assert_eq!(server.hit(gone, PAGE).status, 200);
    assert_eq!(server.api(&owner, "DELETE", &format!("/api/v1/sites/{gone}"), None).status, 204);
    assert_eq!(server.hit(gone, PAGE).status, 400);
    assert_eq!(server.hit(stays, PAGE).status, 200);
    assert_eq!(server.api(&token, "GET", "/api/v1/session", None).status, 401);
    let snippet = format!("/api/v1/sites/{gone}/snippet");
    assert_eq!(server.api(&owner, "GET", &snippet, None).status, 404);
    server.kill();
    drop(stopped);
    server.start();
    server.flush();
    wait_until("the site's rows are gone", || total(&server, gone) == 0);
    assert_eq!(total(&server, stays), before + 1);
    assert_eq!(server.hit(gone, PAGE).status, 400);
    assert!(server.add_site("UTC") > stays, "a number is given once");
    assert_eq!(total(&server, gone), 0);
}

#[test]
fn banners_of_a_deleted_site_still_lead_somewhere() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let post =
        |path: &str, body: Value| server.api(&owner, "POST", path, Some(body)).json()["id"].as_u64().unwrap();
    let campaign = post("/api/v1/campaigns", json!({ "name": "Spring" }));
    post(
        &format!("/api/v1/campaigns/{campaign}/creatives"),
        json!({ "name": "Bike", "image_url": "https://img.example/b.png",
                "destination_url": "https://shop.example/bike", "width": 300, "height": 250 }),
    );
    let placement =
        post("/api/v1/placements", json!({ "site_id": site, "campaign_id": campaign, "name": "Top" }));
    let delivery = server.send("GET", &format!("/ad/delivery?placement={placement}"), &[], b"").json();
    let click = delivery["click"].as_str().unwrap();
    assert_eq!(server.api(&owner, "DELETE", &format!("/api/v1/sites/{site}"), None).status, 204);
    let answer = server.send("GET", click, &[("User-Agent", FIREFOX)], b"");
    assert_eq!((answer.status, answer.header("location")), (302, Some("https://shop.example/bike")));
    let gone = server.send("GET", &format!("/ad/delivery?placement={placement}"), &[], b"");
    assert_eq!(gone.status, 204);
}

#[test]
fn a_new_time_zone_holds_from_the_next_midnight() {
    let server = Setup::new().clock("2026-03-10T22:30:00Z").start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let path = format!("/api/v1/sites/{site}");
    let zone = |name: &str| server.api(&owner, "PATCH", &path, Some(json!({ "timezone": name }))).json();

    // Nothing is counted yet: at once.
    assert_eq!(zone("america/new_york")["timezone"], "America/New_York");
    assert_eq!(zone("UTC")["next_timezone"], Value::Null);
    server.hit(site, &format!("{PAGE}before"));
    server.flush();
    let planned = zone("Asia/Tokyo");
    assert_eq!(planned["timezone"], "UTC");
    assert_eq!(planned["next_timezone"], json!({ "timezone": "Asia/Tokyo", "from": "2026-03-11T00:00:00Z" }));
    assert_eq!(zone("UTC")["next_timezone"], Value::Null, "taken back");
    zone("Asia/Tokyo");
    assert_eq!(
        server.api(&owner, "PATCH", &path, Some(json!({ "name": "Other" }))).json()["next_timezone"],
        planned["next_timezone"]
    );
    server.set_clock("2026-03-10T23:59:59Z");
    server.hit(site, &format!("{PAGE}just-before"));
    server.set_clock("2026-03-11T00:00:00Z");
    server.hit(site, &format!("{PAGE}after"));
    server.hit(site, &format!("{PAGE}late&cdt=2026-03-10%2023:30:00"));
    server.flush();
    let placed =
        server.sql("SELECT path, toString(local_date) AS day, local_hour AS hour FROM events ORDER BY seq");
    let placed: Vec<(&str, &str, u64)> = placed
        .iter()
        .map(|row| {
            (row["path"].as_str().unwrap(), row["day"].as_str().unwrap(), row["hour"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        placed,
        [
            ("/before", "2026-03-10", 22),
            ("/just-before", "2026-03-10", 23),
            ("/after", "2026-03-11", 9),
            ("/late", "2026-03-10", 23)
        ]
    );
    let now = server.api(&owner, "GET", &path, None).json();
    assert_eq!((&now["timezone"], &now["next_timezone"]), (&json!("Asia/Tokyo"), &Value::Null));
    assert_eq!(server.today(site, "overview")["range"]["timezone"], "Asia/Tokyo");
}

#[test]
fn scripts_manage_sites_with_matomos_methods() {
    let server = Setup::new().start();
    let owner = server.owner();
    let ask = |method: &str, params: &[(&str, &str)]| {
        let answer = call(&server, &owner, &format!("SitesManager.{method}"), params);
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        answer.json()
    };
    let ok = json!({ "result": "success", "message": "ok" });
    assert_eq!(
        ask(
            "addSite",
            &[
                ("siteName", "Shop & \"more\""),
                ("urls[]", "http://piwik.net/"),
                ("urls[]", "https://www.shop.example"),
                ("ecommerce", "1"),
                ("siteSearch", "1"),
                ("searchKeywordParameters", "q,mykwd,P"),
                ("searchCategoryParameters", "cats"),
                ("excludedIps", "192.0.2.*,198.51.100.7"),
                ("excludedQueryParameters", "ref,/^x[0-9]/"),
                ("timezone", "Europe/Amsterdam"),
                ("currency", "EUR"),
                ("group", "shops"),
                ("startDate", "2010-01-01"),
                ("excludedUserAgents", "spider"),
                ("keepURLFragments", "1"),
                ("type", "website"),
                ("excludeUnknownUrls", "0"),
                ("excludedReferrers", "pay.example"),
                ("identity", "consented"),
            ]
        ),
        json!({ "value": 1 })
    );
    let site = ask("getSiteFromId", &[("idSite", "1")]);
    for (name, value) in [
        ("idsite", json!(1)),
        ("name", json!("Shop & \"more\"")),
        ("main_url", json!("http://piwik.net")),
        ("timezone", json!("Europe/Amsterdam")),
        ("ecommerce", json!(1)),
        ("sitesearch", json!(1)),
        ("sitesearch_keyword_parameters", json!("q,mykwd,p")),
        ("sitesearch_category_parameters", json!("cats")),
        ("excluded_ips", json!("192.0.2.0/24,198.51.100.7/32")),
        ("excluded_parameters", json!("ref,/^x[0-9]/")),
        ("excluded_user_agents", json!("spider")),
        ("excluded_referrers", json!("pay.example")),
        ("keep_url_fragment", json!(1)),
        ("exclude_unknown_urls", json!(0)),
        ("identity", json!("consented")),
    ] {
        assert_eq!(site[name], value, "{name}");
    }
    assert_eq!(
        ask("addSite", &[("siteName", "Two"), ("urls", "two.example,http://zwei.example")]),
        json!({ "value": 2 })
    );
    assert_eq!(ask("getSitesIdFromSiteUrl", &[("url", "https://zwei.example/")]), json!([{ "idsite": 2 }]));
    assert_eq!(ask("getSitesIdFromSiteUrl", &[("url", "http://nobody.example")]), json!([]));
    assert_eq!(
        ask(
            "updateSite",
            &[
                ("idSite", "1"),
                ("siteName", "new name"),
                ("urls[0]", "http://site.com"),
                ("ecommerce", "0"),
                ("siteSearch", "0"),
                ("excludedQueryParameters", "excluded_parameter,anotherParameter"),
                ("timezone", ""),
            ]
        ),
        ok
    );
    let site = ask("getSiteFromId", &[("idSite", "1")]);
    assert_eq!(
        [
            &site["name"],
            &site["main_url"],
            &site["sitesearch"],
            &site["excluded_parameters"],
            &site["excluded_ips"]
        ],
        [
            &json!("new name"),
            &json!("http://site.com"),
            &json!(0),
            &json!("excluded_parameter,anotherParameter"),
            &json!("192.0.2.0/24,198.51.100.7/32") // left out: as it was
        ]
    );
    assert_eq!(
        ask("getSitesIdFromSiteUrl", &[("url", "https://shop.example")]),
        json!([]),
        "aliases went with the main address"
    );

    let names = |sites: &Value| -> Vec<String> {
        sites.as_array().unwrap().iter().map(|site| site["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ask("getAllSites", &[("filter_limit", "-1")])["2"]["name"], "Two");
    assert_eq!(names(&ask("getAllSites", &[("filter_limit", "10"), ("filter_offset", "1")])), ["Two"]);
    assert_eq!(names(&ask("getSitesWithAtLeastViewAccess", &[])), ["new name", "Two"]);
    assert_eq!(
        ask(
            "setGlobalSearchParameters",
            &[("searchKeywordParameters", "gkwd"), ("searchCategoryParameters", "gcat")]
        ),
        ok
    );
    let search = server.api(&owner, "GET", "/api/v1/settings/search", None).json();
    assert_eq!(search, json!({ "keywords": ["gkwd"], "categories": ["gcat"] }));
    assert_eq!(ask("deleteSite", &[("idSite", "2")]), ok);
    assert_eq!(
        ask("addSite", &[("siteName", "Three"), ("urls", "http://three.example")]),
        json!({ "value": 3 })
    );
}

#[test]
fn matomos_methods_say_what_is_wrong() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let number = site.to_string();
    let (viewer, admin) = (server.token("view", Some(site)), server.token("admin", Some(site)));
    let bad = |token: &str, method: &str, params: &[(&str, &str)]| {
        let answer = call(&server, token, method, params);
        assert_eq!(answer.json()["result"], "error", "{method}");
        answer.status
    };
    assert_eq!(bad(&owner, "SitesManager.addSite", &[("urls", "http://x.example")]), 400);
    assert_eq!(bad(&owner, "SitesManager.addSite", &[("siteName", "X")]), 400);
    assert_eq!(bad(&owner, "SitesManager.addSite", &[("siteName", "X"), ("urls", "ftp://x.example")]), 400);
    assert_eq!(bad(&owner, "SitesManager.updateSite", &[("idSite", &number), ("ecommerce", "maybe")]), 400);
    assert_eq!(bad(&owner, "SitesManager.updateSite", &[("idSite", &number), ("identity", "forever")]), 400);
    assert_eq!(bad(&owner, "SitesManager.updateSite", &[("siteName", "X")]), 400);
    assert_eq!(bad(&admin, "SitesManager.addSite", &[("siteName", "X"), ("urls", "http://x.example")]), 401);
    assert_eq!(bad(&admin, "SitesManager.deleteSite", &[("idSite", &number)]), 401);
    assert_eq!(bad(&admin, "SitesManager.updateSite", &[("idSite", "99"), ("siteName", "X")]), 401);
    assert_eq!(bad(&viewer, "SitesManager.updateSite", &[("idSite", &number), ("siteName", "X")]), 401);
    assert_eq!(bad(&viewer, "SitesManager.getSiteFromId", &[("idSite", "99")]), 401);
    assert_eq!(bad("", "SitesManager.getSiteFromId", &[("idSite", &number)]), 401);
    assert_eq!(bad(&owner, "SitesManager.deleteSite", &[("idSite", "99")]), 404);
    let seen = call(&server, &viewer, "SitesManager.getSiteFromId", &[("idSite", &number)]).json();
    assert_eq!(
        (&seen["name"], seen.get("excluded_ips")),
        (&json!("Test"), None),
        "only who may change it sees networks"
    );
}

#[test]
fn the_log_importer_finds_its_site() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let token = server.owner();
    let body = format!(
        "module=API&format=json&method=SitesManager.getSiteFromId&filter_limit=-1&token_auth={token}&idSite={site}"
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", "Matomo/LogImport")];
    let answer = server.send("POST", "/", &headers, body.as_bytes());
    assert_eq!((answer.status, &answer.json()["main_url"]), (200, &json!("https://example.org")));
}

#[test]
fn tokens_are_listed_and_revoked() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let (first, second) = (server.token("write", Some(site)), server.token("view", None));
    let list = || server.api(&owner, "GET", "/api/v1/tokens", None).json();
    let id = |role: &str| {
        let tokens = list();
        let token = tokens.as_array().unwrap().iter().find(|token| token["role"] == role).cloned().unwrap();
        assert!(token["created"].as_str().unwrap().ends_with('Z'));
        token["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(list().as_array().unwrap().len(), 3);
    assert!(!list().to_string().contains(&first));
    let works = |token: &str| server.api(token, "GET", "/api/v1/sites", None).status == 200;
    assert!(works(&first) && works(&second));
    assert_eq!(server.api(&owner, "DELETE", &format!("/api/v1/tokens/{}", id("write")), None).status, 204);
    assert!(!works(&first));
    assert_eq!(server.api(&owner, "DELETE", "/api/v1/tokens/000000000000", None).status, 404);
    assert_eq!(server.api(&owner, "DELETE", "/api/v1/tokens/%25", None).status, 404);

    let printed = server.run(&["token", "list"]);
    assert_eq!(printed.lines().count(), 2);
    assert!(printed.lines().any(|line| line.starts_with(&format!("{}\tview\tall sites\t20", id("view")))));
    server.run(&["token", "revoke", &id("view")]);
    wait_until("the token is revoked", || !works(&second));
    let again = server.try_run(&["token", "revoke", "000000000000"]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("token list"));
}

#[test]
fn sites_are_listed_and_deleted_on_the_command_line() {
    let server = Setup::new().start();
    let (gone, stays) = (server.add_site("Europe/Amsterdam"), server.add_consented_site("UTC"));
    assert_eq!(
        server.run(&["site", "list"]),
        format!(
            "{gone}\tTest\thttps://example.org/\tEurope/Amsterdam\tdaily\n{stays}\tTest\thttps://example.org/\tUTC\tconsented"
        )
    );
    let number = gone.to_string();
    let unsure = server.try_run(&["site", "delete", "--site", &number]);
    assert!(!unsure.status.success() && String::from_utf8_lossy(&unsure.stderr).contains("--yes"));
    server.hit(gone, PAGE);
    server.flush();
    server.run(&["site", "delete", "--site", &number, "--yes"]);
    wait_until("the collector knows", || server.hit(gone, PAGE).status == 400);
    wait_until("the rows are gone", || total(&server, gone) == 0);
    assert_eq!(server.hit(stays, PAGE).status, 200);
}
