//! Steps that leave out what a site's operator, or the operator of the server, does not want counted.
//!
//! Tokens change nothing here: whoever imports a log wants the same visits left out as a browser's.

use super::{Passage, Pipeline, Stop};
use crate::event::Reason;
use crate::privacy::{self, page_url};

impl Pipeline {
    /// The site's own people, say: networks and agents in its settings.
    pub(super) fn exclude_sender(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let excluded = passage.site.as_ref().is_some_and(|site| {
            privacy::is_excluded(&passage.hit, passage.origin, passage.trusted, &site.settings)
        });
        drop_if(excluded, Reason::Excluded)
    }

    /// Sites that send made-up visits to be seen in reports.
    pub(super) fn exclude_spam(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        drop_if(self.privacy.is_spam(&passage.hit, &passage.links), Reason::ReferrerSpam)
    }

    /// Copies of a site that somebody works on, on his own machine or in a private network.
    pub(super) fn exclude_local_hosts(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let url = passage.hit.url.as_deref().or(passage.origin.page.as_deref());
        let is_local = passage.site.as_ref().is_some_and(|site| self.privacy.is_local(url, site));
        drop_if(is_local, Reason::LocalHost)
    }

    /// Pages that are not the site's, where the site asks for that: copies of it, or somebody who uses its number.
    pub(super) fn exclude_other_hosts(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let Some(site) = passage.site.as_ref().filter(|site| site.settings.exclude_unknown_urls) else {
            return Ok(());
        };
        let url = passage.hit.url.as_deref().or(passage.origin.page.as_deref());
        let is_own = url.is_none_or(|url| page_url::host(url).is_some_and(|host| site.hosts.contains(&host)));
        drop_if(!is_own, Reason::UnknownUrl)
    }
}

fn drop_if(is_excluded: bool, reason: Reason) -> Result<(), Stop> {
    match is_excluded {
        true => Err(Stop::Drop(reason)),
        false => Ok(()),
    }
}
