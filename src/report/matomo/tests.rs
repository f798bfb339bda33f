//! Reports of made-up visits.

use serde_json::{Value, json};

use super::method::Options;
use super::table::Row;
use super::*;
use crate::event::Kind;
use crate::store::EventRow;

/// A request of visit `visit` on day `date`, so many seconds after its beginning.
fn hit(kind: Kind, date: u16, visit: u64, seconds: u32) -> EventRow {
    EventRow {
        kind: kind as u8,
        local_date: date,
        visit,
        visitor: visit,
        seq: visit + u64::from(seconds),
        time: u32::from(date) * 86_400 + seconds,
        referrer_kind: 1,
        ..EventRow::default()
    }
}

fn page(date: u16, visit: u64, seconds: u32, path: &str) -> EventRow {
    EventRow { path: path.into(), title: path.into(), ..hit(Kind::PageView, date, visit, seconds) }
}

/// A goal that is reached without a page.
fn reach(goal: u32, revenue: f64, date: u16, visit: u64, seconds: u32) -> EventRow {
    let event = hit(Kind::Goal, date, visit, seconds);
    EventRow { goals: vec![goal], goal_revenues: vec![revenue], ..event }
}

/// The report of a method on these visits.
fn report(name: &str, is_day: bool, visits: &[&[EventRow]]) -> Report {
    let options = Options { dimension: Some(1), ..Options::default() };
    let method = Method::find(name, options).unwrap();
    let date = jiff::civil::date(2026, 11, 20);
    let days = Days { from: date, to: date };
    let request = Request { days, is_day, delimiter: "", segment: None, is_one_of_many: false };
    let mut fold = Fold::new(&method, &request);
    let mut history = History::of(Vec::new());
    for event in visits.iter().flat_map(|events| events.iter()) {
        history.take(event.clone()).iter().for_each(|visit| fold.visit(visit));
    }
    history.end().iter().for_each(|visit| fold.visit(visit));
    fold.finish(1).unwrap()
}

/// A figure of a row at the top.
fn figure(report: &Report, label: &str, name: &str) -> Value {
    let Report::Table(table) = report else { panic!("no table: {report:?}") };
    let row = table.rows.iter().find(|row| row.label == label).unwrap();
    of(&row.columns, name)
}

/// The only row below the only row.
fn below(report: &Report) -> Row {
    let Report::Table(table) = report else { panic!("no table: {report:?}") };
    let below = table.rows[0].subtable.clone().unwrap().rows;
    assert_eq!((table.rows.len(), below.len()), (1, 1));
    below[0].clone()
}

/// A figure of the first goal of a row at the top.
fn of_goal(report: &Report, label: &str, name: &str) -> Value {
    let Report::Table(table) = report else { panic!("no table: {report:?}") };
    let row = table.rows.iter().find(|row| row.label == label).unwrap();
    of(&row.goals[0].1, name)
}

fn of(columns: &Columns, name: &str) -> Value {
    columns.iter().find(|(own, _)| own == name).map_or(Value::Null, |(_, value)| value.clone())
}

#[test]
fn a_page_shows_how_far_the_days_first_conversion_had_come() {
    let visit = |date, id| {
        let repeat = |seconds| reach(1, 10.0, date, id, seconds);
        [page(date, id, 0, "/a"), page(date, id, 1, "/a"), page(date, id, 2, "/b"), repeat(3), repeat(4)]
    };
    let early = |date, id| [page(date, id, 0, "/a"), reach(1, 10.0, date, id, 1)];
    let pages = report("Actions.getPageUrls", false, &[&visit(1, 1), &early(1, 11), &early(2, 21)]);
    assert_eq!(of_goal(&pages, "/a", "nb_conv_pages_before"), 4);
    assert_eq!(of_goal(&pages, "/b", "nb_conv_pages_before"), 3);
    assert_eq!(of_goal(&pages, "/a", "nb_conversions_page_rate"), 1);
    assert_eq!(of_goal(&pages, "/b", "nb_conversions_page_rate"), 0.5);
}

#[test]
fn the_part_of_a_revenue_is_rounded_once_a_page_and_day() {
    let visit = [page(1, 1, 0, "/a"), page(1, 1, 1, "/a"), page(1, 1, 2, "/b"), reach(1, 10.0, 1, 1, 3)];
    let pages = report("Actions.getPageUrls", true, &[&visit]);
    assert_eq!(of_goal(&pages, "/a", "revenue_attrib"), 6.67);
    assert_eq!(of_goal(&pages, "/b", "revenue_attrib"), 3.33);
}

#[test]
fn what_entries_make_of_goals_is_summed_over_days() {
    let converted = |date, id| [page(date, id, 0, "/a"), reach(1, 10.0, date, id, 1)];
    let seen = [page(1, 11, 0, "/a")];
    let pages = report("Actions.getPageUrls", false, &[&converted(1, 1), &seen, &converted(2, 21)]);
    assert_eq!(of_goal(&pages, "/a", "nb_conversions_entry_rate"), 1.5);
    assert_eq!(of_goal(&pages, "/a", "revenue_per_entry"), 15);
    assert_eq!(figure(&pages, "/a", "entry_nb_visits"), json!(3));
}

#[test]
fn users_and_visitors_of_several_days_are_counted_once() {
    let by = |user, date, id| [EventRow { visitor: 7, user, ..page(date, id, 0, "/") }];
    let visits: [&[EventRow]; 3] = [&by(5, 1, 1), &by(5, 2, 11), &by(5, 3, 21)];
    let Report::Row(summary) = report("VisitsSummary.get", false, &visits) else { panic!("no row") };
    assert_eq!((of(&summary, "nb_users"), of(&summary, "nb_visits")), (json!(1), json!(3)));
    assert_eq!(report("VisitsSummary.getUsers", false, &visits), Report::Value(1.into()));
    let Report::Row(frequency) = report("VisitFrequency.get", false, &visits) else { panic!("no row") };
    let figures = ["nb_users_new", "nb_uniq_visitors_returning", "nb_users_returning", "nb_visits_returning"];
    assert_eq!(figures.map(|name| of(&frequency, name)), [1, 1, 1, 2].map(Value::from));
}

#[test]
fn a_page_without_a_title_begins_and_ends_no_visit() {
    let untitled = EventRow { title: "0".into(), ..page(1, 1, 0, "/") };
    let titles = report("Actions.getPageTitles", true, &[&[untitled]]);
    let of = |name| figure(&titles, " Page Name not defined", name);
    assert_eq!(
        (of("nb_hits"), of("entry_nb_visits"), of("exit_nb_visits")),
        (json!(1), Value::Null, Value::Null)
    );
    assert_eq!((of("bounce_rate"), of("exit_rate")), (json!("0%"), json!("0%")));
}

#[test]
fn what_products_cost_that_were_looked_at_is_summed_over_days() {
    let look = |price, date, id, seconds| EventRow {
        item_skus: vec!["A".into()],
        item_prices: vec![price],
        ..page(date, id, seconds, "/a")
    };
    let visits: [&[EventRow]; 2] = [&[look(500.0, 1, 1, 0), look(501.0, 1, 1, 1)], &[look(500.0, 2, 11, 0)]];
    assert_eq!(figure(&report("Goals.getItemsSku", false, &visits), "A", "avg_price"), 1_000.5);
}

#[test]
fn timings_are_rounded_before_they_are_summed_and_shown_where_a_row_beside_has_them() {
    let timed =
        |timings: [i32; 6], seconds, path| EventRow { timings: timings.into(), ..page(1, 1, seconds, path) };
    let one = timed([1, 1, 1, -1, -1, -1], 0, "/a");
    let two = timed([2, 2, 2, -1, -1, -1], 1, "/a");
    let visit = [one, two, page(1, 1, 2, "/b")];
    let pages = report("Actions.getPageUrls", true, &[&visit]);
    assert_eq!(figure(&pages, "/a", "avg_time_network"), 0.002);
    assert_eq!(figure(&pages, "/a", "avg_page_load_time"), 0.006);
    assert_eq!(figure(&pages, "/a", "avg_time_on_load"), Value::Null);
    let names = ["nb_hits_with_time_server", "min_time_server", "max_time_server", "avg_time_server"];
    let nothing = [json!(0), json!(""), json!(""), json!(0)];
    assert_eq!(names.map(|name| figure(&pages, "/b", name)), nothing);
    let Report::Row(all) = report("PagePerformance.get", true, &[&visit]) else { panic!("no row") };
    assert_eq!(of(&all, "avg_page_load_time"), 0);
}

#[test]
fn keywords_of_campaigns_show_what_they_bring() {
    let (referrer_name, referrer_keyword) = ("spring".into(), "shoes".into());
    let come = EventRow { referrer_kind: 6, referrer_name, referrer_keyword, ..page(1, 1, 0, "/") };
    let keyword = below(&report("Referrers.getCampaigns", true, &[&[come, reach(1, 10.0, 1, 1, 1)]]));
    assert_eq!(
        (of(&keyword.columns, "nb_conversions"), of(&keyword.columns, "revenue")),
        (json!(1), json!(10))
    );
}

#[test]
fn an_unknown_device_has_a_name() {
    let devices = report("DevicesDetection.getType", true, &[&[page(1, 1, 0, "/")]]);
    assert_eq!(figure(&devices, "Unknown", "nb_visits"), 1);
}

#[test]
fn an_event_without_a_name_has_no_row_below_its_category() {
    let event = EventRow { category: "Video".into(), action: "play".into(), ..hit(Kind::Event, 1, 1, 0) };
    let events = |name: &str| report(name, true, &[std::slice::from_ref(&event)]);
    let Report::Table(actions) = events("Events.getAction") else { panic!("no table") };
    assert_eq!(actions.rows[0].subtable, None);
    assert_eq!(of(&actions.rows[0].columns, "nb_events"), 1);
    assert_eq!(below(&events("Events.getName")).label, "play");
    assert_eq!(figure(&events("Events.getName"), "Event Name not defined", "nb_events"), 1);
}

#[test]
fn unknown_places_are_one() {
    let at = |country: &str, region: &str, city: &str, id| {
        [EventRow {
            country: country.into(),
            region: region.into(),
            city: city.into(),
            ..page(1, id, 0, "/")
        }]
    };
    let visits: [&[EventRow]; 3] = [&at("NL", "", "", 1), &at("FR", "", "", 2), &at("FR", "", "Nice", 3)];
    let cities = report("UserCountry.getCity", true, &visits);
    assert_eq!(figure(&cities, "Unknown", "nb_visits"), 2);
    assert_eq!(figure(&cities, "Unknown", "nb_uniq_visitors"), 2);
    assert_eq!(figure(&cities, "Nice, France", "nb_visits"), 1);
    let regions = report("UserCountry.getRegion", true, &visits);
    assert_eq!(figure(&regions, "Unknown", "nb_visits"), 3);
    let Report::Table(table) = regions else { panic!("no table") };
    assert_eq!((of(&table.rows[0].metadata, "country"), table.rows.len()), (json!("xx"), 1));
}

#[test]
fn a_link_that_leads_nowhere_is_a_page_without_an_address() {
    let nowhere = EventRow { path: "/a".into(), ..hit(Kind::Outlink, 1, 1, 5) };
    let somewhere = EventRow { target: "https://example.net/".into(), ..hit(Kind::Outlink, 1, 1, 6) };
    let visit = [page(1, 1, 0, "/a"), nowhere, somewhere];
    let pages = report("Actions.getPageUrls", true, &[&visit]);
    assert_eq!(figure(&pages, "Page URL not defined", "nb_hits"), 1);
    assert_eq!(figure(&pages, "Page URL not defined", "exit_nb_visits"), Value::Null);
    assert_eq!(figure(&pages, "/a", "exit_nb_visits"), 1);
    let Report::Table(links) = report("Actions.getOutlinks", true, &[&visit]) else { panic!("no table") };
    assert_eq!(links.rows.len(), 1);
    let Report::Row(all) = report("Actions.get", true, &[&visit]) else { panic!("no row") };
    let names = ["nb_pageviews", "nb_uniq_pageviews", "nb_outlinks"];
    assert_eq!(names.map(|name| of(&all, name)), [2, 2, 1].map(Value::from));
    let Report::Row(summary) = report("VisitsSummary.get", true, &[&visit]) else { panic!("no row") };
    assert_eq!(of(&summary, "nb_actions"), 3);
}

#[test]
fn a_conversion_keeps_the_dimension_of_its_moment() {
    let send = |value: &str, event: EventRow| EventRow {
        dimension_ids: vec![1],
        dimension_values: vec![value.into()],
        ..event
    };
    let changed =
        [send("silver", page(1, 1, 0, "/")), reach(1, 5.0, 1, 1, 9), send("gold", page(1, 1, 10, "/"))];
    let visits: [&[EventRow]; 3] = [&changed, &[send("", page(1, 21, 0, "/"))], &[page(1, 31, 0, "/")]];
    let values = report("CustomDimensions.getCustomDimension", true, &visits);
    let names = ["nb_visits", "nb_conversions", "nb_actions_per_visit", "avg_time_on_site"];
    let of = |label| names.map(|name| figure(&values, label, name));
    assert_eq!(of("gold"), [json!(1), Value::Null, json!(2), json!(11)]);
    assert_eq!(of("silver"), [json!(0), json!(1), json!(0), json!(0)]);
    assert_eq!(of("Value not defined"), [json!(1), Value::Null, json!(1), json!(0)]);
    assert_eq!(figure(&values, "Value not defined", "bounce_rate"), "100%");
    let Report::Table(table) = values else { panic!("no table") };
    assert_eq!(table.rows.len(), 3);
}
