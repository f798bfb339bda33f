//! Which visit an event belongs to.
//!
//! Provisional: right for events that come in order, which nearly all do. Sealing a day sorts its events once more.
//!
//! A visitor is recognised (Matomo's rules) by the id that came with the hit, on sites that keep ids; a hit whose id has
//! never been seen, or that has none, joins the visit that its daily fingerprint has open.
//!
//! A new visit starts 30 minutes after the last action, on another local date, when the client asks for one, and on a
//! campaign that differs from the visit's in its name or keyword; one that came without a keyword, in its name. A visit
//! that was direct takes a campaign up instead. A visit's number is that of its first record in the spool, so it is the
//! same however often a batch is prepared.
//!
//! The visit also decides which of an event's conversions count: a goal once a visit, unless it may repeat.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::event::{Conversion, Event, Kind};
use crate::privacy::referrer::ReferrerKind;
use crate::store::history::{KnownVisitor, OpenVisit};

/// A visit ends this many seconds after its last action.
pub(super) const VISIT_SECONDS: i64 = 1_800;

/// Visits remembered in one generation; the older generation goes when the newer is full or half an hour old.
const MAX_VISITS: usize = 1_000_000;

/// Visitors with an id that are remembered, 16 bytes each.
const MAX_KNOWN: usize = 2_000_000;

/// Visits that may still go on.
#[derive(Default)]
pub(super) struct Visits {
    young: Generation,
    old: Generation,
    turned: i64,
    known: HashSet<(u32, u64)>,
}

/// Visits, and who is on them: by visitor, and by fingerprint.
#[derive(Default)]
struct Generation {
    people: HashMap<Key, u64>,
    visits: HashMap<u64, Visit>,
}

/// Site, visitor or fingerprint, and local date: no visit goes over midnight, and an import of old days leaves today's
/// visits alone.
type Key = (u32, u64, i32);

#[derive(Clone)]
struct Visit {
    id: u64,
    first: i64,
    last: i64,
    source: Source,
    visitor: u64,
    user: u64,
    reached: Vec<u32>,
    /// Whether its first event is in no table.
    is_cut: bool,
}

/// Where a visit came from, as far as the rules ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Direct,
    Campaign { name: u64, keyword: u64 },
    Other,
}

impl Visits {
    /// Takes up what the database remembers.
    pub fn recall(&mut self, visits: Vec<OpenVisit>, known: Vec<KnownVisitor>) {
        for visit in visits {
            let source =
                Source::of(u32::from(visit.referrer_kind), &visit.referrer_name, &visit.referrer_keyword);
            let key = (visit.site_id, visit.visitor, i32::from(visit.local_date));
            self.young.people.insert(key, visit.visit);
            let visit = Visit {
                id: visit.visit,
                first: i64::from(visit.first),
                last: i64::from(visit.last),
                source,
                visitor: visit.visitor,
                user: visit.user,
                reached: visit.goals,
                is_cut: false,
            };
            self.young.visits.insert(visit.id, visit);
        }
        self.known.extend(known.into_iter().map(|person| (person.site_id, person.visitor)));
    }

    /// Forgets visits that have long been over. `now` is in Unix seconds.
    pub fn age(&mut self, now: i64) {
        if now - self.turned >= VISIT_SECONDS || self.young.people.len() >= MAX_VISITS {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
    }

    /// Takes note that an event is in no table: record `seq`, of a visit, with the goals that it has reached. A visit whose
    /// first event it is goes on under the number of the next one, since nothing would say that it has begun.
    pub fn set_aside(&mut self, seq: u64, visit: u64, goals: &[u32]) {
        for generation in [&mut self.young, &mut self.old] {
            if let Some(visit) = generation.visits.get_mut(&visit) {
                visit.is_cut |= visit.id == seq;
                visit.reached.extend(goals);
            }
        }
    }

    /// The visit of an event that is record `seq`; none for a heart beat whose visit is over. The event gets the
    /// visit's visitor, and keeps the conversions that count.
    pub fn assign(&mut self, event: &mut Event, seq: u64) -> Option<u64> {
        let open = self.open(event);
        let source = Source::of(event.referrer_kind, &event.referrer_name, &event.referrer_keyword);
        let going_on = open.clone().filter(|visit| visit.goes_on(event, source));
        if event.kind == Kind::Ping as i32 {
            event.visitor = going_on.as_ref()?.visitor;
            return going_on.map(|visit| visit.id);
        }
        let is_late = going_on.is_none() && open.is_some_and(|open| event.time < open.first);
        let sender = event.visitor;
        let mut visit = going_on.unwrap_or_else(|| Visit::begin(event, seq, source));
        if visit.is_cut {
            (visit.id, visit.is_cut) = (seq, false);
        }
        visit.take(event, source);
        let id = visit.id;
        // A hit from before must not end the visit that is going on.
        if !is_late {
            self.remember(event, sender, visit);
        }
        Some(id)
    }

    /// The last visit of whoever sent the event.
    fn open(&self, event: &Event) -> Option<Visit> {
        let by = |number: u64| {
            let key = (event.site, number, event.local_date);
            let id = self.young.people.get(&key).or_else(|| self.old.people.get(&key))?;
            self.young.visits.get(id).or_else(|| self.old.visits.get(id)).cloned()
        };
        let own = by(event.visitor);
        let is_known = event.forced || self.known.contains(&(event.site, event.visitor));
        if own.is_some() || event.fingerprint == 0 || is_known {
            return own;
        }
        let is_same_user = |visit: &Visit| event.user == 0 || visit.user == 0 || visit.user == event.user;
        by(event.fingerprint).filter(is_same_user)
    }

    fn remember(&mut self, event: &Event, sender: u64, visit: Visit) {
        for number in [sender, visit.visitor, event.fingerprint] {
            if number != 0 {
                self.young.people.insert((event.site, number, event.local_date), visit.id);
            }
        }
        if event.fingerprint != 0 {
            self.known.insert((event.site, sender));
        }
        self.young.visits.insert(visit.id, visit);
    }
}

impl Visit {
    fn begin(event: &Event, seq: u64, source: Source) -> Visit {
        Visit {
            id: seq,
            first: event.time,
            last: event.time,
            source,
            visitor: event.visitor,
            user: event.user,
            reached: Vec::new(),
            is_cut: false,
        }
    }

    fn goes_on(&self, event: &Event, source: Source) -> bool {
        let is_near = self.first - VISIT_SECONDS < event.time && event.time < self.last + VISIT_SECONDS;
        is_near && !event.new_visit && !self.source.is_left_for(source, event.keyword_missing)
    }

    /// Takes an event into the visit.
    fn take(&mut self, event: &mut Event, source: Source) {
        self.first = self.first.min(event.time);
        self.last = self.last.max(event.time);
        if self.source == Source::Direct {
            self.source = source;
        }
        // Somebody signs in: from now on the visit is the user's.
        if event.user != 0 && self.user == 0 {
            (self.user, self.visitor) = (event.user, event.visitor);
        }
        event.visitor = self.visitor;
        self.convert(event);
    }

    /// Keeps the conversions that count, and notes what there was to match: Matomo's lengths of visits depend on it.
    fn convert(&mut self, event: &mut Event) {
        let seconds = event.time - self.first;
        event.conversions.retain(|goal| goal.minutes == 0 || seconds > i64::from(goal.minutes) * 60);
        event.matched = event.conversions.first().map_or(0, |conversion| conversion.goal);
        event.conversions.retain(|conversion| self.counts(conversion));
    }

    /// Whether a conversion counts; the same goal the next time, perhaps not.
    fn counts(&mut self, conversion: &Conversion) -> bool {
        if conversion.repeats {
            return true;
        }
        let is_first = !self.reached.contains(&conversion.goal);
        if is_first {
            self.reached.push(conversion.goal);
        }
        is_first
    }
}

impl Source {
    fn of(kind: u32, name: &str, keyword: &str) -> Source {
        match kind {
            kind if kind == ReferrerKind::Direct as u32 => Source::Direct,
            kind if kind == ReferrerKind::Campaign as u32 => {
                Source::Campaign { name: hash(name), keyword: hash(keyword) }
            }
            _ => Source::Other,
        }
    }

    /// Whether a hit from `other` is another visit's: one of another campaign. What stands in for a missing keyword, the
    /// referrer's host, changes from page to page.
    fn is_left_for(self, other: Source, keyword_missing: bool) -> bool {
        match (self, other) {
            (Source::Direct, _) | (_, Source::Direct | Source::Other) => false,
            (Source::Campaign { name, keyword }, Source::Campaign { name: new, keyword: word }) => {
                name != new || (keyword != word && !keyword_missing)
            }
            (Source::Other, Source::Campaign { .. }) => true,
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64) -> Event {
        Event { site: 1, visitor: 7, time, local_date: 100, kind: 1, referrer_kind: 1, ..Event::default() }
    }

    fn campaign(time: i64, name: &str) -> Event {
        Event { referrer_kind: 6, referrer_name: name.into(), ..event(time) }
    }

    #[test]
    fn a_visit_ends_after_thirty_minutes() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        assert_eq!(visits.assign(&mut event(1_799), 11), Some(10));
        assert_eq!(visits.assign(&mut event(1_799 + 1_800), 12), Some(12));
    }

    #[test]
    fn a_visit_ends_at_midnight_and_on_request() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        assert_eq!(visits.assign(&mut Event { local_date: 101, ..event(1) }, 11), Some(11));
        assert_eq!(visits.assign(&mut Event { local_date: 101, new_visit: true, ..event(2) }, 12), Some(12));
    }

    #[test]
    fn another_campaign_is_another_visit_unless_the_visit_was_direct() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        assert_eq!(visits.assign(&mut campaign(1, "spring"), 11), Some(10));
        assert_eq!(visits.assign(&mut event(2), 12), Some(10));
        assert_eq!(visits.assign(&mut campaign(3, "spring"), 13), Some(10));
        assert_eq!(visits.assign(&mut campaign(4, "summer"), 14), Some(14));
    }

    #[test]
    fn a_campaign_without_a_keyword_keeps_the_visits() {
        let mut visits = Visits::default();
        let word = |time, word: &str| Event { referrer_keyword: word.into(), ..campaign(time, "spring") };
        let host = |time, host: &str| Event { keyword_missing: true, ..word(time, host) };
        assert_eq!(visits.assign(&mut host(0, "www.news.example"), 10), Some(10));
        assert_eq!(visits.assign(&mut host(1, "example.org"), 11), Some(10));
        assert_eq!(visits.assign(&mut word(2, "shoes"), 12), Some(12));
        assert_eq!(visits.assign(&mut host(3, "example.org"), 13), Some(12));
        assert_eq!(visits.assign(&mut word(4, "shoes"), 14), Some(12));
        let summer = Event { referrer_name: "summer".into(), ..host(5, "example.org") };
        assert_eq!(visits.assign(&mut summer.clone(), 15), Some(15));
    }

    #[test]
    fn a_visit_without_its_beginning_goes_on_under_another_number_and_keeps_its_goals() {
        let mut visits = Visits::default();
        let goal = Conversion { goal: 1, repeats: false, minutes: 0, revenue: 1.0 };
        let reached = |time| Event { conversions: vec![goal], ..event(time) };
        assert_eq!(visits.assign(&mut reached(0), 10), Some(10));
        visits.set_aside(10, 10, &[1]);
        let mut again = reached(1);
        assert_eq!(visits.assign(&mut again, 11), Some(11));
        assert!(again.conversions.is_empty());
        visits.set_aside(12, 11, &[]);
        assert_eq!(visits.assign(&mut event(2), 13), Some(11));
    }

    #[test]
    fn a_heart_beat_starts_and_prolongs_nothing() {
        let mut visits = Visits::default();
        let ping = |time| Event { kind: Kind::Ping as i32, ..event(time) };
        assert_eq!(visits.assign(&mut ping(0), 9), None);
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        assert_eq!(visits.assign(&mut ping(1_700), 11), Some(10));
        assert_eq!(visits.assign(&mut ping(1_800), 12), None);
        assert_eq!(visits.assign(&mut event(1_800), 13), Some(13));
    }

    #[test]
    fn a_late_hit_joins_its_visit_or_stands_alone_and_ends_none() {
        let mut visits = Visits::default();
        for (seq, time) in [(10, 10_000), (11, 11_500), (12, 13_000)] {
            assert_eq!(visits.assign(&mut event(time), seq), Some(10));
        }
        assert_eq!(visits.assign(&mut event(10_100), 13), Some(10));
        assert_eq!(visits.assign(&mut event(5_000), 14), Some(14));
        assert_eq!(visits.assign(&mut event(13_100), 15), Some(10));
    }

    #[test]
    fn visitors_and_sites_are_kept_apart() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        assert_eq!(visits.assign(&mut Event { site: 2, ..event(1) }, 11), Some(11));
        assert_eq!(visits.assign(&mut Event { visitor: 8, ..event(1) }, 12), Some(12));
    }

    #[test]
    fn what_is_forgotten_is_over() {
        let mut visits = Visits::default();
        visits.age(0);
        visits.assign(&mut event(0), 10);
        visits.age(1_800);
        assert_eq!(visits.assign(&mut event(1_500), 11), Some(10));
        visits.age(3_600);
        visits.age(5_400);
        assert!(visits.young.visits.is_empty() && visits.old.visits.is_empty());
    }

    #[test]
    fn an_unknown_id_joins_the_visit_of_its_fingerprint_and_a_known_one_does_not() {
        let mut visits = Visits::default();
        let with_id = |id, time| Event { visitor: id, fingerprint: 7, ..event(time) };
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        let mut first = with_id(501, 10);
        assert_eq!(visits.assign(&mut first, 11), Some(10));
        assert_eq!(first.visitor, 7);
        assert_eq!(visits.assign(&mut Event { forced: true, ..with_id(502, 20) }, 12), Some(12));
        visits.recall(Vec::new(), vec![KnownVisitor { site_id: 1, visitor: 503 }]);
        assert_eq!(visits.assign(&mut with_id(503, 30), 13), Some(13));
    }

    #[test]
    fn who_signs_in_goes_on_with_the_visit() {
        let mut visits = Visits::default();
        let user = |user, time| Event { visitor: 600 + user, user, fingerprint: 7, ..event(time) };
        assert_eq!(visits.assign(&mut event(0), 10), Some(10));
        let mut signed_in = user(1, 10);
        assert_eq!(visits.assign(&mut signed_in, 11), Some(10));
        assert_eq!(signed_in.visitor, 601);
        assert_eq!(visits.assign(&mut user(2, 20), 12), Some(12));
    }

    #[test]
    fn a_goal_counts_once_a_visit_unless_it_repeats() {
        let mut visits = Visits::default();
        let goal = |goal, repeats, minutes| Conversion { goal, repeats, minutes, revenue: 1.0 };
        let all = vec![goal(1, false, 0), goal(2, true, 0), goal(3, false, 1)];
        let mut counted = |time, seq| {
            let mut event = Event { conversions: all.clone(), ..event(time) };
            visits.assign(&mut event, seq);
            assert_eq!(event.matched, 1);
            event.conversions.iter().map(|conversion| conversion.goal).collect::<Vec<_>>()
        };
        assert_eq!(counted(0, 10), [1, 2]);
        assert_eq!(counted(60, 11), [2]);
        assert_eq!(counted(61, 12), [2, 3]);
        assert_eq!(counted(90, 13), [2]);
        assert_eq!(counted(5_000, 14), [1, 2]);
    }
}
