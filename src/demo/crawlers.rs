//! Who is not a person: crawlers, scripts and browsers that fetch ahead. They send no token, so they can't be of
//! another day than today; they are counted as dropped, each with its reason.

use anyhow::{Result, ensure};
use serde_json::json;

use super::client::Client;
use super::dice::{self, pick, pick_popular};
use super::shop::{self, Page};
use super::visitors;

/// Hits of crawlers, a few of a hundred of a day's.
const CRAWLERS: usize = 110;

/// Pages that browsers fetch ahead.
const PREFETCHES: usize = 9;

/// Crawlers and scripts, by how much they fetch.
const AGENTS: [(u32, &str); 8] = [
    (30, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    (20, "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
    (
        18,
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    ),
    (12, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    (
        8,
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    ),
    (6, "curl/8.14.1"),
    (4, "python-requests/2.32.3"),
    (
        6,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/154.0.0.0 Safari/537.36",
    ),
];

/// Sends the hits of crawlers; gives how many.
pub(super) async fn visit(client: &Client, site: u32) -> Result<usize> {
    let mut dice = dice::of_today();
    let mut hits = Vec::with_capacity(CRAWLERS);
    for _ in 0..CRAWLERS {
        let product = pick_popular(&mut dice, &shop::PRODUCTS);
        hits.push(json!({
            "idsite": site, "rec": 1, "ua": pick(&mut dice, &AGENTS),
            "url": shop::address(&Page::Product(product).path()), "action_name": Page::Product(product).title(),
        }));
    }
    client.bulk(&hits, None).await
}

/// Fetches pages ahead as browsers do; gives how many.
pub(super) async fn prefetch(client: &Client, site: u32) -> Result<usize> {
    let path = format!("/matomo.php?idsite={site}&rec=1&url={}", shop::URL);
    let agent = visitors::agent(&mut dice::of_today());
    let headers = [("user-agent", agent.as_str()), ("sec-purpose", "prefetch;prerender")];
    for _ in 0..PREFETCHES {
        let answer = client.get(&path, &headers).await?;
        ensure!(answer.status.is_success(), "the server answered {} to a prefetch", answer.status);
    }
    Ok(PREFETCHES)
}
