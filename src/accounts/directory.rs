//! The picture in memory that the collector works from: no hit ever waits for SQLite.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::Connection;

use super::banners::{self, Campaign, Creative, Placement};
use super::{Principal, Result, Site, site_form, sites, tokens};
use crate::secret::digest;

/// Sites, tokens and banners at one moment.
pub struct Directory {
    sites: BTreeMap<u32, Arc<Site>>,
    tokens: HashMap<[u8; 32], Principal>,
    campaigns: BTreeMap<u32, Campaign>,
    creatives: BTreeMap<u32, Creative>,
    placements: BTreeMap<u32, Placement>,
    deleted_sites: Vec<u32>,
}

impl Directory {
    /// A site by its number.
    pub fn site(&self, id: u32) -> Option<&Arc<Site>> {
        self.sites.get(&id)
    }

    /// All sites, by number.
    pub fn sites(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.sites.values()
    }

    /// Numbers of deleted sites whose rows the events' database may still have.
    pub fn deleted_sites(&self) -> &[u32] {
        &self.deleted_sites
    }

    /// Whoever a token stands for. Looked up by its hash, so that the time it takes tells nothing about a secret.
    pub fn token(&self, token: &str) -> Option<&Principal> {
        self.tokens.get(&digest(token))
    }

    /// Campaigns, by number.
    pub fn campaigns(&self) -> impl Iterator<Item = &Campaign> {
        self.campaigns.values()
    }

    /// A campaign by its number.
    pub fn campaign(&self, id: u32) -> Option<&Campaign> {
        self.campaigns.get(&id)
    }

    /// A creative by its number.
    pub fn creative(&self, id: u32) -> Option<&Creative> {
        self.creatives.get(&id)
    }

    /// The creatives of a campaign, by number.
    pub fn creatives_of(&self, campaign: u32) -> impl Iterator<Item = &Creative> {
        self.creatives.values().filter(move |creative| creative.campaign_id == campaign)
    }

    /// A placement by its number.
    pub fn placement(&self, id: u32) -> Option<&Placement> {
        self.placements.get(&id)
    }

    /// Placements, by number.
    pub fn placements(&self) -> impl Iterator<Item = &Placement> {
        self.placements.values()
    }
}

pub(super) fn load(db: &Connection) -> Result<Directory> {
    Ok(Directory {
        sites: sites::all(db)?.into_iter().map(|site| (site.id, Arc::new(site))).collect(),
        tokens: tokens::all(db)?,
        campaigns: banners::campaigns(db)?.into_iter().map(|campaign| (campaign.id, campaign)).collect(),
        creatives: banners::creatives(db)?.into_iter().map(|creative| (creative.id, creative)).collect(),
        placements: banners::placements(db)?.into_iter().map(|placement| (placement.id, placement)).collect(),
        deleted_sites: site_form::deleted(db)?,
    })
}
