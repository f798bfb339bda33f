//! Sites, users and tokens from the command line. They work while the server runs, and it takes notice by itself.

use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use crate::accounts::{AccountError, Accounts, Identity, NewSite, Role, zone_name};
use crate::clock::Clock;
use crate::config::Config;
use crate::secret::{hex, random};
use crate::server::open_folder;

/// Longest password that is read, in bytes.
const MAX_INPUT: u64 = 4_096;

pub(super) fn open(config: &Config) -> Result<Accounts> {
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

/// `footfall site list`: a line each.
pub(super) fn list_sites(config: &Config) -> Result<()> {
    let now = Clock::system().now();
    for site in open(config)?.directory().sites() {
        let identity = site.identity.as_str();
        println!("{}\t{}\t{}\t{}\t{identity}", site.id, site.name, site.url, zone_name(site.zone(now)));
    }
    Ok(())
}

/// `footfall site delete`: only when it is said twice.
pub(super) fn delete_site(config: &Config, id: u32, is_sure: bool) -> Result<()> {
    let accounts = open(config)?;
    let Some(site) = accounts.directory().site(id).cloned() else {
        bail!("there is no site {id}: `footfall site list` shows those there are");
    };
    if !is_sure {
        bail!(
            "this deletes site {id}, {:?}, and everything counted for it: add --yes if that is meant",
            site.name
        );
    }
    Ok(accounts.delete_site(id, Clock::system().now())?)
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

/// `footfall token list`: a line each. What a token says itself is not known any more.
pub(super) fn list_tokens(config: &Config) -> Result<()> {
    for token in open(config)?.tokens()? {
        let site = token.site.map_or("all sites".to_owned(), |site| format!("site {site}"));
        let created = Timestamp::from_second(token.created_at)?;
        println!("{}\t{}\t{site}\t{created}", token.id, token.role.as_str());
    }
    Ok(())
}

/// `footfall token revoke`
pub(super) fn revoke_token(config: &Config, id: &str) -> Result<()> {
    match open(config)?.revoke_token(id) {
        Err(AccountError::NotFound) => {
            bail!("there is no token {id}: `footfall token list` shows those there are")
        }
        result => Ok(result?),
    }
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
