//! Whose address a connection has.
//!
//! The socket's peer, unless it is a proxy that the operator trusts: then the right-most address of
//! `X-Forwarded-For` that is not a trusted proxy itself. What stands further left was written by the visitor.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// More hops than any honest chain has; what is beyond is not looked at.
const MAX_HOPS: usize = 20;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The visitor's address.
pub(super) fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().rev().filter_map(|line| line.to_str().ok());
    let mut nearest = peer;
    for hop in lines.flat_map(|line| line.rsplit(',')).take(MAX_HOPS) {
        let Some(address) = parse(hop.trim()) else {
            return nearest;
        };
        nearest = address;
        if !is_trusted(address, trusted) {
            return address;
        }
    }
    nearest
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// An address, perhaps in brackets, perhaps with a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let plain = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_ip(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        assert_eq!(found("192.0.2.9", &["203.0.113.7"], &[]), "192.0.2.9");
    }

    #[test]
    fn the_right_most_untrusted_hop_counts() {
        let trusted = ["127.0.0.0/8", "10.0.0.0/8"];
        assert_eq!(found("127.0.0.1", &["1.1.1.1, 203.0.113.7, 10.0.0.4"], &trusted), "203.0.113.7");
        assert_eq!(found("127.0.0.1", &["1.1.1.1", "203.0.113.7"], &trusted), "203.0.113.7");
        assert_eq!(found("127.0.0.1", &["203.0.113.7:4711"], &trusted), "203.0.113.7");
        assert_eq!(found("127.0.0.1", &["[2001:db8::7]:80"], &trusted), "2001:db8::7");
        assert_eq!(found("127.0.0.1", &["::ffff:203.0.113.7"], &trusted), "203.0.113.7");
    }

    #[test]
    fn nonsense_stops_at_the_last_hop_that_was_understood() {
        assert_eq!(found("127.0.0.1", &["203.0.113.7, unknown"], &["127.0.0.0/8"]), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &[""], &["127.0.0.0/8"]), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &["127.0.0.2"], &["127.0.0.0/8"]), "127.0.0.2");
    }
}
