//! From a request's headers to an [`Origin`].

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderName, ORIGIN, REFERER, USER_AGENT};
use axum::http::request::Parts;
use ipnet::IpNet;

use super::client_ip::client_ip;
use crate::privacy::{Origin, Sensitive};

const BRANDS: HeaderName = HeaderName::from_static("sec-ch-ua");
const PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");
const MOBILE: HeaderName = HeaderName::from_static("sec-ch-ua-mobile");

/// The socket's other end; the front puts it on each request that the router gets.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub SocketAddr);

/// Who sent a request.
pub(super) fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Origin {
    Origin {
        address: Sensitive::new(client_ip(peer, headers, trusted)),
        agent: Sensitive::new(text(headers, &USER_AGENT).unwrap_or_default()),
        language: Sensitive::new(text(headers, &ACCEPT_LANGUAGE).unwrap_or_default()),
        hint_brands: text(headers, &BRANDS).map(Sensitive::new),
        hint_platform: text(headers, &PLATFORM).map(Sensitive::new),
        hint_mobile: text(headers, &MOBILE).map(Sensitive::new),
        page: text(headers, &REFERER),
        document: text(headers, &ORIGIN).filter(|origin| origin != "null"),
        prefetch: is_prefetch(headers),
    }
}

/// Address of the socket's other end.
pub(super) fn peer(parts: &Parts) -> IpAddr {
    parts.extensions.get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip())
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// What browsers send when they fetch a page that nobody may ever look at.
fn is_prefetch(headers: &HeaderMap) -> bool {
    const HEADERS: [HeaderName; 4] = [
        HeaderName::from_static("sec-purpose"),
        HeaderName::from_static("purpose"),
        HeaderName::from_static("x-purpose"),
        HeaderName::from_static("x-moz"),
    ];
    const WORDS: [&str; 4] = ["prefetch", "prerender", "preview", "instant"];
    HEADERS.iter().filter_map(|name| text(headers, name)).any(|value| {
        let value = value.to_ascii_lowercase();
        WORDS.iter().any(|word| value.contains(word))
    })
}
