//! Footfall: a privacy-preserving, self-hosted web-analytics and ad-measurement server.
//!
//! # The path of an event
//!
//! A browser, an app or another server sends a *hit*. Modules are listed in the order in which it passes them, and data
//! flows in this direction only:
//!
//! 1. [`http`] takes the request from the [`server`]'s own accept loop and finds out whose address it came from.
//! 2. [`protocol`] turns bytes into a [`protocol::Hit`], or says why they mean nothing. Pure functions.
//! 3. [`ingest`] takes the hit, or a banner event, through a visible list of steps; each passes it on or ends its way
//!    with an [`event::Reason`], which is counted as durably as the hit would have been.
//! 4. [`privacy`] makes an [`event::Event`] of it: the only module that sees an address or a user agent, and the last.
//! 5. [`spool`] writes it to disk; the answer is sent after `fdatasync`. From here on it survives a power cut.
//! 6. [`drain`], the one consumer of the spool, gives events their visits and sends sealed batches under a token.
//! 7. [`store`] inserts them into ClickHouse, exactly once: the embedded [`engine`] in a child process, or a server.
//! 8. [`seal`] adds finished days up once more, so that reports need not.
//! 9. [`report`] asks, with a permission that only [`accounts`] can give, and computes what people read.
//! 10. [`api`] answers with JSON: to the dashboard, to scripts, and to those who speak Matomo.
//!
//! Logs join at the second step: [`importer`] sends them, [`imports`] counts each of their lines once.
//!
//! Banners take the same path: [`ads`] signs what their tags carry and knows what makes a count valid.

pub mod accounts;
pub mod ads;
pub mod api;
pub mod app;
pub mod cli;
mod client;
pub mod clock;
pub mod config;
pub mod day;
pub mod demo;
pub mod drain;
pub mod engine;
pub mod event;
mod fault;
mod forwarded;
pub mod http;
pub mod importer;
pub mod imports;
pub mod ingest;
pub mod privacy;
pub mod protocol;
pub mod report;
pub mod seal;
pub mod secret;
pub mod server;
pub mod snippet;
pub mod spool;
pub mod store;
pub mod telemetry;
mod terminal;
