//! `footfall demo`: a site with traffic that looks like a shop's, so that a newcomer sees a full dashboard in a minute.
//!
//! Nothing is put into the database behind the collector's back: visits are HTTP requests with a token, as a log
//! import sends them, and go the way of every hit. What is sent depends on the date alone: the same day and number of
//! days give the same visits, cut off at the present moment. Only the numbers of banner deliveries are the server's.
//!
//! Old times need a token, and hits with a token are never taken for bots, so bots, prefetches and banner events can
//! only happen now: today's counts of what was dropped and of the campaign show them, and no earlier day does.
//!
//! [`traffic`] says when people come, [`visitors`] who they are, [`journey`] what they do in the [`shop`]; [`banners`]
//! and [`crawlers`] come on top. [`host`] finds a server or starts one, [`client`] talks to it.

mod banners;
mod client;
mod crawlers;
mod dice;
mod host;
mod journey;
mod progress;
mod shop;
mod traffic;
mod visitors;

use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::accounts::{Accounts, Identity, NewSite, Role};
use crate::clock::Clock;
use crate::config::Config;
use crate::server::open_folder;
use banners::{Banners, Shown};
use client::Client;
use host::Host;
use progress::Progress;
use traffic::Day;

/// Hits in one request.
const CHUNK: usize = 200;

/// Connections that visits are sent on. All hits of a visitor take the same one, so they arrive in order.
const LANES: usize = 4;

/// Time zone of the shop.
const ZONE: &str = "Europe/Amsterdam";

/// The demo's site, and the token to send its visits with.
struct Site {
    id: u32,
    token: String,
    banners: Banners,
}

/// What was sent and acknowledged.
#[derive(Default)]
struct Sent {
    visits: usize,
    hits: usize,
    crawlers: usize,
    prefetches: usize,
    shown: Shown,
}

/// Makes the demo site and sends `days` days of traffic, up to now.
///
/// # Errors
/// When no server runs and none can be started, or the server refuses something.
pub fn run(config: &Config, days: u32) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("can't start the runtime")?.block_on(story(config, days))
}

async fn story(config: &Config, days: u32) -> Result<()> {
    let now = Clock::system().now();
    open_folder(&config.data)?;
    let host = Host::find_or_start(config).await?;
    let site = make_site(config, now)?;
    host.client.wait_for_site(site.id, &site.token).await?;
    let sent = send(&host.client, &site, days, now).await?;
    host.client.wait_until_stored().await?;
    report(&sent, days, &host.dashboard(config, site.id), host.is_own());
    host.stop().await
}

/// Adds site, campaign and token. The token may send hits to this site and nothing else; it is forgotten with the end
/// of this process, as the database keeps its hash alone.
fn make_site(config: &Config, now: Timestamp) -> Result<Site> {
    let accounts = Accounts::open(&config.data.join("accounts.db"))?;
    let site = NewSite {
        name: shop::NAME.into(),
        url: shop::URL.into(),
        timezone: ZONE.into(),
        identity: Identity::Daily,
    };
    let id = accounts.add_site(&site, now)?;
    let banners = Banners::add(&accounts, id, now)?;
    let token = accounts.create_token(Role::Write, Some(id), now)?;
    Ok(Site { id, token, banners })
}

async fn send(client: &Client, site: &Site, days: u32, now: Timestamp) -> Result<Sent> {
    let mut sent = Sent::default();
    let mut progress = Progress::new(days);
    let today = now.in_tz(ZONE)?.date();
    for age in (0..days).rev() {
        let day = traffic::day(site.id, today.saturating_sub(i64::from(age).days()), age, now)?;
        sent.visits += day.visits;
        sent.hits += send_day(client, &site.token, day).await?;
        progress.step(sent.visits, sent.hits);
    }
    progress.end("banners and bots of today");
    sent.crawlers = crawlers::visit(client, site.id).await?;
    sent.prefetches = crawlers::prefetch(client, site.id).await?;
    sent.shown = site.banners.show(client).await?;
    Ok(sent)
}

/// Sends the hits of one day, each lane's in order. Days go one after another: the salt of a day that is long over is
/// made for the occasion.
async fn send_day(client: &Client, token: &str, day: Day) -> Result<usize> {
    let mut lanes: [Vec<Value>; LANES] = Default::default();
    for hit in day.hits {
        if let Some(lane) = lanes.get_mut(hit.visitor % LANES) {
            lane.push(hit.entry);
        }
    }
    let mut sending = JoinSet::new();
    for lane in lanes {
        sending.spawn(send_lane(client.clone(), token.to_owned(), lane));
    }
    let mut acknowledged = 0;
    while let Some(lane) = sending.join_next().await {
        acknowledged += lane??;
    }
    Ok(acknowledged)
}

async fn send_lane(client: Client, token: String, lane: Vec<Value>) -> Result<usize> {
    let mut acknowledged = 0;
    for chunk in lane.chunks(CHUNK) {
        acknowledged += client.bulk(chunk, Some(&token)).await?;
    }
    Ok(acknowledged)
}

fn report(sent: &Sent, days: u32, dashboard: &str, is_own_server: bool) {
    let Sent { visits, hits, .. } = sent;
    let Shown { impressions, clicks } = sent.shown;
    println!("Sent to {:?}:", shop::NAME);
    println!("{visits} visits with {hits} hits on {days} days");
    println!("{impressions} banner impressions and {clicks} clicks today, not all of them valid");
    println!(
        "{} hits of bots and {} prefetches today, which are not counted as visits",
        sent.crawlers, sent.prefetches
    );
    if is_own_server {
        println!("Start the server with `footfall serve` to see it:");
    }
    println!("{dashboard}");
}
