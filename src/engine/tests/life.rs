//! Starting, dying, starting again, ending.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Engine, count, execute};
use crate::engine::{EngineError, EngineOptions, EngineState, Supervisor};

/// The process whose command line or environment names this directory's socket.
fn processes(directory: &Path) -> Vec<u32> {
    let needle = directory.join("engine").display().to_string();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            *pid != std::process::id() && String::from_utf8_lossy(&environment).contains(&needle)
        })
        .collect()
}

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

async fn gone(directory: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !processes(directory).is_empty() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    processes(directory).is_empty()
}

#[tokio::test]
async fn a_killed_engine_comes_back_with_its_data() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let client = engine.client_with_database().await;
    execute(&client, "CREATE TABLE t ENGINE = MergeTree ORDER BY a AS SELECT number AS a FROM numbers(1000)")
        .await;
    let directory = engine.directory.path().to_owned();
    let mode = directory.join("engine").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    for _ in 0..2 {
        let first = processes(&directory);
        assert_eq!(first.len(), 1);
        kill(first[0]);
        engine.wait_for(|state| matches!(state, EngineState::Down { .. })).await;
        engine.wait_for(|state| *state == EngineState::Ready).await;
        assert!(!Path::new(&format!("/proc/{}", first[0])).exists(), "no zombie is left");
        assert_eq!(count(&client, "t").await, 1000);
    }
    engine.supervisor.shutdown().await;
    assert!(processes(&directory).is_empty());
    assert!(!directory.join("engine.sock").exists());
}

#[tokio::test]
async fn a_dropped_supervisor_takes_its_engine_along() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    let directory = engine.directory;
    drop(engine.supervisor);
    assert!(gone(directory.path()).await);
}

#[tokio::test]
async fn the_engine_ends_when_its_parent_is_killed() {
    let Some(library) = super::library() else { return };
    let directory = tempfile::tempdir().unwrap();
    // A parent that holds the pipe and starts the engine behind it.
    let command = format!(
        "sleep 60 | {} engine --data {} --socket {} --library {} --memory-limit 1000000000 --lifeline",
        super::script(directory.path()).display(),
        directory.path().join("engine").display(),
        directory.path().join("engine.sock").display(),
        library.display()
    );
    let mut parent = Command::new("sh")
        .args(["-c", &format!("{command} & echo $!; exec sleep 61")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !directory.path().join("engine.sock").exists() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(processes(directory.path()).len(), 1);
    let holder = children(parent.id()).into_iter().find(|pid| name(*pid) == "sleep").unwrap();
    kill(holder);
    assert!(gone(directory.path()).await);
    parent.kill().unwrap();
    parent.wait().unwrap();
}

fn children(pid: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|child: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            parent == Some(pid)
        })
        .collect()
}

fn name(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

fn options(directory: &Path, executable: PathBuf) -> EngineOptions {
    EngineOptions {
        executable,
        library: PathBuf::from("/bin/sh"), // any file: it is never loaded here
        data: directory.join("engine"),
        socket: directory.join("engine.sock"),
        memory_limit: 1,
        hang_limit: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn an_engine_that_cannot_start_is_tried_again_and_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let executable = directory.path().join("failing");
    std::fs::write(&executable, "#!/bin/sh\nprintf 'odd \\377 bytes' >&2\nexit 3\n").unwrap();
    std::fs::set_permissions(&executable, std::fs::Permissions::from_mode(0o755)).unwrap();
    let supervisor = Supervisor::start(options(directory.path(), executable)).unwrap();
    let mut state = supervisor.state();
    let third = |state: &EngineState| matches!(state, EngineState::Down { since_restart_attempts: 3, reason } if reason.contains('3'));
    tokio::time::timeout(Duration::from_secs(10), state.wait_for(third)).await.unwrap().unwrap();
    tokio::time::timeout(Duration::from_secs(1), supervisor.shutdown()).await.unwrap();
}

#[tokio::test]
async fn a_missing_library_names_the_command_that_brings_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(directory.path(), PathBuf::from("/bin/sh"));
    options.library = directory.path().join("none.so");
    let error = Supervisor::start(options).err().unwrap();
    assert!(matches!(error, EngineError::LibraryMissing(_)));
    assert!(error.to_string().contains("make build"), "{error}");
}
