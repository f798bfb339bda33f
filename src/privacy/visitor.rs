//! Telling the visitors of one day apart.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::ip;
use super::salt::Salt;

/// What the hash is made for: visitors of a site or viewers of a campaign. Both get their own numbers from one salt,
/// so nothing links somebody across sites or advertisers.
pub(in crate::privacy) enum Among {
    /// The visitors of a site.
    Site(u32),
    /// The viewers of a campaign.
    Campaign(u32),
}

/// The first 8 bytes of SHA-256 over salt, scope, address, user agent and language list.
///
/// It counts *distinguishable* visitors: two people behind one network with the same browser and languages are one.
/// Lengths go before texts, so that no two inputs run into one another.
pub(in crate::privacy) fn daily(
    salt: &Salt,
    among: Among,
    address: IpAddr,
    agent: &str,
    language: &str,
) -> u64 {
    let (scope, id) = match among {
        Among::Site(id) => (b's', id),
        Among::Campaign(id) => (b'c', id),
    };
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update([scope]);
    hash.update(id.to_le_bytes());
    hash.update(ip::bytes(address));
    hash.update((agent.len() as u64).to_le_bytes());
    hash.update(agent.as_bytes());
    hash.update(language.as_bytes());
    first_eight(&hash.finalize())
}

/// The first 8 bytes of a hash as a number.
pub(in crate::privacy) fn first_eight(hash: &[u8]) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The first 4 bytes of a text's hash as a number.
pub(in crate::privacy) fn first_four(text: &str) -> u32 {
    Sha256::digest(text.as_bytes()).first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
