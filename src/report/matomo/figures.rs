//! Figures that a row does not hold, but that follow from those it holds.

use serde_json::Value;

use super::render::{exact_percent, number, percent, quotient};
use super::table::Columns;

/// A figure of a row: as it stands there, or computed.
pub fn computed(row: &Columns, name: &str) -> Option<Value> {
    let find = |name: &str| row.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
    let of = |name: &str| find(name)?.as_f64();
    find(name).or_else(|| {
        let visits = of("nb_visits")?;
        match name {
            "nb_actions_per_visit" => Some(number(quotient(of("nb_actions")?, visits, 1))),
            "avg_time_on_site" => Some(number(quotient(of("sum_visit_length")?, visits, 0))),
            "bounce_rate" => Some(percent(of("bounce_count")?, visits)),
            "conversion_rate" => Some(exact_percent(of("nb_visits_converted")?, visits)),
            _ => None,
        }
    })
}
