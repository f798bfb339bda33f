//! The addresses that a hit tells of.

use url::Url;

use super::{Origin, page_url};
use crate::protocol::Hit;

/// The page and the page before it, parsed once for everybody who asks.
#[derive(Default)]
pub struct Links {
    /// The page, as far as it is an address.
    pub(super) page: Option<Url>,
    /// Where its visitor came from, as far as that is an address.
    pub(super) referrer: Option<Url>,
}

impl Links {
    /// The addresses of a hit; the page may be told by the request's own referrer.
    pub fn of(hit: &Hit, origin: &Origin) -> Links {
        let page = hit.url.as_deref().or(origin.page.as_deref());
        Links {
            page: page.and_then(page_url::parse),
            referrer: hit.referrer.as_deref().and_then(page_url::parse_referrer),
        }
    }
}
