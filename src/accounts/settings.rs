//! Settings of the server that its operator changes while it runs.

use rusqlite::{Connection, OptionalExtension, params};

use super::input;
use super::sites::SiteSearch;
use super::{AccountError, Accounts, Result};

/// Parameters that hold a search keyword unless the operator says otherwise (Matomo's).
const SEARCH_KEYWORDS: [&str; 8] = ["q", "query", "s", "search", "searchword", "k", "keyword", "keywords"];

/// Longest name of a parameter, in characters.
const MAX_PARAMETER: usize = 100;

impl Accounts {
    /// The search parameters of sites that name none of their own.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn default_search(&self) -> Result<SiteSearch> {
        self.with_db(|db| search(db))
    }

    /// Sets the search parameters of sites that name none of their own.
    ///
    /// # Errors
    /// When a name is not acceptable.
    pub fn set_default_search(&self, search: &SiteSearch) -> Result<()> {
        let keywords = input::list(&search.keywords, parameter)?;
        let categories = input::list(&search.categories, parameter)?;
        self.write(|db| {
            let change = db.transaction()?;
            set(&change, "search_keywords", &keywords)?;
            set(&change, "search_categories", &categories)?;
            Ok(change.commit()?)
        })
    }
}

/// The name of a query parameter, in lower case.
pub(super) fn parameter(name: &str) -> Result<String> {
    match name.chars().count() <= MAX_PARAMETER {
        true => Ok(name.to_lowercase()),
        false => {
            Err(AccountError::Invalid(format!("a parameter's name has at most {MAX_PARAMETER} characters")))
        }
    }
}

/// The search parameters of sites that name none of their own.
pub(super) fn search(db: &Connection) -> Result<SiteSearch> {
    let keywords = value(db, "search_keywords")?.map(|text| list(&text)).transpose()?;
    let categories = value(db, "search_categories")?.map(|text| list(&text)).transpose()?;
    Ok(SiteSearch {
        keywords: keywords.unwrap_or_else(|| SEARCH_KEYWORDS.map(str::to_owned).to_vec()),
        categories: categories.unwrap_or_default(),
    })
}

fn set(db: &Connection, name: &str, list: &[String]) -> Result<()> {
    let json = serde_json::Value::from(list).to_string();
    db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", params![name, json])?;
    Ok(())
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
