//! What a site's operator, or the server's, leaves out.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{FIREFOX, Server, Setup, encode, wait_until};
use crate::sites::settings;

fn server() -> Server {
    Setup::new().env("FOOTFALL_COLLECT_EXPLAIN", "true").start()
}

/// Decides something about a site; the rest is as it is for a new one.
pub fn decide(server: &Server, site: u32, decisions: &[(&str, Value)]) {
    let mut body = settings();
    for (name, value) in decisions {
        body[*name] = value.clone();
    }
    let answer = server.api(&server.owner(), "PUT", &format!("/api/v1/sites/{site}/settings"), Some(body));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What becomes of a hit.
fn said(server: &Server, site: u32, query: &str, headers: &[(&str, &str)]) -> String {
    let headers = match headers.iter().any(|(name, _)| *name == "User-Agent") {
        true => headers.to_vec(),
        false => [&[("User-Agent", FIREFOX)], headers].concat(),
    };
    let answer = server.hit_as(site, query, &headers);
    assert!(answer.status == 200, "{query}: {}", answer.status);
    answer.header("x-footfall").unwrap().to_owned()
}

fn paths(server: &Server) -> Vec<String> {
    server.flush();
    let rows = server.sql("SELECT path FROM events ORDER BY seq");
    rows.iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn networks_are_left_out_by_their_whole_address() {
    let server = server();
    let (site, other) = (server.add_site("UTC"), server.add_site("UTC"));
    let networks = json!(["203.0.113.77", "198.51.100.0/25", "2001:db8:1:2::/64"]);
    decide(&server, site, &[("excluded_addresses", networks)]);
    let from = |site: u32, address: &str| {
        said(&server, site, "url=https://example.org/", &[("X-Forwarded-For", address)])
    };
    for (address, what) in [
        ("203.0.113.77", "excluded"),
        ("::ffff:203.0.113.77", "excluded"),
        ("203.0.113.78", "accepted"),
        ("198.51.100.127", "excluded"),
        ("198.51.100.128", "accepted"),
        ("2001:db8:1:2:3::4", "excluded"),
        ("2001:db8:1:3::4", "accepted"),
    ] {
        assert_eq!(from(site, address), what, "{address}");
    }
    assert_eq!(from(other, "203.0.113.77"), "accepted");
    let token = server.token("write", Some(site));
    let claim = |address: &str| {
        said(&server, site, &format!("url=https://example.org/&cip={address}&token_auth={token}"), &[])
    };
    assert_eq!((claim("203.0.113.77"), claim("203.0.113.79")), ("excluded".into(), "accepted".into()));
    server.flush();
    assert_eq!(server.dropped(site, "excluded"), 5);
}

#[test]
fn agents_are_left_out_by_a_part_or_a_pattern() {
    let server = server();
    let site = server.add_site("UTC");
    decide(&server, site, &[("excluded_agents", json!(["OfficeApp", "/ kiosk\\/[0-9]+$/"]))]);
    let page = "url=https://example.org/";
    let by = |agent: &str| said(&server, site, page, &[("User-Agent", agent)]);
    assert_eq!(by(&format!("{FIREFOX} officeapp/2")), "excluded");
    assert_eq!(by(&format!("{FIREFOX} Kiosk/12")), "excluded");
    assert_eq!(by(&format!("{FIREFOX} Kiosk/12b")), "accepted");
    let replaced = format!("{page}&ua={}", encode(&format!("{FIREFOX} OfficeApp")));
    assert_eq!(said(&server, site, &replaced, &[]), "excluded");
    let token = server.token("write", Some(site));
    assert_eq!(said(&server, site, &format!("{replaced}&token_auth={token}"), &[]), "excluded");
}

#[test]
fn pages_of_local_hosts_are_left_out_unless_the_site_has_one() {
    let server = server();
    let (site, own) = (server.add_site("UTC"), server.add_site("UTC"));
    decide(&server, own, &[("aliases", json!(["http://localhost:3000/"]))]);
    let local = [
        "http://localhost:8080/a",
        "https://app.localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://192.168.1.20:3000/",
        "http://10.0.0.7/",
        "http://172.20.0.3/",
        "http://[fd00::7]/",
        "http://shop.local/",
        "http://shop.test/",
        "http://shop.internal/",
        "file:///home/jan/index.html",
    ];
    for url in local {
        let query = format!("url={}", encode(url));
        assert_eq!(said(&server, site, &query, &[]), "local_host", "{url}");
        assert_eq!(said(&server, own, &query, &[]), "accepted", "{url}");
    }
    for url in [
        "https://example.org/localhost",
        "https://localhost.example.org/",
        "http://intranet/",
        "https://8.8.8.8/",
    ] {
        assert_eq!(said(&server, site, &format!("url={}", encode(url)), &[]), "accepted", "{url}");
    }
    let headers = [("Referer", "http://localhost:8080/")];
    assert_eq!(said(&server, site, "e_c=a&e_a=b", &headers), "local_host", "the page that the request tells");
    assert_eq!(said(&server, site, "e_c=a&e_a=b", &[]), "accepted", "an app has no address");
    let token = server.token("write", Some(site));
    let query = format!("url=http%3A%2F%2Flocalhost%2F&token_auth={token}");
    assert_eq!(said(&server, site, &query, &[]), "local_host", "whoever sends it");
    server.flush();
    assert_eq!(server.dropped(site, "local_host"), local.len() as u64 + 2);
}

#[test]
fn an_operator_counts_local_hosts_everywhere() {
    let setup = Setup::new().env("FOOTFALL_COLLECT_EXPLAIN", "true");
    let server = setup.env("FOOTFALL_COLLECT_LOCAL_HOSTS", "true").start();
    let site = server.add_site("UTC");
    assert_eq!(said(&server, site, "url=http%3A%2F%2Flocalhost%2F", &[]), "accepted");
}

#[test]
fn a_translation_is_the_page_that_was_translated() {
    let server = server();
    let site = server.add_site("UTC");
    decide(&server, site, &[("exclude_unknown_urls", json!(true))]);
    let translated =
        |path: &str| format!("https://www-example-org.translate.goog{path}_x_tr_sl=auto&_x_tr_tl=en");
    let view = format!("url={}&urlref={}", encode(&translated("/a?b=1&")), encode(&translated("/?")));
    assert_eq!(said(&server, site, &view, &[]), "accepted");
    let link = format!(
        "url={}&link={}",
        encode(&translated("/a?")),
        encode("https://out-example.translate.goog/x?_x_tr_sl=auto")
    );
    assert_eq!(said(&server, site, &link, &[]), "accepted");
    let other = encode("https://copy-example.translate.goog/?_x_tr_sl=auto");
    assert_eq!(said(&server, site, &format!("url={other}"), &[]), "unknown_url");
    server.flush();
    let rows = server.sql("SELECT host, path, referrer_kind, target FROM events ORDER BY seq");
    let texts = |row: &Value| ["host", "path", "target"].map(|name| row[name].as_str().unwrap().to_owned());
    assert_eq!(texts(&rows[0]), ["example.org", "/a?b=1", ""]);
    assert_eq!(rows[0]["referrer_kind"], 1, "from the site itself");
    assert_eq!(texts(&rows[1]), ["example.org", "/a", "https://out.example/x"]);
}

#[test]
fn pages_of_other_hosts_are_left_out_where_a_site_asks_for_that() {
    let server = server();
    let site = server.add_site("UTC");
    let on = |url: &str| said(&server, site, &format!("url={}", encode(url)), &[]);
    assert_eq!(on("https://copy.example/"), "accepted");
    let aliases = json!(["https://shop.example.net/"]);
    decide(&server, site, &[("exclude_unknown_urls", json!(true)), ("aliases", aliases)]);
    for (url, what) in [
        ("https://example.org/a", "accepted"),
        ("http://WWW.example.org:8080/a", "accepted"),
        ("https://shop.example.net/b", "accepted"),
        ("https://sub.example.org/", "unknown_url"),
        ("https://copy.example/?https://example.org/", "unknown_url"),
        ("not an address", "unknown_url"),
    ] {
        assert_eq!(on(url), what, "{url}");
    }
    assert_eq!(said(&server, site, "e_c=App&e_a=Start", &[]), "accepted", "an app has no address");
    assert_eq!(
        said(&server, site, "e_c=App&e_a=Start", &[("Referer", "https://copy.example/")]),
        "unknown_url"
    );
}

#[test]
fn made_up_referrers_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("spam.txt");
    fs::write(&file, "# ours\nspam.example\n").unwrap();
    let from = |server: &Server, site: u32, referrer: &str| {
        said(server, site, &format!("url=https://example.org/&urlref={}", encode(referrer)), &[])
    };
    let usual = server();
    let site = usual.add_site("UTC");
    assert_eq!(from(&usual, site, "http://semalt.com/crawl?u=https://example.org"), "referrer_spam");
    assert_eq!(from(&usual, site, "https://www.77.Semalt.com"), "referrer_spam");
    assert_eq!(from(&usual, site, "https://example.net/about/semalt.com"), "accepted");

    let own = Setup::new().env("FOOTFALL_COLLECT_EXPLAIN", "true");
    let own = own.env("FOOTFALL_COLLECT_REFERRER_SPAM", file.to_str().unwrap()).start();
    let site = own.add_site("UTC");
    assert_eq!(from(&own, site, "http://semalt.com/"), "accepted");
    assert_eq!(from(&own, site, "http://a.spam.example/"), "referrer_spam");
    fs::write(&file, "other-spam.example\n").unwrap();
    wait_until("the list is read again", || {
        from(&own, site, "http://other-spam.example/") == "referrer_spam"
    });
    assert_eq!(from(&own, site, "http://spam.example/"), "accepted");
}

#[test]
fn left_out_referrers_are_direct_entries() {
    let server = server();
    let site = server.add_site("UTC");
    decide(&server, site, &[("excluded_referrers", json!(["pay.example", ".bank.example"]))]);
    for (number, referrer) in
        ["https://www.pay.example/done", "https://sub.pay.example/", "https://3ds.bank.example/"]
            .iter()
            .enumerate()
    {
        let address = format!("203.0.{number}.9");
        let query = format!("url=https://example.org/&urlref={}", encode(referrer));
        assert_eq!(said(&server, site, &query, &[("X-Forwarded-For", &address)]), "accepted");
    }
    server.flush();
    let rows = server.sql("SELECT referrer_kind AS kind, referrer_name AS name FROM events ORDER BY seq");
    let rows: Vec<_> =
        rows.iter().map(|row| (row["kind"].as_u64().unwrap(), row["name"].as_str().unwrap())).collect();
    assert_eq!(rows, [(1, ""), (3, "sub.pay.example"), (1, "")]);
}

#[test]
fn pages_lose_parameters_and_keep_fragments_as_a_site_decides() {
    let server = server();
    let site = server.add_site("UTC");
    let page = |url: &str| said(&server, site, &format!("url={}", encode(url)), &[]);
    page("https://example.org/?Ref=1&v12=2&keep=3#/part");
    let rules = json!(["ref", "/^v[0-9]+$/"]);
    decide(&server, site, &[("excluded_parameters", rules), ("keep_fragment", json!(true))]);
    page("https://example.org/?Ref=1&v12=2&keep=3#/part");
    page("https://example.org/?v12=2#/list?REF=1&email=jan@example.org");
    assert_eq!(paths(&server), ["/?Ref=1&v12=2&keep=3", "/?keep=3#/part", "/#/list"]);
}

#[test]
fn a_tracker_that_says_so_sends_routes_in_fragments() {
    let server = server();
    let site = server.add_site("UTC");
    let page = |url: &str, more: &str| said(&server, site, &format!("url={}{more}", encode(url)), &[]);
    page("https://example.org/#/a?utm_source=x", "");
    page("https://example.org/#/a?utm_source=x", "&hash=true");
    assert_eq!(paths(&server), ["/", "/#/a"]);
}
