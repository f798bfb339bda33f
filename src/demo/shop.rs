//! The shop: its pages, and how one leads to another.

use rand::rngs::StdRng;

use super::dice::{pick, pick_popular};

/// Name of the site.
pub(super) const NAME: &str = "Fietsenwinkel De Wilg (demo)";

/// Address of the site, without a slash at the end.
pub(super) const URL: &str = "https://dewilg.example";

/// A kind of goods.
#[derive(Clone, Copy, Default)]
pub(super) struct Category {
    slug: &'static str,
    name: &'static str,
}

/// Something to buy.
#[derive(Clone, Copy, Default)]
pub(super) struct Product {
    category: Category,
    slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Euros.
    pub price: u32,
}

/// A page with a name of its own.
#[derive(Clone, Copy, Default)]
pub(super) struct Text {
    slug: &'static str,
    name: &'static str,
}

/// A page of the shop.
#[derive(Clone, Copy, Default)]
pub(super) enum Page {
    /// The front page.
    #[default]
    Home,
    /// A list of goods.
    Category(Category),
    /// Something to buy.
    Product(Product),
    /// What was found for some words.
    Search(&'static str),
    /// Advice.
    Article(Text),
    /// Shop, workshop, delivery.
    Service(Text),
    /// The season's offers.
    Offer,
    /// The basket.
    Cart,
    /// Address and payment.
    Checkout,
    /// An order was made.
    Thanks,
}

const fn category(slug: &'static str, name: &'static str) -> Category {
    Category { slug, name }
}

const fn product(category: Category, slug: &'static str, name: &'static str, price: u32) -> Product {
    Product { category, slug, name, price }
}

const fn text(slug: &'static str, name: &'static str) -> Text {
    Text { slug, name }
}

const ELECTRIC: Category = category("elektrische-fietsen", "Elektrische fietsen");
const CITY: Category = category("stadsfietsen", "Stadsfietsen");
const CARGO: Category = category("bakfietsen", "Bakfietsen");
const CHILDREN: Category = category("kinderfietsen", "Kinderfietsen");
const RACING: Category = category("racefietsen", "Racefietsen en gravel");
const BAGS: Category = category("fietstassen", "Fietstassen");
const PARTS: Category = category("onderdelen", "Onderdelen");

/// From the most to the least visited.
const CATEGORIES: [Category; 7] = [ELECTRIC, CITY, CHILDREN, BAGS, CARGO, RACING, PARTS];

/// From the most to the least visited.
pub(super) const PRODUCTS: [Product; 24] = [
    product(ELECTRIC, "amstel-e8", "Amstel E8 dames", 2_499),
    product(CITY, "vecht-7", "Vecht 7 stadsfiets", 899),
    product(ELECTRIC, "waal-e-plus", "Waal E+ middenmotor", 3_199),
    product(BAGS, "dubbele-tas-linde", "Dubbele fietstas Linde 40 liter", 79),
    product(CHILDREN, "mus-20-inch", "Mus kinderfiets 20 inch", 329),
    product(CARGO, "merel-e-bakfiets", "Merel elektrische bakfiets", 4_999),
    product(CITY, "omafiets-zaan", "Omafiets Zaan", 549),
    product(RACING, "veluwe-gravel", "Veluwe gravelbike", 1_899),
    product(PARTS, "kettingslot-art2", "Kettingslot ART 2", 59),
    product(ELECTRIC, "ijssel-e-vouw", "IJssel E-vouwfiets", 1_799),
    product(CHILDREN, "loopfiets-kuiken", "Loopfiets Kuiken", 119),
    product(PARTS, "led-koplamp-70-lux", "Led-koplamp 70 lux", 49),
    product(BAGS, "stuurtas-iep", "Stuurtas Iep", 45),
    product(CITY, "herenfiets-maas", "Herenfiets Maas", 949),
    product(ELECTRIC, "amstel-e8-heren", "Amstel E8 heren", 2_499),
    product(CHILDREN, "specht-24-inch", "Specht kinderfiets 24 inch", 399),
    product(RACING, "mergelland-carbon", "Mergelland carbon", 2_799),
    product(CARGO, "merel-huif", "Huif voor de Merel", 249),
    product(PARTS, "anti-lekband-28-inch", "Anti-lekband 28 inch", 34),
    product(BAGS, "laptoptas-beuk", "Laptoptas Beuk", 95),
    product(PARTS, "fietscomputer-kompas", "Fietscomputer Kompas", 129),
    product(CITY, "transportfiets-polder", "Transportfiets Polder", 649),
    product(RACING, "racefiets-limburg", "Racefiets Limburg", 1_599),
    product(CHILDREN, "fietsstoeltje-vink", "Fietsstoeltje Vink", 109),
];

/// From the most to the least read.
pub(super) const ARTICLES: [Text; 7] = [
    text("welke-framemaat-heb-ik-nodig", "Welke framemaat heb ik nodig?"),
    text("elektrische-fiets-kopen-waar-let-je-op", "Elektrische fiets kopen: waar let je op?"),
    text("accu-in-de-winter", "Zo komt je accu de winter door"),
    text("fiets-van-de-zaak", "Fiets van de zaak: zo werkt het"),
    text("band-plakken-in-zes-stappen", "Band plakken in zes stappen"),
    text("bakfiets-of-fietskar", "Bakfiets of fietskar?"),
    text("fietsverlichting-wat-mag-en-wat-moet", "Fietsverlichting: wat mag en wat moet"),
];

const SERVICES: [Text; 5] = [
    text("winkel-en-openingstijden", "Winkel en openingstijden"),
    text("werkplaats", "Afspraak in de werkplaats"),
    text("bezorgen-en-retourneren", "Bezorgen en retourneren"),
    text("proefrit", "Proefrit aanvragen"),
    text("contact", "Contact"),
];

/// Words and how many products they find.
const SEARCHES: [(&str, u32); 14] = [
    ("fietstas", 14),
    ("elektrische fiets", 38),
    ("binnenband", 9),
    ("bakfiets", 12),
    ("kinderfiets 20 inch", 7),
    ("kettingslot", 11),
    ("helm", 0),
    ("gravel", 5),
    ("accu", 6),
    ("vouwfiets", 4),
    ("zadel dames", 8),
    ("cadeaubon", 1),
    ("fietskar", 0),
    ("regenpak", 0),
];

impl Page {
    /// Something to buy, any.
    pub fn any_product(dice: &mut StdRng) -> Page {
        Page::Product(pick_popular(dice, &PRODUCTS))
    }

    /// A list of goods, any.
    pub fn any_category(dice: &mut StdRng) -> Page {
        Page::Category(pick_popular(dice, &CATEGORIES))
    }

    /// Advice, any.
    pub fn any_article(dice: &mut StdRng) -> Page {
        Page::Article(pick_popular(dice, &ARTICLES))
    }

    /// About the shop, any.
    pub fn any_service(dice: &mut StdRng) -> Page {
        Page::Service(pick_popular(dice, &SERVICES))
    }

    fn any_search(dice: &mut StdRng) -> Page {
        Page::Search(pick_popular(dice, &SEARCHES.map(|(words, _)| words)))
    }

    /// Path and query.
    pub fn path(self) -> String {
        match self {
            Page::Home => "/".into(),
            Page::Category(category) => format!("/{}", category.slug),
            Page::Product(product) => format!("/{}/{}", product.category.slug, product.slug),
            Page::Search(words) => format!("/zoeken?q={}", words.replace(' ', "+")),
            Page::Article(article) => format!("/fietsadvies/{}", article.slug),
            Page::Service(service) => format!("/service/{}", service.slug),
            Page::Offer => "/actie/voorjaar".into(),
            Page::Cart => "/winkelwagen".into(),
            Page::Checkout => "/afrekenen".into(),
            Page::Thanks => "/afrekenen/bedankt".into(),
        }
    }

    /// The title that the browser shows.
    pub fn title(self) -> String {
        let name = match self {
            Page::Home => "Fietsen voor elke dag",
            Page::Category(category) => category.name,
            Page::Product(product) => product.name,
            Page::Search(_) => "Zoeken",
            Page::Article(text) | Page::Service(text) => text.name,
            Page::Offer => "Voorjaarsactie",
            Page::Cart => "Winkelwagen",
            Page::Checkout => "Afrekenen",
            Page::Thanks => "Bedankt voor je bestelling",
        };
        format!("{name} – Fietsenwinkel De Wilg")
    }

    /// Where somebody goes from here.
    pub fn next(self, dice: &mut StdRng) -> Page {
        let go: fn(&mut StdRng) -> Page = match self {
            Page::Home => pick(dice, &FROM_HOME).0,
            Page::Product(product) => return from_product(product, dice),
            Page::Category(category) => return from_category(category, dice),
            Page::Cart => return pick(dice, &[(6, Page::Checkout), (4, Page::Home)]),
            Page::Checkout => return pick(dice, &[(6, Page::Thanks), (4, Page::Cart)]),
            Page::Search(_) | Page::Offer => pick(dice, &FROM_LIST).0,
            Page::Article(_) | Page::Service(_) | Page::Thanks => pick(dice, &FROM_TEXT).0,
        };
        go(dice)
    }
}

/// A way to choose a page.
#[derive(Clone, Copy)]
struct Way(fn(&mut StdRng) -> Page);

impl Default for Way {
    fn default() -> Way {
        Way(|_| Page::Home)
    }
}

const FROM_HOME: [(u32, Way); 6] = [
    (46, Way(Page::any_category)),
    (16, Way(Page::any_product)),
    (12, Way(Page::any_search)),
    (10, Way(|_| Page::Offer)),
    (8, Way(Page::any_article)),
    (8, Way(Page::any_service)),
];

const FROM_LIST: [(u32, Way); 3] =
    [(74, Way(Page::any_product)), (14, Way(Page::any_category)), (12, Way(Page::any_search))];

const FROM_TEXT: [(u32, Way); 4] = [
    (40, Way(Page::any_category)),
    (24, Way(Page::any_product)),
    (22, Way(Page::any_article)),
    (14, Way(|_| Page::Home)),
];

fn from_category(category: Category, dice: &mut StdRng) -> Page {
    match pick(dice, &[(72, 0), (16, 1), (12, 2)]) {
        0 => product_of(category, dice),
        1 => Page::any_category(dice),
        _ => Page::any_search(dice),
    }
}

fn from_product(product: Product, dice: &mut StdRng) -> Page {
    match pick(dice, &[(38, 0), (26, 1), (14, 2), (12, 3), (10, 4)]) {
        0 => product_of(product.category, dice),
        1 => Page::Category(product.category),
        2 => Page::any_article(dice),
        3 => Page::any_service(dice),
        _ => Page::any_search(dice),
    }
}

fn product_of(category: Category, dice: &mut StdRng) -> Page {
    let own = |product: &Product| product.category.slug == category.slug;
    let products: Vec<Product> = PRODUCTS.into_iter().filter(own).collect();
    Page::Product(pick_popular(dice, &products))
}

/// A page's whole address.
pub(super) fn address(path: &str) -> String {
    format!("{URL}{path}")
}

/// How many products some words find.
pub(super) fn found(words: &str) -> u32 {
    let count = SEARCHES.iter().find(|(known, _)| *known == words);
    count.map_or(0, |(_, count)| *count)
}
