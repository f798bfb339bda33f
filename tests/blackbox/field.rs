//! Cases from the field: what is sent, and what a report must answer. They are replayed against a server of their own by
//! a program that lies beside them, which knows nothing of this code.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{data_files, shared_path};

/// Which cases are replayed, by their ids with commas between; all without it.
const CHOSEN: &str = "FOOTFALL_FIELD_CASES";

#[test]
fn every_case_from_the_field_is_answered_as_expected() {
    let (Some(cases), Some(replay)) = (shared_path("field/cases.json"), shared_path("field/replay.py"))
    else {
        return;
    };
    if std::env::var("FOOTFALL_TEST_BACKEND").is_ok() {
        println!("skipped: the cases are replayed on the embedded engine");
        return;
    }
    let checkout = checkout();
    let answers = checkout.path().join("answers.json");
    let mut command = Command::new("python3");
    command.arg(replay).arg(cases).arg("--out").arg(&answers).current_dir(checkout.path());
    if let Ok(chosen) = std::env::var(CHOSEN) {
        command.args(["--only", &chosen]);
    }
    for name in ["FOOTFALL_SHARED", "FOOTFALL_CHECKOUT", CHOSEN] {
        command.env_remove(name);
    }
    command.envs(data_files()).env("PORT", free_port().to_string()).env("TMPDIR", checkout.path());
    let output = command.output().expect("python3: run scripts/need-python.sh");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let answers = fs::read_to_string(answers).unwrap_or_else(|error| panic!("{error}: {told}"));
    let answers: Vec<Value> = serde_json::from_str(&answers).unwrap();
    let replayed = answers.iter().filter(|case| case.get("verdict").is_some()).count();
    let failed: Vec<String> = answers.iter().filter(|case| case["verdict"] == "FAIL").map(failure).collect();
    assert!(replayed > 0, "no case was replayed: {told}");
    assert!(failed.is_empty(), "{} of {replayed} cases:\n{}", failed.len(), failed.join("\n"));
}

/// A folder in which the replay finds the binary under test where a build would leave it.
fn checkout() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let release = folder.path().join("target/release");
    fs::create_dir_all(&release).unwrap();
    symlink(env!("CARGO_BIN_EXE_footfall"), release.join("footfall")).unwrap();
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn failure(case: &Value) -> String {
    let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
    format!("{}: {}\n  expected {}\n  got      {}", text("id"), text("title"), case["expect"], case["got"])
}
