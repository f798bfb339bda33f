//! Lines of JSON: Caddy's, Traefik's, those that nginx is told to write, and others that use the usual names.

use serde_json::{Map, Value};

use super::fields::{Fields, address, given, status_code};
use super::times;

/// Depth to which objects are looked into.
const MAX_DEPTH: usize = 4;

const TIME: &[&str] = &[
    "startutc",
    "ts",
    "time_iso8601",
    "time_local",
    "@timestamp",
    "timestamp",
    "msec",
    "time",
    "datetime",
    "date",
    "request_time_utc",
    "startlocal",
];
const ADDRESS: &[&str] = &[
    "request.client_ip",
    "request.remote_ip",
    "request.remote_addr",
    "clienthost",
    "remote_addr",
    "remote_ip",
    "client_ip",
    "clientip",
    "c_ip",
    "client",
    "source.ip",
    "client.ip",
    "remote_host",
    "remoteip",
    "remoteaddr",
    "remote_address",
    "client_addr",
    "ip",
    "clientaddr",
    "httprequest.remoteip",
];
const FORWARDED: &[&str] = &[
    "request.headers.x_forwarded_for",
    "request_x_forwarded_for",
    "http_x_forwarded_for",
    "x_forwarded_for",
    "cs(x_forwarded_for)",
    "xff",
    "forwarded_for",
    "proxy_add_x_forwarded_for",
];
const REQUEST: &[&str] = &["request", "request_line", "requestline"];
const METHOD: &[&str] = &[
    "request.method",
    "requestmethod",
    "request_method",
    "method",
    "cs_method",
    "verb",
    "http.request.method",
    "http_method",
    "httprequest.requestmethod",
];
const TARGET: &[&str] = &[
    "request.uri",
    "requestpath",
    "request_uri",
    "cs_uri_stem",
    "uri",
    "url",
    "url.original",
    "url.path",
    "path",
    "request_path",
    "request.path",
    "request.url",
    "httprequest.requesturl",
];
const QUERY: &[&str] = &["args", "query_string", "query", "cs_uri_query", "url.query"];
const HOST: &[&str] = &[
    "request.host",
    "requesthost",
    "http_host",
    "x_host_header",
    "vhost",
    "virtual_host",
    "url.domain",
    "cs(host)",
    "cs_host",
    "host",
    "server_name",
];
const STATUS: &[&str] = &[
    "status",
    "downstreamstatus",
    "status_code",
    "statuscode",
    "response_code",
    "response.status",
    "sc_status",
    "http.response.status_code",
    "response_status",
    "response",
    "code",
    "httprequest.status",
];
const BYTES: &[&str] = &[
    "size",
    "downstreamcontentsize",
    "body_bytes_sent",
    "bytes_sent",
    "sc_bytes",
    "bytes",
    "response_size",
    "http.response.body.bytes",
    "httprequest.responsesize",
];
const REFERRER: &[&str] = &[
    "request.headers.referer",
    "request_referer",
    "http_referer",
    "http_referrer",
    "referer",
    "referrer",
    "cs(referer)",
    "http.request.referrer",
    "httprequest.referer",
];
const AGENT: &[&str] = &[
    "request.headers.user_agent",
    "request_user_agent",
    "http_user_agent",
    "user_agent",
    "useragent",
    "agent",
    "cs(user_agent)",
    "user_agent.original",
    "httprequest.useragent",
];

/// What an object is.
pub(super) enum Object {
    /// A request.
    Request(Box<Fields>),
    /// A line of another program that Docker has packed.
    Packed(String),
}

/// Members by their paths, in lower case with `_` for `-`.
struct Members<'a>(Vec<(String, &'a Value)>);

/// Takes a line apart; or says what it lacks.
pub(super) fn read(line: &[u8]) -> Result<Object, &'static str> {
    let line = line.trim_ascii().strip_suffix(b",").unwrap_or(line);
    let object: Map<String, Value> =
        serde_json::from_slice(line).map_err(|_| "a whole object in one line")?;
    if let (Some(Value::String(packed)), Some(_)) = (object.get("log"), object.get("stream")) {
        return Ok(Object::Packed(packed.trim_end().to_owned()));
    }
    let mut members = Members(Vec::new());
    members.add("", &object, MAX_DEPTH);
    members.fields().map(|fields| Object::Request(Box::new(fields)))
}

impl<'a> Members<'a> {
    fn add(&mut self, path: &str, object: &'a Map<String, Value>, depth: usize) {
        for (name, value) in object {
            let name = name.to_ascii_lowercase().replace('-', "_");
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            match value {
                Value::Object(inner) if depth > 1 => self.add(&path, inner, depth - 1),
                value => self.0.push((path, value)),
            }
        }
    }

    fn get(&self, names: &[&str]) -> Option<&'a Value> {
        let find = |name: &&str| self.0.iter().find(|(path, _)| path == name).map(|(_, value)| *value);
        names.iter().filter_map(find).find(|value| !value.is_null())
    }

    /// The first that is a text, or a number as it is written.
    fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let text = match self.get(&[name])? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                // Headers that may be there more than once.
                Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
                _ => return None,
            };
            given(text)
        })
    }

    /// The first that can be read.
    fn first<T>(&self, names: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<T> {
        names.iter().find_map(|name| read(&self.text(&[name])?))
    }

    fn fields(&self) -> Result<Fields, &'static str> {
        let (request, is_whole) = self.request().ok_or("a field for the page that was asked for (uri)")?;
        Ok(Fields {
            host: self.host(),
            address: self.first(ADDRESS, address).ok_or("a field for the address (remote_addr)")?,
            forwarded: self.text(FORWARDED),
            time: self.time().ok_or("a field for the time (time_iso8601)")?,
            request,
            status: self.first(STATUS, status).ok_or("a field for the status (status)")?,
            bytes: self.first(BYTES, |text| text.parse().ok()).unwrap_or(0),
            referrer: self.text(REFERRER),
            agent: self.has_agents().then(|| self.text(AGENT)),
            extras: usize::from(is_whole),
        })
    }

    /// The first line of the request, and whether it is one.
    fn request(&self) -> Option<(String, bool)> {
        if let Some(line) = self.text(REQUEST).filter(|line| line.contains(' ')) {
            return Some((line, true));
        }
        let method = self.text(METHOD).unwrap_or_else(|| "GET".to_owned());
        let target = self.text(TARGET)?;
        match self.text(QUERY) {
            Some(query) if !target.contains('?') => {
                Some((format!("{method} {target}?{}", query.trim_start_matches('?')), false))
            }
            _ => Some((format!("{method} {target}"), false)),
        }
    }

    /// A word without a dot is the name of a machine.
    fn host(&self) -> Option<String> {
        HOST.iter()
            .filter_map(|name| self.text(&[name]))
            .find(|host| host.contains('.') || host == "localhost")
    }

    fn time(&self) -> Option<i64> {
        let both = || Some(format!("{}T{}", self.text(&["date"])?, self.text(&["time"])?));
        let joined = both().and_then(|text| times::iso(&text));
        joined.or_else(|| self.first(TIME, times::any))
    }

    /// Caddy leaves a header out that was not sent.
    fn has_agents(&self) -> bool {
        self.get(AGENT).is_some() || self.0.iter().any(|(path, _)| path.starts_with("request.headers."))
    }
}

fn status(text: &str) -> Option<u16> {
    match text {
        "0" | "000" => Some(0),
        _ => status_code(text),
    }
}
