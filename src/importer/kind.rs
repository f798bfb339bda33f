//! What a file is that is no log, or none that can be read, and what to do about it.

use super::probe::reader;
use super::unpack::Packer;
use crate::imports::MAX_LINE;
use crate::protocol::LogReader;

/// Lines of a log that are looked at.
const LINES: usize = 20;

/// What bytes say at a place in a file, with what to do.
const BYTES: [(usize, &[u8], &str); 18] = [
    (0, b"PK\x03\x04", "is a zip archive: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it first"),
    (0, b"Rar!", "is a rar archive: unpack it first"),
    (0, b"\x04\x22\x4d\x18", "is packed by lz4: unpack it first, with `lz4 -d`"),
    (0, b"\x1f\x9d", "is packed by compress: unpack it first, with `gzip -d`"),
    (0, b"LZIP", "is packed by lzip: unpack it first, with `lzip -d`"),
    (0, b"\x5d\x00\x00", "is packed by lzma: unpack it first, with `xz -d`"),
    (0, b"\xff\x06\x00\x00sNaPpY", "is packed by snappy: unpack it first"),
    (257, b"ustar", "is a tar archive: unpack it first, and give the logs in it"),
    (0, b"\xff\xfe", UTF_16),
    (0, b"\xfe\xff", UTF_16),
    (0, b"PAR1", "is a Parquet file: export it as text, a line for each request"),
    (0, b"SQLite format 3", "is an SQLite database: give the web server's log"),
    (0, b"ElfFile", "is a Windows event log: give the log of IIS (W3C)"),
    (0, b"LPKSHHRH", "is a journal of systemd: export it with `journalctl -o cat`"),
    (0, b"\x7fELF", "is a program: give the web server's log"),
    (0, b"%PDF", "is a PDF: give the web server's log"),
    (0, b"<?xml", "is XML: give the web server's log"),
];

const UTF_16: &str = "is text in UTF-16: convert it first, with `iconv -f UTF-16 -t UTF-8`";

const GIVE: &str = "give an access log in one of the formats in docs/logs.md";

/// What the first bytes of a file say it is, if it is no text. What is packed was unpacked, so this is what is inside.
pub(super) fn of_bytes(head: &[u8]) -> Option<String> {
    let is_there = |at: usize, bytes: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(bytes));
    if let Some((_, _, what)) = BYTES.iter().find(|(at, bytes, _)| is_there(*at, bytes)) {
        return Some((*what).to_owned());
    }
    if Packer::of(head).is_some() {
        return Some("is packed more than once: unpack it first".to_owned());
    }
    // Text in UTF-16 without a mark: every other byte is zero, and line feeds are among the rest.
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let is_wide = head.len() > 8 && zeros(0).abs_diff(zeros(1)) > head.len() / 3;
    is_wide.then(|| UTF_16.to_owned())
}

/// What a text seems to be of which no line can be read, and what to do.
pub(super) fn of_text(text: &[u8]) -> String {
    let mut reader = reader();
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut first = None;
    for line in lines.take(LINES) {
        if line.len() > MAX_LINE {
            first.get_or_insert(format!("has lines of more than {} KiB: {GIVE}", MAX_LINE >> 10));
        } else if !reader.direct(line) {
            first.get_or_insert_with(|| of_line(&String::from_utf8_lossy(line), &reader));
        }
    }
    first.unwrap_or_else(|| "has no lines".to_owned())
}

fn of_line(line: &str, reader: &LogReader) -> String {
    let line = line.trim_start_matches(['\u{feff}', '\0']);
    if line.starts_with('{') {
        let lacks = reader.lacks(line.as_bytes()).unwrap_or("what a request has");
        return format!(
            "looks like JSON without {lacks}: write one object a line, with the fields in docs/logs.md"
        );
    }
    if line.starts_with('[') && !has_weekday(line) {
        return "looks like a JSON array: write one object a line, with `jq -c '.[]'`".to_owned();
    }
    let what = match line {
        _ if line.chars().filter(|character| character.is_control() && *character != '\t').count() * 8
            > line.len() =>
        {
            "is no text (binary): if it is packed, unpack it first; else"
        }
        _ if has_weekday(line)
            || line.contains(" [error] ")
            || line.contains(" [crit] ")
            || line.contains(" [notice] ") =>
        {
            "looks like an error log of Apache or nginx: the access log is beside it;"
        }
        _ if line.starts_with('<') && line.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => SYSLOG,
        _ if line.starts_with('<') => {
            "looks like a web page (HTML or XML): was the log downloaded without signing in?"
        }
        _ if is_syslog(line) => SYSLOG,
        _ if has_common_time(line) && !starts_with_address(line) => {
            "looks like an access log without addresses at the beginning of its lines (names of hosts instead? see \
             HostnameLookups):"
        }
        _ if has_common_time(line) => "looks like an access log whose fields are in another order:",
        _ if reader.lacks(b"").is_none() || looks_like_w3c(line) => {
            return format!(
                "looks like a W3C log (IIS, CloudFront) whose lines don't fit their `#Fields`{}: write at least date, \
                 time, c-ip, cs-method, cs-uri-stem and sc-status, and keep the `#Fields` line",
                reader.lacks(b"").map(|name| format!(", which lack {name}")).unwrap_or_default()
            );
        }
        _ if line.matches([',', ';']).count() > 3 => "looks like a table (CSV):",
        _ => "looks like none of the formats that can be read:",
    };
    format!("{what} {GIVE}")
}

const SYSLOG: &str =
    "looks like lines of syslog: cut off what stands before each request (time, machine, program);";

/// Whether what is not a line yet may become one when its rest is written.
pub(super) fn may_go_on(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_start_matches('\u{feff}');
    if text.starts_with('{') {
        return serde_json::from_str::<serde_json::Value>(text).is_err();
    }
    // Of the shortest beginnings nobody can tell.
    text.len() < 8 || text.starts_with('#') || starts_with_address(text)
}

fn starts_with_address(line: &str) -> bool {
    let mut words = line.split([' ', ',']).filter(|word| !word.is_empty());
    words.by_ref().take(2).any(|word| crate::forwarded::address(word).is_some())
}

fn has_weekday(line: &str) -> bool {
    ["[Mon ", "[Tue ", "[Wed ", "[Thu ", "[Fri ", "[Sat ", "[Sun "].iter().any(|day| line.starts_with(day))
}

fn is_syslog(line: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "];
    let words: Vec<&str> = line.split(' ').take(6).collect();
    let has_program =
        words.iter().any(|word| word.ends_with("]:") || (word.ends_with(':') && word.len() > 2));
    let has_time = MONTHS.iter().any(|month| line.starts_with(month))
        || words.first().is_some_and(|word| word.contains('T'));
    has_time && has_program
}

/// `[10/Oct/2000:13:55:36`
fn has_common_time(line: &str) -> bool {
    line.split('[').skip(1).any(|rest| {
        let mut parts = rest.split(['/', ':']);
        let (day, month) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        day.len() == 2 && month.len() == 3 && day.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `2012-04-01 00:00:13 `
fn looks_like_w3c(line: &str) -> bool {
    let mut words = line.split([' ', '\t']);
    let is_date = words.next().is_some_and(|date| date.len() == 10 && date.matches('-').count() == 2);
    is_date && words.next().is_some_and(|time| time.matches(':').count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, what: &str) {
        let said = of_text(text.as_bytes());
        assert!(said.contains(what) && said.contains(": "), "{text:?}: {said}");
    }

    #[test]
    fn texts_are_named() {
        says(
            "{\"msg\":\"x\",\"remote_addr\":\"192.0.2.1\",\"uri\":\"/\",\"status\":200}\n",
            "JSON without a field for the time",
        );
        says(
            "{\"time\":\"2026-11-25T10:00:00Z\",\"uri\":\"/\",\"status\":200}\n",
            "JSON without a field for the address",
        );
        says("{\n  \"a\": 1\n}\n", "JSON without a whole object in one line");
        says("[\n{\"a\": 1}\n]\n", "JSON array");
        says("[Wed Nov 25 10:00:00.123456 2026] [core:error] [pid 1] AH00124: x\n", "error log");
        says("2026/11/25 10:00:00 [error] 7#7: *1 open() failed\n", "error log");
        says(
            "Nov 25 10:00:00 web nginx[12]: 203.0.113.5 - - [25/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n",
            "syslog",
        );
        says("<134>Nov 25 10:00:00 web nginx: x\n", "syslog");
        says("2026-11-25T10:00:00+00:00 web nginx: x\n", "syslog");
        says("<!doctype html><title>Sign in</title>\n", "web page");
        says(
            "visitor.example - - [25/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n",
            "HostnameLookups",
        );
        says("203.0.113.5 [25/Nov/2026:10:00:00 +0000] 200 /\n", "another order");
        says("#Fields: date time cs-uri-stem sc-status\n2026-11-25 10:00:00 /a 200\n", "which lack c-ip");
        says("2026-11-25 10:00:00 203.0.113.5 GET /a 200\n", "which lack time");
        says("a,b,c,d,e\n1,2,3,4,5\n", "CSV");
        says("lorem ipsum\n", "none of the formats");
        says(&"x".repeat(70_000), "lines of more than 64 KiB");
        says("\u{1}\u{2}\u{3}\u{4}ab\n", "binary");
    }

    #[test]
    fn bytes_are_named() {
        let says = |bytes: &[u8], what: &str| {
            let said = of_bytes(bytes).unwrap_or_default();
            assert!(said.contains(what), "{bytes:?}: {said}");
        };
        says(b"PK\x03\x04rest", "zip archive: unpack it first");
        says(b"\x1f\x8b\x08rest", "more than once");
        says(&[&[b'a'; 257][..], b"ustar\0"].concat(), "tar");
        says(b"\xff\xfe1\09\0", "UTF-16");
        says(b"2\x000\x003\x00.\x000\x00.\x001\x00", "UTF-16");
        assert_eq!(of_bytes(b"203.0.113.5 - - ["), None);
        assert_eq!(of_bytes(&[0; 4_096]), None);
        assert_eq!(of_bytes(b""), None);
    }

    #[test]
    fn what_is_being_written_may_go_on() {
        for part in ["", "203", "203.0.113.5 - - [25/", "example.org:443 203.0.113.5 ", "{\"ts\":17", "#Fiel"]
        {
            assert!(may_go_on(part.as_bytes()), "{part}");
        }
        for whole in ["{\"ts\":17}", "what is this?"] {
            assert!(!may_go_on(whole.as_bytes()), "{whole}");
        }
    }
}
