//! The methods of Matomo's Reporting API that make a report, by name.

use std::str::FromStr;

use super::actions::{self, Side};
use super::day::{Day, Node};
use super::goals::{self, ItemBy};
use super::interactions::{self, EventText};
use super::interest::{self, Interest};
use super::page_goals;
use super::referrers::{self, Distinct};
use super::render::{number, percent, quotient};
use super::table::{Columns, Report, Table};
use super::timings;
use super::visit::{GoalKey, Visit};
use super::visits::{self, By};
use super::{Crowd, People, Request};
use crate::event::Kind;

/// A method that makes a report of visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// `VisitsSummary.get`.
    Summary,
    /// `VisitsSummary.getVisits` and the like: one figure.
    SummaryFigure(&'static str),
    /// `VisitFrequency.get`.
    Frequency,
    /// `Actions.get`.
    Actions,
    /// Pages by address: all, or those with a figure that is not 0.
    Pages(Option<&'static str>),
    /// Pages by title: all, or those with a figure that is not 0.
    Titles(Option<&'static str>),
    /// One page, by its labels from the top of the tree of addresses.
    Page(Vec<String>),
    /// One title.
    Title(String),
    /// Outlinks or downloads.
    Links(Kind),
    /// One outlink or download, by its address.
    Link(Kind, String),
    /// Keywords of the site's search: all, or those that found nothing.
    Keywords(bool),
    /// Categories of the site's search.
    SearchCategories,
    /// Visits by something that is known of them.
    By(By),
    /// `Referrers.getAll`.
    AllReferrers,
    /// Events, by a text and a second one below it.
    Events(EventText, EventText),
    /// Content blocks, by name or by piece.
    Contents(bool),
    /// `Goals.get`.
    Goals(Option<GoalKey>),
    /// Products, of orders or of carts that were left.
    Items(ItemBy, bool),
    /// `PagePerformance.get`.
    Performance,
    /// Visits or conversions in buckets.
    Interest(Interest),
    /// `Referrers.get`.
    Referrers,
    /// How many different referrers of a kind there were.
    DistinctReferrers(Distinct),
    /// How many different countries visits came from.
    DistinctCountries,
}

/// What decides which report a name means.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// `idGoal`.
    pub goal: Option<&'a str>,
    /// `abandonedCarts`.
    pub carts: bool,
    /// `idDimension`.
    pub dimension: Option<u16>,
    /// `secondaryDimension`.
    pub second: Option<&'a str>,
    /// `pageUrl` or `pageName`, `outlinkUrl` or `downloadUrl`.
    pub page: Option<&'a str>,
    /// `flat`: some reports have other labels then.
    pub is_flat: bool,
}

/// Methods without options, by name.
const NAMES: [(&str, Method); 66] = [
    ("VisitsSummary.get", Method::Summary),
    ("VisitsSummary.getVisits", Method::SummaryFigure("nb_visits")),
    ("VisitsSummary.getUniqueVisitors", Method::SummaryFigure("nb_uniq_visitors")),
    ("VisitsSummary.getUsers", Method::SummaryFigure("nb_users")),
    ("VisitsSummary.getActions", Method::SummaryFigure("nb_actions")),
    ("VisitsSummary.getMaxActions", Method::SummaryFigure("max_actions")),
    ("VisitsSummary.getBounceCount", Method::SummaryFigure("bounce_count")),
    ("VisitsSummary.getVisitsConverted", Method::SummaryFigure("nb_visits_converted")),
    ("VisitsSummary.getSumVisitsLength", Method::SummaryFigure("sum_visit_length")),
    ("VisitFrequency.get", Method::Frequency),
    ("Actions.get", Method::Actions),
    ("Actions.getPageUrls", Method::Pages(None)),
    ("Actions.getEntryPageUrls", Method::Pages(Some("entry_nb_visits"))),
    ("Actions.getExitPageUrls", Method::Pages(Some("exit_nb_visits"))),
    ("Actions.getPageUrlsFollowingSiteSearch", Method::Pages(Some("nb_hits_following_search"))),
    ("Actions.getPageTitles", Method::Titles(None)),
    ("Actions.getEntryPageTitles", Method::Titles(Some("entry_nb_visits"))),
    ("Actions.getExitPageTitles", Method::Titles(Some("exit_nb_visits"))),
    ("Actions.getPageTitlesFollowingSiteSearch", Method::Titles(Some("nb_hits_following_search"))),
    ("Actions.getOutlinks", Method::Links(Kind::Outlink)),
    ("Actions.getDownloads", Method::Links(Kind::Download)),
    ("Actions.getSiteSearchKeywords", Method::Keywords(false)),
    ("Actions.getSiteSearchNoResultKeywords", Method::Keywords(true)),
    ("Actions.getSiteSearchCategories", Method::SearchCategories),
    ("Contents.getContentNames", Method::Contents(true)),
    ("Contents.getContentPieces", Method::Contents(false)),
    ("Referrers.get", Method::Referrers),
    ("Referrers.getNumberOfDistinctSearchEngines", Method::DistinctReferrers(Distinct::SearchEngines)),
    ("Referrers.getNumberOfDistinctSocialNetworks", Method::DistinctReferrers(Distinct::SocialNetworks)),
    ("Referrers.getNumberOfDistinctAIAssistants", Method::DistinctReferrers(Distinct::Assistants)),
    ("Referrers.getNumberOfDistinctKeywords", Method::DistinctReferrers(Distinct::Keywords)),
    ("Referrers.getNumberOfDistinctWebsites", Method::DistinctReferrers(Distinct::Websites)),
    ("Referrers.getNumberOfDistinctWebsitesUrls", Method::DistinctReferrers(Distinct::Pages)),
    ("Referrers.getNumberOfDistinctCampaigns", Method::DistinctReferrers(Distinct::Campaigns)),
    ("Referrers.getReferrerType", Method::By(By::ReferrerType)),
    ("Referrers.getAll", Method::AllReferrers),
    ("Referrers.getWebsites", Method::By(By::Websites)),
    ("Referrers.getSearchEngines", Method::By(By::SearchEngines)),
    ("Referrers.getKeywords", Method::By(By::Keywords)),
    ("Referrers.getSocials", Method::By(By::Socials)),
    ("Referrers.getAIAssistants", Method::By(By::Assistants)),
    ("Referrers.getCampaigns", Method::By(By::Campaigns)),
    ("UserCountry.getCountry", Method::By(By::Country)),
    ("UserCountry.getNumberOfDistinctCountries", Method::DistinctCountries),
    ("Referrers.getUrlsForSocial", Method::By(By::SocialUrls)),
    ("UserCountry.getContinent", Method::By(By::Continent)),
    ("UserCountry.getRegion", Method::By(By::Region)),
    ("UserCountry.getCity", Method::By(By::City)),
    ("DevicesDetection.getType", Method::By(By::Device)),
    ("DevicesDetection.getBrowsers", Method::By(By::Browser)),
    ("DevicesDetection.getOsFamilies", Method::By(By::System)),
    ("DevicesDetection.getBrowserVersions", Method::By(By::BrowserVersion)),
    ("DevicesDetection.getOsVersions", Method::By(By::SystemVersion)),
    ("Resolution.getResolution", Method::By(By::Resolution)),
    ("Resolution.getConfiguration", Method::By(By::Configuration)),
    ("UserLanguage.getLanguage", Method::By(By::Language)),
    ("UserLanguage.getLanguageCode", Method::By(By::LanguageCode)),
    ("VisitTime.getByDayOfWeek", Method::By(By::Weekday)),
    ("VisitTime.getVisitInformationPerServerTime", Method::By(By::ServerHour)),
    ("VisitTime.getVisitInformationPerLocalTime", Method::By(By::LocalHour)),
    ("VisitorInterest.getNumberOfVisitsPerPage", Method::Interest(Interest::Pages)),
    ("VisitorInterest.getNumberOfVisitsPerVisitDuration", Method::Interest(Interest::Duration)),
    ("VisitorInterest.getNumberOfVisitsByVisitCount", Method::Interest(Interest::VisitCount)),
    ("VisitorInterest.getNumberOfVisitsByDaysSinceLast", Method::Interest(Interest::DaysSinceLast)),
    ("PagePerformance.get", Method::Performance),
    ("CustomVariables.getCustomVariables", Method::By(By::Variable)),
];

impl Method {
    /// The method of a name; `None` when there is no report of that name.
    pub fn find(name: &str, options: Options<'_>) -> Option<Method> {
        let event = |first: EventText, second: EventText| {
            let asked = options.second.and_then(|name| EventText::from_str(name).ok());
            Some(Method::Events(first, asked.unwrap_or(second)))
        };
        let goal = options.goal.and_then(visits::goal_named);
        match name {
            "Events.getCategory" => event(EventText::Category, EventText::Action),
            "Events.getAction" => event(EventText::Action, EventText::Name),
            "Events.getName" => event(EventText::Name, EventText::Action),
            "Goals.get" => Some(Method::Goals(goal)),
            "Goals.getDaysToConversion" => Some(Method::Interest(Interest::DaysToConversion(goal))),
            "Goals.getVisitsUntilConversion" => Some(Method::Interest(Interest::VisitsToConversion(goal))),
            "Goals.getItemsSku" => Some(Method::Items(ItemBy::Sku, options.carts)),
            "Goals.getItemsName" => Some(Method::Items(ItemBy::Name, options.carts)),
            "Goals.getItemsCategory" => Some(Method::Items(ItemBy::Category, options.carts)),
            "Actions.getPageUrl" => options.page.map(|url| Method::Page(actions::path_of_url(url))),
            "Actions.getPageTitle" => options.page.map(|title| Method::Title(title.to_owned())),
            "Actions.getOutlink" => options.page.map(|url| Method::Link(Kind::Outlink, url.to_owned())),
            "Actions.getDownload" => options.page.map(|url| Method::Link(Kind::Download, url.to_owned())),
            "Referrers.getWebsites" if options.is_flat => Some(Method::By(By::WebsitePaths)),
            "Referrers.getSocials" if options.is_flat => Some(Method::By(By::SocialPaths)),
            "CustomDimensions.getCustomDimension" => {
                options.dimension.map(|id| Method::By(By::Dimension(id)))
            }
            _ => NAMES.iter().find(|(own, _)| *own == name).map(|(_, method)| method.clone()),
        }
    }

    /// The figure that its rows are ordered by, greatest first.
    pub fn order(&self) -> &'static str {
        match self {
            Method::Pages(Some(figure)) | Method::Titles(Some(figure)) => figure,
            Method::Events(..) => "nb_events",
            Method::Contents(_) => "nb_impressions",
            Method::Items(..) => "revenue",
            _ => "nb_visits",
        }
    }

    /// Counts a visit in the rows of its day.
    pub(super) fn count(&self, day: &mut Day, visit: &Visit, request: &Request<'_>) {
        match self {
            Method::Pages(_) | Method::Page(_) => actions::pages(Side::Url, day, visit),
            Method::Titles(_) | Method::Title(_) => {
                actions::pages(Side::Title(request.delimiter), day, visit)
            }
            Method::Links(kind) | Method::Link(kind, _) => actions::links(*kind, day, visit),
            Method::Keywords(_) => actions::keywords(day, visit),
            Method::SearchCategories => actions::search_categories(day, visit),
            Method::Actions => actions::overview(day, visit),
            Method::Performance => timings::performance(day, visit),
            Method::By(by) => visits::count(*by, day, visit),
            Method::AllReferrers => visits::count(By::ReferrerType, day, visit),
            Method::DistinctCountries => visits::count(By::Country, day, visit),
            Method::Events(first, second) => interactions::events(*first, *second, day, visit),
            Method::Contents(by_name) => interactions::contents(*by_name, day, visit),
            Method::Items(by, carts) => goals::items(*by, *carts, day, visit),
            Method::Interest(interest) => interest::count(*interest, day, visit),
            Method::Referrers | Method::DistinctReferrers(_) => referrers::count(day, visit),
            Method::Summary | Method::SummaryFigure(_) | Method::Frequency | Method::Goals(_) => {}
        }
    }

    /// Decides what only the end of a day can tell.
    pub(super) fn end_day(&self, day: &mut Day) {
        match self {
            Method::Pages(_) | Method::Page(_) | Method::Titles(_) | Method::Title(_) => {
                page_goals::end_day(day);
            }
            Method::Keywords(_) => actions::note_no_results(day),
            Method::Items(..) => goals::end_item_day(day),
            Method::Contents(_) => day.keep_rows_with("nb_impressions"),
            _ => {}
        }
    }

    /// Whether its rows could single somebody out.
    pub(super) fn is_breakdown(&self) -> bool {
        !matches!(
            self,
            Method::Actions
                | Method::Performance
                | Method::Interest(_)
                | Method::Referrers
                | Method::DistinctReferrers(_)
                | Method::DistinctCountries
        )
    }

    /// Whether its report is one row without a label.
    pub(super) fn is_row(&self) -> bool {
        matches!(
            self,
            Method::Summary
                | Method::Frequency
                | Method::Actions
                | Method::Performance
                | Method::Goals(_)
                | Method::Referrers
        )
    }

    /// The report of the rows of its days.
    pub(super) fn report(&self, rows: &Node, totals: &Node, people: &People, delimiter: &str) -> Report {
        Report::Table(match self {
            Method::Summary => return Report::Row(standard(totals, &people.all, "")),
            Method::SummaryFigure(name) => {
                let summary = standard(totals, &people.all, "");
                let figure = summary.into_iter().find(|(own, _)| own == name);
                return Report::Value(figure.map_or_else(|| 0.into(), |(_, value)| value));
            }
            Method::Frequency => return Report::Row(frequency(totals, people)),
            Method::Actions => return Report::Row(actions::overview_row(rows)),
            Method::Performance => return Report::Row(timings::overview(&rows.figures)),
            Method::Referrers => return Report::Row(referrers::row(rows)),
            Method::DistinctReferrers(distinct) => {
                return Report::Value(referrers::distinct(rows, *distinct).into());
            }
            Method::DistinctCountries => return Report::Value(rows.children.len().into()),
            Method::Goals(goal) => return Report::Row(goals::overview(totals, *goal)),
            Method::Pages(only) | Method::Titles(only) => pages(rows, totals, *only),
            Method::Page(path) => actions::one_page(rows, totals, path),
            Method::Title(title) => actions::one_page(rows, totals, &actions::title_path(title, delimiter)),
            Method::Links(_) => actions::link_table(rows),
            Method::Link(_, url) => actions::one_link(rows, url),
            Method::Keywords(false) => actions::keyword_table(rows),
            Method::Keywords(true) => actions::keyword_table(&actions::only_with(rows, "no_result")),
            Method::SearchCategories => actions::category_table(rows),
            Method::By(by) => visits::table(*by, rows),
            Method::AllReferrers => visits::all_referrers(rows),
            Method::Events(..) => interactions::event_table(rows),
            Method::Contents(_) => interactions::content_table(rows),
            Method::Items(_, carts) => goals::item_table(rows, *carts),
            Method::Interest(interest) => interest::table(*interest, rows),
        })
    }
}

fn pages(rows: &Node, totals: &Node, only: Option<&'static str>) -> Table {
    match only {
        Some(figure) => actions::page_table(&actions::only_with(rows, figure), totals, figure),
        None => actions::page_table(rows, totals, "nb_visits"),
    }
}

/// Matomo's standard figures of some visits.
fn standard(node: &Node, crowd: &Crowd, suffix: &str) -> Columns {
    let figures = &node.figures;
    let mut columns = Columns::new();
    let mut put = |name: &str, value| columns.push((format!("{name}{suffix}").into(), value));
    put("nb_uniq_visitors", number(crowd.visitors.len() as f64));
    put("nb_users", number(crowd.users.len() as f64));
    let names =
        ["nb_visits", "nb_actions", "nb_visits_converted", "bounce_count", "sum_visit_length", "max_actions"];
    names.into_iter().for_each(|name| put(name, number(figures.get(name))));
    let visits = figures.get("nb_visits");
    put("bounce_rate", percent(figures.get("bounce_count"), visits));
    put("nb_actions_per_visit", number(quotient(figures.get("nb_actions"), visits, 1)));
    put("avg_time_on_site", number(quotient(figures.get("sum_visit_length"), visits, 0)));
    columns
}

fn frequency(totals: &Node, people: &People) -> Columns {
    let none = Node::default();
    let groups = [("new", &people.new, "_new"), ("returning", &people.returning, "_returning")];
    let columns = groups.into_iter().flat_map(|(group, crowd, suffix)| {
        standard(totals.children.get(group).unwrap_or(&none), crowd, suffix)
    });
    columns.collect()
}

impl FromStr for EventText {
    type Err = ();

    fn from_str(text: &str) -> Result<EventText, ()> {
        match text {
            "eventCategory" => Ok(EventText::Category),
            "eventAction" => Ok(EventText::Action),
            "eventName" => Ok(EventText::Name),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        let find = |name| Method::find(name, Options::default());
        assert_eq!(find("VisitsSummary.get"), Some(Method::Summary));
        assert_eq!(find("Events.getName"), Some(Method::Events(EventText::Name, EventText::Action)));
        assert_eq!(find("Live.getLastVisitsDetails"), None);
        let carts = Options { carts: true, ..Options::default() };
        assert_eq!(Method::find("Goals.getItemsSku", carts), Some(Method::Items(ItemBy::Sku, true)));
    }
}
