//! A user agent, reduced to browser, operating system and kind of device.
//!
//! Client hints count before the user agent, which browsers freeze more and more; our own table of today's browsers comes
//! next, and woothee, whose data ends in 2021, knows the old and the rare ones. Nothing finer than a major version is
//! kept: full versions and models are what fingerprints are made of.
//!
//! An iPad whose browser asks for desktop pages (as Safari does by default) sends the user agent of a Mac and no hints.
//! It cannot be told apart, and is counted as a Mac.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::Deserialize;
use woothee::parser::Parser;

mod kind;

/// What stands where nothing is known.
pub const UNKNOWN: &str = "Unknown";
/// How many devices are remembered.
const REMEMBERED: usize = 10_000;
/// Longest major version that is kept, in digits: more is no version.
const DIGITS: usize = 4;

/// A kind of device. The numbers are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DeviceKind {
    /// None of the others, or not known.
    #[default]
    Other = 0,
    /// A computer with a desktop or on a lap.
    Desktop = 1,
    /// A telephone.
    Smartphone = 2,
    /// A tablet or an e-reader.
    Tablet = 3,
    /// A television, or a box beside it.
    Tv = 4,
    /// A game console, in hand or not.
    Console = 5,
    /// A watch or glasses.
    Wearable = 6,
}

impl DeviceKind {
    /// All kinds, by number.
    const ALL: [DeviceKind; 7] = [
        DeviceKind::Other,
        DeviceKind::Desktop,
        DeviceKind::Smartphone,
        DeviceKind::Tablet,
        DeviceKind::Tv,
        DeviceKind::Console,
        DeviceKind::Wearable,
    ];

    /// The number that is stored.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<DeviceKind> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Other => "other",
            DeviceKind::Desktop => "desktop",
            DeviceKind::Smartphone => "smartphone",
            DeviceKind::Tablet => "tablet",
            DeviceKind::Tv => "tv",
            DeviceKind::Console => "console",
            DeviceKind::Wearable => "wearable",
        }
    }
}

/// What is kept of a user agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Family of the browser, [`UNKNOWN`] if not known.
    pub browser: String,
    /// Its major version; empty if not known.
    pub browser_version: String,
    /// Family of the operating system, [`UNKNOWN`] if not known.
    pub os: String,
    /// Its version, by the number or name that people use (`11`, `10.15`, `XP`); empty if not known.
    pub os_version: String,
    /// The kind of device.
    pub kind: DeviceKind,
}

/// Client hints as they were sent.
#[derive(Debug, Clone, Copy, Default, Hash)]
pub struct Hints<'a> {
    /// JSON of `navigator.userAgentData`, as Matomo's parameter `uadata` has it.
    pub uadata_json: Option<&'a str>,
    /// The header `Sec-CH-UA`.
    pub sec_ch_ua: Option<&'a str>,
    /// The header `Sec-CH-UA-Platform`.
    pub sec_ch_ua_platform: Option<&'a str>,
    /// The header `Sec-CH-UA-Mobile`.
    pub sec_ch_ua_mobile: Option<&'a str>,
}

/// Devices by a keyed hash of what they were told by; the text itself is not remembered.
pub struct DeviceCache {
    devices: Cache<u64, Arc<Device>>,
    hasher: RandomState,
}

impl Default for DeviceCache {
    fn default() -> DeviceCache {
        DeviceCache { devices: Cache::new(REMEMBERED), hasher: RandomState::new() }
    }
}

impl DeviceCache {
    /// As [`classify`].
    #[must_use]
    pub fn classify(&self, agent: &str, hints: &Hints) -> Arc<Device> {
        let key = self.hasher.hash_one((agent, hints));
        if let Some(device) = self.devices.get(&key) {
            return device;
        }
        let device = Arc::new(classify(agent, hints));
        self.devices.insert(key, Arc::clone(&device));
        device
    }
}

/// The device that `agent` and `hints` tell of.
#[must_use]
pub fn classify(agent: &str, hints: &Hints) -> Device {
    let hinted = Hinted::read(hints);
    let old = Parser::new().parse(agent);
    let (browser, browser_version) = hinted
        .browser(agent)
        .or_else(|| browser(agent))
        .or_else(|| old.as_ref().and_then(|old| named(old.name, old.version)))
        .or_else(|| hinted.chromium())
        .unwrap_or_else(unknown);
    let (os, os_version) = hinted
        .os(agent)
        .or_else(|| os(agent))
        .or_else(|| old.as_ref().and_then(|old| named(old.os, &old.os_version)))
        .unwrap_or_else(unknown);
    let kind = hinted.form.unwrap_or_else(|| kind::of(agent, &os, hinted.mobile));
    Device { browser, browser_version, os, os_version, kind }
}

/// A name and a version.
type Named = (String, String);

fn unknown() -> Named {
    (UNKNOWN.to_owned(), String::new())
}

/// What woothee found, if it did.
fn named(name: &str, version: &str) -> Option<Named> {
    (!name.is_empty() && name != "UNKNOWN").then(|| (name.to_owned(), major(version)))
}

/// The number that `version` begins with.
fn major(version: &str) -> String {
    let digits: String = version.chars().take_while(char::is_ascii_digit).take(DIGITS + 1).collect();
    if digits.len() > DIGITS { String::new() } else { digits }
}

/// The first two numbers of `version`.
fn major_minor(version: &str) -> String {
    let mut numbers = version.split(['.', '_']).map(major).take_while(|number| !number.is_empty());
    match (numbers.next(), numbers.next()) {
        (Some(first), Some(second)) => format!("{first}.{second}"),
        (first, _) => first.unwrap_or_default(),
    }
}

/// What stands after `sign` in `agent`, if it is there.
fn after<'a>(agent: &'a str, sign: &str) -> Option<&'a str> {
    agent.split_once(sign).map(|(_, rest)| rest)
}

/// Apps that show pages inside of themselves: they say so themselves, whatever engine they use. Sign and name.
const APPS: &[(&str, &str)] = &[
    ("FBAV/", "Facebook"),
    ("FBAN/", "Facebook"),
    ("FB_IAB/", "Facebook"),
    ("Instagram ", "Instagram"),
    ("Barcelona ", "Threads"),
    ("WhatsApp/", "WhatsApp"),
    ("LinkedInApp", "LinkedIn"),
    ("Snapchat/", "Snapchat"),
    ("Snapchat ", "Snapchat"),
    ("[Pinterest/", "Pinterest"),
    ("Pinterest/", "Pinterest"),
    ("musical_ly_", "TikTok"),
    ("BytedanceWebview/", "TikTok"),
    ("trill_", "TikTok"),
    ("Twitter for ", "Twitter"),
    ("MicroMessenger/", "WeChat"),
    (" Line/", "LINE"),
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(inapp", "Naver"),
    ("Teams/", "Teams"),
    ("Slack/", "Slack"),
    ("GSA/", "Google Search App"),
    ("Telegram-Android/", "Telegram"),
];

/// Browsers by their sign. Those that also carry the sign of another come before it.
const BROWSERS: &[(&str, &str)] = &[
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPRGX/", "Opera GX"),
    ("Opera Mini/", "Opera Mini"),
    ("OPiOS/", "Opera Mini"),
    ("OPT/", "Opera"),
    ("OPX/", "Opera GX"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("YaSearchBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("UCBrowser/", "UC Browser"),
    ("UBrowser/", "UC Browser"),
    ("UCWEB/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("ArkWeb/", "Huawei Browser"),
    ("MiuiBrowser/", "MIUI Browser"),
    ("HeyTapBrowser/", "HeyTap Browser"),
    ("VivoBrowser/", "Vivo Browser"),
    ("Silk/", "Silk"),
    ("Whale/", "Whale"),
    ("MQQBrowser/", "QQ Browser"),
    ("QQBrowser/", "QQ Browser"),
    ("360SE", "360 Browser"),
    ("QihooBrowser/", "360 Browser"),
    ("Quark/", "Quark"),
    ("baiduboxapp/", "Baidu"),
    ("Puffin/", "Puffin"),
    ("coc_coc_browser/", "Coc Coc"),
    ("FocusiOS/", "Firefox Focus"),
    ("Focus/", "Firefox Focus"),
    ("Klar/", "Firefox Focus"),
    ("FxiOS/", "Firefox"),
    ("Brave/", "Brave"),
    ("Ecosia ", "Ecosia"),
    ("Avast/", "Avast Secure Browser"),
    ("AVG/", "AVG Secure Browser"),
    ("Norton/", "Norton Private Browser"),
    ("CCleaner/", "CCleaner Browser"),
    ("Maxthon/", "Maxthon"),
    ("Sleipnir/", "Sleipnir"),
    ("PaleMoon/", "Pale Moon"),
    ("SeaMonkey/", "SeaMonkey"),
    ("Waterfox/", "Waterfox"),
    ("Epiphany/", "GNOME Web"),
    ("Falkon/", "Falkon"),
    ("Konqueror/", "Konqueror"),
    ("Electron/", "Electron"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
];

/// The browser by our own table.
fn browser(agent: &str) -> Option<Named> {
    let listed = app(agent).or_else(|| find(agent, BROWSERS));
    listed.or_else(|| explorer(agent)).or_else(|| engine(agent))
}

/// The app that shows the page, if one does.
fn app(agent: &str) -> Option<Named> {
    find(agent, APPS)
}

fn find(agent: &str, table: &[(&str, &str)]) -> Option<Named> {
    table.iter().find_map(|(sign, name)| after(agent, sign).map(|rest| ((*name).to_owned(), major(rest))))
}

/// Internet Explorer, whose last version hides its name.
fn explorer(agent: &str) -> Option<Named> {
    let version = match after(agent, "Trident/") {
        Some(rest) => after(rest, "rv:").or_else(|| after(agent, "MSIE "))?,
        None => after(agent, "MSIE ").filter(|_| !agent.contains("Opera"))?,
    };
    Some(("Internet Explorer".to_owned(), major(version)))
}

/// Browsers that carry no sign but that of their engine. Televisions and old telephones are left to woothee's table
/// unless they name Chrome.
fn engine(agent: &str) -> Option<Named> {
    if let Some(rest) = after(agent, "Chrome/") {
        let webview = agent.contains("; wv)") || agent.contains("Version/4.0 Chrome/");
        return Some((if webview { "Chrome Webview" } else { "Chrome" }.to_owned(), major(rest)));
    }
    if !agent.contains("AppleWebKit/") || agent.contains("Android") {
        return None;
    }
    let apple = agent.contains("Mac OS X") || agent.contains("iPhone");
    match after(agent, "Version/") {
        Some(rest) if agent.contains("Safari/") && apple => Some(("Safari".to_owned(), major(rest))),
        None if apple && agent.contains("Mobile/") => Some(("iOS Webview".to_owned(), String::new())),
        _ => None,
    }
}

/// Systems by their sign, without a version that says anything. Those that also carry the sign of another come first.
const SYSTEMS: &[(&str, &str)] = &[
    ("KAIOS", "KaiOS"),
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("webOS", "webOS"),
    ("Roku", "Roku OS"),
    ("PlayStation", "PlayStation"),
    ("PLAYSTATION", "PlayStation"),
    ("Nintendo", "Nintendo"),
    ("Xbox", "Xbox"),
    ("BB10", "BlackBerry"),
    ("BlackBerry", "BlackBerry"),
    ("CrOS", "Chrome OS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("NetBSD", "NetBSD"),
    ("Linux", "GNU/Linux"),
    ("X11", "Unix"),
];

/// Windows by the version of its kernel.
const WINDOWS: &[(&str, &str)] = &[
    ("10.0", "10"),
    ("6.4", "10"),
    ("6.3", "8.1"),
    ("6.2", "8"),
    ("6.1", "7"),
    ("6.0", "Vista"),
    ("5.2", "XP"),
    ("5.1", "XP"),
    ("5.0", "2000"),
];

/// The operating system by our own table.
fn os(agent: &str) -> Option<Named> {
    let with = |name: &str, version: String| Some((name.to_owned(), version));
    if let Some(rest) = after(agent, "HarmonyOS").or_else(|| after(agent, "OpenHarmony")) {
        return with("HarmonyOS", major(rest.trim_start_matches([' ', '/'])));
    }
    if let Some(rest) = after(agent, "Windows Phone") {
        return with("Windows Phone", major(rest.trim_start_matches(" OS").trim_start()));
    }
    if agent.contains("AppleTV") || agent.contains("Apple TV") {
        return with("tvOS", String::new());
    }
    if ["iPhone", "iPad", "iPod"].iter().any(|name| agent.contains(name)) {
        return with("iOS", after(agent, " OS ").map(major).unwrap_or_default());
    }
    let early = SYSTEMS.iter().take(9).find(|(sign, _)| agent.contains(sign));
    if let Some((_, name)) = early {
        return with(name, String::new());
    }
    if let Some(rest) = after(agent, "Android") {
        return with("Android", major(rest.trim_start_matches([' ', '-', '/'])));
    }
    if let Some(rest) = after(agent, "Windows NT ") {
        let known = WINDOWS.iter().find(|(kernel, _)| rest.starts_with(kernel));
        return with("Windows", known.map(|(_, version)| (*version).to_owned()).unwrap_or_default());
    }
    if let Some(rest) = after(agent, "Mac OS X") {
        return with("Mac", mac(rest.trim_start()));
    }
    let listed = SYSTEMS.iter().find(|(sign, _)| agent.contains(sign));
    listed.and_then(|(_, name)| with(name, String::new()))
}

/// The version of a Mac: `10.15` (at which user agents stand still), but `11` and not `11.2`.
fn mac(version: &str) -> String {
    if version.starts_with("10") { major_minor(version) } else { major(version) }
}

/// Brands of client hints that we call otherwise, or that say more than the user agent. Chrome and Chromium are
/// missing: under their brand, the user agent may say more.
const BRANDS: &[(&str, &str)] = &[
    ("Microsoft Edge", "Edge"),
    ("Microsoft Edge WebView2", "Edge Webview"),
    ("Opera", "Opera"),
    ("Opera GX", "Opera GX"),
    ("OperaMobile", "Opera"),
    ("Brave", "Brave"),
    ("Vivaldi", "Vivaldi"),
    ("YaBrowser", "Yandex Browser"),
    ("Yandex", "Yandex Browser"),
    ("Samsung Internet", "Samsung Internet"),
    ("DuckDuckGo", "DuckDuckGo"),
    ("Android WebView", "Chrome Webview"),
    ("Whale", "Whale"),
    ("Ecosia", "Ecosia"),
    ("Avast Secure Browser", "Avast Secure Browser"),
    ("AVG Secure Browser", "AVG Secure Browser"),
    ("Norton Private Browser", "Norton Private Browser"),
    ("CCleaner Browser", "CCleaner Browser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Miui Browser", "MIUI Browser"),
    ("Silk", "Silk"),
    ("Arc", "Arc"),
    ("Meta Quest Browser", "Meta Quest Browser"),
    ("Oculus Browser", "Meta Quest Browser"),
    ("ChatGPT Atlas", "ChatGPT Atlas"),
    ("Comet", "Comet"),
    ("Perplexity", "Comet"),
];

/// `navigator.userAgentData`, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UaData {
    brands: Option<Vec<Brand>>,
    full_version_list: Option<Vec<Brand>>,
    mobile: Option<bool>,
    platform: Option<String>,
    platform_version: Option<String>,
    form_factors: Option<Vec<String>>,
}

/// A brand and its version.
#[derive(Debug, Deserialize)]
struct Brand {
    brand: String,
    version: String,
}

/// What the client hints say.
#[derive(Debug, Default)]
struct Hinted {
    brands: Vec<Brand>,
    platform: String,
    platform_version: String,
    mobile: Option<bool>,
    form: Option<DeviceKind>,
}

impl Hinted {
    /// Reads the JSON, and the headers where it says nothing. What cannot be read says nothing.
    fn read(hints: &Hints) -> Hinted {
        let data: UaData =
            hints.uadata_json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let listed = data.full_version_list.or(data.brands).filter(|brands| !brands.is_empty());
        let platform =
            data.platform.or_else(|| hints.sec_ch_ua_platform.map(str::to_owned)).unwrap_or_default();
        let mobile = hints.sec_ch_ua_mobile.and_then(|text| match text.trim() {
            "?1" => Some(true),
            "?0" => Some(false),
            _ => None,
        });
        Hinted {
            brands: listed.unwrap_or_else(|| brands(hints.sec_ch_ua.unwrap_or_default())),
            platform: platform.trim().trim_matches('"').to_owned(),
            platform_version: data.platform_version.unwrap_or_default(),
            mobile: data.mobile.or(mobile),
            form: data.form_factors.iter().flatten().find_map(|form| form_factor(form)),
        }
    }

    /// The browser, unless it is an app or the hints say no more than the user agent.
    fn browser(&self, agent: &str) -> Option<Named> {
        let listed = |brand: &Brand| {
            let (_, name) = BRANDS.iter().find(|(known, _)| *known == brand.brand)?;
            Some(((*name).to_owned(), major(&brand.version)))
        };
        app(agent).or_else(|| self.brands.iter().find_map(listed))
    }

    /// Chrome or Chromium, where the user agent says nothing at all.
    fn chromium(&self) -> Option<Named> {
        let version = |name: &str| {
            self.brands.iter().find(|brand| brand.brand == name).map(|brand| major(&brand.version))
        };
        let chrome = version("Google Chrome").or_else(|| version("HeadlessChrome"));
        chrome
            .map(|version| ("Chrome".to_owned(), version))
            .or_else(|| Some(("Chromium".to_owned(), version("Chromium")?)))
    }

    /// The operating system; with the version of the user agent if the hints have none.
    fn os(&self, agent: &str) -> Option<Named> {
        let name = match self.platform.as_str() {
            "Windows" => "Windows",
            "macOS" | "Mac OS X" => "Mac",
            "Linux" => "GNU/Linux",
            "Chrome OS" | "Chromium OS" => "Chrome OS",
            "Android" => "Android",
            "iOS" => "iOS",
            "HarmonyOS" => "HarmonyOS",
            _ => return None,
        };
        let told = os(agent);
        // Systems made from Android or Linux name these as their platform.
        if matches!(name, "Android" | "GNU/Linux") && told.as_ref().is_some_and(|(told, _)| told != name) {
            return told;
        }
        let by_agent = told.filter(|(told, _)| told == name).map(|(_, version)| version);
        let version = self.os_version(name).or(by_agent).unwrap_or_default();
        Some((name.to_owned(), version))
    }

    /// The version of the system called `name`, where the hints tell it.
    fn os_version(&self, name: &str) -> Option<String> {
        let number = major(&self.platform_version);
        match (name, number.parse::<u32>().ok()?) {
            // Windows counts the versions of an interface: 13 and above are Windows 11, 1 to 10 are Windows 10.
            ("Windows", 13..) => Some("11".to_owned()),
            ("Windows", 1..=12) => Some("10".to_owned()),
            ("Windows", 0) => match major_minor(&self.platform_version).as_str() {
                "0.1" => Some("7".to_owned()),
                "0.2" => Some("8".to_owned()),
                "0.3" => Some("8.1".to_owned()),
                _ => None,
            },
            ("Mac", _) => Some(mac(&self.platform_version)),
            ("Android" | "iOS" | "HarmonyOS", _) => Some(number),
            _ => None,
        }
    }
}

/// The brands in a header such as `"Chromium";v="142", "Not_A Brand";v="99"`.
fn brands(header: &str) -> Vec<Brand> {
    let mut brands = Vec::new();
    let mut parts = header.split('"');
    // Between the quotes: before the name, the name, `;v=`, the version, and so on.
    while let (Some(_), Some(brand), Some(_), Some(version)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        brands.push(Brand { brand: brand.to_owned(), version: version.to_owned() });
    }
    brands
}

/// The kind that a form factor of the client hints stands for.
fn form_factor(form: &str) -> Option<DeviceKind> {
    match form {
        "Desktop" => Some(DeviceKind::Desktop),
        "Mobile" => Some(DeviceKind::Smartphone),
        "Tablet" | "EInk" => Some(DeviceKind::Tablet),
        "TV" => Some(DeviceKind::Tv),
        "Watch" | "XR" => Some(DeviceKind::Wearable),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
