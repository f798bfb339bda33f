//! Requests that a script makes to count or to fetch something: nobody looks at their answers.

/// Programs that count, whatever folder they are in.
const PROGRAMS: [&str; 7] = [
    "matomo.php",
    "piwik.php",
    "tracker.php",
    "admin-ajax.php",
    "wp-cron.php",
    "xmlrpc.php",
    "koko-analytics-collect.php",
];

/// How paths of collectors end.
const ENDINGS: [&str; 18] = [
    "/api/event",
    "/api/send",
    "/api/collect",
    "/api/hit",
    "/g/collect",
    "/j/collect",
    "/r/collect",
    "/s/collect",
    "/mp/collect",
    "/piwik/js",
    "/matomo/js",
    "/ppms.php",
    "/com.snowplowanalytics.snowplow/tp2",
    "/wp-statistics/v2/hit",
    "/ads/ga-audiences",
    "/delivery/lg.php",
    "/delivery/ajs.php",
    "/delivery/asyncspc.php",
];

/// Footfall's own.
const OWN: [&str; 4] = ["/ad/delivery", "/ad/impression", "/ad/image", "/ad/click"];

/// Folders in which nothing is a page.
const FOLDERS: [&str; 4] = ["/cdn-cgi/", "/_vercel/insights/", "/_vercel/speed-insights/", "/wp-json/"];

/// Words that are collectors when they are asked with parameters.
const WITH_QUERY: [&str; 2] = ["/collect", "/count"];

/// Whether a path with its query is such a call.
pub(super) fn is_call(path: &str) -> bool {
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends = |list: &[&str]| list.iter().any(|ending| ends_with(path, ending));
    PROGRAMS.iter().any(|program| program.eq_ignore_ascii_case(name))
        || ends(&ENDINGS)
        || ends(&OWN)
        || FOLDERS.iter().any(|folder| path.starts_with(folder))
        || (is_count(query) && ends(&WITH_QUERY))
}

fn ends_with(path: &str, ending: &str) -> bool {
    let tail = path.len().checked_sub(ending.len()).and_then(|at| path.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
}

/// Whether parameters say what is counted; `?page=2` does not.
fn is_count(query: &str) -> bool {
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    names
        .into_iter()
        .any(|name| matches!(name, "v" | "tid" | "cid" | "en" | "dl" | "dt" | "p" | "h" | "url" | "e"))
}
