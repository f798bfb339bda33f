//! The campaign: three creatives in two places, shown, looked at and clicked now, as the banner tag would do it.
//!
//! All requests come from this machine, and few enough of them count as a person's to stay below the limit for one
//! network.

use anyhow::{Context, Result, ensure};
use hyper::Method;
use hyper::StatusCode;
use hyper::body::Bytes;
use jiff::Timestamp;

use super::client::{Client, Headers};
use super::dice;
use super::visitors;
use crate::accounts::{Accounts, NewCreative};

/// Banners that are delivered.
const DELIVERIES: usize = 360;

/// Of so many deliveries, one each: never seen (further down than anybody scrolls), shown twice (a reload), clicked,
/// clicked twice, and seen and clicked by a crawler.
const UNSEEN: usize = 12;
const TWICE: usize = 29;
const CLICKED: usize = 61;
const CLICKED_TWICE: usize = 122;
const CRAWLED: usize = 73;

const CRAWLER: &str = "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)";

/// Name, image, alternative text, width and height.
const CREATIVES: [(&str, &str, &str, u32, u32); 3] = [
    ("Leaderboard", "voorjaar-728x90.png", "Voorjaarsactie: 15% korting op stadsfietsen", 728, 90),
    ("Rechthoek", "voorjaar-300x250.png", "Proefrit? Kom langs bij De Wilg", 300, 250),
    ("Wolkenkrabber", "voorjaar-160x600.png", "Elektrisch het voorjaar in", 160, 600),
];

const PLACEMENTS: [&str; 2] = ["Homepage, bovenaan", "Fietsadvies, naast het artikel"];

/// The campaign's places.
pub(super) struct Banners {
    placements: Vec<u32>,
}

/// How often banners were shown and clicked, valid or not.
#[derive(Clone, Copy, Default)]
pub(super) struct Shown {
    /// Impressions.
    pub impressions: usize,
    /// Clicks.
    pub clicks: usize,
}

impl Banners {
    /// Adds campaign, creatives and placements.
    pub fn add(accounts: &Accounts, site: u32, now: Timestamp) -> Result<Banners> {
        let campaign = accounts.add_campaign("Voorjaar", now)?;
        for (name, image, alt, width, height) in CREATIVES {
            let creative = NewCreative {
                name: name.into(),
                image_url: format!("https://dewilg.example/banners/{image}"),
                destination_url: format!(
                    "https://dewilg.example/actie/voorjaar?utm_source=banner&utm_medium=display&utm_campaign=voorjaar\
                     &utm_content={}",
                    name.to_lowercase()
                ),
                width,
                height,
                alt: alt.into(),
            };
            accounts.add_creative(campaign, &creative)?;
        }
        let add = |name| accounts.add_placement(site, campaign, name, &[]);
        let placements = PLACEMENTS.into_iter().map(add).collect::<Result<_, _>>()?;
        Ok(Banners { placements })
    }

    /// Shows banners to people and crawlers.
    pub async fn show(&self, client: &Client) -> Result<Shown> {
        let mut shown = Shown::default();
        let mut dice = dice::of_today();
        for (number, placement) in self.placements.iter().cycle().take(DELIVERIES).enumerate() {
            let banner = deliver(client, *placement).await?;
            // Counted from 1, so that the first one is an ordinary one.
            let is = |every: usize| (number + 1).is_multiple_of(every);
            let agent = match is(CRAWLED) {
                true => CRAWLER.to_owned(),
                false => visitors::agent(&mut dice),
            };
            let impressions = if is(UNSEEN) { 0 } else { 1 + usize::from(is(TWICE)) };
            let clicks = usize::from(is(CLICKED)) + usize::from(is(CLICKED_TWICE)) + usize::from(is(CRAWLED));
            banner.view(client, &agent, impressions, clicks).await?;
            shown.impressions += impressions;
            shown.clicks += clicks;
        }
        Ok(shown)
    }
}

/// One delivery.
struct Banner {
    impression: String,
    click: String,
}

async fn deliver(client: &Client, placement: u32) -> Result<Banner> {
    let answer = client.get(&format!("/ad/delivery?placement={placement}"), &[]).await?.json();
    let path = |name: &str| answer.get(name).and_then(|path| path.as_str()).map(str::to_owned);
    Ok(Banner {
        impression: path("impression").context("the server delivers no banner")?,
        click: path("click").context("the server delivers no banner")?,
    })
}

impl Banner {
    async fn view(&self, client: &Client, agent: &str, impressions: usize, clicks: usize) -> Result<()> {
        let headers: Headers<'_> = &[("user-agent", agent), ("accept-language", "nl-NL,nl;q=0.9")];
        for _ in 0..impressions {
            let answer = client.send(Method::POST, &self.impression, headers, Bytes::new()).await?;
            ensure!(answer.status == StatusCode::NO_CONTENT, "an impression got {}", answer.status);
        }
        for _ in 0..clicks {
            let answer = client.get(&self.click, headers).await?;
            ensure!(answer.status == StatusCode::FOUND, "a click got {}", answer.status);
        }
        Ok(())
    }
}
