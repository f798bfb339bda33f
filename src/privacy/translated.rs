//! Pages that a translator shows under its own host, as the pages that they are.
//!
//! Somebody who reads `https://www-shop-example.translate.goog/a` reads `https://www.shop.example/a`: it is the same page,
//! and its links lead to pages of the site. Other proxies and archives show what a page once was, and stay what they are.

use url::{Host, Url};

/// The end of the hosts of pages that Google translates.
const GOOGLE: &str = ".translate.goog";
/// How the parameters begin that Google's translator adds.
const GOOGLE_PARAMETERS: &str = "_x_tr_";
/// Where the address of the page stands in the path, behind the languages and before the host.
const IN_PATH: &str = "/proxy_u/";

/// Translators that serve a page themselves: their host (and all below it), how the path begins, and the parameter that has
/// the page's address.
const SERVED: &[(&str, &str, &str)] = &[
    ("fanyi.baidu.com", "/transpage", "query"),
    ("microsofttranslator.com", "/", "a"),
    ("papago.naver.net", "/website", "url"),
    ("translate.googleusercontent.com", "/translate", "u"),
    ("translate.sogoucdn.com", "/", "url"),
    ("translatetheweb.com", "/", "a"),
];
/// Translators that show a page in a frame: nobody's page is there, but a page within may come from it.
const FRAMES: &[(&str, &str, &str)] = &[
    ("translate.google.com", "/", "u"),
    ("translate.yandex.com", "/", "url"),
    ("translate.yandex.com.tr", "/", "url"),
    ("translate.yandex.net", "/", "url"),
    ("translate.yandex.ru", "/", "url"),
];

/// The page that `url` is the translation of, or `url` itself.
pub(super) fn undone(url: Url) -> Url {
    original(&url).unwrap_or(url)
}

/// As [`undone`], of a page that somebody came from: it may be the frame around a translation.
pub(super) fn undone_frame(url: Url) -> Url {
    let host = url.host_str().unwrap_or_default();
    by_parameter(&url, host, FRAMES).unwrap_or(url)
}

fn original(url: &Url) -> Option<Url> {
    let Some(Host::Domain(host)) = url.host().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return None;
    };
    let host = host.trim_end_matches('.');
    match host.strip_suffix(GOOGLE) {
        Some(name) => of_google(url, name),
        None if url.path().starts_with(IN_PATH) => in_path(url),
        None => by_parameter(url, host, SERVED),
    }
}

/// Google's way: the page's host is one label, with `-` for each dot and `--` for each hyphen; the parameters tell what
/// else was done to it.
fn of_google(url: &Url, label: &str) -> Option<Url> {
    let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
    // What did not fit into the label.
    let label = format!("{}{label}", parameter("_x_tr_hp").unwrap_or_default());
    let host = host_of_label(&label, &parameter("_x_tr_enc").unwrap_or_default());
    let mut page = url.clone();
    page.set_host(Some(&host)).ok()?;
    if parameter("_x_tr_sch").is_some_and(|scheme| scheme == "http") {
        page.set_scheme("http").ok()?;
    }
    page.set_query(without_parameters(url.query().unwrap_or_default()).as_deref());
    Some(page)
}

/// `encodings` are the marks that may stand before the label: `1` for one that says nothing, `0` for an international name.
fn host_of_label(label: &str, encodings: &str) -> String {
    let has = |encoding: &str| encodings.split(',').any(|one| one == encoding);
    let label = label.strip_prefix("1-").filter(|_| has("1")).unwrap_or(label);
    let international = label.strip_prefix("0-").filter(|_| has("0"));
    let mut host = if international.is_some() { "xn--".to_owned() } else { String::new() };
    let mut rest = international.unwrap_or(label);
    while let Some((before, from)) = rest.find('-').and_then(|at| rest.split_at_checked(at)) {
        host.push_str(before);
        (rest, _) = match from.strip_prefix("--") {
            Some(after) => (after, host.push('-')),
            None => (from.strip_prefix('-').unwrap_or_default(), host.push('.')),
        };
    }
    host + rest
}

fn without_parameters(query: &str) -> Option<String> {
    let kept: Vec<&str> = query.split('&').filter(|part| !part.starts_with(GOOGLE_PARAMETERS)).collect();
    Some(kept.join("&")).filter(|query| !query.is_empty())
}

/// Yandex's way: `/proxy_u/en-nl.nl.1234/https/shop.example/a`.
fn in_path(url: &Url) -> Option<Url> {
    let (_, rest) = url.path().strip_prefix(IN_PATH)?.split_once('/')?;
    let (scheme, rest) = rest.split_once('/').filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let mut page = page_at(&format!("{scheme}://{rest}"))?;
    page.set_query(url.query());
    page.set_fragment(url.fragment());
    Some(page)
}

fn by_parameter(url: &Url, host: &str, translators: &[(&str, &str, &str)]) -> Option<Url> {
    let is_host =
        |name: &str| host.strip_suffix(name).is_some_and(|below| below.is_empty() || below.ends_with('.'));
    let (.., parameter) =
        translators.iter().find(|(name, path, _)| is_host(name) && url.path().starts_with(path))?;
    let (_, address) = url.query_pairs().find(|(name, _)| name == parameter)?;
    if address.contains("://") { page_at(&address) } else { page_at(&format!("https://{address}")) }
}

/// An address that may be a page's: of http or https, with a host.
fn page_at(address: &str) -> Option<Url> {
    Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> String {
        undone(Url::parse(raw).unwrap()).to_string()
    }

    #[test]
    fn translations_are_undone() {
        for (raw, page) in [
            (
                "https://www-shop-example.translate.goog/path?_x_tr_sl=auto&_x_tr_tl=en",
                "https://www.shop.example/path",
            ),
            ("https://my--shop-co-uk.translate.goog/a?b=1&_x_tr_tl=nl#c", "https://my-shop.co.uk/a?b=1#c"),
            ("https://shop-example.translate.goog/?_x_tr_sch=http", "http://shop.example/"),
            ("https://1-en--us-x-com.translate.goog/?_x_tr_enc=1", "https://en-us.x.com/"),
            ("https://1-2-example.translate.goog/", "https://1.2.example/"),
            ("https://0-mnchen--3ya-example.translate.goog/?_x_tr_enc=0", "https://xn--mnchen-3ya.example/"),
            ("https://rest-example.translate.goog/?_x_tr_hp=long-", "https://long.rest.example/"),
            (
                "https://translate.googleusercontent.com/translate_c?hl=en&u=http://shop.example/a%3Fb%3D1&usg=x",
                "http://shop.example/a?b=1",
            ),
            (
                "https://www.translatetheweb.com/?from=&to=nl&a=https%3A%2F%2Fshop.example%2Fa",
                "https://shop.example/a",
            ),
            ("https://ssl.microsofttranslator.com/bv.aspx?a=shop.example%2Fa", "https://shop.example/a"),
            (
                "https://translated.turbopages.org/proxy_u/en-ru.ru.5/https/shop.example/a?b=1",
                "https://shop.example/a?b=1",
            ),
            (
                "https://fanyi.baidu.com/transpage?query=https%3A%2F%2Fshop.example%2F&from=en",
                "https://shop.example/",
            ),
        ] {
            assert_eq!(of(raw), page, "{raw}");
        }
    }

    #[test]
    fn other_pages_are_what_they_are() {
        for raw in [
            "https://translate.goog/",
            "https://shop.example/proxy_u/x",
            "https://shop.example/proxy_u/x/y/z",
            "https://web.archive.org/web/2020/https://shop.example/",
            "https://translate.google.com/?u=https://shop.example/",
            "https://www.translatetheweb.com/?a=javascript:alert(1)",
            "https://www.translatetheweb.com/?a=",
            "https://nottranslatetheweb.com/?a=https://shop.example/",
            "https://-.translate.goog/",
            "https://---.translate.goog/",
        ] {
            let _ = of(raw);
            assert!(of(raw) == raw || raw.contains("-."), "{raw}");
        }
        let frame = Url::parse("https://translate.google.com/translate?u=https://shop.example/").unwrap();
        assert_eq!(undone_frame(frame).as_str(), "https://shop.example/");
    }
}
