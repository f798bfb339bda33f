//! The server that the demo is sent to: the one that runs on this data folder, or a child for the duration.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::client::Client;
use crate::config::Config;

/// Longest wait for the child's first answer.
const START: Duration = Duration::from_secs(30);

/// Longest wait for the child's end.
const STOP: Duration = Duration::from_secs(30);

/// A running server.
pub(super) struct Host {
    /// To talk to it.
    pub client: Client,
    child: Option<Child>,
}

impl Host {
    /// Finds the server that runs on the data folder, or starts one.
    pub async fn find_or_start(config: &Config) -> Result<Host> {
        if let Some(client) = running(config).await {
            return Ok(Host { client, child: None });
        }
        let mut child = spawn(config)?;
        let start = Instant::now();
        loop {
            if child.try_wait()?.is_some() {
                bail!("no server runs here, and one can't be started: {}", last_words(&mut child).await);
            }
            if let Some(client) = running(config).await {
                let child = Some(child);
                return Ok(Host { client, child });
            }
            if start.elapsed() > START {
                bail!("the server does not answer: start it with `footfall serve` and try again");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the server goes when the demo is done.
    pub fn is_own(&self) -> bool {
        self.child.is_some()
    }

    /// The dashboard of a site, as a browser reaches it. A public address that nobody has set follows from the setting
    /// for listening, which the command line may have overruled for a server that runs already.
    pub fn dashboard(&self, config: &Config, site: u32) -> String {
        let is_default = config.public_url == format!("http://{}", config.listen);
        let base = match is_default && !self.is_own() {
            true => format!("http://{}", reachable(self.client.address())),
            false => config.public_url.clone(),
        };
        format!("{base}/sites/{site}")
    }

    /// Lets a child finish its work; a server that was there before stays.
    pub async fn stop(self) -> Result<()> {
        let Some(mut child) = self.child else {
            return Ok(());
        };
        if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM).context("can't stop the server of the demo")?;
        }
        let status = timeout(STOP, child.wait()).await.context("the server of the demo does not stop")??;
        match status.success() {
            true => Ok(()),
            false => bail!("the server of the demo failed: {}", last_words(&mut child).await),
        }
    }
}

/// The server that runs on this data folder.
async fn running(config: &Config) -> Option<Client> {
    let address = fs::read_to_string(config.data.join("server.address")).ok()?;
    let client = Client::new(&address);
    client.is_alive().await.then_some(client)
}

/// This program once more. It ends with the demo, whatever happens; what it has acknowledged is on disk. It writes
/// errors alone, which are few enough to wait in the pipe until they are wanted.
fn spawn(config: &Config) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg("--data").arg(&config.data);
    command.args(["--listen", "127.0.0.1:0"]).args(config_arguments());
    command.env("FOOTFALL_LOG", "error");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().context("can't start a server")
}

/// The configuration file that this command was given: the child reads it as well. The environment it has anyway.
fn config_arguments() -> Vec<OsString> {
    let is_config = |argument: &OsString| argument.to_string_lossy().starts_with("--config");
    let mut arguments = std::env::args_os().skip_while(|argument| !is_config(argument));
    let Some(first) = arguments.next() else {
        return Vec::new();
    };
    let value = (first == "--config").then(|| arguments.next()).flatten();
    std::iter::once(first).chain(value).collect()
}

/// The last line that a child has written before it ended.
async fn last_words(child: &mut Child) -> String {
    let mut text = Vec::new();
    if let Some(output) = child.stderr.as_mut()
        && output.read_to_end(&mut text).await.is_err()
    {
        text.clear();
    }
    let text = String::from_utf8_lossy(&text);
    text.lines().last().unwrap_or("it says nothing").trim_start_matches("footfall: ").to_owned()
}

/// An address that a browser can open: a server that listens everywhere is here as well.
fn reachable(address: &str) -> String {
    match address.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => format!("127.0.0.1:{}", address.port()),
        _ => address.to_owned(),
    }
}
