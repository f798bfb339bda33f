//! Who may do what: set-up, sessions, tokens, and requests that another site makes a browser send.

use serde_json::json;

use crate::harness::{Answer, Server, Setup, wait_until};

const PASSWORD: &str = "a password of some length";

fn json_post(server: &Server, path: &str, body: serde_json::Value, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("Content-Type", "application/json")], headers].concat();
    server.send("POST", path, &headers, body.to_string().as_bytes())
}

fn setup_token(server: &Server) -> String {
    wait_until("the link is told", || server.log().contains("/setup?token="));
    server.log().split_once("/setup?token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn set_up(server: &Server, token: &str) -> Answer {
    json_post(
        server,
        "/api/v1/setup",
        json!({ "token": token, "email": "o@example.org", "password": PASSWORD }),
        &[],
    )
}

/// The cookie of an answer, as a browser would send it back.
fn cookie(answer: &Answer) -> String {
    let line = answer.header("set-cookie").unwrap();
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

#[test]
fn the_set_up_link_works_once_and_is_never_served() {
    let server = Setup::new().start();
    let token = setup_token(&server);
    let nobody = server.send("GET", "/api/v1/session", &[], b"");
    assert_eq!(
        (nobody.status, nobody.json()["code"].as_str().unwrap().to_owned()),
        (401, "setup_needed".into())
    );
    for path in ["/", "/setup", "/api/v1/session", "/health/ready", "/metrics", "/api/v1/openapi.json"] {
        assert!(!server.send("GET", path, &[], b"").text().contains(&token), "{path}");
    }
    assert_eq!(set_up(&server, "wrong").status, 403);
    let short = json!({ "token": token, "email": "o@example.org", "password": "short" });
    assert_eq!(json_post(&server, "/api/v1/setup", short, &[]).status, 422);
    let made = set_up(&server, &token);
    assert_eq!(made.status, 204);
    assert_eq!(set_up(&server, &token).status, 403);
    let session = server.send("GET", "/api/v1/session", &[("Cookie", &cookie(&made))], b"");
    assert_eq!(session.json()["user"]["email"], "o@example.org");
}

#[test]
fn a_set_up_link_is_dead_once_an_account_exists() {
    let server = Setup::new().start();
    let token = setup_token(&server);
    server.run(&["user", "add", "--email", "first@example.org"]);
    assert_eq!(set_up(&server, &token).status, 409);
}

#[test]
fn sessions_begin_with_the_password_and_end_for_good() {
    let server = Setup::new().start();
    set_up(&server, &setup_token(&server));
    let sign_in = |password: &str| {
        json_post(&server, "/api/v1/session", json!({ "email": "o@example.org", "password": password }), &[])
    };
    let (wrong, unknown) = (
        sign_in("not the password at all"),
        json_post(&server, "/api/v1/session", json!({ "email": "x@example.org", "password": PASSWORD }), &[]),
    );
    assert_eq!((wrong.status, wrong.text()), (401, unknown.text()));
    let session = cookie(&sign_in(PASSWORD));
    let ask = || server.send("GET", "/api/v1/sites", &[("Cookie", &session)], b"").status;
    wait_until("the engine has started", || ask() == 200);
    server.send("DELETE", "/api/v1/session", &[("Cookie", &session)], b"");
    assert_eq!(ask(), 401);
}

#[test]
fn another_site_can_not_act_through_a_browser() {
    let server = Setup::new().start();
    let made = set_up(&server, &setup_token(&server));
    let session = cookie(&made);
    let site = json!({ "name": "S", "url": "https://example.org", "timezone": "UTC" });
    let add = |headers: &[(&str, &str)]| {
        let headers = [&[("Cookie", session.as_str())], headers].concat();
        json_post(&server, "/api/v1/sites", site.clone(), &headers).status
    };
    assert_eq!(add(&[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(add(&[("Sec-Fetch-Site", "same-site")]), 403);
    assert_eq!(add(&[("Origin", "https://evil.example")]), 403);
    let form = [("Cookie", session.as_str()), ("Content-Type", "text/plain")];
    assert_eq!(server.send("POST", "/api/v1/sites", &form, site.to_string().as_bytes()).status, 400);
    assert_eq!(
        add(&[("Sec-Fetch-Site", "same-origin"), ("Origin", &format!("http://{}", server.address))]),
        201
    );
    let answer =
        server.send("GET", "/api/v1/sites", &[("Cookie", &session), ("Origin", "https://evil.example")], b"");
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn each_role_may_do_what_it_may_and_no_more() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    server.flush(); // the database answers from now on
    let own = format!("/api/v1/sites/{site}/overview?period=today");
    let new = json!({ "name": "S", "url": "https://example.org", "timezone": "UTC" });
    let expected = [
        // role, site token, reads its site, reads all sites' banners, adds a site, flushes
        ("view", Some(site), 200, 404, 404, 404),
        ("write", Some(site), 200, 404, 404, 404),
        ("admin", Some(site), 200, 404, 404, 404),
        ("view", None, 200, 200, 404, 404),
        ("write", None, 200, 200, 404, 404),
        ("admin", None, 200, 200, 201, 404),
        ("owner", None, 200, 200, 201, 204),
    ];
    for (role, scope, read, banners, add, flush) in expected {
        let token = server.token(role, scope);
        let call = |method: &str, path: &str, body| server.api(&token, method, path, body).status;
        let got = (
            call("GET", &own, None),
            call("GET", "/api/v1/campaigns", None),
            call("POST", "/api/v1/sites", Some(new.clone())),
            call("POST", "/api/v1/flush", None),
        );
        assert_eq!(got, (read, banners, add, flush), "{role} {scope:?}");
    }
    assert_eq!(server.send("GET", &own, &[], b"").status, 401);
    assert_eq!(server.api("0000", "GET", &own, None).status, 401);
}

#[test]
fn every_operation_says_no_to_strangers() {
    let server = Setup::new().start();
    set_up(&server, &setup_token(&server));
    let document = server.send("GET", "/api/v1/openapi.json", &[], b"").json();
    let open = ["POST /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/setup"];
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().map(|method| method.to_ascii_uppercase()) {
            if open.contains(&format!("{method} {path}").as_str()) {
                continue;
            }
            let target = path.replace("{id}", "1").replace("{dimension}", "pages");
            let answer = server.send(&method, &target, &[], b"");
            assert_eq!(answer.status, 401, "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked >= 18, "{asked}");
}

#[test]
fn metrics_are_for_this_machine_or_a_token() {
    let server = Setup::new().start();
    let from = |headers: &[(&str, &str)]| server.send("GET", "/metrics", headers, b"").status;
    assert_eq!(from(&[]), 200);
    assert_eq!(from(&[("X-Forwarded-For", "203.0.113.9")]), 404);
    let bearer = format!("Bearer {}", server.owner());
    assert_eq!(from(&[("X-Forwarded-For", "203.0.113.9"), ("Authorization", &bearer)]), 200);
}
