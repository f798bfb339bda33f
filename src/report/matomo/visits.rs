//! Visits by what is known of them: where from, with what, when.

use serde_json::Value;

use super::addresses;
use super::continents;
use super::day::{Day, Node};
use super::names::{self, UNKNOWN};
use super::render::{self, Style, decode, number, percent, quotient};
use super::table::{Columns, Row, Table};
use super::visit::{Conversion, GoalKey, Visit};
use super::weekdays;
use crate::privacy::referrer::ReferrerKind;
use crate::store::EventRow;

/// What Matomo calls a search whose words the engine hides.
const NO_KEYWORD: &str = "Keyword not defined";

/// What Matomo calls a custom dimension that was sent empty.
const NO_VALUE: &str = "Value not defined";

/// A way to sort visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Kind of referrer, and the referrers of each.
    ReferrerType,
    /// Websites, and their pages.
    Websites,
    /// Search engines, and the words searched for.
    SearchEngines,
    /// Words searched for, and the engines.
    Keywords,
    /// Social networks, and their pages.
    Socials,
    /// AI assistants, and their pages.
    Assistants,
    /// Campaigns, and their keywords.
    Campaigns,
    /// Country.
    Country,
    /// Region.
    Region,
    /// City.
    City,
    /// Kind of device.
    Device,
    /// Browser.
    Browser,
    /// Operating system.
    System,
    /// Screen size.
    Resolution,
    /// Language.
    Language,
    /// Hour of the site's clock.
    ServerHour,
    /// Hour of the visitor's clock.
    LocalHour,
    /// Value of a custom dimension.
    Dimension(u16),
    /// Name of a custom variable, and its values.
    Variable,
    /// Websites, and the paths of their pages.
    WebsitePaths,
    /// Social networks, and their pages without the scheme.
    SocialPaths,
    /// Pages of all social networks, without the scheme.
    SocialUrls,
    /// Continent.
    Continent,
    /// Browser with its version.
    BrowserVersion,
    /// Operating system with its version.
    SystemVersion,
    /// Language with its code.
    LanguageCode,
    /// Operating system, browser and screen size.
    Configuration,
    /// Day of the week, from Monday, 1.
    Weekday,
}

impl By {
    /// Whether conversions by goal are shown, and down to which level.
    fn goal_levels(self) -> usize {
        match self {
            By::ReferrerType | By::Campaigns => 2,
            By::System | By::Resolution | By::Language | By::LocalHour => 0,
            By::BrowserVersion | By::SystemVersion | By::LanguageCode | By::Configuration | By::Weekday => 0,
            _ => 1,
        }
    }

    /// Whether its rows show the address of a page in part, and the whole address beside it.
    fn shortens_addresses(self) -> bool {
        matches!(self, By::WebsitePaths | By::SocialPaths | By::SocialUrls)
    }

    /// What is counted separately under one label: whoever came from two places is two visitors, also of the country that
    /// both are in.
    fn apart(self, visit: &Visit) -> String {
        match (self, visit.first()) {
            (By::Continent | By::Country | By::Region | By::City, Some(first)) => {
                [&first.city, &first.region, &first.country].map(String::as_str).join("|")
            }
            _ if self.shortens_addresses() => {
                visit.source().map(|source| source.referrer_url.clone()).unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

/// Counts a visit and its conversions under their labels.
pub(super) fn count(by: By, day: &mut Day, visit: &Visit) {
    if by == By::Variable {
        return count_variables(day, visit);
    }
    if let Some(path) = labels(by, visit) {
        let leaf = day.leaf(path, &by.apart(visit));
        leaf.add_visit(visit);
        if by.shortens_addresses() {
            leaf.url = visit.source().map(|event| event.referrer_url.clone()).unwrap_or_default();
        }
        if matches!(by, By::SearchEngines | By::Socials | By::Assistants) && leaf.url.is_empty() {
            leaf.url = visit.source().map(|event| origin(&event.referrer_url)).unwrap_or_default();
        }
    }
    for conversion in &visit.conversions {
        if let Some(path) = conversion_labels(by, visit, conversion) {
            day.leaf(path, &by.apart(visit)).add_conversion(visit, conversion);
        }
    }
}

/// Scheme and host of an address.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split('/').next().unwrap_or_default();
    if scheme.is_empty() { String::new() } else { format!("{scheme}://{host}") }
}

/// Each variable of the visit, as it was last.
fn count_variables(day: &mut Day, visit: &Visit) {
    let mut last = std::collections::BTreeMap::new();
    for hit in &visit.hits {
        let pairs = hit.event.variable_names.iter().zip(&hit.event.variable_values);
        let of_visit = pairs.zip(&hit.event.variable_scopes).filter(|(_, scope)| **scope == 1);
        last.extend(of_visit.map(|((name, value), _)| (name.clone(), value.clone())));
    }
    for (name, value) in last {
        let leaf = day.leaf(vec![name, value], "");
        leaf.add_visit(visit);
        visit.conversions.iter().for_each(|conversion| leaf.add_conversion(visit, conversion));
    }
}

fn labels(by: By, visit: &Visit) -> Option<Vec<String>> {
    let first = visit.first()?;
    let one = |label: &str| Some(vec![label.to_owned()]);
    match by {
        By::Country => one(&first.country),
        By::Region => Some(vec![place(&[&first.region, &first.country])]),
        By::City => Some(vec![place(&[&first.city, &first.region, &first.country])]),
        By::Device => one(device(first.device)),
        By::Browser => one(or_unknown(&first.browser)),
        By::System => one(or_unknown(&first.system)),
        By::Language | By::LanguageCode => one(&first.language),
        By::Resolution => one(screen(visit)),
        By::Continent => one(continents::name(&first.country)),
        By::BrowserVersion => one(&versioned(&first.browser, &first.browser_version)),
        By::SystemVersion => one(&versioned(&first.system, &first.system_version)),
        By::Configuration => {
            let parts = [or_unknown(&first.system), or_unknown(&first.browser), screen(visit)];
            one(&parts.join(" / "))
        }
        By::Weekday => one(&weekdays::number(first.local_date).to_string()),
        By::ServerHour => Some(vec![first.local_hour.to_string()]),
        By::LocalHour => Some(vec![first.visitor_hour.to_string()]),
        By::Dimension(id) => dimension(visit, id, visit.hits.len()),
        By::Variable => None,
        _ => source(by, &Source::of(visit.source()?)),
    }
}

/// Where a conversion is counted: mostly where its visit is.
fn conversion_labels(by: By, visit: &Visit, conversion: &Conversion) -> Option<Vec<String>> {
    let event = &visit.hits.get(conversion.hit)?.event;
    match by {
        By::ServerHour => Some(vec![event.local_hour.to_string()]),
        By::Dimension(id) => dimension(visit, id, conversion.hit + 1),
        By::ReferrerType
        | By::Websites
        | By::SearchEngines
        | By::Keywords
        | By::Socials
        | By::Assistants
        | By::Campaigns
        | By::WebsitePaths
        | By::SocialPaths
        | By::SocialUrls => source(by, &Source::of_conversion(visit.source()?, event)),
        _ => labels(by, visit),
    }
}

/// The first size of the screen that the visit told.
fn screen(visit: &Visit) -> &str {
    let mut sizes = visit.hits.iter().map(|hit| hit.event.screen.as_str());
    sizes.find(|size| !size.is_empty()).unwrap_or("unknown")
}

fn versioned(name: &str, version: &str) -> String {
    format!("{} {version}", or_unknown(name)).trim_end().to_owned()
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { UNKNOWN } else { text }
}

/// The value of a dimension after so many hits of a visit. One that was never sent is no row, an empty one is.
fn dimension(visit: &Visit, id: u16, hits: usize) -> Option<Vec<String>> {
    let sent = visit.hits.iter().take(hits);
    let mut values = sent.flat_map(|hit| hit.event.dimension_ids.iter().zip(&hit.event.dimension_values));
    let (_, value) = values.rfind(|(own, _)| **own == id)?;
    Some(vec![if value.is_empty() { NO_VALUE.into() } else { value.clone() }])
}

/// Parts of a place, from the smallest, the country last. Unknown places are one, wherever they are.
fn place(parts: &[&str]) -> String {
    if parts.first().is_none_or(|part| part.is_empty()) { String::new() } else { parts.join("|") }
}

fn place_label(key: &str) -> String {
    if key.is_empty() {
        return UNKNOWN.into();
    }
    let mut parts: Vec<&str> = key.split('|').collect();
    let country = parts.pop().map(names::country).unwrap_or(UNKNOWN);
    let parts = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .chain([country].into_iter().filter(|name| *name != UNKNOWN));
    parts.collect::<Vec<_>>().join(", ")
}

fn device(number: u8) -> &'static str {
    const NAMES: [&str; 7] = [UNKNOWN, "Desktop", "Smartphone", "Tablet", "Tv", "Console", "Wearable"];
    NAMES.get(usize::from(number)).copied().unwrap_or(UNKNOWN)
}

/// Kinds of device that Matomo lists, found or not.
const DEVICES: [&str; 14] = [
    "Desktop",
    "Smartphone",
    "Tablet",
    "Feature phone",
    "Console",
    "Tv",
    "Car browser",
    "Smart display",
    "Camera",
    "Portable media player",
    "Phablet",
    "Smart speaker",
    "Wearable",
    "Peripheral",
];

/// Where a visit or a conversion comes from.
struct Source<'a> {
    kind: u8,
    name: &'a str,
    keyword: &'a str,
    url: &'a str,
}

impl<'a> Source<'a> {
    fn of(event: &'a EventRow) -> Source<'a> {
        Source {
            kind: event.referrer_kind,
            name: &event.referrer_name,
            keyword: &event.referrer_keyword,
            url: &event.referrer_url,
        }
    }

    /// A campaign of the visit counts before what the client remembers, and that before the rest.
    fn of_conversion(source: &'a EventRow, event: &'a EventRow) -> Source<'a> {
        let campaign = ReferrerKind::Campaign as u8;
        let remembers = event.attribution_kind != 0;
        let visit_wins = source.referrer_kind == campaign && event.attribution_kind != campaign;
        match remembers && !visit_wins {
            true => Source {
                kind: event.attribution_kind,
                name: &event.attribution_name,
                keyword: &event.attribution_keyword,
                url: "",
            },
            false => Source::of(source),
        }
    }
}

fn source(by: By, source: &Source<'_>) -> Option<Vec<String>> {
    let kind = ReferrerKind::from_number(source.kind).unwrap_or_default();
    let keyword = if source.keyword.is_empty() { NO_KEYWORD } else { source.keyword };
    let of = |wanted: ReferrerKind, first: &str, second: &str| {
        (kind == wanted).then(|| {
            [first, second].into_iter().filter(|label| !label.is_empty()).map(str::to_owned).collect()
        })
    };
    match by {
        By::ReferrerType => {
            let below = if kind == ReferrerKind::Search { keyword } else { source.name };
            let labels = [(kind as u8).to_string(), below.to_owned()];
            Some(labels.into_iter().filter(|label| !label.is_empty()).collect())
        }
        By::Websites => of(ReferrerKind::Website, source.name, source.url),
        By::SearchEngines => of(ReferrerKind::Search, source.name, keyword),
        By::Keywords => of(ReferrerKind::Search, keyword, source.name),
        By::Socials => of(ReferrerKind::Social, source.name, source.url),
        By::Assistants => of(ReferrerKind::Assistant, source.name, source.url),
        By::Campaigns => of(ReferrerKind::Campaign, source.name, source.keyword),
        By::WebsitePaths if source.url.is_empty() => of(ReferrerKind::Website, source.name, ""),
        By::WebsitePaths => of(ReferrerKind::Website, source.name, &addresses::path(source.url)),
        By::SocialPaths => of(ReferrerKind::Social, source.name, addresses::without_scheme(source.url)),
        By::SocialUrls if source.url.is_empty() => None,
        By::SocialUrls => of(ReferrerKind::Social, addresses::without_scheme(source.url), ""),
        _ => None,
    }
}

/// The table of a way to sort visits.
pub(super) fn table(by: By, node: &Node) -> Table {
    let style = Style {
        hidden_in_parents: &[],
        hidden: &[],
        goal_levels: by.goal_levels(),
        order: "nb_visits",
        compute: if matches!(by, By::Dimension(_)) { &means } else { &render::plain },
        label: &|label, node, depth| {
            let (label, mut metadata) = label_of(by, label, depth);
            let is_page = node.children.is_empty();
            let shows_url = if by.shortens_addresses() { is_page } else { depth == 0 };
            if shows_url && !node.url.is_empty() {
                metadata.push(("url".into(), node.url.clone().into()));
            }
            (label, metadata)
        },
    };
    let table = render::table(node, &style);
    match by {
        By::ServerHour | By::LocalHour => hours(table),
        By::Device => all_devices(table),
        By::Weekday => weekdays::all(table),
        _ => table,
    }
}

/// What Matomo computes for custom dimensions alone.
fn means(columns: &mut Columns, node: &Node, _: usize) {
    let figures = &node.figures;
    let visits = figures.get("nb_visits");
    if visits == 0.0 {
        columns.push(("nb_visits".into(), 0.into()));
    }
    let mean = |name: &str, digits| number(quotient(figures.get(name), visits, digits));
    columns.push(("nb_actions_per_visit".into(), mean("nb_actions", 1)));
    columns.push(("avg_time_on_site".into(), mean("sum_visit_length", 0)));
    columns.push(("bounce_rate".into(), percent(figures.get("bounce_count"), visits)));
}

fn label_of(by: By, label: &str, depth: usize) -> (Value, Columns) {
    match by {
        By::ReferrerType if depth == 0 => {
            let number: u8 = label.parse().unwrap_or(0);
            (type_name(number).into(), vec![("referrer_type".into(), number.into())])
        }
        By::Country => country_label(label),
        By::Region | By::City => (place_label(label).into(), place_codes(label)),
        By::Language => (names::language(label).into(), Columns::new()),
        By::LanguageCode => (language_with_code(label).into(), Columns::new()),
        By::Continent => (label.into(), vec![("code".into(), label.into())]),
        By::ServerHour | By::LocalHour => (label.parse::<u8>().unwrap_or(0).into(), Columns::new()),
        _ => (decode(label).into(), Columns::new()),
    }
}

/// Clients that show a flag ask for its code and height.
fn country_label(code: &str) -> (Value, Columns) {
    (names::country(code).into(), vec![("code".into(), lower(code).into()), ("logoHeight".into(), 16.into())])
}

/// The code of a country as Matomo writes it.
fn lower(code: &str) -> String {
    if code.is_empty() { "xx".to_owned() } else { code.to_lowercase() }
}

fn language_with_code(code: &str) -> String {
    format!("{} ({})", names::language(code), if code.is_empty() { "xx" } else { code })
}

fn place_codes(key: &str) -> Columns {
    let country = key.rsplit('|').next().unwrap_or_default();
    vec![("country".into(), lower(country).into()), ("country_name".into(), names::country(country).into())]
}

fn type_name(number: u8) -> &'static str {
    match ReferrerKind::from_number(number).unwrap_or_default() {
        ReferrerKind::Direct => "Direct Entry",
        ReferrerKind::Search => "Search Engines",
        ReferrerKind::Website => "Websites",
        ReferrerKind::Campaign => "Campaigns",
        ReferrerKind::Social => "Social Networks",
        ReferrerKind::Assistant => "AI Assistants",
    }
}

/// All hours of the day, in order.
fn hours(found: Table) -> Table {
    let of = |hour: u8| found.rows.iter().find(|row| row.label == hour).cloned();
    let rows = (0..24).map(|hour| match of(hour) {
        Some(row) if row.columns.iter().all(|(name, _)| name != "nb_visits") => {
            let mut row = row;
            row.columns.push(("nb_visits".into(), 0.into()));
            row
        }
        Some(row) => row,
        None => Row { label: hour.into(), columns: no_visits(), ..Row::default() },
    });
    Table { rows: rows.collect() }
}

fn no_visits() -> Columns {
    const NAMES: [&str; 8] = [
        "nb_uniq_visitors",
        "nb_visits",
        "nb_actions",
        "nb_users",
        "max_actions",
        "sum_visit_length",
        "bounce_count",
        "nb_visits_converted",
    ];
    NAMES.map(|name| (name.into(), 0.into())).into()
}

/// All kinds of device, those that were not seen last.
fn all_devices(mut table: Table) -> Table {
    let mut missing: Vec<_> =
        DEVICES.iter().filter(|name| table.rows.iter().all(|row| row.label != **name)).collect();
    missing.sort_unstable();
    let none = || vec![("nb_visits".into(), 0.into())];
    table.rows.extend(missing.into_iter().map(|name| Row {
        label: (*name).into(),
        columns: none(),
        ..Row::default()
    }));
    table
}

/// `Referrers.getAll`: every referrer of any kind in one list.
pub(super) fn all_referrers(node: &Node) -> Table {
    let table = table(By::ReferrerType, node);
    let tagged = table.rows.into_iter().flat_map(|row| {
        let metadata = row.metadata;
        let below = row.subtable.unwrap_or_default().rows;
        below.into_iter().map(move |below| Row { metadata: metadata.clone(), ..below })
    });
    let mut rows: Vec<Row> = tagged.collect();
    let visits = |row: &Row| {
        let found = row.columns.iter().find(|(name, _)| name == "nb_visits");
        found.and_then(|(_, value)| value.as_u64()).unwrap_or(0)
    };
    rows.sort_by_key(|row| std::cmp::Reverse(visits(row)));
    Table { rows }
}

/// Counts visits, and apart those of new and of returning visitors, with their conversions.
pub(super) fn frequency(day: &mut Day, visit: &Visit) {
    let leaf = day.row(if visit.is_returning() { "returning" } else { "new" });
    leaf.add_visit(visit);
    visit.conversions.iter().for_each(|conversion| leaf.add_conversion(visit, conversion));
}

/// Whether a goal is asked for by this name.
pub(super) fn goal_named(name: &str) -> Option<GoalKey> {
    match name {
        "ecommerceOrder" | "0" => Some(GoalKey::Order),
        "ecommerceAbandonedCart" | "-1" => Some(GoalKey::Cart),
        number => number.parse().ok().map(GoalKey::Goal),
    }
}
