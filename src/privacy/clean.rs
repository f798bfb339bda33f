//! What a visitor's browser may leave in a text field, and nothing more.
//!
//! Titles, addresses of pages, event names, search words: all of it is hostile text, and any of it may hold an
//! e-mail address, the visitor's own network address or a whole user agent by mistake of the site. [`text`] goes over
//! every such field before it is kept. It reads percent-encoding of any depth (`%40`, `%2540`) as what it stands for,
//! works in linear time, and gives the same text when it is applied to its own result.

use std::borrow::Cow;

/// Longest URL or title that is kept, in characters.
pub const URL_CHARS: usize = 1024;
/// Longest other text that is kept, in characters.
pub const TEXT_CHARS: usize = 255;
/// Stands where an e-mail address stood.
pub const EMAIL: &str = "[email]";
/// Stands where an IPv4 or IPv6 address stood, or a number that looks like one.
pub const ADDRESS: &str = "[ip]";
/// Stands where a user agent stood.
pub const AGENT: &str = "[agent]";

/// How a user agent begins; a digit follows. Lower case.
const AGENT_STARTS: [&str; 4] = ["mozilla/", "applewebkit/", "dalvik/", "opera/"];
/// A cut at `max_chars` can make one new address at the very end; after this many rounds nothing can be left of it.
const ROUNDS: usize = 4;
/// Longest name in quotation marks before an e-mail address, in characters.
const LONGEST_NAME: usize = 64;
/// Most bytes between the ampersand of an entity and its semicolon.
const LONGEST_ENTITY: usize = 10;
/// What an encoded byte outside of ASCII counts as: some letter.
const SOME_LETTER: char = 'é';

/// `raw` without outer blanks, or nothing if it says that there is nothing (`undefined`, `null`, `NaN` and the like
/// are what careless scripts send for a missing value).
///
/// ```ignore
/// assert_eq!(given(" News "), Some("News"));
/// assert_eq!(given("undefined"), None);
/// ```
#[must_use]
pub fn given(raw: &str) -> Option<&str> {
    let value = raw.trim();
    let absent = matches!(value, "" | "undefined" | "null" | "(null)" | "NaN" | "[object Object]");
    (!absent).then_some(value)
}

/// `raw` as it may be kept: one trimmed line of at most `max_chars` characters, without control characters, e-mail
/// addresses ([`EMAIL`]), network addresses ([`ADDRESS`]) and user agents ([`AGENT`]).
///
/// Version numbers of four parts look like addresses and are replaced as well: better a label lost than an address
/// kept.
#[must_use]
pub fn text(raw: &str, max_chars: usize) -> String {
    let mut clean = scrub(one_line(raw));
    for _ in 0..ROUNDS {
        // No text has more characters than bytes.
        if clean.len() <= max_chars {
            return clean;
        }
        let Some(end) = clean.char_indices().nth(max_chars).map(|(at, _)| at) else {
            return clean;
        };
        clean.truncate(end);
        clean = scrub(clean.trim_end().to_owned());
    }
    clean.chars().take(max_chars).collect::<String>().trim_end().to_owned()
}

/// A text that people read, as it may be kept: as [`text`], after entities of HTML have become the characters that they
/// stand for, once. Content management systems put them into titles and names, and nobody wants to read `&#39;`.
/// What stands before `=` or a letter without a semicolon (`?a=1&copy=2`) is no entity.
#[must_use]
pub fn shown(raw: &str, max_chars: usize) -> String {
    text(&without_entities(raw), max_chars)
}

/// `raw` with the characters that its entities stand for.
pub fn without_entities(raw: &str) -> Cow<'_, str> {
    match raw.contains('&') {
        true => htmlize::unescape_attribute(raw),
        false => raw.into(),
    }
}

/// `raw` without e-mail addresses, network addresses and user agents, and otherwise as it is: for text that is not read yet,
/// such as a query, where a plus is part of an address before it is a blank.
pub fn scrubbed(raw: &str) -> Cow<'_, str> {
    if is_suspect(raw) { scrub(raw.to_owned()).into() } else { raw.into() }
}

/// Line breaks and tabs become blanks; other control characters and invisible marks go.
fn one_line(raw: &str) -> String {
    if is_plain(raw) {
        return raw.trim().to_owned();
    }
    let blank = |c| {
        if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c }
    };
    let line: String = raw.chars().map(blank).filter(|c| !is_hidden(*c)).collect();
    line.trim().to_owned()
}

/// Characters that a reader cannot see: control characters, marks of direction, zero-width blanks, and what stands where
/// bytes were no text. The two joiners stay, as Persian and emoji need them.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | char::REPLACEMENT_CHARACTER | '\u{e0000}'..='\u{e007f}')
}

/// `raw` without characters that a reader cannot see.
pub(super) fn visible(raw: &str) -> Cow<'_, str> {
    match is_plain(raw) {
        true => raw.into(),
        false => raw.chars().filter(|c| !is_hidden(*c)).collect::<String>().into(),
    }
}

/// Whether there is nothing but letters, digits, signs and blanks of ASCII: most texts need no closer look.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Replaces user agents, then e-mail addresses, then network addresses: in this order none can make another.
fn scrub(line: String) -> String {
    if !is_suspect(&line) {
        return line;
    }
    let without_agents = replace(&line, agents, AGENT);
    let without_emails = replace(&without_agents, emails, EMAIL);
    replace(&without_emails, addresses, ADDRESS)
}

/// Whether a text has the signs without which there is none of the three: what stands before the version in an agent, an
/// at sign, the colons or dots of an address, or percent-encoding, which may hide them.
fn is_suspect(line: &str) -> bool {
    let bytes = line.as_bytes();
    let count = |sign| bytes.iter().filter(|byte| **byte == sign).count();
    let is_agent =
        |three: &[u8]| matches!(three, [b'a' | b'A' | b'k' | b'K' | b't' | b'T', b'/', b'0'..=b'9']);
    bytes.iter().any(|byte| matches!(byte, b'%' | b'@'))
        || line.contains(|c: char| !c.is_ascii() && narrow(c).is_ascii())
        || bytes.windows(2).any(|two| matches!(two, [b'&', b'#' | b'c' | b'C' | b'p' | b'P']))
        || count(b':') > 1
        || count(b'.') > 2
        || bytes.windows(3).any(is_agent)
}

/// `line` with every range that `find` gives (in units, ascending, apart) replaced by `marker`.
fn replace(line: &str, find: impl Fn(&[Unit]) -> Vec<Span>, marker: &str) -> String {
    let units = units(line);
    let mut out = String::with_capacity(line.len());
    let mut kept_to = 0;
    for Span { from, to } in find(&units) {
        let start = units.get(from).map_or(line.len(), |unit| unit.start);
        let end = units.get(to).map_or(line.len(), |unit| unit.start);
        out.push_str(line.get(kept_to..start).unwrap_or_default());
        out.push_str(marker);
        kept_to = end;
    }
    out.push_str(line.get(kept_to..).unwrap_or_default());
    out
}

/// One character as it is read: `a`, `%61`, `%2561`, `&#97;` and a wide `ａ` are all `a`.
struct Unit {
    /// Where it begins in the text, in bytes.
    start: usize,
    /// What it stands for.
    read_as: char,
}

/// A range of units, its end excluded.
struct Span {
    from: usize,
    to: usize,
}

/// The text as units.
fn units(line: &str) -> Vec<Unit> {
    let bytes = line.as_bytes();
    let mut units = Vec::with_capacity(line.len());
    let mut skip_to = 0;
    for (start, c) in line.char_indices() {
        if start < skip_to {
            continue;
        }
        let encoded = match c {
            '%' => decode(bytes, start),
            '&' => entity(line, start),
            _ => None,
        };
        let (read_as, end) = encoded.unwrap_or((c, start + c.len_utf8()));
        units.push(Unit { start, read_as: narrow(read_as) });
        skip_to = end;
    }
    units
}

/// The character that the percent sign at `at` begins, and where it ends; percent signs may be encoded themselves,
/// any number of times. What is no character counts byte by byte.
fn decode(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let (first, end) = decode_byte(bytes, at)?;
    let length = match first {
        0..=0x7f => return Some((char::from(first), end)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((SOME_LETTER, end)),
    };
    let (mut sequence, mut last) = ([first, 0, 0, 0], end);
    for byte in sequence.iter_mut().take(length).skip(1) {
        let Some((next, end)) = decode_byte(bytes, last) else {
            return Some((SOME_LETTER, end));
        };
        (*byte, last) = (next, end);
    }
    let read = sequence.get(..length).and_then(|sequence| std::str::from_utf8(sequence).ok());
    Some(read.and_then(|text| text.chars().next()).map_or((SOME_LETTER, end), |c| (c, last)))
}

/// The byte that the percent sign at `at` begins, and where it ends.
fn decode_byte(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    if bytes.get(at) != Some(&b'%') {
        return None;
    }
    let mut digits = at + 1;
    let mut value = hex_pair(bytes, digits)?;
    while value == b'%' {
        let Some(inner) = hex_pair(bytes, digits + 2) else {
            break;
        };
        value = inner;
        digits += 2;
    }
    Some((value, digits + 2))
}

/// The character that the ampersand at `at` begins as an entity of HTML, and where it ends: by number, or one of those
/// that stand in addresses.
fn entity(line: &str, at: usize) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 4] = [("commat", '@'), ("period", '.'), ("colon", ':'), ("plus", '+')];
    let rest = line.get(at + 1..)?;
    let inside = rest.as_bytes().iter().take(LONGEST_ENTITY).position(|byte| *byte == b';')?;
    let name = rest.get(..inside)?.to_ascii_lowercase();
    let read_as = match name.strip_prefix('#') {
        Some(number) => char::from_u32(match number.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        })?,
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((read_as, at + 1 + inside + 1))
}

/// `raw` with the entities of visible ASCII undone that are written by number, as templates do in addresses.
pub fn without_numbered_entities(raw: &str) -> Cow<'_, str> {
    if !raw.contains("&#") {
        return raw.into();
    }
    let mut out = String::with_capacity(raw.len());
    let mut kept_to = 0;
    for (at, _) in raw.match_indices("&#") {
        if let Some((c, end)) = entity(raw, at).filter(|(c, _)| c.is_ascii_graphic()) {
            out.push_str(raw.get(kept_to..at).unwrap_or_default());
            out.push(c);
            kept_to = end;
        }
    }
    out.push_str(raw.get(kept_to..).unwrap_or_default());
    out.into()
}

/// Wide forms of ASCII, and other signs that are typed for one of it, as that.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '﹫' => '@',
        '。' | '｡' | '․' | '﹒' => '.',
        '﹕' => ':',
        '﹢' => '+',
        _ => c,
    }
}

/// The byte that two hexadecimal digits at `at` stand for.
fn hex_pair(bytes: &[u8], at: usize) -> Option<u8> {
    let high = char::from(*bytes.get(at)?).to_digit(16)?;
    let low = char::from(*bytes.get(at + 1)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// User agents: from where one begins to the end of the text, or of the query parameter that it stands in.
fn agents(units: &[Unit]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = 0;
    while from < units.len() {
        if !AGENT_STARTS.iter().any(|start| agent_starts(units, from, start)) {
            from += 1;
            continue;
        }
        let rest = units.get(from..).unwrap_or_default();
        let length = rest.iter().position(|unit| unit.read_as == '&').unwrap_or(rest.len());
        spans.push(Span { from, to: from + length });
        from += length;
    }
    spans
}

/// Whether `start` and a digit stand at `from`.
fn agent_starts(units: &[Unit], from: usize, start: &str) -> bool {
    let mut rest = units.get(from..).unwrap_or_default().iter();
    start.chars().all(|c| rest.next().is_some_and(|unit| unit.read_as.to_ascii_lowercase() == c))
        && rest.next().is_some_and(|unit| unit.read_as.is_ascii_digit())
}

/// E-mail addresses: a local part, an at sign, a domain. The domain needs no dot (`jan@localhost`), but a letter or
/// four numbers, so that `react@18.2.0` stays.
fn emails(units: &[Unit]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut local = 0; // where the run of local-part characters before `at` begins
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        let end = if is_at(unit.read_as) && local < at { domains_end(units, at + 1) } else { None };
        if let Some(to) = end {
            let after = spans.last().map_or(0, |span: &Span| span.to);
            spans.push(Span { from: with_name(units, after, local), to });
            (local, at) = (to, to);
            continue;
        }
        if is_at(unit.read_as) && local == at {
            // `"jan de vries"@example.org`
            let after = spans.last().map_or(0, |span: &Span| span.to);
            let quoted = quoted_before(units, after, at).zip(domains_end(units, at + 1));
            if let Some((from, to)) = quoted {
                spans.push(Span { from, to });
                (local, at) = (to, to);
                continue;
            }
        }
        at += 1;
        if !is_local(unit.read_as) {
            local = at;
        }
    }
    spans
}

/// Where an e-mail address begins whose local part begins at `local`: with the name in quotation marks before it, as in
/// `"Jan de Vries" <jan@example.org>`. Nothing before `after` is looked at.
fn with_name(units: &[Unit], after: usize, local: usize) -> usize {
    let is = |at: usize, c: char| units.get(at).is_some_and(|unit| unit.read_as == c);
    let Some(bracket) = local.checked_sub(1).filter(|at| *at >= after && is(*at, '<')) else {
        return local;
    };
    let mut end = bracket;
    while end > after && units.get(end - 1).is_some_and(|unit| matches!(unit.read_as, ' ' | '+')) {
        end -= 1;
    }
    quoted_before(units, after, end).unwrap_or(local)
}

/// Where the text in quotation marks begins that ends before `end`.
fn quoted_before(units: &[Unit], after: usize, end: usize) -> Option<usize> {
    let mark = |at: usize| units.get(at).is_some_and(|unit| unit.read_as == '"');
    let closing = end.checked_sub(1).filter(|at| *at >= after && mark(*at))?;
    let least = after.max(closing.saturating_sub(LONGEST_NAME));
    (least..closing).rev().find(|at| mark(*at))
}

/// The at sign.
fn is_at(c: char) -> bool {
    c == '@'
}

/// What may stand before an at sign. Signs that separate parts of a URL are left out.
fn is_local(c: char) -> bool {
    is_letter(c)
        || c.is_ascii_digit()
        || matches!(c, '.' | '_' | '+' | '-' | '\'' | '~' | '!' | '$' | '*' | '`')
}

/// Letters, digits of other scripts, and the marks inside of their words.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && !c.is_whitespace() && !is_at(c))
}

/// Where the last of several domains ends that follow one another as in `jan@e.nljan@e.nl`.
fn domains_end(units: &[Unit], from: usize) -> Option<usize> {
    let mut end = domain_end(units, from)?;
    while units.get(end).is_some_and(|unit| is_at(unit.read_as)) {
        match domain_end(units, end + 1) {
            Some(next) => end = next,
            None => break,
        }
    }
    Some(end)
}

/// Where the domain that begins at `from` ends, if one does.
fn domain_end(units: &[Unit], from: usize) -> Option<usize> {
    let rest = units.get(from..)?;
    let in_domain = |c: char| is_letter(c) || c.is_ascii_digit() || matches!(c, '.' | '-');
    let run = rest.iter().position(|unit| !in_domain(unit.read_as)).unwrap_or(rest.len());
    let domain = rest.get(..run)?;
    let length = domain.iter().rposition(|unit| !matches!(unit.read_as, '.' | '-'))? + 1;
    let named = domain.iter().any(|unit| is_letter(unit.read_as));
    (named || is_dotted(domain)).then_some(from + length)
}

/// Network addresses, found in runs of hexadecimal digits, colons and dots.
fn addresses(units: &[Unit]) -> Vec<Span> {
    let in_run = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    runs(units, 0, in_run).into_iter().flat_map(|run| addresses_in(units, run)).collect()
}

/// The longest ranges of units of which each satisfies `within`; `offset` is added to the positions.
fn runs(units: &[Unit], offset: usize, within: impl Fn(char) -> bool) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = None;
    for (at, unit) in units.iter().enumerate() {
        if within(unit.read_as) {
            from = from.or(Some(at));
        } else if let Some(start) = from.take() {
            spans.push(Span { from: start + offset, to: at + offset });
        }
    }
    spans.extend(from.map(|start| Span { from: start + offset, to: units.len() + offset }));
    spans
}

/// The addresses in one run: the whole run if it is an IPv6 address (or a hardware address), otherwise its parts of
/// four or more numbers.
fn addresses_in(units: &[Unit], run: Span) -> Vec<Span> {
    let within = units.get(run.from..run.to).unwrap_or_default();
    let numbers = runs(within, run.from, |c| c.is_ascii_digit() || c == '.');
    let dotted: Vec<Span> = numbers.into_iter().filter_map(|part| trim_dots(units, part)).collect();
    // The dot of an extension is none of the address.
    let run = Span { to: run.to - within.iter().rev().take_while(|unit| unit.read_as == '.').count(), ..run };
    let within = units.get(run.from..run.to).unwrap_or_default();
    if !has_groups(within) {
        return dotted;
    }
    let letter_at =
        |at: Option<usize>| at.and_then(|at| units.get(at)).is_some_and(|u| u.read_as.is_alphanumeric());
    let word = letter_at(run.from.checked_sub(1)) || letter_at(Some(run.to));
    let is_kept = word && dotted.is_empty() && !stands_out(within);
    if is_kept { Vec::new() } else { vec![run] }
}

/// Whether what has the signs of an address has more of them than two names with colons between (`vec1::new`, `a::b`):
/// three groups with a digit, or one of four signs with a digit, as all addresses but a machine's own begin with.
fn stands_out(run: &[Unit]) -> bool {
    let groups = run.split(|unit| !unit.read_as.is_ascii_hexdigit());
    let filled: Vec<&[Unit]> = groups.filter(|group| !group.is_empty()).collect();
    let has_digit = |group: &[Unit]| group.iter().any(|unit| unit.read_as.is_ascii_digit());
    let is_long = |group: &&[Unit]| group.len() >= 4 && has_digit(group);
    filled.len() >= 2
        && (filled.iter().any(is_long) || (filled.len() >= 3 && filled.iter().any(|group| has_digit(group))))
}

/// `part` without the dots around it, if it holds four numbers or more.
fn trim_dots(units: &[Unit], part: Span) -> Option<Span> {
    let within = units.get(part.from..part.to)?;
    let first = within.iter().position(|unit| unit.read_as != '.')?;
    let last = within.iter().rposition(|unit| unit.read_as != '.')?;
    is_dotted(within).then_some(Span { from: part.from + first, to: part.from + last + 1 })
}

/// Four or more numbers with one dot between them.
fn is_dotted(units: &[Unit]) -> bool {
    let mut numbers = 0;
    let mut before = '.';
    for unit in units {
        let c = unit.read_as;
        let restart = !(c.is_ascii_digit() || c == '.') || (c == '.' && before == '.');
        if restart {
            numbers = 0;
        } else if c.is_ascii_digit() && !before.is_ascii_digit() {
            numbers += 1;
        }
        if numbers >= 4 {
            return true;
        }
        before = c;
    }
    false
}

/// The signs of an IPv6 address: two colons together, or six groups; and a digit at all.
fn has_groups(run: &[Unit]) -> bool {
    let is_colon = |unit: &Unit| unit.read_as == ':';
    let pair = run.windows(2).any(|two| two.iter().all(is_colon));
    let digit = run.iter().any(|unit| unit.read_as.is_ascii_hexdigit());
    digit && (pair || run.iter().filter(|unit| is_colon(unit)).count() >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn short(raw: &str) -> String {
        text(raw, TEXT_CHARS)
    }

    #[test]
    fn ordinary_text_stays() {
        for plain in [
            "Home",
            "Grüße aus Köln – 50 % off!",
            "react@18.2.0",
            "std::vec::Vec in Rust",
            "Follow @footfall @ home",
            "Meeting 12:30:45 on 2026-11-22T10:30:00",
            "v1.2.3",
            "Price 3.50 / 4.20",
            "a%20b%2Fc%",
            "Mozilla Foundation",
            "p::before and a:hover",
            "vec1::new and x1::y2z",
            "Q&A; R&D &copy; 2024",
            "Tom &amp; Jerry &#8211; 1",
            "he said \"hi\" <b>",
            "全角ＡＢＣ：１２。",
            "👩\u{200d}💻",
        ] {
            assert_eq!(short(plain), plain);
        }
    }

    #[test]
    fn entities_are_read_once_and_before_cleaning() {
        for (raw, clean) in [
            ("John&#39;s books", "John's books"),
            ("Tom &amp; Jerry &ndash; &quot;best&quot;", "Tom & Jerry – \"best\""),
            ("caf&eacute; &#x20AC;5", "café €5"),
            ("a &amp;lt; b", "a &lt; b"),
            ("1 &lt 2", "1 < 2"),
            ("a&#0;b&#x1F;c&#8238;d&#127;", "abcd"),
            ("jan&#64;b.example", EMAIL),
            ("jan&commat;b&period;example", EMAIL),
            ("at 203&#46;0&#46;113&#46;7", "at [ip]"),
            ("?a=1&copy=2&lang=en", "?a=1&copy=2&lang=en"),
            ("AT&T, R&D & more", "AT&T, R&D & more"),
            ("&nosuchname; &#xZZ; &", "&nosuchname; &#xZZ; &"),
        ] {
            assert_eq!(shown(raw, TEXT_CHARS), clean, "{raw}");
        }
    }

    #[test]
    fn emails_go() {
        for (raw, clean) in [
            ("jan@example.com", "[email]"),
            ("Mail jan.de-vries+news@mail.example.co.uk.", "Mail [email]."),
            ("/u/jan%40example.com/edit", "/u/[email]/edit"),
            ("/?q=jan%2540example.com&p=2", "/?q=[email]&p=2"),
            ("/?q=jan%2Bnews%252540example%2Ecom&p=2", "/?q=[email]&p=2"),
            ("j%C3%A9r%C3%B4me@ex%C3%A4mple.de", "[email]"),
            ("jérôme@exämple.de, 用户@例子.中国", "[email], [email]"),
            ("x=https%3A%2F%2Fe.org%2F%3Fm%3Djan%40e.org", "x=https%3A%2F%2Fe.org%2F%3Fm%3D[email]"),
            ("<jan@localhost>", "<[email]>"),
            ("jan＠example.com", "[email]"),
            ("jan@1.2.3.4", "[email]"),
            ("jan@\u{200b}example.com", "[email]"),
            ("a@b.nl@c.nl", "[email]"),
            ("jan@x.nljan@x.nl +@x.nl", "[email] [email]"),
            ("/?ref=jan+news@x.example", "/?ref=[email]"),
            ("/?ref=jan%2Bnews%40x.example", "/?ref=[email]"),
            ("jan%EF%BC%A0x.example", "[email]"),
            ("jan%25EF%25BC%25A0x.example", "[email]"),
            ("jan%EF%B9%ABx.example", "[email]"),
            ("ｊａｎ＠ｘ．ｅｘａｍｐｌｅ", "[email]"),
            ("jan@x。example", "[email]"),
            ("jan&#64;x.example and jan&#x40;x.example", "[email] and [email]"),
            ("jan&commat;x&period;example", "[email]"),
            ("jan&#064;x.example", "[email]"),
            ("mail \"Jan de Vries\" <jan@x.example>", "mail [email]>"),
            ("%22Jan+de+Vries%22+%3Cjan%40x.example%3E", "[email]%3E"),
            ("\"jan de vries\"@x.example", "[email]"),
        ] {
            assert_eq!(short(raw), clean, "{raw}");
        }
    }

    #[test]
    fn addresses_go() {
        for (raw, clean) in [
            ("Your address is 203.0.113.9.", "Your address is [ip]."),
            ("ip=203.0.113.9:8080", "ip=[ip]:8080"),
            ("203%2E0%2E113%2E9", "[ip]"),
            ("v1.2.3.4-beta", "v[ip]-beta"),
            ("2001:db8::7334", "[ip]"),
            ("[2001:db8:85a3:0:0:8a2e:370:7334]:80", "[[ip]]:80"),
            ("2001%3Adb8%3A%3A1", "[ip]"),
            ("2001%253Adb8%253A%253A1", "[ip]"),
            ("::ffff:203.0.113.9", "[ip]"),
            ("net 2001:db8:1:: seen", "net [ip] seen"),
            ("00:1B:44:11:3a:B7", "[ip]"),
            ("/fe80::1abc.html", "/[ip].html"),
            ("x2001:db8::1", "x[ip]"),
            ("2001:db8::1x", "[ip]x"),
            ("[2001:db8::1].png", "[[ip]].png"),
            ("2001:db8:85a3::8a2e:370:7334.jpeg", "[ip].jpeg"),
            ("ip2a02:a450:1:2::3end", "ip[ip]nd"),
            ("２０３．０．１１３．９", "[ip]"),
            ("203&#46;0&#46;113&#46;9", "[ip]"),
        ] {
            assert_eq!(short(raw), clean, "{raw}");
        }
    }

    #[test]
    fn agents_go() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0";
        assert_eq!(short(&format!("seen by {agent}")), "seen by [agent]");
        assert_eq!(short("/?ua=Mozilla%2F5.0%20(X11%3B%20Linux)+Gecko&b=1"), "/?ua=[agent]&b=1");
        assert_eq!(short("dalvik/2.1.0 (Linux; U)"), "[agent]");
    }

    #[test]
    fn one_line_of_limited_length() {
        assert_eq!(short("  a\u{0}\u{7}\nb\u{202e}\t "), "a b");
        assert_eq!(short("Caf\u{fffd} in town \u{fffd}"), "Caf in town");
        assert_eq!(text("ääää", 3), "äää");
        assert_eq!(text("ab cd", 3), "ab");
        assert_eq!(text("see jan@example.com", 8), "see [ema");
        assert_eq!(text("anything", 0), "");
    }

    #[test]
    fn values_that_say_nothing_are_absent() {
        for nothing in ["", "  ", "undefined", "null", "NaN", " [object Object]\n"] {
            assert_eq!(given(nothing), None);
        }
        assert_eq!(given(" nil "), Some("nil"));
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        for piece in ["a@", "%25", "1.2.3.", "::a", "mozilla/", "@a.", "a.b-"] {
            assert!(text(&piece.repeat(200_000), URL_CHARS).chars().count() <= URL_CHARS);
        }
    }

    /// Texts of the pieces that matter, so that they meet in every order.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "z",
            "1",
            "23",
            ".",
            ":",
            "::",
            "@",
            "%40",
            "%2540",
            "%25",
            "%3A",
            "%2E",
            "+",
            "-",
            " ",
            "\n",
            "é",
            "&",
            "/",
            "Mozilla/5.0 (",
            "1.2.3.4",
            "fe80::1",
            "jan@x.nl",
            "[ip]",
            "[email]",
            "＠",
            "%",
            "\u{200b}",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|all| all.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn cleaning_twice_changes_nothing(raw in prop_oneof![pieces(), any::<String>()], max in 0_usize..60) {
            let once = text(&raw, max);
            prop_assert!(once.chars().count() <= max);
            prop_assert!(!once.chars().any(is_hidden));
            prop_assert_eq!(text(&once, max), once);
        }

        #[test]
        fn what_is_not_suspect_is_clean(raw in prop_oneof![pieces(), any::<String>()]) {
            let found = |find: fn(&[Unit]) -> Vec<Span>| !find(&units(&raw)).is_empty();
            prop_assert!(is_suspect(&raw) || !(found(agents) || found(emails) || found(addresses)));
        }

        #[test]
        fn no_email_survives(
            before in pieces(),
            name in "[a-z0-9._+-]{1,12}",
            sign in "@|%40|%2540|%252540",
            domain in "[a-z]{1,10}\\.(com|nl|co\\.uk)",
        ) {
            let clean = text(&format!("{before} {name}{sign}{domain} after"), URL_CHARS);
            let left = format!("{sign}{domain}");
            prop_assert!(!clean.contains(&left), "{}", clean);
        }

        #[test]
        fn no_address_survives(before in pieces(), v4: std::net::Ipv4Addr, v6: std::net::Ipv6Addr) {
            let clean = text(&format!("{before} {v4} {v6} after"), URL_CHARS);
            prop_assert!(!clean.contains(&v4.to_string()));
            prop_assert!(v6.segments().starts_with(&[0; 6]) || !clean.contains(&v6.to_string()), "{}", clean);
        }
    }
}
