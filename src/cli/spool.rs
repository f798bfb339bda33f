//! `footfall spool`: looks at the files, changes nothing, and works while the server runs.

use anyhow::{Result, bail};

use crate::config::Config;
use crate::spool;

/// `footfall spool inspect`
pub(super) fn inspect(config: &Config) -> Result<()> {
    print!("{}", spool::inspect(&config.data.join("spool"))?);
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
