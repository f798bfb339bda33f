//! Which form of a file a browser gets: as it is, or compressed beforehand (RFC 9110, 12.5.3).

use axum::http::{HeaderMap, header};

/// A form that a file is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// Smallest first.
    const ALL: [Encoding; 3] = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

    /// What `Content-Encoding` says; nothing of a file as it is.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }

    /// What stands behind the name of a file.
    pub fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
            Encoding::Identity => "",
        }
    }

    fn has_name(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Encoding::Brotli => &["br"],
            Encoding::Gzip => &["gzip", "x-gzip"],
            Encoding::Identity => &["identity"],
        };
        names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The forms that a request takes, best first. A browser that takes none gets the file as it is all the same: a page
/// without its script would be worse.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Encoding> {
    let lines = headers.get_all(header::ACCEPT_ENCODING);
    let wishes: Vec<(&str, f32)> = lines
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(wish)
        .collect();
    let mut forms: Vec<(Encoding, f32)> = Encoding::ALL
        .into_iter()
        .map(|form| (form, weight(form, &wishes)))
        .filter(|(form, weight)| *weight > 0.0 || *form == Encoding::Identity)
        .collect();
    // Stable: of two that are as welcome, the smaller.
    forms.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    forms.into_iter().map(|(form, _)| form).collect()
}

/// How welcome a form is, 0 to 1, by its own name or by `*`. What is named nowhere is welcome only as it is,
/// and less than all that is named.
fn weight(form: Encoding, wishes: &[(&str, f32)]) -> f32 {
    let of = |is: &dyn Fn(&str) -> bool| {
        wishes.iter().filter(|(name, _)| is(name)).map(|(_, weight)| *weight).max_by(f32::total_cmp)
    };
    of(&|name| form.has_name(name)).or_else(|| of(&|name| name == "*")).unwrap_or(0.0)
}

/// A coding and its weight; what can't be read is no wish.
fn wish(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = parts.find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let weight: f32 = weight.unwrap_or("1").parse().ok()?;
    (0.0..=1.0).contains(&weight).then_some((name, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(lines: &[&str]) -> Encoding {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT_ENCODING, line.parse().unwrap());
        }
        accepted(&headers)[0]
    }

    #[test]
    fn the_most_welcome_form_is_chosen_and_of_equals_the_smaller() {
        for (line, form) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("GZIP", Encoding::Gzip),
            ("x-gzip", Encoding::Gzip),
            ("br;q=0.5, gzip;q=0.8", Encoding::Gzip),
            ("br;q=0, gzip", Encoding::Gzip),
            ("br ; Q=0.000 , *", Encoding::Gzip),
            ("*", Encoding::Brotli),
            ("*;q=0", Encoding::Identity),
            ("gzip;q=0.001, *;q=0", Encoding::Gzip),
            ("identity, br;q=0.5", Encoding::Identity),
            ("identity;q=0.5, br;q=0.5", Encoding::Brotli),
            ("identity;q=0", Encoding::Identity),
            ("br;q=2, gzip;q=nan, deflate", Encoding::Identity),
            ("br;q=", Encoding::Identity),
            ("brotli, xbr, zstd", Encoding::Identity),
            (",;,=", Encoding::Identity),
            ("", Encoding::Identity),
        ] {
            assert_eq!(best(&[line]), form, "{line}");
        }
        assert_eq!(best(&[]), Encoding::Identity);
        assert_eq!(best(&["gzip", "br"]), Encoding::Brotli);
    }

    #[test]
    fn a_file_as_it_is_stands_in_for_a_form_that_is_not_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, "br, identity;q=0".parse().unwrap());
        assert_eq!(accepted(&headers), [Encoding::Brotli, Encoding::Identity]);
    }
}
