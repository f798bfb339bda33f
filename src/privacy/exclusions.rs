//! Who is left out by a site's settings.

use super::{Origin, Person};
use crate::accounts::SiteSettings;
use crate::protocol::Hit;

/// Whether the site's operator does not want this sender's hits, or banner events without one, counted. The whole address is compared, in memory: a
/// network can be smaller than what is left of an address otherwise.
pub fn is_excluded(hit: Option<&Hit>, origin: &Origin, trusted: bool, settings: &SiteSettings) -> bool {
    if settings.excluded_addresses.is_empty() && settings.excluded_agents.is_empty() {
        return false;
    }
    let person = hit.map_or_else(|| Person::behind(origin), |hit| Person::of(hit, origin, trusted));
    let address = person.address.to_canonical();
    if settings.excluded_addresses.iter().any(|network| network.contains(&address)) {
        return true;
    }
    let agent = person.agent.to_lowercase();
    settings.excluded_agents.iter().any(|rule| rule.is_in(&agent))
}
