//! Who comes: from which town, by which link, with which browser.
//!
//! Addresses are those of networks and end in 0, so they are nobody's; they are examples of where the city database
//! places the customers of large providers.

use std::net::Ipv4Addr;

use rand::RngExt;
use rand::rngs::StdRng;

use super::dice::pick;

/// Somebody, as a server sees them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Visitor {
    /// Address of their network.
    pub network: String,
    /// User agent.
    pub agent: String,
    /// Accepted languages.
    pub language: &'static str,
    /// Width and height of the screen.
    pub screen: &'static str,
}

impl Visitor {
    /// Somebody, by chance.
    pub fn any(dice: &mut StdRng) -> Visitor {
        let place = pick(dice, &PLACES);
        let first = Ipv4Addr::from(place.network).to_bits();
        let network = Ipv4Addr::from_bits(first + (dice.random_range(0..place.networks.max(1)) << 8));
        let browser = pick(dice, &BROWSERS);
        Visitor {
            network: network.to_string(),
            agent: browser.agent(dice),
            language: pick(dice, place.languages),
            screen: pick(dice, browser.screens),
        }
    }
}

/// A user agent, by chance.
pub(super) fn agent(dice: &mut StdRng) -> String {
    pick(dice, &BROWSERS).agent(dice)
}

/// Some neighbouring networks of 256 addresses each, in one town.
#[derive(Clone, Copy, Default)]
struct Place {
    network: [u8; 4],
    networks: u32,
    languages: Weighted,
}

type Weighted = &'static [(u32, &'static str)];

const fn place(a: u8, b: u8, c: u8, networks: u32, languages: Weighted) -> Place {
    Place { network: [a, b, c, 0], networks, languages }
}

const DUTCH: Weighted = &[
    (42, "nl-NL,nl;q=0.9,en-US;q=0.8,en;q=0.7"),
    (24, "nl-NL,nl;q=0.9"),
    (16, "nl,en-US;q=0.9,en;q=0.8"),
    (10, "en-US,en;q=0.9,nl;q=0.8"),
    (3, "en-GB,en;q=0.9"),
    (2, "de-DE,de;q=0.9,nl;q=0.8"),
    (1, "pl-PL,pl;q=0.9"),
    (1, "tr-TR,tr;q=0.9"),
    (1, "uk-UA,uk;q=0.9"),
];
const FLEMISH: Weighted =
    &[(70, "nl-BE,nl;q=0.9,en;q=0.8"), (20, "fr-BE,fr;q=0.9,nl;q=0.8"), (10, "en-GB,en;q=0.9")];
const GERMAN: Weighted = &[(90, "de-DE,de;q=0.9,en;q=0.8"), (10, "en-US,en;q=0.9")];
const ENGLISH: Weighted = &[(60, "en-GB,en;q=0.9"), (40, "en-US,en;q=0.9")];
const FRENCH: Weighted = &[(1, "fr-FR,fr;q=0.9,en;q=0.8")];

const PLACES: [(u32, Place); 50] = [
    (78, place(77, 161, 138, 57, DUTCH)), // Amsterdam
    (44, place(86, 82, 26, 35, DUTCH)),
    (84, place(94, 211, 240, 6, DUTCH)), // Utrecht
    (72, place(84, 107, 176, 8, DUTCH)), // Houten, where the shop is
    (44, place(92, 110, 5, 4, DUTCH)),   // Rotterdam
    (40, place(89, 99, 20, 4, DUTCH)),
    (62, place(145, 54, 0, 64, DUTCH)),  // The Hague
    (56, place(84, 26, 208, 22, DUTCH)), // Groningen
    (44, place(86, 91, 0, 64, DUTCH)),   // Amersfoort
    (26, place(92, 109, 129, 3, DUTCH)), // Eindhoven
    (24, place(77, 248, 84, 3, DUTCH)),
    (22, place(92, 110, 129, 3, DUTCH)), // Nijmegen
    (18, place(92, 108, 241, 3, DUTCH)),
    (36, place(94, 213, 144, 8, DUTCH)),  // Zwolle
    (32, place(143, 179, 176, 8, DUTCH)), // Enschede
    (30, place(31, 20, 56, 8, DUTCH)),    // Almere
    (18, place(94, 210, 144, 5, DUTCH)),  // Tilburg
    (14, place(143, 177, 9, 5, DUTCH)),
    (16, place(83, 84, 30, 2, DUTCH)), // Haarlem
    (14, place(82, 73, 7, 2, DUTCH)),
    (16, place(84, 25, 173, 2, DUTCH)), // Leiden
    (10, place(94, 213, 51, 1, DUTCH)),
    (14, place(84, 25, 41, 4, DUTCH)), // Breda
    (12, place(84, 25, 152, 4, DUTCH)),
    (14, place(94, 213, 228, 4, DUTCH)), // 's-Hertogenbosch
    (12, place(84, 29, 72, 4, DUTCH)),
    (24, place(94, 210, 88, 13, DUTCH)), // Hilversum
    (12, place(83, 87, 36, 4, DUTCH)),   // Delft
    (10, place(83, 86, 210, 3, DUTCH)),
    (12, place(143, 179, 228, 4, DUTCH)), // Deventer
    (8, place(86, 83, 117, 3, DUTCH)),
    (10, place(85, 145, 213, 4, DUTCH)), // Leeuwarden
    (6, place(85, 145, 210, 2, DUTCH)),
    (10, place(178, 85, 100, 4, DUTCH)), // Alkmaar
    (8, place(89, 98, 119, 3, DUTCH)),
    (8, place(94, 208, 196, 3, DUTCH)), // Maastricht
    (8, place(94, 208, 192, 3, DUTCH)),
    (14, place(143, 177, 190, 2, DUTCH)),   // Apeldoorn
    (12, place(94, 215, 96, 8, DUTCH)),     // Venlo
    (22, place(84, 192, 215, 64, FLEMISH)), // Mechelen
    (18, place(84, 196, 125, 3, FLEMISH)),  // Antwerp
    (14, place(81, 240, 240, 9, FLEMISH)),  // Brussels
    (12, place(178, 13, 127, 64, GERMAN)),  // Düsseldorf
    (9, place(91, 3, 160, 16, GERMAN)),     // Cologne
    (8, place(84, 157, 128, 16, GERMAN)),   // Berlin
    (6, place(84, 135, 64, 16, GERMAN)),    // Essen
    (5, place(91, 12, 16, 16, GERMAN)),     // Hamburg
    (8, place(131, 111, 0, 16, ENGLISH)),   // Cambridge
    (5, place(128, 112, 0, 16, ENGLISH)),   // Princeton
    (4, place(129, 104, 0, 16, FRENCH)),    // Palaiseau
];

/// A browser on a kind of device.
#[derive(Clone, Copy, Default)]
struct Browser {
    /// User agent, with `{}` for the version.
    pattern: &'static str,
    versions: Weighted,
    screens: Weighted,
}

impl Browser {
    fn agent(self, dice: &mut StdRng) -> String {
        self.pattern.replace("{}", pick(dice, self.versions))
    }
}

const CHROME: Weighted = &[(70, "155"), (18, "154"), (8, "153"), (3, "149"), (1, "138")];
const EDGE: Weighted = &[(78, "155"), (18, "154"), (4, "152")];
const FIREFOX: Weighted = &[(70, "157.0"), (18, "156.0"), (12, "153.0")];
const SAFARI: Weighted = &[(56, "27.1"), (18, "27.0"), (18, "26.5"), (8, "18.6")];
const SAMSUNG: Weighted = &[(70, "31.0"), (30, "30.0")];

const PHONES: Weighted = &[(40, "412x915"), (30, "384x832"), (20, "360x780"), (10, "393x873")];
const IPHONES: Weighted = &[(40, "393x852"), (30, "390x844"), (20, "430x932"), (10, "402x874")];
const TABLETS: Weighted = &[(60, "820x1180"), (25, "1024x1366"), (15, "810x1080")];
const DESKTOPS: Weighted = &[(46, "1920x1080"), (22, "2560x1440"), (20, "1536x864"), (12, "1366x768")];
const MACS: Weighted = &[(50, "1470x956"), (30, "1728x1117"), (20, "2560x1440")];

const BROWSERS: [(u32, Browser); 12] = [
    (
        31,
        Browser {
            pattern: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Mobile/15E148 Safari/604.1",
            versions: SAFARI,
            screens: IPHONES,
        },
    ),
    (
        24,
        Browser {
            pattern: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
            versions: CHROME,
            screens: PHONES,
        },
    ),
    (
        17,
        Browser {
            pattern: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
            versions: CHROME,
            screens: DESKTOPS,
        },
    ),
    (
        8,
        Browser {
            pattern: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36 Edg/{}.0.0.0",
            versions: EDGE,
            screens: DESKTOPS,
        },
    ),
    (
        5,
        Browser {
            pattern: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Safari/605.1.15",
            versions: SAFARI,
            screens: MACS,
        },
    ),
    (
        4,
        Browser {
            pattern: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
            versions: CHROME,
            screens: MACS,
        },
    ),
    (
        4,
        Browser {
            pattern: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}) Gecko/20100101 Firefox/{}",
            versions: FIREFOX,
            screens: DESKTOPS,
        },
    ),
    (
        3,
        Browser {
            pattern: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{} Chrome/146.0.0.0 Mobile Safari/537.36",
            versions: SAMSUNG,
            screens: PHONES,
        },
    ),
    (
        3,
        Browser {
            pattern: "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Mobile/15E148 Safari/604.1",
            versions: SAFARI,
            screens: TABLETS,
        },
    ),
    (
        2,
        Browser {
            pattern: "Mozilla/5.0 (X11; Linux x86_64; rv:{}) Gecko/20100101 Firefox/{}",
            versions: FIREFOX,
            screens: DESKTOPS,
        },
    ),
    (
        1,
        Browser {
            pattern: "Mozilla/5.0 (Android 16; Mobile; rv:{}) Gecko/{} Firefox/{}",
            versions: FIREFOX,
            screens: PHONES,
        },
    ),
    (
        1,
        Browser {
            pattern: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
            versions: CHROME,
            screens: DESKTOPS,
        },
    ),
];

/// A link that brings people.
#[derive(Clone, Copy, Default)]
pub(super) struct Source {
    /// The page that they come from; empty for none.
    pub referrer: &'static str,
    /// What the campaign adds to the address; empty for none.
    pub campaign: &'static str,
    /// Where they land.
    pub landing: Landing,
    /// Of a hundred, how many look at one page only.
    pub bounces: u32,
}

/// Where a link leads.
#[derive(Clone, Copy, Default)]
pub(super) enum Landing {
    /// The front page, mostly.
    #[default]
    Home,
    /// Anything that a search engine may show.
    Anything,
    /// Something to buy.
    Goods,
    /// Advice.
    Advice,
    /// The season's offers.
    Offer,
}

const fn source(referrer: &'static str, landing: Landing, bounces: u32) -> Source {
    Source { referrer, campaign: "", landing, bounces }
}

/// The weekly letter to customers.
pub(super) const NEWSLETTER: Source = Source {
    referrer: "",
    campaign: "utm_source=nieuwsbrief&utm_medium=email&utm_campaign=nieuwsbrief",
    landing: Landing::Offer,
    bounces: 34,
};

const ADVERTISEMENT: Source = Source {
    referrer: "https://www.google.nl/",
    campaign: "utm_source=google&utm_medium=cpc&utm_campaign=elektrische-fietsen&utm_term=elektrische+fiets",
    landing: Landing::Goods,
    bounces: 52,
};

/// Links, by how many people they bring.
pub(super) const SOURCES: [(u32, Source); 24] = [
    (250, source("", Landing::Home, 38)),
    (190, source("https://www.google.nl/", Landing::Anything, 44)),
    (130, source("https://www.google.com/", Landing::Anything, 46)),
    (34, source("https://www.bing.com/", Landing::Anything, 45)),
    (28, source("https://duckduckgo.com/", Landing::Anything, 42)),
    (16, source("https://www.ecosia.org/", Landing::Anything, 42)),
    (7, source("https://www.startpage.com/", Landing::Anything, 40)),
    (55, ADVERTISEMENT),
    (26, NEWSLETTER),
    (46, source("https://l.instagram.com/", Landing::Goods, 60)),
    (32, source("https://m.facebook.com/", Landing::Goods, 58)),
    (9, source("https://nl.pinterest.com/", Landing::Goods, 56)),
    (9, source("https://www.youtube.com/", Landing::Advice, 48)),
    (8, source("https://www.reddit.com/r/Netherlands/", Landing::Advice, 55)),
    (26, source("https://chatgpt.com/", Landing::Advice, 36)),
    (8, source("https://www.perplexity.ai/", Landing::Advice, 38)),
    (5, source("https://copilot.microsoft.com/", Landing::Advice, 40)),
    (32, source("https://www.marktplaats.nl/l/fietsen-en-brommers/", Landing::Goods, 50)),
    (20, source("https://tweakers.net/geek/fietsen-met-accu/", Landing::Advice, 62)),
    (18, source("https://www.nu.nl/wonen/winterfietsen", Landing::Advice, 66)),
    (18, source("https://www.fietsersbond.nl/de-fiets/", Landing::Advice, 40)),
    (10, source("https://www.anwb.nl/fietsen", Landing::Advice, 42)),
    (8, source("https://www.houten.nl/winkels", Landing::Home, 30)),
    (6, source("https://www.kieskeurig.nl/elektrische_fiets", Landing::Goods, 44)),
];
