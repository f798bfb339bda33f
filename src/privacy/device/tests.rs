//! User agents as real browsers send them.

use super::*;

fn shown(device: &Device) -> String {
    let Device { browser, browser_version, os, os_version, kind } = device;
    format!("{browser} {browser_version} / {os} {os_version} / {}", kind.as_str())
}

fn agent(agent: &str) -> String {
    shown(&classify(agent, &Hints::default()))
}

const WINDOWS_CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

#[test]
fn desktop_browsers() {
    let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
    for (tail, browser) in [
        ("Chrome/142.0.0.0 Safari/537.36", "Chrome 142"),
        ("HeadlessChrome/120.0.6099.28 Safari/537.36", "Chrome 120"),
        ("Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge 141"),
        ("Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "Edge 18"),
        ("Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera 124"),
        ("Chrome/134.0.0.0 Safari/537.36 Vivaldi/7.3.3635.9", "Vivaldi 7"),
        ("Chrome/138.0.0.0 YaBrowser/25.8.0.0 Safari/537.36", "Yandex Browser 25"),
        ("Chrome/132.0.0.0 Whale/4.30.291.11 Safari/537.36", "Whale 4"),
        ("Chrome/128.0.0.0 Safari/537.36 Avast/128.0.0.0", "Avast Secure Browser 128"),
        ("Slack/4.41.105 Chrome/130.0.6723.137 Electron/33.2.1 Safari/537.36", "Slack 4"),
        ("obsidian/1.7.7 Chrome/128.0.6613.186 Electron/32.2.5 Safari/537.36", "Electron 32"),
    ] {
        assert_eq!(agent(&format!("{windows} {tail}")), format!("{browser} / Windows 10 / desktop"));
    }
}

#[test]
fn desktop_systems() {
    for (text, expected) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Firefox 144 / Windows 10 / desktop",
        ),
        (
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Internet Explorer 11 / Windows 7 / desktop",
        ),
        (
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
            "Internet Explorer 8 / Windows XP / desktop",
        ),
        (
            "Mozilla/5.0 (Windows NT 6.3; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
            "Firefox 115 / Windows 8.1 / desktop",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Safari 18 / Mac 10.15 / desktop",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Firefox 144 / Mac 10.15 / desktop",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 11_2_3) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0.4389.90 Safari/537.36",
            "Chrome 89 / Mac 11 / desktop",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15 Ddg/18.3",
            "DuckDuckGo 18 / Mac 10.15 / desktop",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox 140 / GNU/Linux  / desktop",
        ),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Firefox 133 / GNU/Linux  / desktop",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15 Epiphany/605.1.15",
            "GNOME Web 605 / GNU/Linux  / desktop",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            "Chrome 141 / Chrome OS  / desktop",
        ),
        (
            "Mozilla/5.0 (X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Firefox 128 / FreeBSD  / desktop",
        ),
        (
            "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
            "Opera 12 / Windows 7 / desktop",
        ),
        ("", "Unknown  / Unknown  / other"),
        ("something else", "Unknown  / Unknown  / other"),
    ] {
        assert_eq!(agent(text), expected, "{text}");
    }
}

#[test]
fn telephones_and_tablets() {
    for (text, expected) in [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari 18 / iOS 18 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
            "Chrome 141 / iOS 18 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/143.0 Mobile/15E148 Safari/605.1.15",
            "Firefox 143 / iOS 18 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/131.0.2903.92 Mobile/15E148 Safari/604.1",
            "Edge 131 / iOS 17 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) OPT/5.2.2 Mobile/15E148",
            "Opera 5 / iOS 17 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FocusiOS/110.0 Mobile/15E148",
            "Firefox Focus 110 / iOS 16 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
            "DuckDuckGo 7 / iOS 17 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/520.0.0.38.101;FBDV/iPhone14,7]",
            "Facebook 520 / iOS 18 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 384.0.0.28.89 (iPhone14,5)",
            "Instagram 384 / iOS 18 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "iOS Webview  / iOS 18 / smartphone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
            "Safari 17 / iOS 17 / tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome 142 / Android 10 / smartphone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Chrome 142 / Android 10 / tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet 28 / Android 10 / smartphone",
        ),
        (
            "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
            "Firefox 144 / Android 15 / smartphone",
        ),
        (
            "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0",
            "Firefox 140 / Android 14 / tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36 EdgA/138.0.0.0",
            "Edge 138 / Android 10 / smartphone",
        ),
        (
            "Mozilla/5.0 (Linux; U; Android 13; en-US; RMX3261 Build/TP1A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.7.8.1325 Mobile Safari/537.36",
            "UC Browser 13 / Android 13 / smartphone",
        ),
        (
            "Mozilla/5.0 (Linux; U; Android 12; nl-nl; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.10.0-gn",
            "MIUI Browser 14 / Android 12 / smartphone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00; HMSCore 6.12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.88 HuaweiBrowser/14.0.5.302 Mobile Safari/537.36",
            "Huawei Browser 14 / HarmonyOS  / smartphone",
        ),
        (
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile",
            "Huawei Browser 4 / HarmonyOS 5 / smartphone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/128.3.1 like Chrome/128.0.6613.187 Safari/537.36",
            "Silk 128 / Android 11 / tablet",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.7339.51 Mobile Safari/537.36",
            "Chrome Webview 140 / Android 15 / smartphone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/444.0.0.35.117;]",
            "Facebook 444 / Android 13 / smartphone",
        ),
        (
            "Opera/9.80 (Android; Opera Mini/36.2.2254/191.249; U; en) Presto/2.12.423 Version/12.16",
            "Opera Mini 36 / Android  / smartphone",
        ),
        (
            "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
            "Firefox 48 / KaiOS  / smartphone",
        ),
        ("WhatsApp/2.24.20.89 A", "WhatsApp 2 / Unknown  / other"),
    ] {
        assert_eq!(agent(text), expected, "{text}");
    }
}

#[test]
fn apps_of_android_are_telephones_unless_they_name_a_tablet() {
    for (model, kind) in [
        ("Pixel 8", DeviceKind::Smartphone),
        ("CPH2557", DeviceKind::Smartphone),
        ("SM-S921B", DeviceKind::Smartphone),
        ("CUBOT X30", DeviceKind::Smartphone),
        ("SM-T870", DeviceKind::Tablet),
        ("SM-X200", DeviceKind::Tablet),
        ("Nexus 10", DeviceKind::Tablet),
        ("KFTRWI", DeviceKind::Tablet),
        ("Pixel Tablet", DeviceKind::Tablet),
        ("Redmi Pad SE", DeviceKind::Tablet),
        ("Lenovo TB-X606F", DeviceKind::Tablet),
        ("Xiaomi Pad 6", DeviceKind::Tablet),
        ("BRAVIA 4K VH2", DeviceKind::Tv),
        ("AFTKA", DeviceKind::Tv),
        ("MiTV-AFKR0", DeviceKind::Tv),
        ("Smart TV Pro", DeviceKind::Tv),
    ] {
        for agent in [
            format!("Dalvik/2.1.0 (Linux; U; Android 14; {model} Build/UP1A.231005.007)"),
            format!("Shop/4.1 (Linux; Android 14; {model}) okhttp/4.12.0"),
        ] {
            assert_eq!(classify(&agent, &Hints::default()).kind, kind, "{agent}");
        }
    }
}

#[test]
fn televisions_are_told_by_their_signs_whatever_system_they_name() {
    for agent in [
        "Mozilla/5.0 (Linux ) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.128 Safari/537.36 OPR/46.0.2207.0 OMI/4.23.2.96.LIMA2.117 Model/Vestel-MB181 VSTVB MB100 TiVoOS/1.0.0 (Vestel MB181 TiVo)",
        "Mozilla/5.0 (Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.140 Safari/537.36 OPR/46.0.2207.0 OMI/4.21.4.112.Catcher4.66 Model/Hisense-MT9602 VIDAA/5.0(SCHNEIDER)",
        "Opera/9.80 NETTV/4.5.0 Mozilla/5.0 (Linux armv7i; U; en) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.75 Safari/537.36",
        "Mozilla/5.0 (DTV) AppleWebKit/531.2+ (KHTML, like Gecko) Espial/6.0.4",
        "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000",
        "Mozilla/5.0 (Linux; Android 12; Xiaomi TV Stick 4K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
        "Roku4640X/DVP-7.70 (297.70E04154A)",
    ] {
        assert_eq!(classify(agent, &Hints::default()).kind, DeviceKind::Tv, "{agent}");
    }
    let phone = "Mozilla/5.0 (Linux; Android 7.0; myA8 DTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.62 Mobile Safari/537.36";
    assert_eq!(classify(phone, &Hints::default()).kind, DeviceKind::Smartphone);
}

#[test]
fn televisions_consoles_and_wearables() {
    for (text, os, kind) in [
        (
            "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
            "Tizen",
            DeviceKind::Tv,
        ),
        (
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
            "webOS",
            DeviceKind::Tv,
        ),
        (
            "Mozilla/5.0 (Linux; Android 9; AFTKA) AppleWebKit/537.36 (KHTML, like Gecko) Silk/112.2.1 like Chrome/112.0 Safari/537.36",
            "Android",
            DeviceKind::Tv,
        ),
        (
            "Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0 Safari/537.36",
            "Android",
            DeviceKind::Tv,
        ),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
            "PlayStation",
            DeviceKind::Console,
        ),
        (
            "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/606.4 (KHTML, like Gecko) NF/6.0.1.15.4 NintendoBrowser/5.1.0.20393",
            "Nintendo",
            DeviceKind::Console,
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0",
            "Xbox",
            DeviceKind::Console,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/33.0.0 Chrome/126.0 VR Safari/537.36",
            "GNU/Linux",
            DeviceKind::Wearable,
        ),
    ] {
        let device = classify(text, &Hints::default());
        assert_eq!((device.os.as_str(), device.kind), (os, kind), "{text}");
    }
}

#[test]
fn headers_say_more() {
    let brave = Hints {
        sec_ch_ua: Some(r#""Chromium";v="142", "Brave";v="142", "Not_A Brand";v="99""#),
        sec_ch_ua_platform: Some("\"Windows\""),
        sec_ch_ua_mobile: Some("?0"),
        ..Hints::default()
    };
    assert_eq!(shown(&classify(WINDOWS_CHROME, &brave)), "Brave 142 / Windows 10 / desktop");
    let mobile =
        Hints { sec_ch_ua_platform: Some("\"Android\""), sec_ch_ua_mobile: Some("?1"), ..Hints::default() };
    assert_eq!(shown(&classify("Opaque", &mobile)), "Unknown  / Android  / smartphone");
    let only =
        Hints { sec_ch_ua: Some(r#""Google Chrome";v="141", "Chromium";v="141""#), ..Hints::default() };
    assert_eq!(classify("Opaque", &only).browser, "Chrome");
}

#[test]
fn json_says_most() {
    let json = r#"{"fullVersionList":[{"brand":"Chromium","version":"142.0.7444.60"},{"brand":"Google Chrome","version":"142.0.7444.60"}],
        "mobile":false,"model":"","platform":"Windows","platformVersion":"19.0.0","formFactors":["Desktop"]}"#;
    let hints = Hints { uadata_json: Some(json), ..Hints::default() };
    assert_eq!(shown(&classify(WINDOWS_CHROME, &hints)), "Chrome 142 / Windows 11 / desktop");
    let tablet =
        r#"{"platform":"Android","platformVersion":"14.0.0","formFactors":["Tablet"],"mobile":false}"#;
    let hints = Hints { uadata_json: Some(tablet), ..Hints::default() };
    assert_eq!(shown(&classify(WINDOWS_CHROME, &hints)), "Chrome 142 / Windows 10 / tablet");
    let mac = r#"{"platform":"macOS","platformVersion":"15.6.1"}"#;
    let hints = Hints { uadata_json: Some(mac), ..Hints::default() };
    assert_eq!(classify(WINDOWS_CHROME, &hints).os_version, "15");
    for broken in ["{}", "[", "null", "{\"brands\":{}}", "{\"mobile\":\"x\"}"] {
        let hints = Hints { uadata_json: Some(broken), ..Hints::default() };
        assert_eq!(shown(&classify(WINDOWS_CHROME, &hints)), "Chrome 142 / Windows 10 / desktop");
    }
}

#[test]
fn the_cache_answers_alike() {
    let cache = DeviceCache::default();
    let brave = Hints { sec_ch_ua: Some("\"Brave\";v=\"1\""), ..Hints::default() };
    for _ in 0..2 {
        assert_eq!(
            *cache.classify(WINDOWS_CHROME, &Hints::default()),
            classify(WINDOWS_CHROME, &Hints::default())
        );
        assert_eq!(cache.classify(WINDOWS_CHROME, &brave).browser, "Brave");
    }
}

#[test]
fn kinds_have_stable_numbers() {
    for (number, kind) in (0..).zip(DeviceKind::ALL) {
        assert_eq!(kind.number(), number);
        assert_eq!(DeviceKind::from_number(number), Some(kind));
    }
}

#[test]
fn versions_are_short() {
    assert_eq!(major("120.0.1"), "120");
    assert_eq!(major("1234567"), "");
    assert_eq!(major_minor("10_15_7"), "10.15");
    assert_eq!(
        agent("Mozilla/5.0 (X11; Linux x86_64) Firefox/99999999999999999999"),
        "Firefox  / GNU/Linux  / desktop"
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_taken(agent in "(Mozilla/5.0 \\()?[ -~é\"]{0,120}", json in "[ -~]{0,60}") {
        let hints = Hints { uadata_json: Some(&json), sec_ch_ua: Some(&agent), ..Hints::default() };
        let device = classify(&agent, &hints);
        proptest::prop_assert!(!device.browser.is_empty() && device.browser_version.len() <= DIGITS);
    }
}
