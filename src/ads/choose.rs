//! Which banner a placement shows.

use rand::seq::IndexedRandom;

use super::Delivery;
use crate::accounts::{Creative, Directory};

/// Picks a creative for a placement, each of its campaign's with the same chance. Nothing when there is nothing to show.
pub fn choose(directory: &Directory, placement: u32) -> Option<(&Creative, Delivery)> {
    let placement = directory.placement(placement)?;
    let campaign = directory.campaign(placement.campaign_id).filter(|campaign| !campaign.archived)?;
    let creatives: Vec<&Creative> = directory.creatives_of(campaign.id).collect();
    let creative = *creatives.choose(&mut rand::rng())?;
    Some((creative, Delivery::of(placement, creative)))
}
