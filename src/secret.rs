//! The server's own secret, made on first start.
//!
//! No default exists. One file of 32 random bytes with mode 0600 signs banner deliveries and keys the ids of sites in
//! consent mode; each use derives its own key, so that one can't stand in for another.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

/// The master secret. It can't be printed.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Reads the secret, or makes one.
    ///
    /// # Errors
    /// When the file can't be read or written, or has another length.
    pub fn open(path: &Path) -> Result<Secret> {
        match fs::read(path) {
            Ok(bytes) => Secret::from_bytes(&bytes, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Secret::create(path),
            Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
        }
    }

    fn from_bytes(bytes: &[u8], path: &Path) -> Result<Secret> {
        match bytes.try_into() {
            Ok(bytes) => Ok(Secret(bytes)),
            Err(_) => bail!(
                "{} is damaged: restore it, or links of banners made so far stop working",
                path.display()
            ),
        }
    }

    fn create(path: &Path) -> Result<Secret> {
        let secret = random();
        let fresh = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&secret)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        if let Some(folder) = path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(Secret(secret))
    }

    /// Authenticates `data` under a key that only this `purpose` has.
    pub fn sign(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let key = mac(&self.0, purpose.as_bytes());
        mac(&key, data)
    }
}

fn mac(key: &[u8; 32], data: &[u8]) -> [u8; 32] {
    let mut mac = new_mac(key);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn new_mac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of 32 bytes is a key")
}

/// Bytes from the operating system's generator.
#[expect(
    clippy::expect_used,
    reason = "without randomness nothing here is safe: better no server than a weak one"
)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// How tokens and session ids are stored: as a hash, which is no use to whoever reads the database.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
