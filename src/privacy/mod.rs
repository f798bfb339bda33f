//! Hits to events: where personal data ends.
//!
//! The only module that sees an address or a user agent. What comes in ([`Hit`], [`Origin`]) can't be printed or stored;
//! what goes out ([`Event`], [`AdEvent`]) has no field for either. In between: the address is cut before anything uses
//! it, the city is looked up, the user agent becomes three words, visitor and day become one number under a salt that
//! is destroyed, and every text is cleaned.
//!
//! Deterministic, given the clock, the salts and the data files.

mod ad;
pub mod bots;
pub mod clean;
pub mod device;
mod exclusions;
pub mod geo;
mod ip;
mod links;
mod local;
mod opaque;
#[cfg(test)]
mod ordinary;
mod origin;
pub mod page_url;
mod parameters;
mod query;
pub mod referrer;
pub mod salt;
mod sensitive;
mod shop;
pub mod spam;
mod translated;
mod visitor;

use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;

use bytes::Bytes;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;

use crate::accounts::{Identity, Site};
use crate::config::{GeoSource, VisitorAddress};
use crate::day;
use crate::event::{Campaign, Event, Kind, Reason};
use crate::protocol::{Action, Content, Hit};
use crate::secret::Secret;
use bots::{Agent, BotList};
use clean::{TEXT_CHARS as SHORT, URL_CHARS as LONG};
use device::{Device, DeviceCache, Hints};
use geo::{GeoDb, Place};
use referrer::{Lists, NoReferrers};
use salt::Salts;
use spam::SpamList;
use visitor::Among;

pub use exclusions::is_excluded;
pub use links::Links;
pub use origin::Origin;
pub use sensitive::Sensitive;

/// What the privacy stage works with.
pub struct Privacy {
    salts: Salts,
    secret: Secret,
    geo: Option<GeoDb>,
    geo_source: GeoSource,
    visitor_address: VisitorAddress,
    bots: BotList,
    devices: DeviceCache,
    referrers: Lists,
    spam: SpamList,
    limiter: Option<DefaultKeyedRateLimiter<IpAddr>>,
    local_hosts: bool,
}

/// What a [`Privacy`] is made of.
pub struct Parts {
    /// The days' salts.
    pub salts: Salts,
    /// The server's secret.
    pub secret: Secret,
    /// The city database; absent when places come from elsewhere.
    pub geo: Option<GeoDb>,
    /// Where places come from.
    pub geo_source: GeoSource,
    /// Whether the visitor hash covers the whole address.
    pub visitor_address: VisitorAddress,
    /// Known bots.
    pub bots: BotList,
    /// Known search engines, networks and assistants.
    pub referrers: Lists,
    /// Hosts whose referrers are made up.
    pub spam: SpamList,
    /// Hits a second and truncated address; 0 means no limit.
    pub rate_limit: u32,
    /// Whether pages of local hosts count on every site.
    pub local_hosts: bool,
}

/// When a hit counts: the moment, and what the site's calendar says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Unix seconds.
    pub time: i64,
    /// Days since 1970-01-01 in the site's zone.
    pub local_date: i32,
    /// 0-23 in the site's zone.
    pub local_hour: u32,
}

impl Moment {
    /// What a site's calendar says about a time.
    pub fn of(time: Timestamp, zone: &jiff::tz::TimeZone) -> Moment {
        let local = time.to_zoned(zone.clone());
        Moment {
            time: time.as_second(),
            local_date: day::number(local.date()),
            local_hour: u32::from(local.hour().unsigned_abs()),
        }
    }
}

/// Ten seconds' worth of hits may come at once (50 a second allow a burst of 500).
const BURST_SECONDS: NonZeroU32 = NonZeroU32::new(10).unwrap();

impl Privacy {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Privacy {
        let quota =
            |rate: NonZeroU32| Quota::per_second(rate).allow_burst(rate.saturating_mul(BURST_SECONDS));
        Privacy {
            salts: parts.salts,
            secret: parts.secret,
            geo: parts.geo,
            geo_source: parts.geo_source,
            visitor_address: parts.visitor_address,
            bots: parts.bots,
            devices: DeviceCache::default(),
            referrers: parts.referrers,
            spam: parts.spam,
            limiter: NonZeroU32::new(parts.rate_limit).map(|rate| RateLimiter::keyed(quota(rate))),
            local_hosts: parts.local_hosts,
        }
    }

    /// Why an agent's hits, lines of a log or banner events are not counted, if so. Who is vouched for may send whatever
    /// his tools send, but not what a crawler calls itself: it was the visitor then.
    pub fn judge_agent(
        &self,
        replacement: Option<&Sensitive<String>>,
        origin: &Origin,
        is_vouched_for: bool,
    ) -> Option<Reason> {
        match self.bots.judge(replacement.unwrap_or(&origin.agent).open()) {
            Agent::Bot => Some(Reason::Bot),
            Agent::MailProxy => Some(Reason::MailProxy),
            _ if is_vouched_for => None,
            Agent::Person => None,
            Agent::Tool => Some(Reason::Bot),
            Agent::Empty => Some(Reason::AgentEmpty),
            Agent::TooLong => Some(Reason::AgentTooLong),
            Agent::Automation => Some(Reason::Automation),
        }
    }

    /// Whether this network has sent more than its share.
    pub fn is_over_limit(&self, origin: &Origin) -> bool {
        let network = ip::truncate(*origin.address.open());
        self.limiter.as_ref().is_some_and(|limiter| limiter.check_key(&network).is_err())
    }

    /// Whether a hit's referrer is made up.
    pub fn is_spam(&self, hit: &Hit, links: &Links) -> bool {
        let named = || hit.referrer.as_deref().and_then(page_url::host);
        let host = links.referrer.as_ref().map_or_else(named, page_url::bare_host);
        host.is_some_and(|host| self.spam.has(&host))
    }

    /// Whether a page is on a host that only those who work on the site reach, and the site has no such address itself.
    pub fn is_local(&self, page: Option<&str>, site: &Site) -> bool {
        let is_local = |page: &str| local::is_local(page, page_url::parse(page).as_ref());
        !self.local_hosts
            && page.is_some_and(is_local)
            && !site.hosts.iter().any(|host| local::is_local_host(host))
    }

    /// Reads the operator's lists again if they have changed.
    ///
    /// # Errors
    /// When one can't be read; what it said before stays in force.
    pub fn reread_lists(&self) -> io::Result<()> {
        self.spam.refresh()
    }

    /// Recognises the first bytes of a log that is imported into a site. They hold addresses and agents, and what is
    /// kept can't be tried out by somebody who lacks the server's secret. Gives nothing when `head` has fewer bytes.
    pub fn recognise(&self, site: u32, head: &Sensitive<Bytes>, bytes: u32) -> Option<[u8; 32]> {
        let part = head.open().get(..usize::try_from(bytes).ok()?)?;
        Some(self.secret.sign(&format!("head of a log of site {site}"), part))
    }

    /// Forgets what need not be remembered any longer, salts whose time is over and networks that have gone quiet, and makes
    /// the salts that will be needed. Waits for the disk.
    ///
    /// # Errors
    /// When the salts' file can't be replaced: it may hold a salt whose time is over, until the next call.
    pub fn tend(&self, now: Timestamp) -> anyhow::Result<()> {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        self.salts.tend(now)
    }

    /// Waits until there is a salt that is in memory alone.
    pub async fn salts_wanted(&self) {
        self.salts.wanted().await;
    }

    /// Writes down the salts that are in memory alone. Waits for the disk.
    ///
    /// # Errors
    /// When the salts' file can't be replaced.
    pub fn keep_salts(&self) -> anyhow::Result<()> {
        self.salts.keep()
    }

    /// Turns a hit into events: one for each action, or the reason why an action can't be kept.
    pub fn anonymise(
        &self,
        sent: &Sent<'_>,
        site: &Site,
        moment: Moment,
        now: Timestamp,
    ) -> Vec<Result<Event, Reason>> {
        let hit = sent.hit;
        let person = Person::of(hit, sent.origin, sent.trusted);
        let mut base = self.base(hit, &person, sent.links, site, moment);
        self.put_visitor(&mut base, hit, &person, site, moment, now);
        // Two actions of one click are one visit.
        let other = |_| Event { new_visit: false, ..base.clone() };
        let others: Vec<Event> = (1..hit.actions.len()).map(other).collect();
        let events = std::iter::once(base).chain(others);
        events.zip(&hit.actions).map(|(event, action)| self.act(event, action, hit, site)).collect()
    }

    /// The number of a site's order as it is kept: nobody can look an order up by it.
    pub fn order_number(&self, site: u32, id: &str) -> u64 {
        let hash = self.secret.sign(&format!("order of site {site}"), id.as_bytes());
        visitor::first_eight(&hash).max(1)
    }

    /// What all events of a hit have in common.
    fn base(&self, hit: &Hit, person: &Person<'_>, links: &Links, site: &Site, moment: Moment) -> Event {
        let mut event = Event {
            site: site.id,
            time: moment.time,
            local_date: moment.local_date,
            local_hour: moment.local_hour,
            new_visit: hit.new_visit,
            language: language_code(person.language),
            screen: hit.screen.clone().unwrap_or_default(),
            view: hit.view.as_deref().map_or(0, view_number),
            timings: hit.timings.map(|timings| timings.map(|ms| ms as i32).to_vec()).unwrap_or_default(),
            visitor_hour: hit.local_hour,
            bandwidth: hit.bandwidth.map_or(0, |bytes| bytes as u64),
            dimensions: hit.dimensions.iter().map(shop::dimension).collect(),
            variables: hit.variables.iter().map(shop::variable).collect(),
            ..Event::default()
        };
        self.put_page(&mut event, hit, links, site);
        put_place(&mut event, self.place(hit, person));
        put_device(&mut event, &self.devices.classify(person.agent, &person.hints()));
        event
    }

    fn put_page(&self, event: &mut Event, hit: &Hit, links: &Links, site: &Site) {
        let (own, settings) = (&site.hosts, &site.settings);
        let keep_fragment = settings.keep_fragment || hit.hash_route;
        let page = |url| page_url::page_of(url, &settings.excluded_parameters, keep_fragment);
        if let Some((url, page)) = links.page.as_ref().and_then(|url| Some((url, page(url)?))) {
            // A site may have an address for a name; any other address may be a visitor's.
            let is_own = page_url::bare_host(url).is_some_and(|host| own.contains(&host));
            event.host = if is_own { page.host } else { clean::text(&page.host, SHORT) };
            event.path = page.path;
            event.prefix = page_url::prefix(url);
        }
        let beside =
            |name: &str| hit.campaign.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let none = no_referrers(site);
        let (from, to) = (links.referrer.as_ref(), links.page.as_ref());
        let (referrer, campaign) = referrer::classify(&self.referrers, to, from, none, &beside);
        event.referrer_kind = referrer.kind as u32;
        event.referrer_name = referrer.name;
        // What other sites put in their addresses is none of ours to keep, unless the visitor agreed to be recognised.
        let has_consent = site.identity == Identity::Consented && hit.id.is_some();
        let address = hit.referrer.as_deref().filter(|_| !referrer.url.is_empty());
        let address = address.and_then(|url| page_url::address(url, has_consent));
        event.referrer_url = address.unwrap_or(referrer.url);
        event.referrer_keyword = referrer.keyword;
        event.keyword_missing = campaign.keyword_missing;
        let fields = Campaign {
            source: campaign.source,
            medium: campaign.medium,
            content: campaign.content,
            id: campaign.id,
        };
        event.campaign = (fields != Campaign::default()).then_some(fields);
    }

    fn place(&self, hit: &Hit, person: &Person<'_>) -> Place {
        match (&hit.place, self.geo_source) {
            (Some(claimed), _) if person.trusted => {
                let text = |value: &Option<String>| clean::text(value.as_deref().unwrap_or_default(), SHORT);
                let country = country_code(claimed.country.as_deref().unwrap_or_default());
                Place { country, region: text(&claimed.region), city: text(&claimed.city) }
            }
            (_, GeoSource::Database) => self.look_up(person.address),
            (_, GeoSource::Language) => from_language(person.language),
            (_, GeoSource::None) => Place::default(),
        }
    }

    fn look_up(&self, address: IpAddr) -> Place {
        self.geo.as_ref().map(|geo| geo.lookup(ip::truncate(address))).unwrap_or_default()
    }

    /// The visitor's numbers. On a site in consent mode an id that came with the hit is hashed under a secret of the
    /// site, so it lasts; everything else is a number for one day.
    fn put_visitor(
        &self,
        event: &mut Event,
        hit: &Hit,
        person: &Person<'_>,
        site: &Site,
        moment: Moment,
        now: Timestamp,
    ) {
        let daily = self.daily(person, site, moment, now);
        event.visitor = daily;
        if site.identity != Identity::Consented {
            return;
        }
        let keyed = |kind: &str, id: &Sensitive<String>| {
            let hash = self.secret.sign(&format!("{kind} of site {}", site.id), id.open().as_bytes());
            visitor::first_eight(&hash).max(1)
        };
        event.user = hit.user.as_ref().map_or(0, |user| keyed("user id", user));
        if let Some(id) = &hit.id {
            event.visitor = keyed("visitor id", id);
            event.fingerprint = daily;
            event.forced = hit.forced;
        }
    }

    fn daily(&self, person: &Person<'_>, site: &Site, moment: Moment, now: Timestamp) -> u64 {
        let salt = self.salts.get(moment.local_date, now);
        let address = match self.visitor_address {
            VisitorAddress::Truncated => ip::truncate(person.address),
            VisitorAddress::Full => person.address.to_canonical(),
        };
        visitor::daily(&salt, Among::Site(site.id), address, person.agent, person.language)
    }

    /// Adds what one action says to what the hit says.
    fn act(&self, mut event: Event, action: &Action, hit: &Hit, site: &Site) -> Result<Event, Reason> {
        let own = &site.hosts;
        match action {
            Action::PageView => {
                event.kind = Kind::PageView as i32;
                event.title = clean::shown(hit.title.as_deref().unwrap_or_default(), LONG);
                event.items = hit.product.iter().map(shop::item).collect();
            }
            Action::Outlink { url } => put_target(&mut event, Kind::Outlink, url, own),
            Action::Download { url } => put_target(&mut event, Kind::Download, url, own),
            Action::Event { category, action, name, value } => {
                put_texts(&mut event, Kind::Event, category, Some(action), name.as_deref());
                event.value = *value;
            }
            Action::SiteSearch { keyword, category, count } => {
                put_texts(&mut event, Kind::SiteSearch, keyword, category.as_deref(), None);
                event.value = count.map(f64::trunc);
            }
            Action::ContentImpression(content) => {
                put_content(&mut event, Kind::ContentImpression, content, None, own);
            }
            Action::ContentInteraction { content, interaction } => {
                put_content(&mut event, Kind::ContentInteraction, content, Some(interaction), own);
            }
            Action::Ping => event.kind = Kind::Ping as i32,
            Action::Goal { .. } => event.kind = Kind::Goal as i32,
            Action::Order { id, basket } => {
                shop::put(&mut event, Kind::Order, basket, hit.revenue, self.order_number(site.id, id));
            }
            Action::Cart(basket) => shop::put(&mut event, Kind::Cart, basket, hit.revenue, 0),
            Action::BrokenBasket => return Err(Reason::Commerce),
        }
        if matches!(action, Action::Goal { .. } | Action::Order { .. } | Action::Cart(_)) {
            let claim = hit.attribution.as_ref();
            let none = no_referrers(site);
            event.attribution = claim.and_then(|claim| shop::attribution(&self.referrers, claim, none));
        }
        Ok(event)
    }
}

/// A hit, and what came with it.
pub struct Sent<'a> {
    /// What it says.
    pub hit: &'a Hit,
    /// Who sent it.
    pub origin: &'a Origin,
    /// The addresses in it.
    pub links: &'a Links,
    /// Whether it came with a token that allows claims about the visitor's address and place.
    pub trusted: bool,
}

/// Who sent a hit, after a token's claims have replaced what the connection says.
struct Person<'a> {
    address: IpAddr,
    agent: &'a str,
    language: &'a str,
    uadata: Option<&'a str>,
    origin: &'a Origin,
    trusted: bool,
}

impl<'a> Person<'a> {
    fn of(hit: &'a Hit, origin: &'a Origin, trusted: bool) -> Person<'a> {
        let claimed =
            hit.address.as_ref().filter(|_| trusted).and_then(|address| address.open().parse().ok());
        Person {
            address: claimed.unwrap_or(*origin.address.open()),
            agent: hit.agent.as_ref().unwrap_or(&origin.agent).open(),
            language: hit.language.as_ref().unwrap_or(&origin.language).open(),
            uadata: hit.hints.as_ref().map(|hints| hints.open().as_str()),
            origin,
            trusted,
        }
    }

    /// Whoever sent a request that claims nothing about its sender.
    fn behind(origin: &'a Origin) -> Person<'a> {
        Person {
            address: *origin.address.open(),
            agent: origin.agent.open(),
            language: origin.language.open(),
            uadata: None,
            origin,
            trusted: false,
        }
    }

    /// Client hints; the headers describe the sender, which is not the visitor when the agent was replaced.
    fn hints(&self) -> Hints<'a> {
        let own_agent = std::ptr::eq(self.agent, self.origin.agent.open().as_str());
        let headers = if own_agent { self.origin.hints() } else { Hints::default() };
        Hints { uadata_json: self.uadata, ..headers }
    }
}

/// The pages that a site does not count as referrers.
fn no_referrers(site: &Site) -> NoReferrers<'_> {
    NoReferrers { own: &site.hosts, excluded: &site.settings.excluded_referrers }
}

/// An ISO code of two letters, upper case; anything else is no country.
fn country_code(text: &str) -> String {
    match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        true => text.to_ascii_uppercase(),
        false => String::new(),
    }
}

fn from_language(language: &str) -> Place {
    Place { country: geo::country_from_language(language).unwrap_or_default(), ..Place::default() }
}

fn put_place(event: &mut Event, place: Place) {
    event.country = place.country;
    event.region = place.region;
    event.city = place.city;
}

fn put_device(event: &mut Event, device: &Device) {
    event.browser = device.browser.clone();
    event.browser_version = device.browser_version.clone();
    event.system = device.os.clone();
    event.system_version = device.os_version.clone();
    event.device = device.kind as u32;
}

/// The first language, without its region: `nl-NL,nl;q=0.9` is `nl`.
fn language_code(list: &str) -> String {
    let code: String = list.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    match code.len() {
        2 | 3 => code.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// A number for a page view's name, enough to tell those of one visit apart.
fn view_number(view: &str) -> u32 {
    visitor::first_four(view).max(1)
}

/// A link counts wherever it leads; what leads to a person (`mailto:`, `tel:`) or nowhere is not kept.
fn put_target(event: &mut Event, kind: Kind, url: &str, own: &[String]) {
    event.kind = kind as i32;
    event.target = page_url::link(url, own).unwrap_or_default();
}

fn put_texts(event: &mut Event, kind: Kind, category: &str, action: Option<&str>, name: Option<&str>) {
    event.kind = kind as i32;
    event.category = label(category);
    event.action = label(action.unwrap_or_default());
    event.name = label(name.unwrap_or_default());
}

/// A text as it may be kept. Some are addresses, of a banner's image for instance, and lose what an outlink loses.
fn label(text: &str) -> String {
    let text = &clean::without_entities(text);
    let is_address = text.contains("://") && !text.trim().contains(char::is_whitespace);
    let link = is_address.then(|| page_url::link(text, &[])).flatten();
    clean::text(link.as_deref().unwrap_or(text), SHORT)
}

fn put_content(event: &mut Event, kind: Kind, content: &Content, interaction: Option<&str>, own: &[String]) {
    put_texts(event, kind, &content.name, content.piece.as_deref(), interaction);
    event.target = content.target.as_deref().and_then(|url| page_url::link(url, own)).unwrap_or_default();
}
