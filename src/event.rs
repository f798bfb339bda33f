//! What is left of a hit when everything about a person is gone: the record that the spool keeps.
//!
//! There is no field for an address, a user agent or an id here, so none can be stored. Records are written as
//! protocol buffers: each field has a number, an absent one takes no space, and a reader skips numbers that it doesn't
//! know. **A number is never given to another field.** A field's meaning never changes either; a new meaning gets a
//! new number, so that a spool written by an older version can always be replayed.

use prost::{Enumeration, Message, Oneof};

/// One entry of the spool.
#[derive(Clone, PartialEq, Message)]
pub struct Record {
    /// What the entry is about.
    #[prost(oneof = "Entry", tags = "1, 2, 3")]
    pub entry: Option<Entry>,
}

/// The kinds of entry.
#[derive(Clone, PartialEq, Oneof)]
pub enum Entry {
    /// Something happened on a site.
    #[prost(message, tag = "1")]
    Event(Box<Event>),
    /// Something happened with a banner.
    #[prost(message, tag = "2")]
    Ad(AdEvent),
    /// Hits that were not counted, and why.
    #[prost(message, tag = "3")]
    Dropped(Dropped),
}

impl From<Event> for Record {
    fn from(event: Event) -> Record {
        Record { entry: Some(Entry::Event(Box::new(event))) }
    }
}

impl From<AdEvent> for Record {
    fn from(event: AdEvent) -> Record {
        Record { entry: Some(Entry::Ad(event)) }
    }
}

impl From<Dropped> for Record {
    fn from(dropped: Dropped) -> Record {
        Record { entry: Some(Entry::Dropped(dropped)) }
    }
}

/// One anonymous event on a site.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Number of the site.
    #[prost(uint32, tag = "1")]
    pub site: u32,
    /// When it happened, Unix seconds.
    #[prost(int64, tag = "2")]
    pub time: i64,
    /// The site's local date: days since 1970-01-01.
    #[prost(int32, tag = "3")]
    pub local_date: i32,
    /// The site's local hour, 0-23.
    #[prost(uint32, tag = "4")]
    pub local_hour: u32,
    /// What happened.
    #[prost(enumeration = "Kind", tag = "5")]
    pub kind: i32,
    /// Salted hash that tells the visitors of one site and day apart, and of nothing else.
    #[prost(fixed64, tag = "6")]
    pub visitor: u64,
    /// Whether the client asked for a new visit.
    #[prost(bool, tag = "7")]
    pub new_visit: bool,
    /// Host of the page, lower case, without `www.`.
    #[prost(string, tag = "8")]
    pub host: String,
    /// Path and cleaned query of the page.
    #[prost(string, tag = "9")]
    pub path: String,
    /// Page title.
    #[prost(string, tag = "10")]
    pub title: String,
    /// Where an outlink, a download or a content block leads.
    #[prost(string, tag = "11")]
    pub target: String,
    /// Kind of the referrer, by Matomo's numbers: 1 direct, 2 search, 3 website, 6 campaign, 7 social, 8 AI assistant.
    #[prost(uint32, tag = "12")]
    pub referrer_kind: u32,
    /// Host, search engine, network, assistant or campaign.
    #[prost(string, tag = "13")]
    pub referrer_name: String,
    /// Host and path of the referring page, without its query.
    #[prost(string, tag = "14")]
    pub referrer_url: String,
    /// Search keyword or campaign keyword.
    #[prost(string, tag = "15")]
    pub referrer_keyword: String,
    /// Campaign fields, when there is a campaign.
    #[prost(message, optional, tag = "16")]
    pub campaign: Option<Campaign>,
    /// Event category, content name or search keyword, by kind.
    #[prost(string, tag = "17")]
    pub category: String,
    /// Event action, content piece or search category, by kind.
    #[prost(string, tag = "18")]
    pub action: String,
    /// Event name or content interaction, by kind.
    #[prost(string, tag = "19")]
    pub name: String,
    /// Event value, or number of search results.
    #[prost(double, optional, tag = "20")]
    pub value: Option<f64>,
    /// ISO 3166 code, upper case; empty when unknown.
    #[prost(string, tag = "21")]
    pub country: String,
    /// Region; empty when unknown.
    #[prost(string, tag = "22")]
    pub region: String,
    /// City; empty when unknown. Nothing finer is kept.
    #[prost(string, tag = "23")]
    pub city: String,
    /// Browser family.
    #[prost(string, tag = "24")]
    pub browser: String,
    /// Major version of the browser.
    #[prost(string, tag = "25")]
    pub browser_version: String,
    /// Operating system family.
    #[prost(string, tag = "26")]
    pub system: String,
    /// Major version of the operating system.
    #[prost(string, tag = "27")]
    pub system_version: String,
    /// Kind of device: a number of `privacy::device::DeviceKind`.
    #[prost(uint32, tag = "28")]
    pub device: u32,
    /// First language of the browser, without its region.
    #[prost(string, tag = "29")]
    pub language: String,
    /// Screen size, `WxH`.
    #[prost(string, tag = "30")]
    pub screen: String,
}

/// The fields of a campaign beside its name and keyword.
#[derive(Clone, PartialEq, Message)]
pub struct Campaign {
    /// Source, such as `newsletter`.
    #[prost(string, tag = "1")]
    pub source: String,
    /// Medium, such as `email`.
    #[prost(string, tag = "2")]
    pub medium: String,
    /// Content, to tell variants apart.
    #[prost(string, tag = "3")]
    pub content: String,
    /// Id.
    #[prost(string, tag = "4")]
    pub id: String,
}

/// What an [`Event`] is about. Numbers are stored: never give one another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Kind {
    /// A page was viewed.
    PageView = 1,
    /// A link off the site was followed.
    Outlink = 2,
    /// A file was downloaded.
    Download = 3,
    /// A named event.
    Event = 4,
    /// The site's own search.
    SiteSearch = 5,
    /// A content block was shown.
    ContentImpression = 6,
    /// A content block was used.
    ContentInteraction = 7,
    /// A heart beat.
    Ping = 8,
}

impl Kind {
    /// Whether it counts as an action of a visit, so that a second one ends its being a bounce (Matomo's rule).
    pub const COUNTED: [Kind; 5] =
        [Kind::PageView, Kind::Outlink, Kind::Download, Kind::Event, Kind::SiteSearch];
}

/// One banner event.
#[derive(Clone, PartialEq, Message)]
pub struct AdEvent {
    /// Number of the site that the placement is on.
    #[prost(uint32, tag = "1")]
    pub site: u32,
    /// When it happened, Unix seconds.
    #[prost(int64, tag = "2")]
    pub time: i64,
    /// The site's local date: days since 1970-01-01.
    #[prost(int32, tag = "3")]
    pub local_date: i32,
    /// The site's local hour, 0-23.
    #[prost(uint32, tag = "4")]
    pub local_hour: u32,
    /// What happened.
    #[prost(enumeration = "AdKind", tag = "5")]
    pub kind: i32,
    /// Campaign.
    #[prost(uint32, tag = "6")]
    pub campaign: u32,
    /// Creative.
    #[prost(uint32, tag = "7")]
    pub creative: u32,
    /// Placement.
    #[prost(uint32, tag = "8")]
    pub placement: u32,
    /// Number of the delivery, or 0 for a tag that has none.
    #[prost(fixed64, tag = "9")]
    pub nonce: u64,
    /// Salted hash that tells the viewers of one campaign and day apart, and of nothing else.
    #[prost(fixed64, tag = "10")]
    pub viewer: u64,
    /// Why it is not valid, or 0: a number of [`Reason`].
    #[prost(uint32, tag = "11")]
    pub reason: u32,
    /// ISO 3166 code, upper case; empty when unknown.
    #[prost(string, tag = "12")]
    pub country: String,
    /// Browser family.
    #[prost(string, tag = "13")]
    pub browser: String,
    /// Kind of device.
    #[prost(uint32, tag = "14")]
    pub device: u32,
}

/// What an [`AdEvent`] is about. Numbers are stored: never give one another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enumeration)]
#[repr(i32)]
pub enum AdKind {
    /// A banner began to render.
    Impression = 1,
    /// A banner was clicked.
    Click = 2,
}

/// Hits that were not counted.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Dropped {
    /// Number of the site; 0 when there is no such site.
    #[prost(uint32, tag = "1")]
    pub site: u32,
    /// The site's local date (UTC when there is no such site): days since 1970-01-01.
    #[prost(int32, tag = "2")]
    pub local_date: i32,
    /// Why: a number of [`Reason`].
    #[prost(uint32, tag = "3")]
    pub reason: u32,
    /// How many.
    #[prost(uint32, tag = "4")]
    pub count: u32,
}

/// Why something is not counted, or not valid. Numbers are stored: never give one another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// The request can't mean anything (answered 400).
    BadRequest = 1,
    /// There is no such site (answered 400).
    UnknownSite = 2,
    /// Something was claimed that needs a token (answered 400).
    Forbidden = 3,
    /// A goal that doesn't exist (answered 400).
    UnknownGoal = 4,
    /// `rec` was missing or 0.
    NotRecorded = 5,
    /// A known bot.
    Bot = 6,
    /// No user agent.
    AgentEmpty = 7,
    /// A user agent longer than any browser's.
    AgentTooLong = 8,
    /// An automated browser.
    Automation = 9,
    /// Fetched ahead of a view that may never happen.
    Prefetch = 10,
    /// Over the rate limit.
    Rate = 11,
    /// An order or a cart: not counted yet.
    Commerce = 12,
    /// A heart beat of a visit that is over.
    LatePing = 13,
    /// A banner's signature is wrong (answered 400).
    BadSignature = 14,
    /// A banner's delivery is too old.
    Expired = 15,
    /// This delivery was counted before, or the click repeated.
    Duplicate = 16,
    /// An outlink or a download whose address is none that may be kept.
    BadTarget = 17,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 17] = [
        Reason::BadRequest,
        Reason::UnknownSite,
        Reason::Forbidden,
        Reason::UnknownGoal,
        Reason::NotRecorded,
        Reason::Bot,
        Reason::AgentEmpty,
        Reason::AgentTooLong,
        Reason::Automation,
        Reason::Prefetch,
        Reason::Rate,
        Reason::Commerce,
        Reason::LatePing,
        Reason::BadSignature,
        Reason::Expired,
        Reason::Duplicate,
        Reason::BadTarget,
    ];

    /// The name that operators, the API and the metrics use.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::BadRequest => "bad_request",
            Reason::UnknownSite => "unknown_site",
            Reason::Forbidden => "forbidden",
            Reason::UnknownGoal => "unknown_goal",
            Reason::NotRecorded => "not_recorded",
            Reason::Bot => "bot",
            Reason::AgentEmpty => "agent_empty",
            Reason::AgentTooLong => "agent_too_long",
            Reason::Automation => "automation",
            Reason::Prefetch => "prefetch",
            Reason::Rate => "rate",
            Reason::Commerce => "commerce",
            Reason::LatePing => "late_ping",
            Reason::BadSignature => "bad_signature",
            Reason::Expired => "expired",
            Reason::Duplicate => "duplicate",
            Reason::BadTarget => "bad_target",
        }
    }

    /// The reason with a stored number.
    pub fn from_number(number: u8) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| *reason as u8 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_keep_their_numbers() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index + 1);
            assert_eq!(Reason::from_number(reason as u8), Some(reason));
        }
    }

    #[test]
    fn fields_of_a_later_version_are_skipped() {
        let event = Event { site: 7, path: "/x".into(), ..Event::default() };
        let mut bytes = Record::from(event.clone()).encode_to_vec();
        bytes.extend([0xfa, 0x3f, 2, b'h', b'i']); // field 1023, text
        assert_eq!(Record::decode(&bytes[..]).unwrap(), Record::from(event));
    }
}
