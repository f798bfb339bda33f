//! The tags that a publisher pastes.

use super::{Delivery, Signer};
use crate::accounts::{Creative, Placement};

/// The tags of one placement.
pub struct Tags {
    /// Fetches a delivery of its own for each view.
    pub script: String,
    /// For places where no script runs: each creative with its tag.
    pub image_link: Vec<(Creative, String)>,
}

/// The tags of a placement, for the creatives of its campaign.
pub fn tags<'a>(
    public_url: &str,
    signer: &Signer,
    placement: &Placement,
    creatives: impl Iterator<Item = &'a Creative>,
) -> Tags {
    let script =
        format!("<script async src=\"{public_url}/ads.js\" data-placement=\"{}\"></script>", placement.id);
    let image_link = creatives
        .map(|creative| (creative.clone(), image_link(public_url, signer, placement, creative)))
        .collect();
    Tags { script, image_link }
}

/// The marks keep the link out of the site's outlinks: for our tracker, and for Matomo's by either of its names.
fn image_link(public_url: &str, signer: &Signer, placement: &Placement, creative: &Creative) -> String {
    let delivery = Delivery {
        campaign: creative.campaign_id,
        creative: creative.id,
        placement: placement.id,
        site: placement.site_id,
        issued: 0,
        nonce: 0,
    };
    let token = signer.sign(&delivery);
    format!(
        "<a href=\"{public_url}/ad/click?t={token}\" target=\"_blank\" rel=\"noopener\" \
         class=\"matomo_ignore piwik_ignore\" data-footfall-ignore>\
         <img src=\"{public_url}/ad/image?t={token}\" width=\"{}\" height=\"{}\" alt=\"{}\"></a>",
        creative.width,
        creative.height,
        escape(&creative.alt)
    )
}

/// Text for an HTML attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
