//! Steps that only hits take: what they claim, what they say that happened, and what they become.

use jiff::Timestamp;

use super::outcome::{Stop, Verdict};
use super::{Ingest, Outcome, Passage, goals, search};
use crate::accounts::Role;
use crate::event::{Dropped, Event, Reason};
use crate::privacy::Sent;
use crate::protocol::{self, Action, ClaimedTime, Hit};

/// A claimed time this old needs a token, in seconds.
const TOKEN_AGE: i64 = 86_400;

/// A claimed time this old is a mistake, in seconds (Matomo's 20 years).
pub const ABSURD_AGE: i64 = 20 * 365 * 86_400;

impl Ingest {
    /// A token of another site is as good as none.
    pub(super) fn check_token(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        if passage.from_log {
            passage.trusted = true;
            return Ok(());
        }
        let directory = self.accounts.directory();
        let principal = hit.token.as_deref().and_then(|token| directory.token(token));
        passage.trusted = principal.is_some_and(|principal| principal.may(Role::Write, hit.site));
        Ok(())
    }

    pub(super) fn claim_time(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        let now = passage.now.as_second();
        let claimed = claimed_second(hit.time, now);
        if now.saturating_sub(claimed) >= TOKEN_AGE && !passage.trusted {
            return Err(Stop::Refuse(Reason::Forbidden));
        }
        if claimed != now {
            passage.time = Timestamp::from_second(claimed).unwrap_or(passage.now);
        }
        Ok(())
    }

    pub(super) fn claim_person(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        let claims = hit.address.is_some() || hit.place.is_some();
        match claims && !passage.trusted {
            true => Err(Stop::Refuse(Reason::Forbidden)),
            false => Ok(()),
        }
    }

    pub(super) fn find_goal(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        let goals = passage.site.as_ref().map(|site| site.goals.as_slice()).unwrap_or_default();
        match hit.actions.first() {
            Some(Action::BrokenBasket) => Err(Stop::Drop(Reason::Commerce)),
            Some(Action::Goal { goal }) if !goals.iter().any(|own| own.id == *goal) => {
                Err(Stop::Refuse(Reason::UnknownGoal))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn ask_to_record(&self, _: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        match hit.recorded {
            true => Ok(()),
            false => Err(Stop::Drop(Reason::NotRecorded)),
        }
    }

    /// A page of the site's own search is a search, and a search on a site without one is a page.
    pub(super) fn find_search(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        let site = passage.site.as_ref();
        let settings = site.and_then(|site| site.settings.search.as_ref());
        let page = hit.url.as_deref().or(passage.origin.page.as_deref());
        for action in &mut hit.actions {
            match (&action, settings) {
                (Action::SiteSearch { .. }, None) => *action = Action::PageView,
                (Action::PageView, Some(settings)) => {
                    let found = page.and_then(|page| {
                        let (count, charset) = (hit.search_count, hit.charset.as_deref());
                        search::find(settings, page, count, charset)
                    });
                    *action = found.unwrap_or(Action::PageView);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Prices, values and counts that can't be are left out; the hit is counted without them, and that it was.
    pub(super) fn bound_values(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        passage.left_out = protocol::bound(hit, passage.trusted);
        Ok(())
    }

    /// The same order twice is a mistake of the shop. The last step: whatever is claimed here is stored.
    pub(super) fn claim_order(&self, passage: &mut Passage<'_>, hit: &mut Hit) -> Verdict {
        let Some(Action::Order { id, .. }) = hit.actions.first() else {
            return Ok(());
        };
        passage.claim = self.orders.claim(self.privacy.order_number(hit.site, id));
        passage.claim.as_ref().map(|_| ()).ok_or(Stop::Refuse(Reason::DuplicateOrder))
    }

    /// The hit becomes events, and the person is gone.
    pub(super) fn finish_hit(&self, passage: Passage<'_>, hit: &Hit) -> Outcome {
        let Some(site) = passage.site.clone() else {
            return self.refuse(Reason::UnknownSite);
        };
        let moment = passage.moment(&site);
        let page = passage.origin.page.as_deref();
        let conversions = hit.actions.iter().map(|action| goals::reached(&site, hit, page, action));
        let sent = Sent { hit, origin: passage.origin, links: &passage.links, trusted: passage.trusted };
        let events = self.privacy.anonymise(&sent, &site, moment, passage.now);
        let dropped = |reason: Reason| Dropped {
            site: site.id,
            local_date: moment.local_date,
            reason: reason as u32,
            count: 1,
        };
        let events = events
            .into_iter()
            .zip(conversions)
            .map(|(event, conversions)| event.map(|event| Event { conversions, ..event }).map_err(dropped));
        let left_out = passage.left_out.then(|| dropped(Reason::Value));
        Outcome::of_hit(events.collect(), passage.claim).noting(left_out)
    }
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
