//! A site as its operator fills it in: adding, changing and deleting sites.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::input::{list, name, network, referrer, web_url};
use super::zones::{self, zone, zone_name};
use super::{AccountError, Accounts, Identity, NewSite, Result, Rule, settings};

/// Everything about a site that its operator decides, as it is written: names of [`super::SiteSettings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteForm {
    /// Name, not blank.
    pub name: String,
    /// Address, http or https.
    pub url: String,
    /// Further addresses.
    pub aliases: Vec<String>,
    /// IANA name of the time zone; the one to come, while one is to come.
    pub timezone: String,
    /// How visitors are told apart.
    pub identity: Identity,
    /// Query parameters that pages don't keep: names, or `/regular expressions/`.
    pub excluded_parameters: Vec<String>,
    /// Networks or addresses whose hits are not counted.
    pub excluded_addresses: Vec<String>,
    /// Parts of user agents, or `/regular expressions/`, whose hits are not counted.
    pub excluded_agents: Vec<String>,
    /// Hosts that don't count as referrers; `.host` for all below as well.
    pub excluded_referrers: Vec<String>,
    /// Whether pages on other hosts are not counted.
    pub exclude_unknown_urls: bool,
    /// Whether a page's fragment is a part of its address.
    pub keep_fragment: bool,
    /// Whether the site sells.
    pub ecommerce: bool,
    /// Whether the site has a search of its own.
    pub site_search: bool,
    /// Parameters that hold its keyword; none for the server's.
    pub search_keywords: Vec<String>,
    /// Parameters that hold its category; none for the server's.
    pub search_categories: Vec<String>,
}

impl SiteForm {
    /// A site with nothing decided beyond what it is made of.
    pub fn new(site: NewSite) -> SiteForm {
        SiteForm {
            name: site.name,
            url: site.url,
            aliases: Vec::new(),
            timezone: site.timezone,
            identity: site.identity,
            excluded_parameters: Vec::new(),
            excluded_addresses: Vec::new(),
            excluded_agents: Vec::new(),
            excluded_referrers: Vec::new(),
            exclude_unknown_urls: false,
            keep_fragment: false,
            ecommerce: false,
            site_search: true,
            search_keywords: Vec::new(),
            search_categories: Vec::new(),
        }
    }

    /// The form as it is stored.
    fn checked(self) -> Result<SiteForm> {
        Ok(SiteForm {
            name: name(&self.name)?.to_owned(),
            url: web_url(&self.url)?.to_string(),
            aliases: list(&self.aliases, |url| Ok(web_url(url)?.to_string()))?,
            timezone: zone_name(&zone(&self.timezone)?).to_owned(),
            excluded_parameters: list(&self.excluded_parameters, rule)?,
            excluded_addresses: list(&self.excluded_addresses, |entry| Ok(network(entry)?.to_string()))?,
            excluded_agents: list(&self.excluded_agents, rule)?,
            excluded_referrers: list(&self.excluded_referrers, referrer)?,
            search_keywords: list(&self.search_keywords, settings::parameter)?,
            search_categories: list(&self.search_categories, settings::parameter)?,
            ..self
        })
    }
}

fn rule(written: &str) -> Result<String> {
    match Rule::parse(written) {
        Some(_) => Ok(written.to_owned()),
        None => Err(AccountError::Invalid(format!("{written:?} is no regular expression"))),
    }
}

impl Accounts {
    /// Adds a site and gives its number.
    ///
    /// # Errors
    /// When a value is not acceptable.
    pub fn add_site(&self, site: &NewSite, now: Timestamp) -> Result<u32> {
        self.create_site(SiteForm::new(site.clone()), now)
    }

    /// Adds a site with all that is decided about it, and gives its number.
    ///
    /// # Errors
    /// When a value is not acceptable.
    pub fn create_site(&self, form: SiteForm, now: Timestamp) -> Result<u32> {
        let form = form.checked()?;
        self.write(|db| {
            let change = db.transaction()?;
            change.execute(
                "INSERT INTO sites (name, url, timezone, identity, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![form.name, form.url, form.timezone, form.identity.as_str(), now.as_second()],
            )?;
            let id = u32::try_from(change.last_insert_rowid()).unwrap_or(0);
            store(&change, id, &form)?;
            change.commit()?;
            Ok(id)
        })
    }

    /// A site's form as it was last filled in.
    ///
    /// # Errors
    /// When there is no such site.
    pub fn site_form(&self, id: u32) -> Result<SiteForm> {
        self.with_db(|db| read(db, id))
    }

    /// Changes a site. What `change` leaves alone stays as it is. A new time zone holds from the site's next midnight.
    ///
    /// # Errors
    /// When there is no such site, `change` fails, or a value is not acceptable; nothing is changed then.
    pub fn change_site(
        &self,
        id: u32,
        now: Timestamp,
        change: impl FnOnce(&mut SiteForm) -> Result<()>,
    ) -> Result<()> {
        self.write(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut form = read(&step, id)?;
            let timezone = form.timezone.clone();
            change(&mut form)?;
            let form = form.checked()?;
            store(&step, id, &form)?;
            if form.timezone != timezone {
                zones::change(&step, id, &form.timezone, now)?;
            }
            step.commit()?;
            Ok(())
        })
    }

    /// Deletes a site with its tokens, goals and placements. Its hits are those of an unknown site from now on; what
    /// was counted for it goes as soon as the events' database answers.
    ///
    /// # Errors
    /// When there is no such site.
    pub fn delete_site(&self, id: u32, now: Timestamp) -> Result<()> {
        self.write(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            step.execute("DELETE FROM placements WHERE site_id = ?1", [id])?;
            if step.execute("DELETE FROM sites WHERE id = ?1", [id])? == 0 {
                return Err(AccountError::NotFound);
            }
            step.execute(
                "INSERT INTO deleted_sites (id, deleted_at) VALUES (?1, ?2)",
                params![id, now.as_second()],
            )?;
            step.commit()?;
            Ok(())
        })
    }

    /// Notes that nothing of a deleted site is left in the events' database.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn note_purged(&self, id: u32) -> Result<()> {
        self.write(|db| {
            db.execute("DELETE FROM deleted_sites WHERE id = ?1", [id])?;
            Ok(())
        })
    }
}

/// Deleted sites whose rows the events' database still has.
pub(super) fn deleted(db: &Connection) -> Result<Vec<u32>> {
    let mut query = db.prepare("SELECT id FROM deleted_sites ORDER BY id")?;
    let ids = query.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<std::result::Result<_, _>>()?)
}

fn read(db: &Connection, id: u32) -> Result<SiteForm> {
    let found = db.query_row(
        "SELECT name, url,
                coalesce((SELECT timezone FROM site_zones WHERE site_id = id ORDER BY from_time DESC LIMIT 1), timezone),
                identity, aliases, excluded_parameters, excluded_addresses, excluded_agents, excluded_referrers,
                exclude_unknown_urls, keep_fragment, ecommerce, site_search, search_keywords, search_categories
         FROM sites WHERE id = ?1",
        [id],
        |row| Ok(form(row)),
    );
    found.optional()?.ok_or(AccountError::NotFound)?
}

fn form(row: &Row<'_>) -> Result<SiteForm> {
    let texts = |index: usize| settings::list(&row.get::<_, String>(index)?);
    Ok(SiteForm {
        name: row.get(0)?,
        url: row.get(1)?,
        timezone: row.get(2)?,
        identity: row.get::<_, String>(3)?.parse().map_err(AccountError::Database)?,
        aliases: texts(4)?,
        excluded_parameters: texts(5)?,
        excluded_addresses: texts(6)?,
        excluded_agents: texts(7)?,
        excluded_referrers: texts(8)?,
        exclude_unknown_urls: row.get(9)?,
        keep_fragment: row.get(10)?,
        ecommerce: row.get(11)?,
        site_search: row.get(12)?,
        search_keywords: texts(13)?,
        search_categories: texts(14)?,
    })
}

/// Stores everything but the time zone.
fn store(db: &Connection, id: u32, form: &SiteForm) -> Result<()> {
    let texts = |list: &Vec<String>| serde_json::Value::from(list.as_slice()).to_string();
    db.execute(
        "UPDATE sites SET name = ?2, url = ?3, identity = ?4, aliases = ?5, excluded_parameters = ?6,
                excluded_addresses = ?7, excluded_agents = ?8, excluded_referrers = ?9, exclude_unknown_urls = ?10,
                keep_fragment = ?11, ecommerce = ?12, site_search = ?13, search_keywords = ?14, search_categories = ?15
         WHERE id = ?1",
        params![
            id,
            form.name,
            form.url,
            form.identity.as_str(),
            texts(&form.aliases),
            texts(&form.excluded_parameters),
            texts(&form.excluded_addresses),
            texts(&form.excluded_agents),
            texts(&form.excluded_referrers),
            form.exclude_unknown_urls,
            form.keep_fragment,
            form.ecommerce,
            form.site_search,
            texts(&form.search_keywords),
            texts(&form.search_categories),
        ],
    )?;
    Ok(())
}
