//! Lines of the W3C's extended format: IIS, CloudFront and others. A directive names the columns of what follows it.

use jiff::civil::Date;

use super::fields::{Fields, address, given, number, percent_decoded, status_code};
use super::times;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Date,
    Time,
    Address,
    Forwarded,
    Method,
    Stem,
    Query,
    Host,
    /// Where the visitor was; CloudFront's own host is in `Host`.
    VisitedHost,
    Status,
    Bytes,
    Referrer,
    Agent,
    Other,
}

/// How many columns are looked at.
const KNOWN: usize = Column::Other as usize;

/// What the directives so far have said.
#[derive(Default)]
pub(super) struct Layout {
    columns: Vec<Column>,
    date: Option<Date>,
}

impl Column {
    fn named(name: &str) -> Column {
        match name.to_ascii_lowercase().as_str() {
            "date" => Column::Date,
            "time" => Column::Time,
            "c-ip" => Column::Address,
            "x-forwarded-for" | "cs(x-forwarded-for)" => Column::Forwarded,
            "cs-method" => Column::Method,
            "cs-uri-stem" | "cs-uri" => Column::Stem,
            "cs-uri-query" => Column::Query,
            "cs-host" | "cs(host)" => Column::Host,
            "x-host-header" => Column::VisitedHost,
            "sc-status" => Column::Status,
            "sc-bytes" => Column::Bytes,
            "cs(referer)" | "cs(referrer)" => Column::Referrer,
            "cs(user-agent)" => Column::Agent,
            _ => Column::Other,
        }
    }
}

impl Layout {
    /// Takes note of a line that begins with `#`.
    pub fn direct(&mut self, line: &str) {
        if let Some(names) = line.strip_prefix("#Fields:") {
            self.columns = names.split_ascii_whitespace().map(Column::named).collect();
        } else if let Some(date) = line.strip_prefix("#Date:") {
            self.date = date.split_ascii_whitespace().next().and_then(|date| date.parse().ok());
        }
    }

    /// Which column there must be and isn't.
    pub fn lacks(&self) -> Option<&'static str> {
        let needed = [
            (Column::Time, "time"),
            (Column::Address, "c-ip"),
            (Column::Stem, "cs-uri-stem"),
            (Column::Status, "sc-status"),
        ];
        needed.iter().find(|(column, _)| !self.columns.contains(column)).map(|(_, name)| *name)
    }

    /// Takes a line apart.
    pub fn read(&self, line: &[u8]) -> Option<Fields> {
        if self.columns.is_empty() {
            return None;
        }
        let line = String::from_utf8_lossy(line);
        let values = self.values(&line)?;
        let value = |column: Column| {
            let value = values.get(column as usize).copied().flatten();
            value.filter(|value| !matches!(*value, "-" | "" | "\"-\""))
        };
        let text = |column| value(column).map(decoded);
        Some(Fields {
            host: value(Column::VisitedHost).or_else(|| value(Column::Host)).map(str::to_owned),
            address: address(value(Column::Address)?)?,
            forwarded: text(Column::Forwarded),
            time: self.time(value(Column::Date), value(Column::Time)?)?,
            request: request(value(Column::Method), value(Column::Stem)?, value(Column::Query)),
            status: value(Column::Status)
                .and_then(|status| status_code(status).or((status == "000").then_some(0)))?,
            bytes: value(Column::Bytes).map_or(Some(0), number)?,
            referrer: value(Column::Referrer).map(|text| unquoted(text).to_owned()),
            agent: self.columns.contains(&Column::Agent).then(|| text(Column::Agent).and_then(given)),
            extras: 0,
        })
    }

    /// The values of the columns that are looked at; nothing when there are too few.
    fn values<'a>(&self, line: &'a str) -> Option<[Option<&'a str>; KNOWN]> {
        let mut values = [None; KNOWN];
        let mut rest = line;
        let has_tabs = line.contains('\t');
        for column in &self.columns {
            let (value, after) = next(rest, has_tabs)?;
            if let Some(place @ None) = values.get_mut(*column as usize) {
                *place = Some(value);
            }
            rest = after;
        }
        Some(values)
    }

    /// Times are UTC. Where lines have no date, it is that of the last directive.
    fn time(&self, date: Option<&str>, time: &str) -> Option<i64> {
        let date = date.map(unquoted).and_then(|date| date.parse().ok()).or(self.date)?;
        times::iso(&format!("{date}T{}", unquoted(time)))
    }
}

/// The next value, and what follows.
fn next(rest: &str, has_tabs: bool) -> Option<(&str, &str)> {
    if has_tabs {
        let (value, after) = rest.split_once('\t').unwrap_or((rest, ""));
        return (!rest.is_empty()).then_some((value, after));
    }
    let rest = rest.trim_start_matches(' ');
    let end_of_quoted = rest.strip_prefix('"').and_then(|inner| {
        let end = inner.find("\" ").or_else(|| inner.strip_suffix('"').map(str::len))?;
        Some(end + 2)
    });
    let end = end_of_quoted.or_else(|| rest.find(' ')).unwrap_or(rest.len());
    (!rest.is_empty()).then(|| rest.split_at_checked(end))?
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// Text whose blanks were written in one of three ways: in quotes, by percent-encoding, or as `+`.
fn decoded(text: &str) -> String {
    let inner = unquoted(text);
    if inner.contains("%20") || inner.contains("%2520") {
        return percent_decoded(inner);
    }
    match inner.contains(' ') {
        true => inner.to_owned(),
        false => inner.replace('+', " "),
    }
}

/// The first line of the request. A log without methods has those that were answered with pages.
fn request(method: Option<&str>, stem: &str, query: Option<&str>) -> String {
    let method = method.map_or("GET", unquoted);
    match query {
        Some(query) if !stem.contains('?') => format!("{method} {}?{}", unquoted(stem), unquoted(query)),
        _ => format!("{method} {}", unquoted(stem)),
    }
}
