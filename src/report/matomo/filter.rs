//! Fewer rows: those that match, those that matter, those of one page, or one alone.

use regex::Regex;
use serde_json::Value;

use super::render::decode;
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

    /// The one row at the end of a path of labels like `folder > page`, or none. The path and each label in it may be
    /// URL-encoded once more, which `>` in a label has to be; `@` before a label means a page where a folder has the
    /// same name. A label that holds a `>` is found without that, if it is of the first level.
    #[must_use]
    pub fn find(&self, path: &str) -> Table {
        let decoded = decode(path);
        let paths = [vec![path], decoded.split('>').collect(), path.split('>').collect()];
        let found = paths.iter().find_map(|labels| self.descend(labels));
        Table { rows: found.cloned().into_iter().collect() }
    }

    fn descend(&self, labels: &[&str]) -> Option<&Row> {
        let (label, below) = labels.split_first()?;
        let row = self.called(&Wanted::new(label))?;
        match below {
            [] => Some(row),
            below => row.subtable.as_ref()?.descend(below),
        }
    }

    /// The row of a label: one that is called so to the letter, before one that is but for blanks around it.
    fn called(&self, wanted: &Wanted) -> Option<&Row> {
        let exact = self.rows.iter().find(|row| wanted.is_met(row, &row.text()));
        exact.or_else(|| self.rows.iter().find(|row| wanted.is_met(row, row.text().trim())))
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
}

/// A label that somebody asks for, in the spellings it may have.
struct Wanted {
    spellings: [String; 4],
    is_page: bool,
}

impl Wanted {
    fn new(label: &str) -> Wanted {
        let (label, is_page) = match label.trim().strip_prefix('@') {
            Some(page) => (page.trim(), true),
            None => (label.trim(), false),
        };
        let decoded = decode(label).trim().to_owned();
        let without_entities = unescape(&decoded);
        Wanted { spellings: [label.to_owned(), unescape(label), decoded, without_entities], is_page }
    }

    fn is_met(&self, row: &Row, own: &str) -> bool {
        match self.is_page {
            false => self.spellings.iter().any(|spelling| spelling == own),
            true => {
                let bare = |label: &str| label.trim().trim_start_matches('/').to_owned();
                row.subtable.is_none() && self.spellings.iter().any(|spelling| bare(spelling) == bare(own))
            }
        }
    }
}

/// Undoes the escapes of HTML, in which Matomo keeps labels.
fn unescape(text: &str) -> String {
    const ENTITIES: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#039;", "'"),
        ("&#39;", "'"),
        ("&apos;", "'"),
        // The last one, or it would make others.
        ("&amp;", "&"),
    ];
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
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
    fn a_label_as_a_whole_comes_first() {
        let table = Table { rows: vec![row("a", 1, vec![row("b", 1, vec![])]), row("a>b", 1, vec![])] };
        assert_eq!(labels(&table.find("a>b")), ["a>b"]);
        assert_eq!(labels(&table.find("a&gt;b")), ["a>b"]);
        let table = Table { rows: vec![row(" one", 1, vec![]), row("one", 1, vec![row("x", 1, vec![])])] };
        assert_eq!(labels(&table.find(" one ")), ["one"]);
        assert_eq!(labels(&table.find("@one")), [" one"]);
    }

    #[test]
    fn one_row_by_its_labels() {
        assert_eq!(labels(&table().find("blog")), ["blog"]);
        assert_eq!(labels(&table().find("blog > /two")), ["/two"]);
        assert_eq!(labels(&table().find("blog>a%3Eb%20c")), ["a>b c"]);
        assert_eq!(labels(&table().find("blog%3Ea%253Eb%2520c")), ["a>b c"]);
        assert_eq!(labels(&table().find("blog > a%3Eb+c")), ["a>b c"]);
        assert_eq!(labels(&table().find("blog>a%26gt%3Bb c")), ["a>b c"]);
        assert_eq!(labels(&table().find("@blog")), ["/blog"]);
        for nothing in ["", "blog>none", "/index>x", "Blog"] {
            assert_eq!(table().find(nothing), Table::default(), "{nothing}");
        }
    }
}
