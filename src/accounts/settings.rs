//! Settings of the server that its operator changes while it runs.

use rusqlite::{Connection, OptionalExtension};

use super::sites::SiteSearch;
use super::{AccountError, Result};

/// Parameters that hold a search keyword unless the operator says otherwise (Matomo's).
const SEARCH_KEYWORDS: [&str; 8] = ["q", "query", "s", "search", "searchword", "k", "keyword", "keywords"];

/// The search parameters of sites that name none of their own.
pub(super) fn search(db: &Connection) -> Result<SiteSearch> {
    let keywords = value(db, "search_keywords")?.map(|text| list(&text)).transpose()?;
    let categories = value(db, "search_categories")?.map(|text| list(&text)).transpose()?;
    Ok(SiteSearch {
        keywords: keywords.unwrap_or_else(|| SEARCH_KEYWORDS.map(str::to_owned).to_vec()),
        categories: categories.unwrap_or_default(),
    })
}

fn value(db: &Connection, name: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM settings WHERE name = ?1";
    Ok(db.query_row(sql, [name], |row| row.get(0)).optional()?)
}

/// A list as the database holds it: a JSON array of texts.
pub(super) fn list(json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json)
        .map_err(|error| AccountError::Database(format!("{json:?} is no list of texts: {error}")))
}
