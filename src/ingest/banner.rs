//! Banner events: what they are made of, the steps that only they take, and what they become.

use super::outcome::{Verdict, drop_if};
use super::{Ingest, Outcome, Passage, Subject};
use crate::ads::Delivery;
use crate::event::{AdKind, Reason};

/// Something that happened with a banner.
pub(super) struct Banner {
    /// What happened.
    pub kind: AdKind,
    /// The delivery, whose signature is right.
    pub delivery: Delivery,
}

impl Ingest {
    /// A delivery is good for a while.
    pub(super) fn ask_for_age(&self, passage: &mut Passage<'_>, banner: &Banner) -> Verdict {
        drop_if(banner.delivery.is_expired(passage.now), Reason::Expired)
    }

    /// The event is counted, gross; a reason says why it is not valid. The drain adds repetitions.
    pub(super) fn finish_banner(
        &self,
        passage: &Passage<'_>,
        banner: &Banner,
        reason: Option<Reason>,
    ) -> Outcome {
        let counted_as = Subject::Banner(banner).counted_as();
        let Some(site) = &passage.site else {
            return passage.stopped(Reason::UnknownSite, true, counted_as);
        };
        let moment = passage.moment(site);
        let mut event =
            self.privacy.banner_event(banner.kind, &banner.delivery, passage.origin, moment, passage.now);
        event.reason = reason.map_or(0, |reason| reason as u32);
        Outcome::of_banner(event, counted_as)
    }
}
