//! What is left of a hit when everything about a person is gone: the record that the spool keeps.
//!
//! There is no field for an address, a user agent or an id here, so none can be stored. Records are written as
//! protocol buffers: each field has a number, an absent one takes no space, and a reader skips numbers that it doesn't
//! know. **A number is never given to another field.** A field's meaning never changes either; a new meaning gets a
//! new number, so that a spool written by an older version can always be replayed.

use prost::{Enumeration, Message, Oneof};

/// Version of all that is written here. It rises with every new kind of entry, and with every field that an older version
/// must not overlook: that version then refuses the spool when it starts, instead of dropping what it doesn't know.
pub const VERSION: u16 = 1;

/// One entry of the spool.
#[derive(Clone, PartialEq, Message)]
pub struct Record {
    /// What the entry is about.
    #[prost(oneof = "Entry", tags = "1, 2, 3, 10")]
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
    /// How far a log has been imported, once everything before this entry is stored.
    #[prost(message, tag = "10")]
    Import(ImportMark),
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

impl Dropped {
    /// Why, unless a later version knows more reasons than this one.
    pub fn why(&self) -> Option<Reason> {
        u8::try_from(self.reason).ok().and_then(Reason::from_number)
    }
}

impl From<ImportMark> for Record {
    fn from(mark: ImportMark) -> Record {
        Record { entry: Some(Entry::Import(mark)) }
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
    /// Salted hash that tells the visitors of one site and day apart, and of nothing else; with an id that came with
    /// consent, those of one site.
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
    /// Where an outlink, a download or a content block leads; empty where that may not be kept, or is no address.
    #[prost(string, tag = "11")]
    pub target: String,
    /// Kind of the referrer, by Matomo's numbers: 1 direct, 2 search, 3 website, 6 campaign, 7 social, 8 AI assistant.
    #[prost(uint32, tag = "12")]
    pub referrer_kind: u32,
    /// Host, search engine, network, assistant or campaign.
    #[prost(string, tag = "13")]
    pub referrer_name: String,
    /// Address of the referring page: its query only when the hit came with consent.
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
    /// Hash of the user id that came with the hit; 0 without one, and on sites that keep no ids.
    #[prost(fixed64, tag = "31")]
    pub user: u64,
    /// The daily hash when `visitor` comes from an id, so that a hit without one can join the visit; else 0.
    #[prost(fixed64, tag = "32")]
    pub fingerprint: u64,
    /// Whether the client insists on its visitor id: the fingerprint is not asked then.
    #[prost(bool, tag = "33")]
    pub forced: bool,
    /// Tells the page views of one visit apart; 0 when the client doesn't.
    #[prost(fixed32, tag = "34")]
    pub view: u32,
    /// Network, server, transfer, DOM processing, DOM completion and onload in milliseconds, -1 where not measured;
    /// empty when nothing was.
    #[prost(sint32, repeated, tag = "35")]
    pub timings: Vec<i32>,
    /// Hour of the visitor's clock, 0-23; the site's when the client doesn't say.
    #[prost(uint32, optional, tag = "36")]
    pub visitor_hour: Option<u32>,
    /// Goals that the hit reaches; whether each counts depends on the visit.
    #[prost(message, repeated, tag = "37")]
    pub conversions: Vec<Conversion>,
    /// What an order or a cart amounts to.
    #[prost(message, optional, tag = "38")]
    pub order: Option<Order>,
    /// What an order or a cart holds, or the one product that a page shows.
    #[prost(message, repeated, tag = "39")]
    pub items: Vec<Item>,
    /// Custom dimensions.
    #[prost(message, repeated, tag = "40")]
    pub dimensions: Vec<Dimension>,
    /// Custom variables.
    #[prost(message, repeated, tag = "41")]
    pub variables: Vec<Variable>,
    /// Whom a conversion is credited to, when the client remembers better than the visit.
    #[prost(message, optional, tag = "42")]
    pub attribution: Option<Attribution>,
    /// Bytes that the server sent, as a log tells; 0 when unknown.
    #[prost(uint64, tag = "43")]
    pub bandwidth: u64,
    /// How the page's address begins: 0 `http://`, 1 `http://www.`, 2 `https://`, 3 `https://www.`.
    #[prost(uint32, tag = "44")]
    pub prefix: u32,
    /// The first of the goals that the hit reaches, also if it no longer counts: the drain's, 0 in the spool and without
    /// one.
    #[prost(uint32, tag = "45")]
    pub matched: u32,
    /// Whether the campaign came without a keyword: `referrer_keyword` is the referrer's host then, or empty, and is no
    /// reason to tell the campaign from another of its name.
    #[prost(bool, tag = "46")]
    pub keyword_missing: bool,
}

/// A goal that a hit reaches.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Conversion {
    /// Number of the goal.
    #[prost(uint32, tag = "1")]
    pub goal: u32,
    /// What it is worth.
    #[prost(double, tag = "2")]
    pub revenue: f64,
    /// Whether it counts more than once a visit.
    #[prost(bool, tag = "3")]
    pub repeats: bool,
    /// Minutes that the visit must have lasted for it to count; 0 for any.
    #[prost(uint32, tag = "4")]
    pub minutes: u32,
}

/// What an order or a cart amounts to.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Order {
    /// Hash of the order's number under the site's secret; 0 for a cart.
    #[prost(fixed64, tag = "1")]
    pub id: u64,
    /// Grand total.
    #[prost(double, tag = "2")]
    pub revenue: f64,
    /// Total of the items.
    #[prost(double, tag = "3")]
    pub subtotal: f64,
    /// Tax.
    #[prost(double, tag = "4")]
    pub tax: f64,
    /// Shipping.
    #[prost(double, tag = "5")]
    pub shipping: f64,
    /// Discount.
    #[prost(double, tag = "6")]
    pub discount: f64,
}

/// A product.
#[derive(Clone, PartialEq, Message)]
pub struct Item {
    /// Stock-keeping unit.
    #[prost(string, tag = "1")]
    pub sku: String,
    /// Name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Categories, at most five.
    #[prost(string, repeated, tag = "3")]
    pub categories: Vec<String>,
    /// Price of one.
    #[prost(double, tag = "4")]
    pub price: f64,
    /// How many; 0 for a product that was only looked at.
    #[prost(uint32, tag = "5")]
    pub quantity: u32,
}

/// The value of a custom dimension.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Dimension {
    /// Number of the dimension.
    #[prost(uint32, tag = "1")]
    pub id: u32,
    /// Its value; empty when the hit clears it.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// The value of a custom variable.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Variable {
    /// Whether it is about the visit; else about the page.
    #[prost(bool, tag = "1")]
    pub of_visit: bool,
    /// Its slot, from 1.
    #[prost(uint32, tag = "2")]
    pub slot: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Its value.
    #[prost(string, tag = "4")]
    pub value: String,
}

/// The referrer that a conversion is credited to.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Attribution {
    /// Its kind: a number as in [`Event::referrer_kind`].
    #[prost(uint32, tag = "1")]
    pub kind: u32,
    /// Host, search engine, network, assistant or campaign.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Search keyword or campaign keyword.
    #[prost(string, tag = "3")]
    pub keyword: String,
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
    /// A goal that the client itself reported.
    Goal = 9,
    /// An order.
    Order = 10,
    /// A cart, as it stood after a change.
    Cart = 11,
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

/// How far a log has been imported: see [`crate::imports`].
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct ImportMark {
    /// Number of the import.
    #[prost(uint32, tag = "1")]
    pub import: u32,
    /// Bytes of the log that are done with.
    #[prost(uint64, tag = "2")]
    pub offset: u64,
    /// Lines that are done with.
    #[prost(uint64, tag = "3")]
    pub lines: u64,
    /// Whether the line that `offset` is in is done with already.
    #[prost(bool, tag = "4")]
    pub within_line: bool,
    /// Whether any of the lines had an agent.
    #[prost(bool, tag = "5")]
    pub has_agents: bool,
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
    /// An order or a cart whose items can't be read.
    Commerce = 12,
    /// A heart beat of a visit that is over.
    LatePing = 13,
    /// A banner's signature is wrong (answered 400).
    BadSignature = 14,
    /// A banner's delivery is too old.
    Expired = 15,
    /// This delivery was counted before, or the click repeated.
    Duplicate = 16,
    // 17 was a link whose address may not be kept.
    /// An order whose number was counted before (answered 400).
    DuplicateOrder = 18,
    /// A visitor or agent that the site's settings exclude.
    Excluded = 19,
    /// A referrer on the list of spammers.
    ReferrerSpam = 20,
    /// A page that is not on one of the site's addresses, where the site asks for that.
    UnknownUrl = 21,
    /// A hit for a day whose raw events have begun to expire: counting it anew would lose what is gone.
    TooOld = 22,
    /// A number that can't be, such as a price of 10^308, was left out. The hit itself is counted without it, unless it
    /// is dropped for a reason of its own.
    Value = 23,
    /// A page on the sender's own machine or in a private network, where the site has no such address.
    LocalHost = 24,
    /// A banner in a mail, fetched by the image proxy of the reader's provider.
    MailProxy = 25,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 24] = [
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
        Reason::DuplicateOrder,
        Reason::Excluded,
        Reason::ReferrerSpam,
        Reason::UnknownUrl,
        Reason::TooOld,
        Reason::Value,
        Reason::LocalHost,
        Reason::MailProxy,
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
            Reason::DuplicateOrder => "duplicate_order",
            Reason::Excluded => "excluded",
            Reason::ReferrerSpam => "referrer_spam",
            Reason::UnknownUrl => "unknown_url",
            Reason::TooOld => "too_old",
            Reason::Value => "value",
            Reason::LocalHost => "local_host",
            Reason::MailProxy => "mail_proxy",
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
        let numbers = (1..=25).filter(|number| *number != 17);
        for (number, reason) in numbers.zip(Reason::ALL) {
            assert_eq!(reason as u8, number);
            assert_eq!(Reason::from_number(reason as u8), Some(reason));
        }
    }

    #[test]
    fn the_dashboard_explains_every_reason_for_which_hits_are_dropped() {
        let of_banners = [Reason::Expired, Reason::Duplicate, Reason::MailProxy];
        for texts in
            [include_str!("../dashboards/src/texts/en.ts"), include_str!("../dashboards/src/texts/nl.ts")]
        {
            for reason in Reason::ALL.into_iter().filter(|reason| !of_banners.contains(reason)) {
                assert!(texts.contains(&format!("\n      {}: {{ name:", reason.as_str())), "{reason:?}");
            }
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
