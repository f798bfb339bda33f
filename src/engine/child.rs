//! What `footfall engine` does: opens the data directory and serves it until the parent is gone or asks it to end.
//!
//! The parent keeps the write end of a pipe that is the child's standard input. However the parent ends, the kernel
//! closes that end, the child reads end of file and leaves. (Linux's parent-death signal would be simpler, but it is
//! sent when the parent's *thread* ends.)

use std::fs::{DirBuilder, Permissions};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::chdb::{self, Database, Library};
use super::gateway::Gateway;
use super::handler::Handler;
use super::pool::Pool;
use super::{config, remove_if_there, writes};

/// Queries side by side.
const QUERY_SLOTS: u32 = 4;

/// How long a statement waits for a slot before it is refused.
const SLOT_PATIENCE: Duration = Duration::from_secs(60);

/// How long running statements may take to finish once the engine is to end. The supervisor waits for 10 s.
const GRACE: Duration = Duration::from_secs(8);

/// How far the engine steps back: it gets a third of what the collector gets.
const NICENESS: i32 = 5;

/// Where the engine listens.
#[derive(Debug, Clone)]
pub enum Listen {
    /// A Unix socket at this path, for its owner alone.
    Unix(PathBuf),
    /// A TCP port, as a ClickHouse server has one.
    Tcp(SocketAddr),
}

/// What the engine process is told on its command line.
#[derive(Clone)]
pub struct ChildOptions {
    /// The engine library, `libchdb.so`.
    pub library: PathBuf,
    /// The engine's own directory; made if it is not there, always of mode 0700.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// What clients must send as the password of the user `default`. Needed on any but a loopback address.
    pub password: Option<String>,
    /// The most memory all statements together may take, in bytes.
    pub memory_limit: u64,
    /// Whether to end when standard input does.
    pub lifeline: bool,
}

/// Runs the engine until its lifeline ends or SIGTERM comes. When it has run, the process **exits here**, without
/// returning, because destructors of the engine library can abort an exit.
///
/// # Errors
/// When the library, the directory or the address cannot be used.
pub fn run(options: ChildOptions) -> anyhow::Result<()> {
    check_address(&options)?;
    volunteer_for_oom();
    step_back();
    private_directory(&options.data)
        .with_context(|| format!("cannot make the engine directory {}", options.data.display()))?;
    let database = prepare(&options)?;
    ensure!(
        writes::must_succeed(),
        "this program was linked so that failed writes of the engine would pass unseen"
    );
    // Held until the end, so that the directory stays open and locked while no statement runs.
    let anchor = database.connect()?;
    let runtime = runtime().context("cannot start the engine's runtime")?;
    let finished = runtime.block_on(serve(&options, database.clone()))?;
    if let Listen::Unix(path) = &options.listen {
        remove_if_there(path);
    }
    if finished {
        drop(anchor);
        database.shut_down();
    }
    // Otherwise a statement is still running: ending amid it is what a crash would do, and as safe.
    chdb::leave(0)
}

fn check_address(options: &ChildOptions) -> anyhow::Result<()> {
    let reachable = matches!(options.listen, Listen::Tcp(address) if !address.ip().is_loopback());
    let empty = options.password.as_deref().is_none_or(str::is_empty);
    ensure!(!(reachable && empty), "listening beyond this machine needs a password");
    Ok(())
}

/// Asks the kernel to end this process before the collector when memory runs out. Raising one's own score needs no
/// rights; where there is no such file, nothing is lost.
fn volunteer_for_oom() {
    std::fs::write("/proc/self/oom_score_adj", "500").unwrap_or_default();
}

/// Lets the collector go first when both want the processor: what it takes waits on disk until there is time. It does
/// when nobody else wants it; should the kernel refuse, nothing is lost. For all threads that begin from now on.
fn step_back() {
    rustix::process::nice(NICENESS).ok();
}

fn private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
}

fn prepare(options: &ChildOptions) -> anyhow::Result<Database> {
    let data = options.data.canonicalize()?;
    let config =
        config::write(&data, options.memory_limit).context("cannot write the engine's configuration")?;
    Ok(Database::new(Library::load(&options.library)?, &data, &config)?)
}

/// One thread for all connections, since they only pass bytes on; statements have threads of their own, which go when
/// they have been idle.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().thread_keep_alive(Duration::from_secs(5)).build()
}

/// Serves until the end; true when nothing is running any more.
async fn serve(options: &ChildOptions, database: Database) -> anyhow::Result<bool> {
    let pool = Pool::new(database, QUERY_SLOTS, SLOT_PATIENCE);
    let handler = Handler { pool, password: options.password.clone() };
    let gateway = Gateway::bind(&options.listen, handler)
        .await
        .with_context(|| format!("cannot listen on {:?}", options.listen))?;
    let (stopping, stopped) = oneshot::channel();
    let serving = gateway.serve(async { stopped.await.unwrap_or_default() });
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => return Ok(true),
        outcome = asked_to_end(options.lifeline) => outcome?,
    }
    if stopping.send(()).is_err() {
        return Ok(true);
    }
    Ok(tokio::time::timeout(GRACE, serving).await.is_ok())
}

async fn asked_to_end(lifeline: bool) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let parent_gone = if lifeline { Some(watch_lifeline()?) } else { None };
    let parent_gone = async {
        match parent_gone {
            Some(gone) => gone.await.unwrap_or_default(),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = parent_gone => {}
    }
    Ok(())
}

/// Reads standard input to its end on a thread of its own: a read of it cannot be given up, so it must not hold up
/// the runtime.
fn watch_lifeline() -> io::Result<oneshot::Receiver<()>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        let mut buffer = [0; 64];
        let mut input = io::stdin().lock();
        loop {
            match input.read(&mut buffer) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
        }
        drop(sender);
    })?;
    Ok(receiver)
}
