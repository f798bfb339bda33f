//! `footfall spool`: looks at the files, and works while the server runs.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::accounts::{Accounts, Quarantined};
use crate::client::Client;
use crate::config::Config;
use crate::spool;

/// Longest wait for a server to have sent what is in quarantine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `footfall spool inspect`
pub(super) fn inspect(config: &Config) -> Result<()> {
    print!("{}", spool::inspect(&config.data.join("spool"))?);
    if let Some(accounts) = accounts(config)? {
        print_quarantine(&accounts.quarantine()?);
    }
    Ok(())
}

/// `footfall spool verify`
pub(super) fn verify(config: &Config) -> Result<()> {
    let problems = spool::verify(&config.data.join("spool"))?;
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => println!("The spool is whole."),
        count => bail!(
            "{count} problems: what is damaged is kept in the spool's quarantine folder when the server starts"
        ),
    }
    Ok(())
}

/// `footfall spool retry-quarantined`
pub(super) fn retry_quarantined(config: &Config) -> Result<()> {
    let Some(accounts) = accounts(config)? else {
        println!("Nothing is in quarantine.");
        return Ok(());
    };
    let files = accounts.quarantine()?;
    let rows: Vec<&Quarantined> = files.iter().filter(|file| file.file.ends_with(".rows.jsonl")).collect();
    for file in &rows {
        accounts.ask_for_retry(&file.file)?;
    }
    if !rows.is_empty() && !is_running(config)? {
        println!("No server runs now: the next one sends {} files once more when it starts.", rows.len());
        return Ok(());
    }
    let start = Instant::now();
    while !accounts.retries()?.is_empty() {
        if start.elapsed() > PATIENCE {
            bail!("the server has not sent everything in {} seconds; it goes on trying", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let left = accounts.quarantine()?;
    println!("{} of {} files have left the quarantine.", files.len() - left.len(), files.len());
    print_quarantine(&left);
    match left.len() {
        0 => Ok(()),
        count => bail!("{count} files stay in quarantine: mend what is wrong there, or in the database"),
    }
}

fn print_quarantine(files: &[Quarantined]) {
    for Quarantined { file, records, error } in files {
        println!("quarantine: {file}: {records} records: {}", error.escape_debug());
    }
}

/// The accounts' database, which knows what is in quarantine; none before the first start.
fn accounts(config: &Config) -> Result<Option<Accounts>> {
    let path = config.data.join("accounts.db");
    Ok(path.is_file().then(|| Accounts::open(&path)).transpose()?)
}

fn is_running(config: &Config) -> Result<bool> {
    let Ok(address) = fs::read_to_string(config.data.join("server.address")) else { return Ok(false) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.context("can't start the runtime")?.block_on(Client::new(&address).is_alive()))
}
