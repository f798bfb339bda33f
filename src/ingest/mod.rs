//! The one way to the spool, for everything that is counted: hits, hits in bulk, lines of logs, banner events.
//!
//! Each step of one visible list passes on what was sent, or ends its way with a [`Reason`] that is counted: *refused*
//! (it can't mean anything, or lacks a token: 400) or *dropped* (excluded on purpose; the client can't tell it from what
//! is accepted). A hit that is dropped is a number in the spool; a banner event is counted all the same, gross, and its
//! reason says why it is not valid. What has become of everything is stored by [`Ingest::store`] alone, which counts it in
//! the metrics and gives orders back that could not be stored.
//!
//! A new rule is a step, and its kind says what it holds for: it can't be forgotten for one of the ways in.

mod banner;
mod batch;
mod exclusions;
mod goals;
mod hit;
mod orders;
mod outcome;
mod search;
mod sender;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::accounts::{Accounts, Site};
use crate::ads::Delivery;
use crate::clock::Clock;
use crate::event::{AdKind, Dropped, Reason};
use crate::privacy::{Links, Moment, Origin, Privacy};
use crate::protocol::{self, Hit, Params};
use crate::spool::Spool;
use crate::telemetry::Telemetry;

pub use batch::{Batch, size};
pub use hit::ABSURD_AGE;
pub use orders::{MAX_ORDERS, Orders};
pub use outcome::{CountedAs, Outcome};

use banner::Banner;
use orders::Claim;
use outcome::{Stop, Verdict};

/// A step, by what it holds for.
enum Step {
    /// Everything that is counted.
    All(fn(&Ingest, &mut Passage<'_>, &Subject<'_>) -> Verdict),
    /// Hits, however they come.
    Hits(fn(&Ingest, &mut Passage<'_>, &mut Hit) -> Verdict),
    /// Banner events.
    Banners(fn(&Ingest, &mut Passage<'_>, &Banner) -> Verdict),
}

use Step::{All, Banners, Hits};

/// The order is Matomo's: what is wrong with a request comes before what is wrong with its sender.
const STEPS: [Step; 16] = [
    All(Ingest::find_site),
    Hits(Ingest::check_token),
    Hits(Ingest::claim_time),
    Hits(Ingest::claim_person),
    Hits(Ingest::find_goal),
    Hits(Ingest::ask_to_record),
    Banners(Ingest::ask_for_age),
    All(Ingest::judge_sender),
    All(Ingest::exclude_sender),
    Hits(Ingest::exclude_spam),
    All(Ingest::exclude_local_hosts),
    All(Ingest::exclude_other_hosts),
    All(Ingest::limit_rate),
    Hits(Ingest::find_search),
    Hits(Ingest::bound_values),
    Hits(Ingest::claim_order),
];

/// What the steps work with.
pub struct Ingest {
    clock: Clock,
    accounts: Arc<Accounts>,
    privacy: Arc<Privacy>,
    orders: Arc<Orders>,
    spool: Spool,
    telemetry: Arc<Telemetry>,
}

/// What an [`Ingest`] is made of.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Sites, tokens, banners.
    pub accounts: Arc<Accounts>,
    /// Where personal data ends.
    pub privacy: Arc<Privacy>,
    /// Orders that were counted.
    pub orders: Arc<Orders>,
    /// Where everything goes.
    pub spool: Spool,
    /// What operators watch.
    pub telemetry: Arc<Telemetry>,
}

/// What was sent.
enum Subject<'a> {
    /// Something happened on a site.
    Hit(&'a mut Hit),
    /// Something happened with a banner.
    Banner(&'a Banner),
}

impl Subject<'_> {
    fn hit(&self) -> Option<&Hit> {
        match self {
            Subject::Hit(hit) => Some(hit),
            Subject::Banner(_) => None,
        }
    }

    fn site(&self) -> u32 {
        match self {
            Subject::Hit(hit) => hit.site,
            Subject::Banner(banner) => banner.delivery.site,
        }
    }

    fn counted_as(&self) -> CountedAs {
        match self {
            Subject::Hit(_) => CountedAs::Hit,
            Subject::Banner(banner) => match banner.kind {
                AdKind::Impression => CountedAs::Impression,
                AdKind::Click => CountedAs::Click,
            },
        }
    }
}

/// What the steps so far have found out.
struct Passage<'a> {
    origin: &'a Origin,
    links: Links,
    /// The order that was claimed.
    claim: Option<Claim>,
    site: Option<Arc<Site>>,
    /// Whether a number was beyond bounds, so that the hit is counted without it.
    left_out: bool,
    trusted: bool,
    /// Read from a log by the server itself: allowed to claim everything, and nobody vouches for it.
    from_log: bool,
    now: Timestamp,
    time: Timestamp,
}

impl Ingest {
    /// The steps over the server's parts.
    pub fn new(parts: Parts) -> Ingest {
        let Parts { clock, accounts, privacy, orders, spool, telemetry } = parts;
        Ingest { clock, accounts, privacy, orders, spool, telemetry }
    }

    /// Takes a hit through the steps, as a tracker sends it; `outer` is a token that came another way.
    pub fn hit(&self, params: &Params<'_>, outer: Option<&str>, origin: &Origin) -> Outcome {
        match protocol::parse(params) {
            Ok(mut hit) => {
                hit.token = hit.token.or_else(|| outer.map(str::to_owned));
                self.pass_hit(hit, origin, false)
            }
            Err(_) => self.refuse(Reason::BadRequest),
        }
    }

    /// Takes a hit out of a log that somebody imports who may.
    pub fn logged(&self, hit: Hit, origin: &Origin) -> Outcome {
        self.pass_hit(hit, origin, true)
    }

    /// Takes a banner's impression or click.
    pub fn banner(&self, kind: AdKind, delivery: Delivery, origin: &Origin) -> Outcome {
        let banner = Banner { kind, delivery };
        let mut passage = self.passage(Links::default(), origin, false);
        match self.walk(&mut passage, Subject::Banner(&banner)) {
            Ok(()) => self.finish_banner(&passage, &banner, None),
            Err(Stop::Drop(reason)) => self.finish_banner(&passage, &banner, Some(reason)),
            Err(Stop::Refuse(reason)) => passage.stopped(reason, true, Subject::Banner(&banner).counted_as()),
        }
    }

    /// The outcome of a request that could not even be read.
    pub fn refuse(&self, reason: Reason) -> Outcome {
        Outcome::stopped(dropped(None, self.clock.now(), reason), true, CountedAs::Hit)
    }

    fn pass_hit(&self, mut hit: Hit, origin: &Origin, from_log: bool) -> Outcome {
        let mut passage = self.passage(Links::of(&hit, origin), origin, from_log);
        match self.walk(&mut passage, Subject::Hit(&mut hit)) {
            Ok(()) => self.finish_hit(passage, &hit),
            Err(Stop::Refuse(reason)) => passage.stopped(reason, true, CountedAs::Hit),
            Err(Stop::Drop(reason)) => passage.stopped(reason, false, CountedAs::Hit),
        }
    }

    fn passage<'a>(&self, links: Links, origin: &'a Origin, from_log: bool) -> Passage<'a> {
        let now = self.clock.now();
        Passage {
            origin,
            links,
            claim: None,
            site: None,
            left_out: false,
            trusted: false,
            from_log,
            now,
            time: now,
        }
    }

    fn walk(&self, passage: &mut Passage<'_>, mut subject: Subject<'_>) -> Verdict {
        STEPS.iter().try_for_each(|step| match (step, &mut subject) {
            (All(step), subject) => step(self, passage, subject),
            (Hits(step), Subject::Hit(hit)) => step(self, passage, hit),
            (Banners(step), Subject::Banner(banner)) => step(self, passage, banner),
            (Hits(_), Subject::Banner(_)) | (Banners(_), Subject::Hit(_)) => Ok(()),
        })
    }

    fn find_site(&self, passage: &mut Passage<'_>, subject: &Subject<'_>) -> Verdict {
        passage.site = self.accounts.directory().site(subject.site()).cloned();
        passage.site.as_ref().map(|_| ()).ok_or(Stop::Refuse(Reason::UnknownSite))
    }
}

impl Passage<'_> {
    fn stopped(&self, reason: Reason, refused: bool, counted_as: CountedAs) -> Outcome {
        Outcome::stopped(dropped(self.site.as_deref(), self.time, reason), refused, counted_as)
    }

    /// The time, as the site's calendar has it.
    fn moment(&self, site: &Site) -> Moment {
        Moment::of(self.time, site.zone(self.time))
    }
}

/// One that is not counted, under the site's date, or under UTC's when there is no such site.
fn dropped(site: Option<&Site>, time: Timestamp, reason: Reason) -> Dropped {
    let zone = site.map_or(TimeZone::UTC, |site| site.zone(time).clone());
    let local_date = Moment::of(time, &zone).local_date;
    Dropped { site: site.map_or(0, |site| site.id), local_date, reason: reason as u32, count: 1 }
}
