//! Goals: added, changed and deleted, by API, by Matomo's methods and on the command line.

use serde_json::{Value, json};

use crate::harness::{Server, Setup, shared, wait_until};
use crate::sites::call;

const FIXTURES: [&str; 6] = [
    "fixture-OneVisitWithAbnormalPageviewUrls.json",
    "fixture-OneVisitorTwoVisits.json",
    "fixture-SomeVisitsAllConversions.json",
    "fixture-ThreeSitesWithManyVisitsWithSiteSearch.json",
    "fixture-TwoSitesEcommerceOrderWithItems.json",
    "fixture-TwoVisitsWithContents.json",
];

#[test]
fn goals_keep_their_numbers() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let path = format!("/api/v1/sites/{site}/goals");
    let add = |body: Value| server.api(&owner, "POST", &path, Some(body));
    let first = add(json!({ "name": " Order ", "attribute": "url", "pattern": "/thanks", "revenue": 12.5 }));
    assert_eq!(first.status, 201, "{}", first.text());
    let whole = json!({
        "id": 1, "name": "Order", "description": "", "attribute": "url", "pattern": "/thanks",
        "pattern_type": "contains", "case_sensitive": false, "allow_multiple": false, "revenue": 12.5,
        "use_event_value": false
    });
    assert_eq!(first.json(), whole);
    assert_eq!(add(json!({ "name": "Call", "attribute": "manually" })).json()["id"], 2);

    let mut body = whole.clone();
    body.as_object_mut().unwrap().remove("id");
    body["pattern_type"] = json!("regex");
    body["pattern"] = json!("thanks/[0-9]+$");
    let changed = server.api(&owner, "PUT", &format!("{path}/1"), Some(body.clone()));
    assert_eq!((changed.status, &changed.json()["pattern"]), (200, &body["pattern"]));
    assert_eq!(server.api(&owner, "PUT", &format!("{path}/9"), Some(body)).status, 404);

    assert_eq!(server.api(&owner, "DELETE", &format!("{path}/2"), None).status, 204);
    assert_eq!(server.api(&owner, "DELETE", &format!("{path}/2"), None).status, 404);
    assert_eq!(add(json!({ "name": "Again", "attribute": "manually" })).json()["id"], 3);
    let list = server.api(&server.token("view", Some(site)), "GET", &path, None).json();
    let numbers: Vec<u64> =
        list.as_array().unwrap().iter().map(|goal| goal["id"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 3]);
    let other = server.add_site("UTC");
    let elsewhere = format!("/api/v1/sites/{other}/goals");
    let new = json!({ "name": "First here", "attribute": "manually" });
    assert_eq!(server.api(&owner, "POST", &elsewhere, Some(new)).json()["id"], 1);
}

#[test]
fn a_goal_that_can_not_be_reached_is_refused() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    let goal = |change: (&str, Value)| {
        let mut body = json!({ "name": "Goal", "attribute": "url", "pattern": "/thanks" });
        body[change.0] = change.1;
        server.api(&owner, "POST", &format!("/api/v1/sites/{site}/goals"), Some(body)).status
    };
    assert_eq!(goal(("name", json!("Goal"))), 201);
    for (name, wrong) in [
        ("name", json!(" ")),
        ("attribute", json!("mood")),
        ("attribute", json!("visit_duration")),
        ("pattern", json!("")),
        ("pattern", json!("x".repeat(1_001))),
        ("pattern_type", json!("exact")),
        ("pattern_type", json!("greater_than")),
        ("pattern_type", json!("sounds_like")),
        ("revenue", json!(-1)),
        ("description", json!("x".repeat(1_001))),
    ] {
        assert_eq!(goal((name, wrong.clone())), 422, "{name}: {wrong}");
    }
    let regex = json!({ "name": "Goal", "attribute": "url", "pattern": "(", "pattern_type": "regex" });
    let answer = server.api(&owner, "POST", &format!("/api/v1/sites/{site}/goals"), Some(regex));
    assert_eq!(answer.status, 422);
    assert!(answer.json()["detail"].as_str().unwrap().contains("regular expression"));
}

#[test]
fn scripts_manage_goals_with_matomos_methods() {
    let server = Setup::new().start();
    let site = server.add_site("UTC").to_string();
    let owner = server.owner();
    let ask = |method: &str, params: &[(&str, &str)]| {
        let params = [&[("idSite", site.as_str())], params].concat();
        let answer = call(&server, &owner, &format!("Goals.{method}"), &params);
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        answer.json()
    };
    let ok = json!({ "result": "success", "message": "ok" });
    let added = ask(
        "addGoal",
        &[
            ("name", "name event"),
            ("matchAttribute", "event_name"),
            ("pattern", "<the_'\"name>\\d+ a%20b"),
            ("patternType", "exact"),
            ("caseSensitive", "true"),
            ("revenue", "10,5"),
            ("allowMultipleConversionsPerVisit", "false"),
            ("description", "what it means"),
            ("useEventValueAsRevenue", "1"),
        ],
    );
    assert_eq!(added, json!({ "value": 1 }));
    let goal = json!({
        "idsite": site.parse::<u32>().unwrap(), "idgoal": 1, "name": "name event", "description": "what it means",
        "match_attribute": "event_name", "pattern": "<the_'\"name>\\d+ a%20b", "pattern_type": "exact",
        "case_sensitive": 1, "allow_multiple": 0, "revenue": 10.5, "deleted": 0, "event_value_as_revenue": 1
    });
    assert_eq!(ask("getGoal", &[("idGoal", "1")]), goal);
    let manual = [
        ("name", "manual"),
        ("matchAttribute", "manually"),
        ("pattern", ""),
        ("patternType", ""),
        ("revenue", "false"),
    ];
    assert_eq!(ask("addGoal", &manual), json!({ "value": 2 }));
    let goals = ask("getGoals", &[]);
    assert_eq!(goals["1"], goal);
    assert_eq!((&goals["2"]["revenue"], goals["2"].get("pattern")), (&json!(0), None));
    assert_eq!(ask("getGoals", &[("filter_limit", "5")])[0], goal);

    // What a call leaves out, or leaves blank, stays.
    let update = [
        ("idGoal", "1"),
        ("name", ""),
        ("pattern", ""),
        ("revenue", ""),
        ("allowMultipleConversionsPerVisit", "1"),
    ];
    assert_eq!(ask("updateGoal", &update), ok);
    let mut changed = goal;
    changed["allow_multiple"] = json!(1);
    assert_eq!(ask("getGoal", &[("idGoal", "1")]), changed);
    assert_eq!(ask("deleteGoal", &[("idGoal", "1")]), ok);
    assert_eq!(ask("getGoals", &[]).as_object().unwrap().len(), 1);

    let bad =
        |token: &str, method: &str, params: &[(&str, &str)]| call(&server, token, method, params).status;
    let here = ("idSite", site.as_str());
    assert_eq!(bad(&owner, "Goals.deleteGoal", &[here, ("idGoal", "1")]), 404);
    assert_eq!(bad(&owner, "Goals.addGoal", &[here, ("name", "x"), ("matchAttribute", "mood")]), 400);
    assert_eq!(bad(&owner, "Goals.addGoal", &[here, ("name", "x"), ("matchAttribute", "url")]), 400);
    assert_eq!(bad(&owner, "Goals.addGoal", &[here, ("name", "x")]), 400);
    assert_eq!(
        bad(
            &server.token("view", None),
            "Goals.addGoal",
            &[here, ("name", "x"), ("matchAttribute", "manually")]
        ),
        401
    );
    assert_eq!(bad("", "Goals.getGoals", &[here]), 401);
}

#[test]
fn goals_are_managed_on_the_command_line() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let number = site.to_string();
    let add = |more: &[&str]| server.try_run(&[&["goal", "add", "--site", &number], more].concat());
    let printed = add(&["--name", "Order", "--pattern", "/thanks", "--revenue", "9.5", "--multiple"]);
    assert_eq!(String::from_utf8_lossy(&printed.stdout).trim(), "1");
    assert!(add(&["--name", "Long", "--attribute", "visit_duration", "--pattern", "5"]).status.success());
    assert!(!add(&["--name", "None"]).status.success());
    assert_eq!(add(&["--name", "X", "--attribute", "mood"]).status.code(), Some(2));
    assert_eq!(
        server.run(&["goal", "list", "--site", &number]),
        "1\tOrder\turl contains /thanks\n2\tLong\tvisit_duration greater_than 5"
    );
    server.run(&["goal", "delete", "--site", &number, "--goal", "1"]);
    wait_until("the server knows", || {
        let goals = server.api(&server.owner(), "GET", &format!("/api/v1/sites/{site}/goals"), None).json();
        goals.as_array().unwrap().len() == 1
    });
    for wrong in
        [["goal", "list", "--site", "99"].as_slice(), &["goal", "delete", "--site", &number, "--goal", "1"]]
    {
        assert_eq!(server.try_run(wrong).status.code(), Some(1), "{wrong:?}");
    }
}

/// What a fixture asks for before its requests, through Matomo's methods.
#[test]
fn every_fixture_can_be_set_up() {
    for name in FIXTURES {
        let Some(text) = shared(&format!("fixtures/{name}")) else { return };
        let fixture: Value = serde_json::from_str(&text).unwrap();
        let server = Setup::new().start();
        for step in fixture["steps"].as_array().unwrap() {
            let (kind, what) = step.as_object().unwrap().iter().next().unwrap();
            set_up(&server, kind, what);
        }
    }
}

fn set_up(server: &Server, kind: &str, what: &Value) {
    let method = match kind {
        "createWebsite" => "SitesManager.addSite",
        "updateSite" => "SitesManager.updateSite",
        "addGoal" => "Goals.addGoal",
        "Goals.updateGoal" | "SitesManager.setGlobalSearchParameters" => kind,
        _ => return,
    };
    let params: Vec<(String, String)> = match what {
        Value::Object(fields) => fields.iter().flat_map(|(name, value)| named(name, value)).collect(),
        _ => positional(kind)
            .iter()
            .zip(what.as_array().unwrap())
            .flat_map(|(name, value)| named(name, value))
            .collect(),
    };
    let params: Vec<(&str, &str)> =
        params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = call(server, &server.owner(), method, &params);
    assert_eq!(answer.status, 200, "{kind} {what}: {}", answer.text());
    if kind == "createWebsite" {
        assert_eq!(answer.json()["value"], what["idsite"], "{what}");
    }
}

fn positional(kind: &str) -> &'static [&'static str] {
    match kind {
        "Goals.updateGoal" => &[
            "idSite",
            "idGoal",
            "name",
            "matchAttribute",
            "pattern",
            "patternType",
            "caseSensitive",
            "revenue",
            "allowMultipleConversionsPerVisit",
            "description",
        ],
        _ => &["searchKeywordParameters", "searchCategoryParameters"],
    }
}

fn named(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Array(list) => {
            list.iter().map(|entry| (format!("{name}[]"), entry.as_str().unwrap().to_owned())).collect()
        }
        Value::String(text) if name == "url" => vec![("urls".into(), text.clone())],
        Value::String(text) if name == "name" => {
            vec![("name".into(), text.clone()), ("siteName".into(), text.clone())]
        }
        Value::String(text) => vec![(name.to_owned(), text.clone())],
        Value::Null => vec![(name.to_owned(), String::new())],
        other => vec![(name.to_owned(), other.to_string())],
    }
}
