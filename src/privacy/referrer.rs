//! Where a visit comes from: the order of decision is Matomo's, so that its users find their figures again.
//!
//! A campaign named in the page's address comes first, then nothing (direct entry), the site itself (direct as well), an AI
//! assistant, a search engine, a social network, and any other website. Which host is what stands in
//! `lists/referrers.toml`; an operator may use another file of the same form. Of the referring page, host and path are
//! kept; of its query, only the words searched for.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::clean::{self, TEXT_CHARS, URL_CHARS};
use super::page_url;

/// The list that Footfall brings along.
const BUILTIN: &str = include_str!("../../lists/referrers.toml");

/// Parameters that name a campaign. The first that is given counts.
const NAMES: &[&str] = &[
    "pk_cpn",
    "pk_campaign",
    "piwik_campaign",
    "mtm_campaign",
    "matomo_campaign",
    "utm_campaign",
    "utm_source",
    "utm_medium",
];
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
/// Parameters of the page that say not to look at the referrer, if their value is 1.
const IGNORE: &[&str] = &["ignore_referrer", "ignore_referer"];
/// Most labels of a host that are looked at, from its end.
const LABELS: usize = 8;

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

/// A campaign: all fields in lower case, clean, and of at most [`TEXT_CHARS`] characters; empty where not given.
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
    /// Whether it came without a keyword, so that the host of the referrer stands for it, if there is one.
    pub keyword_missing: bool,
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

/// A list of referrers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// It is not TOML of the form that `lists/referrers.toml` has.
    #[error("the list of referrers cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
}

/// Search engines, social networks and assistants, by host.
#[derive(Debug, Default)]
pub struct Lists {
    version: String,
    search: Table,
    social: Table,
    assistant: Table,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    search: BTreeMap<String, Engine>,
    social: BTreeMap<String, Vec<String>>,
    assistant: BTreeMap<String, Vec<String>>,
}

/// A search engine as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Engine {
    hosts: Vec<String>,
    keyword: Vec<String>,
}

/// Services of one kind.
#[derive(Debug, Default)]
struct Table {
    services: Vec<Service>,
    /// By host as it is written in the file, without path.
    hosts: HashMap<String, Vec<Rule>>,
}

/// One service.
#[derive(Debug)]
struct Service {
    name: String,
    keyword: Vec<String>,
}

/// A host of a service, or a part of it.
#[derive(Debug)]
struct Rule {
    /// How the path must begin; empty for any.
    path: String,
    /// Which of the services.
    service: usize,
}

impl Lists {
    /// The list that Footfall brings along.
    #[must_use]
    pub fn builtin() -> Lists {
        // A test reads it, so it can be read.
        Lists::from_toml(BUILTIN).unwrap_or_default()
    }

    /// A list in the form of `lists/referrers.toml`.
    ///
    /// # Errors
    ///
    /// If `text` has another form.
    pub fn from_toml(text: &str) -> Result<Lists, ListsError> {
        let file: File = toml::from_str(text)?;
        let mut lists = Lists { version: file.version, ..Lists::default() };
        for (name, engine) in file.search {
            lists.search.add(name, &engine.hosts, engine.keyword);
        }
        for (name, hosts) in file.social {
            lists.social.add(name, &hosts, Vec::new());
        }
        for (name, hosts) in file.assistant {
            lists.assistant.add(name, &hosts, Vec::new());
        }
        Ok(lists)
    }

    /// The date of the list, as it states it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The service that a page of another site belongs to.
    fn find(&self, host: &str, path: &str) -> Option<(ReferrerKind, &Service)> {
        let spellings = spellings(host);
        let kinds = [
            (ReferrerKind::Assistant, &self.assistant),
            (ReferrerKind::Search, &self.search),
            (ReferrerKind::Social, &self.social),
        ];
        kinds.into_iter().find_map(|(kind, table)| Some((kind, table.find(&spellings, path)?)))
    }

    /// The assistant that names itself as `source` (its host or a word of the list) in a parameter such as `utm_source`.
    fn assistant_named(&self, source: &str) -> Option<&Service> {
        if source.contains('.') {
            return self.assistant.find(&spellings(&page_url::host(source)?), "/");
        }
        self.assistant.rule(source, "").and_then(|rule| self.assistant.services.get(rule.service))
    }
}

impl Table {
    fn add(&mut self, name: String, hosts: &[String], keyword: Vec<String>) {
        let service = self.services.len();
        for written in hosts {
            let (host, path) =
                written.find('/').and_then(|at| written.split_at_checked(at)).unwrap_or((written, ""));
            let rule = Rule { path: path.to_owned(), service };
            self.hosts.entry(host.to_ascii_lowercase()).or_default().push(rule);
        }
        self.services.push(Service { name, keyword });
    }

    /// The service that `path` on the host of these spellings belongs to.
    fn find(&self, spellings: &[Cow<'_, str>], path: &str) -> Option<&Service> {
        let rules = spellings.iter().filter_map(|key| self.rule(key, path));
        // The first of the longest, as an exact host comes before a pattern.
        let longest =
            rules.reduce(|best, rule| if rule.path.len() > best.path.len() { rule } else { best })?;
        self.services.get(longest.service)
    }

    /// The rule of the longest path among those written for `key`.
    fn rule(&self, key: &str, path: &str) -> Option<&Rule> {
        let rules = self.hosts.get(key)?.iter();
        rules.filter(|rule| path.starts_with(&rule.path)).max_by_key(|rule| rule.path.len())
    }
}

/// The ways in which `host` may stand in the list: itself, its name under any suffix, and it or one above it with a dot.
fn spellings(host: &str) -> Vec<Cow<'_, str>> {
    let mut keys = vec![Cow::Borrowed(host)];
    let suffix = psl::suffix(host.as_bytes()).filter(|suffix| suffix.typ() == Some(psl::Type::Icann));
    let stem_length = suffix.and_then(|suffix| host.len().checked_sub(suffix.as_bytes().len()));
    keys.extend(stem_length.and_then(|length| host.get(..length)).map(|stem| format!("{stem}*").into()));
    keys.push(format!(".{host}").into());
    let dots = host.match_indices('.').take(LABELS - 1);
    keys.extend(dots.filter_map(|(dot, _)| host.get(dot..)).map(Cow::Borrowed));
    keys
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
    let campaign = find_campaign(&query, &fragment, campaign_params);
    let campaign = campaign.map(|campaign| campaign.with_keyword(lists, sent.as_ref()));
    let from = sent.filter(|from| !from.is_own(page, none.own) && !from.is_among(none.excluded));
    let by_link =
        |name: &str| lists.assistant_named(name).map(|found| named_assistant(&found.name, from.as_ref()));
    match campaign {
        Some(campaign) => match by_link(&campaign.name) {
            Some(referrer) => (referrer, Campaign::default()),
            None => (by_campaign(&campaign, from.as_ref()), campaign),
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

impl Campaign {
    /// The same with a keyword, where it has none: the words searched for, or the host of the referrer, whose ever it is.
    fn with_keyword(mut self, lists: &Lists, from: Option<&Origin>) -> Campaign {
        if self.keyword.is_empty() {
            self.keyword = from.map(|from| from.classify(lists).keyword).unwrap_or_default();
            self.keyword_missing = self.keyword.is_empty();
        }
        if self.keyword_missing {
            self.keyword = from.map(Origin::name).unwrap_or_default();
        }
        self
    }
}

/// The page that a visit comes from.
struct Origin<'a> {
    /// Without `www.`: what lists and rules are written in.
    host: String,
    url: &'a Url,
}

impl<'a> Origin<'a> {
    /// `None` unless it is the URL of a website or an app.
    fn of(url: &'a Url) -> Option<Origin<'a>> {
        let is_page = matches!(url.scheme(), "http" | "https" | "android-app");
        Some(Origin { host: page_url::bare_host(url).filter(|_| is_page)?, url })
    }

    /// Whether it is a page of the site itself, or of the same host as `page`.
    fn is_own(&self, page: Option<&Url>, own_hosts: &[String]) -> bool {
        let without_www =
            |host: &str| host.strip_prefix("www.").unwrap_or(host).eq_ignore_ascii_case(&self.host);
        own_hosts.iter().any(|host| without_www(host))
            || page.and_then(page_url::bare_host).is_some_and(|host| host == self.host)
    }

    /// Whether the operator leaves it out.
    fn is_among(&self, excluded: &[String]) -> bool {
        let path = self.url.path().to_lowercase();
        excluded.iter().any(|rule| {
            let (host, start) = rule.split_once('/').unwrap_or((rule, ""));
            let is_host = match host.strip_prefix('.') {
                Some(name) => self.host == name || self.host.ends_with(host),
                None => self.host == host,
            };
            is_host && path.strip_prefix('/').is_some_and(|path| path.starts_with(start))
        })
    }

    fn classify(&self, lists: &Lists) -> Referrer {
        let path = self.url.path();
        let of = |kind, name: String, keyword| Referrer { kind, name, url: self.label(), keyword };
        match lists.find(&self.host, path) {
            // Only search engines have parameters for it.
            Some((kind, service)) => of(kind, service.name.clone(), self.keyword(&service.keyword)),
            None => of(ReferrerKind::Website, self.name(), String::new()),
        }
    }

    /// The host as it may be kept, with `www.` where it was sent: Matomo's name of a website.
    fn name(&self) -> String {
        let sent = self.url.host_str().unwrap_or_default().trim_end_matches('.').to_lowercase();
        clean::text(&sent, TEXT_CHARS)
    }

    /// Host and path as they may be kept.
    fn label(&self) -> String {
        clean::text(&format!("{}{}", self.host, page_url::readable_path(self.url)), URL_CHARS)
    }

    /// The words searched for, from the first of `names` that is given.
    fn keyword(&self, names: &[String]) -> String {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let in_query = self.url.query().and_then(|query| first(&pairs(query), &names));
        let keyword =
            in_query.or_else(|| first(&fragment_pairs(self.url.fragment()?), &names)).unwrap_or_default();
        // Words in an old national encoding cannot be told from each other any more.
        if keyword.contains(char::REPLACEMENT_CHARACTER) { String::new() } else { keyword }
    }
}

/// Decoded parameters.
type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn pairs(query: &str) -> Pairs<'_> {
    form_urlencoded::parse(query.as_bytes()).collect()
}

/// The parameters in a fragment such as `#a=1` or `#/route?a=1`.
fn fragment_pairs(fragment: &str) -> Pairs<'_> {
    pairs(fragment.split_once('?').map_or(fragment, |(_, query)| query))
}

/// The value of the first of `names` that is given, as it may be kept.
fn first(pairs: &Pairs, names: &[&str]) -> Option<String> {
    let value = |name: &&str| {
        pairs.iter().find_map(|(key, value)| if key.eq_ignore_ascii_case(name) { label(value) } else { None })
    };
    names.iter().find_map(value)
}

/// A value as it may be kept: in lower case; `None` if it says nothing.
fn label(value: &str) -> Option<String> {
    let lower = clean::given(value)?.to_lowercase();
    Some(clean::text(&lower, TEXT_CHARS)).filter(|label| !label.is_empty())
}

/// The campaign named in the page's query, else in its fragment, else beside the page. A fragment that names one wins over
/// a query without a keyword: name and keyword come from one place.
fn find_campaign(
    query: &Pairs,
    fragment: &Pairs,
    beside: &dyn Fn(&str) -> Option<String>,
) -> Option<Campaign> {
    let from_beside = |names: &[&str]| names.iter().find_map(|name| label(&beside(name)?));
    let of_page = |pairs: &Pairs| Some((first(pairs, NAMES)?, first(pairs, KEYWORDS)));
    let in_query = of_page(query);
    let is_whole = in_query.as_ref().is_some_and(|(_, keyword)| keyword.is_some());
    let named = if is_whole { in_query } else { of_page(fragment).or(in_query) };
    let (name, keyword) = named.or_else(|| Some((from_beside(NAMES)?, from_beside(KEYWORDS))))?;
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
        keyword_missing: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn the_list_is_whole() {
        let lists = Lists::from_toml(BUILTIN).unwrap();
        assert_eq!(lists.version(), "2026-11-22");
        assert!(lists.search.services.len() >= 70);
        assert!(lists.social.services.len() >= 70);
        assert!(lists.assistant.services.len() >= 25);
        assert!(lists.search.services.iter().all(|engine| !engine.keyword.is_empty()));
        for table in [&lists.search, &lists.social, &lists.assistant] {
            for (host, rules) in &table.hosts {
                assert!(!host.starts_with("www."), "{host}");
                let mut paths: Vec<_> = rules.iter().map(|rule| &rule.path).collect();
                paths.sort();
                paths.dedup();
                assert_eq!(paths.len(), rules.len(), "{host} stands in the list twice");
            }
        }
        assert!(Lists::from_toml("version = 1").is_err());
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
            ("https://uk.search.yahoo.com/search", Search, "Yahoo!"),
            ("https://yandex.com.tr/search", Search, "Yandex"),
            ("https://www.vinden.nl/?q=x", Search, "Vinden.nl"),
            ("android-app://com.google.android.googlequicksearchbox/", Search, "Google"),
            ("https://lm.facebook.com/l.php", Social, "Facebook"),
            ("https://t.co/abc", Social, "Twitter"),
            ("https://x.com/jan/status/1", Social, "Twitter"),
            ("https://x.com/i/grok?c=1", Assistant, "Grok"),
            ("https://mastodon.social/@jan", Social, "Mastodon"),
            ("https://lnkd.in/x", Social, "LinkedIn"),
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
    fn keywords_are_kept_and_queries_are_not() {
        let found = from("https://www.google.de/search?q=Gr%C3%BCne+Schuhe%20%20&ei=secret#x");
        assert_eq!(found.keyword, "grüne schuhe");
        assert_eq!(found.url, "google.de/search");
        assert_eq!(from("https://www.baidu.com/s?wd=%BA%CB").keyword, "");
        assert_eq!(from("https://www.google.com/#q=jan%40example.com").keyword, "[email]");
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
        for source in ["chatgpt.com", "ChatGPT", "openai", "perplexity", "www.perplexity.ai"] {
            let (found, campaign) = of_page(&format!("https://shop.example/?utm_source={source}"));
            assert_eq!(found.kind, ReferrerKind::Assistant, "{source}");
            assert_eq!(campaign, Campaign::default());
        }
        let (found, _) = of_page("https://shop.example/?utm_source=chatgpt.com&utm_campaign=mine");
        assert_eq!(found.kind, ReferrerKind::Campaign);
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
