//! What a request of the own API does not take is refused by name: a filter that is passed over shows figures of everybody.

use serde_json::{Value, json};

use crate::harness::{Server, Setup};

/// Every operation of the OpenAPI document: method, path with numbers in it, and what the document says.
fn operations(server: &Server) -> Vec<(String, String, Value)> {
    let document = server.send("GET", "/api/v1/openapi.json", &[], b"").json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let target = path
            .split('/')
            .map(|part| match part {
                "{dimension}" => "pages",
                part if part.starts_with('{') => "1",
                part => part,
            })
            .collect::<Vec<_>>()
            .join("/");
        for (method, operation) in methods.as_object().unwrap() {
            operations.push((method.to_ascii_uppercase(), target.clone(), operation.clone()));
        }
    }
    assert!(operations.len() >= 30, "{}", operations.len());
    operations
}

#[test]
fn every_operation_refuses_a_parameter_that_it_does_not_take() {
    let server = Setup::new().start();
    server.add_site("UTC");
    let owner = server.owner();
    for (method, target, operation) in operations(&server) {
        let answer = server.api(&owner, &method, &format!("{target}?fitler=page%3D%3D%2F&x=1"), None);
        assert_eq!(answer.status, 400, "{method} {target}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {target}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("`fitler`"), "{method} {target}: {detail}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let is_told = detail.contains(&format!("`{name}`"));
            assert_eq!(is_told, parameter["in"] == "query", "{method} {target}: {detail}");
        }
    }
}

#[test]
fn every_operation_refuses_a_field_that_its_body_does_not_have() {
    let server = Setup::new().start();
    server.add_site("UTC");
    let owner = server.owner();
    let mut asked = 0;
    for (method, target, operation) in operations(&server) {
        if operation["requestBody"]["content"]["application/json"].is_null() {
            continue;
        }
        let answer = server.api(&owner, &method, &target, Some(json!({ "fitler": "x" })));
        assert_eq!(answer.status, 400, "{method} {target}: {}", answer.text());
        assert!(answer.text().contains("unknown field `fitler`"), "{method} {target}: {}", answer.text());
        asked += 1;
    }
    assert!(asked >= 10, "{asked}");
}

#[test]
fn names_count_to_the_letter_and_a_token_may_be_among_them() {
    let server = Setup::new().start();
    let site = server.add_site("UTC");
    let owner = server.owner();
    server.flush();
    let status = |query: &str| {
        let target = format!("/api/v1/sites/{site}/overview?token_auth={owner}&{query}");
        server.send("GET", &target, &[], b"").status
    };
    assert_eq!(status("period=today"), 200);
    assert_eq!(status("period=today&filter=country%3D%3DNL"), 200);
    assert_eq!(status("%70eriod=today"), 200);
    for stranger in
        ["Filter=x", "filter[]=x", "filter%20=x", "filter%00=x", "limit=3", "=x", "%ff=1", "token=x"]
    {
        assert_eq!(status(&format!("period=today&{stranger}")), 400, "{stranger}");
    }
    let long = format!("period=today&{}=1", "x".repeat(5_000));
    let answer = server.api(&owner, "GET", &format!("/api/v1/sites/{site}/overview?{long}"), None);
    assert_eq!((answer.status, answer.text().len() < 500), (400, true));
}
