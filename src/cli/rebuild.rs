//! `footfall rebuild`

use anyhow::{Result, bail};
use jiff::civil::{Date, date};

use crate::accounts::{AccountError, Accounts};
use crate::config::Config;
use crate::server::open_folder;

/// Asks for days to be sealed again. The request is kept beside the accounts, so it works whether a server runs or not.
pub(super) fn run(config: &Config, site: Option<u32>, from: Option<Date>, to: Option<Date>) -> Result<()> {
    open_folder(&config.data)?;
    let accounts = Accounts::open(&config.data.join("accounts.db"))?;
    let from = from.unwrap_or(date(1970, 1, 1)).max(date(1970, 1, 1));
    let to = to.unwrap_or(date(2148, 12, 31)).min(date(2148, 12, 31));
    match accounts.ask_for_rebuild(site, from, to) {
        Err(AccountError::NotFound) => {
            bail!("there is no such site: `footfall rebuild` without --site takes all")
        }
        result => result?,
    }
    println!("The server will seal these days again, one after another; reports stay as they are meanwhile.");
    Ok(())
}
