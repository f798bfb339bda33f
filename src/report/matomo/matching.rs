//! Whether a segment holds for a visit. A condition about actions holds when it holds for one of them; one that denies
//! something, when it holds for all.

use super::segment::{Condition, Field, Operator, Segment};
use super::visit::{GoalKey, Hit, Visit};
use super::{actions, continents, names};
use crate::event::Kind;
use crate::privacy::referrer::ReferrerKind;
use crate::store::EventRow;

/// What a visit has to show for a field.
pub(super) enum Values {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

/// Whether each inner list of a segment has a condition that holds.
pub(super) fn holds(segment: &Segment, visit: &Visit) -> bool {
    segment.all.iter().all(|any| any.iter().any(|condition| is_met(condition, visit)))
}

fn is_met(condition: &Condition, visit: &Visit) -> bool {
    let denies = matches!(condition.operator, Operator::IsNot | Operator::ContainsNot);
    match values(condition.field, visit) {
        Values::Numbers(numbers) if denies => numbers.iter().all(|number| condition.holds_number(*number)),
        Values::Numbers(numbers) => numbers.iter().any(|number| condition.holds_number(*number)),
        Values::Texts(texts) if denies => or_nothing(texts).iter().all(|text| condition.holds_text(text)),
        Values::Texts(texts) => or_nothing(texts).iter().any(|text| condition.holds_text(text)),
    }
}

/// Where there is nothing, that is what is compared.
fn or_nothing(mut texts: Vec<String>) -> Vec<String> {
    if texts.is_empty() {
        texts.push(String::new());
    }
    texts
}

/// What a visit shows for a field.
pub(super) fn values(field: Field, visit: &Visit) -> Values {
    let nothing = EventRow::default();
    let first = visit.first().unwrap_or(&nothing);
    of_visit(field, visit, first)
        .or_else(|| of_source(field, visit))
        .unwrap_or_else(|| of_actions(field, visit))
}

fn number(number: impl Into<f64>) -> Option<Values> {
    Some(Values::Numbers(vec![number.into()]))
}

fn text(text: &str) -> Option<Values> {
    Some(Values::Texts(vec![text.to_owned()]))
}

fn of_visit(field: Field, visit: &Visit, first: &EventRow) -> Option<Values> {
    let count = |kind: Kind| visit.hits.iter().filter(|hit| hit.is(kind)).count() as f64;
    match field {
        Field::VisitorType => text(visitor_type(visit)),
        Field::VisitConverted => number(u8::from(visit.is_converted())),
        Field::VisitConvertedGoalId => Some(Values::Numbers(goals(visit))),
        Field::VisitEcommerceStatus => text(commerce(visit)),
        Field::VisitCount => number(visit.number),
        Field::VisitDuration => number(visit.seconds as f64),
        Field::DaysSinceFirstVisit => number(visit.days_since_first),
        Field::DaysSinceLastVisit => number(visit.days_since_last),
        Field::Actions => number(visit.actions),
        Field::Interactions => number(visit.interactions),
        Field::Searches => number(count(Kind::SiteSearch)),
        Field::Events => number(count(Kind::Event)),
        Field::VisitServerHour => number(first.local_hour),
        Field::VisitEndServerHour => number(visit.last().map_or(0, |last| last.local_hour)),
        Field::VisitLocalHour => number(first.visitor_hour),
        Field::ContinentCode => text(continents::code(&first.country)),
        Field::CountryCode => text(&first.country),
        Field::CountryName => text(names::country(&first.country)),
        Field::RegionName => text(&first.region),
        Field::City => text(&first.city),
        Field::DeviceType => text(device(first.device)),
        Field::BrowserCode => text(code(&BROWSERS, &first.browser)),
        Field::BrowserName => text(&first.browser),
        Field::BrowserVersion => text(&first.browser_version),
        Field::SystemCode => text(code(&SYSTEMS, &first.system)),
        Field::SystemName => text(&first.system),
        Field::SystemVersion => text(&first.system_version),
        Field::Resolution => text(&first.screen),
        Field::LanguageCode => text(&first.language),
        _ => None,
    }
}

/// A customer who returns is of a type of their own.
fn visitor_type(visit: &Visit) -> &'static str {
    match (visit.is_customer, visit.is_returning()) {
        (true, _) => "returningCustomer",
        (false, true) => "returning",
        (false, false) => "new",
    }
}

fn goals(visit: &Visit) -> Vec<f64> {
    let goal = |goal: GoalKey| if let GoalKey::Goal(id) = goal { Some(f64::from(id)) } else { None };
    visit.conversions.iter().filter_map(|conversion| goal(conversion.goal)).collect()
}

fn commerce(visit: &Visit) -> &'static str {
    let has = |goal: GoalKey| visit.conversions.iter().any(|conversion| conversion.goal == goal);
    match (has(GoalKey::Order), has(GoalKey::Cart)) {
        (false, false) => "none",
        (true, false) => "ordered",
        (false, true) => "abandonedCart",
        (true, true) => "orderedThenAbandonedCart",
    }
}

fn device(number: u8) -> &'static str {
    const NAMES: [&str; 7] = ["", "desktop", "smartphone", "tablet", "tv", "console", "wearable"];
    NAMES.get(usize::from(number)).copied().unwrap_or_default()
}

/// Matomo's short names for browsers, and ours.
const BROWSERS: [(&str, &str); 7] = [
    ("Chrome", "CH"),
    ("Firefox", "FF"),
    ("Safari", "SF"),
    ("Edge", "PS"),
    ("Opera", "OP"),
    ("Samsung Internet", "SB"),
    ("Internet Explorer", "IE"),
];

/// Matomo's short names for systems, and ours.
const SYSTEMS: [(&str, &str); 6] = [
    ("Windows", "WIN"),
    ("macOS", "MAC"),
    ("GNU/Linux", "LIN"),
    ("Android", "AND"),
    ("iOS", "IOS"),
    ("Chrome OS", "COS"),
];

/// The short name of a name, or the name where there is none.
fn code<'a>(codes: &[(&str, &'a str)], name: &'a str) -> &'a str {
    codes.iter().find(|(own, _)| *own == name).map_or(name, |(_, code)| code)
}

fn of_source(field: Field, visit: &Visit) -> Option<Values> {
    let source = visit.source()?;
    let kind = ReferrerKind::from_number(source.referrer_kind).unwrap_or_default();
    let of_campaign = |value: &str| text(if kind == ReferrerKind::Campaign { value } else { "" });
    match field {
        Field::ReferrerType => text(if kind == ReferrerKind::Assistant { "ai" } else { kind.as_str() }),
        Field::ReferrerName => text(&source.referrer_name),
        Field::ReferrerKeyword => text(&source.referrer_keyword),
        Field::ReferrerUrl => text(&source.referrer_url),
        Field::CampaignName => of_campaign(&source.referrer_name),
        Field::CampaignKeyword => of_campaign(&source.referrer_keyword),
        Field::CampaignSource => text(&source.campaign_source),
        Field::CampaignMedium => text(&source.campaign_medium),
        Field::CampaignContent => text(&source.campaign_content),
        Field::CampaignId => text(&source.campaign_id),
        _ => None,
    }
}

fn of_actions(field: Field, visit: &Visit) -> Values {
    let texts = |kinds: &[Kind], value: fn(&EventRow) -> &String| {
        let hits = visit.hits.iter().filter(|hit| kinds.iter().any(|kind| hit.is(*kind)));
        Values::Texts(hits.map(|hit| value(&hit.event).clone()).collect())
    };
    let numbers = |kind: Kind| {
        let hits = visit.hits.iter().filter(|hit| hit.is(kind) && hit.event.has_value == 1);
        Values::Numbers(hits.map(|hit| hit.event.value).collect())
    };
    const CONTENT: [Kind; 2] = [Kind::ContentImpression, Kind::ContentInteraction];
    match field {
        Field::ActionUrl => action_urls(visit),
        Field::ActionServerHour => Values::Numbers(hours(visit)),
        Field::EventUrl => addresses(visit.hits.iter().filter(|hit| hit.is(Kind::Event))),
        Field::PageUrl => addresses(visit.hits.iter().filter(|hit| hit.is(Kind::PageView))),
        Field::EntryPageUrl => addresses(at(visit, visit.entry_page)),
        Field::ExitPageUrl => addresses(at(visit, visit.exit_page)),
        Field::PageTitle => texts(&[Kind::PageView], |event| &event.title),
        Field::EntryPageTitle => titles(at(visit, visit.entry_title)),
        Field::ExitPageTitle => titles(at(visit, visit.exit_title)),
        Field::ActionType => Values::Texts(visit.hits.iter().map(action_type).collect()),
        Field::OutlinkUrl => texts(&[Kind::Outlink], |event| &event.target),
        Field::DownloadUrl => texts(&[Kind::Download], |event| &event.target),
        Field::SiteSearchKeyword => texts(&[Kind::SiteSearch], |event| &event.category),
        Field::SiteSearchCategory => texts(&[Kind::SiteSearch], |event| &event.action),
        Field::SiteSearchCount => numbers(Kind::SiteSearch),
        Field::EventCategory => texts(&[Kind::Event], |event| &event.category),
        Field::EventAction => texts(&[Kind::Event], |event| &event.action),
        Field::EventName => texts(&[Kind::Event], |event| &event.name),
        Field::EventValue => numbers(Kind::Event),
        Field::ContentName => texts(&CONTENT, |event| &event.category),
        Field::ContentPiece => texts(&CONTENT, |event| &event.action),
        Field::ContentTarget => texts(&CONTENT, |event| &event.target),
        Field::ContentInteraction => texts(&CONTENT, |event| &event.name),
        other => of_lists(other, visit),
    }
}

fn at(visit: &Visit, index: Option<usize>) -> impl Iterator<Item = &Hit> {
    index.and_then(|index| visit.hits.get(index)).into_iter()
}

fn titles<'a>(hits: impl Iterator<Item = &'a Hit>) -> Values {
    Values::Texts(hits.map(|hit| hit.event.title.clone()).collect())
}

/// Addresses of pages, events, outlinks and downloads.
fn action_urls(visit: &Visit) -> Values {
    let has_address = |hit: &&Hit| hit.is(Kind::PageView) || hit.is(Kind::Event);
    let leads_away = |hit: &&Hit| hit.is(Kind::Outlink) || hit.is(Kind::Download);
    let targets = visit.hits.iter().filter(leads_away).map(|hit| hit.event.target.clone());
    match addresses(visit.hits.iter().filter(has_address)) {
        Values::Texts(texts) => Values::Texts(texts.into_iter().chain(targets).collect()),
        numbers => numbers,
    }
}

fn hours(visit: &Visit) -> Vec<f64> {
    visit.hits.iter().map(|hit| f64::from(hit.event.local_hour)).collect()
}

/// Addresses with and without their beginning, as people write them.
fn addresses<'a>(hits: impl Iterator<Item = &'a Hit>) -> Values {
    let both = |hit: &Hit| [actions::address(&hit.event), format!("{}{}", hit.event.host, hit.event.path)];
    Values::Texts(hits.flat_map(both).collect())
}

fn action_type(hit: &Hit) -> String {
    const NAMES: [(Kind, &str); 6] = [
        (Kind::PageView, "pageviews"),
        (Kind::SiteSearch, "sitesearches"),
        (Kind::Outlink, "outlinks"),
        (Kind::Download, "downloads"),
        (Kind::Event, "events"),
        (Kind::ContentImpression, "contents"),
    ];
    NAMES.iter().find(|(kind, _)| hit.is(*kind)).map_or("", |(_, name)| name).to_owned()
}

/// Products, dimensions and variables.
fn of_lists(field: Field, visit: &Visit) -> Values {
    let texts = |is_view: bool, list: fn(&EventRow) -> Vec<String>| {
        let hits = visit.hits.iter().filter(|hit| hit.is(Kind::PageView) == is_view);
        Values::Texts(hits.flat_map(|hit| list(&hit.event)).collect())
    };
    let prices = |is_view: bool| {
        let hits = visit.hits.iter().filter(|hit| hit.is(Kind::PageView) == is_view);
        Values::Numbers(hits.flat_map(|hit| hit.event.item_prices.clone()).collect())
    };
    match field {
        Field::ProductSku => texts(false, |event| event.item_skus.clone()),
        Field::ProductName => texts(false, |event| event.item_names.clone()),
        Field::ProductCategory => texts(false, |event| event.item_categories.concat()),
        Field::ProductPrice => prices(false),
        Field::ProductViewSku => texts(true, |event| event.item_skus.clone()),
        Field::ProductViewName => texts(true, |event| event.item_names.clone()),
        Field::ProductViewCategory => texts(true, |event| event.item_categories.concat()),
        Field::ProductViewPrice => prices(true),
        Field::Dimension(id) => {
            let values = visit
                .hits
                .iter()
                .flat_map(|hit| hit.event.dimension_ids.iter().zip(&hit.event.dimension_values));
            let own = values.filter(|(number, _)| u32::from(**number) == id);
            Values::Texts(own.map(|(_, value)| value.clone()).collect())
        }
        Field::CustomVariableName(_) => variables(visit, 1, true),
        Field::CustomVariableValue(_) => variables(visit, 1, false),
        Field::CustomVariablePageName(_) => variables(visit, 0, true),
        Field::CustomVariablePageValue(_) => variables(visit, 0, false),
        _ => Values::Texts(Vec::new()),
    }
}

fn variables(visit: &Visit, scope: u8, wants_names: bool) -> Values {
    let of = |hit: &Hit| {
        let texts = if wants_names { &hit.event.variable_names } else { &hit.event.variable_values };
        let own = texts.iter().zip(&hit.event.variable_scopes).filter(|(_, own)| **own == scope);
        own.map(|(text, _)| text.clone()).collect::<Vec<_>>()
    };
    Values::Texts(visit.hits.iter().flat_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> Visit {
        let mut visit = Visit::new(2, false);
        let page = |path: &str, time| EventRow {
            kind: Kind::PageView as u8,
            time,
            host: "example.org".into(),
            path: path.into(),
            country: "NL".into(),
            device: 2,
            referrer_kind: 2,
            referrer_name: "Google".into(),
            ..EventRow::default()
        };
        visit.take(page("/", 100));
        visit.take(page("/shoes", 160));
        visit
    }

    #[test]
    fn a_customer_who_returns_is_of_a_type_of_their_own() {
        let mut customer = visit();
        customer.is_customer = true;
        let holds = |segment: &str| holds(&segment.parse().unwrap(), &customer);
        assert!(holds("visitorType==returningCustomer"));
        assert!(!holds("visitorType==returning,visitorType==new"));
    }

    #[test]
    fn conditions_hold_for_what_a_visit_shows() {
        let holds = |segment: &str| holds(&segment.parse().unwrap(), &visit());
        assert!(holds("countryCode==nl;deviceType==smartphone"));
        assert!(holds("visitorType==new,visitDuration>60"));
        assert!(holds("referrerType==search;referrerName=@goo"));
        assert!(holds("pageUrl==http://example.org/shoes"));
        assert!(holds("pageUrl=$shoes;entryPageUrl==example.org/"));
        assert!(holds("actionUrl=@shoes;continentCode==eur;interactions==2;daysSinceLastVisit==0"));
        assert!(holds("eventCategory=="));
        assert!(!holds("pageUrl!@shoes"));
        assert!(!holds("visitConverted==1"));
        assert!(!holds("countryCode!=nl"));
    }
}
