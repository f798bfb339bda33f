//! Where a visit comes from: the order of decision is Matomo's, so that its users find their figures again.
//!
//! A campaign named in the page's address comes first, then nothing (direct entry), the site itself (direct as well), an AI
//! assistant, a search engine, a social network, and any other website. Which host is what stands in
//! `lists/referrers.toml`; an operator may use another file of the same form. Of the referring page, host and path are
//! kept; of its query, only the words searched for (of an ad's, the host that it was on, and its kind).

mod campaign;
mod lists;
mod origin;
mod params;
mod search;

use url::Url;

pub use campaign::Campaign;
pub use lists::{Lists, ListsError};
use origin::Origin;
use params::{first, fragment_pairs, pairs};

/// Parameters of the page that say not to look at the referrer, if their value is 1.
const IGNORE: &[&str] = &["ignore_referrer", "ignore_referer"];

/// A kind of referrer. The numbers are those of Matomo, and are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ReferrerKind {
    /// No referrer, or the site itself.
    #[default]
    Direct = 1,
    /// A search engine.
    Search = 2,
    /// Any other website.
    Website = 3,
    /// A campaign named in the address of the page.
    Campaign = 6,
    /// A social network.
    Social = 7,
    /// An AI assistant.
    Assistant = 8,
}

impl ReferrerKind {
    /// The kind of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<ReferrerKind> {
        const ALL: [ReferrerKind; 6] = [
            ReferrerKind::Direct,
            ReferrerKind::Search,
            ReferrerKind::Website,
            ReferrerKind::Campaign,
            ReferrerKind::Social,
            ReferrerKind::Assistant,
        ];
        ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ReferrerKind::Direct => "direct",
            ReferrerKind::Search => "search",
            ReferrerKind::Website => "website",
            ReferrerKind::Campaign => "campaign",
            ReferrerKind::Social => "social",
            ReferrerKind::Assistant => "assistant",
        }
    }
}

/// Where a visit comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Referrer {
    /// Of which kind it is.
    pub kind: ReferrerKind,
    /// The search engine, host, network, assistant or campaign; empty for direct entry.
    pub name: String,
    /// Host and path of the referring page, without query, clean; empty if there is none, or it is the site's own.
    pub url: String,
    /// The words searched for or the keyword of the campaign, in lower case; empty when hidden.
    pub keyword: String,
}

/// The pages that a site does not count as referrers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReferrers<'a> {
    /// Its own hosts, without `www.`.
    pub own: &'a [String],
    /// What its operator leaves out: hosts without `www.`, `.host` for all below it as well, either with the beginning of
    /// a path.
    pub excluded: &'a [String],
}

/// Where a visit comes from, and its campaign if it has one.
///
/// `page` and `from` are the URLs that were sent; `campaign_params` gives the tracking parameters that stand beside
/// `page`, by name.
#[must_use]
pub fn classify(
    lists: &Lists,
    page: Option<&Url>,
    from: Option<&Url>,
    none: NoReferrers<'_>,
    campaign_params: &dyn Fn(&str) -> Option<String>,
) -> (Referrer, Campaign) {
    let query = page.and_then(Url::query).map(pairs).unwrap_or_default();
    if first(&query, IGNORE).is_some_and(|value| value == "1") {
        return (Referrer::default(), Campaign::default());
    }
    let fragment = page.and_then(Url::fragment).map(fragment_pairs).unwrap_or_default();
    let sent = from.and_then(Origin::of);
    let from = sent.as_ref().filter(|from| !from.is_own(page, none.own) && !from.is_among(none.excluded));
    let campaign = campaign::find(&query, &fragment, campaign_params)
        .map(|campaign| campaign.with_keyword(lists, sent.as_ref()))
        .or_else(|| Campaign::of_ad(from?));
    let by_link = |campaign: &Campaign| {
        let found = campaign.named_by_source.then(|| lists.assistant_named(&campaign.name)).flatten();
        found.map(|found| named_assistant(&found.name, from))
    };
    match campaign {
        Some(campaign) => match by_link(&campaign) {
            Some(referrer) => (referrer, Campaign::default()),
            None => (by_campaign(&campaign, from), campaign),
        },
        None => (from.map(|from| from.classify(lists)).unwrap_or_default(), Campaign::default()),
    }
}

/// The referrer of a visit that an assistant marked as its own.
fn named_assistant(name: &str, from: Option<&Origin>) -> Referrer {
    let url = from.map(Origin::label).unwrap_or_default();
    Referrer { kind: ReferrerKind::Assistant, name: name.to_owned(), url, keyword: String::new() }
}

/// The referrer of a visit by a campaign.
fn by_campaign(campaign: &Campaign, from: Option<&Origin>) -> Referrer {
    Referrer {
        kind: ReferrerKind::Campaign,
        name: campaign.name.clone(),
        url: from.map(Origin::label).unwrap_or_default(),
        keyword: campaign.keyword.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::page_url;
    use proptest::prelude::*;

    #[test]
    fn an_operator_leaves_hosts_out() {
        let rules = ["pay.example".to_owned(), ".bank.example".into(), "shop.example/return".into()];
        for (referrer, is_out) in [
            ("https://www.Pay.example/x", true),
            ("https://sub.pay.example/", false),
            ("https://bank.example/", true),
            ("https://a.bank.example/", true),
            ("https://notbank.example/", false),
            ("https://shop.example/Return/1", true),
            ("https://shop.example/", false),
        ] {
            let from = page_url::parse(referrer);
            let none = NoReferrers { excluded: &rules, ..NoReferrers::default() };
            let (found, _) = classify(&Lists::default(), None, from.as_ref(), none, &none_beside);
            assert_eq!(found.kind == ReferrerKind::Direct, is_out, "{referrer}");
        }
    }

    fn none_beside(_: &str) -> Option<String> {
        None
    }

    fn of_texts(lists: &Lists, page: &str, referrer: &str, own: &[String]) -> (Referrer, Campaign) {
        let (page, from) = (page_url::parse(page), page_url::parse(referrer));
        let none = NoReferrers { own, ..NoReferrers::default() };
        classify(lists, page.as_ref(), from.as_ref(), none, &none_beside)
    }

    fn from(referrer: &str) -> Referrer {
        of_texts(&Lists::builtin(), "https://www.shop.example/", referrer, &["shop.example".to_owned()]).0
    }

    fn of_page(page: &str) -> (Referrer, Campaign) {
        of_texts(&Lists::builtin(), page, "https://www.bing.com/search?q=Red+Shoes", &[])
    }

    #[test]
    fn hosts_are_told_apart() {
        use ReferrerKind::{Assistant, Direct, Search, Social, Website};
        for (referrer, kind, name) in [
            ("https://www.google.com/", Search, "Google"),
            ("https://www.google.co.uk/url?sa=t", Search, "Google"),
            ("https://images.google.nl/", Search, "Google Images"),
            ("https://mail.google.com/", Website, "mail.google.com"),
            ("https://google.github.io/", Website, "google.github.io"),
            ("https://uk.search.yahoo.com/search?p=x", Search, "Yahoo!"),
            ("https://yandex.com.tr/search?text=x", Search, "Yandex"),
            ("https://www.vinden.nl/?q=x", Search, "Vinden.nl"),
            ("android-app://com.google.android.googlequicksearchbox/", Search, "Google"),
            ("https://lm.facebook.com/l.php", Social, "Facebook"),
            ("https://t.co/abc", Social, "Twitter"),
            ("https://x.com/jan/status/1", Social, "Twitter"),
            ("https://x.com/i/grok?c=1", Assistant, "Grok"),
            ("https://mastodon.social/@jan", Social, "Mastodon"),
            ("https://mstdn.party/@a", Social, "Mastodon"),
            ("https://masto.ai/", Social, "Mastodon"),
            ("https://mastodon.some.university.example/@a", Social, "Mastodon"),
            ("https://notmastodon.example/", Website, "notmastodon.example"),
            ("https://ask.fm/a", Social, "Ask.fm"),
            ("https://app.writesonic.com/", Assistant, "Writesonic"),
            ("https://app.jasper.ai/", Assistant, "Jasper"),
            ("https://lnkd.in/x", Social, "LinkedIn"),
            ("http://jan.skyrock.com/", Social, "Skyrock"),
            ("https://chatgpt.com/", Assistant, "ChatGPT"),
            ("https://www.bing.com/chat?q=a", Assistant, "Copilot"),
            ("https://www.bing.com/search?q=a", Search, "Bing"),
            ("https://www.perplexity.ai/search", Assistant, "Perplexity"),
            ("https://notfacebook.com/", Website, "notfacebook.com"),
            ("https://WWW.Example.org/", Website, "www.example.org"),
            ("https://Example.org./", Website, "example.org"),
            ("https://shop.example/cart", Direct, ""),
            ("/first?a=1", Direct, ""),
            ("b'http://x.nl'", Direct, ""),
            ("undefined", Direct, ""),
            ("about:blank", Direct, ""),
        ] {
            let found = from(referrer);
            assert_eq!((found.kind, found.name.as_str()), (kind, name), "{referrer}");
        }
    }

    #[test]
    fn queries_are_not_kept() {
        assert_eq!(from("https://www.google.de/search?q=shoes&ei=secret#x").url, "google.de/search");
        assert_eq!(from("https://forum.example/u/jan%40example.com?token=1").url, "forum.example/u/[email]");
        assert_eq!(from("http://203.0.113.9/x").name, "[ip]");
    }

    #[test]
    fn campaigns_come_first() {
        let (found, campaign) =
            of_page("https://shop.example/?utm_source=News&utm_medium=EMail&utm_campaign=Spring%20Sale");
        assert_eq!(found.kind, ReferrerKind::Campaign);
        assert_eq!((found.name.as_str(), found.url.as_str()), ("spring sale", "bing.com/search"));
        assert_eq!((campaign.source.as_str(), campaign.medium.as_str()), ("news", "email"));
        assert_eq!(campaign.keyword, "red shoes");
        let (_, campaign) = of_page("https://shop.example/?MTM_Campaign=a&pk_kwd=b&mtm_content=c&mtm_cid=d");
        assert_eq!(
            (campaign.keyword.as_str(), campaign.content.as_str(), campaign.id.as_str()),
            ("b", "c", "d")
        );
        assert_eq!(of_page("https://shop.example/#pk_campaign=x").1.name, "x");
        assert_eq!(of_page("https://shop.example/#/start?pk_campaign=x").1.name, "x");
        assert_eq!(of_page("https://shop.example/?utm_source=news").1.name, "news");
    }

    #[test]
    fn name_and_keyword_come_from_one_place() {
        let named = |page: &str| {
            let (_, campaign) = of_texts(&Lists::builtin(), page, "https://www.shop.example/", &[]);
            (campaign.name, campaign.keyword)
        };
        let pair = |name: &str, keyword: &str| (name.to_owned(), keyword.to_owned());
        let host = "www.shop.example";
        assert_eq!(named("https://shop.example/?pk_campaign=y#pk_campaign=x&pk_kwd=k"), pair("x", "k"));
        assert_eq!(named("https://shop.example/?pk_campaign=y&pk_kwd=k#pk_campaign=x"), pair("y", "k"));
        assert_eq!(named("https://shop.example/?pk_campaign=y#pk_campaign=x"), pair("x", host));
        assert_eq!(named("https://shop.example/?pk_campaign=y#pk_kwd=k"), pair("y", host));
        assert_eq!(named("https://shop.example/?pk_kwd=k#pk_campaign=x"), pair("x", host));
    }

    #[test]
    fn a_host_stands_for_a_missing_keyword() {
        let keyword = |query: &str, referrer: &str| {
            let own = ["shop.example".to_owned()];
            let page = format!("https://shop.example/?mtm_campaign=a{query}");
            let (found, campaign) = of_texts(&Lists::builtin(), &page, referrer, &own);
            assert_eq!(found.keyword, campaign.keyword);
            (campaign.keyword, campaign.keyword_missing)
        };
        assert_eq!(keyword("", "https://WWW.Shop.example/own"), ("www.shop.example".into(), true));
        assert_eq!(keyword("", "https://www.google.com/"), ("www.google.com".into(), true));
        assert_eq!(keyword("", "https://www.google.com/search?q=shoes"), ("shoes".into(), false));
        assert_eq!(keyword("&mtm_kwd=k", "https://www.google.com/"), ("k".into(), false));
        assert_eq!(keyword("", ""), (String::new(), true));
    }

    #[test]
    fn campaigns_beside_the_page() {
        let beside = |name: &str| (name == "mtm_campaign").then(|| "Beside".to_owned());
        let (found, campaign) = classify(&Lists::builtin(), None, None, NoReferrers::default(), &beside);
        assert_eq!((found.kind, campaign.name.as_str()), (ReferrerKind::Campaign, "beside"));
        let absent = |name: &str| (name == "mtm_campaign").then(|| "undefined".to_owned());
        let nothing = (Referrer::default(), Campaign::default());
        assert_eq!(classify(&Lists::builtin(), None, None, NoReferrers::default(), &absent), nothing);
    }

    #[test]
    fn assistants_name_themselves() {
        for source in ["chatgpt.com", "ChatGPT", "openai", "perplexity", "www.perplexity.ai", "copilot.com"] {
            let (found, campaign) = of_page(&format!("https://shop.example/?utm_source={source}"));
            assert_eq!(found.kind, ReferrerKind::Assistant, "{source}");
            assert_eq!(campaign, Campaign::default());
        }
        let (found, _) = of_page("https://shop.example/?utm_source=chatgpt.com&utm_campaign=mine");
        assert_eq!(found.kind, ReferrerKind::Campaign);
    }

    #[test]
    fn a_campaign_is_never_taken_for_an_assistant() {
        for query in [
            "utm_source=newsletter&utm_medium=email&utm_campaign=copilot",
            "utm_campaign=chatgpt.com",
            "utm_campaign=gemini",
            "mtm_campaign=perplexity",
            "pk_campaign=ChatGPT",
            "utm_medium=openai",
            "utm_source=gemini&utm_medium=email",
            "utm_source=copilot",
        ] {
            let (found, _) = of_page(&format!("https://shop.example/?{query}"));
            assert_eq!(found.kind, ReferrerKind::Campaign, "{query}");
        }
        let beside = |name: &str| (name == "utm_source").then(|| "chatgpt.com".to_owned());
        let (found, _) = classify(&Lists::builtin(), None, None, NoReferrers::default(), &beside);
        assert_eq!(found.kind, ReferrerKind::Assistant);
    }

    #[test]
    fn a_referrer_can_be_ignored() {
        let (found, campaign) = of_page("https://shop.example/?utm_source=a&ignore_referrer=1");
        assert_eq!((found, campaign), (Referrer::default(), Campaign::default()));
        assert_eq!(of_page("https://shop.example/?ignore_referer=0").0.kind, ReferrerKind::Search);
    }

    proptest! {
        #[test]
        fn any_text_is_taken(page in "(https?://)?[ -~é]{0,60}", referrer in "(https?://)?[ -~é]{0,60}") {
            let (found, campaign) = of_texts(&Lists::default(), &page, &referrer, &[]);
            prop_assert!(!found.url.contains('?') || found.url.contains('%'));
            prop_assert_eq!(found.kind == ReferrerKind::Campaign, !campaign.name.is_empty());
        }
    }
}
