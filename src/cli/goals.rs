//! Goals from the command line.

use anyhow::{Result, bail};

use super::accounts::open;
use crate::accounts::{AccountError, NewGoal};
use crate::config::Config;

/// `footfall goal add`
pub(super) fn add(config: &Config, site: u32, goal: NewGoal) -> Result<()> {
    match open(config)?.add_goal(site, goal) {
        Err(AccountError::NotFound) => {
            bail!("there is no site {site}: `footfall site list` shows those there are")
        }
        result => println!("{}", result?),
    }
    Ok(())
}

/// `footfall goal list`: a line each.
pub(super) fn list(config: &Config, site: u32) -> Result<()> {
    let directory = open(config)?.directory();
    let Some(site) = directory.site(site) else {
        bail!("there is no site {site}: `footfall site list` shows those there are");
    };
    for goal in &site.goals {
        let (attribute, kind) = (goal.attribute.as_str(), goal.pattern_type.as_str());
        match goal.pattern.is_empty() {
            true => println!("{}\t{}\t{attribute}", goal.id, goal.name),
            false => println!("{}\t{}\t{attribute} {kind} {}", goal.id, goal.name, goal.pattern),
        }
    }
    Ok(())
}

/// `footfall goal delete`
pub(super) fn delete(config: &Config, site: u32, goal: u32) -> Result<()> {
    match open(config)?.delete_goal(site, goal) {
        Err(AccountError::NotFound) => {
            bail!("site {site} has no goal {goal}: `footfall goal list --site {site}` shows those it has")
        }
        result => Ok(result?),
    }
}
