//! Which reports there are: one table of them and one of their figures. Metadata, processed reports, and the names of columns
//! that people read come from here.

use std::borrow::Cow;

use super::interactions::EventText;
use super::method::Method;

/// What a figure counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Number,
    /// Hundredths, as `12%`.
    Percent,
    /// Seconds.
    Seconds,
    /// Money, in whatever currency was sent.
    Money,
}

impl Unit {
    /// Matomo's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Number => "number",
            Percent => "percent",
            Seconds => "duration_s",
            Money => "money",
        }
    }
}

use Unit::{Money, Number, Percent, Seconds};

/// Figures: name, the name that people read, unit.
const METRICS: [(&str, &str, Unit); 79] = [
    ("nb_visits", "Visits", Number),
    ("nb_uniq_visitors", "Unique visitors", Number),
    ("sum_daily_nb_uniq_visitors", "Sum of daily unique visitors", Number),
    ("nb_users", "Users", Number),
    ("nb_actions", "Actions", Number),
    ("nb_visits_converted", "Visits with Conversions", Number),
    ("bounce_count", "Bounces", Number),
    ("sum_visit_length", "Total time spent by visitors (in seconds)", Seconds),
    ("max_actions", "Maximum actions in one visit", Number),
    ("nb_actions_per_visit", "Actions per Visit", Number),
    ("avg_time_on_site", "Avg. Time on Website", Seconds),
    ("bounce_rate", "Bounce Rate", Percent),
    ("conversion_rate", "Conversion Rate", Percent),
    ("nb_conversions", "Conversions", Number),
    ("revenue", "Revenue", Money),
    ("nb_hits", "Pageviews", Number),
    ("nb_pageviews", "Pageviews", Number),
    ("nb_uniq_pageviews", "Unique Pageviews", Number),
    ("nb_downloads", "Downloads", Number),
    ("nb_uniq_downloads", "Unique Downloads", Number),
    ("nb_outlinks", "Outlinks", Number),
    ("nb_uniq_outlinks", "Unique Outlinks", Number),
    ("nb_searches", "Searches", Number),
    ("nb_keywords", "Unique Keywords", Number),
    ("nb_hits_following_search", "Clicked in search results", Number),
    ("nb_pages_per_search", "Search Results pages", Number),
    ("sum_time_spent", "Total time spent", Seconds),
    ("avg_time_on_page", "Avg. time on page", Seconds),
    ("exit_rate", "Exit rate", Percent),
    ("entry_nb_visits", "Entrances", Number),
    ("entry_bounce_count", "Bounces", Number),
    ("entry_nb_actions", "Actions after entering here", Number),
    ("entry_sum_visit_length", "Time spent after entering here", Seconds),
    ("exit_nb_visits", "Exits", Number),
    ("nb_events", "Total events", Number),
    ("nb_events_with_value", "Events with a value", Number),
    ("sum_event_value", "Event value", Number),
    ("min_event_value", "Minimum Event value", Number),
    ("max_event_value", "Maximum Event value", Number),
    ("avg_event_value", "Average Event value", Number),
    ("nb_impressions", "Impressions", Number),
    ("nb_interactions", "Interactions", Number),
    ("interaction_rate", "Interaction Rate", Percent),
    ("items", "Purchased Products", Number),
    ("quantity", "Quantity", Number),
    ("orders", "Ecommerce Orders", Number),
    ("abandoned_carts", "Abandoned Carts", Number),
    ("avg_price", "Average Price", Money),
    ("avg_quantity", "Average Quantity", Number),
    ("avg_order_revenue", "Average Order Value", Money),
    ("revenue_subtotal", "Subtotal", Money),
    ("revenue_tax", "Tax", Money),
    ("revenue_shipping", "Shipping", Money),
    ("revenue_discount", "Discount", Money),
    ("ecommerce_revenue", "Product Revenue", Money),
    ("avg_time_network", "Avg. network time", Seconds),
    ("avg_time_server", "Avg. server time", Seconds),
    ("avg_time_transfer", "Avg. transfer time", Seconds),
    ("avg_time_dom_processing", "Avg. DOM processing time", Seconds),
    ("avg_time_dom_completion", "Avg. DOM completion time", Seconds),
    ("avg_time_on_load", "Avg. on load time", Seconds),
    ("avg_page_load_time", "Avg. page load time", Seconds),
    ("Referrers_visitorsFromSearchEngines", "Visitors from Search Engines", Number),
    ("Referrers_visitorsFromSocialNetworks", "Visitors from Social Networks", Number),
    ("Referrers_visitorsFromAIAssistants", "Visitors from AI Assistants", Number),
    ("Referrers_visitorsFromDirectEntry", "Visitors from Direct Entry", Number),
    ("Referrers_visitorsFromWebsites", "Visitors from Websites", Number),
    ("Referrers_visitorsFromCampaigns", "Visitors from Campaigns", Number),
    ("Referrers_distinctSearchEngines", "Distinct search engines", Number),
    ("Referrers_distinctSocialNetworks", "Distinct social networks", Number),
    ("Referrers_distinctKeywords", "Distinct keywords", Number),
    ("Referrers_distinctWebsites", "Distinct websites", Number),
    ("Referrers_distinctCampaigns", "Distinct campaigns", Number),
    ("visits_evolution", "Visits Evolution", Percent),
    ("actions_evolution", "Actions Evolution", Percent),
    ("pageviews_evolution", "Pageviews Evolution", Percent),
    ("revenue_evolution", "Revenue Evolution", Percent),
    ("label", "Label", Number),
    ("value", "Value", Number),
];

/// What the end of a figure's name says about whose it is.
const GROUPS: [(&str, &str); 4] = [
    ("_new_visit", "new visits"),
    ("_returning_visit", "returning visits"),
    ("_new", "new visits"),
    ("_returning", "returning visits"),
];

/// The name of a column that people read; its own where there is none.
pub fn title(column: &str) -> Cow<'_, str> {
    let known = |column: &str| METRICS.iter().find(|(name, ..)| *name == column).map(|(_, title, _)| *title);
    if let Some(title) = known(column) {
        return title.into();
    }
    let of_group =
        |(ending, group): &(&'static str, &'static str)| Some((known(column.strip_suffix(ending)?)?, *group));
    match GROUPS.iter().find_map(of_group) {
        Some((title, group)) => format!("{title} ({group})").into(),
        None => column.into(),
    }
}

/// What a figure counts in.
pub fn unit(column: &str) -> Unit {
    METRICS.iter().find(|(name, ..)| *name == column).map_or(Number, |(.., unit)| *unit)
}

/// A report that metadata names.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Module and action with a point between.
    pub method: &'static str,
    /// The name that people read.
    pub title: &'static str,
    /// Where it stands.
    pub category: &'static str,
    /// Where it stands there.
    pub subcategory: &'static str,
    /// What its levels are called: for programs, and for people. Empty for a report of one row.
    pub dimensions: &'static [(&'static str, &'static str)],
    /// Figures that are counted.
    pub metrics: &'static [&'static str],
    /// Figures that are computed from them.
    pub processed: &'static [&'static str],
}

impl Entry {
    /// Module and action.
    pub fn names(&self) -> (&'static str, &'static str) {
        self.method.split_once('.').unwrap_or((self.method, ""))
    }

    /// Its figures, in the order they are shown.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.metrics.iter().chain(self.processed).copied()
    }
}

const VISITS: &[&str] = &["nb_visits", "nb_uniq_visitors", "nb_actions", "nb_users"];
const PER_VISIT: &[&str] = &["nb_actions_per_visit", "avg_time_on_site", "bounce_rate"];
const PAGES: &[&str] = &["nb_hits", "nb_visits"];
const PER_PAGE: &[&str] = &["avg_time_on_page", "bounce_rate", "exit_rate"];
const LINKS: &[&str] = &["nb_visits", "nb_hits"];
const ENTRIES: &[&str] = &["entry_nb_visits", "entry_bounce_count"];
const EXITS: &[&str] = &["exit_nb_visits", "nb_visits"];
const EVENTS: &[&str] =
    &["nb_events", "sum_event_value", "min_event_value", "max_event_value", "nb_events_with_value"];
const CONTENTS: &[&str] = &["nb_impressions", "nb_interactions"];
const ITEMS: &[&str] = &["revenue", "quantity", "orders"];
const BUCKETS: &[&str] = &["nb_visits"];

type Dimensions = &'static [(&'static str, &'static str)];

const fn entry(
    method: &'static str,
    title: &'static str,
    (category, subcategory): (&'static str, &'static str),
    dimensions: Dimensions,
    (metrics, processed): (&'static [&'static str], &'static [&'static str]),
) -> Entry {
    Entry { method, title, category, subcategory, dimensions, metrics, processed }
}

const EVENT: [(&str, &str); 3] = [
    ("Events_EventCategory", "Event Category"),
    ("Events_EventAction", "Event Action"),
    ("Events_EventName", "Event Name"),
];

/// Every report that is complete without a further parameter.
pub const REPORTS: [Entry; 51] = [
    entry(
        "VisitsSummary.get",
        "Visits Summary",
        ("Visitors", "Overview"),
        &[],
        (&["nb_uniq_visitors", "nb_visits", "nb_users", "nb_actions", "max_actions"], PER_VISIT),
    ),
    entry(
        "VisitFrequency.get",
        "Returning Visits",
        ("Actions", "Engagement"),
        &[],
        (
            &["nb_visits_returning", "nb_actions_returning", "nb_visits_new", "nb_actions_new"],
            &[
                "bounce_rate_returning",
                "nb_actions_per_visit_returning",
                "avg_time_on_site_returning",
                "bounce_rate_new",
                "nb_actions_per_visit_new",
                "avg_time_on_site_new",
            ],
        ),
    ),
    entry(
        "Actions.get",
        "Actions - Main metrics",
        ("Actions", "Overview"),
        &[],
        (
            &[
                "nb_pageviews",
                "nb_uniq_pageviews",
                "nb_downloads",
                "nb_uniq_downloads",
                "nb_outlinks",
                "nb_uniq_outlinks",
                "nb_searches",
                "nb_keywords",
            ],
            &[],
        ),
    ),
    entry(
        "Actions.getPageUrls",
        "Page URLs",
        ("Actions", "Pages"),
        &[("Actions_PageUrl", "Page URL")],
        (PAGES, PER_PAGE),
    ),
    entry(
        "Actions.getEntryPageUrls",
        "Entry pages",
        ("Actions", "Entry pages"),
        &[("Actions_EntryPageUrl", "Entry Page URL")],
        (ENTRIES, &["bounce_rate"]),
    ),
    entry(
        "Actions.getExitPageUrls",
        "Exit pages",
        ("Actions", "Exit pages"),
        &[("Actions_ExitPageUrl", "Exit Page URL")],
        (EXITS, &["exit_rate"]),
    ),
    entry(
        "Actions.getPageUrlsFollowingSiteSearch",
        "Pages Following a Site Search",
        ("Actions", "Site Search"),
        &[("Actions_DestinationPage", "Destination Page")],
        (&["nb_hits_following_search", "nb_hits"], &[]),
    ),
    entry(
        "Actions.getPageTitles",
        "Page titles",
        ("Actions", "Page titles"),
        &[("Actions_PageTitle", "Page Title")],
        (PAGES, PER_PAGE),
    ),
    entry(
        "Actions.getEntryPageTitles",
        "Entry page titles",
        ("Actions", "Entry pages"),
        &[("Actions_EntryPageTitle", "Entry Page title")],
        (ENTRIES, &["bounce_rate"]),
    ),
    entry(
        "Actions.getExitPageTitles",
        "Exit page titles",
        ("Actions", "Exit pages"),
        &[("Actions_ExitPageTitle", "Exit Page Title")],
        (EXITS, &["exit_rate"]),
    ),
    entry(
        "Actions.getPageTitlesFollowingSiteSearch",
        "Page Titles Following a Site Search",
        ("Actions", "Site Search"),
        &[("Actions_DestinationPage", "Destination Page")],
        (&["nb_hits_following_search", "nb_hits"], &[]),
    ),
    entry(
        "Actions.getOutlinks",
        "Outlinks",
        ("Actions", "Outlinks"),
        &[("Actions_OutlinkHost", "Outlink Host"), ("Actions_ClickedUrl", "Clicked URL")],
        (LINKS, &[]),
    ),
    entry(
        "Actions.getDownloads",
        "Downloads",
        ("Actions", "Downloads"),
        &[("Actions_DownloadHost", "Download Host"), ("Actions_DownloadUrl", "Download URL")],
        (LINKS, &[]),
    ),
    entry(
        "Actions.getSiteSearchKeywords",
        "Site Search Keywords",
        ("Actions", "Site Search"),
        &[("Actions_SearchKeyword", "Keyword")],
        (&["nb_visits"], &["nb_pages_per_search", "exit_rate"]),
    ),
    entry(
        "Actions.getSiteSearchNoResultKeywords",
        "Search Keywords with No Results",
        ("Actions", "Site Search"),
        &[("Actions_SearchNoResultKeyword", "Keyword with No Search Result")],
        (&["nb_visits"], &["exit_rate"]),
    ),
    entry(
        "Actions.getSiteSearchCategories",
        "Search Categories",
        ("Actions", "Site Search"),
        &[("Actions_SearchCategory", "Search Category")],
        (&["nb_visits"], &["nb_pages_per_search"]),
    ),
    entry(
        "Contents.getContentNames",
        "Content Name",
        ("Actions", "Contents"),
        &[("Contents_ContentName", "Content Name"), ("Contents_ContentPiece", "Content Piece")],
        (CONTENTS, &["interaction_rate"]),
    ),
    entry(
        "Contents.getContentPieces",
        "Content Piece",
        ("Actions", "Contents"),
        &[("Contents_ContentPiece", "Content Piece"), ("Contents_ContentName", "Content Name")],
        (CONTENTS, &["interaction_rate"]),
    ),
    entry(
        "Events.getCategory",
        "Event Categories",
        ("Actions", "Events"),
        &[EVENT[0], EVENT[1]],
        (EVENTS, &["avg_event_value"]),
    ),
    entry(
        "Events.getAction",
        "Event Actions",
        ("Actions", "Events"),
        &[EVENT[1], EVENT[2]],
        (EVENTS, &["avg_event_value"]),
    ),
    entry(
        "Events.getName",
        "Event Names",
        ("Actions", "Events"),
        &[EVENT[2], EVENT[1]],
        (EVENTS, &["avg_event_value"]),
    ),
    entry(
        "PagePerformance.get",
        "Performance Overview",
        ("Actions", "Performance"),
        &[],
        (
            &[],
            &[
                "avg_time_network",
                "avg_time_server",
                "avg_time_transfer",
                "avg_time_dom_processing",
                "avg_time_dom_completion",
                "avg_time_on_load",
                "avg_page_load_time",
            ],
        ),
    ),
    entry(
        "Referrers.get",
        "Acquisition Overview",
        ("Referrers", "Overview"),
        &[],
        (
            &[
                "Referrers_visitorsFromSearchEngines",
                "Referrers_visitorsFromSocialNetworks",
                "Referrers_visitorsFromAIAssistants",
                "Referrers_visitorsFromDirectEntry",
                "Referrers_visitorsFromWebsites",
                "Referrers_visitorsFromCampaigns",
                "Referrers_distinctSearchEngines",
                "Referrers_distinctSocialNetworks",
                "Referrers_distinctKeywords",
                "Referrers_distinctWebsites",
                "Referrers_distinctCampaigns",
            ],
            &[],
        ),
    ),
    entry(
        "Referrers.getReferrerType",
        "Channel Type",
        ("Referrers", "All Channels"),
        &[("Referrers_ReferrerType", "Channel Type"), ("Referrers_Referrer", "Referrer")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getAll",
        "All Channels",
        ("Referrers", "All Channels"),
        &[("Referrers_Referrer", "Referrer")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getWebsites",
        "Websites",
        ("Referrers", "Websites"),
        &[("Referrers_Website", "Website"), ("Referrers_WebsitePage", "Page")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getSearchEngines",
        "Search Engines",
        ("Referrers", "Search Engines & Keywords"),
        &[("Referrers_SearchEngine", "Search Engine"), ("Referrers_Keyword", "Keyword")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getKeywords",
        "Keywords",
        ("Referrers", "Search Engines & Keywords"),
        &[("Referrers_Keyword", "Keyword"), ("Referrers_SearchEngine", "Search Engine")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getSocials",
        "Social Networks",
        ("Referrers", "Social Networks"),
        &[("Referrers_SocialNetwork", "Social Network"), ("Referrers_WebsitePage", "Page")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getAIAssistants",
        "AI Assistants",
        ("Referrers", "AI Assistants"),
        &[("Referrers_AIAssistant", "AI Assistant"), ("Referrers_WebsitePage", "Page")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Referrers.getCampaigns",
        "Campaigns",
        ("Referrers", "Campaigns"),
        &[("Referrers_Campaign", "Campaign"), ("Referrers_Keyword", "Keyword")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "UserCountry.getCountry",
        "Country",
        ("Visitors", "Locations"),
        &[("UserCountry_Country", "Country")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "UserCountry.getContinent",
        "Continent",
        ("Visitors", "Locations"),
        &[("UserCountry_Continent", "Continent")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "UserCountry.getRegion",
        "Region",
        ("Visitors", "Locations"),
        &[("UserCountry_Region", "Region")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "UserCountry.getCity",
        "City",
        ("Visitors", "Locations"),
        &[("UserCountry_City", "City")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "UserLanguage.getLanguage",
        "Browser language",
        ("Visitors", "Locations"),
        &[("UserLanguage_Language", "Language")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "UserLanguage.getLanguageCode",
        "Language code",
        ("Visitors", "Locations"),
        &[("UserLanguage_Language", "Language")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "DevicesDetection.getType",
        "Device type",
        ("Visitors", "Devices"),
        &[("DevicesDetection_DeviceType", "Device type")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "DevicesDetection.getBrowsers",
        "Browsers",
        ("Visitors", "Software"),
        &[("DevicesDetection_BrowserName", "Browser")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "DevicesDetection.getBrowserVersions",
        "Browser version",
        ("Visitors", "Software"),
        &[("DevicesDetection_BrowserVersion", "Browser version")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "DevicesDetection.getOsFamilies",
        "Operating System families",
        ("Visitors", "Software"),
        &[("DevicesDetection_Os", "Operating system")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "DevicesDetection.getOsVersions",
        "Operating System versions",
        ("Visitors", "Software"),
        &[("DevicesDetection_OsVersion", "Operating system version")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Resolution.getResolution",
        "Resolution",
        ("Visitors", "Devices"),
        &[("Resolution_Resolution", "Resolution")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "Resolution.getConfiguration",
        "Configuration",
        ("Visitors", "Software"),
        &[("Resolution_Configuration", "Configuration")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "VisitTime.getVisitInformationPerServerTime",
        "Visits per hour in the site's timezone",
        ("Visitors", "Times"),
        &[("VisitTime_ServerTime", "Hour in the site's timezone")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "VisitTime.getVisitInformationPerLocalTime",
        "Visits per local time",
        ("Visitors", "Times"),
        &[("VisitTime_LocalTime", "Visitor's local time")],
        (VISITS, PER_VISIT),
    ),
    entry(
        "VisitorInterest.getNumberOfVisitsPerVisitDuration",
        "Visits per visit duration",
        ("Actions", "Engagement"),
        &[("VisitorInterest_VisitDuration", "Visit duration")],
        (BUCKETS, &[]),
    ),
    entry(
        "VisitorInterest.getNumberOfVisitsPerPage",
        "Visits per number of pages",
        ("Actions", "Engagement"),
        &[("VisitorInterest_PagesPerVisit", "Pages per visit")],
        (BUCKETS, &[]),
    ),
    entry(
        "VisitorInterest.getNumberOfVisitsByVisitCount",
        "Visits by visit number",
        ("Actions", "Engagement"),
        &[("VisitorInterest_VisitNumber", "Visit number")],
        (BUCKETS, &[]),
    ),
    entry(
        "Goals.get",
        "Goals",
        ("Goals", "Overview"),
        &[],
        (&["nb_conversions", "nb_visits_converted", "revenue"], &["conversion_rate"]),
    ),
    entry(
        "Goals.getItemsName",
        "Product Name",
        ("Ecommerce", "Products"),
        &[("Goals_ProductName", "Product Name")],
        (ITEMS, &["avg_price", "avg_quantity"]),
    ),
];

/// The report of a module and an action.
pub fn find(module: &str, action: &str) -> Option<&'static Entry> {
    REPORTS.iter().find(|entry| entry.names() == (module, action))
}

/// What the levels of a report are called, for programs. Events have those that were asked for.
pub fn dimensions(name: &str, method: &Method) -> [Option<&'static str>; 2] {
    let of_event = |text: &EventText| {
        let place = match text {
            EventText::Category => 0,
            EventText::Action => 1,
            EventText::Name => 2,
        };
        EVENT.get(place).map(|(id, _)| *id)
    };
    if let Method::Events(first, second) = method {
        return [of_event(first), of_event(second)];
    }
    let named = REPORTS.iter().find(|entry| entry.method == name).map_or(&[][..], |entry| entry.dimensions);
    [0, 1].map(|level| named.get(level).map(|(id, _)| *id))
}

#[cfg(test)]
mod tests {
    use super::super::method::Options;
    use super::*;

    #[test]
    fn what_is_named_is_answered() {
        for entry in &REPORTS {
            assert!(Method::find(entry.method, Options::default()).is_some(), "{}", entry.method);
            let method = Method::find(entry.method, Options::default()).unwrap();
            assert_eq!(method.is_row(), entry.dimensions.is_empty(), "{}", entry.method);
        }
    }

    #[test]
    fn every_figure_of_a_report_has_a_name_that_people_read() {
        for column in REPORTS.iter().flat_map(Entry::columns) {
            assert_ne!(title(column), column);
        }
        assert_eq!(title("nb_visits_returning"), "Visits (returning visits)");
        assert_eq!(title("unknown_thing"), "unknown_thing");
    }

    #[test]
    fn methods_and_figures_are_there_once() {
        for (at, entry) in REPORTS.iter().enumerate() {
            assert!(
                !REPORTS.iter().skip(at + 1).any(|other| other.method == entry.method),
                "{}",
                entry.method
            );
        }
        for (at, (name, ..)) in METRICS.iter().enumerate() {
            assert!(!METRICS.iter().skip(at + 1).any(|(other, ..)| other == name), "{name}");
        }
    }
}
