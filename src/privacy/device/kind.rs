//! The kind of device: what it says itself, then what it runs.
//!
//! Browsers on Android say `Mobile` on telephones only: that is Google's convention. Apps send the agent of the system
//! (`Dalvik/...`) or of their HTTP library, which never says it: those are telephones unless they name a tablet.

use super::DeviceKind;

/// Signs of a television or a box beside it, wherever they stand.
const TVS: &[&str] = &[
    "SMART-TV",
    "SmartTV",
    "Smart-TV",
    "Smart TV",
    "SMART TV",
    "smarttv",
    "SmartHub",
    "HbbTV",
    "HBBTV",
    "AppleTV",
    "Apple TV",
    "GoogleTV",
    "Google TV",
    "Android TV",
    "AndroidTV",
    "BRAVIA",
    "CrKey",
    "NetCast",
    "Web0S",
    "webOS.TV",
    "Roku",
    "Opera TV",
    "OTV-",
    "Chromecast",
    "SHIELD Android",
    " TV Safari",
    "NETTV",
    "VIDAA",
    "TiVoOS",
    "TiVo",
    "OMI/",
    "Model/Vestel",
    "CE-HTML",
    "Espial",
    "BrightSign",
    "AQUOS",
    "MiTV",
    "MITV",
    "MiBOX",
    "MIBOX",
    "Nexus Player",
    "Freebox",
    "Fire TV",
    "LG Browser/",
    "InettvBrowser",
    "Kepler/",
    "InfiNet",
    "FVC/",
    "TVBox",
    "TV Box",
    "TV BOX",
    "TVBOX",
    "Hisense-MT",
    "Xiaomi TV",
    "MediaBox",
    "Streaming Stick",
    "TV Stick",
    "WebAppManager",
    "SonyCEBrowser",
    "Philips TV",
    "PhilipsTV",
];
/// Words of televisions and boxes that telephones which receive television carry in their names as well.
const TV_WORDS: &[&str] = &[
    "TV",
    "ATV",
    "DTV",
    "STB",
    "VIERA",
    "Viera",
    "ADT",
    "Maple2011",
    "Maple2012",
    "SetTopBox",
    "BOX",
    "Box",
];
/// Signs of a game console.
const CONSOLES: &[&str] = &["PlayStation", "PLAYSTATION", "Nintendo", "Xbox", "Steam Deck"];
/// Signs of what is worn.
const WEARABLES: &[&str] = &["Watch", "SM-R8", "SM-R9", "OculusBrowser", "Quest "];
/// Signs of a tablet.
const TABLETS: &[&str] = &["iPad", "Tablet", "Kindle", "PlayBook", "Silk/", "KF"];
/// How the models of tablets are called, in lower case, by words and beginnings of words.
const TABLET_WORDS: &[&str] = &["tablet", "tab", "pad", "xoom", "slate"];
const TABLET_ENDS: &[&str] = &["pad", "tab", "tablet"];
const TABLET_MODELS: &[&str] = &[
    "sm-t",
    "sm-x",
    "sm-p",
    "gt-p",
    "gt-n80",
    "gt-n51",
    "nexus 7",
    "nexus 9",
    "nexus 10",
    "pixel c ",
    "kf",
    "tb-",
    "tb3",
    "lenovo tb",
    "ideatab",
    "mediapad",
    "matepad",
    "lg-v",
    "mid",
    "p-tab",
    "transformer",
    "iconia",
    "a1-8",
    "b1-7",
    "b3-a",
];

/// The kind of device of an agent, given its system and what client hints say of `mobile`.
pub(super) fn of(agent: &str, os: &str, mobile: Option<bool>) -> DeviceKind {
    let says = |signs: &[&str]| signs.iter().any(|sign| agent.contains(sign));
    let is_mobile = mobile.unwrap_or_else(|| says(&["Mobile", "Mobi ", "Phone", "Opera Mini"]));
    if says(CONSOLES) {
        return DeviceKind::Console;
    }
    if says(TVS) || words(agent).any(|word| is_fire_tv(word) || (!is_mobile && TV_WORDS.contains(&word))) {
        return DeviceKind::Tv;
    }
    if says(WEARABLES) {
        return DeviceKind::Wearable;
    }
    match os {
        "iOS" if agent.contains("iPad") => DeviceKind::Tablet,
        "iOS" | "KaiOS" | "Windows Phone" | "BlackBerry" => DeviceKind::Smartphone,
        "tvOS" | "webOS" | "Roku OS" => DeviceKind::Tv,
        "Android" | "HarmonyOS" | "Tizen" if is_mobile && !agent.contains("iPad") => DeviceKind::Smartphone,
        "Android" | "HarmonyOS" if is_app(agent) && !is_tablet(agent) => DeviceKind::Smartphone,
        "Android" | "HarmonyOS" => DeviceKind::Tablet,
        "Tizen" => DeviceKind::Tv,
        "GNU/Linux" if says(TABLETS) => DeviceKind::Tablet,
        "GNU/Linux" if is_mobile => DeviceKind::Smartphone,
        "Windows" | "Mac" | "GNU/Linux" | "Chrome OS" | "Unix" | "FreeBSD" | "OpenBSD" | "NetBSD" => {
            DeviceKind::Desktop
        }
        "Windows XP" | "Windows 98" | "Mac OS Classic" | "BSD" | "Linux" => DeviceKind::Desktop,
        _ if is_mobile => DeviceKind::Smartphone,
        _ => DeviceKind::Other,
    }
}

/// Whether no browser speaks: the system or a library of an app does.
fn is_app(agent: &str) -> bool {
    !["AppleWebKit", "Gecko", "Presto", "Chrome/"].iter().any(|engine| agent.contains(engine))
}

/// Whether it is a model of Amazon's sticks and televisions, such as `AFTKA`.
fn is_fire_tv(word: &str) -> bool {
    word.strip_prefix("AFT").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Whether an app names a tablet as the model of its device.
fn is_tablet(agent: &str) -> bool {
    let lower = agent.to_ascii_lowercase();
    let model = lower.split_once("android").map_or(lower.as_str(), |(_, rest)| rest);
    let model = model.split_once(" build/").map_or(model, |(model, _)| model);
    let begins = |sign: &&str| {
        model.match_indices(*sign).any(|(at, _)| {
            model
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_none_or(|last| !last.is_ascii_alphanumeric())
        })
    };
    words(model).any(|word| {
        let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
        TABLET_WORDS.contains(&name) || TABLET_ENDS.iter().any(|end| name.ends_with(end))
    }) || TABLET_MODELS.iter().any(begins)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}
