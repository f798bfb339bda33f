//! Cutting addresses.
//!
//! This is the first thing that happens to an address, before geolocation, hashing and rate limiting see it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Keeps the network: `/24` of an IPv4 address, `/48` of an IPv6 address. An IPv4 address in IPv6 clothes is IPv4.
pub(in crate::privacy) fn truncate(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80))),
    }
}

/// The bytes of an address, so that both families hash without a clash.
pub(in crate::privacy) fn bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(address: &str) -> String {
        truncate(address.parse().unwrap()).to_string()
    }

    #[test]
    fn networks_are_kept() {
        assert_eq!(cut("203.0.113.77"), "203.0.113.0");
        assert_eq!(cut("::ffff:203.0.113.77"), "203.0.113.0");
        assert_eq!(cut("2001:db8:1234:5678::9"), "2001:db8:1234::");
    }
}
