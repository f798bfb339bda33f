//! A long table's last rows as one.

use serde_json::Value;

use super::ratio;
use super::table::{Columns, Row, Table};

/// The label of what sums up the rest.
pub const OTHERS: &str = "Others";

impl Table {
    /// Keeps so many rows and sums the rest into one more, in subtables too. A rest of one row stays what it is.
    pub fn truncate(&mut self, rows: usize) {
        if self.rows.len() > rows.saturating_add(1) {
            // What already sums others up belongs to the rest.
            self.rows.sort_by_key(|row| row.label == OTHERS);
            let rest = self.rows.split_off(rows);
            self.rows.push(sum(rest));
        }
        for subtable in self.rows.iter_mut().filter_map(|row| row.subtable.as_mut()) {
            subtable.truncate(rows);
        }
    }
}

fn sum(rows: Vec<Row>) -> Row {
    let mut total = Row { label: OTHERS.into(), ..Row::default() };
    let mut ratios = Vec::new();
    for row in rows {
        let own = row.columns.iter().map(|(name, _)| name.to_string()).filter(|name| ratio::is_ratio(name));
        own.for_each(|name| {
            if !ratios.contains(&name) {
                ratios.push(name)
            }
        });
        add(&mut total.columns, row.columns);
        for (goal, columns) in row.goals {
            match total.goals.iter_mut().find(|(known, _)| *known == goal) {
                Some((_, sum)) => add(sum, columns),
                None => {
                    let mut sum = Columns::new();
                    add(&mut sum, columns);
                    total.goals.push((goal, sum));
                }
            }
        }
    }
    ratio::add(&mut total.columns, &ratios);
    total
}

fn add(total: &mut Columns, columns: Columns) {
    let is_summed = |name: &str, value: &Value| value.is_number() && !ratio::is_ratio(name);
    for (name, value) in columns.into_iter().filter(|(name, value)| is_summed(name, value)) {
        match total.iter_mut().find(|(known, _)| *known == name) {
            Some((name, sum)) => *sum = together(name, sum, &value),
            None => total.push((name, value)),
        }
    }
}

fn together(name: &str, a: &Value, b: &Value) -> Value {
    let whole = a.as_i64().zip(b.as_i64());
    let (x, y) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
    match (name.get(..4), whole) {
        (Some("max_"), _) => if x >= y { a } else { b }.clone(),
        (Some("min_"), _) => if x <= y { a } else { b }.clone(),
        (_, Some((x, y))) => x.saturating_add(y).into(),
        // Cents, without the noise of binary fractions.
        _ => (((x + y) * 1e4).round() / 1e4).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(value: Value) -> Columns {
        value.as_object().unwrap().clone().into_iter().map(|(name, value)| (name.into(), value)).collect()
    }

    fn row(label: &str, value: Value) -> Row {
        Row { label: label.into(), columns: columns(value), ..Row::default() }
    }

    #[test]
    fn the_rest_is_summed() {
        let figures = |n: u64| json!({ "nb_visits": n, "max_actions": n, "revenue": 0.1, "bounce_rate": "5%", "avg_x": n });
        let mut rows: Vec<Row> =
            [("a", 9), ("b", 3), ("c", 2)].map(|(label, n)| row(label, figures(n))).into();
        rows[1].goals = vec![("1".into(), columns(json!({ "nb_conversions": 2 })))];
        rows[2].goals = vec![("1".into(), columns(json!({ "nb_conversions": 1 })))];
        let mut table = Table { rows };
        table.truncate(1);
        let mut rest = row("Others", json!({ "nb_visits": 5, "max_actions": 3, "revenue": 0.2 }));
        rest.columns.push(("bounce_rate".into(), "0%".into()));
        rest.goals = vec![("1".into(), columns(json!({ "nb_conversions": 3 })))];
        assert_eq!((table.rows.len(), &table.rows[1]), (2, &rest));
    }

    #[test]
    fn there_is_one_rest() {
        let mut table =
            Table { rows: ["a", OTHERS, "b", "c"].map(|label| row(label, json!({ "n": 1 }))).into() };
        table.truncate(2);
        assert_eq!(
            table.rows,
            [row("a", json!({ "n": 1 })), row("b", json!({ "n": 1 })), row(OTHERS, json!({ "n": 2 }))]
        );
    }

    #[test]
    fn one_row_is_no_rest() {
        let mut table = Table { rows: vec![row("a", json!({})), row("b", json!({}))] };
        let before = table.clone();
        table.truncate(1);
        assert_eq!(table, before);
        table.truncate(0);
        assert_eq!(table.rows, [row("Others", json!({}))]);
    }
}
