//! Fills a database with traffic of twelve months and five sites, through the writer that the drain uses: rows in order of
//! time, batches under tokens. What is written depends on the number of events alone.
//!
//!     footfall engine --data DIR --library LIB --listen 127.0.0.1:9123 &
//!     cargo run --release --example fill -- http://127.0.0.1:9123 1000000

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that panics has failed")]
#![allow(missing_docs, reason = "nobody calls this")]

use std::time::Instant;

use footfall::event::{Event, Kind};
use footfall::store::connector::{Connector, client};
use footfall::store::{Batch, EventRow, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// 2025-11-22, the first of the days.
const FIRST_DAY: i32 = 20_414;

/// Days of traffic.
const DAYS: i32 = 365;

/// Share of the traffic that each site has, in percent.
const SITES: [u64; 5] = [50, 25, 15, 7, 3];

/// Rows of a batch.
const BATCH: usize = 50_000;

/// Events of a visit, on average.
const VISIT: f64 = 3.2;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(events)) = (arguments.next(), arguments.next()) else {
        panic!("usage: fill URL EVENTS");
    };
    let events: u64 = events.parse().expect("a number of events");
    let store = Store::new(client(Connector::Tcp, &url, "", "", "footfall"), 1 << 30);
    store.migrate("footfall").await.expect("a database");
    let (start, written) = (Instant::now(), fill(&store, events).await);
    println!("{written} events written in {:.1} s", start.elapsed().as_secs_f64());
}

async fn fill(store: &Store, events: u64) -> u64 {
    let mut random = StdRng::seed_from_u64(events);
    let mut seq = 1_700_000_000_000_000;
    let mut written = 0;
    for day in FIRST_DAY..FIRST_DAY + DAYS {
        let mut rows = Vec::new();
        for event in day_of_events(&mut random, day, events / DAYS as u64) {
            seq += 1;
            rows.push((seq, event));
        }
        written += rows.len() as u64;
        write(store, number_visits(rows)).await;
    }
    written
}

/// Gives each event its visit: the number of the visit's first event. The generator leaves the visit's key in `view`.
fn number_visits(rows: Vec<(u64, Event)>) -> Vec<EventRow> {
    let mut first = std::collections::HashMap::new();
    let row = |(seq, mut event): (u64, Event)| {
        let visit = *first.entry(event.view).or_insert(seq);
        event.view = 0;
        EventRow::new(seq, visit, event)
    };
    rows.into_iter().map(row).collect()
}

async fn write(store: &Store, rows: Vec<EventRow>) {
    let mut rows = rows.into_iter().peekable();
    while let Some(first) = rows.peek().map(|row| row.seq) {
        let batch = Batch { events: rows.by_ref().take(BATCH).collect(), ..Batch::default() };
        store.write(&format!("fill-{first}"), &batch, false).await.expect("the database takes a batch");
    }
}

fn day_of_events(random: &mut StdRng, day: i32, count: u64) -> Vec<Event> {
    let mut events = Vec::new();
    let mut visit = 0;
    for (site, share) in (1..).zip(SITES) {
        let visits = (count * share) as f64 / 100.0 / VISIT;
        // A few visits a day must not become none.
        let visits = visits as u64 + u64::from(random.random::<f64>() < visits.fract());
        for _ in 0..visits {
            visit += 1;
            make_visit(random, day, site, visit, &mut events);
        }
    }
    events.sort_by_key(|event| event.time);
    events
}

fn make_visit(random: &mut StdRng, day: i32, site: u32, visit: u32, events: &mut Vec<Event>) {
    let midnight = i64::from(day) * 86_400;
    let mut event = visitor(random, site, day);
    event.view = visit;
    let mut second: i64 = random.random_range(0..86_400);
    let length = 1 + (-(1.0 - random.random::<f64>()).ln() * (VISIT - 0.6)) as u32;
    for number in 0..length.min(60) {
        if second >= 86_400 {
            return;
        }
        event.time = midnight + second;
        event.local_hour = (second / 3_600) as u32;
        event.visitor_hour = Some(event.local_hour);
        act(random, &mut event, number == 0);
        events.push(event.clone());
        second += random.random_range(4..200);
    }
}

/// A number below `count`, small ones far more often than large ones.
fn skewed(random: &mut StdRng, count: u32) -> u32 {
    (random.random::<f64>().powi(3) * f64::from(count)) as u32
}

fn visitor(random: &mut StdRng, site: u32, day: i32) -> Event {
    let country = skewed(random, 60);
    let city = country * 50 + skewed(random, 50);
    let machine = skewed(random, 60) as usize;
    let pick = |names: &[&str]| names[machine % names.len()].to_owned();
    let mut event = Event {
        site,
        local_date: day,
        visitor: random.random(),
        country: format!("{}{}", (65 + country % 10) as u8 as char, (75 + country / 10) as u8 as char),
        region: format!("Region {}", city / 5),
        city: format!("City {city}"),
        browser: pick(&["Chrome", "Safari", "Firefox", "Edge", "Opera"]),
        browser_version: format!("{}", 120 + machine % 20),
        system: pick(&["Windows", "iOS", "Android", "macOS", "Linux"]),
        system_version: format!("{}", machine % 12),
        device: 1 + machine as u32 % 3,
        language: ["en", "nl", "de", "fr", "es", "pl", "it"][country as usize % 7].to_owned(),
        screen: pick(&["1920x1080", "390x844", "1366x768", "2560x1440", "412x915"]),
        host: format!("site{site}.example"),
        ..Event::default()
    };
    refer(random, &mut event);
    event
}

fn refer(random: &mut StdRng, event: &mut Event) {
    event.referrer_kind = [1, 1, 1, 2, 2, 3, 6, 7][random.random_range(0..8)];
    event.referrer_name = match event.referrer_kind {
        2 => ["Google", "Bing", "DuckDuckGo"][skewed(random, 3) as usize].to_owned(),
        3 => format!("website{}.example", skewed(random, 1_000)),
        6 => format!("campaign {}", skewed(random, 30)),
        7 => ["Mastodon", "Facebook", "Reddit"][skewed(random, 3) as usize].to_owned(),
        _ => String::new(),
    };
    if event.referrer_kind == 3 {
        event.referrer_url = format!("{}/story/{}", event.referrer_name, skewed(random, 200));
    }
}

fn act(random: &mut StdRng, event: &mut Event, is_first: bool) {
    let page = skewed(random, 5_000);
    event.path = format!("/{}/article-{page}", ["blog", "shop", "docs", "news"][page as usize % 4]);
    event.title = format!("Article {page} about one thing or another");
    for text in [&mut event.target, &mut event.category, &mut event.action, &mut event.name] {
        text.clear();
    }
    let kinds = [Kind::PageView, Kind::Outlink, Kind::Download, Kind::Event, Kind::Event, Kind::SiteSearch];
    let kind = if is_first {
        Kind::PageView
    } else {
        kinds[(random.random_range(0..12_u32).saturating_sub(6)) as usize]
    };
    event.kind = kind as i32;
    match kind {
        Kind::Outlink | Kind::Download => event.target = format!("https://elsewhere.example/{}", page % 500),
        Kind::SiteSearch => event.category = format!("words {}", page % 400),
        Kind::Event => {
            event.category = "Video".to_owned();
            event.action = ["Play", "Pause"][page as usize % 2].to_owned();
            event.name = format!("Clip {}", page % 50);
        }
        _ => {}
    }
}
