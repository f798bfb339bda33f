//! Who may speak to the gateway: whoever knows the password, where one is set.
//!
//! The Unix socket needs none, since its directory lets only its owner in. Name and password come as ClickHouse takes them,
//! in `X-ClickHouse-User` and `X-ClickHouse-Key` or as HTTP Basic. There is one user, `default`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

/// The only user there is.
const USER: &[u8] = b"default";

/// Whether the headers of a request open the door. Without a password everybody may enter.
pub(super) fn allows(password: Option<&str>, headers: &HeaderMap) -> bool {
    let Some(password) = password else { return true };
    let (user, key) = credentials(headers);
    // Both are compared in full, so that time tells nothing about either.
    bool::from(user.ct_eq(USER) & key.ct_eq(password.as_bytes()))
}

fn credentials(headers: &HeaderMap) -> (Vec<u8>, Vec<u8>) {
    let header = |name: &str| headers.get(name).map(|value| value.as_bytes().to_vec());
    match (header("x-clickhouse-user"), header("x-clickhouse-key")) {
        (None, None) => basic(headers).unwrap_or_default(),
        (user, key) => (user.unwrap_or_else(|| USER.to_vec()), key.unwrap_or_default()),
    }
}

fn basic(headers: &HeaderMap) -> Option<(Vec<u8>, Vec<u8>)> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, encoded) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim_ascii()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (user, key) = decoded.split_at_checked(colon)?;
    Some((user.to_vec(), key.get(1..)?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| {
            (
                hyper::header::HeaderName::from_static(name),
                hyper::header::HeaderValue::from_str(value).unwrap(),
            )
        });
        allows(Some("p:w"), &headers.collect())
    }

    #[test]
    fn only_the_right_name_and_password_enter() {
        assert!(allows(None, &HeaderMap::new()));
        assert!(asks(&[("x-clickhouse-user", "default"), ("x-clickhouse-key", "p:w")]));
        assert!(asks(&[("x-clickhouse-key", "p:w")]));
        assert!(asks(&[("authorization", "Basic ZGVmYXVsdDpwOnc=")]));
        assert!(!asks(&[]));
        assert!(!asks(&[("x-clickhouse-key", "p:wx")]));
        assert!(!asks(&[("x-clickhouse-user", "admin"), ("x-clickhouse-key", "p:w")]));
        assert!(!asks(&[("authorization", "Basic ????")]));
        assert!(!asks(&[("authorization", "Basic")]));
    }
}
