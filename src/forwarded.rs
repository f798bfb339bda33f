//! Whose address it is that came through proxies.
//!
//! The peer's, unless it is a proxy that the operator trusts: then the right-most forwarded address that is not a
//! trusted proxy itself. What stands further left was written by the visitor. One rule for headers and for logs.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// More hops than any honest chain has; what is beyond is not looked at.
const MAX_HOPS: usize = 20;

/// The visitor's address: of `peer` and the forwarded `hops`, nearest first.
pub(crate) fn visitor<'a>(peer: IpAddr, hops: impl Iterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    let mut hops = hops.take(MAX_HOPS);
    while is_trusted(nearest, trusted) {
        let Some(address) = hops.next().and_then(address) else {
            return nearest;
        };
        nearest = address;
    }
    nearest
}

/// Whether an address is in one of the trusted networks.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// An address, perhaps in brackets, perhaps with a port.
pub(crate) fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let plain = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain.or_else(with_port).or_else(in_brackets).map(|address: IpAddr| address.to_canonical())
}
