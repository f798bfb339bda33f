//! The signed token in a banner's links.
//!
//! ```text
//! token     = base64url(payload signature)
//! payload   = version (1) campaign creative placement site (u32 each) issued (u32, Unix seconds) nonce (u64)
//! signature = first 16 bytes of HMAC-SHA256 under a key of its own
//! ```
//!
//! Integers are little-endian. A plain tag has `issued` and `nonce` 0.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use super::DELIVERY_LIFETIME;
use crate::accounts::{Creative, Placement};
use crate::secret::{Secret, random};

const VERSION: u8 = 1;
const PAYLOAD: usize = 1 + 4 * 5 + 8;
const SIGNATURE: usize = 16;

/// One banner in one place, shown once or, without a nonce, as often as its tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Campaign.
    pub campaign: u32,
    /// Creative.
    pub creative: u32,
    /// Placement.
    pub placement: u32,
    /// Site that the placement is on.
    pub site: u32,
    /// When it was made, Unix seconds; 0 for a plain tag.
    pub issued: u32,
    /// Its number; 0 for a plain tag.
    pub nonce: u64,
}

impl Delivery {
    /// A creative in a place, as a plain tag has it.
    pub fn of(placement: &Placement, creative: &Creative) -> Delivery {
        Delivery {
            campaign: creative.campaign_id,
            creative: creative.id,
            placement: placement.id,
            site: placement.site_id,
            issued: 0,
            nonce: 0,
        }
    }

    /// Makes it a delivery of its own: one impression, one valid click.
    pub fn numbered(self, now: Timestamp) -> Delivery {
        let nonce = u64::from_le_bytes(random()).max(1);
        Delivery { issued: u32::try_from(now.as_second()).unwrap_or(0), nonce, ..self }
    }

    /// Whether it is too old to be valid.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.nonce != 0 && now.as_second() - i64::from(self.issued) > DELIVERY_LIFETIME
    }

    fn payload(&self) -> [u8; PAYLOAD] {
        let mut bytes = [0; PAYLOAD];
        let numbers = [self.campaign, self.creative, self.placement, self.site, self.issued];
        let fields = numbers.iter().flat_map(|number| number.to_le_bytes()).chain(self.nonce.to_le_bytes());
        for (slot, byte) in bytes.iter_mut().zip(std::iter::once(VERSION).chain(fields)) {
            *slot = byte;
        }
        bytes
    }

    fn from_payload(bytes: &[u8; PAYLOAD]) -> Option<Delivery> {
        let (version, rest) = bytes.split_first()?;
        let mut numbers =
            rest.chunks_exact(4).filter_map(|chunk| chunk.try_into().ok()).map(u32::from_le_bytes);
        let mut next = || numbers.next();
        let (campaign, creative, placement, site, issued) = (next()?, next()?, next()?, next()?, next()?);
        let nonce = u64::from(next()?) | u64::from(next()?) << 32;
        (*version == VERSION).then_some(Delivery { campaign, creative, placement, site, issued, nonce })
    }
}

/// Signs deliveries, and knows its own signature.
#[derive(Clone)]
pub struct Signer(Secret);

impl Signer {
    /// A signer under the server's secret.
    pub fn new(secret: Secret) -> Signer {
        Signer(secret)
    }

    /// The token for a delivery.
    pub fn sign(&self, delivery: &Delivery) -> String {
        let payload = delivery.payload();
        let signature = self.signature(&payload);
        URL_SAFE_NO_PAD.encode([&payload[..], &signature].concat())
    }

    /// The delivery of a token, if every byte of it is ours.
    pub fn verify(&self, token: &str) -> Option<Delivery> {
        if token.len() > 2 * (PAYLOAD + SIGNATURE) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, signature) = bytes.split_first_chunk::<PAYLOAD>()?;
        let genuine = bool::from(self.signature(payload).ct_eq(signature));
        genuine.then(|| Delivery::from_payload(payload)).flatten()
    }

    /// The delivery of a token as it arrives: mail programs, templates and editors append a full stop, a quotation mark, a
    /// bracket or a line feed to a link. What is no character of a token ends it; whatever else was changed, it is not ours.
    pub fn read(&self, text: &str) -> Option<Delivery> {
        let is_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let token = text.split(|c| !is_ours(c)).next()?;
        self.verify(token)
    }

    fn signature(&self, payload: &[u8]) -> [u8; SIGNATURE] {
        self.0.sign("banner delivery", payload).first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        let folder = tempfile::tempdir().unwrap();
        Signer::new(Secret::open(&folder.path().join("secret")).unwrap())
    }

    fn delivery() -> Delivery {
        let plain = Delivery { campaign: 1, creative: 2, placement: 3, site: 4, issued: 0, nonce: 0 };
        plain.numbered("2026-11-22T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_token_comes_back_as_it_was() {
        let (signer, delivery) = (signer(), delivery());
        assert_eq!(signer.verify(&signer.sign(&delivery)), Some(delivery));
    }

    #[test]
    fn one_changed_character_spoils_it() {
        let signer = signer();
        let token = signer.sign(&delivery());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(signer.verify(&changed).is_none(), "{at}");
        }
        assert!(signer.verify("").is_none());
        assert!(signer.verify(&"A".repeat(100_000)).is_none());
    }

    #[test]
    fn a_tail_that_is_no_part_of_a_token_is_cut() {
        let (signer, delivery) = (signer(), delivery());
        let token = signer.sign(&delivery);
        let tails = [
            ".", ">", " ", "\"", "'", ")", "]", "\n", "\r\n", "=", "==", "&", "?ord=1", "/", ",", ";",
            "\u{200b}", "\0", "%20", "%", "</a>", " x", ".x",
        ];
        for tail in tails {
            assert_eq!(signer.read(&format!("{token}{tail}")), Some(delivery), "{tail:?}");
        }
        for tail in ["A", "-", "_", "0.", "AAAA"] {
            assert_eq!(signer.read(&format!("{token}{tail}")), None, "{tail:?}");
        }
        for head in [" ", "\"", "A"] {
            assert_eq!(signer.read(&format!("{head}{token}")), None, "{head:?}");
        }
        assert_eq!(signer.read(token.get(1..).unwrap()), None);
        assert_eq!(signer.read(""), None);
    }

    #[test]
    fn another_servers_token_is_none_of_ours() {
        assert!(signer().verify(&signer().sign(&delivery())).is_none());
    }

    #[test]
    fn deliveries_expire_and_plain_tags_do_not() {
        let late = "2026-11-22T12:00:01Z".parse().unwrap();
        assert!(delivery().is_expired(late));
        assert!(!Delivery { nonce: 0, issued: 0, ..delivery() }.is_expired(late));
    }
}
