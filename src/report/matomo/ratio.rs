//! Shares and means of a row that sums up others: made of its own figures, since those of the others can't be summed.

use super::render::{exact_percent, number, percent, quotient};
use super::table::Columns;
use super::timings::{TIMINGS, TOTAL};

/// How a part of a whole is shown.
#[derive(Clone, Copy)]
enum Form {
    /// As a number with so many digits.
    Mean(i32),
    /// In whole percents.
    Percent,
    /// In percents with two digits.
    Exact,
}

/// Name, part and whole. Where a name comes twice, the part that a row has tells which it is.
const RATIOS: [(&str, &str, &str, Form); 15] = [
    ("avg_time_on_page", "sum_time_spent", "nb_hits", Form::Mean(0)),
    ("avg_bandwidth", "sum_bandwidth", "nb_hits_with_bandwidth", Form::Mean(0)),
    ("bounce_rate", "bounce_count", "nb_visits", Form::Percent),
    ("bounce_rate", "entry_bounce_count", "entry_nb_visits", Form::Percent),
    ("exit_rate", "exit_nb_visits", "nb_visits", Form::Percent),
    ("nb_actions_per_visit", "nb_actions", "nb_visits", Form::Mean(1)),
    ("avg_time_on_site", "sum_visit_length", "nb_visits", Form::Mean(0)),
    ("nb_pages_per_search", "nb_hits", "nb_visits", Form::Mean(1)),
    ("nb_pages_per_search", "nb_actions", "nb_visits", Form::Mean(1)),
    ("avg_event_value", "sum_event_value", "nb_events_with_value", Form::Mean(2)),
    ("interaction_rate", "nb_interactions", "nb_impressions", Form::Exact),
    ("avg_quantity", "quantity", "orders", Form::Mean(1)),
    ("avg_quantity", "quantity", "abandoned_carts", Form::Mean(1)),
    ("conversion_rate", "orders", "nb_visits", Form::Exact),
    ("conversion_rate", "abandoned_carts", "nb_visits", Form::Exact),
];

/// Whether a figure can't be summed.
pub(super) fn is_ratio(name: &str) -> bool {
    name.starts_with("avg_") || ["_rate", "_per_", "_percent"].iter().any(|part| name.contains(part))
}

/// Adds the ratios of these names, as far as there are figures to make them of.
pub(super) fn add(columns: &mut Columns, names: &[String]) {
    for name in names {
        let value = match name.as_str() {
            TOTAL => Some(load_time(columns)),
            name => of_timings(columns, name).map(number).or_else(|| of_others(columns, name)),
        };
        columns.extend(value.map(|value| (name.clone().into(), value)));
    }
}

fn figure(columns: &Columns, name: &str) -> Option<f64> {
    columns.iter().find(|(own, _)| own == name).and_then(|(_, value)| value.as_f64())
}

fn load_time(columns: &Columns) -> serde_json::Value {
    number(TIMINGS.iter().filter_map(|[.., mean]| of_timings(columns, mean)).sum())
}

fn of_timings(columns: &Columns, name: &str) -> Option<f64> {
    let [sum, count, ..] = TIMINGS.iter().find(|[.., mean]| *mean == name)?;
    Some(quotient(figure(columns, sum)?, figure(columns, count)?, 3))
}

fn of_others(columns: &Columns, name: &str) -> Option<serde_json::Value> {
    let own = RATIOS.iter().filter(|(own, ..)| *own == name);
    let made = own
        .clone()
        .find(|(_, part, whole, _)| figure(columns, part).is_some() && figure(columns, whole).is_some());
    let (_, part, whole, form) = made.or_else(|| own.clone().next())?;
    let (part, whole) = (figure(columns, part).unwrap_or(0.0), figure(columns, whole).unwrap_or(0.0));
    Some(match form {
        Form::Mean(digits) => number(quotient(part, whole, *digits)),
        Form::Percent => percent(part, whole),
        Form::Exact => exact_percent(part, whole),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn made(figures: &Value, name: &str) -> Value {
        let given = figures.as_object().unwrap().clone();
        let mut columns: Columns = given.into_iter().map(|(name, value)| (name.into(), value)).collect();
        add(&mut columns, &[name.to_owned()]);
        columns.into_iter().find(|(own, _)| own == name).map_or(Value::Null, |(_, value)| value)
    }

    #[test]
    fn ratios_are_made_of_what_a_row_has() {
        let page = json!({ "nb_visits": 4, "nb_hits": 5, "sum_time_spent": 12, "exit_nb_visits": 1 });
        assert_eq!(made(&page, "avg_time_on_page"), 2);
        assert_eq!((made(&page, "bounce_rate"), made(&page, "exit_rate")), (json!("0%"), json!("25%")));
        let visit = json!({ "nb_visits": 4, "bounce_count": 1 });
        assert_eq!(made(&visit, "bounce_rate"), "25%");
        let timed = json!({ "sum_time_server": 1, "nb_hits_with_time_server": 3 });
        assert_eq!((made(&timed, "avg_time_server"), made(&timed, TOTAL)), (json!(0.333), json!(0.333)));
        assert_eq!(made(&timed, "avg_price"), Value::Null);
    }
}
