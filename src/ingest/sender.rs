//! Steps that look at who sends: programs that are nobody, and networks that send more than their share.

use super::outcome::{Stop, Verdict, drop_if};
use super::{Ingest, Passage, Subject};
use crate::event::Reason;

impl Ingest {
    /// Bots, automation and prefetching. A server that sends with a token vouches for its hits, whatever program it sends
    /// them with; a log holds them all. A mail provider fetches a banner for its reader, and a page for nobody.
    pub(super) fn judge_sender(&self, passage: &mut Passage<'_>, subject: &Subject<'_>) -> Verdict {
        if passage.origin.prefetch {
            return Err(Stop::Drop(Reason::Prefetch));
        }
        let hit = subject.hit();
        if hit.is_some_and(|hit| hit.bots) {
            return Ok(());
        }
        let is_vouched_for = passage.trusted && !passage.from_log;
        let agent = hit.and_then(|hit| hit.agent.as_ref());
        match self.privacy.judge_agent(agent, passage.origin, is_vouched_for) {
            Some(Reason::MailProxy) if hit.is_some() => Err(Stop::Drop(Reason::Bot)),
            Some(reason) => Err(Stop::Drop(reason)),
            None => Ok(()),
        }
    }

    pub(super) fn limit_rate(&self, passage: &mut Passage<'_>, _: &Subject<'_>) -> Verdict {
        drop_if(!passage.trusted && self.privacy.is_over_limit(passage.origin), Reason::Rate)
    }
}
