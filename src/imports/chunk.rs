//! From a chunk of lines to records.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use super::pieces::is_same;
use super::{Chunk, MAX_LINE};
use crate::accounts::Site;
use crate::app::App;
use crate::event::{ImportMark, Reason};
use crate::ingest::{ABSURD_AGE, Batch, Outcome, size};
use crate::privacy::{Origin, Sensitive};
use crate::protocol::{self, LogLine, LogReader, Logged, Params, Skip};

/// Bytes of records that one chunk makes, at most: larger groups gain nothing.
const MAX_BYTES: usize = 1 << 20;

/// Bytes that are kept free for the mark.
const MARK_BYTES: usize = 64;

/// Lines that are named when they can't be read.
const MAX_NAMED: usize = 10;

/// Seconds that a server's clock may be ahead.
const MAX_AHEAD: i64 = 86_400;

/// What the lines of a chunk were.
#[derive(Default)]
pub struct Tally {
    /// Hits that are counted.
    pub hits: u64,
    /// Hits that are not counted, and why.
    pub dropped: BTreeMap<Reason, u64>,
    /// Lines that are no hits, and why.
    pub skipped: BTreeMap<Skip, u64>,
    /// Lines that can't be read.
    pub malformed: u64,
    /// The first of them; lines count from 1.
    pub malformed_lines: Vec<u64>,
}

impl Tally {
    fn note_malformed(&mut self, line: u64) {
        self.malformed += 1;
        if self.malformed_lines.len() < MAX_NAMED {
            self.malformed_lines.push(line);
        }
    }
}

/// What a chunk amounts to.
pub(super) struct Work {
    /// What became of its hits.
    pub batch: Batch,
    /// How far the chunk was read.
    pub mark: ImportMark,
    /// What its lines were.
    pub tally: Tally,
    /// Who fetched which file and when, to be remembered when the records are durable.
    pub fetched: HashMap<u64, i64>,
}

/// A line, as far as it can be told.
enum Line {
    Outcome(Outcome),
    Skipped(Skip),
    Malformed,
    Blank,
}

struct Reading<'a> {
    app: &'a App,
    reader: LogReader,
    /// Who sends a line: nobody, so that what a line does not say is unknown.
    nobody: Origin,
    now: i64,
    /// Bytes that more records may take.
    room: usize,
    /// Quoted fields behind the agent in the last line that was read.
    extras: usize,
    /// Who fetched which file and when, in the line that is read: nothing when there is no room for it.
    fetched: Option<(u64, i64)>,
    work: Work,
}

impl Work {
    /// Reads as much of a chunk as goes into one append.
    pub fn read(app: &App, site: &Site, mark: ImportMark, chunk: &Chunk) -> Work {
        let trusted = &app.config.trusted_proxies;
        let mut reader = LogReader::new(site.id, &site.url, &site.hosts, chunk.with_errors, trusted);
        for line in chunk.directives.lines() {
            reader.direct(line.as_bytes());
        }
        let mut reading = Reading {
            app,
            reader,
            nobody: nobody(),
            now: app.now().as_second(),
            room: app.spool.max_call_bytes().min(MAX_BYTES).saturating_sub(MARK_BYTES),
            extras: 0,
            fetched: None,
            work: Work { batch: Batch::default(), mark, tally: Tally::default(), fetched: HashMap::new() },
        };
        reading.read(&chunk.bytes);
        reading.work
    }
}

impl Reading<'_> {
    fn read(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        if self.work.mark.within_line {
            let (passed, after) = after_line_feed(rest);
            self.work.mark.within_line = !passed;
            self.advance(rest.len() - after.len());
            rest = after;
        }
        while let (true, after) = after_line_feed(rest) {
            let length = rest.len() - after.len();
            let line = rest.get(..length - 1).unwrap_or_default();
            if !self.take(line) {
                return;
            }
            self.advance(length);
            rest = after;
        }
        self.read_unfinished(rest);
    }

    /// The last line of a log may lack its line feed; a log that is being written may end within a line.
    fn read_unfinished(&mut self, line: &[u8]) {
        let is_whole =
            line.len() > MAX_LINE || self.reader.read(line).is_some_and(|line| self.has_all(&line));
        if is_whole && self.take(line) {
            self.work.mark.within_line = true;
            self.advance(line.len());
        }
    }

    /// Whether a line has as many fields as those before it.
    fn has_all(&self, line: &LogLine) -> bool {
        (line.has_agent || !self.work.mark.has_agents) && line.extras >= self.extras
    }

    fn advance(&mut self, bytes: usize) {
        self.work.mark.offset += bytes as u64;
    }

    /// Counts a line; false when there is no room for it, so that nothing of it was.
    fn take(&mut self, line: &[u8]) -> bool {
        let number = self.work.mark.lines + 1;
        self.fetched = None;
        match self.line(line) {
            Line::Outcome(outcome) => {
                if !self.add(outcome) {
                    return false;
                }
            }
            Line::Skipped(skip) => *self.work.tally.skipped.entry(skip).or_default() += 1,
            Line::Malformed => self.work.tally.note_malformed(number),
            Line::Blank => {}
        }
        self.work.fetched.extend(self.fetched.take());
        self.work.mark.lines = number;
        true
    }

    fn line(&mut self, line: &[u8]) -> Line {
        let is_short = line.len() <= MAX_LINE;
        if line.trim_ascii().is_empty() || (is_short && self.reader.direct(line)) {
            return Line::Blank;
        }
        let read = is_short.then(|| self.reader.read(line)).flatten();
        let Some(read) = read else { return Line::Malformed };
        self.work.mark.has_agents |= read.has_agent;
        self.extras = read.extras;
        if self.is_further_piece(&read) {
            return Line::Skipped(Skip::Piece);
        }
        match read.what {
            // The steps take an impossible time for now, which is right for a hit that just came.
            Logged::Hit(_) if !self.is_possible(read.time) => Line::Skipped(Skip::Time),
            Logged::Hit(params) => self.hit(&params),
            Logged::Skipped(skip) => Line::Skipped(skip),
        }
    }

    /// Whether a line is a further piece of a file that its visitor is fetching; takes note of it.
    fn is_further_piece(&mut self, line: &LogLine) -> bool {
        let Logged::Hit(hit) = &line.what else { return false };
        if !line.is_piece && hit.raw("download").is_none() {
            return false;
        }
        let pieces = &self.app.imports.pieces;
        let number = pieces.number(hit);
        let last = self.work.fetched.get(&number).copied().or_else(|| pieces.last(number));
        self.fetched = Some((number, line.time));
        line.is_piece && last.is_some_and(|last| is_same(last, line.time))
    }

    fn is_possible(&self, time: i64) -> bool {
        (self.now - ABSURD_AGE..=self.now + MAX_AHEAD).contains(&time)
    }

    fn hit(&self, params: &Params) -> Line {
        match protocol::parse(params) {
            Ok(hit) => Line::Outcome(self.app.ingest.logged(hit, &self.nobody)),
            Err(_) => Line::Malformed,
        }
    }

    /// Adds what a hit has become, unless there is no room for it.
    fn add(&mut self, outcome: Outcome) -> bool {
        let is_first = self.work.batch.hits() == 0;
        let Some(room) = self.room.checked_sub(size(&outcome)).or(is_first.then_some(0)) else {
            return false;
        };
        self.room = room;
        match outcome.reason {
            Some(reason) => *self.work.tally.dropped.entry(reason).or_default() += 1,
            None => self.work.tally.hits += 1,
        }
        self.work.batch.add(outcome);
        true
    }
}

/// Whether there is a line feed, and what follows the first; nothing when there is none.
fn after_line_feed(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (true, bytes.get(at + 1..).unwrap_or_default()),
        None => (false, &[]),
    }
}

fn nobody() -> Origin {
    Origin {
        address: Sensitive::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        agent: Sensitive::new(String::new()),
        language: Sensitive::new(String::new()),
        hint_brands: None,
        hint_platform: None,
        hint_mobile: None,
        page: None,
        document: None,
        prefetch: false,
    }
}
