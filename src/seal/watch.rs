//! Which days are ready to be sealed.
//!
//! A day is ready when the site's clock has left it, everything acknowledged until then is in the database, and for a
//! while no event of it has come: an import that touches three hundred old days must not seal each of them a hundred times.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::day;
use crate::store::sealed::{DayState, Sealing};

/// How long after its end, and after its last event, a day is sealed.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Least wait after a failure.
const RETRY: Duration = Duration::from_secs(2);

/// Events that are sealed together, unless one day has more.
const AT_ONCE: u64 = 500_000;

/// Days that are not sealed as they stand, and since when they stand so.
#[derive(Default)]
pub(super) struct Watch {
    days: HashMap<Key, Seen>,
    /// Days that could not be sealed, and when it is tried again: each alone, so that one does not hold up others.
    failed: HashMap<Key, Instant>,
}

/// A site and a day.
type Key = (u32, u16);

struct Seen {
    state: DayState,
    since: Timestamp,
}

impl Watch {
    /// Takes in what the database says, at the moment `at`, of all days that are not sealed.
    pub fn observe(&mut self, states: &[DayState], at: Timestamp) {
        let mut before = std::mem::take(&mut self.days);
        for state in states {
            let key = (state.site_id, state.day);
            let known = before.remove(&key);
            let same = |seen: &Seen| {
                (seen.state.last_seq, seen.state.events) == (state.last_seq, state.events) && seen.since <= at
            };
            let since = known.filter(same).map_or(at, |seen| seen.since);
            self.days.insert(key, Seen { state: *state, since });
        }
    }

    /// Takes note that days are sealed.
    pub fn succeeded(&mut self, work: &Sealing) {
        for day in &work.days {
            self.days.remove(&(work.site, *day));
            self.failed.remove(&(work.site, *day));
        }
    }

    /// Takes note that days could not be sealed, which took so long: other work comes first for some time.
    pub fn failed(&mut self, work: &Sealing, now: Instant, took: Duration) {
        let until = now + RETRY + took * 10;
        self.failed.extend(work.days.iter().map(|day| ((work.site, *day), until)));
    }

    /// How many days are over and not sealed yet, and can be. `zone` gives a site's time zone; days of a site without
    /// one are left alone.
    pub fn over(&self, at: Timestamp, zone: impl Fn(u32) -> Option<TimeZone>) -> usize {
        self.days.values().filter(|seen| seen.state.can_be_sealed() && seen.is_over(at, &zone)).count()
    }

    /// What to seal when the database holds everything until the moment `at`, in order: days of one site and month
    /// together, the generations numbered from `generation`. `now` is for what failed a while ago.
    pub fn due(
        &self,
        at: Timestamp,
        now: Instant,
        generation: u32,
        zone: impl Fn(u32) -> Option<TimeZone>,
    ) -> Vec<Sealing> {
        let is_postponed = |key: &Key| self.failed.get(key).is_some_and(|until| *until > now);
        let due = self.days.iter().filter(|(key, seen)| !is_postponed(key) && seen.is_due(at, &zone));
        let mut due: Vec<DayState> = due.map(|(_, seen)| seen.state).collect();
        due.sort_by_key(|state| (state.site_id, state.day));
        let mut work: Vec<Sealing> = Vec::new();
        for state in due {
            match work.last_mut().filter(|last| self.go_together(last, &state)) {
                Some(last) => {
                    last.days.push(state.day);
                    last.held.push(state.events);
                    last.last_seq = last.last_seq.max(state.last_seq);
                }
                None => work.push(Sealing {
                    site: state.site_id,
                    days: vec![state.day],
                    held: vec![state.events],
                    last_seq: state.last_seq,
                    generation: generation.saturating_add(u32::try_from(work.len()).unwrap_or(u32::MAX)),
                }),
            }
        }
        work
    }

    fn go_together(&self, work: &Sealing, state: &DayState) -> bool {
        let month = |day: u16| day::date(day.into()).first_of_month();
        let has_failed = |day: u16| self.failed.contains_key(&(state.site_id, day));
        work.site == state.site_id
            && work.days.iter().all(|day| month(*day) == month(state.day) && !has_failed(*day))
            && !has_failed(state.day)
            && work.events() + state.events <= AT_ONCE
    }
}

impl Seen {
    fn is_over(&self, at: Timestamp, zone: &impl Fn(u32) -> Option<TimeZone>) -> bool {
        let Some(zone) = zone(self.state.site_id) else { return false };
        end(self.state.date(), zone).is_some_and(|end| at.duration_since(end) >= GRACE)
    }

    /// Once events are gone what is sealed is better than what could be. A day that somebody asks for need not be
    /// quiet: if more comes, it is sealed once more.
    fn is_due(&self, at: Timestamp, zone: &impl Fn(u32) -> Option<TimeZone>) -> bool {
        let is_quiet = at.duration_since(self.since) >= GRACE || self.state.is_wanted();
        self.state.can_be_sealed() && is_quiet && self.is_over(at, zone)
    }
}

/// When a local day ends: at the first moment of the next one.
fn end(day: Date, zone: TimeZone) -> Option<Timestamp> {
    Some(day.tomorrow().ok()?.to_zoned(zone).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(site: u32) -> Option<TimeZone> {
        let name = ["", "Europe/Amsterdam", "Pacific/Auckland", "America/Los_Angeles"].get(site as usize)?;
        TimeZone::get(name).ok()
    }

    /// 20,500 is 2026-02-16.
    fn day(site_id: u32, day: u16) -> DayState {
        DayState { site_id, day, last_seq: 7, events: 5, ..DayState::default() }
    }

    fn due(watch: &Watch, at: &str) -> Vec<(u32, Vec<u16>)> {
        due_at(watch, at, Instant::now())
    }

    fn due_at(watch: &Watch, at: &str, now: Instant) -> Vec<(u32, Vec<u16>)> {
        watch.due(at.parse().unwrap(), now, 1, zone).into_iter().map(|work| (work.site, work.days)).collect()
    }

    fn watch(states: &[DayState], at: &str) -> Watch {
        let mut watch = Watch::default();
        watch.observe(states, at.parse().unwrap());
        watch
    }

    #[test]
    fn a_day_is_due_ten_minutes_after_its_end_in_its_zone() {
        let watch = watch(&[day(1, 20_500), day(2, 20_500), day(3, 20_500)], "2026-02-15T00:00:00Z");
        assert_eq!(due(&watch, "2026-02-16T11:09:59Z"), []);
        assert_eq!(due(&watch, "2026-02-16T11:10:00Z"), [(2, vec![20_500])]);
        assert_eq!(due(&watch, "2026-02-16T23:10:00Z"), [(1, vec![20_500]), (2, vec![20_500])]);
        assert_eq!(due(&watch, "2026-02-17T08:10:00Z").len(), 3);
        assert_eq!(watch.over("2026-02-16T23:10:00Z".parse().unwrap(), zone), 2);
    }

    #[test]
    fn days_of_23_and_25_hours_end_when_the_clock_says() {
        let spring = watch(&[day(1, 20_541)], "2026-03-01T00:00:00Z"); // 2026-03-29, begins at 23:00Z
        assert_eq!(due(&spring, "2026-03-29T22:09:59Z"), []);
        assert_eq!(due(&spring, "2026-03-29T22:10:00Z"), [(1, vec![20_541])]);
        let autumn = watch(&[day(1, 20_751)], "2026-10-01T00:00:00Z"); // 2026-10-25, begins at 22:00Z
        assert_eq!(due(&autumn, "2026-10-25T23:09:59Z"), []);
        assert_eq!(due(&autumn, "2026-10-25T23:10:00Z"), [(1, vec![20_751])]);
    }

    #[test]
    fn a_day_that_still_gets_events_waits() {
        let mut watch = watch(&[day(1, 20_400)], "2026-02-16T10:00:00Z");
        assert_eq!(due(&watch, "2026-02-16T10:09:59Z"), []);
        let more = DayState { last_seq: 8, events: 6, ..day(1, 20_400) };
        watch.observe(&[more], "2026-02-16T10:05:00Z".parse().unwrap());
        assert_eq!(due(&watch, "2026-02-16T10:10:00Z"), []);
        watch.observe(&[more], "2026-02-16T10:10:00Z".parse().unwrap());
        assert_eq!(due(&watch, "2026-02-16T10:15:00Z"), [(1, vec![20_400])]);
        watch.observe(&[], "2026-02-16T10:16:00Z".parse().unwrap());
        assert!(watch.days.is_empty());
    }

    #[test]
    fn a_day_that_is_asked_for_need_not_be_quiet_but_over() {
        let wanted = DayState { sealed_seq: 7, sealed_events: 5, generation: 3, wanted: 4, ..day(1, 20_500) };
        let watch = watch(&[wanted], "2026-02-16T23:09:00Z");
        assert_eq!(due(&watch, "2026-02-16T23:09:00Z"), []);
        assert_eq!(due(&watch, "2026-02-16T23:10:00Z"), [(1, vec![20_500])]);
    }

    #[test]
    fn expiring_days_are_sealed_only_if_they_never_were() {
        let expired = DayState { has_expired: 1, ..day(1, 20_400) };
        let gone = DayState { generation: 2, sealed_events: 9, ..day(1, 20_401) };
        let sealed = DayState { generation: 2, ..expired };
        let watch = watch(&[expired, gone, DayState { day: 20_402, ..sealed }], "2026-02-16T10:00:00Z");
        assert_eq!(due(&watch, "2026-02-16T11:00:00Z"), [(1, vec![20_400])]);
    }

    #[test]
    fn days_of_a_month_go_together_as_far_as_they_are_small() {
        let big = DayState { events: 400_000, ..day(1, 20_510) };
        let states = [
            day(1, 20_484),
            day(1, 20_485),
            day(1, 20_486),
            big,
            DayState { day: 20_511, ..big },
            day(2, 20_485),
        ];
        let watch = watch(&states, "2026-03-01T00:00:00Z");
        let expected =
            [(1, vec![20_484]), (1, vec![20_485, 20_486, 20_510]), (1, vec![20_511]), (2, vec![20_485])];
        assert_eq!(due(&watch, "2026-04-01T00:00:00Z"), expected);
        let generations: Vec<u32> = watch
            .due("2026-04-01T00:00:00Z".parse().unwrap(), Instant::now(), 9, zone)
            .iter()
            .map(|work| work.generation)
            .collect();
        assert_eq!(generations, [9, 10, 11, 12]);
    }

    #[test]
    fn what_fails_is_tried_later_and_alone() {
        let mut watch = watch(&[day(1, 20_486), day(1, 20_487), day(1, 20_488)], "2026-03-01T00:00:00Z");
        let (at, now) = ("2026-04-01T00:00:00Z", Instant::now());
        let all = watch.due(at.parse().unwrap(), now, 1, zone);
        watch.failed(&Sealing { days: vec![20_486, 20_487], ..all[0].clone() }, now, Duration::from_secs(1));
        assert_eq!(due_at(&watch, at, now), [(1, vec![20_488])]);
        let later = now + Duration::from_secs(13);
        assert_eq!(due_at(&watch, at, later), [(1, vec![20_486]), (1, vec![20_487]), (1, vec![20_488])]);
        watch.succeeded(&all[0]);
        assert_eq!(due_at(&watch, at, later), []);
    }

    #[test]
    fn days_of_a_site_that_is_gone_are_left_alone() {
        let watch = watch(&[day(9, 20_400)], "2026-02-16T10:00:00Z");
        assert_eq!(due(&watch, "2026-02-17T10:00:00Z"), []);
        assert_eq!(watch.over("2026-02-17T10:00:00Z".parse().unwrap(), zone), 0);
    }
}
