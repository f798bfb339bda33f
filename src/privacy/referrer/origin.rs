//! The page that a visit comes from.

use url::Url;

use super::params::{first, label, pairs};
use super::search::{self, Search};
use super::{Lists, Referrer, ReferrerKind};
use crate::privacy::clean::{self, TEXT_CHARS, URL_CHARS};
use crate::privacy::page_url;

/// Parts of the hosts that serve Google's ads.
const AD_HOSTS: [&str; 2] = ["googleads", "doubleclick"];

/// The page that a visit comes from.
pub(super) struct Origin<'a> {
    /// Without `www.`: what lists and rules are written in.
    host: String,
    url: &'a Url,
}

/// An ad of Google's, as the page that serves it tells.
pub(super) struct Ad {
    /// The host of the page that it was on.
    pub host: String,
    /// Its kind, such as `text`.
    pub kind: Option<String>,
}

impl<'a> Origin<'a> {
    /// `None` unless it is the URL of a website or an app.
    pub fn of(url: &'a Url) -> Option<Origin<'a>> {
        let is_page = matches!(url.scheme(), "http" | "https" | "android-app");
        Some(Origin { host: page_url::bare_host(url).filter(|_| is_page)?, url })
    }

    /// Whether it is a page of the site itself, or of the same host as `page`.
    pub fn is_own(&self, page: Option<&Url>, own_hosts: &[String]) -> bool {
        let without_www =
            |host: &str| host.strip_prefix("www.").unwrap_or(host).eq_ignore_ascii_case(&self.host);
        own_hosts.iter().any(|host| without_www(host))
            || page.and_then(page_url::bare_host).is_some_and(|host| host == self.host)
    }

    /// Whether the operator leaves it out.
    pub fn is_among(&self, excluded: &[String]) -> bool {
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

    /// What kind of page it is, if it is not one of the site.
    pub fn classify(&self, lists: &Lists) -> Referrer {
        let of =
            |kind, name: &str, keyword| Referrer { kind, name: name.to_owned(), url: self.label(), keyword };
        let path = self.url.path();
        if let Some(assistant) = lists.assistant(&self.host, path) {
            return of(ReferrerKind::Assistant, &assistant.name, String::new());
        }
        if let Some(Search { engine, keyword }) = self.search(lists) {
            return of(ReferrerKind::Search, engine, keyword);
        }
        match lists.network(&self.host, path) {
            Some(network) => of(ReferrerKind::Social, &network.name, String::new()),
            None => of(ReferrerKind::Website, &self.name(), String::new()),
        }
    }

    /// The search that it shows the results of, if it is a search engine's.
    pub fn search<'l>(&self, lists: &'l Lists) -> Option<Search<'l>> {
        let query = self.url.query().unwrap_or_default();
        search::read(lists.engine(&self.host, self.url.path(), query)?, self.url)
    }

    /// The ad that it serves.
    pub fn ad(&self) -> Option<Ad> {
        AD_HOSTS.iter().find(|part| self.host.contains(**part))?;
        let query = pairs(self.url.query()?);
        let (_, page) = query.iter().find(|(name, _)| name == "url")?;
        let host = label(page_url::parse(page)?.host_str()?)?;
        Some(Ad { host, kind: first(&query, &["ad_type"]) })
    }

    /// The host as it may be kept, with `www.` where it was sent: Matomo's name of a website.
    pub fn name(&self) -> String {
        let sent = self.url.host_str().unwrap_or_default().trim_end_matches('.').to_lowercase();
        clean::text(&sent, TEXT_CHARS)
    }

    /// Host and path as they may be kept.
    pub fn label(&self) -> String {
        clean::text(&format!("{}{}", self.host, page_url::readable_path(self.url)), URL_CHARS)
    }
}
