//! Numbers as shops and people write them: `12.50`, `12,50`, `1.299,95`, `€ 1 299,95`, `1'299.95 CHF`, `12,-`.
//!
//! The protocol's own form, with a point for decimals and nothing else, is tried first, so that it always means what it
//! meant. Where a number can be read in two ways (`1,299`), the grouping of thousands wins: a shop that prints its
//! prices with a comma prints two decimals, or none.

/// Words for currencies that are no code of three letters, in lower case.
const WORDS: [&str; 14] =
    ["kr", "kr.", "fr", "fr.", "ft", "kč", "zł", "lv", "лв", "лв.", "р", "р.", "руб.", "rs."];

/// Reads a number; it may be infinite or none (`NaN`), and is for [`super::bounds`] to judge. `None` when `text` is no
/// number: `0x10`, `5 %`, `abc`.
pub(super) fn amount(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().or_else(|| written(text))
}

fn written(text: &str) -> Option<f64> {
    let (is_negative, text) = sign(text);
    let (inner_sign, text) = sign(without_currency(text)?);
    if is_negative && inner_sign {
        return None;
    }
    let value: f64 = decimal(&plain_digits(without_dashes(text)))?.parse().ok()?;
    Some(if is_negative || inner_sign { -value } else { value })
}

/// Whether a minus stands at the beginning, and what follows the sign.
fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `text` without the sign, code or word of a currency before or after the number.
fn without_currency(text: &str) -> Option<&str> {
    let (before, rest) = text.split_at_checked(start(text)?)?;
    let last = rest.rfind(char::is_numeric)?;
    let end = last + rest.get(last..)?.chars().next()?.len_utf8();
    let (number, after) = rest.split_at_checked(end)?;
    let after_dashes = after.trim_start_matches([',', '.', '-', '\u{2013}', '\u{2014}']);
    let is_known = is_currency(before) && is_currency(after_dashes);
    let length = number.len() + after.len() - after_dashes.len();
    is_known.then(|| rest.get(..length)).flatten()
}

/// Where the number begins: with its sign, or with its decimals (`.5`; the point of `Fr.` is no part of it).
fn start(text: &str) -> Option<usize> {
    let head = text.get(..text.find(char::is_numeric)?)?;
    let before = head.strip_suffix(['.', ',']).filter(|before| !before.ends_with(char::is_alphabetic));
    Some(before.unwrap_or(head).trim_end_matches(['-', '\u{2212}']).len())
}

/// Whether a text is nothing, or names a currency.
fn is_currency(text: &str) -> bool {
    let word = text.trim();
    let is_code = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    // Before or after the sign may stand a country: R$, US$.
    let letters = word.trim_matches(is_currency_sign);
    let is_sign = letters.len() < word.len()
        && letters.chars().count() <= 3
        && letters.chars().all(char::is_alphabetic);
    word.is_empty() || is_code || is_sign || WORDS.contains(&word.to_lowercase().as_str())
}

/// Unicode's currency signs, but for a few of single scripts.
fn is_currency_sign(c: char) -> bool {
    matches!(c, '$' | '\u{a2}'..='\u{a5}' | '\u{58f}' | '\u{60b}' | '\u{e3f}' | '\u{20a0}'..='\u{20cf}' | '\u{fdfc}')
        || matches!(c, '\u{ff04}' | '\u{ffe0}' | '\u{ffe1}' | '\u{ffe5}' | '\u{ffe6}')
}

/// `12,-` is 12.
fn without_dashes(text: &str) -> &str {
    let whole = text.trim_end_matches(['-', '\u{2013}', '\u{2014}']);
    if whole.len() == text.len() { text } else { whole.strip_suffix([',', '.']).unwrap_or(text) }
}

/// Digits and separators of other scripts as those of ASCII.
fn plain_digits(text: &str) -> String {
    let digit = |c: char, zero: u32| char::from_digit(u32::from(c).wrapping_sub(zero), 10);
    let plain = |c: char| match c {
        '\u{660}'..='\u{669}' => digit(c, 0x660).unwrap_or(c),
        '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0).unwrap_or(c),
        '\u{ff10}'..='\u{ff19}' => digit(c, 0xff10).unwrap_or(c),
        '\u{66b}' => ',',
        '\u{66c}' | '\u{2019}' | '\u{ff07}' => '\'',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    text.trim().chars().map(plain).collect()
}

/// The number with a point for decimals and nothing between its thousands.
fn decimal(text: &str) -> Option<String> {
    let count = |sign: char| text.matches(sign).count();
    let Some(last) = text.rfind(['.', ',']) else {
        return groups(text, &[' ', '\'']);
    };
    let mark = text.get(last..)?.chars().next()?;
    let other = if mark == '.' { ',' } else { '.' };
    let (whole, fraction) = (text.get(..last)?, text.get(last + 1..)?);
    let is_grouped_otherwise = whole.contains([other, ' ', '\'']);
    let may_group =
        mark == ',' && fraction.len() == 3 && !whole.starts_with('0') && (1..=3).contains(&whole.len());
    let is_decimal = count(mark) == 1 && (is_grouped_otherwise || !may_group);
    if !is_decimal {
        return groups(text, &[mark]);
    }
    let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole = if whole.is_empty() { "0".to_owned() } else { groups(whole, &[other, ' ', '\''])? };
    is_fraction.then(|| format!("{whole}.{fraction}"))
}

/// Digits in groups: all of one separator, the last group of three digits, those before it of two (India) or three.
fn groups(text: &str, separators: &[char]) -> Option<String> {
    let used = separators.iter().find(|sign| text.contains(**sign));
    let parts: Vec<&str> = used.map_or_else(|| vec![text], |sign| text.split(*sign).collect());
    let is_number = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let later = parts.get(1..).unwrap_or_default();
    let is_grouped = later.last().is_none_or(|part| part.len() == 3)
        && later.iter().all(|part| matches!(part.len(), 2 | 3))
        && (later.is_empty() || parts.first().is_some_and(|part| part.len() <= 3));
    (is_number && is_grouped).then(|| parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_shops_write_them() {
        for (written, value) in [
            ("12.50", 12.5),
            ("12,50", 12.5),
            ("12,5", 12.5),
            (",50", 0.5),
            (".5", 0.5),
            ("1299,95", 1299.95),
            ("1.299,95", 1299.95),
            ("1,299.95", 1299.95),
            ("1.234.567,8", 1_234_567.8),
            ("1,299,950", 1_299_950.0),
            ("1.299.950", 1_299_950.0),
            ("1,29,999.50", 129_999.5),
            ("€ 12,50", 12.5),
            ("€12.50", 12.5),
            ("12.50 EUR", 12.5),
            ("12,50\u{a0}€", 12.5),
            ("EUR 1.299,95", 1299.95),
            ("1\u{202f}299,95 €", 1299.95),
            ("1 299 950", 1_299_950.0),
            ("1'299.95", 1299.95),
            ("CHF 1’299.95", 1299.95),
            ("Fr. 12.50", 12.5),
            ("100 kr.", 100.0),
            ("R$ 12,50", 12.5),
            ("US$1,299.95", 1299.95),
            ("12 zł", 12.0),
            ("12,-", 12.0),
            ("€ 12,--", 12.0),
            ("12,– €", 12.0),
            ("-12,50", -12.5),
            ("€ -12,50", -12.5),
            ("-€12.50", -12.5),
            ("\u{2212}5,00 €", -5.0),
            ("+7", 7.0),
            ("١٢٫٥", 12.5),
            ("1e3", 1000.0),
        ] {
            assert_eq!(amount(written), Some(value), "{written}");
        }
    }

    #[test]
    fn what_has_two_meanings_is_a_thousand_after_a_comma_and_none_after_a_point() {
        assert_eq!(amount("1,299"), Some(1299.0));
        assert_eq!(amount("1.299"), Some(1.299));
        assert_eq!(amount("0,299"), Some(0.299));
        assert_eq!(amount("1299,950"), Some(1299.95));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", "€", "abc", "0x10", "5 %", "1.2.3", "1,2,3", "12;50", "1 2", "--5", "12,,5", "v12",
            "1:30",
        ] {
            assert_eq!(amount(text), None, "{text:?}");
        }
        assert_eq!(amount("1e400"), Some(f64::INFINITY));
        assert!(amount("-Infinity").is_some_and(|value| value < 0.0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_number_or_none(text in "[0-9€ .,'\\-a-zA-Z٣%\u{202f}]{0,20}") {
            let names_a_number = text.contains(char::is_numeric) || text.to_lowercase().contains(['n', 'i']);
            proptest::prop_assert!(amount(&text).is_none() || names_a_number);
        }

        #[test]
        fn every_way_to_write_an_amount_means_the_same(whole in 1000u32..100_000_000, cents in 0u32..100) {
            let group = |sign: &str| {
                let digits = whole.to_string();
                let parts = digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap());
                parts.collect::<Vec<_>>().join(sign)
            };
            let value: f64 = format!("{whole}.{cents:02}").parse().unwrap();
            for (grouping, mark) in [(".", ","), (",", "."), (" ", ","), ("'", "."), ("\u{202f}", ","), ("", ",")] {
                let written = format!("€ {}{mark}{cents:02}", group(grouping));
                proptest::prop_assert_eq!(amount(&written), Some(value), "{}", written);
            }
        }
    }
}
