//! What a user agent is made of: whether a browser sends it, on what, and which parts of it only describe the device.
//!
//! Makers call their telephones Spider, Discovery or Cubot, and televisions list their middleware. The parts in brackets
//! that describe a device are therefore left out before anybody looks for a robot's name, unless such a part holds a sign
//! of a robot itself: an address of a page or of mail, `compatible;`, or a product that ends in bot.

use std::borrow::Cow;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

/// Who shows the page. A pattern that counts in one of these counts in all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// No browser, as far as one can see.
    Outside,
    /// A browser on a computer.
    Computer,
    /// A browser on a telephone, a tablet or a television.
    Phone,
    /// An app: what stands at the end is its name.
    App,
}

/// A user agent, taken apart.
pub struct Parts<'a> {
    /// Who shows the page.
    pub shape: Shape,
    /// The agent without what describes its device.
    pub text: Cow<'a, [u8]>,
    /// Whether it has a sign of a robot that no browser has.
    pub is_signed: bool,
}

/// What only browsers, and the systems that speak for apps, say of themselves.
const ENGINES: &str = r"\b(?:AppleWebKit|Gecko|Trident|Presto|Goanna|KHTML|Dalvik|CFNetwork|Profile/MIDP|Configuration/CLDC|NETTV|HbbTV)\b|\bMSIE \d|Linux; (?:U; )?Android";
/// What a part in brackets says that describes a device with a model.
const MODELS: &str = r"Android|\bAdr |TV|Tizen|Web0S|Linux (?:arm|mips|sh4)|Mobile|Phone OS|SAMSUNG|[Bb]ada/|BREW|KAIOS|CE-HTML|\d{3}dpi|HarmonyOS|BlackBerry|Symbian|MeeGo|DRM|PalmOS|webOS|PlayStation|\bMRE\b";
/// What a telephone or a television says outside of brackets.
const PHONES: &str = r"\bMobile\b|Profile/MIDP|Configuration/CLDC|NETTV|HbbTV|SmartTV|SMART-TV|Android";
/// What apps that show pages say of themselves.
const APPS: &str = r"; wv\)|Electron/|MicroMessenger/|\[FB|Instagram|\bCFNetwork/|\bDalvik/";
/// What a part in brackets holds that describes a robot after all.
const ROBOT_PARTS: &str = r"(?i)https?:|www\.|\w@[a-z]|(?:bot|spider|crawl|crawler)[\w.-]*/v?\d|-google/\d";
/// Signs of a robot that no browser has.
const SIGNS: &str = r"(?i)https?://|www\.|\w@[a-z][\w-]+\.|like Gecko; *[a-z]";
/// How robots begin what they say of themselves, and the word after it.
const COMPATIBLE: &str = r"(?i)[(;] *compatible[;,]\W*(\w*)";
/// Words after `compatible` that browsers have there: Internet Explorer, Outlook, Konqueror, old televisions.
const BROWSERS: [&str; 6] = ["msie", "ms", "konqueror", "linux", "u", "antgalio"];

/// Takes user agents apart.
pub struct Shapes {
    engines: Regex,
    models: Regex,
    phones: Regex,
    apps: Regex,
    robot_parts: Regex,
    signs: Regex,
    compatible: Regex,
}

impl Shapes {
    /// Reads the patterns of this module.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn new() -> Result<Shapes, regex::Error> {
        let read = |pattern: &str| RegexBuilder::new(pattern).unicode(false).build();
        Ok(Shapes {
            engines: read(ENGINES)?,
            models: read(MODELS)?,
            phones: read(PHONES)?,
            apps: read(APPS)?,
            robot_parts: read(ROBOT_PARTS)?,
            signs: read(SIGNS)?,
            compatible: read(COMPATIBLE)?,
        })
    }

    /// Takes `agent` apart. What is no browser's stays whole.
    pub fn take_apart<'a>(&self, agent: &'a str) -> Parts<'a> {
        let bytes = agent.as_bytes();
        if !self.engines.is_match(bytes) {
            return Parts { shape: Shape::Outside, text: Cow::Borrowed(bytes), is_signed: false };
        }
        let mut text = Vec::with_capacity(bytes.len());
        let (mut is_phone, mut is_signed) = (false, false);
        for part in outer_parts(bytes) {
            let is_device = part.first().is_some_and(|first| is_open(*first)) && self.models.is_match(part);
            is_phone |= is_device;
            let is_robot = is_device && (self.robot_parts.is_match(part) || self.is_compatible(part));
            is_signed |= is_robot;
            text.extend_from_slice(if is_device && !is_robot { b"( " } else { part });
        }
        is_signed |= self.signs.is_match(&text) || self.is_compatible(&text);
        let shape = if self.apps.is_match(bytes) || is_apple_app(agent) {
            Shape::App
        } else if is_phone || self.phones.is_match(&text) {
            Shape::Phone
        } else {
            Shape::Computer
        };
        Parts { shape, text: Cow::Owned(text), is_signed }
    }

    /// Whether it says `compatible;` as robots do.
    fn is_compatible(&self, text: &[u8]) -> bool {
        self.compatible.captures_iter(text).any(|found| {
            let word = found.get(1).map_or(&b""[..], |word| word.as_bytes());
            !BROWSERS.iter().any(|browser| word.eq_ignore_ascii_case(browser.as_bytes()))
        })
    }
}

/// Whether an app shows the page with the engine of an iPhone or iPad: Safari's own agent ends with its name.
fn is_apple_app(agent: &str) -> bool {
    ["iPhone", "iPad", "iPod"].iter().any(|name| agent.contains(name))
        && !agent.rsplit(' ').next().is_some_and(|last| last.starts_with("Safari/"))
}

fn is_open(byte: u8) -> bool {
    matches!(byte, b'(' | b'[')
}

/// The text cut before and after each outermost part in brackets, which may hold others. One that is not closed reaches
/// to the end.
fn outer_parts(text: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0_usize, 0_usize);
    for (at, byte) in text.iter().enumerate() {
        let cut = match byte {
            b'(' | b'[' => {
                depth += 1;
                (depth == 1).then_some(at)
            }
            b')' | b']' if depth > 0 => {
                depth -= 1;
                (depth == 0).then_some(at + 1)
            }
            _ => None,
        };
        if let Some(end) = cut {
            parts.extend(text.get(start..end).filter(|part| !part.is_empty()));
            start = end;
        }
    }
    parts.extend(text.get(start..).filter(|part| !part.is_empty()));
    parts
}
