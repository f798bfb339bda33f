//! Values that are the number of somebody or something: keys of sessions, of links in mails, of people.
//!
//! Their parameters have any name, so they are told by their looks: long, and mixed as no word, number or slug is. What is
//! short (an id of a video, fourteen digits of a variant, a short commit) stays, and so does what the parameter's name
//! calls a thing of the site (`id`, `product_id`, `commit`), up to the length of a commit or a document.

/// Names of what sites have pages about, alone or before `id`.
const THINGS: &[&str] = &[
    "",
    "article",
    "artikel",
    "asset",
    "blob",
    "book",
    "branch",
    "cat",
    "category",
    "channel",
    "chapter",
    "collection",
    "commit",
    "course",
    "doc",
    "document",
    "episode",
    "event",
    "file",
    "film",
    "folder",
    "game",
    "image",
    "item",
    "job",
    "lesson",
    "list",
    "model",
    "movie",
    "node",
    "object",
    "p",
    "page",
    "part",
    "photo",
    "playlist",
    "post",
    "product",
    "project",
    "prod",
    "question",
    "q",
    "query",
    "recipe",
    "ref",
    "release",
    "rev",
    "revision",
    "s",
    "search",
    "section",
    "sha",
    "show",
    "sku",
    "song",
    "story",
    "tag",
    "template",
    "thread",
    "topic",
    "track",
    "v",
    "variant",
    "version",
    "video",
];
/// Words that a path says before it holds a key of one person.
const ACTIONS: &[&str] = &[
    "abbestellen",
    "abmelden",
    "activate",
    "activation",
    "afmelden",
    "baja",
    "bevestigen",
    "bestaetigen",
    "confirm",
    "confirmation",
    "confirmer",
    "desabonnement",
    "desinscription",
    "invitation",
    "invitations",
    "invite",
    "magic",
    "optout",
    "password",
    "passwordless",
    "recover",
    "recovery",
    "recuperar",
    "reset",
    "uitschrijven",
    "unsub",
    "unsubscribe",
    "validate",
    "verification",
    "verify",
    "wachtwoord",
];
/// Stands where a key stood in a path.
pub(super) const TOKEN: &str = "[token]";

/// Longest id of a thing of the site: a commit's has 40 signs, a document's at Google 44.
const LONGEST_ID: usize = 44;

/// Whether the `value` of the parameter `name` (both decoded, the name in lower case) is such a key.
pub(super) fn is_value(name: &str, value: &str) -> bool {
    let value = value.trim();
    let is_id = value.len() <= LONGEST_ID && is_thing(name);
    is_signed(value) || (!is_id && is_key(value))
}

/// Whether the name is one of a thing that a site has pages about: `product`, `product_id`, `productId`, `item[guid]`.
fn is_thing(name: &str) -> bool {
    let bare = name.trim_end_matches(']').replace(['[', '-', '_', '.'], "");
    let stem =
        ["uuid", "guid", "id"].iter().find_map(|end| bare.strip_suffix(end)).filter(|_| name != "guid");
    // `vid` and the like are as often a visitor's.
    let is_letter = stem.is_some_and(|stem| stem.len() == 1 && stem != "p");
    THINGS.contains(&stem.unwrap_or(&bare)) && !is_letter && name != "uuid"
}

/// `path` with [`TOKEN`] in place of keys: signed ones anywhere, others behind a word such as `unsubscribe`.
pub(super) fn without_keys(path: &str) -> Option<String> {
    let mut is_behind = false;
    let mut has_changed = false;
    let mut kept = Vec::new();
    for segment in path.split('/') {
        let is_secret = is_signed(segment) || (is_behind && is_secret(segment));
        has_changed |= is_secret;
        kept.push(if is_secret { TOKEN } else { segment });
        is_behind |= is_action(segment);
    }
    has_changed.then(|| kept.join("/"))
}

fn is_action(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase();
    segment.split(['-', '_', '.']).any(|word| ACTIONS.contains(&word)) || segment == "opt-out"
}

/// Whether a segment behind such a word is a key: what would be one elsewhere, a number, or something shorter of the kind.
fn is_secret(segment: &str) -> bool {
    let is_number = segment.len() >= 5 && segment.bytes().all(|byte| byte.is_ascii_digit());
    let mixed = Mix::of(segment);
    is_number
        || is_key(segment)
        || (mixed.longest >= 10 && mixed.breaks >= 3 && mixed.breaks * 4 >= mixed.length)
}

/// A JSON web token, signed or not: two or more parts of base64, of which the first is an object.
fn is_signed(value: &str) -> bool {
    let mut parts = value.split('.');
    parts.next().is_some_and(|head| head.starts_with("eyJ") && head.len() >= 12)
        && parts.next().is_some_and(|body| body.len() >= 8 && is_base64(body))
}

fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'='))
}

/// Whether any part of `value` is a key: its parts are what stands between signs that base64 doesn't have.
fn is_key(value: &str) -> bool {
    let is_sign = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='));
    value.split(is_sign).any(|part| is_guid(part) || is_hex(part) || is_random(part))
        || (value.len() >= 20 && is_base64(value) && is_random(&value.replace(['+', '/'], "-")))
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_guid(part: &str) -> bool {
    let lengths = part.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && part.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// A long hexadecimal number that is not a decimal one. Parts between hyphens count on their own.
fn is_hex(part: &str) -> bool {
    part.split(['-', '_']).any(|run| {
        let letters = run.bytes().filter(|byte| byte.is_ascii_alphabetic()).count();
        run.len() >= 16
            && run.bytes().all(|byte| byte.is_ascii_hexdigit())
            && letters >= 2
            && run.len() - letters >= 3
    })
}

/// A long run that goes from letters to digits and from small letters to capitals more often than names do, and holds few
/// words (`iPhone15ProMax256GB` does the first as well).
fn is_random(part: &str) -> bool {
    if part.len() < 16 {
        return false;
    }
    let mix = Mix::of(part);
    let share = if mix.length >= 24 { 28 } else { 30 };
    mix.length >= 16
        && mix.longest >= 8
        && mix.breaks >= 6
        && mix.breaks * 100 >= mix.length * share
        && mix.words * 2 < mix.length
}

/// How mixed a run is.
#[derive(Default)]
struct Mix {
    /// Letters and digits in it.
    length: usize,
    /// The most that stand together.
    longest: usize,
    /// How often the next of them is of another kind. A capital before small letters begins a word, and is no break.
    breaks: usize,
    /// Letters in what may be words: three or more, small but for the first, with a vowel.
    words: usize,
}

impl Mix {
    fn of(part: &str) -> Mix {
        let mut mix = Mix::default();
        for run in part.split(|c: char| !c.is_ascii_alphanumeric()) {
            mix.length += run.len();
            mix.longest = mix.longest.max(run.len());
            mix.add(run.as_bytes());
        }
        mix
    }

    fn add(&mut self, run: &[u8]) {
        let mut word: &[u8] = &[];
        let mut before: Option<Kind> = None;
        for (at, byte) in run.iter().enumerate() {
            let kind = Kind::of(*byte);
            let begins = before == Some(Kind::Capital) && kind == Kind::Small && word.len() == 1;
            if before == Some(kind) && kind == Kind::Small || begins {
                word = run.get(at - word.len()..=at).unwrap_or_default();
            } else {
                self.words += letters_of_word(word);
                word = run.get(at..=at).filter(|_| kind != Kind::Digit).unwrap_or_default();
            }
            let is_lone = at < 2 || run.get(at - 2).is_none_or(|byte| Kind::of(*byte) != Kind::Capital);
            self.breaks += usize::from(before.is_some_and(|before| before != kind) && !(begins && is_lone));
            before = Some(kind);
        }
        self.words += letters_of_word(word);
    }
}

/// How many letters a word has, if it is one.
fn letters_of_word(word: &[u8]) -> usize {
    let has_vowel = word.iter().any(|byte| b"aeiouy".contains(&byte.to_ascii_lowercase()));
    if has_vowel && word.len() >= 3 { word.len() } else { 0 }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
}

impl Kind {
    fn of(byte: u8) -> Kind {
        match byte {
            b'0'..=b'9' => Kind::Digit,
            b'A'..=b'Z' => Kind::Capital,
            _ => Kind::Small,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_looks() {
        for value in [
            "550e8400-e29b-41d4-a716-446655440000",
            "{550E8400-E29B-41D4-A716-446655440000}",
            "d41d8cd98f00b204e9800998ecf8427e",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "IwAR1x2Yz3AbC4dEf5GhI6jKl7MnO8pQr9StU0vWx",
            "CjwKCAiA9dGqBhAqEiwAmRpTC5hLq0k3B2v7xYz",
            "V1StGXR8_Z5jdHi6B-myT",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
            "p2ANqtz-8gQ7dWx3Kf9LmB0vYc5TzR1nHjUe6SiOaXkPwG4r",
            "k3j5h2k9x8c7v6b5",
            "user:9f86d081884c7d659a2feaa0c55ad015",
        ] {
            assert!(is_value("whatever", value), "{value}");
        }
    }

    #[test]
    fn ordinary_values_are_no_keys() {
        for value in [
            "",
            "1",
            "40123456789012",
            "1730000000000000000",
            "dQw4w9WgXcQ",
            "2026-12-01T10:15:00.000Z",
            "20261201T101500Z",
            "red-running-shoes-for-men-size-42",
            "showAllProductsInThisCategory",
            "iPhone15ProMax256GB",
            "Samsung-Galaxy-S24-Ultra-512GB-Titanium",
            "SKU2024BLKXL00123",
            "B0BSHF7WHW",
            "978-3-16-148410-0",
            "WVWZZZ1JZXW000010",
            "Rechtsschutzversicherungsgesellschaften",
            "5f2a8c1",
            "color:red|size:xl|brand:acme",
            "38eu-39eu-40eu-41eu-42eu",
            "price_asc_then_popularity_desc",
            "1,2,3,4,5,6,7,8,9,10",
            "/docs/2024/Q3Report.pdf",
            "UTF-8",
            "ISO-8859-15",
            "Zürich-Hauptbahnhof",
            "MacBookPro14InchM3Max64GB1TBSpaceBlack",
            "wp-content_uploads_2024_05_report-v2-final",
            "1024x768",
            "lat52.3702157",
            "H1234567890123456",
            "Q1Q2Q3Q4",
            "1a-2b-3c-4d-5e-6f-7g",
        ] {
            assert!(!is_value("whatever", value), "{value}");
        }
    }

    #[test]
    fn ids_of_what_a_site_has_pages_about_stay() {
        for name in ["id", "product", "product_id", "productid", "item[guid]", "commit", "v", "list", "p"] {
            assert!(!is_value(name, "507f1f77bcf86cd799439011"), "{name}");
            assert!(!is_value(name, "550e8400-e29b-41d4-a716-446655440000"), "{name}");
        }
        assert!(!is_value("list", "PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf"));
        assert!(is_value("id", &"9f86d081884c7d65".repeat(4)));
        for name in ["guid", "uuid", "cid", "x", "rid", "invited_by"] {
            assert!(is_value(name, "550e8400-e29b-41d4-a716-446655440000"), "{name}");
        }
    }

    #[test]
    fn paths_lose_keys_behind_words_that_announce_one() {
        for (path, kept) in [
            ("/reset/9f86d081884c7d65", "/reset/[token]"),
            ("/account/reset-password/MTIz/c3xk1p-9f86d081884c7d65", "/account/reset-password/MTIz/[token]"),
            ("/unsubscribe/123456/confirm", "/unsubscribe/[token]/confirm"),
            ("/Unsubscribe/550e8400-e29b-41d4-a716-446655440000", "/Unsubscribe/[token]"),
            ("/nl/afmelden/aB3dE5fG7h", "/nl/afmelden/[token]"),
            ("/s/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x", "/s/[token]"),
        ] {
            assert_eq!(without_keys(path).as_deref(), Some(kept), "{path}");
        }
        for path in [
            "/p/507f1f77bcf86cd799439011",
            "/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
            "/blog/how-to-reset-password/step-2-of-3",
            "/password/generator-2024-edition",
            "/verify/identity/documents",
            "/products/40123456789012",
        ] {
            assert_eq!(without_keys(path), None, "{path}");
        }
    }

    #[test]
    fn at_least_nine_of_ten_random_keys_are_found() {
        const SIGNS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(SIGNS[usize::try_from(state >> 33).unwrap() % SIGNS.len()])
        };
        for length in [20, 24, 32, 43, 64] {
            let found =
                (0..1000).filter(|_| is_value("x", &(0..length).map(|_| next()).collect::<String>())).count();
            assert!(found >= 900, "{found} of {length} signs");
        }
    }
}
