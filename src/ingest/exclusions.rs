//! Steps that leave out what a site's operator, or the operator of the server, does not want counted.
//!
//! Tokens change nothing here: whoever imports a log wants the same visits left out as a browser's.

use super::outcome::{Verdict, drop_if};
use super::{Ingest, Passage, Subject};
use crate::accounts::Site;
use crate::event::Reason;
use crate::privacy::{self, page_url};
use crate::protocol::Hit;

impl Ingest {
    /// The site's own people, say: networks and agents in its settings.
    pub(super) fn exclude_sender(&self, passage: &mut Passage<'_>, subject: &Subject<'_>) -> Verdict {
        let excluded = passage.site.as_ref().is_some_and(|site| {
            privacy::is_excluded(subject.hit(), passage.origin, passage.trusted, &site.settings)
        });
        drop_if(excluded, Reason::Excluded)
    }

    /// Sites that send made-up visits to be seen in reports. (A banner event tells of no page before.)
    pub(super) fn exclude_spam(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        drop_if(self.privacy.is_spam(hit, &passage.links), Reason::ReferrerSpam)
    }

    /// Copies of a site that somebody works on, on his own machine or in a private network.
    pub(super) fn exclude_local_hosts(&self, passage: &mut Passage<'_>, subject: &Subject<'_>) -> Verdict {
        let Some(site) = &passage.site else { return Ok(()) };
        let is_local = match subject {
            Subject::Hit(hit) => {
                self.privacy.is_local(hit.url.as_deref().or(passage.origin.page.as_deref()), site)
            }
            Subject::Banner(_) => {
                let page = passage.origin.sending_host().map(|host| format!("http://{host}/"));
                self.privacy.is_local(page.as_deref(), site)
            }
        };
        drop_if(is_local, Reason::LocalHost)
    }

    /// Pages that are not the site's, where the site asks for that: copies of it, or somebody who uses its number.
    pub(super) fn exclude_other_hosts(&self, passage: &mut Passage<'_>, subject: &Subject<'_>) -> Verdict {
        let Some(site) = passage.site.as_ref().filter(|site| site.settings.exclude_unknown_urls) else {
            return Ok(());
        };
        let is_foreign = match subject {
            Subject::Hit(hit) => {
                let url = hit.url.as_deref().or(passage.origin.page.as_deref());
                url.is_some_and(|url| !page_url::host(url).is_some_and(|host| site.hosts.contains(&host)))
            }
            Subject::Banner(banner) => {
                let directory = self.accounts.directory();
                let placement = directory.placement(banner.delivery.placement);
                let frames = placement.map(|placement| placement.frame_hosts.as_slice()).unwrap_or_default();
                passage.origin.sending_host().is_some_and(|host| !is_shown_on(&host, site, frames))
            }
        };
        drop_if(is_foreign, Reason::UnknownUrl)
    }
}

/// Whether a banner of the site may be on a page of this host: one of its own, or one that a placement names since its
/// tag stands in a frame of that host.
fn is_shown_on(host: &str, site: &Site, frames: &[String]) -> bool {
    site.hosts.iter().chain(frames).any(|own| own == host)
}
