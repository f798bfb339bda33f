//! placeholder
use crate::config::Config;
use anyhow::Result;
/// Runs.
pub fn run(_: &Config, _: u32) -> Result<()> {
    Ok(())
}
