//! Keeps the engine process running: starts it, waits until it answers, starts it again when it dies or hangs, ends it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::{EngineError, paths};

/// The pause before the first restart; it doubles with each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between restarts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// An engine that was ready for this long starts over with the first pause.
const HEALTHY: Duration = Duration::from_secs(60);
/// How long an engine may take to answer after its start. Loading many parts takes seconds, not minutes.
const START_PATIENCE: Duration = Duration::from_secs(180);
/// How long an engine may take to end by itself before it is killed.
const END_PATIENCE: Duration = Duration::from_secs(10);
/// How often a starting engine is asked whether it is ready.
const PROBE_PAUSE: Duration = Duration::from_millis(20);
/// How often a running engine is asked whether it still answers.
const PULSE: Duration = Duration::from_secs(1);
/// How long it may take to say so. What is asked is a thread of its own, however busy the others are.
const PULSE_PATIENCE: Duration = Duration::from_secs(2);
/// How long an engine may be silent, unless something else is set.
const HANG_LIMIT: Duration = Duration::from_secs(60);
/// The longest piece of the engine's standard error that becomes one log line, in bytes.
const LINE_LIMIT: u64 = 8 * 1024;

/// What the engine process is started with.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The program with the `engine` command, usually this one.
    pub executable: PathBuf,
    /// The engine library; see [`find_library`](super::find_library).
    pub library: PathBuf,
    /// The engine's own directory.
    pub data: PathBuf,
    /// Where the engine listens; see [`socket_path`](super::socket_path).
    pub socket: PathBuf,
    /// The most memory all statements together may take, in bytes.
    pub memory_limit: u64,
    /// How long an engine that ran may be silent before it is killed and started again.
    pub hang_limit: Duration,
}

impl EngineOptions {
    /// Options that start this very program.
    ///
    /// # Errors
    /// When the system cannot tell where this program is.
    pub fn new(library: PathBuf, data: PathBuf, socket: PathBuf, memory_limit: u64) -> io::Result<Self> {
        let executable = std::env::current_exe()?;
        Ok(Self { executable, library, data, socket, memory_limit, hang_limit: HANG_LIMIT })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg("engine").arg("--data").arg(&self.data).arg("--socket").arg(&self.socket);
        command.arg("--library").arg(&self.library).arg("--memory-limit").arg(self.memory_limit.to_string());
        command.arg("--lifeline");
        // On its socket the engine asks for no password, whatever the collector's own environment says.
        command.env_remove("FOOTFALL_GATEWAY_PASSWORD");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        // A group of its own: Ctrl-C is for the collector, which still needs the engine to finish its work.
        command.process_group(0).kill_on_drop(true);
        command
    }
}

/// What the engine is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineState {
    /// The process was started and does not answer yet.
    Starting,
    /// Statements can be sent.
    Ready,
    /// The process runs and does not answer any more. It may come back by itself, or is killed.
    Silent,
    /// The process has ended and will be started again after a pause.
    Down {
        /// How many starts have failed or ended since the engine was last healthy for a minute.
        since_restart_attempts: u32,
        /// Why it is down.
        reason: String,
    },
}

/// A running engine. Dropping it ends the engine as well, only without waiting.
pub struct Supervisor {
    state: watch::Receiver<EngineState>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Starts the engine and keeps it running. Returns at once; [`state`](Self::state) tells when it is ready. Must
    /// be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is no engine library or no executable, which no restart would change.
    pub fn start(options: EngineOptions) -> Result<Self, EngineError> {
        if !options.library.is_file() {
            return Err(EngineError::LibraryMissing(options.library));
        }
        if !options.executable.is_file() {
            let source = io::ErrorKind::NotFound.into();
            return Err(EngineError::Io { action: "cannot start", path: options.executable, source });
        }
        let (sender, state) = watch::channel(EngineState::Starting);
        let (stop, stopped) = oneshot::channel();
        let keeper = Keeper { options, state: sender, stopped };
        Ok(Self { state, stop, task: tokio::spawn(keeper.keep_running()) })
    }

    /// What the engine is doing, and each change of it.
    pub fn state(&self) -> watch::Receiver<EngineState> {
        self.state.clone()
    }

    /// Ends the engine: closes its lifeline, waits up to ten seconds, then kills it.
    pub async fn shutdown(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the engine's supervisor failed");
        }
    }
}

/// The task behind a [`Supervisor`].
struct Keeper {
    options: EngineOptions,
    state: watch::Sender<EngineState>,
    stopped: oneshot::Receiver<()>,
}

/// How one life of the engine ended.
enum End {
    /// The supervisor was told to stop.
    Stopped,
    /// The process ended by itself or never answered.
    Died { ready_for: Duration, reason: String },
}

impl Keeper {
    async fn keep_running(mut self) {
        let mut attempts: u32 = 0;
        while let End::Died { ready_for, reason } = self.one_life().await {
            attempts = if ready_for >= HEALTHY { 1 } else { attempts.saturating_add(1) };
            let pause = pause_before(attempts);
            tracing::error!(reason, attempts, ?pause, "the engine is down and will be started again");
            self.state.send_replace(EngineState::Down { since_restart_attempts: attempts, reason });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = &mut self.stopped => break,
            }
        }
        paths::remove_socket(&self.options.socket);
    }

    async fn one_life(&mut self) -> End {
        self.state.send_replace(EngineState::Starting);
        // The file of a former life would only be mistaken for this one's.
        super::remove_if_there(&self.options.socket);
        let mut child = match self.options.command().spawn() {
            Ok(child) => child,
            Err(error) => return died(Duration::ZERO, format!("cannot start it: {error}")),
        };
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log_lines(stderr));
        }
        // Kept apart, because waiting for a child closes the standard input it still has.
        let lifeline = child.stdin.take();
        let end = self.watch_over(&mut child).await;
        drop(lifeline);
        end_child(&mut child).await;
        end
    }

    async fn watch_over(&mut self, child: &mut Child) -> End {
        tokio::select! {
            () = answers(&self.options.socket) => {}
            status = child.wait() => return died(Duration::ZERO, ended(status)),
            () = tokio::time::sleep(START_PATIENCE) => {
                return died(Duration::ZERO, "it does not answer".to_owned());
            }
            _ = &mut self.stopped => return End::Stopped,
        }
        let since = Instant::now();
        self.state.send_replace(EngineState::Ready);
        tokio::select! {
            status = child.wait() => return died(since.elapsed(), ended(status)),
            () = hangs(&self.state, &self.options) => {}
            _ = &mut self.stopped => return End::Stopped,
        }
        // Nobody is there to be asked to end.
        let reason = match child.start_kill() {
            Ok(()) => {
                format!("it was silent for {} seconds and is killed", self.options.hang_limit.as_secs())
            }
            Err(error) => format!("it hangs and cannot be killed: {error}"),
        };
        died(Duration::ZERO, reason)
    }
}

fn died(ready_for: Duration, reason: String) -> End {
    End::Died { ready_for, reason }
}

fn ended(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("it ended: {status}"),
        Err(error) => format!("it cannot be waited for: {error}"),
    }
}

fn pause_before(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

/// Waits for a process whose lifeline is cut, and kills it if it does not end. A dead one is reaped.
async fn end_child(child: &mut Child) {
    if tokio::time::timeout(END_PATIENCE, child.wait()).await.is_ok() {
        return;
    }
    tracing::warn!("the engine does not end and is killed");
    if let Err(error) = child.kill().await {
        tracing::error!(%error, "the engine cannot be killed");
    }
}

/// Waits until an engine answers on the socket.
async fn answers(socket: &Path) {
    while !is_ready(socket).await.unwrap_or(false) {
        tokio::time::sleep(PROBE_PAUSE).await;
    }
}

/// Returns when a running engine has been silent for as long as it may; tells until then whether it answers.
///
/// Silence is counted in questions without an answer, not by the clock: when this process has been stopped as well, the
/// time that has passed says nothing.
async fn hangs(state: &watch::Sender<EngineState>, options: &EngineOptions) {
    let mut silence = Duration::ZERO;
    while silence < options.hang_limit {
        tokio::time::sleep(PULSE).await;
        let asked = tokio::time::timeout(PULSE_PATIENCE, is_ready(&options.socket)).await;
        let is_silent = !matches!(asked, Ok(Ok(true)));
        silence = if is_silent { silence + PULSE + PULSE_PATIENCE } else { Duration::ZERO };
        let now = if is_silent { EngineState::Silent } else { EngineState::Ready };
        state.send_if_modified(|state| {
            let is_news = *state != now;
            *state = now;
            is_news
        });
    }
}

async fn is_ready(socket: &Path) -> io::Result<bool> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(b"GET /ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200 "))
}

/// Passes what the engine prints to the log, line by line; bytes that are no UTF-8 are replaced.
async fn log_lines(stderr: ChildStderr) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE_LIMIT).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                tracing::warn!(target: "footfall::engine", "{}", String::from_utf8_lossy(&line).trim_end())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_seconds() {
        let millis: Vec<u128> = (1..=9).map(|attempt| pause_before(attempt).as_millis()).collect();
        assert_eq!(millis, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(pause_before(u32::MAX), LONGEST_PAUSE);
    }
}
