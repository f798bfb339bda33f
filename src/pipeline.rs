//! The steps between a parsed hit and the spool, as a list that can be read.
//!
//! Each step passes the hit on, or ends its way with a [`Reason`] that is counted: *refused* (the request can't mean
//! anything, or lacks a token: 400) or *dropped* (excluded on purpose; the client can't tell it from an accepted one).

mod exclusions;
mod goals;
mod orders;
mod search;

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::accounts::{Accounts, Role, Site};
use crate::clock::Clock;
use crate::event::{Dropped, Entry, Event, Reason, Record};
use crate::privacy::{Links, Moment, Origin, Privacy, Sent};
use crate::protocol::{Action, ClaimedTime, Hit};

pub use orders::{MAX_ORDERS, Orders};

/// A claimed time this old needs a token, in seconds.
const TOKEN_AGE: i64 = 86_400;

/// A claimed time this old is a mistake, in seconds (Matomo's 20 years).
pub const ABSURD_AGE: i64 = 20 * 365 * 86_400;

/// What became of a hit.
pub struct Outcome {
    /// What goes into the spool.
    pub records: Vec<Record>,
    /// Whether the client is told that it did something wrong.
    pub refused: bool,
    /// Why it was not counted, if so; for `collect.explain` alone.
    pub reason: Option<Reason>,
}

impl Outcome {
    /// Orders that were claimed for the records.
    pub fn orders(&self) -> impl Iterator<Item = u64> {
        self.records.iter().filter_map(|record| match &record.entry {
            Some(Entry::Event(event)) => event.order.map(|order| order.id).filter(|id| *id != 0),
            _ => None,
        })
    }
}

/// How a hit's way can end before it is an event.
enum Stop {
    Refuse(Reason),
    Drop(Reason),
}

/// What the steps work with.
pub struct Pipeline {
    clock: Clock,
    accounts: Arc<Accounts>,
    privacy: Arc<Privacy>,
    orders: Arc<Orders>,
}

/// A hit on its way, with what the steps so far have found out about it.
struct Passage<'a> {
    hit: Hit,
    origin: &'a Origin,
    links: Links,
    /// The order that was claimed.
    order: Option<u64>,
    site: Option<Arc<Site>>,
    trusted: bool,
    /// Read from a log by the server itself: allowed to claim everything, and nobody vouches for it.
    from_log: bool,
    now: Timestamp,
    time: Timestamp,
}

type Step = fn(&Pipeline, &mut Passage<'_>) -> Result<(), Stop>;

/// The order is Matomo's: what is wrong with a request comes before what is wrong with its sender.
const STEPS: [Step; 14] = [
    Pipeline::find_site,
    Pipeline::check_token,
    Pipeline::claim_time,
    Pipeline::claim_person,
    Pipeline::find_goal,
    Pipeline::ask_to_record,
    Pipeline::judge_sender,
    Pipeline::exclude_sender,
    Pipeline::exclude_spam,
    Pipeline::exclude_local_hosts,
    Pipeline::exclude_other_hosts,
    Pipeline::limit_rate,
    Pipeline::find_search,
    Pipeline::claim_order,
];

impl Pipeline {
    /// A pipeline over the server's parts.
    pub fn new(
        clock: Clock,
        accounts: Arc<Accounts>,
        privacy: Arc<Privacy>,
        orders: Arc<Orders>,
    ) -> Pipeline {
        Pipeline { clock, accounts, privacy, orders }
    }

    /// Takes a hit through all steps.
    ///
    /// # Errors
    /// When a new day's salt can't be written down: nothing can be counted then.
    pub fn run(&self, hit: Hit, origin: &Origin) -> io::Result<Outcome> {
        self.pass(hit, origin, false)
    }

    /// The same for a hit out of a log that somebody imports who may.
    ///
    /// # Errors
    /// As [`Pipeline::run`].
    pub fn run_logged(&self, hit: Hit, origin: &Origin) -> io::Result<Outcome> {
        self.pass(hit, origin, true)
    }

    fn pass(&self, hit: Hit, origin: &Origin, from_log: bool) -> io::Result<Outcome> {
        let now = self.clock.now();
        let links = Links::of(&hit, origin);
        let mut passage =
            Passage { hit, origin, links, order: None, site: None, trusted: false, from_log, now, time: now };
        match STEPS.iter().try_for_each(|step| step(self, &mut passage)) {
            Ok(()) => {
                let claimed = passage.order;
                self.finish(passage).inspect_err(|_| self.take_back(claimed))
            }
            Err(Stop::Refuse(reason)) => Ok(passage.stopped(reason, true)),
            Err(Stop::Drop(reason)) => Ok(passage.stopped(reason, false)),
        }
    }

    /// The outcome of a request that could not even be parsed.
    pub fn refuse(&self, reason: Reason) -> Outcome {
        stopped(None, self.clock.now(), reason, 1, true)
    }

    /// Takes back the orders that were claimed for records that could not be made durable: the client will send them
    /// again.
    pub fn take_back(&self, orders: impl IntoIterator<Item = u64>) {
        orders.into_iter().for_each(|order| self.orders.release(order));
    }

    fn find_site(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        passage.site = self.accounts.directory().site(passage.hit.site).cloned();
        passage.site.as_ref().map(|_| ()).ok_or(Stop::Refuse(Reason::UnknownSite))
    }

    /// A token of another site is as good as none.
    fn check_token(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        if passage.from_log {
            passage.trusted = true;
            return Ok(());
        }
        let directory = self.accounts.directory();
        let principal = passage.hit.token.as_deref().and_then(|token| directory.token(token));
        passage.trusted = principal.is_some_and(|principal| principal.may(Role::Write, passage.hit.site));
        Ok(())
    }

    fn claim_time(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let now = passage.now.as_second();
        let claimed = claimed_second(passage.hit.time, now);
        if now.saturating_sub(claimed) >= TOKEN_AGE && !passage.trusted {
            return Err(Stop::Refuse(Reason::Forbidden));
        }
        if claimed != now {
            passage.time = Timestamp::from_second(claimed).unwrap_or(passage.now);
        }
        Ok(())
    }

    fn claim_person(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let claims = passage.hit.address.is_some() || passage.hit.place.is_some();
        match claims && !passage.trusted {
            true => Err(Stop::Refuse(Reason::Forbidden)),
            false => Ok(()),
        }
    }

    fn find_goal(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let goals = passage.site.as_ref().map(|site| site.goals.as_slice()).unwrap_or_default();
        match passage.hit.actions.first() {
            Some(Action::BrokenBasket) => Err(Stop::Drop(Reason::Commerce)),
            Some(Action::Goal { goal }) if !goals.iter().any(|own| own.id == *goal) => {
                Err(Stop::Refuse(Reason::UnknownGoal))
            }
            _ => Ok(()),
        }
    }

    fn ask_to_record(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        match passage.hit.recorded {
            true => Ok(()),
            false => Err(Stop::Drop(Reason::NotRecorded)),
        }
    }

    /// Bots, automation and prefetching. A server that sends with a token vouches for its hits, whatever program it sends
    /// them with; a log holds them all.
    fn judge_sender(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        if passage.origin.prefetch {
            return Err(Stop::Drop(Reason::Prefetch));
        }
        if passage.hit.bots {
            return Ok(());
        }
        let is_vouched_for = passage.trusted && !passage.from_log;
        let verdict = self.privacy.judge_agent(passage.hit.agent.as_ref(), passage.origin, is_vouched_for);
        verdict.map_or(Ok(()), |reason| Err(Stop::Drop(reason)))
    }

    fn limit_rate(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        match !passage.trusted && self.privacy.is_over_limit(passage.origin) {
            true => Err(Stop::Drop(Reason::Rate)),
            false => Ok(()),
        }
    }

    /// A page of the site's own search is a search, and a search on a site without one is a page.
    fn find_search(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let site = passage.site.as_ref();
        let settings = site.and_then(|site| site.settings.search.as_ref());
        let page = passage.hit.url.as_deref().or(passage.origin.page.as_deref());
        for action in &mut passage.hit.actions {
            match (&action, settings) {
                (Action::SiteSearch { .. }, None) => *action = Action::PageView,
                (Action::PageView, Some(settings)) => {
                    let found = page.and_then(|page| {
                        let (count, charset) = (passage.hit.search_count, passage.hit.charset.as_deref());
                        search::find(settings, page, count, charset)
                    });
                    *action = found.unwrap_or(Action::PageView);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The same order twice is a mistake of the shop. The last step: whatever is claimed here is stored.
    fn claim_order(&self, passage: &mut Passage<'_>) -> Result<(), Stop> {
        let Some(Action::Order { id, .. }) = passage.hit.actions.first() else {
            return Ok(());
        };
        let number = self.privacy.order_number(passage.hit.site, id);
        passage.order = self.orders.claim(number).then_some(number);
        passage.order.map(drop).ok_or(Stop::Refuse(Reason::DuplicateOrder))
    }

    /// The hit becomes events, and the person is gone.
    fn finish(&self, passage: Passage<'_>) -> io::Result<Outcome> {
        let Some(site) = passage.site.clone() else {
            return Ok(self.refuse(Reason::UnknownSite));
        };
        let moment = Moment::of(passage.time, site.zone(passage.time));
        let page = passage.origin.page.as_deref();
        let actions = passage.hit.actions.iter();
        let conversions: Vec<_> =
            actions.map(|action| goals::reached(&site, &passage.hit, page, action)).collect();
        let Passage { hit, origin, links, trusted, now, .. } = &passage;
        let sent = Sent { hit, origin, links, trusted: *trusted };
        let events = self.privacy.anonymise(&sent, &site, moment, *now)?;
        let reason = events.iter().find_map(|event| event.as_ref().err().copied());
        let events = events.into_iter().zip(conversions);
        let records = events
            .map(|(event, conversions)| event.map(|event| Event { conversions, ..event }))
            .map(|event| record(event, &site, moment))
            .collect();
        Ok(Outcome { records, refused: false, reason })
    }
}

impl Passage<'_> {
    fn stopped(self, reason: Reason, refused: bool) -> Outcome {
        stopped(self.site.as_deref(), self.time, reason, 1, refused)
    }
}

fn record(event: Result<Event, Reason>, site: &Site, moment: Moment) -> Record {
    match event {
        Ok(event) => event.into(),
        Err(reason) => {
            Dropped { site: site.id, local_date: moment.local_date, reason: reason as u32, count: 1 }.into()
        }
    }
}

/// Counts something that is not an event, under the site's date, or under UTC's when there is no such site.
fn stopped(site: Option<&Site>, now: Timestamp, reason: Reason, count: u32, refused: bool) -> Outcome {
    let zone = site.map_or(TimeZone::UTC, |site| site.zone(now).clone());
    let local_date = Moment::of(now, &zone).local_date;
    let dropped = Dropped { site: site.map_or(0, |site| site.id), local_date, reason: reason as u32, count };
    Outcome { records: vec![dropped.into()], refused, reason: Some(reason) }
}

/// The second a hit claims, or now when the claim is absurd: in the future, or decades old.
fn claimed_second(claim: ClaimedTime, now: i64) -> i64 {
    let claimed = claim.at.unwrap_or(now).saturating_sub(claim.offset);
    match (now - ABSURD_AGE..=now).contains(&claimed) {
        true => claimed,
        false => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_times_are_now() {
        let claim = |at, offset| claimed_second(ClaimedTime { at, offset }, 1_000_000_000);
        assert_eq!(claim(None, 0), 1_000_000_000);
        assert_eq!(claim(Some(999_999_990), 5), 999_999_985);
        assert_eq!(claim(Some(1_000_000_001), 0), 1_000_000_000);
        assert_eq!(claim(Some(5), 0), 1_000_000_000);
        assert_eq!(claim(Some(i64::MIN), i64::MAX), 1_000_000_000);
        assert_eq!(claim(None, -60), 1_000_000_000);
    }
}
