//! What one tracking request says.

use crate::privacy::Sensitive;

/// One tracking request, parsed and not yet trusted, cleaned or anonymised.
///
/// Its numbers may be anything, also infinite, until [`bound`](super::bound) has judged them.
///
/// It can't be printed, stored or serialised: what identifies a person is inside [`Sensitive`], and the rest is raw
/// text that a visitor chose.
///
/// ```compile_fail
/// fn print<T: std::fmt::Debug>(_: T) {}
/// fn check(hit: footfall::protocol::Hit) { print(hit) }
/// ```
///
/// ```compile_fail
/// fn store<T: serde::Serialize>(_: T) {}
/// fn check(hit: footfall::protocol::Hit) { store(hit) }
/// ```
pub struct Hit {
    /// The site's number, above 0.
    pub site: u32,
    /// Whether `rec` asks for the hit to be recorded.
    pub recorded: bool,
    /// What happened: one action, or two when a click on a content block led off the site.
    pub actions: Vec<Action>,
    /// Page address as sent.
    pub url: Option<String>,
    /// What the percent-encoded parts of `url` are written in, when that is not UTF-8.
    pub charset: Option<String>,
    /// Page title as sent.
    pub title: Option<String>,
    /// Referring address as sent.
    pub referrer: Option<String>,
    /// Campaign parameters that stand beside `url` instead of inside it: name and value.
    pub campaign: Vec<(String, String)>,
    /// User agent that replaces the header's.
    pub agent: Option<Sensitive<String>>,
    /// Client hints as JSON.
    pub hints: Option<Sensitive<String>>,
    /// Language list that replaces the header's.
    pub language: Option<Sensitive<String>>,
    /// Visitor address that replaces the connection's; needs a token.
    pub address: Option<Sensitive<String>>,
    /// Visitor id, made from the user id when there is one; used on sites in consent mode alone.
    pub id: Option<Sensitive<String>>,
    /// User id; used on sites in consent mode alone.
    pub user: Option<Sensitive<String>>,
    /// Whether the client insists on `id`: nothing else may recognise the visitor.
    pub forced: bool,
    /// Token that came with the request.
    pub token: Option<String>,
    /// When it happened, if the client claims to know; needs a token when it is a day old or more.
    pub time: ClaimedTime,
    /// Where it happened, if the client claims to know; needs a token.
    pub place: Option<ClaimedPlace>,
    /// Screen size, `WxH`.
    pub screen: Option<String>,
    /// Hour of the visitor's clock, 0-23.
    pub local_hour: Option<u32>,
    /// Tells the page views of a visit apart: at most six characters.
    pub view: Option<String>,
    /// Network, server, transfer, DOM processing, DOM completion and onload in milliseconds, -1 where not measured;
    /// `None` when nothing was.
    pub timings: Option<[f64; 6]>,
    /// The product that a page shows.
    pub product: Option<Product>,
    /// What a conversion is worth, if the client says so.
    pub revenue: Option<f64>,
    /// Whom the client's memory credits conversions to.
    pub attribution: Option<ClaimedAttribution>,
    /// Custom dimensions: number and value, empty to clear.
    pub dimensions: Vec<(u32, String)>,
    /// Custom variables.
    pub variables: Vec<Variable>,
    /// Bytes that the server sent.
    pub bandwidth: Option<f64>,
    /// Number of results, should the page be one of a search.
    pub search_count: Option<f64>,
    /// Whether the client asks for a new visit.
    pub new_visit: bool,
    /// Whether known bots are to be counted, too.
    pub bots: bool,
    /// Whether the page's fragment is its route, as our own script says that sends one for no other reason.
    pub hash_route: bool,
}

/// What a hit reports, in Matomo's terms.
pub enum Action {
    /// A page was viewed.
    PageView,
    /// A link off the site was followed.
    Outlink {
        /// Where it leads, as sent.
        url: String,
    },
    /// A file was downloaded.
    Download {
        /// The file's address, as sent.
        url: String,
    },
    /// Something the site owner named happened.
    Event {
        /// Event category, not blank.
        category: String,
        /// Event action, not blank.
        action: String,
        /// Event name.
        name: Option<String>,
        /// Event value.
        value: Option<f64>,
    },
    /// The site's own search was used.
    SiteSearch {
        /// What was searched for.
        keyword: String,
        /// In which part of the site.
        category: Option<String>,
        /// How many results there were.
        count: Option<f64>,
    },
    /// A content block was shown.
    ContentImpression(Content),
    /// A content block was used.
    ContentInteraction {
        /// The block.
        content: Content,
        /// How: `click`, for instance.
        interaction: String,
    },
    /// A heart beat: lengthens the visit and nothing else.
    Ping,
    /// A conversion that the client reports itself.
    Goal {
        /// The goal's number, above 0.
        goal: u32,
    },
    /// Something was bought.
    Order {
        /// The order's number, not empty.
        id: String,
        /// What it amounts to, and its products.
        basket: Basket,
    },
    /// A cart, as it stands after a change.
    Cart(Basket),
    /// An order or a cart whose products can't be read.
    BrokenBasket,
}

/// What an order or a cart amounts to, in the site's currency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basket {
    /// Total of the products.
    pub subtotal: f64,
    /// Tax.
    pub tax: f64,
    /// Shipping.
    pub shipping: f64,
    /// Discount.
    pub discount: f64,
    /// The products.
    pub products: Vec<Product>,
}

/// A product, as sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Product {
    /// Stock-keeping unit.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Categories, at most five.
    pub categories: Vec<String>,
    /// Price of one.
    pub price: f64,
    /// How many; 0 for one that is only looked at.
    pub quantity: f64,
}

/// A custom variable, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Whether it is about the visit; else about the page.
    pub of_visit: bool,
    /// Its slot, 1-5.
    pub slot: u32,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Whom a client credits a conversion to, from what it remembers.
pub struct ClaimedAttribution {
    /// Campaign.
    pub campaign: Option<String>,
    /// Its keyword.
    pub keyword: Option<String>,
    /// Referring address.
    pub referrer: Option<String>,
}

/// A content block in Matomo's terms.
pub struct Content {
    /// Name of the block, not blank.
    pub name: String,
    /// The part that was shown, an image for instance.
    pub piece: Option<String>,
    /// Where it leads.
    pub target: Option<String>,
}

/// A client's claim about the time of a hit.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ClaimedTime {
    /// `cdt`: Unix seconds.
    pub at: Option<i64>,
    /// `cdo`: seconds to subtract from it, or from now.
    pub offset: i64,
}

/// A client's claim about the place of a hit.
pub struct ClaimedPlace {
    /// ISO 3166 code, as sent.
    pub country: Option<String>,
    /// Region, as sent.
    pub region: Option<String>,
    /// City, as sent.
    pub city: Option<String>,
}

/// Why a request can't mean anything: its answer is 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `idsite` is missing, not a number, 0 or negative.
    #[error("idsite is missing or not a number above 0")]
    Site,
    /// `cid` is there and not 16 hexadecimal digits.
    #[error("cid is not 16 hexadecimal digits")]
    ClientId,
    /// An event whose category or action is blank.
    #[error("event category or action is blank")]
    BlankEvent,
    /// A content block whose name is blank.
    #[error("content name is blank")]
    BlankContent,
    /// `ca=1` with nothing that is understood: it must not become a page view.
    #[error("ca=1 without an action that is known")]
    NothingToDo,
    /// Performance timing below -1.
    #[error("a performance timing is negative")]
    Timing,
}
