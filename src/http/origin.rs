//! From a request's headers to an [`Origin`].

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use super::client_ip::client_ip;
use crate::privacy::{Origin, Sensitive};

/// The socket's other end; the accept loop puts it on each request.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub SocketAddr);

/// Who sent a request.
pub(super) fn origin(parts: &Parts, trusted: &[IpNet]) -> Origin {
    let headers = &parts.headers;
    Origin {
        address: Sensitive::new(client_ip(peer(parts), headers, trusted)),
        agent: Sensitive::new(text(headers, "user-agent").unwrap_or_default()),
        language: Sensitive::new(text(headers, "accept-language").unwrap_or_default()),
        hint_brands: text(headers, "sec-ch-ua").map(Sensitive::new),
        hint_platform: text(headers, "sec-ch-ua-platform").map(Sensitive::new),
        hint_mobile: text(headers, "sec-ch-ua-mobile").map(Sensitive::new),
        page: text(headers, "referer"),
        prefetch: is_prefetch(headers),
    }
}

/// Address of the socket's other end.
pub(super) fn peer(parts: &Parts) -> IpAddr {
    parts.extensions.get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// What browsers send when they fetch a page that nobody may ever look at.
fn is_prefetch(headers: &HeaderMap) -> bool {
    const HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
    const WORDS: [&str; 4] = ["prefetch", "prerender", "preview", "instant"];
    HEADERS.iter().filter_map(|name| text(headers, name)).any(|value| {
        let value = value.to_ascii_lowercase();
        WORDS.iter().any(|word| value.contains(word))
    })
}
