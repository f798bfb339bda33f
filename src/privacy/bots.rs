//! Robots, told by what they call themselves.
//!
//! The patterns are not ours: `scripts/bot-list.mjs` takes them from the npm packages `crawler-user-agents` (one pattern
//! a robot) and `isbot` (general signs of a robot) when Footfall is built, and writes them into one JSON file with the
//! versions and licences of both. This module reads that file, and judges a user agent by it.
//!
//! They are advice, not truth: general words hit telephones, televisions and apps that are called so. How far a pattern
//! counts is written beside it ([`Shape`]), and what describes a device is not searched at all ([`shape`]).
//!
//! Two sets of patterns are kept apart. The first consists of names, which a search for literal text rules out at once
//! for a real browser; the second of general shapes. One automaton for both would lose that short cut. The memory that
//! the automata may use is bounded ([`STATES_BYTES`]).

use std::hash::{BuildHasher, RandomState};

use quick_cache::sync::Cache;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

mod shape;

use shape::{Shape, Shapes};

/// Longest user agent of a browser, in bytes: none sends as much.
pub const LONGEST_AGENT: usize = 1024;
/// How much of a longer one is searched for the name of a robot, in bytes.
const LOOKED_AT: usize = 4096;
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
    /// More than [`LONGEST_AGENT`] bytes, without a robot's name.
    TooLong,
    /// A mail provider that fetches pictures for its readers.
    MailProxy,
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
    crawlers: Vec<Pattern>,
    tools: Vec<Pattern>,
    general: Vec<Pattern>,
    beside: Vec<Beside>,
    mail_proxies: Vec<String>,
}

/// A pattern, and how far it counts.
#[derive(Deserialize)]
struct Pattern {
    pattern: String,
    counts: Shape,
}

/// A pattern that counts only if certain words do not stand next to what it finds.
#[derive(Deserialize)]
struct Beside {
    pattern: String,
    counts: Shape,
    not_after: Vec<String>,
    not_before: Vec<String>,
}

/// All patterns, ready for use, and the latest verdicts.
pub struct BotList {
    sources: Vec<Source>,
    shapes: Shapes,
    automation: Regex,
    mail_proxies: RegexSet,
    crawlers: Patterns,
    tools: Patterns,
    general: Patterns,
    beside: Vec<Neighbour>,
    verdicts: Cache<u64, Agent>,
    hasher: RandomState,
}

/// A [`Beside`], ready for use on text in lower case.
struct Neighbour {
    pattern: Regex,
    counts: Shape,
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
            shapes: Shapes::new()?,
            automation: small(AUTOMATION)?,
            mail_proxies: set(file.mail_proxies.iter(), true)?,
            crawlers: Patterns::new(&file.crawlers, false)?,
            tools: Patterns::new(&file.tools, false)?,
            general: Patterns::new(&file.general, true)?,
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
            return self.judge_long(agent);
        }
        let key = self.hasher.hash_one(agent);
        if let Some(verdict) = self.verdicts.get(&key) {
            return verdict;
        }
        let verdict = self.judge_anew(agent);
        self.verdicts.insert(key, verdict);
        verdict
    }

    /// The verdict on an agent that no browser sends: a robot's name counts for more than its length.
    fn judge_long(&self, agent: &str) -> Agent {
        let looked_at = agent.get(..agent.floor_char_boundary(LOOKED_AT)).unwrap_or(agent);
        match self.judge_anew(looked_at) {
            Agent::Bot => Agent::Bot,
            _ => Agent::TooLong,
        }
    }

    /// The verdict by the patterns alone.
    fn judge_anew(&self, agent: &str) -> Agent {
        let lower = agent.to_ascii_lowercase();
        if self.automation.is_match(lower.as_bytes()) {
            return Agent::Automation;
        }
        if self.mail_proxies.is_match(lower.as_bytes()) {
            return Agent::MailProxy;
        }
        let parts = self.shapes.take_apart(agent);
        if self.crawlers.is_match(&parts.text, parts.shape) {
            return Agent::Bot;
        }
        let lower = parts.text.to_ascii_lowercase();
        let is_tool = parts.is_signed
            || self.general.is_match(&lower, parts.shape)
            || self.beside.iter().any(|neighbour| neighbour.is_match(&lower, parts.shape))
            || self.tools.is_match(&parts.text, parts.shape);
        if is_tool { Agent::Tool } else { Agent::Person }
    }
}

/// Patterns that are tried at once, and how far each counts.
struct Patterns {
    set: RegexSet,
    counts: Vec<Shape>,
}

impl Patterns {
    fn new(patterns: &[Pattern], any_case: bool) -> Result<Patterns, regex::Error> {
        Ok(Patterns {
            set: set(patterns.iter().map(|pattern| &pattern.pattern), any_case)?,
            counts: patterns.iter().map(|pattern| pattern.counts).collect(),
        })
    }

    /// Whether one that counts in `shape` is found. Most agents match none, which is the cheaper question.
    fn is_match(&self, text: &[u8], shape: Shape) -> bool {
        let counts = |index: usize| self.counts.get(index).is_some_and(|counts| *counts >= shape);
        self.set.is_match(text) && (shape == Shape::Outside || self.set.matches(text).iter().any(counts))
    }
}

impl Neighbour {
    fn new(beside: &Beside) -> Result<Neighbour, regex::Error> {
        let bytes =
            |words: &[String]| words.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect();
        Ok(Neighbour {
            pattern: small(&beside.pattern)?,
            counts: beside.counts,
            not_after: bytes(&beside.not_after),
            not_before: bytes(&beside.not_before),
        })
    }

    /// Whether the pattern counts in `shape`, and is found in `agent` (lower case) without one of the words next to it.
    fn is_match(&self, agent: &[u8], shape: Shape) -> bool {
        self.counts >= shape
            && self.pattern.find_iter(agent).any(|found| {
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
fn set<'a>(patterns: impl Iterator<Item = &'a String>, any_case: bool) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(patterns)
        .unicode(false)
        .case_insensitive(any_case)
        .size_limit(PATTERNS_BYTES)
        .dfa_size_limit(STATES_BYTES)
        .build()
}

#[cfg(test)]
mod tests;
