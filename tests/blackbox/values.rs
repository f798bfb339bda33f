//! Numbers, times and texts as the world's clients send them, and as reports show them.

use serde_json::{Value, json};

use crate::harness::{FIREFOX, Server, Setup, encode};

const PAGE: &str = "url=https%3A%2F%2Fshop.example%2F";

fn server() -> Server {
    Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "1").env("FOOTFALL_COLLECT_EXPLAIN", "true").start()
}

/// A site with a shop, in the Netherlands.
fn shop(server: &Server) -> u32 {
    let form = format!(
        "module=API&format=json&method=SitesManager.addSite&siteName=Shop&urls=https://shop.example&ecommerce=1&token_auth={}",
        server.owner()
    );
    let answer = server.send("POST", "/index.php", &[], form.as_bytes());
    u32::try_from(answer.json()["value"].as_u64().unwrap()).unwrap()
}

fn order(server: &Server, site: u32, id: &str, rest: &str) -> String {
    let answer = server.hit(site, &format!("{PAGE}&idgoal=0&ec_id={id}&{rest}"));
    assert_eq!(answer.status, 200);
    answer.header("x-footfall").unwrap().to_owned()
}

fn day(server: &Server, method: &str, site: u32, query: &str) -> Value {
    server.report(method, site, &format!("period=day&date=today&{query}"))
}

fn row(report: &Value, label: impl Into<Value>) -> Value {
    let label = label.into();
    let rows = report.as_array().unwrap_or_else(|| panic!("no rows: {report}"));
    rows.iter().find(|row| row["label"] == label).unwrap_or_else(|| panic!("no {label}: {report}")).clone()
}

#[test]
fn an_amount_that_cannot_be_costs_neither_the_order_nor_the_sum() {
    let server = server();
    let site = shop(&server);
    assert_eq!(order(&server, site, "1", "revenue=1e308"), "value");
    assert_eq!(order(&server, site, "2", "revenue=1e308"), "value");
    assert_eq!(order(&server, site, "3", "revenue=-250"), "value");
    assert_eq!(order(&server, site, "4", "revenue=25&ec_tx=Infinity"), "value");
    assert_eq!(order(&server, site, "5", "revenue=0x10"), "accepted");
    let items = encode(r#"[["A","Lamp","",1e400,1],["B","Mug","","5,50",2]]"#);
    assert_eq!(order(&server, site, "6", &format!("revenue=10&ec_items={items}")), "value");
    server.flush();
    let orders = day(&server, "Goals.get", site, "idGoal=ecommerceOrder");
    assert_eq!((&orders["nb_conversions"], &orders["revenue"]), (&json!(6), &json!(35)), "{orders}");
    assert_eq!(row(&day(&server, "Goals.getItemsSku", site, ""), "B")["revenue"], json!(11));
    assert_eq!(server.dropped(site, "value"), 5);
    let books = server.reconciliation();
    assert_eq!(books["unexplained"], json!(0), "{books}");
}

#[test]
fn other_numbers_have_bounds_as_well() {
    let server = server();
    let site = shop(&server);
    let said =
        |query: &str| server.hit(site, &format!("{PAGE}&{query}")).header("x-footfall").unwrap().to_owned();
    for query in [
        "e_c=a&e_a=b&e_v=1e308",
        "bw_bytes=-5",
        "search=a&search_count=1e30",
        "res=99999x99999",
        "pf_net=1e9",
    ] {
        assert_eq!(said(query), "value", "{query}");
    }
    assert_eq!(said("e_c=a&e_a=b&e_v=-2,5"), "accepted");
    server.flush();
    let event = row(&day(&server, "Events.getCategory", site, ""), "a");
    assert_eq!((&event["nb_events"], &event["sum_event_value"]), (&json!(2), &json!(-2.5)), "{event}");
    assert_eq!(server.dropped(site, "value"), 5);
}

#[test]
fn a_refund_comes_from_the_shops_own_server() {
    let server = server();
    let site = shop(&server);
    order(&server, site, "1", "revenue=100");
    let token = server.token("write", Some(site));
    assert_eq!(order(&server, site, "2", &format!("revenue=-30&token_auth={token}")), "accepted");
    assert_eq!(order(&server, site, "3", "revenue=-30"), "value");
    server.flush();
    let orders = day(&server, "Goals.get", site, "idGoal=ecommerceOrder");
    assert_eq!(orders["revenue"], json!(70), "{orders}");
}

/// Rows from a time without bounds.
#[test]
fn what_is_stored_beyond_bounds_is_no_reports_end() {
    let server = server();
    let site = shop(&server);
    order(&server, site, "1", "revenue=25");
    order(&server, site, "2", "revenue=30");
    server.flush();
    server.sql(
        "ALTER TABLE events UPDATE order_amounts = [1e308, 1e308, 1e308, 1e308, 1e308], item_prices = [1e308]
         WHERE order_amounts[1] = 30 SETTINGS mutations_sync = 1",
    );
    let orders = day(&server, "Goals.get", site, "idGoal=ecommerceOrder");
    assert_eq!((&orders["nb_conversions"], &orders["revenue"]), (&json!(2), &json!(25)), "{orders}");
    let overview = server.today(site, "overview");
    assert_eq!(overview["totals"]["revenue"], json!(25.0), "{overview}");
    let conversions = server.today(site, "conversions");
    assert_eq!(conversions["orders"]["revenue"], json!(25.0), "{conversions}");
}

#[test]
fn amounts_are_read_as_shops_write_them() {
    let server = server();
    let site = shop(&server);
    let amounts = ["1299,95", "1.299,95", "1,299.95", "€ 1.299,95", "1299.95 EUR", "1 299,95"];
    for (number, amount) in amounts.iter().enumerate() {
        let amount = encode(amount);
        let query = format!("revenue={amount}&ec_st={amount}&ec_tx={amount}&ec_sh={amount}&ec_dt={amount}");
        assert_eq!(order(&server, site, &format!("O-{number}"), &query), "accepted");
    }
    server.flush();
    let orders = day(&server, "Goals.get", site, "idGoal=ecommerceOrder");
    for figure in ["revenue", "revenue_subtotal", "revenue_tax", "revenue_shipping", "revenue_discount"] {
        assert_eq!(orders[figure], json!(7799.7), "{figure}: {orders}");
    }
}

#[test]
fn an_order_is_one_for_each_of_its_labels() {
    let server = server();
    let site = shop(&server);
    let items = encode(r#"[["A","Mug","Home",10,1],["A","Mug","Home",20,2],["B","Cup","Home",5,1]]"#);
    order(&server, site, "1", &format!("revenue=55&ec_items={items}"));
    server.flush();
    for (method, label, revenue, quantity) in [
        ("Goals.getItemsSku", "A", 50, 3),
        ("Goals.getItemsName", "Cup", 5, 1),
        ("Goals.getItemsCategory", "Home", 55, 4),
    ] {
        let found = row(&day(&server, method, site, ""), label);
        let figures = (&found["orders"], &found["revenue"], &found["quantity"]);
        assert_eq!(figures, (&json!(1), &json!(revenue), &json!(quantity)), "{found}");
    }
}

#[test]
fn orders_whose_number_a_script_lost_are_no_copies_of_one() {
    let server = server();
    let site = shop(&server);
    assert_eq!(order(&server, site, "undefined", "revenue=10&pv_id=aaaaaa"), "accepted");
    assert_eq!(order(&server, site, "undefined", "revenue=10&pv_id=bbbbbb"), "accepted");
    let again = server.hit(site, &format!("{PAGE}&idgoal=0&ec_id=undefined&revenue=10&pv_id=bbbbbb"));
    assert_eq!(again.status, 400);
    server.flush();
    let orders = day(&server, "Goals.get", site, "idGoal=ecommerceOrder");
    assert_eq!((&orders["nb_conversions"], &orders["revenue"]), (&json!(2), &json!(20)), "{orders}");
}

#[test]
fn entities_are_read_in_every_text_that_is_shown() {
    let server = server();
    let site = shop(&server);
    let hit = |query: String| assert_eq!(server.hit(site, &format!("{PAGE}&{query}")).status, 200);
    let (written, shown) = (encode("Tom &amp; John&#39;s caf&eacute;"), "Tom & John's café");
    hit(format!("action_name={written}&dimension1={written}"));
    hit(format!("e_c={written}&e_a={written}&e_n={written}"));
    hit(format!("c_n={written}&c_p={written}"));
    hit(format!("search={written}"));
    let items =
        encode(r#"[["A","Tom &amp; John&#39;s caf&eacute;","Tom &amp; John&#39;s caf&eacute;",5,1]]"#);
    hit(format!("idgoal=0&ec_id=1&revenue=5&ec_items={items}"));
    hit(format!("action_name={}", encode("Mail jan&#64;b.example")));
    server.flush();
    for method in [
        "Events.getCategory",
        "Events.getAction",
        "Events.getName",
        "Contents.getContentNames",
        "Contents.getContentPieces",
        "Goals.getItemsName",
        "Goals.getItemsCategory",
        "Actions.getSiteSearchKeywords",
    ] {
        let report = day(&server, method, site, "");
        let label = report[0]["label"].as_str().unwrap_or_default().trim();
        assert!(label.eq_ignore_ascii_case(shown), "{method}: {report}");
    }
    let titles = day(&server, "Actions.getPageTitles", site, "").to_string();
    assert!(titles.contains(shown) && titles.contains("Mail [email]"), "{titles}");
    let dimension = day(&server, "CustomDimensions.getCustomDimension", site, "idDimension=1");
    assert_eq!(row(&dimension, shown)["nb_visits"], json!(1));
}

#[test]
fn a_goal_is_found_however_its_address_is_written() {
    let server = server();
    let site = shop(&server);
    let form = format!(
        "module=API&format=json&method=Goals.addGoal&idSite={site}&name=G&matchAttribute=url&pattern={}&patternType=contains&allowMultipleConversionsPerVisit=1&token_auth={}",
        encode("danke-schön"),
        server.owner()
    );
    assert_eq!(server.send("POST", "/index.php", &[], form.as_bytes()).status, 200);
    for address in ["danke-sch%C3%B6n", "danke-sch%c3%b6n", "danke-schön"] {
        server.hit(site, &format!("url={}", encode(&format!("https://shop.example/{address}"))));
    }
    server.flush();
    assert_eq!(day(&server, "Goals.get", site, "")["nb_conversions"], json!(3));
}

#[test]
fn times_are_read_as_clients_send_them() {
    let server = Setup::new().env("FOOTFALL_PRIVACY_MIN_GROUP", "1").clock("2026-11-25T12:00:00Z").start();
    let site = shop(&server);
    let hours = [
        ("2026-11-25T01:15:30.123Z", 1),
        ("2026-11-25 02:15:30", 2),
        ("2026-11-25 06:30:00-0300", 9),
        ("2026-11-25T05:15:30+01:00", 4),
        ("1795582800", 5),
        ("1795586400000", 6),
        ("Wed, 25 Nov 2026 07:00:00 GMT", 7),
    ];
    for (number, (time, _)) in hours.iter().enumerate() {
        let query = format!("{PAGE}&new_visit=1&rand={number}&cdt={}", encode(time));
        assert_eq!(server.hit(site, &query).status, 200, "{time}");
    }
    // A plus that was not encoded has become a blank.
    server.hit(site, &format!("{PAGE}&new_visit=1&cdt=2026-11-25+09:30:00+0100"));
    let bulk =
        json!({"requests": [format!("?idsite={site}&rec=1&{PAGE}&new_visit=1&cdt=2026-11-25T03:00:00Z")]});
    server.send("POST", "/matomo.php", &[("User-Agent", FIREFOX)], bulk.to_string().as_bytes());
    // A day old, with its zone: needs a token.
    assert_eq!(server.hit(site, &format!("{PAGE}&cdt={}", encode("2026-11-24T12:30:00+01:00"))).status, 400);
    server.flush();
    let report = day(&server, "VisitTime.getVisitInformationPerServerTime", site, "");
    for hour in 1..=9 {
        assert_eq!(row(&report, hour)["nb_visits"], json!(1), "{hour}: {report}");
    }
}
