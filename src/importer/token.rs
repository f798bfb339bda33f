//! What the importer shows the server.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::Options;
use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::config::Config;

/// Where a token is looked for before one is made.
const VARIABLE: &str = "FOOTFALL_TOKEN";

/// A token that may send hits to the site.
#[derive(Clone)]
pub(super) struct Token {
    text: String,
    /// The database that it was made in for this import.
    made_in: Option<PathBuf>,
}

impl Token {
    /// The token in the environment, or one that is made in the data folder.
    pub fn find_or_make(config: &Config, options: &Options) -> Result<Token> {
        if let Ok(text) = std::env::var(VARIABLE) {
            return Ok(Token { text: text.trim().to_owned(), made_in: None });
        }
        let path = config.data.join("accounts.db");
        if options.url.is_some() && !path.is_file() {
            bail!(
                "no token for that server: make one there with `footfall token create --role write --site {}`, \
                 and put it into {VARIABLE}",
                options.site
            );
        }
        let text = Accounts::open(&path)?.create_import_token(options.site, Clock::system().now())?;
        Ok(Token { text, made_in: Some(path) })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Removes a token that was made.
    pub fn remove(&self) {
        let Some(path) = &self.made_in else { return };
        if let Err(error) = Accounts::open(path).and_then(|accounts| accounts.remove_token(&self.text)) {
            tracing::warn!(%error, "the token of this import could not be removed; a later import will do it");
        }
    }
}
