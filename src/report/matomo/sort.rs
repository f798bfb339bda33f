//! The order of rows.

use std::cmp::Ordering;
use std::str::FromStr;

use serde_json::Value;

use super::table::{Row, Table};
use super::truncate::OTHERS;

/// Which way rows are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    #[default]
    Descending,
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Order, String> {
        match text.to_ascii_lowercase().as_str() {
            "asc" => Ok(Order::Ascending),
            "desc" => Ok(Order::Descending),
            _ => Err("filter_sort_order is asc or desc".into()),
        }
    }
}

impl Table {
    /// Orders the rows by a column, those of subtables too: by number where all values are numbers, else by text. Rows
    /// without the column come last, and what sums up the rest after them. Without the column anywhere nothing moves.
    pub fn sort(&mut self, column: &str, order: Order) {
        let first = keys(&self.rows, column);
        if first.iter().any(Option::is_some) {
            let (second, then) = self.tie_breaker(column, order);
            let second = keys(&self.rows, second);
            let mut keyed: Vec<_> =
                first.into_iter().zip(second).zip(std::mem::take(&mut self.rows)).collect();
            keyed.sort_by(|((a, a2), row), ((b, b2), other)| {
                let last = is_rest(row).cmp(&is_rest(other));
                last.then_with(|| compare(a, b, order)).then_with(|| compare(a2, b2, then))
            });
            self.rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        for subtable in self.rows.iter_mut().filter_map(|row| row.subtable.as_mut()) {
            subtable.sort(column, order);
        }
    }

    /// Equal rows are told apart by visits, and by label where those are equal or absent; labels run the other way,
    /// so that the usual order has A before B.
    fn tie_breaker(&self, column: &str, order: Order) -> (&'static str, Order) {
        let has_visits = self.rows.iter().any(|row| row.value("nb_visits").is_some());
        match (column, order) {
            (other, order) if other != "nb_visits" && has_visits => ("nb_visits", order),
            (_, Order::Descending) => ("label", Order::Ascending),
            (_, Order::Ascending) => ("label", Order::Descending),
        }
    }
}

impl Row {
    /// The value of a column, or the label.
    pub fn value(&self, column: &str) -> Option<&Value> {
        if column == "label" {
            return Some(&self.label);
        }
        self.columns.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }
}

/// The number that a value is or shows: shares are texts like `25%`.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim_end_matches('%').parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

enum Key {
    Number(f64),
    Text(String),
}

fn keys(rows: &[Row], column: &str) -> Vec<Option<Key>> {
    let values = || rows.iter().map(|row| row.value(column).filter(|value| !value.is_null()));
    let is_numeric = values().flatten().all(|value| number(value).is_some());
    let key = |value: &Value| match number(value).filter(|_| is_numeric) {
        Some(number) => Key::Number(number),
        None => Key::Text(value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)),
    };
    values().map(|value| value.map(key)).collect()
}

fn compare(a: &Option<Key>, b: &Option<Key>, order: Order) -> Ordering {
    let ordering = match (a, b) {
        (Some(Key::Number(a)), Some(Key::Number(b))) => a.total_cmp(b),
        (Some(Key::Text(a)), Some(Key::Text(b))) => a.cmp(b),
        (a, b) => return a.is_none().cmp(&b.is_none()),
    };
    match order {
        Order::Ascending => ordering,
        Order::Descending => ordering.reverse(),
    }
}

fn is_rest(row: &Row) -> bool {
    row.label == OTHERS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(label: &str, columns: Value) -> Row {
        let columns = columns.as_object().unwrap().clone().into_iter();
        Row {
            label: label.into(),
            columns: columns.map(|(name, value)| (name.into(), value)).collect(),
            ..Row::default()
        }
    }

    fn sorted(rows: &[Row], column: &str, order: Order) -> String {
        let mut table = Table { rows: rows.to_vec() };
        table.sort(column, order);
        table.rows.iter().map(|row| row.text() + " ").collect()
    }

    #[test]
    fn numbers_by_number_and_texts_by_text() {
        let rows = [
            row("b", json!({ "nb_visits": 9, "bounce_rate": "5%", "name": "Y" })),
            row("a", json!({ "nb_visits": 10, "bounce_rate": "33%", "name": "x" })),
            row("c", json!({ "nb_visits": 9, "bounce_rate": "100%", "name": "7" })),
        ];
        assert_eq!(sorted(&rows, "nb_visits", Order::Descending), "a b c ");
        assert_eq!(sorted(&rows, "nb_visits", Order::Ascending), "c b a ");
        assert_eq!(sorted(&rows, "bounce_rate", Order::Descending), "c a b ");
        assert_eq!(sorted(&rows, "name", Order::Ascending), "c a b ");
        assert_eq!(sorted(&rows, "label", Order::Descending), "c b a ");
    }

    #[test]
    fn what_has_no_value_comes_last_and_the_rest_after_it() {
        let rows = [row("Others", json!({ "x": 99 })), row("none", json!({})), row("one", json!({ "x": 1 }))];
        assert_eq!(sorted(&rows, "x", Order::Descending), "one none Others ");
        assert_eq!(sorted(&rows, "x", Order::Ascending), "one none Others ");
        assert_eq!(sorted(&rows, "unknown", Order::Ascending), "Others none one ");
    }

    #[test]
    fn subtables_are_ordered_too() {
        let inner = Table { rows: vec![row("x", json!({ "n": 1 })), row("y", json!({ "n": 2 }))] };
        let mut table = Table { rows: vec![Row { subtable: Some(inner), ..row("top", json!({ "n": 3 })) }] };
        table.sort("n", Order::Descending);
        assert_eq!(table.rows[0].subtable.as_ref().unwrap().rows[0].label, "y");
    }
}
