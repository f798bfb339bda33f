//! `footfall doctor`: what is missing or odd, and what to do about it.

use anyhow::{Result, bail};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::config::{Config, GeoSource};
use crate::privacy::geo::GeoDb;
use crate::server::{find_engine, geo_paths, open_folder};

/// Less room than this is too little, in bytes.
const LITTLE_ROOM: u64 = 1 << 30;

/// Before this program was written: a clock that says so is wrong.
const TOO_EARLY: i64 = 1_790_000_000;

type Check = (&'static str, fn(&Config) -> Result<String>);

const CHECKS: [Check; 6] = [
    ("data folder", check_folder),
    ("disk", check_disk),
    ("engine", check_engine),
    ("city database", check_geo),
    ("clock", check_clock),
    ("public address", check_public_url),
];

/// Runs all checks and prints a line each.
pub(super) fn run(config: &Config) -> Result<()> {
    let mut faults = 0;
    for (name, check) in CHECKS {
        match check(config) {
            Ok(text) => println!("ok     {name}: {text}"),
            Err(error) => {
                faults += 1;
                println!("FAULT  {name}: {error:#}");
            }
        }
    }
    match faults {
        0 => Ok(()),
        count => bail!("{count} of {} checks found a fault", CHECKS.len()),
    }
}

fn check_folder(config: &Config) -> Result<String> {
    open_folder(&config.data)?;
    let accounts = Accounts::open(&config.data.join("accounts.db"))?;
    let sites = accounts.directory().sites().count();
    Ok(format!("{} can be written, {sites} sites", config.data.display()))
}

fn check_disk(config: &Config) -> Result<String> {
    let room = rustix::fs::statvfs(&config.data)?;
    let free = room.f_bavail * room.f_frsize;
    if free < LITTLE_ROOM {
        bail!("{} MiB are free: make room, at least 1 GiB", free >> 20);
    }
    Ok(format!("{} MiB free", free >> 20))
}

fn check_engine(config: &Config) -> Result<String> {
    match (find_engine(config)?, &config.clickhouse) {
        (Some(library), _) => Ok(format!("embedded, {}", library.display())),
        (None, Some(server)) => Ok(format!("server at {}", server.url)),
        (None, None) => bail!("none: run `make build`"),
    }
}

fn check_geo(config: &Config) -> Result<String> {
    if config.geo_source != GeoSource::Database {
        return Ok("not used".into());
    }
    let found = GeoDb::open(&geo_paths(config)?)?.versions();
    let text: Vec<String> =
        found.into_iter().map(|(name, built)| format!("{name} of {}", date(built))).collect();
    Ok(text.join(", "))
}

fn date(second: u64) -> String {
    let time = jiff::Timestamp::from_second(i64::try_from(second).unwrap_or(0)).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}

fn check_clock(_: &Config) -> Result<String> {
    let now = Clock::system().now();
    if now.as_second() < TOO_EARLY {
        bail!("it says {now}: set it, or visits are counted under wrong dates");
    }
    Ok(now.to_string())
}

fn check_public_url(config: &Config) -> Result<String> {
    let url = &config.public_url;
    if url.starts_with("https://") && config.trusted_proxies.is_empty() {
        bail!(
            "{url} needs a proxy in front, and none is trusted: set server.trusted_proxies, or all visitors are one"
        );
    }
    Ok(match url.starts_with("https://") {
        true => format!("{url}, {} networks of proxies trusted", config.trusted_proxies.len()),
        false => format!("{url}; pages on https can't load a tracker from http: see \"HTTPS\" in the README"),
    })
}
