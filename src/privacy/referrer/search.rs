//! The words searched for, in the address of a search engine's page.

use percent_encoding::percent_decode_str;
use url::Url;

use super::lists::Service;
use super::params::label;
use crate::privacy::clean;

/// Google, which tells its parts apart by a parameter.
const GOOGLE: &str = "Google";

/// Google's search of images, which names the page before it.
const IMAGES: &str = "Google Images";

/// What Google's `tbm` stands for.
const PARTS: [(&str, &str); 3] = [("isch", IMAGES), ("vid", "Google Video"), ("shop", "Google Shopping")];

/// A search that somebody came from.
pub(super) struct Search<'a> {
    /// Where.
    pub engine: &'a str,
    /// For what, in lower case and clean; empty where the engine hides it.
    pub keyword: String,
}

/// The search that a page of `engine` stands for. `None` where it neither shows words nor hides any: it is a website like
/// any other then.
pub(super) fn read<'a>(engine: &'a Service, url: &Url) -> Option<Search<'a>> {
    let query = Query::of(engine, url);
    let words = query.advanced(engine).or_else(|| query.words(engine, url.path()));
    let hidden = || query.is_hidden(engine, url.path()).then(String::new);
    let keyword = words.or_else(hidden)?;
    Some(Search { engine: query.part(engine), keyword })
}

/// The parameters of a search as they were sent: those of the query, then those of the fragment.
struct Query(String);

impl Query {
    fn of(engine: &Service, url: &Url) -> Query {
        let mut text = url.query().unwrap_or_default().to_owned();
        if let Some(fragment) = url.fragment().filter(|fragment| !fragment.is_empty()) {
            text.push('&');
            text.push_str(fragment.split_once('?').map_or(fragment, |(_, query)| query));
        }
        let query = Query(clean::scrubbed(&text).into_owned());
        let before = if engine.name == IMAGES { query.value("prev") } else { None };
        let search = before.map(|before| decoded(before, engine));
        search.map_or(query, |page| Query(page.split_once('?').unwrap_or_default().1.to_owned()))
    }

    /// The value of a parameter, encoded; the last of several counts.
    fn value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.rfind(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The words, empty where a parameter is there for them and holds none.
    fn words(&self, engine: &Service, path: &str) -> Option<String> {
        engine.keyword.iter().find_map(|name| {
            if name.starts_with('/') {
                let (_, rest) = path.split_once(name.as_str())?;
                return label(&decoded(rest.split('/').next()?, engine));
            }
            let is_there = self.0.contains(&format!("&{name}="));
            self.value(name)
                .and_then(|value| label(&decoded(value, engine)))
                .or_else(|| is_there.then(String::new))
        })
    }

    /// What Google's form for experts asks for: all of these words, any of these, this phrase, none of those.
    fn advanced(&self, engine: &Service) -> Option<String> {
        let given = |name: &str| self.value(name).filter(|_| engine.name == GOOGLE && !self.is_blank(name));
        let terms = [
            given("as_q").map(str::to_owned),
            given("as_oq").map(|any| any.replace('+', " OR ")),
            given("as_epq").map(|phrase| format!("\"{phrase}\"")),
            given("as_eq").map(|none| format!("-{none}")),
        ];
        let terms: Vec<String> = terms.into_iter().flatten().collect();
        label(&decoded(&terms.join(" "), engine))
    }

    fn is_blank(&self, name: &str) -> bool {
        self.value(name).is_none_or(str::is_empty)
    }

    /// Whether the engine hides the words of such a page. A pattern with a `*` at its end is how the address begins.
    fn is_hidden(&self, engine: &Service, path: &str) -> bool {
        let mark = if self.0.is_empty() { "" } else { "?" };
        let address = format!("{path}{mark}{}", self.0);
        engine.hidden.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => address.starts_with(start),
            None => address == *pattern,
        })
    }

    /// The name of the engine; Google has several behind one host.
    fn part<'a>(&self, engine: &'a Service) -> &'a str {
        let kind = self.value("tbm").filter(|_| engine.name == GOOGLE);
        let part = PARTS.into_iter().find(|(code, _)| kind == Some(code));
        part.map_or(engine.name.as_str(), |(_, name)| name)
    }
}

/// What `encoded` stands for: UTF-8, or else the charset of the engine. What can't be read is left out when it is cleaned.
fn decoded(encoded: &str, engine: &Service) -> String {
    let bytes: Vec<u8> = percent_decode_str(&encoded.replace('+', " ")).collect();
    match (std::str::from_utf8(&bytes), engine.charset) {
        (Err(_), Some(charset)) => charset.decode_without_bom_handling(&bytes).0.into_owned(),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::privacy::page_url;
    use crate::privacy::referrer::{Lists, NoReferrers, Referrer, ReferrerKind, classify};

    fn from(referrer: &str) -> Referrer {
        let from = page_url::parse(referrer);
        classify(&Lists::builtin(), None, from.as_ref(), NoReferrers::default(), &|_| None).0
    }

    #[test]
    fn words_are_found() {
        for (referrer, engine, words) in [
            ("https://www.google.de/search?q=Gr%C3%BCne+Schuhe%20%20&ei=secret#x", "Google", "grüne schuhe"),
            ("https://www.google.com/webhp?tab=mw#hl=en&q=test+hash", "Google", "test hash"),
            ("https://www.google.com/search?tbm=isch&q=shoes", "Google Images", "shoes"),
            ("https://www.google.fr/search?q=shoes&tbm=shop", "Google Shopping", "shoes"),
            (
                "http://images.google.com/imgres?imgurl=x&prev=/images%3Fq%3Dred%2Bshoes%26hl%3Den",
                "Google Images",
                "red shoes",
            ),
            (
                "http://www.google.ca/search?hl=en&as_q=red+shoes&as_epq=real+fur&as_oq=a+b&as_eq=blue",
                "Google",
                "red shoes a or b \"real fur\" -blue",
            ),
            ("http://www.google.com/cse?cx=1&q=shoes", "Google Custom Search", "shoes"),
            ("http://seek.example/results?cx=partner-pub-1&q=shoes", "Google Custom Search", "shoes"),
            ("http://ca.bing.com/images/search?q=shoes", "Bing Images", "shoes"),
            ("http://de.images.search.yahoo.com/search/images;_y=1?p=shoes", "Yahoo! Images", "shoes"),
            ("http://www.123people.de/s/jan", "123people", "jan"),
            ("https://www.baidu.com/s?wd=%B7%E8%BF%F1&ie=gbk", "Baidu", "疯狂"),
            ("https://www.baidu.com/s?wd=%E9%9E%8B", "Baidu", "鞋"),
            ("https://www.google.com/search?q=a%FFb", "Google", "ab"),
            ("https://www.google.com/#q=jan%40example.com", "Google", "[email]"),
        ] {
            let found = from(referrer);
            let expected = (ReferrerKind::Search, engine, words);
            assert_eq!((found.kind, found.name.as_str(), found.keyword.as_str()), expected, "{referrer}");
        }
    }

    #[test]
    fn words_are_hidden_on_some_pages_and_other_pages_are_websites() {
        for (referrer, name) in [
            ("https://www.google.com", "Google"),
            ("https://www.google.com/url?sa=t&q=&esrc=s", "Google"),
            ("https://www.google.com/search?q=", "Google"),
            ("https://www.google.com/reader/view", "www.google.com"),
            ("https://duckduckgo.com/?t=x", "DuckDuckGo"),
            ("https://r.search.yahoo.com/_ylt=A2/RV=2", "Yahoo!"),
            ("https://search.yahoo.com/other?x=1", "search.yahoo.com"),
            ("https://www.ecosia.org/", "Ecosia"),
            ("https://www.ecosia.org/search?x=1&q=", "Ecosia"),
            ("https://www.ecosia.org/about", "www.ecosia.org"),
        ] {
            let found = from(referrer);
            let kind = if name.contains('.') { ReferrerKind::Website } else { ReferrerKind::Search };
            assert_eq!(
                (found.kind, found.name.as_str(), found.keyword.as_str()),
                (kind, name, ""),
                "{referrer}"
            );
        }
    }
}
