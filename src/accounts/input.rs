//! Checks of what people type.

use url::Url;

use super::{AccountError, Result};

/// Longest name, in characters.
const MAX_NAME: usize = 200;

/// A name for people: trimmed, not blank, not endless.
pub(super) fn name(text: &str) -> Result<&str> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(AccountError::Invalid(format!("a name has 1 to {MAX_NAME} characters")));
    }
    Ok(name)
}

/// An address that a browser can open, for a site or a banner.
pub(super) fn web_url(text: &str) -> Result<Url> {
    Url::parse(text.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .ok_or_else(|| {
            AccountError::Invalid(format!(
                "{text:?} is no web address: it must begin with https:// or http://"
            ))
        })
}

/// The address is sent as it stands, in a header: it must be a plain web address that needs no repair.
pub(super) fn destination(text: &str) -> Result<()> {
    web_url(text)?;
    let clean = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('\\');
    let authority = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    match clean && authority {
        true => Ok(()),
        false => {
            Err(AccountError::Invalid(format!("{text:?} is no web address that can be sent as it stands")))
        }
    }
}
