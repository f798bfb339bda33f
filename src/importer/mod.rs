//! `footfall import log`: reads a log and sends it to the server that runs.
//!
//! The importer knows of lines only whether there is one that can be read: a log without is not begun. It finds out which
//! log this is and how far it has come, sends what follows in chunks, and adds up what the server says about them. Each chunk is counted once or not at all
//! ([`crate::imports`]), so whatever goes wrong here, the same command goes on where it stopped. Lines hold addresses
//! and agents: they go from the file to the server, and nowhere else.

mod directives;
mod kind;
mod probe;
mod progress;
mod server;
mod source;
mod summary;
mod token;
mod unpack;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use hyper::body::Bytes;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::imports::MAX_HEAD;
use progress::Progress;
use server::{Lines, Said, Server};
use source::Source;
use summary::Summary;
use token::Token;

/// What is to be imported.
pub struct Options {
    /// The log; `-` is standard input.
    pub file: PathBuf,
    /// Number of the site.
    pub site: u32,
    /// Whether failed requests are page views, too.
    pub with_errors: bool,
    /// Address of the server, when it isn't the one on the data folder.
    pub url: Option<String>,
}

/// Imports a log and prints what became of its lines.
///
/// # Errors
/// When the log can't be read, no server answers, or the server refuses; the text says what to do.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("can't start the runtime")?.block_on(story(config, options))
}

async fn story(config: &Config, options: &Options) -> Result<()> {
    let source = Source::open(&options.file)?;
    let mut server = Server::find(config, options.url.as_deref()).await?;
    let token = Token::find_or_make(config, options)?;
    remove_when_interrupted(token.clone())?;
    server.authorise(options.site, token.text());
    let outcome = import(&mut server, source, options.with_errors).await;
    token.remove();
    println!("{}", outcome?);
    Ok(())
}

/// When somebody stops the import, what is sent is counted, and the token must go.
fn remove_when_interrupted(token: Token) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.remove();
        eprintln!("footfall: interrupted: run the same command again, and it goes on where it stopped");
        std::process::exit(1);
    });
    Ok(())
}

async fn import(server: &mut Server, mut source: Source, with_errors: bool) -> Result<Summary> {
    let mut summary = Summary::new(source.name());
    let head = Bytes::copy_from_slice(source.head(MAX_HEAD as usize)?);
    if head.is_empty() {
        return Ok(summary);
    }
    probe::check(&mut source)?;
    let mut known = server.open(head.clone()).await?;
    summary.already = known.lines;
    let mut progress = Progress::new(known.lines);
    loop {
        if !source.skip_to(known.offset)? {
            summary.is_shorter = true;
            break;
        }
        let lines = Lines { chunk: source.chunk(), directives: source.directives(), with_errors };
        if lines.chunk.is_empty() {
            break;
        }
        match server.take(&known, &lines).await? {
            Said::Taken(taken) if taken.progress.offset == known.offset => {
                ensure!(source.is_at_end(), "the server takes no more lines: see its log");
                break; // the last line is not finished
            }
            Said::Taken(taken) => {
                summary.add(taken.progress.lines - known.lines, &taken);
                known = taken.progress;
            }
            // The answer to this chunk was lost, or another importer was faster.
            Said::Elsewhere => {
                let before = known.lines;
                known = server.open(head.clone()).await?;
                summary.already += known.lines.saturating_sub(before);
            }
        }
        progress.show(&source, summary.read + summary.already);
    }
    progress.end();
    source.check()?;
    if summary.is_unreadable() {
        bail!("{}", probe::unreadable(source.name(), &head));
    }
    Ok(summary)
}
