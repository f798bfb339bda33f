//! Banners: what a tag carries, and what makes a count trustworthy.
//!
//! A *delivery* names campaign, creative, placement and site, and is signed, so that nobody can make one up or point a
//! click elsewhere. The script tag gets one with a nonce for each banner shown: one impression and one valid click
//! each. The plain image-with-link tag can't ask first, so its delivery is made once, has no nonce and never expires;
//! there a second click of the same viewer within [`CLICK_WINDOW`] is not valid.

mod choose;
mod delivery;
mod tags;

pub use choose::choose;
pub use delivery::{Delivery, Signer};
pub use tags::{CACHE_BUSTER, Tags, tags};

/// Seconds within which a repeated click on a tag without a nonce is not valid.
pub const CLICK_WINDOW: i64 = 30;

/// Seconds that a delivery with a nonce is good for; what comes later is counted, and not valid.
pub const DELIVERY_LIFETIME: i64 = 2 * 3_600;
