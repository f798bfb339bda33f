//! What became of what was sent.

use super::Claim;
use crate::event::{AdEvent, Dropped, Event, Reason, Record};

/// How something can end its way before it is counted.
pub(super) enum Stop {
    /// It can't mean anything, or lacks a token: the client is told.
    Refuse(Reason),
    /// It is excluded on purpose: the client can't tell it from what is accepted.
    Drop(Reason),
}

/// What a step says.
pub(super) type Verdict = Result<(), Stop>;

/// Excludes for a reason, if so.
pub(super) fn drop_if(is_excluded: bool, reason: Reason) -> Verdict {
    match is_excluded {
        true => Err(Stop::Drop(reason)),
        false => Ok(()),
    }
}

/// What became of a hit or a banner event.
pub struct Outcome {
    /// What goes into the spool.
    pub records: Vec<Record>,
    /// Whether the client is told that it did something wrong.
    pub refused: bool,
    /// Why it was not counted, or not as valid, if so.
    pub reason: Option<Reason>,
    /// What is counted about it although it was counted itself: a number that can't be was left out.
    pub note: Option<Reason>,
    /// What it is counted as in the metrics.
    pub counted_as: CountedAs,
    /// The order that was claimed; given back unless the records become durable.
    pub(super) claim: Option<Claim>,
}

/// What the metrics tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountedAs {
    /// A hit, or a request that is nothing at all.
    Hit,
    /// A banner's impression.
    Impression,
    /// A banner's click.
    Click,
}

impl Outcome {
    /// Events of a hit; an action that can't be kept is a dropped one.
    pub(super) fn of_hit(events: Vec<Result<Event, Dropped>>, claim: Option<Claim>) -> Outcome {
        let reason = events.iter().find_map(|event| event.as_ref().err().and_then(Dropped::why));
        let record = |event: Result<Event, Dropped>| event.map_or_else(Record::from, Record::from);
        let records = events.into_iter().map(record).collect();
        Outcome { records, refused: false, reason, note: None, counted_as: CountedAs::Hit, claim }
    }

    /// A banner event, valid or not.
    pub(super) fn of_banner(event: AdEvent, counted_as: CountedAs) -> Outcome {
        let reason = u8::try_from(event.reason).ok().and_then(Reason::from_number);
        Outcome { records: vec![event.into()], refused: false, reason, note: None, counted_as, claim: None }
    }

    /// The same, with what is counted beside it.
    pub(super) fn noting(mut self, note: Option<Dropped>) -> Outcome {
        self.note = note.as_ref().and_then(Dropped::why);
        self.records.extend(note.map(Record::from));
        self
    }

    /// Something that is counted under its reason alone.
    pub(super) fn stopped(dropped: Dropped, refused: bool, counted_as: CountedAs) -> Outcome {
        let reason = dropped.why();
        Outcome { records: vec![dropped.into()], refused, reason, note: None, counted_as, claim: None }
    }
}
