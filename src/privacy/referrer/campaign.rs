//! Campaigns: what the address of a page, or the tracker, says of the link or the ad that led there.

use super::Lists;
use super::origin::Origin;
use super::params::{Pairs, first, label};

/// Parameters that name a campaign. The first that is given counts.
const NAMES: &[&str] = &[
    "pk_cpn",
    "pk_campaign",
    "piwik_campaign",
    "mtm_campaign",
    "matomo_campaign",
    "utm_campaign",
    SOURCE,
    "utm_medium",
];
/// The one of them by which an assistant tells that a link is its own.
const SOURCE: &str = "utm_source";
/// Parameters that hold the keyword of a campaign.
const KEYWORDS: &[&str] = &[
    "pk_kwd",
    "pk_keyword",
    "piwik_kwd",
    "piwik_keyword",
    "mtm_kwd",
    "mtm_keyword",
    "matomo_kwd",
    "matomo_keyword",
    "utm_term",
];
/// Parameters that hold the source of a campaign.
const SOURCES: &[&str] = &["mtm_source", "pk_source", "utm_source"];
/// Parameters that hold the medium of a campaign.
const MEDIUMS: &[&str] = &["mtm_medium", "pk_medium", "utm_medium"];
/// Parameters that hold the content of a campaign: which of its links or banners.
const CONTENTS: &[&str] = &["mtm_content", "pk_content", "utm_content"];
/// Parameters that hold the number of a campaign.
const IDS: &[&str] = &["mtm_cid", "pk_cid", "utm_id", "mtm_clid"];

/// What campaigns of Google's ads are called that have no name of their own.
const ADS: &str = "adwords";

/// A campaign: all fields in lower case, clean, and short; empty where not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campaign {
    /// Its name; all other fields are empty without one.
    pub name: String,
    /// Its keyword; without one, the words searched for or the host of the referrer.
    pub keyword: String,
    /// Where it ran.
    pub source: String,
    /// How it ran (`email`, `cpc`).
    pub medium: String,
    /// Which link or banner of it.
    pub content: String,
    /// Its number in the advertiser's books.
    pub id: String,
    /// Whether its name is that of its source alone: an assistant calls itself so, nobody else's campaign does.
    pub named_by_source: bool,
    /// Whether it came without a keyword, so that the host of the referrer stands for it, if there is one.
    pub keyword_missing: bool,
}

impl Campaign {
    /// The same with a keyword, where it has none: the words searched for, the page that an ad was on, or the host of the
    /// referrer, whosever it is.
    pub(super) fn with_keyword(mut self, lists: &Lists, from: Option<&Origin>) -> Campaign {
        let Some(from) = from.filter(|_| self.keyword.is_empty()) else {
            self.keyword_missing = self.keyword.is_empty();
            return self;
        };
        let searched = from.search(lists).map(|search| search.keyword).filter(|words| !words.is_empty());
        let found = searched.or_else(|| from.ad().map(|ad| of_publisher(&ad.host)));
        self.keyword_missing = found.is_none();
        self.keyword = found.unwrap_or_else(|| from.name());
        self
    }

    /// The campaign of an ad of Google's that leads to a page without one.
    pub(super) fn of_ad(from: &Origin) -> Option<Campaign> {
        let ad = from.ad()?;
        let name = ad.kind.map_or_else(|| ADS.to_owned(), |kind| format!("{ADS} ({kind})"));
        Some(Campaign { name, keyword: of_publisher(&ad.host), ..Campaign::default() })
    }
}

/// The keyword of an ad on somebody's page.
fn of_publisher(host: &str) -> String {
    format!("({ADS}) {host}")
}

/// The campaign named in the page's query, else in its fragment, else beside the page. A fragment that names one wins over
/// a query without a keyword: name and keyword come from one place.
pub(super) fn find(
    query: &Pairs,
    fragment: &Pairs,
    beside: &dyn Fn(&str) -> Option<String>,
) -> Option<Campaign> {
    let from_beside = |names: &[&str]| names.iter().find_map(|name| label(&beside(name)?));
    let of_page = |pairs: &Pairs| Some((name(&|names| first(pairs, names))?, first(pairs, KEYWORDS)));
    let in_query = of_page(query);
    let is_whole = in_query.as_ref().is_some_and(|(_, keyword)| keyword.is_some());
    let named = if is_whole { in_query } else { of_page(fragment).or(in_query) };
    let ((name, named_by_source), keyword) =
        named.or_else(|| Some((name(&from_beside)?, from_beside(KEYWORDS))))?;
    let field = |names: &[&str]| {
        first(query, names)
            .or_else(|| first(fragment, names))
            .or_else(|| from_beside(names))
            .unwrap_or_default()
    };
    Some(Campaign {
        name,
        keyword: keyword.unwrap_or_default(),
        source: field(SOURCES),
        medium: field(MEDIUMS),
        content: field(CONTENTS),
        id: field(IDS),
        named_by_source,
        keyword_missing: false,
    })
}

/// The name of a campaign, and whether it is its source's.
fn name(value: &dyn Fn(&[&str]) -> Option<String>) -> Option<(String, bool)> {
    NAMES.iter().find_map(|parameter| Some((value(&[parameter])?, *parameter == SOURCE)))
}

#[cfg(test)]
mod tests {
    use crate::privacy::page_url;
    use crate::privacy::referrer::{Campaign, Lists, NoReferrers, ReferrerKind, classify};

    #[test]
    fn ads_name_the_page_that_they_were_on() {
        let ad = "http://googleads.g.doubleclick.net/pagead/ads?ad_type=Text&url=http%3A%2F%2Fwww.Paper.example%2Fx";
        let led = |page: &str, referrer: &str| {
            let (page, from) = (page_url::parse(page), page_url::parse(referrer));
            let none = NoReferrers::default();
            classify(&Lists::builtin(), page.as_ref(), from.as_ref(), none, &|_| None)
        };
        let pair = |campaign: Campaign| (campaign.name, campaign.keyword);
        let of_paper = "(adwords) www.paper.example".to_owned();
        let (found, campaign) = led("https://shop.example/", ad);
        assert_eq!(found.kind, ReferrerKind::Campaign);
        assert_eq!(pair(campaign), ("adwords (text)".to_owned(), of_paper.clone()));
        assert_eq!(
            pair(led("https://shop.example/?utm_campaign=a", ad).1),
            ("a".to_owned(), of_paper.clone())
        );
        assert_eq!(
            pair(led("https://shop.example/", &ad.replace("ad_type", "x")).1),
            ("adwords".to_owned(), of_paper)
        );
        let own = ["g.doubleclick.net".to_owned(), "googleads.g.doubleclick.net".to_owned()];
        let own = NoReferrers { own: &own, ..NoReferrers::default() };
        let inside = classify(&Lists::builtin(), None, page_url::parse(ad).as_ref(), own, &|_| None);
        assert_eq!((inside.0.kind, inside.1), (ReferrerKind::Direct, Campaign::default()));
        let without = led("https://shop.example/", "https://googleads.example/?url=nothing");
        assert_eq!((without.0.kind, without.1), (ReferrerKind::Website, Campaign::default()));
    }
}
