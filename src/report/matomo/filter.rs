//! Fewer rows: those that match, those that matter, those of one page, or one alone.

use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;

use super::sort::number;
use super::table::{Row, Table};

/// Share of a column's sum below which a row has a low population, unless told otherwise.
const LOW_POPULATION: f64 = 0.02;

impl Table {
    /// Keeps the rows whose value of `column` matches.
    pub fn keep_matching(&mut self, column: &str, pattern: &Regex) {
        self.rows.retain(|row| row.matches(column, pattern));
    }

    /// Keeps the rows that match or have a row that does somewhere below them.
    pub fn keep_matching_below(&mut self, column: &str, pattern: &Regex) {
        self.rows.retain_mut(|row| {
            let has_matches_below = row.subtable.as_mut().is_some_and(|subtable| {
                subtable.keep_matching_below(column, pattern);
                !subtable.rows.is_empty()
            });
            has_matches_below || row.matches(column, pattern)
        });
    }

    /// Drops the rows whose `column` is less than `minimum`, or without one, less than two percent of the column's sum.
    pub fn drop_low_population(&mut self, column: &str, minimum: Option<f64>) {
        let value = |row: &Row| row.value(column).and_then(number).unwrap_or(0.0);
        let minimum = minimum.unwrap_or_else(|| self.rows.iter().map(value).sum::<f64>() * LOW_POPULATION);
        self.rows.retain(|row| value(row) >= minimum);
    }

    /// Keeps `limit` rows (all without one) from number `offset` on, and the first `limit` of each subtable.
    pub fn page(&mut self, offset: usize, limit: Option<usize>) {
        self.rows.drain(..offset.min(self.rows.len()));
        let Some(limit) = limit else { return };
        self.rows.truncate(limit);
        for subtable in self.rows.iter_mut().filter_map(|row| row.subtable.as_mut()) {
            subtable.page(0, Some(limit));
        }
    }

    /// The one row at the end of a path of labels like `folder > page`, or none. Each label may be URL-encoded once
    /// more, which `>` in a label has to be; `@` before it means a page where a folder has the same name.
    #[must_use]
    pub fn find(self, path: &str) -> Table {
        let mut table = self;
        let mut labels = path.split('>').peekable();
        while let Some(label) = labels.next() {
            let found = table.rows.into_iter().find(|row| row.is_called(label.trim()));
            let Some(row) = found else { break };
            match (labels.peek(), row.subtable) {
                (None, subtable) => return Table { rows: vec![Row { subtable, ..row }] },
                (Some(_), Some(subtable)) => table = subtable,
                (Some(_), None) => break,
            }
        }
        Table::default()
    }

    /// How many rows there are on all levels.
    pub fn size(&self) -> usize {
        let below = |row: &Row| row.subtable.as_ref().map_or(0, Table::size);
        self.rows.iter().map(|row| 1 + below(row)).sum()
    }
}

impl Row {
    fn matches(&self, column: &str, pattern: &Regex) -> bool {
        match self.value(column) {
            Some(Value::String(text)) => pattern.is_match(text),
            Some(Value::Null) | None => false,
            Some(other) => pattern.is_match(&other.to_string()),
        }
    }

    fn is_called(&self, label: &str) -> bool {
        let own = self.text();
        let decoded = percent_decode_str(label).decode_utf8_lossy();
        if let Some(page) = decoded.strip_prefix('@') {
            let without_slash = own.trim().trim_start_matches('/');
            return self.subtable.is_none() && without_slash == page.trim().trim_start_matches('/');
        }
        own.trim() == label || own.trim() == decoded.trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, visits: u64, subtable: Vec<Row>) -> Row {
        Row {
            label: label.into(),
            columns: vec![("nb_visits".into(), visits.into())],
            subtable: (!subtable.is_empty()).then_some(Table { rows: subtable }),
            ..Row::default()
        }
    }

    fn table() -> Table {
        let blog =
            row("blog", 60, vec![row("/one", 40, vec![]), row("/two", 19, vec![]), row("a>b c", 1, vec![])]);
        Table { rows: vec![blog, row("/index", 39, vec![]), row("/blog", 1, vec![])] }
    }

    fn labels(table: &Table) -> Vec<String> {
        table.rows.iter().map(Row::text).collect()
    }

    #[test]
    fn patterns() {
        let mut found = table();
        found.keep_matching("label", &Regex::new("^/").unwrap());
        assert_eq!(labels(&found), ["/index", "/blog"]);
        let mut found = table();
        found.keep_matching("nb_visits", &Regex::new("^39$").unwrap());
        assert_eq!(labels(&found), ["/index"]);
        let mut found = table();
        found.keep_matching_below("label", &Regex::new("one").unwrap());
        assert_eq!(labels(&found), ["blog"]);
        assert_eq!(labels(found.rows[0].subtable.as_ref().unwrap()), ["/one"]);
    }

    #[test]
    fn low_population() {
        let mut found = table();
        found.drop_low_population("nb_visits", None);
        assert_eq!(labels(&found), ["blog", "/index"]);
        found.drop_low_population("nb_visits", Some(40.0));
        assert_eq!(labels(&found), ["blog"]);
    }

    #[test]
    fn pages_of_rows() {
        let mut found = table();
        found.page(1, Some(1));
        assert_eq!(labels(&found), ["/index"]);
        let mut found = table();
        found.page(0, Some(2));
        assert_eq!(found.size(), 2 + 2);
        found.page(9, None);
        assert_eq!(found, Table::default());
    }

    #[test]
    fn one_row_by_its_labels() {
        assert_eq!(labels(&table().find("blog")), ["blog"]);
        assert_eq!(labels(&table().find("blog > /two")), ["/two"]);
        assert_eq!(labels(&table().find("blog>a%3Eb%20c")), ["a>b c"]);
        assert_eq!(labels(&table().find("@blog")), ["/blog"]);
        for nothing in ["", "blog>none", "/index>x", "Blog"] {
            assert_eq!(table().find(nothing), Table::default(), "{nothing}");
        }
    }
}
