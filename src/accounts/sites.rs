//! Sites.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, params};

use super::input::{name, web_url};
use super::{AccountError, Accounts, Result};

/// A site whose visits are counted.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its number, from 1.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Hosts that are the site itself, lower case, without `www.`.
    pub hosts: Vec<String>,
    /// IANA name of its time zone.
    pub timezone: String,
    /// The time zone that its days are counted in.
    pub zone: TimeZone,
    /// How its visitors are told apart.
    pub identity: Identity,
    /// When its first hit was counted, Unix seconds.
    pub first_hit_at: Option<i64>,
}

/// How a site's visitors are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By a hash that dies with the day; ids that clients send are ignored.
    Daily,
    /// By the ids that clients send, hashed: the operator states that they arrive with consent alone.
    Consented,
}

impl Identity {
    /// The name in the database, the API and the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Identity::Daily => "daily",
            Identity::Consented => "consented",
        }
    }
}

impl FromStr for Identity {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Identity, String> {
        match text {
            "daily" => Ok(Identity::Daily),
            "consented" => Ok(Identity::Consented),
            _ => Err(format!("{text:?} is no identity: daily or consented")),
        }
    }
}

/// What a new site is made of.
pub struct NewSite {
    /// Name, not blank.
    pub name: String,
    /// Address, http or https.
    pub url: String,
    /// IANA name of the time zone.
    pub timezone: String,
    /// How visitors are told apart.
    pub identity: Identity,
}

impl Accounts {
    /// Adds a site and gives its number.
    ///
    /// # Errors
    /// When a value is not acceptable.
    pub fn add_site(&self, site: &NewSite, now: Timestamp) -> Result<u32> {
        let name = name(&site.name)?;
        let url = web_url(&site.url)?;
        zone(&site.timezone)?;
        self.write(|db| {
            db.execute(
                "INSERT INTO sites (name, url, timezone, identity, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![name, url.as_str(), site.timezone, site.identity.as_str(), now.as_second()],
            )?;
            Ok(u32::try_from(db.last_insert_rowid()).unwrap_or(0))
        })
    }

    /// Remembers when a site's first hit was counted, once.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn note_first_hit(&self, site: u32, time: i64) -> Result<()> {
        self.write(|db| {
            db.execute(
                "UPDATE sites SET first_hit_at = ?2 WHERE id = ?1 AND first_hit_at IS NULL",
                params![site, time],
            )?;
            Ok(())
        })
    }
}

fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        AccountError::Invalid(format!("{name:?} is no time zone: use a name like Europe/Amsterdam"))
    })
}

pub(super) fn all(db: &Connection) -> Result<Vec<Site>> {
    let mut query = db.prepare("SELECT id, name, url, timezone, identity, first_hit_at FROM sites")?;
    let sites = query.query_map([], |row| Ok(site(row)))?.collect::<std::result::Result<Vec<_>, _>>()?;
    sites.into_iter().collect()
}

fn site(row: &Row<'_>) -> Result<Site> {
    let url: String = row.get(2)?;
    let timezone: String = row.get(3)?;
    let identity: String = row.get(4)?;
    Ok(Site {
        id: row.get(0)?,
        name: row.get(1)?,
        hosts: crate::privacy::page_url::host(&url).into_iter().collect(),
        zone: zone(&timezone)?,
        identity: identity.parse().map_err(AccountError::Database)?,
        first_hit_at: row.get(5)?,
        url,
        timezone,
    })
}
