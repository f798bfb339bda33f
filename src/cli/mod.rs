//! The command line.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage. An error is one line on standard error that says what to do.

mod accounts;
mod doctor;
mod goals;
mod rebuild;
mod spool;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::accounts::{GoalAttribute, Identity, NewGoal, PatternType, Role};
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::engine::{ChildOptions, Listen, child};
use crate::terminal::plain;
use crate::{demo, fault, importer, server};

#[derive(Parser)]
#[command(name = "footfall", version, about = "Counts visits and banners, and nobody in person")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server in the foreground; SIGTERM stops it without losing anything
    Serve(Serve),
    /// Sites
    #[command(subcommand)]
    Site(Site),
    /// What a site wants its visitors to do
    #[command(subcommand)]
    Goal(Goal),
    /// People who may sign in
    #[command(subcommand)]
    User(User),
    /// Tokens for scripts and servers
    #[command(subcommand)]
    Token(Token),
    /// Bring in what was counted elsewhere
    #[command(subcommand)]
    Import(Import),
    /// Make a demo site with believable traffic, banners included
    Demo {
        /// Days of traffic, up to now
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
        days: u32,
        #[command(flatten)]
        place: Place,
    },
    /// Seal days again, from their raw events: all of them, or those of a site and between two dates
    Rebuild {
        /// For this site alone
        #[arg(long)]
        site: Option<u32>,
        /// First local date, like 2026-11-22
        #[arg(long, value_name = "DATE")]
        from: Option<jiff::civil::Date>,
        /// Last local date
        #[arg(long, value_name = "DATE")]
        to: Option<jiff::civil::Date>,
        #[command(flatten)]
        place: Place,
    },
    /// What waits on disk
    #[command(subcommand)]
    Spool(Spool),
    /// Check engine, disk, city database, clock and proxy settings, and say what to do
    Doctor(Place),
    /// Run the embedded database; `serve` does this by itself
    #[command(hide = true)]
    Engine(Engine),
}

/// Where the data is.
#[derive(Args, Clone)]
struct Place {
    /// Folder that everything is kept in [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// For tests: read the time from this file (UTC, RFC 3339)
    #[arg(long, value_name = "FILE")]
    test_clock: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Site {
    /// Add a site and print its number
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its address
        #[arg(long)]
        url: String,
        /// Time zone that its days are counted in
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// How visitors are told apart: daily, or consented (ids arrive with consent only)
        #[arg(long, default_value = "daily")]
        identity: Identity,
        #[command(flatten)]
        place: Place,
    },
    /// List the sites: number, name, address, time zone, identity
    List(Place),
    /// Delete a site and everything counted for it
    Delete {
        /// Its number
        #[arg(long)]
        site: u32,
        /// Really
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum Goal {
    /// Add a goal and print its number
    Add(AddGoal),
    /// List a site's goals: number, name, what is compared
    List {
        /// The site's number
        #[arg(long)]
        site: u32,
        #[command(flatten)]
        place: Place,
    },
    /// Delete a goal; what was counted for it stays
    Delete {
        /// The site's number
        #[arg(long)]
        site: u32,
        /// The goal's number
        #[arg(long)]
        goal: u32,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args)]
struct AddGoal {
    /// The site's number
    #[arg(long)]
    site: u32,
    /// Its name
    #[arg(long)]
    name: String,
    /// What is compared: manually (nothing: the client reports it), url, title, file, external_website,
    /// event_category, event_action, event_name or visit_duration
    #[arg(long, default_value = "url")]
    attribute: GoalAttribute,
    /// What it is compared with; whole minutes for visit_duration
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    pattern: String,
    /// contains, exact or regex; for visit_duration, greater_than [default: what fits the attribute]
    #[arg(long = "type")]
    pattern_type: Option<PatternType>,
    /// Tell upper from lower case
    #[arg(long)]
    case_sensitive: bool,
    /// Count it more than once a visit
    #[arg(long)]
    multiple: bool,
    /// What a conversion is worth
    #[arg(long, default_value_t = 0.0)]
    revenue: f64,
    /// A conversion is worth the value of the event that reached it
    #[arg(long)]
    event_value: bool,
    /// A note about it
    #[arg(long, default_value = "")]
    description: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Subcommand)]
enum User {
    /// Add a user; the password comes from standard input, or is made up and printed once
    Add {
        /// E-mail address to sign in with
        #[arg(long)]
        email: String,
        /// owner, admin, write or view
        #[arg(long, default_value = "owner")]
        role: Role,
        #[command(flatten)]
        place: Place,
    },
    /// Give a user a new password, the same way
    Password {
        /// E-mail address to sign in with
        #[arg(long)]
        email: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum Token {
    /// Make a token and print it; it can't be shown again
    Create {
        /// For this site alone
        #[arg(long)]
        site: Option<u32>,
        /// owner, admin, write or view
        #[arg(long, default_value = "view")]
        role: Role,
        #[command(flatten)]
        place: Place,
    },
    /// List the tokens: name, role, site, when it was made
    List(Place),
    /// Revoke a token
    Revoke {
        /// Its name in the list
        id: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum Import {
    /// Read an access log (Apache, nginx, JSON, IIS, CloudFront, ELB, S3) and send its views to the server that runs;
    /// lines that were read before are not counted again
    Log {
        /// The log, plain or packed by gzip, bzip2, xz or zstd; - is standard input
        file: PathBuf,
        /// Number of the site
        #[arg(long)]
        site: u32,
        /// Count failed requests (4xx and 5xx) as page views, too
        #[arg(long)]
        with_errors: bool,
        /// Address of a server elsewhere, such as http://192.0.2.7:8080; a token for it is read from FOOTFALL_TOKEN
        #[arg(long)]
        url: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum Spool {
    /// Show segments, records and what waits
    Inspect(Place),
    /// Check every byte; fails when something is damaged
    Verify(Place),
    /// Send what the database has refused once more; fails when it refuses again
    RetryQuarantined(Place),
}

#[derive(Args)]
struct Engine {
    /// The engine's own folder
    #[arg(long)]
    data: PathBuf,
    /// Unix socket to listen on
    #[arg(long, conflicts_with = "listen", required_unless_present = "listen")]
    socket: Option<PathBuf>,
    /// TCP address to listen on
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The engine library
    #[arg(long)]
    library: PathBuf,
    /// Bytes of memory that it may use
    #[arg(long, default_value_t = 1 << 30)]
    memory_limit: u64,
    /// End when standard input does
    #[arg(long)]
    lifeline: bool,
    /// What clients must send; from the environment only, so that no process list shows it
    #[arg(skip = std::env::var("FOOTFALL_GATEWAY_PASSWORD").ok())]
    password: Option<String>,
}

/// Runs the program.
pub fn main() -> ExitCode {
    fault::print_places_alone();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            eprintln!("footfall: {}", usage(&error));
            return ExitCode::from(2);
        }
        Err(help) => help.exit(),
    };
    start_log();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("footfall: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with the arguments, in one line.
fn usage(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "no command is given: `--help` lists them".to_owned();
    }
    let text = error.to_string();
    let what = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}: `--help` shows what can be given", plain(&what))
}

/// The error and what caused it, in one line.
fn one_line(error: &anyhow::Error) -> String {
    plain(&format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" "))
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("FOOTFALL_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(serve) => run_server(serve),
        Command::Site(Site::Add { name, url, timezone, identity, place }) => {
            accounts::add_site(&place.config()?, name, url, timezone, identity)
        }
        Command::Site(Site::List(place)) => accounts::list_sites(&place.config()?),
        Command::Site(Site::Delete { site, yes, place }) => {
            accounts::delete_site(&place.config()?, site, yes)
        }
        Command::Goal(Goal::Add(goal)) => goals::add(&goal.place.config()?, goal.site, goal.new_goal()),
        Command::Goal(Goal::List { site, place }) => goals::list(&place.config()?, site),
        Command::Goal(Goal::Delete { site, goal, place }) => goals::delete(&place.config()?, site, goal),
        Command::User(User::Add { email, role, place }) => accounts::add_user(&place.config()?, &email, role),
        Command::User(User::Password { email, place }) => accounts::set_password(&place.config()?, &email),
        Command::Token(Token::Create { site, role, place }) => {
            accounts::create_token(&place.config()?, site, role)
        }
        Command::Import(Import::Log { file, site, with_errors, url, place }) => {
            importer::run(&place.config()?, &importer::Options { file, site, with_errors, url })
        }
        Command::Token(Token::List(place)) => accounts::list_tokens(&place.config()?),
        Command::Token(Token::Revoke { id, place }) => accounts::revoke_token(&place.config()?, &id),
        Command::Demo { days, place } => demo::run(&place.config()?, days),
        Command::Rebuild { site, from, to, place } => rebuild::run(&place.config()?, site, from, to),
        Command::Spool(Spool::Inspect(place)) => spool::inspect(&place.config()?),
        Command::Spool(Spool::Verify(place)) => spool::verify(&place.config()?),
        Command::Spool(Spool::RetryQuarantined(place)) => spool::retry_quarantined(&place.config()?),
        Command::Doctor(place) => doctor::run(&place.config()?),
        Command::Engine(engine) => run_engine(engine),
    }
}

impl AddGoal {
    fn new_goal(&self) -> NewGoal {
        let fitting = match self.attribute {
            GoalAttribute::Duration => PatternType::GreaterThan,
            _ => PatternType::Contains,
        };
        NewGoal {
            name: self.name.clone(),
            description: self.description.clone(),
            attribute: self.attribute,
            pattern: self.pattern.clone(),
            pattern_type: self.pattern_type.unwrap_or(fitting),
            case_sensitive: self.case_sensitive,
            allow_multiple: self.multiple,
            revenue: self.revenue,
            use_event_value: self.event_value,
        }
    }
}

impl Place {
    fn config(&self) -> Result<Config> {
        Config::load(&Overrides { config: self.config.clone(), data: self.data.clone(), listen: None })
    }
}

fn run_server(serve: Serve) -> Result<()> {
    let Place { data, config } = serve.place;
    let config = Config::load(&Overrides { config, data, listen: serve.listen })?;
    let clock = serve.test_clock.map_or(Ok(Clock::system()), Clock::test_file)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("can't start the runtime")?.block_on(server::serve(config, clock))
}

fn run_engine(engine: Engine) -> Result<()> {
    let listen = match (engine.socket, engine.listen) {
        (Some(socket), _) => Listen::Unix(socket),
        (None, Some(address)) => Listen::Tcp(address),
        (None, None) => anyhow::bail!("give --socket or --listen"),
    };
    child::run(ChildOptions {
        library: engine.library,
        data: engine.data,
        listen,
        password: engine.password,
        memory_limit: engine.memory_limit,
        lifeline: engine.lifeline,
    })
}
