//! Lines of an access log to the requests that the visitors' browsers would have sent.
//!
//! The format is found out line by line, so that a log may change it:
//!
//! ```text
//! common         ADDRESS IDENTITY USER [TIME] "REQUEST" STATUS BYTES
//! combined       common "REFERRER" "AGENT" ... "FORWARDED FOR"
//! vhost_combined HOST:PORT combined
//! ```
//!
//! of Apache and nginx come first; then S3's, the load balancers' of AWS, JSON, and the W3C's, whose columns are named by
//! directives. A host may also stand in the place of the identity. What follows is ignored, but for the address that a
//! trusted proxy has forwarded. A view is a `GET` that was answered with a page: what else a browser fetches (styles,
//! scripts, images) would count each page many times over, a redirect is followed by the page it leads to, and a script
//! that counts views makes a call for each of them. A file that people keep is a download. Whether a robot asked is not
//! decided here, nor whether the time can be right.

mod calls;
mod combined;
mod elb;
mod fields;
mod files;
mod json;
mod s3;
mod times;
mod w3c;

use std::net::IpAddr;

use ipnet::IpNet;

use super::Params;
use crate::forwarded;
use fields::Fields;
use files::Content;
use json::Object;
use w3c::Layout;

/// Bytes that some programs begin a text with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Status of an answer that is a piece of a file.
const PARTIAL: u16 = 206;

/// How the lines of a log are to be read.
pub struct LogReader {
    site: u32,
    scheme: String,
    host: String,
    hosts: Vec<String>,
    with_errors: bool,
    trusted: Vec<IpNet>,
    layout: Layout,
}

/// What a line says that is in one of the formats.
pub struct LogLine {
    /// When the request came, Unix seconds.
    pub time: i64,
    /// Whether the format has a place for the agent.
    pub has_agent: bool,
    /// Quoted fields behind the agent: a line that is cut off has fewer than those before it.
    pub extras: usize,
    /// Whether the answer was a piece of a file (206).
    pub is_piece: bool,
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
    /// A script counted or fetched something: Matomo, an analytics collector, a banner.
    Call,
    /// The answer had no content (204, 205).
    NoContent,
    /// A further piece of a file whose download is counted.
    Piece,
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
            Skip::Call => "call",
            Skip::NoContent => "no_content",
            Skip::Piece => "piece",
            Skip::Time => "time",
        }
    }
}

impl LogReader {
    /// A reader for a site at `url`, whose own hosts are `hosts` (lower case, without `www.`). Failed requests are page
    /// views `with_errors`; what `trusted` proxies have forwarded is believed.
    pub fn new(site: u32, url: &str, hosts: &[String], with_errors: bool, trusted: &[IpNet]) -> LogReader {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        LogReader {
            site,
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            hosts: hosts.to_vec(),
            with_errors,
            trusted: trusted.to_vec(),
            layout: Layout::default(),
        }
    }

    /// Takes note of a directive, which says how the lines after it are to be read; false when the line is none.
    pub fn direct(&mut self, line: &[u8]) -> bool {
        let line = bare(line);
        if line.starts_with(b"#") {
            self.layout.direct(&String::from_utf8_lossy(line));
        }
        line.starts_with(b"#")
    }

    /// Reads a line without its line feed; `None` when it is in none of the formats.
    pub fn read(&self, line: &[u8]) -> Option<LogLine> {
        let fields = self.fields(bare(line))?;
        let what = match self.hit(&fields) {
            Ok(params) => Logged::Hit(params),
            Err(skip) => Logged::Skipped(skip),
        };
        let (has_agent, is_piece) = (fields.agent.is_some(), fields.status == PARTIAL);
        Some(LogLine { time: fields.time, has_agent, extras: fields.extras, is_piece, what })
    }

    /// What a line of JSON, or one below directives, lacks.
    pub fn lacks(&self, line: &[u8]) -> Option<&'static str> {
        match bare(line) {
            line if line.starts_with(b"{") => json::read(line).err(),
            _ => self.layout.lacks(),
        }
    }

    fn fields(&self, line: &[u8]) -> Option<Fields> {
        if let Some(fields) = self.layout.read(line) {
            return Some(fields);
        }
        if !line.starts_with(b"{") {
            return plain(line);
        }
        match json::read(line).ok()? {
            Object::Request(fields) => Some(*fields),
            Object::Packed(line) => plain(bare(line.as_bytes())),
        }
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
        if matches!(fields.status, 204 | 205) {
            return Err(Skip::NoContent);
        }
        let (host, path) = self.address(fields, target)?;
        if calls::is_call(path) {
            return Err(Skip::Call);
        }
        let content = files::content(path);
        if matches!(content, Content::Part) {
            return Err(Skip::StaticFile);
        }
        Ok(self.params(fields, &format!("{}://{host}{path}", self.scheme), matches!(content, Content::File)))
    }

    /// Host and path of what was asked for.
    fn address<'a>(&'a self, fields: &'a Fields, target: &'a str) -> Result<(&'a str, &'a str), Skip> {
        let (host, path) = match target.split_once("://") {
            _ if target.starts_with('/') => (self.visited(fields), target),
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

    /// The host that a line names, unless it is the address that a proxy asked for.
    fn visited<'a>(&self, fields: &'a Fields) -> Option<&'a str> {
        fields.host.as_deref().filter(|host| !self.is_forwarded(fields, host))
    }

    /// Whether an address stands before that of a proxy, where others have the host.
    fn is_forwarded(&self, fields: &Fields, host: &str) -> bool {
        host.parse::<IpAddr>().is_ok() && forwarded::is_trusted(fields.address, &self.trusted)
    }

    /// Whose request it was.
    fn visitor(&self, fields: &Fields) -> IpAddr {
        let before = fields.host.as_deref().filter(|host| self.is_forwarded(fields, host));
        let hops = before.or(fields.forwarded.as_deref()).unwrap_or_default();
        forwarded::visitor(fields.address, hops.rsplit(','), &self.trusted)
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
        add("cip", self.visitor(fields).to_string());
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

/// A line without what programs have put around it: a byte order mark, the zeros of a log that was cut to nothing while
/// it was written, a carriage return.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let zeros = line.iter().take_while(|byte| **byte == 0).count();
    let line = line.get(zeros..).unwrap_or_default();
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

/// A line of a format that needs no directive.
fn plain(line: &[u8]) -> Option<Fields> {
    combined::read(line).or_else(|| s3::read(line)).or_else(|| elb::read(line))
}

#[cfg(test)]
mod more_tests;
#[cfg(test)]
mod tests;
