//! Sites, users and tokens from the command line. They work while the server runs, and it takes notice by itself.

use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, Result, bail};

use crate::accounts::{AccountError, Accounts, Identity, NewSite, Role};
use crate::clock::Clock;
use crate::config::Config;
use crate::secret::{hex, random};
use crate::server::open_folder;

/// Longest password that is read, in bytes.
const MAX_INPUT: u64 = 4_096;

fn open(config: &Config) -> Result<Accounts> {
    open_folder(&config.data)?;
    Ok(Accounts::open(&config.data.join("accounts.db"))?)
}

/// `footfall site add`
pub(super) fn add_site(
    config: &Config,
    name: String,
    url: String,
    timezone: String,
    identity: Identity,
) -> Result<()> {
    let site = NewSite { name, url, timezone, identity };
    println!("{}", open(config)?.add_site(&site, Clock::system().now())?);
    Ok(())
}

/// `footfall user add`
pub(super) fn add_user(config: &Config, email: &str, role: Role) -> Result<()> {
    let accounts = open(config)?;
    let (password, is_new) = password()?;
    accounts.add_user(email, &password, role, Clock::system().now())?;
    show(is_new.then_some(password));
    Ok(())
}

/// `footfall user password`
pub(super) fn set_password(config: &Config, email: &str) -> Result<()> {
    let accounts = open(config)?;
    let (password, is_new) = password()?;
    match accounts.set_password(email, &password) {
        Err(AccountError::NotFound) => bail!("{email} has no account: add one with `footfall user add`"),
        result => result?,
    }
    show(is_new.then_some(password));
    Ok(())
}

/// `footfall token create`
pub(super) fn create_token(config: &Config, site: Option<u32>, role: Role) -> Result<()> {
    println!("{}", open(config)?.create_token(role, site, Clock::system().now())?);
    Ok(())
}

/// The password on standard input, or a new one when nothing is there.
fn password() -> Result<(String, bool)> {
    let mut text = String::new();
    if !stdin().is_terminal() {
        stdin()
            .take(MAX_INPUT)
            .read_to_string(&mut text)
            .context("can't read the password from standard input")?;
    }
    match text.trim_end_matches(['\r', '\n']) {
        "" => Ok((hex(&random::<12>()), true)),
        given => Ok((given.to_owned(), false)),
    }
}

fn show(password: Option<String>) {
    if let Some(password) = password {
        println!("{password}");
    }
}
