//! The tags that a publisher pastes.

use super::{Delivery, Signer};
use crate::accounts::{Creative, Placement};

/// Stands in the plain tag's image address for a number that is another one each time: ad servers and mail programs put
/// one there, so that no cache between takes two impressions for one. It is never read, filled in or not. (Inside the
/// image's address alone: a click is never cached.)
pub const CACHE_BUSTER: &str = "[timestamp]";

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
    let token = signer.sign(&Delivery::of(placement, creative));
    format!(
        "<a href=\"{public_url}/ad/click?t={token}\" target=\"_blank\" rel=\"noopener\" \
         class=\"matomo_ignore piwik_ignore\" data-footfall-ignore>\
         <img src=\"{public_url}/ad/image?t={token}&amp;ord={CACHE_BUSTER}\" width=\"{}\" height=\"{}\" alt=\"{}\"></a>",
        creative.width,
        creative.height,
        escape(&creative.alt)
    )
}

/// Text for an HTML attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
