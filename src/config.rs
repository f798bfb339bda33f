//! Settings: a TOML file, overridden by environment variables.
//!
//! `[section] key` in the file is `FOOTFALL_SECTION_KEY` in the environment. What is typed is [`Raw`]; what the program
//! works with is [`Config`], checked and ready to use. Unknown keys are errors, in the file and, within a known section, in the
//! environment; other variables with the prefix may belong to somebody else.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use serde::Deserialize;
use toml::{Table, Value};

use crate::engine::memory;

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder that everything is kept in.
    pub data: PathBuf,
    /// Where the HTTP server listens.
    pub listen: SocketAddr,
    /// How the world reaches the server, without a slash at the end: in snippets, tags and links.
    pub public_url: String,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Connections served at once.
    pub max_connections: usize,
    /// Hits a second and truncated address; 0 means no limit.
    pub rate_limit: u32,
    /// Whether collector answers say what happened to a hit.
    pub explain: bool,
    /// Whether pages of localhost and private networks count on every site.
    pub local_hosts: bool,
    /// Smallest group that a breakdown shows.
    pub min_group: u32,
    /// Whether the visitor hash covers the whole address.
    pub visitor_address: VisitorAddress,
    /// Where places come from.
    pub geo_source: GeoSource,
    /// City database files; empty means those that came with the program.
    pub geo_database: Vec<PathBuf>,
    /// List of search engines, networks and assistants that replaces the built-in one.
    pub referrers: Option<PathBuf>,
    /// List of hosts whose referrers are made up, instead of the built-in one; read again when it changes.
    pub referrer_spam: Option<PathBuf>,
    /// Splits page titles into a tree, as Matomo's `action_title_category_delimiter`.
    pub title_delimiter: String,
    /// Engine library; absent means the one that came with the program.
    pub engine_library: Option<PathBuf>,
    /// Memory that the engine may use, in bytes.
    pub engine_memory: u64,
    /// How long the engine may be silent before it is killed and started again.
    pub engine_hang_limit: Duration,
    /// Bytes that the spool may take on disk.
    pub spool_max_bytes: u64,
    /// A ClickHouse server instead of the embedded engine.
    pub clickhouse: Option<ClickHouse>,
}

/// How to reach a ClickHouse server.
#[derive(Clone)]
pub struct ClickHouse {
    /// HTTP address.
    pub url: String,
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
    /// Database; made when it is missing.
    pub database: String,
}

impl std::fmt::Debug for ClickHouse {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ClickHouse {{ url: {}, user: {}, database: {} }}", self.url, self.user, self.database)
    }
}

/// Whether the visitor hash covers the whole address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VisitorAddress {
    /// The network only: better privacy, visitors of one network with one browser merge.
    #[default]
    Truncated,
    /// The whole address, under a salt that is destroyed.
    Full,
}

/// Where places come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GeoSource {
    /// The city database.
    #[default]
    Database,
    /// The browser's language: a country at most.
    Language,
    /// Nowhere.
    None,
}

/// What the command line says about paths; it wins over file and environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    server: Server,
    collect: Collect,
    privacy: Privacy,
    geo: Geo,
    report: Report,
    engine: Engine,
    spool: Spool,
    clickhouse: RawClickHouse,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Server {
    data: PathBuf,
    listen: SocketAddr,
    public_url: Option<String>,
    trusted_proxies: Vec<IpNet>,
    max_connections: usize,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            data: PathBuf::from("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
            max_connections: 10_000,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Collect {
    rate_limit: u32,
    explain: bool,
    local_hosts: bool,
    referrers: Option<PathBuf>,
    referrer_spam: Option<PathBuf>,
}

impl Default for Collect {
    fn default() -> Collect {
        Collect { rate_limit: 50, explain: false, local_hosts: false, referrers: None, referrer_spam: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Privacy {
    min_group: u32,
    visitor_address: VisitorAddress,
}

impl Default for Privacy {
    fn default() -> Privacy {
        Privacy { min_group: 1, visitor_address: VisitorAddress::default() }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Geo {
    source: GeoSource,
    database: Vec<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Report {
    title_delimiter: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Engine {
    library: Option<PathBuf>,
    memory_mib: Option<u64>,
    hang_seconds: u64,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine { library: None, memory_mib: None, hang_seconds: 60 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Spool {
    max_mib: u64,
}

impl Default for Spool {
    fn default() -> Spool {
        Spool { max_mib: 4_096 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawClickHouse {
    url: Option<String>,
    user: String,
    password: String,
    database: String,
}

impl Default for RawClickHouse {
    fn default() -> RawClickHouse {
        RawClickHouse {
            url: None,
            user: "default".into(),
            password: String::new(),
            database: "footfall".into(),
        }
    }
}

/// How a setting is written in the environment.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Number,
    Switch,
    List,
}

/// Every setting. The environment can hold these and no others.
const SETTINGS: [(&str, &str, Shape); 23] = [
    ("server", "data", Shape::Text),
    ("server", "listen", Shape::Text),
    ("server", "public_url", Shape::Text),
    ("server", "trusted_proxies", Shape::List),
    ("server", "max_connections", Shape::Number),
    ("collect", "rate_limit", Shape::Number),
    ("collect", "explain", Shape::Switch),
    ("collect", "local_hosts", Shape::Switch),
    ("collect", "referrers", Shape::Text),
    ("collect", "referrer_spam", Shape::Text),
    ("privacy", "min_group", Shape::Number),
    ("privacy", "visitor_address", Shape::Text),
    ("geo", "source", Shape::Text),
    ("geo", "database", Shape::List),
    ("report", "title_delimiter", Shape::Text),
    ("engine", "library", Shape::Text),
    ("engine", "memory_mib", Shape::Number),
    ("engine", "hang_seconds", Shape::Number),
    ("spool", "max_mib", Shape::Number),
    ("clickhouse", "url", Shape::Text),
    ("clickhouse", "user", Shape::Text),
    ("clickhouse", "password", Shape::Text),
    ("clickhouse", "database", Shape::Text),
];

impl Config {
    /// Reads the file, the environment and the command line's paths.
    ///
    /// # Errors
    /// When the file can't be read, or a key or a value is not known; the text names it.
    pub fn load(overrides: &Overrides) -> Result<Config> {
        let file = overrides.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Config::from_parts(file, &environment, overrides)
    }

    fn from_parts(
        mut file: Table,
        environment: &BTreeMap<String, String>,
        overrides: &Overrides,
    ) -> Result<Config> {
        for (name, value) in environment {
            overlay(&mut file, name, value)?;
        }
        let raw: Raw =
            Value::Table(file).try_into().map_err(|error| anyhow::anyhow!("configuration: {error}"))?;
        check(raw, overrides)
    }
}

fn read_file(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("can't read the configuration {}", path.display()))?;
    text.parse().with_context(|| format!("the configuration {} is not TOML", path.display()))
}

/// Puts one environment variable over the file's value.
fn overlay(file: &mut Table, name: &str, text: &str) -> Result<()> {
    let Some(rest) = name.strip_prefix("FOOTFALL_").map(str::to_ascii_lowercase) else {
        return Ok(());
    };
    let Some((section, key)) = rest.split_once('_').filter(|(section, _)| is_section(section)) else {
        tracing::debug!(name, "this variable is no setting");
        return Ok(());
    };
    let Some((_, _, shape)) = SETTINGS.iter().find(|setting| (setting.0, setting.1) == (section, key)) else {
        bail!("{name}: there is no setting {key:?} in section [{section}]");
    };
    let value = shape.parse(text).with_context(|| format!("{name}={text}"))?;
    let table = file.entry(section).or_insert_with(|| Value::Table(Table::new()));
    let table = table.as_table_mut().with_context(|| format!("{section} is not a section"))?;
    table.insert(key.to_owned(), value);
    Ok(())
}

fn is_section(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.0 == name)
}

impl Shape {
    fn parse(self, text: &str) -> Result<Value> {
        Ok(match self {
            Shape::Text => Value::String(text.to_owned()),
            Shape::Number => Value::Integer(text.parse().context("not a number")?),
            Shape::Switch => match text {
                "1" | "true" | "on" | "yes" => Value::Boolean(true),
                "0" | "false" | "off" | "no" | "" => Value::Boolean(false),
                _ => bail!("neither true nor false"),
            },
            Shape::List => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
            }
        })
    }
}

fn check(raw: Raw, overrides: &Overrides) -> Result<Config> {
    let listen = overrides.listen.unwrap_or(raw.server.listen);
    Ok(Config {
        data: overrides.data.clone().unwrap_or(raw.server.data),
        listen,
        public_url: public_url(raw.server.public_url, listen)?,
        trusted_proxies: raw.server.trusted_proxies,
        max_connections: raw.server.max_connections.max(1),
        rate_limit: raw.collect.rate_limit,
        explain: raw.collect.explain,
        local_hosts: raw.collect.local_hosts,
        min_group: raw.privacy.min_group.max(1),
        visitor_address: raw.privacy.visitor_address,
        geo_source: raw.geo.source,
        geo_database: raw.geo.database,
        referrers: raw.collect.referrers,
        referrer_spam: raw.collect.referrer_spam,
        title_delimiter: raw.report.title_delimiter,
        engine_library: raw.engine.library,
        engine_memory: raw.engine.memory_mib.map_or_else(memory::share, |mib| (mib << 20).max(memory::LEAST)),
        engine_hang_limit: Duration::from_secs(raw.engine.hang_seconds.max(5)),
        spool_max_bytes: raw.spool.max_mib.max(1) << 20,
        clickhouse: clickhouse(raw.clickhouse)?,
    })
}

fn public_url(given: Option<String>, listen: SocketAddr) -> Result<String> {
    let Some(text) = given else {
        return Ok(format!("http://{listen}"));
    };
    let url = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    match url {
        Some(url) if url.path() == "/" && url.query().is_none() => Ok(text.trim_end_matches('/').to_owned()),
        _ => bail!("server.public_url is {text:?}: write it like https://stats.example.org"),
    }
}

fn clickhouse(raw: RawClickHouse) -> Result<Option<ClickHouse>> {
    let Some(url) = raw.url else { return Ok(None) };
    if !url.starts_with("http://") {
        bail!(
            "clickhouse.url is {url:?}: only http:// is spoken, so put a tunnel or a proxy on this machine in between"
        );
    }
    Ok(Some(ClickHouse { url, user: raw.user, password: raw.password, database: raw.database }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config> {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Config::from_parts(file.parse().unwrap(), &environment, &Overrides::default())
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config = load(
            "[server]\npublic_url = 'https://a.example/'\n[collect]\nrate_limit = 7",
            &[
                ("FOOTFALL_COLLECT_RATE_LIMIT", "0"),
                ("FOOTFALL_SERVER_TRUSTED_PROXIES", "127.0.0.1/32, ::1/128"),
            ],
        )
        .unwrap();
        assert_eq!(config.rate_limit, 0);
        assert_eq!(config.public_url, "https://a.example");
        assert_eq!(config.trusted_proxies.len(), 2);
    }

    #[test]
    fn every_setting_is_known_to_the_file_too() {
        for (section, key, shape) in SETTINGS {
            let sample = match (shape, key) {
                (Shape::Number, _) => "1",
                (Shape::Switch, _) => "true",
                (_, "listen") => "127.0.0.1:1",
                (_, "public_url" | "url") => "http://h",
                (_, "trusted_proxies") => "10.0.0.0/8",
                (_, "visitor_address") => "full",
                (_, "source") => "none",
                _ => "x",
            };
            let name = format!("FOOTFALL_{section}_{key}").to_ascii_uppercase();
            load("", &[(&name, sample)]).unwrap();
        }
    }

    #[test]
    fn every_setting_of_the_file_is_known_to_the_environment() {
        for (section, _, _) in SETTINGS {
            let error = load(&format!("[{section}]\nno_such_key = 1"), &[]).unwrap_err().to_string();
            let (_, keys) = error.split_once("expected").unwrap();
            let keys = keys.lines().next().unwrap();
            for key in keys.split('`').skip(1).step_by(2) {
                assert!(
                    SETTINGS.iter().any(|setting| (setting.0, setting.1) == (section, key)),
                    "{section}.{key}"
                );
            }
        }
    }

    #[test]
    fn unknown_keys_are_errors() {
        assert!(load("[server]\nport = 1", &[]).is_err());
        assert!(load("[sever]\n", &[]).is_err());
        assert!(load("", &[("FOOTFALL_SERVER_PORT", "1")]).is_err());
        assert!(load("", &[("FOOTFALL_SHARED", "elsewhere")]).is_ok());
        assert!(load("[clickhouse]\nurl = 'https://h'", &[]).is_err());
    }
}
