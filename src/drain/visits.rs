//! Which visit an event belongs to.
//!
//! Provisional: right for events that come in order, which nearly all do. Sealing a day sorts its events once more.
//!
//! A new visit starts (Matomo's rules) 30 minutes after the last action, on another local date, when the client asks
//! for one, and on a campaign that differs from the visit's; a visit that was direct takes a campaign up instead. A
//! visit's number is that of its first record in the spool, so it is the same however often a batch is prepared.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::event::{Event, Kind};
use crate::privacy::referrer::ReferrerKind;
use crate::store::history::OpenVisit;

/// A visit ends this many seconds after its last action.
pub(super) const VISIT_SECONDS: i64 = 1_800;

/// Visits remembered in one generation; the older generation goes when the newer is full or half an hour old.
const MAX_VISITS: usize = 1_000_000;

/// Visits that may still go on.
#[derive(Default)]
pub(super) struct Visits {
    young: HashMap<Key, Visit>,
    old: HashMap<Key, Visit>,
    turned: i64,
}

/// Site, visitor and local date: no visit goes over midnight, and an import of old days leaves today's visits alone.
type Key = (u32, u64, i32);

#[derive(Clone, Copy)]
struct Visit {
    id: u64,
    first: i64,
    last: i64,
    source: Source,
}

/// Where a visit came from, as far as the rules ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Direct,
    Campaign(u64),
    Other,
}

impl Visits {
    /// Takes up what the database remembers.
    pub fn recall(&mut self, visits: Vec<OpenVisit>) {
        for visit in visits {
            let source =
                Source::of(u32::from(visit.referrer_kind), &visit.referrer_name, &visit.referrer_keyword);
            let key = (visit.site_id, visit.visitor, i32::from(visit.local_date));
            let (first, last) = (i64::from(visit.first), i64::from(visit.last));
            self.young.insert(key, Visit { id: visit.visit, first, last, source });
        }
    }

    /// Forgets visits that have long been over. `now` is in Unix seconds.
    pub fn age(&mut self, now: i64) {
        if now - self.turned >= VISIT_SECONDS || self.young.len() >= MAX_VISITS {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
    }

    /// The visit of an event that is record `seq`; none for a heart beat whose visit is over.
    pub fn assign(&mut self, event: &Event, seq: u64) -> Option<u64> {
        let key = (event.site, event.visitor, event.local_date);
        let source = Source::of(event.referrer_kind, &event.referrer_name, &event.referrer_keyword);
        let open = self.young.get(&key).or_else(|| self.old.get(&key)).copied();
        let going_on = open.filter(|visit| visit.goes_on(event, source));
        if event.kind == Kind::Ping as i32 {
            return going_on.map(|visit| visit.id);
        }
        let is_late = going_on.is_none() && open.is_some_and(|open| event.time < open.first);
        let mut visit = going_on.unwrap_or(Visit { id: seq, first: event.time, last: event.time, source });
        visit.first = visit.first.min(event.time);
        visit.last = visit.last.max(event.time);
        if visit.source == Source::Direct {
            visit.source = source;
        }
        // A hit from before must not end the visit that is going on.
        if !is_late {
            self.young.insert(key, visit);
        }
        Some(visit.id)
    }
}

impl Visit {
    fn goes_on(&self, event: &Event, source: Source) -> bool {
        let is_near = self.first - VISIT_SECONDS < event.time && event.time < self.last + VISIT_SECONDS;
        let other_campaign =
            matches!(source, Source::Campaign(_)) && self.source != Source::Direct && self.source != source;
        is_near && !event.new_visit && !other_campaign
    }
}

impl Source {
    fn of(kind: u32, name: &str, keyword: &str) -> Source {
        match kind {
            kind if kind == ReferrerKind::Direct as u32 => Source::Direct,
            kind if kind == ReferrerKind::Campaign as u32 => {
                let mut hash = DefaultHasher::new();
                (name, keyword).hash(&mut hash);
                Source::Campaign(hash.finish())
            }
            _ => Source::Other,
        }
    }
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
        assert_eq!(visits.assign(&event(0), 10), Some(10));
        assert_eq!(visits.assign(&event(1_799), 11), Some(10));
        assert_eq!(visits.assign(&event(1_799 + 1_800), 12), Some(12));
    }

    #[test]
    fn a_visit_ends_at_midnight_and_on_request() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&event(0), 10), Some(10));
        assert_eq!(visits.assign(&Event { local_date: 101, ..event(1) }, 11), Some(11));
        assert_eq!(visits.assign(&Event { local_date: 101, new_visit: true, ..event(2) }, 12), Some(12));
    }

    #[test]
    fn another_campaign_is_another_visit_unless_the_visit_was_direct() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&event(0), 10), Some(10));
        assert_eq!(visits.assign(&campaign(1, "spring"), 11), Some(10));
        assert_eq!(visits.assign(&event(2), 12), Some(10));
        assert_eq!(visits.assign(&campaign(3, "spring"), 13), Some(10));
        assert_eq!(visits.assign(&campaign(4, "summer"), 14), Some(14));
    }

    #[test]
    fn a_heart_beat_starts_and_prolongs_nothing() {
        let mut visits = Visits::default();
        let ping = |time| Event { kind: Kind::Ping as i32, ..event(time) };
        assert_eq!(visits.assign(&ping(0), 9), None);
        assert_eq!(visits.assign(&event(0), 10), Some(10));
        assert_eq!(visits.assign(&ping(1_700), 11), Some(10));
        assert_eq!(visits.assign(&ping(1_800), 12), None);
        assert_eq!(visits.assign(&event(1_800), 13), Some(13));
    }

    #[test]
    fn a_late_hit_joins_its_visit_or_stands_alone_and_ends_none() {
        let mut visits = Visits::default();
        for (seq, time) in [(10, 10_000), (11, 11_500), (12, 13_000)] {
            assert_eq!(visits.assign(&event(time), seq), Some(10));
        }
        assert_eq!(visits.assign(&event(10_100), 13), Some(10));
        assert_eq!(visits.assign(&event(5_000), 14), Some(14));
        assert_eq!(visits.assign(&event(13_100), 15), Some(10));
    }

    #[test]
    fn visitors_and_sites_are_kept_apart() {
        let mut visits = Visits::default();
        assert_eq!(visits.assign(&event(0), 10), Some(10));
        assert_eq!(visits.assign(&Event { site: 2, ..event(1) }, 11), Some(11));
        assert_eq!(visits.assign(&Event { visitor: 8, ..event(1) }, 12), Some(12));
    }

    #[test]
    fn what_is_forgotten_is_over() {
        let mut visits = Visits::default();
        visits.age(0);
        visits.assign(&event(0), 10);
        visits.age(1_800);
        assert_eq!(visits.assign(&event(1_500), 11), Some(10));
        visits.age(3_600);
        visits.age(5_400);
        assert!(visits.young.is_empty() && visits.old.is_empty());
    }
}
