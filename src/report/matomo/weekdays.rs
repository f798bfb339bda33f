//! Days of the week.

use serde_json::Value;

use super::table::{Columns, Row, Table};
use super::truncate::OTHERS;

const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The weekday of a date, which is stored as days since 1 January 1970: 1 for Monday.
pub(super) fn number(date: u16) -> u16 {
    // The first of them was a Thursday.
    (date + 3) % 7 + 1
}

/// All days in order, then what was folded; those without a visit have that to say alone. None where there was no visit at all.
pub(super) fn all(found: Table) -> Table {
    if found.rows.is_empty() {
        return found;
    }
    let day = |(number, name): (u16, &&'static str)| {
        let own = found.rows.iter().find(|row| row.text() == number.to_string());
        let none = || vec![("nb_visits".into(), 0.into())];
        Row {
            label: (*name).into(),
            columns: own.map_or_else(none, |row| summed(&row.columns)),
            metadata: vec![("day_of_week".into(), number.into())],
            ..Row::default()
        }
    };
    let others = found.rows.iter().filter(|row| row.text() == OTHERS).cloned();
    Table { rows: (1..).zip(&NAMES).map(day).chain(others).collect() }
}

/// A row's figures under the names of single days, which Matomo sums here; the longest visit is left out.
fn summed(columns: &Columns) -> Columns {
    let own = columns.iter().filter(|(name, _)| name != "max_actions");
    let name = |name: &str| name.strip_prefix("sum_daily_").unwrap_or(name).to_owned();
    own.map(|(own, value): &(_, Value)| (name(own).into(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week() {
        assert_eq!((number(0), number(4), number(3)), (4, 1, 7));
        let columns = vec![("nb_visits".into(), 2.into()), ("sum_daily_nb_uniq_visitors".into(), 1.into())];
        let table = all(Table { rows: vec![Row { label: "5".into(), columns, ..Row::default() }] });
        assert_eq!((table.rows.len(), &table.rows[4].label), (7, &Value::from("Friday")));
        assert_eq!(table.rows[4].columns[1].0, "nb_uniq_visitors");
        assert_eq!(table.rows[0].columns, [("nb_visits".into(), 0.into())]);
        assert_eq!(all(Table::default()), Table::default());
    }
}
