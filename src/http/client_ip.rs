//! Whose address a connection has: [`crate::forwarded`], with the hops of `X-Forwarded-For`.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::forwarded;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The visitor's address.
pub(super) fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let lines = headers.get_all(FORWARDED_FOR).iter().rev().filter_map(|line| line.to_str().ok());
    forwarded::visitor(peer, lines.flat_map(|line| line.rsplit(',')), trusted)
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
