//! Lines of an access log to the requests that the visitors' browsers would have sent.
//!
//! Apache and nginx write the same three formats, which are told apart line by line:
//!
//! ```text
//! common         ADDRESS IDENTITY USER [TIME] "REQUEST" STATUS BYTES
//! combined       common "REFERRER" "AGENT"
//! vhost_combined HOST:PORT combined
//! ```
//!
//! What follows is ignored. A view is a `GET` that was answered with a page: what else a browser fetches (styles,
//! scripts, images) would count each page many times over, and a redirect is followed by the page it leads to. A file
//! that people keep is a download. Whether a robot asked is not decided here, nor whether the time can be right.

mod files;
mod format;

use std::net::IpAddr;

use super::Params;
use files::Content;
use format::Fields;

/// How the lines of a log are to be read.
pub struct LogReader {
    site: u32,
    scheme: String,
    host: String,
    hosts: Vec<String>,
    with_errors: bool,
}

/// What a line says that is in one of the formats.
pub struct LogLine {
    /// When the request came, Unix seconds.
    pub time: i64,
    /// Whether the format has a place for the agent.
    pub has_agent: bool,
    /// What the line counts as.
    pub what: Logged,
}

/// What a line counts as.
pub enum Logged {
    /// A hit: the parameters that a client with a token would have sent.
    Hit(Params<'static>),
    /// Nothing.
    Skipped(Skip),
}

/// Why a line is no hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// Part of a page: a style, a script, an image.
    StaticFile,
    /// The browser was sent elsewhere.
    Redirect,
    /// The request failed.
    Error,
    /// A `HEAD`, a `POST`: nobody looks at the answer as a page.
    Method,
    /// The request names no page: garbage, a proxy's `CONNECT`.
    Request,
    /// It went to a host that is not the site's.
    OtherHost,
    /// It happened in the future, or decades ago.
    Time,
}

impl Skip {
    /// The name that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Skip::StaticFile => "static_file",
            Skip::Redirect => "redirect",
            Skip::Error => "error",
            Skip::Method => "method",
            Skip::Request => "request",
            Skip::OtherHost => "other_host",
            Skip::Time => "time",
        }
    }
}

impl LogReader {
    /// A reader for a site at `url`, whose own hosts are `hosts` (lower case, without `www.`). Failed requests are page
    /// views `with_errors`.
    pub fn new(site: u32, url: &str, hosts: &[String], with_errors: bool) -> LogReader {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        LogReader {
            site,
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            hosts: hosts.to_vec(),
            with_errors,
        }
    }

    /// Reads a line without its line feed; `None` when it is in none of the formats.
    pub fn read(&self, line: &[u8]) -> Option<LogLine> {
        let fields = Fields::read(line)?;
        let what = match self.hit(&fields) {
            Ok(params) => Logged::Hit(params),
            Err(skip) => Logged::Skipped(skip),
        };
        Some(LogLine { time: fields.time, has_agent: fields.agent.is_some(), what })
    }

    fn hit(&self, fields: &Fields) -> Result<Params<'static>, Skip> {
        match fields.status {
            200..=206 | 304 => {}
            300..=399 => return Err(Skip::Redirect),
            400.. if self.with_errors => {}
            _ => return Err(Skip::Error),
        }
        let (method, target) = split_request(&fields.request).ok_or(Skip::Request)?;
        if method != "GET" {
            return Err(if is_method(method) { Skip::Method } else { Skip::Request });
        }
        let (host, path) = self.address(fields, target)?;
        let content = files::content(path);
        if matches!(content, Content::Part) {
            return Err(Skip::StaticFile);
        }
        Ok(self.params(fields, &format!("{}://{host}{path}", self.scheme), matches!(content, Content::File)))
    }

    /// Host and path of what was asked for.
    fn address<'a>(&'a self, fields: &'a Fields, target: &'a str) -> Result<(&'a str, &'a str), Skip> {
        let (host, path) = match target.split_once("://") {
            _ if target.starts_with('/') => (fields.host.as_deref(), target),
            // As a proxy is asked.
            Some(("http" | "https", rest)) => match rest.find('/') {
                Some(slash) => (rest.get(..slash), rest.get(slash..).unwrap_or("/")),
                None => (Some(rest), "/"),
            },
            _ => return Err(Skip::Request),
        };
        match host.map(without_port) {
            None => Ok((&self.host, path)),
            Some(host) if self.is_own(host) => Ok((host, path)),
            Some(_) => Err(Skip::OtherHost),
        }
    }

    fn is_own(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let host = host.strip_prefix("www.").unwrap_or(&host);
        self.hosts.iter().any(|own| own == host)
    }

    fn params(&self, fields: &Fields, url: &str, is_download: bool) -> Params<'static> {
        let mut params = Params::default();
        let mut add = |name: &'static str, value: String| params.push(name, value);
        add("idsite", self.site.to_string());
        add("rec", "1".to_owned());
        add("url", url.to_owned());
        add("cdt", fields.time.to_string());
        add("cip", fields.address.to_string());
        add("bw_bytes", fields.bytes.to_string());
        if is_download {
            add("download", url.to_owned());
        }
        if fields.status >= 400 {
            add("action_name", format!("Error {}", fields.status));
        }
        if let Some(referrer) = &fields.referrer {
            add("urlref", referrer.clone());
        }
        match &fields.agent {
            Some(Some(agent)) => add("ua", agent.clone()),
            Some(None) => {}
            // The format has no agent, so there is nothing to know a robot by.
            None => add("bots", "1".to_owned()),
        }
        params
    }
}

/// Method and target; a request without a version is of HTTP/0.9.
fn split_request(request: &str) -> Option<(&str, &str)> {
    let (method, rest) = request.split_once(' ')?;
    let target = match rest.rsplit_once(' ') {
        Some((target, version)) if version.starts_with("HTTP/") => target,
        _ => rest,
    };
    Some((method, target.trim()))
}

fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_')
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// An address as logs have it: Apache adds an interface to some.
fn address(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
