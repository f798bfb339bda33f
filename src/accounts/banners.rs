//! Campaigns, creatives and placements.
//!
//! What has been counted refers to their numbers for ever, so none is deleted; placements go with their site, as does
//! what was counted for it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::input::{destination, host, list, name};
use super::{AccountError, Accounts, Result};

/// Largest side of a banner, in CSS pixels.
const MAX_SIDE: u32 = 4_096;

/// Something to advertise.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Whether it is over: the script tag gets nothing any longer; plain tags and clicks still work.
    pub archived: bool,
}

/// A banner of a campaign.
#[derive(Clone, Debug)]
pub struct Creative {
    /// Its number.
    pub id: u32,
    /// Its campaign.
    pub campaign_id: u32,
    /// Its name.
    pub name: String,
    /// Where the image is.
    pub image_url: String,
    /// Where a click leads, byte for byte.
    pub destination_url: String,
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// What the image says, for who can't see it.
    pub alt: String,
}

/// A place on a site where banners are shown.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Its number.
    pub id: u32,
    /// The site it is on.
    pub site_id: u32,
    /// The campaign that is delivered there.
    pub campaign_id: u32,
    /// Its name.
    pub name: String,
    /// Hosts that the frame which holds the tag may have, beside the site's own, without `www.`.
    pub frame_hosts: Vec<String>,
}

/// What a new creative is made of.
pub struct NewCreative {
    /// Name, not blank.
    pub name: String,
    /// Address of the image, http or https.
    pub image_url: String,
    /// Where a click leads, http or https.
    pub destination_url: String,
    /// CSS pixels, 2 to 4096.
    pub width: u32,
    /// CSS pixels, 2 to 4096.
    pub height: u32,
    /// What the image says.
    pub alt: String,
}

impl Accounts {
    /// Adds a campaign and gives its number.
    ///
    /// # Errors
    /// When the name is blank or too long.
    pub fn add_campaign(&self, campaign: &str, now: Timestamp) -> Result<u32> {
        let name = name(campaign)?;
        self.write(|db| {
            db.execute(
                "INSERT INTO campaigns (name, created_at) VALUES (?1, ?2)",
                params![name, now.as_second()],
            )?;
            Ok(inserted(db))
        })
    }

    /// Ends a campaign, or takes it up again.
    ///
    /// # Errors
    /// When there is no such campaign.
    pub fn archive_campaign(&self, id: u32, archived: bool) -> Result<()> {
        self.write(|db| {
            match db.execute("UPDATE campaigns SET archived = ?2 WHERE id = ?1", params![id, archived])? {
                0 => Err(AccountError::NotFound),
                _ => Ok(()),
            }
        })
    }

    /// Adds a creative to a campaign and gives its number.
    ///
    /// # Errors
    /// When there is no such campaign, or a value is not acceptable.
    pub fn add_creative(&self, campaign: u32, new: &NewCreative) -> Result<u32> {
        self.directory().campaign(campaign).ok_or(AccountError::NotFound)?;
        let name = name(&new.name)?;
        destination(&new.image_url)?;
        destination(&new.destination_url)?;
        for side in [new.width, new.height] {
            if !(2..=MAX_SIDE).contains(&side) {
                return Err(AccountError::Invalid(format!(
                    "a banner's sides have 2 to {MAX_SIDE} pixels, not {side}"
                )));
            }
        }
        self.write(|db| {
            db.execute(
                "INSERT INTO creatives (campaign_id, name, image_url, destination_url, width, height, alt)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    campaign,
                    name,
                    new.image_url,
                    new.destination_url,
                    new.width,
                    new.height,
                    new.alt.trim()
                ],
            )?;
            Ok(inserted(db))
        })
    }

    /// Adds a placement and gives its number.
    ///
    /// # Errors
    /// When there is no such site or campaign, or a value is not acceptable.
    pub fn add_placement(
        &self,
        site: u32,
        campaign: u32,
        placement: &str,
        frame_hosts: &[String],
    ) -> Result<u32> {
        let name = name(placement)?;
        let frame_hosts = list(frame_hosts, host)?.join("\n");
        let directory = self.directory();
        directory.site(site).ok_or(AccountError::NotFound)?;
        directory.campaign(campaign).ok_or(AccountError::NotFound)?;
        self.write(|db| {
            db.execute(
                "INSERT INTO placements (site_id, campaign_id, name, frame_hosts) VALUES (?1, ?2, ?3, ?4)",
                params![site, campaign, name, frame_hosts],
            )?;
            Ok(inserted(db))
        })
    }
}

fn inserted(db: &Connection) -> u32 {
    u32::try_from(db.last_insert_rowid()).unwrap_or(0)
}

pub(super) fn campaigns(db: &Connection) -> Result<Vec<Campaign>> {
    let mut query = db.prepare("SELECT id, name, archived FROM campaigns")?;
    let rows = query
        .query_map([], |row| Ok(Campaign { id: row.get(0)?, name: row.get(1)?, archived: row.get(2)? }))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

pub(super) fn creatives(db: &Connection) -> Result<Vec<Creative>> {
    let mut query = db.prepare(
        "SELECT id, campaign_id, name, image_url, destination_url, width, height, alt FROM creatives",
    )?;
    let rows = query.query_map([], |row| {
        Ok(Creative {
            id: row.get(0)?,
            campaign_id: row.get(1)?,
            name: row.get(2)?,
            image_url: row.get(3)?,
            destination_url: row.get(4)?,
            width: row.get(5)?,
            height: row.get(6)?,
            alt: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

pub(super) fn placements(db: &Connection) -> Result<Vec<Placement>> {
    let mut query = db.prepare("SELECT id, site_id, campaign_id, name, frame_hosts FROM placements")?;
    let rows = query.query_map([], |row| {
        Ok(Placement {
            id: row.get(0)?,
            site_id: row.get(1)?,
            campaign_id: row.get(2)?,
            name: row.get(3)?,
            frame_hosts: row.get::<_, String>(4)?.lines().map(str::to_owned).collect(),
        })
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
