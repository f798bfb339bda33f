//! A thousand queries of ordinary pages, of which nothing may go: what new names and new versions of packages are held
//! against.

use super::page_url;

/// What ordinary pages call their parameters, and values that each has in its turn.
const PARAMETERS: &[(&[&str], &[&str])] = &[
    (
        &["list", "playlist", "v", "id"],
        &["PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf", "OLAK5uy_kDxvFUJmyBjrrmFsnLiKmFNbMPmmmZbm8"],
    ),
    (
        &["id", "product", "productId", "item_id", "pid", "artikel", "article"],
        &["507f1f77bcf86cd799439011", "550e8400-e29b-41d4-a716-446655440000"],
    ),
    (&["commit", "sha", "rev", "ref", "id"], &["da39a3ee5e6b4b0d3255bfef95601890afd80709", "5f2a8c1d9e"]),
    (
        // Shops.
        &[
            "variant",
            "product",
            "product_id",
            "sku",
            "item",
            "id",
            "pid",
            "itemid",
            "model",
            "artikel",
            "ean",
            "asin",
        ],
        &[
            "40123456789012",
            "123456",
            "7891",
            "SKU-2024-BLK-XL-00123",
            "B0BSHF7WHW",
            "9783161484100",
            "iPhone15ProMax256GB",
            "WH-1000XM5",
        ],
    ),
    (
        &[
            "color",
            "colour",
            "size",
            "maat",
            "brand",
            "material",
            "condition",
            "filter",
            "filters",
            "price",
            "price_min",
            "price_max",
            "in_stock",
            "rating",
            "gewicht",
        ],
        &[
            "red",
            "dark-blue",
            "xl",
            "42.5",
            "38,39,40",
            "acme",
            "100-200",
            "color:red|size:xl",
            "1",
            "Dr. Martens",
            "Zürich",
        ],
    ),
    (
        &[
            "sort", "sort_by", "order", "orderby", "dir", "view", "layout", "display", "limit", "per_page",
            "pagesize", "perpage",
        ],
        &[
            "price_asc",
            "price-desc",
            "popularity",
            "newest",
            "grid",
            "list",
            "24",
            "asc",
            "created_at:desc",
            "relevance",
        ],
    ),
    (
        &[
            "page", "p", "paged", "pagina", "seite", "start", "offset", "from", "skip", "cursor", "pg",
            "index",
        ],
        &["1", "2", "20", "100", "1730000000", "next", "last"],
    ),
    (
        &[
            "q",
            "s",
            "query",
            "search",
            "keyword",
            "keywords",
            "zoek",
            "suche",
            "term",
            "text",
            "search_query",
        ],
        &[
            "shoes",
            "red+running+shoes",
            "caf%C3%A9",
            "how%20to%20tie%20a%20tie",
            "C%2B%2B",
            "rechtsschutzversicherungsgesellschaften",
            "iphone 15 pro max 256gb",
            "50%25+off",
            "AT%26T",
        ],
    ),
    (
        // Content and forums.
        &[
            "cat",
            "category",
            "category_id",
            "tag",
            "topic",
            "t",
            "f",
            "thread",
            "threadid",
            "post",
            "post_id",
            "page_id",
            "article",
            "news",
            "section",
            "node",
            "mid",
            "aid",
            "nid",
            "tid",
            "showtopic",
            "board",
            "forum",
        ],
        &[
            "12",
            "345678",
            "sports",
            "world-news",
            "2024-election-results-live-updates",
            "how-to-reset-your-router-at-home",
            "Hauptseite",
            "Talk:Main_Page",
        ],
    ),
    (
        &[
            "lang", "locale", "language", "hl", "l", "country", "region", "currency", "market", "store",
            "land",
        ],
        &["nl", "en-GB", "nl_NL", "EUR", "de", "amsterdam-centrum", "zh-Hant-TW"],
    ),
    (
        &[
            "date",
            "day",
            "month",
            "year",
            "from_date",
            "to",
            "checkin",
            "checkout",
            "arrival",
            "departure",
            "time",
            "since",
            "until",
            "week",
        ],
        &[
            "2026-12-01",
            "01.12.2026",
            "12/2026",
            "2026",
            "20261201T101500Z",
            "2026-12-01T10:15:00.000Z",
            "10:30",
            "1764583200",
            "1764583200000",
        ],
    ),
    (
        &[
            "tab", "step", "mode", "action", "do", "type", "format", "output", "print", "preview", "theme",
            "style", "feature", "show", "hide", "open", "expanded", "amp", "version", "v", "ver", "width",
            "height", "zoom", "level",
        ],
        &[
            "overview",
            "2",
            "edit",
            "pdf",
            "json",
            "1",
            "true",
            "dark",
            "dQw4w9WgXcQ",
            "6.4.2",
            "1024x768",
            "showAllProductsInThisCategory",
        ],
    ),
    (
        // Government, travel, work, music, code.
        &[
            "dossier",
            "zaak",
            "formulier",
            "gemeente",
            "onderwerp",
            "organisation",
            "department",
            "municipality",
            "act",
            "law",
            "paragraph",
            "docket",
        ],
        &[
            "2024D12345",
            "36200-XV",
            "bouwvergunning",
            "ministerie-van-financien",
            "Sozialgesetzbuch",
            "12a",
            "BWBR0005537",
            "ECLI:NL:HR:2024:123",
        ],
    ),
    (
        &[
            "adults",
            "children",
            "rooms",
            "pets",
            "origin",
            "destination",
            "route",
            "line",
            "station",
            "flight",
            "cabin",
            "nights",
            "guests",
        ],
        &["2", "0", "AMS", "JFK", "Amsterdam+Centraal", "KL1001", "economy", "3"],
    ),
    (
        &[
            "job",
            "jobid",
            "job_id",
            "vacancy",
            "skill",
            "salary",
            "remote",
            "course",
            "course_id",
            "lesson",
            "chapter",
            "playlist",
            "list",
            "track",
            "album",
            "episode",
            "season",
        ],
        &["123456789", "software-engineer-amsterdam", "50000", "yes", "3", "S02E05", "R_12345"],
    ),
    (
        &[
            "ref", "branch", "commit", "sha", "rev", "path", "file", "line", "diff", "tree", "blob",
            "release", "platform", "arch",
        ],
        &[
            "main",
            "feature/new-checkout-page",
            "5f2a8c1",
            "src/lib.rs",
            "docs/2024/Q3Report.pdf",
            "v1.2.3-beta.4",
            "linux-x86_64",
        ],
    ),
    (
        &["url", "return", "redirect", "next", "continue", "back", "target", "u"],
        &[
            "%2Fcart",
            "https%3A%2F%2Fshop.example%2Fproducts%3Fpage%3D2%26sort%3Dprice",
            "%2Fproducts%2Fred-shoes%3Fvariant%3D40123456789012",
            "home",
            "https://shop.example/a",
        ],
    ),
    (
        &[
            "filter[color]",
            "filter%5Bsize%5D%5B%5D",
            "f[0]",
            "attributes[brand]",
            "filter.v.price.gte",
            "facet.brand",
            "tags[]",
            "range:price",
        ],
        &["red", "xl", "brand:acme", "10.00", "1", "a;b;c"],
    ),
    (
        &["bbox", "layers", "basemap", "x", "y", "z", "srs", "service", "request", "crs"],
        &["4.7,52.2,5.1,52.5", "osm", "4", "EPSG:4326", "WMS", "GetMap", "12"],
    ),
];

/// Each parameter with each of its values, in pairs of one and the next of another group: more than a thousand.
fn queries() -> Vec<String> {
    let of_group = |(names, values): &(&[&str], &[&str])| {
        let pairs = names.iter().flat_map(|name| values.iter().map(move |value| format!("{name}={value}")));
        pairs.collect::<Vec<_>>()
    };
    let all: Vec<String> = PARAMETERS.iter().flat_map(of_group).collect();
    let half = all.len() / 2;
    all.iter().enumerate().map(|(at, one)| format!("{one}&{}", all[(at + half) % all.len()])).collect()
}

#[test]
fn nothing_goes_from_a_thousand_ordinary_queries() {
    let queries = queries();
    assert!(queries.len() >= 1000, "{}", queries.len());
    let plain = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    let mut lost = Vec::new();
    for query in &queries {
        let page = page_url::page(&format!("https://shop.example/a?{query}"), &[], false).unwrap();
        if plain(&page.path) != plain(&format!("/a?{query}")) {
            lost.push(format!("page {query} -> {}", page.path));
        }
        let sent = format!("https://other.example/a?{query}");
        let link = page_url::link(&sent, &[]).unwrap();
        if plain(&link) != plain(&sent) {
            lost.push(format!("link {query} -> {link}"));
        }
    }
    assert!(lost.is_empty(), "{} of {}:\n{}", lost.len(), queries.len(), lost.join("\n"));
}

#[test]
fn nothing_goes_from_paths_of_ordinary_pages() {
    for path in [
        "/products/40123456789012/red-running-shoes",
        "/a/d/B0BSHF7WHW",
        "/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "/2026/12/01/how-to-reset-your-router",
        "/help/reset-password",
        "/verify/identity/step-2",
        "/blog/confirm-your-booking-2026-edition",
        "/password-manager/best-of-2026",
        "/p/507f1f77bcf86cd799439011",
        "/wiki/Rechtsschutzversicherung_(Deutschland)",
        "/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "/watch/dQw4w9WgXcQ",
        "/track/4uLU6hMCjMI75M1A2tKUQC",
        "/invite/friends/and-earn-20-euro",
        "/unsubscribe",
        "/AT&T",
        "/a;v=2/b",
    ] {
        let page = page_url::page(&format!("https://shop.example{path}"), &[], false).unwrap();
        assert_eq!(page.path, path);
    }
}
