//! `format`: how an answer or an error is written.

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::answer::Answer;
use super::error::{ApiError, shown};
use super::{csv, json, xml};
use crate::protocol::Params;

/// A form that an answer can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The default here; Matomo's is XML.
    Json,
    /// XML.
    Xml,
    /// Values with commas between them.
    Csv(Sheet),
    /// Values with tabs between them.
    Tsv(Sheet),
}

/// How a table for spreadsheets is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Its characters.
    pub encoding: Encoding,
    /// With `translateColumnNames=1`: columns have the names that people read.
    pub has_titles: bool,
}

/// How the characters of a table for spreadsheets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// The default here, since everything reads it; Matomo's is UTF-16.
    Utf8,
    /// With `convertToUnicode=1`: UTF-16, little-endian, with a byte order mark.
    Utf16,
}

impl Format {
    /// Reads the parameters.
    pub fn parse(params: &Params) -> Result<Format, ApiError> {
        let encoding = if params.flag("convertToUnicode") { Encoding::Utf16 } else { Encoding::Utf8 };
        let sheet = Sheet { encoding, has_titles: params.flag("translateColumnNames") };
        match params.text("format").map(str::to_ascii_lowercase).as_deref() {
            None | Some("json") => Ok(Format::Json),
            Some("xml") => Ok(Format::Xml),
            Some("csv") => Ok(Format::Csv(sheet)),
            Some("tsv") => Ok(Format::Tsv(sheet)),
            Some(other) => {
                Err(ApiError::bad(format!("format={} is not available: json, xml, csv or tsv", shown(other))))
            }
        }
    }

    /// The HTTP answer to one call of a method.
    pub fn respond(self, result: &Result<Answer, ApiError>, method: &str) -> Response {
        let (status, body) = self.body(result);
        let mut response = self.written(status, body);
        if let (Format::Csv(_) | Format::Tsv(_), 200) = (self, status) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, self.attachment(method));
        }
        response
    }

    /// An HTTP answer of what was written in this format.
    pub fn written(self, status: u16, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status.try_into().unwrap_or_default();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type()));
        response
    }

    /// Status and bytes.
    pub fn body(self, result: &Result<Answer, ApiError>) -> (u16, Vec<u8>) {
        let written = match result {
            Ok(answer) => self.answer(answer).map_err(|error| ApiError::unwritten(&error)),
            Err(error) => Err(error.clone()),
        };
        match written {
            Ok(body) => (200, body),
            Err(error) => (error.status, self.error(&error.message)),
        }
    }

    fn answer(self, answer: &Answer) -> io::Result<Vec<u8>> {
        match self {
            Format::Json => Ok(serde_json::to_vec(&json::Whole(answer))?),
            Format::Xml => xml::answer(answer),
            Format::Csv(sheet) => sheet.write(answer, b','),
            Format::Tsv(sheet) => sheet.write(answer, b'\t'),
        }
    }

    /// What can't be written even so is left out.
    fn error(self, message: &str) -> Vec<u8> {
        match self {
            Format::Json => serde_json::to_vec(&json::Error::new(message)).unwrap_or_default(),
            Format::Xml => xml::error(message).unwrap_or_default(),
            Format::Csv(sheet) | Format::Tsv(sheet) => {
                sheet.encoding.bytes(format!("Error: {message}\n").into_bytes())
            }
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Xml => "text/xml; charset=utf-8",
            Format::Csv(Sheet { encoding: Encoding::Utf8, .. }) => "text/csv; charset=utf-8",
            Format::Csv(Sheet { encoding: Encoding::Utf16, .. }) => "text/csv; charset=utf-16le",
            Format::Tsv(Sheet { encoding: Encoding::Utf8, .. }) => "text/tab-separated-values; charset=utf-8",
            Format::Tsv(Sheet { encoding: Encoding::Utf16, .. }) => {
                "text/tab-separated-values; charset=utf-16le"
            }
        }
    }

    /// A browser saves the table instead of showing it.
    fn attachment(self, method: &str) -> HeaderValue {
        let name: String = method.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        let extension = if matches!(self, Format::Tsv(_)) { "tsv" } else { "csv" };
        let value = format!("attachment; filename=\"{name}.{extension}\"");
        HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
    }
}

impl Sheet {
    fn write(self, answer: &Answer, separator: u8) -> io::Result<Vec<u8>> {
        Ok(self.encoding.bytes(csv::answer(answer, separator, self.has_titles)?))
    }
}

impl Encoding {
    fn bytes(self, text: Vec<u8>) -> Vec<u8> {
        match self {
            Encoding::Utf8 => text,
            Encoding::Utf16 => {
                let text = String::from_utf8_lossy(&text);
                "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::matomo::table::Report;

    const PLAIN: Sheet = Sheet { encoding: Encoding::Utf8, has_titles: false };
    const WIDE: Sheet = Sheet { encoding: Encoding::Utf16, has_titles: false };

    fn format(query: &str) -> Result<Format, ApiError> {
        Format::parse(&Params::parse(query.as_bytes()))
    }

    #[test]
    fn names_of_formats() {
        assert_eq!(format(""), Ok(Format::Json));
        assert_eq!(format("format=XML"), Ok(Format::Xml));
        assert_eq!(format("format=csv"), Ok(Format::Csv(PLAIN)));
        assert_eq!(format("format=tsv&convertToUnicode=1"), Ok(Format::Tsv(WIDE)));
        for other in ["html", "rss", "original", "php", "<script>"] {
            assert!(
                format(&format!("format={other}")).unwrap_err().message.contains("json, xml, csv or tsv")
            );
        }
    }

    #[test]
    fn errors_have_the_format_that_was_asked_for() {
        let error = Err(ApiError::bad("a <b> \"c\""));
        let body = |format: Format| String::from_utf8(format.body(&error).1).unwrap();
        assert_eq!(body(Format::Json), r#"{"result":"error","message":"a <b> \"c\""}"#);
        assert!(
            body(Format::Xml).contains(r#"<error message="a &lt;b&gt; &quot;c&quot;" />"#),
            "{}",
            body(Format::Xml)
        );
        assert_eq!(body(Format::Csv(PLAIN)), "Error: a <b> \"c\"\n");
    }

    #[test]
    fn utf_16_has_a_mark() {
        let answer = Ok(Answer::Report(Report::Value("é".into())));
        let bytes = Format::Csv(WIDE).body(&answer).1;
        assert_eq!(bytes, b"\xff\xfev\0a\0l\0u\0e\0\n\0\xe9\0\n\0");
    }
}
