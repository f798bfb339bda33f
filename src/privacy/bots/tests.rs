//! Verdicts over made-up lists, the list of the build, and agents as they are sent.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::*;

const LITTLE: &str = r#"{
    "sources": [{"name": "made-up", "version": "1.0.0", "license": "MIT"}],
    "crawlers": [
        {"pattern": "Exampler\\/", "counts": "phone"},
        {"pattern": "\\bCased\\b", "counts": "phone"},
        {"pattern": "Feedbot", "counts": "app"}
    ],
    "tools": [{"pattern": "ShellLib", "counts": "outside"}],
    "general": [
        {"pattern": "crawl", "counts": "app"},
        {"pattern": "catch", "counts": "computer"},
        {"pattern": "^[\\w\\-]+/[\\w]+$", "counts": "computer"}
    ],
    "beside": [{"pattern": "scan", "counts": "app", "not_after": ["cam"], "not_before": [" me"]}],
    "mail_proxies": ["mailproxy"]
}"#;

const BROWSERS: [&str; 28] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 YaBrowser/25.8.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/143.0 Mobile/15E148 Safari/605.1.15",
    "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
    "Mozilla/5.0 (Linux; Android 4.1.1; HTC Butterfly Build/JRO03C) AppleWebKit/535.19 (KHTML, like Gecko) Chrome/18.0.1025.166 Mobile Safari/535.19",
    "Mozilla/5.0 (Linux; U; Android 2.3;en-us; ViewSonic-ViewPad7e build/ERE27) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
    "Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/520.0.0.38.101;FBBV/756351453;FBDV/iPhone14,7]",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.7339.51 Mobile Safari/537.36 Instagram 395.0.0.43.88 Android",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
    "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
    "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.41.105 Chrome/128.0.6613.186 Electron/32.2.1 Safari/537.36",
];

/// The list that the build made, or nothing on a machine where it has not run.
fn built() -> Option<BotList> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/bots.json");
    match fs::read_to_string(&path) {
        Ok(json) => Some(BotList::parse(&json).unwrap()),
        Err(_) => {
            println!("skipped: no {}", path.display());
            None
        }
    }
}

#[test]
fn a_little_list_is_read_and_obeyed() {
    let list = BotList::parse(LITTLE).unwrap();
    assert_eq!(list.sources()[0].name, "made-up");
    for (agent, verdict) in [
        ("", Agent::Empty),
        (" \t \n", Agent::Empty),
        ("Moz", Agent::Empty),
        ("Exampler/1.0 (x)", Agent::Bot),
        ("exampler/1.0 (x)", Agent::Person),
        ("Some Cased Thing", Agent::Bot),
        ("Uncased thing", Agent::Person),
        ("The CRAWLer 2", Agent::Tool),
        ("a Crawl by Exampler/1.0", Agent::Bot),
        ("with ShellLib 3", Agent::Tool),
        ("curl/7", Agent::Tool),
        ("my Scanner 1", Agent::Tool),
        ("my camscanner", Agent::Person),
        ("camscan, scan me", Agent::Person),
        ("camscan, scan", Agent::Tool),
        ("Mozilla/5.0 (X11) HeadlessChrome/120.0 Safari", Agent::Automation),
        ("Mozilla/5.0 Cypress/13 Chrome/118 Electron/27", Agent::Automation),
        ("Mozilla/5.0 Chrome/118 Electron/27 x", Agent::Person),
    ] {
        assert_eq!(list.judge(agent), verdict, "{agent}");
        assert_eq!(list.judge(agent), verdict, "{agent}, remembered");
    }
    assert_eq!(list.judge(&"Mozilla/5.0 ".repeat(100)), Agent::TooLong);
}

#[test]
fn a_damaged_list_is_refused() {
    assert!(matches!(BotList::parse("{"), Err(BotListError::Json(_))));
    let broken = LITTLE.replace("\"crawl\"", "\"cr(awl\"");
    assert!(matches!(BotList::parse(&broken), Err(BotListError::Pattern(_))));
}

#[test]
fn browsers_are_people() {
    let Some(list) = built() else { return };
    for agent in BROWSERS {
        assert_eq!(list.judge(agent), Agent::Person, "{agent}");
    }
}

#[test]
fn all_known_robots_are_caught() {
    #[derive(Deserialize)]
    struct Entry {
        instances: Vec<String>,
    }
    let path = "node_modules/crawler-user-agents/crawler-user-agents.json";
    let json = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let (Some(list), Ok(json)) = (built(), json) else {
        return;
    };
    let entries: Vec<Entry> = serde_json::from_str(&json).unwrap();
    let agents: Vec<&String> = entries.iter().flat_map(|entry| &entry.instances).collect();
    assert!(agents.len() > 2000);
    let missed: Vec<_> = agents.iter().filter(|agent| list.judge(agent) == Agent::Person).collect();
    assert!(missed.len() * 1000 <= agents.len() * 3, "{missed:#?}");
}

#[test]
fn the_time_of_a_verdict_is_shown() {
    let Some(list) = built() else { return };
    let rounds: u32 = 200;
    let start = Instant::now();
    for _ in 0..rounds {
        for agent in BROWSERS {
            assert_eq!(list.judge_anew(agent), Agent::Person);
        }
    }
    let verdicts = rounds * u32::try_from(BROWSERS.len()).unwrap();
    println!("a verdict on a browser that is not remembered: {:?}", start.elapsed() / verdicts);
}

const ANDROID: &str = "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22G100 Safari/604.1";
const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

#[test]
fn how_far_a_pattern_counts_depends_on_who_shows_the_page() {
    let list = BotList::parse(LITTLE).unwrap();
    for (tail, app, phone, computer) in [
        ("Exampler/1.0", Agent::Person, Agent::Bot, Agent::Bot),
        ("Feedbot", Agent::Bot, Agent::Bot, Agent::Bot),
        ("ShellLib/3", Agent::Person, Agent::Person, Agent::Person),
        ("Catcher/4", Agent::Person, Agent::Person, Agent::Tool),
        ("crawls", Agent::Tool, Agent::Tool, Agent::Tool),
    ] {
        let phones = ANDROID.replace("; wv", "");
        for (browser, verdict) in [(ANDROID, app), (phones.as_str(), phone), (WINDOWS, computer)] {
            assert_eq!(list.judge(&format!("{browser} {tail}")), verdict, "{browser} {tail}");
        }
    }
    assert_eq!(list.judge(&ANDROID.replace("CPH2557", "Cased crawl Feedbot")), Agent::Person);
}

#[test]
fn models_systems_and_apps_that_are_called_like_robots_are_people() {
    let Some(list) = built() else { return };
    let models = [
        "CUBOT X30",
        "CUBOT_NOTE_S",
        "M bot 54",
        "Spider 8",
        "iHunt S60 Discovery Pro 2022",
        "Fever_Plus",
        "Expanse",
        "O+ Sonic",
        "HTC Radar",
        "Capture+",
        "CG|EON Blaze",
        "moto g(8) plus",
        "Newsday_A2",
        "AURII Virtuoso",
        "Crawler 5 (2024)",
        "ScanPad",
        "Monitor 7",
    ];
    for model in models {
        for agent in [
            ANDROID.replace("CPH2557", model),
            format!("Dalvik/2.1.0 (Linux; U; Android 15; {model} Build/AP3A.240617.008)"),
        ] {
            assert_eq!(list.judge(&agent), Agent::Person, "{agent}");
        }
    }
    let apps = [
        "MetaIAB Facebook",
        "Viber/27.4.0.0",
        "SmartNews/25.10.1",
        "SohuNews/5.2.3",
        "NewsBreak/24.1",
        "GoogleNews/5.1",
        "Blackboard/unspecified",
        "AlipayClient/10.5.96 Language/en",
        "Line/14.2.0/IAB",
        "KAKAOTALK 10.4.5",
        "Tumblr/36.1",
        "MicroMessenger/8.0.21 Process/toolsmp WeChat/arm64",
        "Tools/1.0; x",
        "FeedReader/2",
        "Goodreads/4.1",
        "WhatsApp/2.24.20",
        "MatomoTracker SDK URLSessionDispatcher",
        "NewsNow/3.1",
        "okhttp/4.12.0",
        "Cloud Library/3",
        "[FBAN/FBIOS;FBAV/520.0.0.38.101;FBDV/iPhone14,7]",
        "Instagram 395.0.0.43.88 (iPhone14,5; iOS 18_6; en_US)",
    ];
    for app in apps {
        for browser in [ANDROID, IPHONE] {
            assert_eq!(list.judge(&format!("{browser} {app}")), Agent::Person, "{browser} {app}");
        }
    }
    for agent in [
        "Mozilla/5.0 (Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.140 Safari/537.36 OPR/46.0.2207.0 OMI/4.21.4.112.Catcher4.66 Model/Hisense-MT9602 VIDAA/5.0(SCHNEIDER;SmartTV;VS0432FB1;MTK9602/V0000.01.00T.L1210;HD)",
        "Mozilla/5.0 (Linux mips; U;HbbTV/1.1.1 (+RTSP;DMM;Dreambox;0.1a;1.0;) CE-HTML/1.0; en) AppleWebKit/535.19 no/Volksbox QtWebkit/2.2",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; .NET4.0E; Microsoft Outlook 16.0.4266; ms-office; MSOffice 16)",
        "NewsApp/6.0.3 CFNetwork/1568.100.1 Darwin/24.0.0",
    ] {
        assert_eq!(list.judge(agent), Agent::Person, "{agent}");
    }
}

#[test]
fn crawlers_of_assistants_and_link_previewers_are_caught_in_every_spelling() {
    let Some(list) = built() else { return };
    let names = [
        "GPTBot",
        "OAI-SearchBot",
        "ChatGPT-User",
        "ClaudeBot",
        "Claude-User",
        "Claude-SearchBot",
        "anthropic-ai",
        "PerplexityBot",
        "Perplexity-User",
        "CCBot",
        "Bytespider",
        "Google-Extended",
        "GoogleOther",
        "Google-CloudVertexBot",
        "Amazonbot",
        "Applebot",
        "Applebot-Extended",
        "meta-externalagent",
        "meta-externalfetcher",
        "FacebookBot",
        "Diffbot",
        "cohere-ai",
        "MistralAI-User",
        "YouBot",
        "DuckAssistBot",
        "Timpibot",
        "ImagesiftBot",
        "omgili",
        "PetalBot",
        "AI2Bot",
        "Kangaroo Bot",
        "panscient",
        "facebookexternalhit",
        "Twitterbot",
        "LinkedInBot",
        "Slackbot",
        "Discordbot",
        "TelegramBot",
        "SkypeUriPreview",
        "Pinterestbot",
        "Iframely",
        "Embedly",
        "vkShare",
        "redditbot",
        "Foobot",
        "Barspider",
    ];
    for name in names {
        for agent in [
            format!("{name}/1.0"),
            format!("Mozilla/5.0 (compatible; {name}/1.0; +http://example.org/bot)"),
            format!(
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; {name}/2.0; +http://example.org/) Chrome/142.0.0.0 Safari/537.36"
            ),
            format!("{WINDOWS} {name}/1.0"),
            format!("{WINDOWS} (compatible; {name}/2.1; +http://example.org/)"),
            format!("{} (compatible; {name}/2.1; +http://example.org/)", ANDROID.replace("; wv", "")),
            format!("{IPHONE} (compatible; {name}/2.1; +http://example.org/)"),
            format!("{name}/1.1 {WINDOWS}"),
            format!("{ANDROID} {name}/1.1"),
            format!("{IPHONE} {name}/1.1"),
        ] {
            assert_ne!(list.judge(&agent), Agent::Person, "{agent}");
        }
    }
    for agent in [
        "WhatsApp/2.23.20.0",
        "WhatsApp/2.2587.9 W",
        "WhatsApp/2.24.1 Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Mozilla/5.0 (Linux; Android 11; moto g power (2022); Storebot-Google/1.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 8.0; Pixel 2; DuplexWeb-Google/1.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/74.0 Mobile Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Google-PageRenderer) Chrome/142.0 Safari/537.36",
        "http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.example/)",
    ] {
        assert_ne!(list.judge(agent), Agent::Person, "{agent}");
    }
}

#[test]
fn image_proxies_of_mail_providers_are_told_from_bots() {
    let Some(list) = built() else { return };
    for agent in [
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "SeznamEmailProxy/2.0.170",
        "Mozilla/5.0 (compatible; YandexImageProxy/1.0)",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/55.0.2883.87 Safari/537.36 (via secureurl.fwdcdn.com - mail.ukr.net proxy)",
    ] {
        assert_eq!(list.judge(agent), Agent::MailProxy, "{agent}");
    }
    assert_ne!(list.judge("Slack-ImgProxy (+https://api.slack.com/robots)"), Agent::MailProxy);
}

#[test]
fn a_robot_in_an_over_long_agent_is_a_robot() {
    let Some(list) = built() else { return };
    let long = |tail: &str| format!("{WINDOWS} {} {tail}", "x".repeat(2_000 - WINDOWS.len()));
    assert_eq!(list.judge(&long("Safari/537.36")), Agent::TooLong);
    assert_eq!(list.judge(&long("(compatible; Googlebot/2.1; +http://www.google.com/bot.html)")), Agent::Bot);
    assert_eq!(list.judge(&format!("GPTBot/1.2 {}", long(""))), Agent::Bot);
    assert_eq!(list.judge(&format!("{}é{}", "x".repeat(4_095), "Googlebot/2.1")), Agent::TooLong);
    assert_eq!(list.judge(&"(".repeat(1_000)), Agent::Tool);
}

/// The agents that `scripts/agents.mjs` took from packages; nothing on a machine where it has not run (`make test` runs it).
#[derive(Deserialize)]
struct Corpus {
    people: Vec<String>,
    televisions: Vec<String>,
    robots: Vec<String>,
}

#[test]
fn an_update_of_the_lists_turns_no_corpus_of_people_into_robots() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/agents.json");
    let (Some(list), Ok(json)) = (built(), fs::read_to_string(&path)) else {
        println!("skipped: no {}", path.display());
        return;
    };
    let corpus: Corpus = serde_json::from_str(&json).unwrap();
    let people: Vec<_> = corpus.people.iter().chain(&corpus.televisions).collect();
    let dropped: Vec<_> = people.iter().filter(|agent| list.judge_anew(agent) != Agent::Person).collect();
    let missed: Vec<_> =
        corpus.robots.iter().filter(|agent| list.judge_anew(agent) == Agent::Person).collect();
    println!("people dropped: {} of {}", dropped.len(), people.len());
    println!("robots missed: {} of {}", missed.len(), corpus.robots.len());
    assert!(dropped.len() <= 10, "{dropped:#?}");
    // A few are broken texts that nobody can tell.
    assert!(missed.len() * 1000 <= corpus.robots.len() * 6, "{missed:#?}");
}
