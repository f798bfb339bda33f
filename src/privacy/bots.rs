//! Robots, told by what they call themselves.
//!
//! The patterns are not ours: `scripts/bot-list.mjs` takes them from the npm packages `crawler-user-agents` (one pattern
//! a robot) and `isbot` (general signs of a robot) when Footfall is built, and writes them into one JSON file with the
//! versions and licences of both. This module reads that file, and judges a user agent by it.
//!
//! Two sets of patterns are kept apart. The first consists of names, which a search for literal text rules out at once
//! for a real browser; the second of general shapes. One automaton for both would lose that short cut. The memory that
//! the automata may use is bounded ([`STATES_BYTES`]).

use std::hash::{BuildHasher, RandomState};

use quick_cache::sync::Cache;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

/// Longest user agent that is looked at, in bytes: no browser sends as much.
pub const LONGEST_AGENT: usize = 1024;
/// Shortest text that can be a user agent, in bytes.
pub const SHORTEST_AGENT: usize = 5;
/// How many verdicts are remembered. Sites see a few thousand different agents a day.
const VERDICTS: usize = 10_000;
/// Most memory for the states of one automaton, in bytes, for each thread that uses it at one time. Browsers need a
/// few hundred KiB; robots that differ wildly start it over when it is full.
const STATES_BYTES: usize = 2 << 20;
/// Most memory for one set of patterns, in bytes.
const PATTERNS_BYTES: usize = 32 << 20;
/// What browsers under the control of a program call themselves, in lower case.
const AUTOMATION: &str = "headlesschrome|headless|phantomjs|slimerjs|selenium|webdriver|puppeteer|playwright|cypress/|testcafe|nightmarejs";

/// Who a user agent stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agent {
    /// Nothing speaks against a person with a browser.
    Person,
    /// A robot by its name.
    Bot,
    /// A library, or something with the general signs of a robot.
    Tool,
    /// Nothing, blanks, or too little to be a browser.
    Empty,
    /// More than [`LONGEST_AGENT`] bytes.
    TooLong,
    /// A browser that a program controls: tests, screenshots, scraping.
    Automation,
}

/// The list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BotListError {
    /// It is not the JSON that `scripts/bot-list.mjs` writes.
    #[error("the list of bots cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A pattern is not understood, or all of them need too much memory.
    #[error("the list of bots holds a pattern that cannot be used: {0}")]
    Pattern(#[from] regex::Error),
}

/// A package that patterns were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// Its name on npm.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub license: String,
}

/// The file as it is written.
#[derive(Deserialize)]
struct File {
    sources: Vec<Source>,
    crawlers: Vec<String>,
    tools: Vec<String>,
    general: Vec<String>,
    beside: Vec<Beside>,
}

/// A pattern that counts only if certain words do not stand next to what it finds.
#[derive(Deserialize)]
struct Beside {
    pattern: String,
    not_after: Vec<String>,
    not_before: Vec<String>,
}

/// All patterns, ready for use, and the latest verdicts.
pub struct BotList {
    sources: Vec<Source>,
    automation: Regex,
    crawlers: RegexSet,
    tools: RegexSet,
    general: RegexSet,
    beside: Vec<Neighbour>,
    verdicts: Cache<u64, Agent>,
    hasher: RandomState,
}

/// A [`Beside`], ready for use on text in lower case.
struct Neighbour {
    pattern: Regex,
    not_after: Vec<Vec<u8>>,
    not_before: Vec<Vec<u8>>,
}

impl BotList {
    /// Reads the list that `scripts/bot-list.mjs` made.
    ///
    /// # Errors
    ///
    /// If `json` has another form, or holds a pattern that cannot be used.
    pub fn parse(json: &str) -> Result<BotList, BotListError> {
        let file: File = serde_json::from_str(json)?;
        Ok(BotList {
            automation: small(AUTOMATION)?,
            crawlers: set(&file.crawlers, false)?,
            tools: set(&file.tools, false)?,
            general: set(&file.general, true)?,
            beside: file.beside.iter().map(Neighbour::new).collect::<Result<_, _>>()?,
            sources: file.sources,
            verdicts: Cache::new(VERDICTS),
            hasher: RandomState::new(),
        })
    }

    /// Where the patterns come from.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Who `agent`, the user agent as it was sent, stands for. Remembers the verdict under a keyed hash, not the text.
    #[must_use]
    pub fn judge(&self, agent: &str) -> Agent {
        let agent = agent.trim();
        if agent.len() < SHORTEST_AGENT {
            return Agent::Empty;
        }
        if agent.len() > LONGEST_AGENT {
            return Agent::TooLong;
        }
        let key = self.hasher.hash_one(agent);
        if let Some(verdict) = self.verdicts.get(&key) {
            return verdict;
        }
        let verdict = self.judge_anew(agent);
        self.verdicts.insert(key, verdict);
        verdict
    }

    /// The verdict by the patterns alone.
    fn judge_anew(&self, agent: &str) -> Agent {
        let lower = agent.to_ascii_lowercase();
        if self.automation.is_match(lower.as_bytes()) {
            return Agent::Automation;
        }
        if self.crawlers.is_match(agent.as_bytes()) {
            return Agent::Bot;
        }
        let is_tool = self.general.is_match(lower.as_bytes())
            || self.beside.iter().any(|neighbour| neighbour.is_match(lower.as_bytes()))
            || self.tools.is_match(agent.as_bytes());
        if is_tool { Agent::Tool } else { Agent::Person }
    }
}

impl Neighbour {
    fn new(beside: &Beside) -> Result<Neighbour, regex::Error> {
        let bytes =
            |words: &[String]| words.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect();
        Ok(Neighbour {
            pattern: small(&beside.pattern)?,
            not_after: bytes(&beside.not_after),
            not_before: bytes(&beside.not_before),
        })
    }

    /// Whether the pattern is found in `agent` (lower case) without one of the words next to it.
    fn is_match(&self, agent: &[u8]) -> bool {
        self.pattern.find_iter(agent).any(|found| {
            let before = agent.get(..found.start()).unwrap_or_default();
            let after = agent.get(found.end()..).unwrap_or_default();
            !self.not_after.iter().any(|word| before.ends_with(word))
                && !self.not_before.iter().any(|word| after.starts_with(word))
        })
    }
}

/// One pattern of ASCII, for text in lower case.
fn small(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).dfa_size_limit(STATES_BYTES / 16).build()
}

/// Patterns of ASCII that are tried at once.
fn set(patterns: &[String], any_case: bool) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(patterns)
        .unicode(false)
        .case_insensitive(any_case)
        .size_limit(PATTERNS_BYTES)
        .dfa_size_limit(STATES_BYTES)
        .build()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Instant;

    use super::*;

    const LITTLE: &str = r#"{
        "sources": [{"name": "made-up", "version": "1.0.0", "license": "MIT"}],
        "crawlers": ["Exampler\\/", "\\bCased\\b"],
        "tools": ["ShellLib"],
        "general": ["crawl", "^[\\w\\-]+/[\\w]+$"],
        "beside": [{"pattern": "scan", "not_after": ["cam"], "not_before": [" me"]}]
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
        let broken = LITTLE.replace("crawl\"", "cr(awl\"");
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
        assert!(missed.is_empty(), "{missed:?}");
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
}
