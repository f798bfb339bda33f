//! What a segment can compare, under Matomo's names.

use super::segment::{SegmentError, shown};

/// What a field's values look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    OneOf(&'static [&'static str]),
}

/// What a condition compares. Fields of actions hold for a visit when they hold for any of its actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Matomo's, and stand beside them below")]
pub enum Field {
    VisitorType,
    VisitConverted,
    VisitConvertedGoalId,
    VisitCount,
    VisitDuration,
    VisitEcommerceStatus,
    DaysSinceFirstVisit,
    DaysSinceLastVisit,
    Actions,
    Interactions,
    Searches,
    Events,
    VisitServerHour,
    VisitEndServerHour,
    VisitLocalHour,
    ReferrerType,
    ReferrerName,
    ReferrerKeyword,
    ReferrerUrl,
    CampaignName,
    CampaignKeyword,
    CampaignSource,
    CampaignMedium,
    CampaignContent,
    CampaignId,
    ContinentCode,
    CountryCode,
    CountryName,
    RegionName,
    City,
    DeviceType,
    BrowserCode,
    BrowserName,
    BrowserVersion,
    SystemCode,
    SystemName,
    SystemVersion,
    Resolution,
    LanguageCode,
    ActionType,
    ActionUrl,
    ActionServerHour,
    PageUrl,
    PageTitle,
    EntryPageUrl,
    EntryPageTitle,
    ExitPageUrl,
    ExitPageTitle,
    OutlinkUrl,
    DownloadUrl,
    SiteSearchKeyword,
    SiteSearchCategory,
    SiteSearchCount,
    EventCategory,
    EventAction,
    EventName,
    EventValue,
    EventUrl,
    ContentName,
    ContentPiece,
    ContentTarget,
    ContentInteraction,
    ProductSku,
    ProductName,
    ProductCategory,
    ProductPrice,
    ProductViewSku,
    ProductViewName,
    ProductViewCategory,
    ProductViewPrice,
    /// A custom dimension by its number, from 1.
    Dimension(u32),
    /// A visit's custom variables: of one place, from 1, or of any.
    CustomVariableName(Option<u32>),
    /// As above.
    CustomVariableValue(Option<u32>),
    /// An action's custom variables: of one place, from 1, or of any.
    CustomVariablePageName(Option<u32>),
    /// As above.
    CustomVariablePageValue(Option<u32>),
}

const FIELDS: [(&str, Field); 75] = [
    ("visitorType", Field::VisitorType),
    ("visitConverted", Field::VisitConverted),
    ("visitConvertedGoalId", Field::VisitConvertedGoalId),
    ("visitCount", Field::VisitCount),
    ("visitDuration", Field::VisitDuration),
    ("visitEcommerceStatus", Field::VisitEcommerceStatus),
    ("daysSinceFirstVisit", Field::DaysSinceFirstVisit),
    ("daysSinceLastVisit", Field::DaysSinceLastVisit),
    ("actions", Field::Actions),
    ("interactions", Field::Interactions),
    ("searches", Field::Searches),
    ("events", Field::Events),
    ("visitServerHour", Field::VisitServerHour),
    ("visitStartServerHour", Field::VisitServerHour),
    ("visitEndServerHour", Field::VisitEndServerHour),
    ("visitLocalHour", Field::VisitLocalHour),
    ("referrerType", Field::ReferrerType),
    ("referrerName", Field::ReferrerName),
    ("referrerKeyword", Field::ReferrerKeyword),
    ("referrerUrl", Field::ReferrerUrl),
    ("campaignName", Field::CampaignName),
    ("campaignKeyword", Field::CampaignKeyword),
    ("campaignSource", Field::CampaignSource),
    ("campaignMedium", Field::CampaignMedium),
    ("campaignContent", Field::CampaignContent),
    ("campaignId", Field::CampaignId),
    ("continentCode", Field::ContinentCode),
    ("countryCode", Field::CountryCode),
    ("countryName", Field::CountryName),
    ("regionName", Field::RegionName),
    ("city", Field::City),
    ("deviceType", Field::DeviceType),
    ("browserCode", Field::BrowserCode),
    ("browserName", Field::BrowserName),
    ("browserVersion", Field::BrowserVersion),
    ("operatingSystemCode", Field::SystemCode),
    ("operatingSystemName", Field::SystemName),
    ("operatingSystemVersion", Field::SystemVersion),
    ("resolution", Field::Resolution),
    ("languageCode", Field::LanguageCode),
    ("actionType", Field::ActionType),
    ("actionUrl", Field::ActionUrl),
    ("actionServerHour", Field::ActionServerHour),
    ("pageUrl", Field::PageUrl),
    ("pageTitle", Field::PageTitle),
    ("entryPageUrl", Field::EntryPageUrl),
    ("entryPageTitle", Field::EntryPageTitle),
    ("exitPageUrl", Field::ExitPageUrl),
    ("exitPageTitle", Field::ExitPageTitle),
    ("outlinkUrl", Field::OutlinkUrl),
    ("downloadUrl", Field::DownloadUrl),
    ("siteSearchKeyword", Field::SiteSearchKeyword),
    ("siteSearchCategory", Field::SiteSearchCategory),
    ("siteSearchCount", Field::SiteSearchCount),
    ("eventCategory", Field::EventCategory),
    ("eventAction", Field::EventAction),
    ("eventName", Field::EventName),
    ("eventValue", Field::EventValue),
    ("eventUrl", Field::EventUrl),
    ("contentName", Field::ContentName),
    ("contentPiece", Field::ContentPiece),
    ("contentTarget", Field::ContentTarget),
    ("contentInteraction", Field::ContentInteraction),
    ("productSku", Field::ProductSku),
    ("productName", Field::ProductName),
    ("productCategory", Field::ProductCategory),
    ("productPrice", Field::ProductPrice),
    ("productViewSku", Field::ProductViewSku),
    ("productViewName", Field::ProductViewName),
    ("productViewCategory", Field::ProductViewCategory),
    ("productViewPrice", Field::ProductViewPrice),
    ("customVariableName", Field::CustomVariableName(None)),
    ("customVariableValue", Field::CustomVariableValue(None)),
    ("customVariablePageName", Field::CustomVariablePageName(None)),
    ("customVariablePageValue", Field::CustomVariablePageValue(None)),
];

/// A field, described for programs.
#[derive(Clone, Debug)]
pub struct About {
    /// Its name in segments.
    pub name: &'static str,
    /// Its name for people.
    pub title: String,
    /// What it is about.
    pub category: &'static str,
    /// Whether it is compared by number.
    pub is_number: bool,
    /// All its values, where they are few and known.
    pub values: &'static [&'static str],
}

/// The beginnings of names, and what such fields are about.
const CATEGORIES: [(&str, &str); 19] = [
    ("referrer", "Referrers"),
    ("campaign", "Referrers"),
    ("continent", "Visit Location"),
    ("country", "Visit Location"),
    ("region", "Visit Location"),
    ("city", "Visit Location"),
    ("actions", "Visitors"),
    ("action", "Behaviour"),
    ("page", "Behaviour"),
    ("entry", "Behaviour"),
    ("exit", "Behaviour"),
    ("outlink", "Behaviour"),
    ("download", "Behaviour"),
    ("siteSearch", "Behaviour"),
    ("events", "Visitors"),
    ("event", "Events"),
    ("content", "Contents"),
    ("product", "Ecommerce"),
    ("customVariable", "Custom Variables"),
];

/// Every field that has one name.
pub fn fields() -> impl Iterator<Item = About> {
    FIELDS.iter().map(|(name, field)| {
        // A continent is no content.
        let is_of = |(beginning, _): &&(&str, &str)| name.starts_with(beginning);
        About {
            name,
            title: title(name),
            category: CATEGORIES.iter().find(is_of).map_or("Visitors", |(_, category)| category),
            is_number: field.kind() == Kind::Number,
            values: if let Kind::OneOf(values) = field.kind() { values } else { &[] },
        }
    })
}

/// The field of a name.
///
/// # Errors
/// When there is none, or it would single people out.
pub fn field(name: &str) -> Result<Field, SegmentError> {
    Field::named(name)
}

/// Words from a name that has them in one: `visitServerHour` is "Visit server hour".
fn title(name: &str) -> String {
    let mut title = String::new();
    for (at, letter) in name.chars().enumerate() {
        match letter {
            letter if at == 0 => title.push(letter.to_ascii_uppercase()),
            letter if letter.is_ascii_uppercase() => {
                title.push(' ');
                title.push(letter.to_ascii_lowercase());
            }
            letter => title.push(letter),
        }
    }
    title
}

/// What would single people out, or say more of where they are than their city.
const PERSONAL: [&str; 8] =
    ["userId", "visitorId", "visitIp", "visitId", "fingerprint", "latitude", "longitude", "orderId"];

/// All names, for who has tried another.
pub(super) fn names() -> String {
    let names: Vec<&str> =
        FIELDS.iter().map(|(name, _)| *name).chain(["dimension1", "dimension2 …"]).collect();
    names.join(", ")
}

impl Field {
    pub(super) fn named(name: &str) -> Result<Field, SegmentError> {
        if PERSONAL.iter().any(|personal| personal.eq_ignore_ascii_case(name)) {
            return Err(SegmentError::Personal(name.to_owned()));
        }
        let exact = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
        exact.or_else(|| numbered(name)).ok_or_else(|| SegmentError::Field(shown(name)))
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Field::VisitorType => Kind::OneOf(&["new", "returning", "returningCustomer"]),
            Field::ReferrerType => Kind::OneOf(&["direct", "search", "website", "campaign", "social", "ai"]),
            Field::VisitEcommerceStatus => {
                Kind::OneOf(&["none", "ordered", "abandonedCart", "orderedThenAbandonedCart"])
            }
            Field::ActionType => {
                Kind::OneOf(&["pageviews", "contents", "sitesearches", "events", "outlinks", "downloads"])
            }
            Field::VisitConverted
            | Field::VisitConvertedGoalId
            | Field::VisitCount
            | Field::VisitDuration
            | Field::DaysSinceFirstVisit
            | Field::DaysSinceLastVisit
            | Field::Actions
            | Field::Interactions
            | Field::ActionServerHour
            | Field::VisitEndServerHour
            | Field::Searches
            | Field::Events
            | Field::VisitServerHour
            | Field::VisitLocalHour
            | Field::SiteSearchCount
            | Field::EventValue
            | Field::ProductPrice
            | Field::ProductViewPrice => Kind::Number,
            _ => Kind::Text,
        }
    }
}

/// `dimension3`, `customVariableName2` and the like.
fn numbered(name: &str) -> Option<Field> {
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    let number: u32 = digits.parse().ok().filter(|number| *number > 0)?;
    match name.strip_suffix(digits)? {
        "dimension" => Some(Field::Dimension(number)),
        "customVariableName" => Some(Field::CustomVariableName(Some(number))),
        "customVariableValue" => Some(Field::CustomVariableValue(Some(number))),
        "customVariablePageName" => Some(Field::CustomVariablePageName(Some(number))),
        "customVariablePageValue" => Some(Field::CustomVariablePageValue(Some(number))),
        _ => None,
    }
}
