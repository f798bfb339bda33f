//! Reads `multipart/form-data`, the form in which the `clickhouse` crate sends a query with parameters.

/// Why a body is no form; the text is for the client.
pub(super) type Malformed = &'static str;

/// The boundary between the parts, if `content_type` announces a form.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let mut pieces = content_type.split(';').map(str::trim);
    if !pieces.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = pieces.find_map(|piece| {
        let (name, value) = piece.split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value)
    })?;
    Some(value.trim_matches('"')).filter(|boundary| (1..=70).contains(&boundary.len()))
}

/// The fields of a form, in order: name and value, both UTF-8.
///
/// # Errors
/// When the body is not what its boundary promises.
pub(super) fn fields(body: &[u8], boundary: &str) -> Result<Vec<(String, String)>, Malformed> {
    let opening = format!("--{boundary}");
    let separator = format!("\r\n--{boundary}");
    let mut rest =
        body.strip_prefix(opening.as_bytes()).ok_or("the form does not begin with its boundary")?;
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n").ok_or("a boundary is followed by something else")?;
        let (part, after) = split_at(part, separator.as_bytes()).ok_or("the form does not end")?;
        fields.push(field(part)?);
        rest = after;
    }
    Ok(fields)
}

fn field(part: &[u8]) -> Result<(String, String), Malformed> {
    let (headers, value) = split_at(part, b"\r\n\r\n").ok_or("a field of the form has no headers")?;
    let headers = std::str::from_utf8(headers).map_err(|_| "a header of the form is not UTF-8")?;
    let name = headers.lines().find_map(name).ok_or("a field of the form has no name")?;
    let value = std::str::from_utf8(value).map_err(|_| "a field of the form is not UTF-8")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The field's name, if this header line is the one that tells it.
fn name(line: &str) -> Option<&str> {
    let (header, value) = line.split_once(':')?;
    if !header.eq_ignore_ascii_case("content-disposition") {
        return None;
    }
    let named = value.split(';').map(str::trim).find_map(|piece| piece.strip_prefix("name="))?;
    Some(named.trim_matches('"'))
}

/// What comes before and after the first `needle`.
fn split_at<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = bytes.windows(needle.len()).position(|window| window == needle)?;
    Some((bytes.get(..start)?, bytes.get(start + needle.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_every_byte_of_their_values() {
        let value = " it's\r\nünï\r\n--x\0";
        let body = format!(
            "--b1\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT 1\r\n\
             --b1\r\ncontent-disposition: form-data; name=\"param_x\"\r\n\r\n{value}\r\n--b1--\r\n"
        );
        let fields = fields(body.as_bytes(), "b1").unwrap();
        assert_eq!(fields, [("query".into(), "SELECT 1".into()), ("param_x".into(), value.to_owned())]);
    }

    #[test]
    fn the_boundary_comes_from_the_content_type() {
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=x; Boundary=\"a b\""), Some("a b"));
        assert_eq!(boundary("multipart/form-data; boundary="), None);
        assert_eq!(boundary("text/plain; boundary=abc"), None);
    }

    #[test]
    fn broken_forms_are_refused() {
        for body in ["", "x", "--b", "--b\r\n", "--bx", "--b\r\nq\r\n--b--", "--b\r\n\r\n\r\nq\r\n--b--"] {
            assert!(fields(body.as_bytes(), "b").is_err(), "{body:?}");
        }
    }
}
