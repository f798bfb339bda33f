//! Hosts that nobody but those who work on a site can reach.

use std::net::IpAddr;

use url::{Host, Url};

/// Ends of names that no public host has: for tests, for one machine, for a house or an office.
const ENDS: &[&str] =
    &["localhost", "local", "localdomain", "test", "internal", "lan", "home.arpa", "invalid"];

/// Whether `raw`, a page's address (parsed as `url` if it can be), is on the visitor's own machine or in a private network:
/// a copy of a site that somebody works on. A name without a dot is not: that of an intranet is one.
pub(super) fn is_local(raw: &str, url: Option<&Url>) -> bool {
    match url {
        Some(url) => matches!(url.scheme(), "http" | "https") && has_local_host(url),
        None => raw.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")),
    }
}

/// The same of a host alone.
pub(super) fn is_local_host(host: &str) -> bool {
    Url::parse(&format!("http://{host}")).is_ok_and(|url| has_local_host(&url))
}

fn has_local_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            ENDS.iter().any(|end| {
                let before = name.strip_suffix(end);
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
        }
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        None => false,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> bool {
        is_local(raw, Url::parse(raw).ok().filter(Url::has_host).as_ref())
    }

    #[test]
    fn hosts_that_only_their_owner_reaches() {
        for raw in [
            "http://localhost/",
            "https://LOCALHOST:3000/a",
            "http://app.localhost./",
            "http://127.0.0.1:8080/",
            "http://127.8.9.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.178.20/",
            "http://169.254.1.1/",
            "http://0.0.0.0:8000/",
            "http://[::1]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://[::ffff:192.168.0.1]/",
            "http://shop.local/",
            "http://shop.test/",
            "http://host.docker.internal/",
            "http://nas.lan/",
            "http://router.home.arpa/",
            "file:///C:/site/index.html",
            "FILE:///x",
        ] {
            assert!(of(raw), "{raw}");
        }
    }

    #[test]
    fn hosts_that_others_reach() {
        for raw in [
            "https://shop.example/",
            "https://localhost.example/",
            "https://mylocal/",
            "http://intranet/",
            "http://172.32.0.1/",
            "http://11.0.0.1/",
            "http://192.169.0.1/",
            "https://latest.org/",
            "http://[2001:db8::1]/",
            "https://notlocalhost/",
            "capacitor://localhost/",
            "https://test.example/",
            "/relative",
            "",
            "file",
            "profile://x",
        ] {
            assert!(!of(raw), "{raw}");
        }
        assert!(is_local_host("localhost") && is_local_host("[::1]") && is_local_host("192.168.0.1"));
        assert!(!is_local_host("shop.example") && !is_local_host(""));
    }
}
