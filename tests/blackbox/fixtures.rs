//! Matomo's own scenarios, replayed request by request: its reports must come out, value for value.
//!
//! Each file has the steps that Matomo's tests take and the figures that they expect. What may differ stands in
//! [`DIFFERENCES`], with its reason. `cargo test --test blackbox fixtures -- --nocapture` shows a table of agreement.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use serde_json::{Map, Value};

use crate::harness::{Server, Setup, encode, shared_path};

/// Report and figure that differ on purpose, and why.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

/// The scenarios of `fixtures/`, in order of name; none where the folder is missing.
fn scenarios() -> Vec<(String, Value)> {
    let Some(folder) = shared_path("fixtures") else {
        return Vec::new();
    };
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), read(path))).collect()
}

/// A server as the scenario asks for it, on which its steps have been taken.
fn replay(scenario: &Value) -> Server {
    let mut setup =
        Setup::new().env("FOOTFALL_GEO_SOURCE", "language").env("FOOTFALL_PRIVACY_MIN_GROUP", "1");
    if let Some(delimiter) = scenario["environment"]["General.action_title_category_delimiter"].as_str() {
        setup = setup.env("FOOTFALL_REPORT_TITLE_DELIMITER", delimiter);
    }
    let server = setup.start();
    let mut last_status = 0;
    for step in scenario["steps"].as_array().unwrap() {
        let (name, what) = step.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "request" => last_status = request(&server, what),
            "the last request is expected to be answered with an error status" => {
                assert!(last_status >= 400, "answered with {last_status}");
            }
            _ => manage(&server, name, what),
        }
    }
    server.flush();
    server
}

/// Sends a recorded request with a token of ours.
fn request(server: &Server, request: &Value) -> u16 {
    let token = &server.owner();
    let real = |text: &str| text.replace("c4ca4238a0b923820dcc509a6f75849b", token);
    let path = format!("{}?{}", text(&request["path"]), real(text(&request["query"])));
    let body = real(request["body"].as_str().unwrap_or_default());
    let headers = request["headers"].as_object().unwrap();
    let mut raw = format!("{} {path} HTTP/1.1\r\nHost: {}\r\n", text(&request["method"]), server.address);
    for (name, value) in headers {
        write!(raw, "{name}: {}\r\n", text(value)).unwrap();
    }
    write!(raw, "Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
    server.send_raw(raw.as_bytes()).status
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Takes a step of management through Matomo's API.
fn manage(server: &Server, name: &str, what: &Value) {
    let (method, params) = match name {
        "createWebsite" => ("SitesManager.addSite".to_owned(), new_site(what)),
        "updateSite" => ("SitesManager.updateSite".to_owned(), named(what)),
        "addGoal" => ("Goals.addGoal".to_owned(), named(what)),
        "SitesManager.setGlobalSearchParameters" => {
            let names = ["searchKeywordParameters", "searchCategoryParameters"];
            (name.to_owned(), positional(&names, what))
        }
        "Goals.updateGoal" => {
            let names = [
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
            ];
            (name.to_owned(), positional(&names, what))
        }
        other => (other.to_owned(), positional(&["idSite"], what)),
    };
    let mut form = format!("module=API&format=json&method={method}&token_auth={}", server.owner());
    for (name, value) in params {
        write!(form, "&{}={}", encode(&name), encode(&value)).unwrap();
    }
    let answer = server.send("POST", "/index.php", &[], form.as_bytes());
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
}

fn new_site(what: &Value) -> Vec<(String, String)> {
    let names = BTreeMap::from([
        ("name", "siteName"),
        ("url", "urls"),
        ("timezone", "timezone"),
        ("ecommerce", "ecommerce"),
        ("siteSearch", "siteSearch"),
        ("searchKeywordParameters", "searchKeywordParameters"),
        ("searchCategoryParameters", "searchCategoryParameters"),
        ("excludeUnknownUrls", "excludeUnknownUrls"),
    ]);
    let given = what.as_object().unwrap().iter();
    let params = given.flat_map(|(name, value)| {
        names.get(name.as_str()).map_or_else(Vec::new, |name| entries(name, value))
    });
    params.chain([("identity".to_owned(), "consented".to_owned())]).collect()
}

fn named(what: &Value) -> Vec<(String, String)> {
    let given = what.as_object().unwrap().iter();
    given.flat_map(|(name, value)| entries(name, value)).collect()
}

/// A parameter, or those of a list.
fn entries(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Array(list) => {
            list.iter().filter_map(|value| Some((format!("{name}[]"), plain(value)?))).collect()
        }
        value => Vec::from_iter(plain(value).map(|value| (name.to_owned(), value))),
    }
}

fn positional(names: &[&str], what: &Value) -> Vec<(String, String)> {
    let values = what.as_array().into_iter().flatten();
    names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), plain(value)?))).collect()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(u8::from(*flag).to_string()),
        other => Some(other.to_string()),
    }
}

/// Values compared, and what was different.
#[derive(Default)]
struct Agreement {
    values: usize,
    different: Vec<String>,
}

impl Agreement {
    fn compare(&mut self, place: &str, expected: &Value, got: &Value) {
        match (expected, got) {
            (Value::Array(rows), Value::Array(found)) => self.rows(place, rows, found),
            (Value::Object(columns), Value::Object(found)) => self.columns(place, columns, found),
            // An empty table is an empty element in XML.
            (Value::String(empty), Value::Array(found)) if empty.is_empty() => {
                self.value(place, found.is_empty(), "no rows", got);
            }
            _ => self.value(place, is_equal(expected, got), expected, got),
        }
    }

    fn rows(&mut self, place: &str, expected: &[Value], found: &[Value]) {
        self.value(place, expected.len() == found.len(), format!("{} rows", expected.len()), found.len());
        for row in expected {
            let label = &row["label"];
            let same = found.iter().find(|other| is_equal(label, &other["label"]));
            self.compare(&format!("{place}/{label}"), row, same.unwrap_or(&Value::Null));
        }
    }

    fn columns(&mut self, place: &str, expected: &Map<String, Value>, found: &Map<String, Value>) {
        for (name, value) in expected {
            let place = format!("{place}/{name}");
            match value {
                Value::Array(goals) if name == "goals" => self.goals(&place, goals, &found.get("goals")),
                value => self.compare(&place, value, found.get(name).unwrap_or(&Value::Null)),
            }
        }
    }

    fn goals(&mut self, place: &str, expected: &[Value], found: &Option<&Value>) {
        for goal in expected {
            let key = format!("idgoal={}", text(&goal["@idgoal"]));
            let got = found.and_then(|found| found.get(&key)).unwrap_or(&Value::Null);
            let columns = goal.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('@'));
            for (name, value) in columns {
                self.compare(&format!("{place}/{key}/{name}"), value, &got[name]);
            }
        }
    }

    fn value(
        &mut self,
        place: &str,
        is_equal: bool,
        expected: impl std::fmt::Display,
        got: impl std::fmt::Display,
    ) {
        self.values += 1;
        if !is_equal {
            self.different.push(format!("{place}: expected {expected}, got {got}"));
        }
    }
}

fn is_equal(expected: &Value, got: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (number(expected), number(got)) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        _ => expected == got,
    }
}

fn report(server: &Server, expected: &Value) -> Value {
    let mut query =
        format!("/index.php?module=API&format=json&expanded=1&filter_limit=-1&token_auth={}", server.owner());
    for (name, value) in expected.as_object().unwrap() {
        if !["source", "result"].contains(&name.as_str()) {
            write!(query, "&{name}={}", encode(&plain(value).unwrap())).unwrap();
        }
    }
    let answer = server.send("GET", &query, &[], b"");
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

#[test]
fn matomos_scenarios_give_matomos_figures() {
    let mut table = String::from("scenario, report: equal values\n");
    let mut wrong = Vec::new();
    for (name, scenario) in scenarios() {
        let server = replay(&scenario);
        for expected in scenario["expected"].as_array().unwrap() {
            let mut agreement = Agreement::default();
            agreement.compare(text(&expected["method"]), &expected["result"], &report(&server, expected));
            let equal = agreement.values - agreement.different.len();
            let period = text(&expected["period"]);
            writeln!(
                table,
                "{name}, {} {period}: {equal} of {}",
                text(&expected["method"]),
                agreement.values
            )
            .unwrap();
            wrong.extend(agreement.different.into_iter().map(|text| format!("{name}: {text}")));
        }
    }
    println!("{table}");
    wrong.retain(|text| {
        !DIFFERENCES.iter().any(|(report, figure, _)| text.contains(report) && text.contains(figure))
    });
    assert!(wrong.is_empty(), "{} values differ:\n{}", wrong.len(), wrong.join("\n"));
}
