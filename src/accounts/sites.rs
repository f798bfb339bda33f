//! Sites.

use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use regex::{Regex, RegexBuilder};
use rusqlite::{Connection, Row, params};

use super::goals::{self, Goal};
use super::zones::{self, Zones};
use super::{AccountError, Accounts, Result, settings};

/// A site whose visits are counted.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its number, from 1.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Hosts that are the site itself, lower case, without `www.`: of its address and of its aliases.
    pub hosts: Vec<String>,
    /// The time zones that its days are counted in.
    pub zones: Zones,
    /// How its visitors are told apart.
    pub identity: Identity,
    /// When it was added, Unix seconds.
    pub created_at: i64,
    /// When its first hit was counted, Unix seconds.
    pub first_hit_at: Option<i64>,
    /// What its operator has decided about it.
    pub settings: SiteSettings,
    /// Its goals, by number.
    pub goals: Vec<Goal>,
}

impl Site {
    /// The time zone that its calendar follows at a moment.
    pub fn zone(&self, time: Timestamp) -> &TimeZone {
        self.zones.at(time)
    }
}

/// What the operator of a site has decided about it.
#[derive(Clone, Debug)]
pub struct SiteSettings {
    /// Further addresses of the site.
    pub aliases: Vec<String>,
    /// Query parameters that pages don't keep: names in lower case, or regular expressions.
    pub excluded_parameters: Vec<Rule>,
    /// Networks whose hits are not counted.
    pub excluded_addresses: Vec<IpNet>,
    /// User agents whose hits are not counted.
    pub excluded_agents: Vec<Rule>,
    /// Hosts that don't count as referrers, without `www.`.
    pub excluded_referrers: Vec<String>,
    /// Whether pages on other hosts are not counted.
    pub exclude_unknown_urls: bool,
    /// Whether a page's fragment is a part of its address.
    pub keep_fragment: bool,
    /// Whether the site sells.
    pub ecommerce: bool,
    /// How searches are found in addresses; `None` when the site has no search.
    pub search: Option<SiteSearch>,
}

/// Query parameters of a site's own search, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSearch {
    /// Those that hold the keyword.
    pub keywords: Vec<String>,
    /// Those that hold the category.
    pub categories: Vec<String>,
}

/// A rule of an operator: a text, or `/a regular expression/`.
#[derive(Clone, Debug)]
pub enum Rule {
    /// A text, in lower case.
    Text(String),
    /// A regular expression; case doesn't count.
    Pattern(Regex),
}

impl Rule {
    /// Reads a rule as an operator wrote it; `None` when it is blank or no regular expression.
    pub fn parse(written: &str) -> Option<Rule> {
        let text = written.trim();
        let pattern =
            text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|p| !p.is_empty());
        match pattern {
            Some(pattern) => {
                let regex = RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build();
                regex.ok().map(Rule::Pattern)
            }
            None => (!text.is_empty()).then(|| Rule::Text(text.to_lowercase())),
        }
    }

    /// Whether a name, in lower case, is the rule's text or matches its pattern.
    pub fn is(&self, name: &str) -> bool {
        match self {
            Rule::Text(text) => text == name,
            Rule::Pattern(pattern) => pattern.is_match(name),
        }
    }

    /// Whether a text, in lower case, has the rule's text in it or matches its pattern.
    pub fn is_in(&self, text: &str) -> bool {
        match self {
            Rule::Text(part) => text.contains(part.as_str()),
            Rule::Pattern(pattern) => pattern.is_match(text),
        }
    }
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
#[derive(Clone, Debug)]
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

pub(super) fn all(db: &Connection) -> Result<Vec<Site>> {
    let defaults = settings::search(db)?;
    let mut query = db.prepare(
        "SELECT id, name, url, timezone, identity, first_hit_at, aliases, excluded_parameters, excluded_addresses,
                excluded_agents, excluded_referrers, exclude_unknown_urls, keep_fragment, ecommerce, site_search,
                search_keywords, search_categories, created_at
         FROM sites ORDER BY id",
    )?;
    let sites = query
        .query_map([], |row| Ok(site(db, row, &defaults)))?
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut sites = sites.into_iter().collect::<Result<Vec<_>>>()?;
    for (site_id, goal) in goals::all(db)? {
        if let Some(site) = sites.iter_mut().find(|site| site.id == site_id) {
            site.goals.push(goal);
        }
    }
    Ok(sites)
}

fn site(db: &Connection, row: &Row<'_>, defaults: &SiteSearch) -> Result<Site> {
    let url: String = row.get(2)?;
    let timezone: String = row.get(3)?;
    let identity: String = row.get(4)?;
    let settings = site_settings(row, defaults)?;
    let addresses = std::iter::once(&url).chain(&settings.aliases);
    let id = row.get(0)?;
    Ok(Site {
        id,
        name: row.get(1)?,
        hosts: addresses.filter_map(|url| crate::privacy::page_url::host(url)).collect(),
        zones: zones::of_site(db, id, &timezone)?,
        identity: identity.parse().map_err(AccountError::Database)?,
        created_at: row.get(17)?,
        first_hit_at: row.get(5)?,
        settings,
        goals: Vec::new(),
        url,
    })
}

fn site_settings(row: &Row<'_>, defaults: &SiteSearch) -> Result<SiteSettings> {
    let list = |index: usize| settings::list(&row.get::<_, String>(index)?);
    let rules = |index| list(index).map(|rules| rules.iter().filter_map(|rule| Rule::parse(rule)).collect());
    let or = |own: Vec<String>, default: &Vec<String>| if own.is_empty() { default.clone() } else { own };
    let has_search: bool = row.get(14)?;
    let search = SiteSearch {
        keywords: or(list(15)?, &defaults.keywords),
        categories: or(list(16)?, &defaults.categories),
    };
    Ok(SiteSettings {
        aliases: list(6)?,
        excluded_parameters: rules(7)?,
        excluded_addresses: list(8)?.iter().filter_map(|network| network.parse().ok()).collect(),
        excluded_agents: rules(9)?,
        excluded_referrers: list(10)?,
        exclude_unknown_urls: row.get(11)?,
        keep_fragment: row.get(12)?,
        ecommerce: row.get(13)?,
        search: has_search.then_some(search),
    })
}
