//! The reports, counted once more in the plainest way from the rows of `events` alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::Server;
use crate::load::rows;

/// A row of `events`, as far as reports ask.
#[derive(Clone, Debug)]
pub struct Event {
    pub seq: u64,
    pub site: u64,
    pub day: String,
    pub hour: u64,
    pub time: i64,
    pub kind: u64,
    pub visitor: u64,
    new_visit: bool,
    path: String,
    title: String,
    target: String,
    category: String,
    action: String,
    source: (u64, String, String),
    keyword_missing: bool,
    country: String,
    browser: String,
    device: u64,
    goals: u64,
    revenue: f64,
    is_order: bool,
}

/// Everything in the table.
pub fn events(server: &Server) -> Vec<Event> {
    let sql = "SELECT seq, site_id, toString(local_date) AS day, local_hour, toUnixTimestamp(time) AS second, kind,
        visitor, new_visit, path, title, target, category, action, referrer_kind, referrer_name, referrer_keyword,
        keyword_missing, country, browser, device, length(goals) AS goals,
        arraySum(goal_revenues) + if(kind = 10, order_amounts[1], 0) AS revenue FROM events ORDER BY seq";
    rows(server, sql).iter().map(Event::new).collect()
}

impl Event {
    fn new(row: &Value) -> Event {
        let number = |name: &str| row[name].as_u64().unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        Event {
            seq: number("seq"),
            site: number("site_id"),
            day: text("day"),
            hour: number("local_hour"),
            time: row["second"].as_i64().unwrap(),
            kind: number("kind"),
            visitor: number("visitor"),
            new_visit: number("new_visit") == 1,
            path: text("path"),
            title: text("title"),
            target: text("target"),
            category: text("category"),
            action: text("action"),
            source: (number("referrer_kind"), text("referrer_name"), text("referrer_keyword")),
            keyword_missing: number("keyword_missing") == 1,
            country: text("country"),
            browser: text("browser"),
            device: number("device"),
            goals: number("goals"),
            revenue: row["revenue"].as_f64().unwrap(),
            is_order: number("kind") == 10,
        }
    }

    fn is_ping(&self) -> bool {
        self.kind == 8
    }

    /// Whether this brings a campaign other than that of a visit from `source`.
    fn leaves(&self, source: &(u64, String, String)) -> bool {
        let is_same = if self.keyword_missing {
            (source.0, &source.1) == (self.source.0, &self.source.1)
        } else {
            *source == self.source
        };
        self.source.0 == 6 && source.0 != 1 && !is_same
    }
}

/// A visit: its events in order.
#[derive(Clone, Debug)]
pub struct Visit {
    pub events: Vec<Event>,
    source: (u64, String, String),
}

impl Visit {
    pub fn first(&self) -> &Event {
        &self.events[0]
    }

    fn last(&self) -> &Event {
        &self.events[self.events.len() - 1]
    }

    fn takes(&self, event: &Event) -> bool {
        let last = self.events.iter().filter(|event| !event.is_ping()).map(|event| event.time).max().unwrap();
        let is_left = event.leaves(&self.source) && !event.is_ping();
        event.time < last + 1_800 && !event.new_visit && !is_left
    }

    fn actions(&self) -> u64 {
        self.events.iter().filter(|event| event.kind <= 5).count() as u64
    }

    fn is_bounce(&self) -> bool {
        self.actions() <= 1
    }

    fn seconds(&self) -> u64 {
        (self.last().time - self.first().time) as u64
    }

    fn goals(&self) -> u64 {
        self.events.iter().map(|event| event.goals).sum()
    }

    fn orders(&self) -> u64 {
        self.events.iter().filter(|event| event.is_order).count() as u64
    }

    fn paths(&self) -> impl DoubleEndedIterator<Item = &String> {
        self.events.iter().filter(|event| event.kind == 1).map(|event| &event.path)
    }

    pub fn entry(&self) -> Option<&String> {
        self.paths().next()
    }

    pub fn country(&self) -> &str {
        &self.first().country
    }

    pub fn source_name(&self) -> &str {
        let name = self.source.1.as_str();
        if self.source.0 == 3 { name.strip_prefix("www.").unwrap_or(name) } else { name }
    }

    pub fn views(&self, path: &str) -> bool {
        self.paths().any(|seen| seen == path)
    }
}

/// Sorts events into visits: by site, day and visitor, then by time.
pub fn visits(events: &[Event]) -> Vec<Visit> {
    let mut people: BTreeMap<(u64, String, u64), Vec<Event>> = BTreeMap::new();
    for event in events {
        people.entry((event.site, event.day.clone(), event.visitor)).or_default().push(event.clone());
    }
    people.into_values().flat_map(visits_of_one).collect()
}

fn visits_of_one(mut events: Vec<Event>) -> Vec<Visit> {
    events.sort_by_key(|event| (event.time, event.seq));
    let mut visits: Vec<Visit> = Vec::new();
    for event in events {
        let going_on = visits.last_mut().filter(|visit| visit.takes(&event));
        match going_on {
            Some(visit) => {
                if visit.source.0 == 1 && !event.is_ping() {
                    visit.source = event.source.clone();
                }
                visit.events.push(event);
            }
            None if event.is_ping() => {}
            None => visits.push(Visit { source: event.source.clone(), events: vec![event] }),
        }
    }
    visits
}

/// The totals that the API gives of an overview, revenue in cents.
pub fn totals(visits: &[Visit]) -> BTreeMap<&'static str, u64> {
    let sum = |figure: &dyn Fn(&Visit) -> u64| visits.iter().map(figure).sum::<u64>();
    let visitors: BTreeSet<_> =
        visits.iter().map(|visit| (visit.first().day.as_str(), visit.last().visitor)).collect();
    let revenue: f64 = visits.iter().flat_map(|visit| &visit.events).map(|event| event.revenue).sum();
    BTreeMap::from([
        ("visitors", visitors.len() as u64),
        ("visits", visits.len() as u64),
        ("page_views", sum(&|visit| visit.paths().count() as u64)),
        ("actions", sum(&Visit::actions)),
        ("bounces", sum(&|visit| visit.is_bounce().into())),
        ("seconds", sum(&Visit::seconds)),
        ("conversions", sum(&Visit::goals)),
        ("converted", sum(&|visit| (visit.goals() + visit.orders() > 0).into())),
        ("orders", sum(&Visit::orders)),
        ("cents", (revenue * 100.0).round() as u64),
    ])
}

/// Visits by the number of their first event, of visitors who had none before.
pub fn first_visits(visits: &[Visit]) -> BTreeSet<u64> {
    let mut firsts = BTreeMap::new();
    for visit in visits {
        let begin = (visit.first().time, visit.first().seq);
        let first = firsts.entry(visit.last().visitor).or_insert(begin);
        *first = begin.min(*first);
    }
    firsts.into_values().map(|(_, seq)| seq).collect()
}

/// Distinct visitors of all days together.
pub fn distinct_visitors(visits: &[Visit]) -> u64 {
    visits.iter().map(|visit| visit.last().visitor).collect::<BTreeSet<_>>().len() as u64
}

/// Visitors, visits and views of each hour of a day that has any.
pub fn hours(visits: &[Visit], day: &str) -> BTreeMap<String, [u64; 3]> {
    let of_day: Vec<&Visit> = visits.iter().filter(|visit| visit.first().day == day).collect();
    let mut hours: BTreeMap<u64, (BTreeSet<u64>, u64, u64)> = BTreeMap::new();
    for visit in of_day {
        hours.entry(visit.first().hour).or_default().1 += 1;
        for event in &visit.events {
            let hour = hours.entry(event.hour).or_default();
            hour.0.insert(event.visitor);
            hour.2 += u64::from(event.kind == 1);
        }
    }
    let label = |hour| format!("{day}T{hour:02}");
    hours
        .into_iter()
        .map(|(hour, (who, visits, views))| (label(hour), [who.len() as u64, visits, views]))
        .collect()
}

/// What a breakdown says of a label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub visitors: u64,
    pub visits: u64,
    pub count: u64,
    pub entries: u64,
    pub exits: u64,
    pub bounces: u64,
    pub seconds: u64,
}

/// Dimensions that are compared.
pub const DIMENSIONS: [&str; 10] = [
    "pages",
    "titles",
    "outlinks",
    "downloads",
    "events",
    "searches",
    "referrers",
    "countries",
    "browsers",
    "devices",
];

/// A breakdown, by label and, for referrers, their kind.
pub fn breakdown(visits: &[Visit], dimension: &str) -> BTreeMap<(String, String), Line> {
    match dimension {
        "referrers" | "countries" | "browsers" | "devices" => by_visit(visits, dimension),
        _ => by_event(visits, dimension),
    }
}

fn by_visit(visits: &[Visit], dimension: &str) -> BTreeMap<(String, String), Line> {
    let mut visitors: BTreeMap<(String, String), BTreeSet<(String, u64)>> = BTreeMap::new();
    let mut lines: BTreeMap<(String, String), Line> = BTreeMap::new();
    for visit in visits {
        let first = visit.first();
        let label = match dimension {
            "referrers" => (visit.source_name().to_owned(), kind(visit.source.0).to_owned()),
            "countries" => (first.country.clone(), String::new()),
            "browsers" => (first.browser.clone(), String::new()),
            _ => (device(first.device).to_owned(), String::new()),
        };
        visitors.entry(label.clone()).or_default().insert((first.day.clone(), visit.last().visitor));
        let line = lines.entry(label).or_default();
        line.visits += 1;
        line.count += 1;
        line.bounces += u64::from(visit.is_bounce());
        line.seconds += visit.seconds();
    }
    for (label, line) in &mut lines {
        line.visitors = visitors[label].len() as u64;
    }
    lines
}

/// Visitors by day, visits, and how often.
type Seen = (BTreeSet<(String, u64)>, BTreeSet<u64>, u64);

fn by_event(visits: &[Visit], dimension: &str) -> BTreeMap<(String, String), Line> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for visit in visits {
        for event in &visit.events {
            let Some(label) = label(event, dimension) else { continue };
            let entry = seen.entry(label).or_default();
            entry.0.insert((event.day.clone(), event.visitor));
            entry.1.insert(visit.first().seq);
            entry.2 += 1;
        }
    }
    let line = |(visitors, visits, count): Seen| Line {
        visitors: visitors.len() as u64,
        visits: visits.len() as u64,
        count,
        ..Line::default()
    };
    let mut lines: BTreeMap<(String, String), Line> =
        seen.into_iter().map(|(label, counts)| ((label, String::new()), line(counts))).collect();
    for visit in visits.iter().filter(|_| dimension == "pages") {
        if let (Some(entry), Some(exit)) = (visit.entry(), visit.paths().next_back()) {
            let line = lines.get_mut(&(entry.clone(), String::new())).unwrap();
            line.entries += 1;
            line.bounces += u64::from(visit.is_bounce());
            line.seconds += visit.seconds();
            lines.get_mut(&(exit.clone(), String::new())).unwrap().exits += 1;
        }
    }
    lines
}

fn label(event: &Event, dimension: &str) -> Option<String> {
    match (dimension, event.kind) {
        ("pages", 1) => Some(event.path.clone()),
        ("titles", 1) => Some(event.title.clone()),
        ("outlinks", 2) | ("downloads", 3) => Some(event.target.clone()).filter(|target| !target.is_empty()),
        ("events", 4) => Some(format!("{} / {}", event.category, event.action)),
        ("searches", 5) => Some(event.category.clone()),
        _ => None,
    }
}

fn kind(number: u64) -> &'static str {
    ["", "direct", "search", "website", "", "", "campaign", "social", "assistant"][number as usize]
}

fn device(number: u64) -> &'static str {
    ["other", "desktop", "smartphone", "tablet", "tv", "console", "wearable"][number as usize]
}
