//! Fewer columns.

use super::table::{Columns, Report, Row, Table};

/// The name under which the figures of all goals are chosen.
const GOALS: &str = "goals";

impl Report {
    /// Keeps these columns alone; labels stay.
    pub fn show_columns(&mut self, names: &[&str]) {
        self.retain_columns(&|name| names.contains(&name));
    }

    /// Drops these columns.
    pub fn hide_columns(&mut self, names: &[&str]) {
        self.retain_columns(&|name| !names.contains(&name));
    }

    /// Drops what stands beside the figures.
    pub fn hide_metadata(&mut self) {
        if let Report::Table(table) = self {
            table.each_row(&|row| row.metadata.clear());
        }
    }

    /// Drops all levels but the first.
    pub fn hide_subtables(&mut self) {
        if let Report::Table(table) = self {
            table.rows.iter_mut().for_each(|row| row.subtable = None);
        }
    }

    /// Drops these columns below the first level.
    pub fn hide_columns_below(&mut self, names: &[&str]) {
        let Report::Table(table) = self else { return };
        for subtable in table.rows.iter_mut().filter_map(|row| row.subtable.as_mut()) {
            subtable.each_row(&|row| row.columns.retain(|(name, _)| !names.contains(&name.as_ref())));
        }
    }

    fn retain_columns(&mut self, is_kept: &impl Fn(&str) -> bool) {
        let retain = |columns: &mut Columns| columns.retain(|(name, _)| is_kept(name));
        match self {
            Report::Row(columns) => retain(columns),
            Report::Value(_) => {}
            Report::Table(table) => table.each_row(&|row| {
                retain(&mut row.columns);
                if !is_kept(GOALS) {
                    row.goals.clear();
                }
            }),
        }
    }
}

impl Table {
    fn each_row(&mut self, change: &impl Fn(&mut Row)) {
        for row in &mut self.rows {
            change(row);
            if let Some(subtable) = &mut row.subtable {
                subtable.each_row(change);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Report {
        let columns: Columns = vec![("a".into(), 1.into()), ("b".into(), 2.into())];
        let row = Row {
            label: "x".into(),
            columns: columns.clone(),
            goals: vec![("1".into(), columns)],
            metadata: vec![("url".into(), "http://x".into())],
            subtable: None,
        };
        let subtable = Some(Table { rows: vec![row.clone()] });
        Report::Table(Table { rows: vec![Row { subtable, ..row }] })
    }

    /// Columns, goals and metadata of the row and of the one below it.
    fn widths(report: &Report) -> Vec<(usize, usize, usize)> {
        let Report::Table(table) = report else { return vec![] };
        let rows = table
            .rows
            .iter()
            .chain(table.rows.iter().filter_map(|row| row.subtable.as_ref()).flat_map(|t| &t.rows));
        rows.map(|row| (row.columns.len(), row.goals.len(), row.metadata.len())).collect()
    }

    #[test]
    fn columns_of_all_levels() {
        let mut report = table();
        report.show_columns(&["b"]);
        assert_eq!(widths(&report), [(1, 0, 1), (1, 0, 1)]);
        let mut report = table();
        report.hide_columns(&["b"]);
        report.hide_metadata();
        assert_eq!(widths(&report), [(1, 1, 0), (1, 1, 0)]);
        report.hide_columns_below(&["a"]);
        assert_eq!(widths(&report), [(1, 1, 0), (0, 1, 0)]);
        report.hide_subtables();
        assert_eq!(widths(&report), [(1, 1, 0)]);
    }
}
