//! The engine as the product runs it: a supervised process with the real library behind the real client.
//!
//! The process is this test program once more: a small script starts it with [`entry`] as its only test. Where the
//! library is not installed the tests print that they are skipped.

mod http;
mod inserts;
mod life;
mod queries;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clickhouse::Client;
use tempfile::TempDir;

use super::{ChildOptions, EngineOptions, EngineState, Listen, Supervisor, child};
use crate::store::connector::{Connector, client};

const MEMORY_LIMIT: u64 = 1 << 30;

/// The installed library, if there is one.
fn library() -> Option<PathBuf> {
    let configured = std::env::var_os("FOOTFALL_ENGINE_LIBRARY").map(PathBuf::from);
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/@chdb");
    let installed = std::fs::read_dir(packages).into_iter().flatten().flatten();
    let found = configured.into_iter().chain(installed.map(|entry| entry.path().join("libchdb.so")));
    let library = found.into_iter().find(|path| path.is_file());
    if library.is_none() {
        println!("skipped: the engine library is not installed");
    }
    library
}

/// What `footfall engine` does with its arguments; run by [`script`] alone.
#[test]
#[ignore = "the engine process of the other tests"]
fn entry() {
    let Ok(arguments) = std::env::var("TEST_ENGINE_ARGUMENTS") else {
        return;
    };
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| *argument == name)?;
        arguments.get(at + 1).copied()
    };
    let listen = match value("--socket") {
        Some(path) => Listen::Unix(path.into()),
        None => Listen::Tcp(value("--listen").unwrap().parse().unwrap()),
    };
    child::run(ChildOptions {
        library: value("--library").unwrap().into(),
        data: value("--data").unwrap().into(),
        listen,
        password: std::env::var("FOOTFALL_GATEWAY_PASSWORD").ok(),
        memory_limit: value("--memory-limit").unwrap().parse().unwrap(),
        lifeline: arguments.contains(&"--lifeline"),
    })
    .unwrap();
}

/// An executable that takes the arguments of `footfall engine`.
fn script(directory: &Path) -> PathBuf {
    let path = directory.join("footfall");
    let this = std::env::current_exe().unwrap();
    let text = format!(
        "#!/bin/sh\nexport TEST_ENGINE_ARGUMENTS=\"$*\"\n\
         exec '{}' engine::tests::entry --exact --ignored --nocapture\n",
        this.display()
    );
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A supervised engine in a directory of its own.
struct Engine {
    supervisor: Supervisor,
    directory: TempDir,
}

impl Engine {
    /// Starts one and waits until it is ready; `None` where there is no library.
    async fn start() -> Option<Self> {
        Self::start_with(MEMORY_LIMIT).await
    }

    async fn start_with(memory_limit: u64) -> Option<Self> {
        let library = library()?;
        let directory = tempfile::tempdir().unwrap();
        let options = EngineOptions {
            executable: script(directory.path()),
            library,
            data: directory.path().join("engine"),
            socket: directory.path().join("engine.sock"),
            memory_limit,
            hang_limit: Duration::from_secs(60),
        };
        let engine = Self { supervisor: Supervisor::start(options).unwrap(), directory };
        engine.wait_for(|state| *state == EngineState::Ready).await;
        Some(engine)
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("engine.sock")
    }

    fn client(&self) -> Client {
        client(Connector::Unix(self.socket()), "http://engine", "", "", "")
    }

    /// A client whose database `d` has been made.
    async fn client_with_database(&self) -> Client {
        execute(&self.client(), "CREATE DATABASE d").await;
        self.client().with_database("d")
    }

    async fn wait_for(&self, wanted: impl FnMut(&EngineState) -> bool) {
        let mut state = self.supervisor.state();
        tokio::time::timeout(Duration::from_secs(60), state.wait_for(wanted)).await.unwrap().unwrap();
    }
}

async fn execute(client: &Client, sql: &str) {
    client.query(sql).execute().await.unwrap();
}

async fn count(client: &Client, table: &str) -> u64 {
    client.query(&format!("SELECT count() FROM {table}")).fetch_one().await.unwrap()
}
