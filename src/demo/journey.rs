//! What somebody does on a visit: pages, and what happens on them.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::dice::{pick, wait};
use super::shop::{self, Page};
use super::visitors::{Landing, Source};

/// Most pages of a visit.
const MAX_PAGES: usize = 12;

/// Of a hundred who have just looked at their second page or a later one, how many look at another.
const GO_ON: f64 = 0.68;

/// Mean time on a page, seconds.
const READING: f64 = 48.0;

/// One thing that somebody did.
pub(super) struct Step {
    /// Seconds since the visit began.
    pub at: i64,
    /// Parameters of the hit.
    pub fields: Vec<(&'static str, Value)>,
}

/// A visit that comes by `source`.
pub(super) fn visit(dice: &mut StdRng, source: Source) -> Vec<Step> {
    let page = land(dice, source.landing);
    let mut address = shop::address(&page.path());
    if !source.campaign.is_empty() {
        address = format!("{address}?{}", source.campaign);
    }
    let bounced = dice.random_range(0..100) < source.bounces;
    let mut journey =
        Journey { dice, page, address, referrer: source.referrer.to_owned(), at: 0, steps: Vec::new() };
    journey.open();
    if !bounced {
        journey.look_around();
    }
    journey.steps
}

fn land(dice: &mut StdRng, landing: Landing) -> Page {
    match (landing, pick(dice, &[(50, 0), (28, 1), (22, 2)])) {
        (Landing::Offer, 0 | 1) => Page::Offer,
        (Landing::Home, 0) | (Landing::Anything, 2) => Page::Home,
        (Landing::Home, 1) | (Landing::Goods, 1) => Page::any_category(dice),
        (Landing::Home, _) => Page::any_service(dice),
        (Landing::Anything, 1) | (Landing::Advice, _) => Page::any_article(dice),
        (Landing::Goods | Landing::Anything | Landing::Offer, _) => Page::any_product(dice),
    }
}

/// A visit as it goes on.
struct Journey<'a> {
    dice: &'a mut StdRng,
    page: Page,
    address: String,
    referrer: String,
    at: i64,
    steps: Vec<Step>,
}

impl Journey<'_> {
    fn look_around(&mut self) {
        for _ in 1..MAX_PAGES {
            self.act();
            self.at += wait(self.dice, READING);
            let next = self.next();
            self.go(next);
            if !self.dice.random_bool(GO_ON) {
                break;
            }
        }
        self.act();
    }

    /// Where the visit goes on: after something went into the basket, the basket mostly.
    fn next(&mut self) -> Page {
        if matches!(self.page, Page::Product(_)) && self.dice.random_bool(0.1) {
            self.put_in_basket();
            return pick(self.dice, &[(3, Page::Cart), (1, Page::Home)]);
        }
        self.page.next(self.dice)
    }

    fn go(&mut self, next: Page) {
        self.page = next;
        self.referrer = std::mem::replace(&mut self.address, shop::address(&next.path()));
        self.open();
    }

    /// The page is there: a view, or a search that was made.
    fn open(&mut self) {
        let title = self.page.title();
        let mut fields = vec![("action_name", json!(title)), ("urlref", json!(self.referrer))];
        if let Page::Search(words) = self.page {
            fields.extend([("search", json!(words)), ("search_count", json!(shop::found(words)))]);
        }
        self.note(fields);
        if matches!(self.page, Page::Home) {
            self.note(content(None));
        }
    }

    /// What happens on a page besides looking at it.
    fn act(&mut self) {
        match self.page {
            Page::Home => self.sometimes(0.05, content(Some("klik"))),
            Page::Product(product) => {
                self.sometimes(0.11, event("Video", "Afspelen", product.name));
                self.sometimes(0.05, download("maattabel.pdf"));
                self.sometimes(0.04, event("Product", "Beoordelingen gelezen", product.name));
            }
            Page::Article(_) => {
                let link = pick(self.dice, &LINKS);
                self.sometimes(0.14, vec![("link", json!(link))]);
                self.sometimes(0.05, event("Nieuwsbrief", "Aangemeld", "Fietsadvies"));
                self.sometimes(0.06, download("fietscontrole-in-tien-punten.pdf"));
            }
            Page::Service(_) => {
                self.sometimes(0.2, vec![("link", json!("https://www.openstreetmap.org/"))]);
                self.sometimes(0.08, event("Contact", "Telefoonnummer getoond", "Winkel"));
            }
            Page::Thanks => self.sometimes(0.4, event("Nieuwsbrief", "Aangemeld", "Bestelling")),
            _ => {}
        }
    }

    fn put_in_basket(&mut self) {
        if let Page::Product(product) = self.page {
            let mut fields = event("Winkelwagen", "Toegevoegd", product.name);
            fields.push(("e_v", json!(product.price)));
            self.note(fields);
            self.at += wait(self.dice, 3.0);
        }
    }

    fn sometimes(&mut self, chance: f64, fields: Vec<(&'static str, Value)>) {
        if self.dice.random_bool(chance) {
            self.at += wait(self.dice, READING / 2.0);
            self.note(fields);
        }
    }

    fn note(&mut self, mut fields: Vec<(&'static str, Value)>) {
        fields.push(("url", json!(self.address)));
        self.steps.push(Step { at: self.at, fields });
    }
}

/// Where articles link to.
const LINKS: [(u32, &str); 5] = [
    (5, "https://www.fietsersbond.nl/"),
    (4, "https://www.anwb.nl/fietsen"),
    (3, "https://www.rijksoverheid.nl/onderwerpen/fiets"),
    (2, "https://www.milieucentraal.nl/duurzaam-vervoer/"),
    (1, "https://nl.wikipedia.org/wiki/Elektrische_fiets"),
];

fn event(category: &str, action: &str, name: &str) -> Vec<(&'static str, Value)> {
    vec![("e_c", json!(category)), ("e_a", json!(action)), ("e_n", json!(name))]
}

fn download(file: &str) -> Vec<(&'static str, Value)> {
    vec![("download", json!(shop::address(&format!("/downloads/{file}"))))]
}

/// The front page's picture was seen, or used.
fn content(interaction: Option<&str>) -> Vec<(&'static str, Value)> {
    let piece = shop::address("/beeld/voorjaar.jpg");
    let target = shop::address(&Page::Offer.path());
    let mut fields = vec![("c_n", json!("Voorjaarsactie")), ("c_p", json!(piece)), ("c_t", json!(target))];
    fields.extend(interaction.map(|interaction| ("c_i", json!(interaction))));
    fields
}
