//! A tree of rows as a list.

use serde_json::Value;

use super::table::{Columns, Row, Table};

/// How the labels on the way down a tree become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// As the path of a page: folders `a`, `b` and the page `/c` are `/a/b/c`.
    Path,
    /// With this between them; a slash is not doubled.
    Text(&'static str),
}

/// What a flat table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// The leaves of the tree: what stands above them only sums up.
    Leaves,
    /// Every row, marked whether it sums up others.
    All,
}

impl Table {
    /// The rows of the tree as a list, each under the labels of all levels above it.
    #[must_use]
    pub fn flatten(self, joint: Joint, levels: Levels) -> Table {
        self.flatten_with(joint, levels, &[])
    }

    /// The same, with the label of each level in a column of its own besides. A tree deeper than there are names, such as
    /// one of folders, has its whole label in the last.
    #[must_use]
    pub fn flatten_with(self, joint: Joint, levels: Levels, dimensions: &[&'static str]) -> Table {
        let mut flat = Flat { rows: Vec::new(), joint, levels, dimensions };
        flat.collect(self, None, &[]);
        Table { rows: flat.rows }
    }
}

/// A list in the making.
struct Flat<'a> {
    rows: Vec<Row>,
    joint: Joint,
    levels: Levels,
    dimensions: &'a [&'static str],
}

impl Flat<'_> {
    fn collect(&mut self, table: Table, above: Option<&str>, path: &[Value]) {
        for mut row in table.rows {
            let subtable = row.subtable.take().filter(|subtable| !subtable.rows.is_empty());
            let mut path = path.to_vec();
            path.push(row.label.clone());
            // A label that stays alone stays what it is: the number of an hour, for example.
            if let Value::String(label) = &row.label {
                row.label = self.joint.join(above, label.trim(), subtable.is_some()).into();
            }
            if self.levels == Levels::All {
                row.metadata.push(("is_aggregate".into(), u8::from(subtable.is_some()).into()));
            }
            let label = row.text();
            if subtable.is_none() || self.levels == Levels::All {
                self.name_levels(&mut row, &path);
                self.rows.push(row);
            }
            if let Some(subtable) = subtable {
                self.collect(subtable, Some(&label), &path);
            }
        }
    }

    fn name_levels(&self, row: &mut Row, path: &[Value]) {
        let own: Columns = match self.dimensions {
            [only] => vec![((*only).into(), row.label.clone())],
            several => {
                several.iter().zip(path).map(|(name, label)| ((*name).into(), label.clone())).collect()
            }
        };
        row.columns.splice(0..0, own);
    }
}

impl Joint {
    fn join(self, above: Option<&str>, label: &str, is_folder: bool) -> String {
        match (self, above) {
            // A page has its slash. A row without one is no page, but what sums others up or has no address.
            (Joint::Path, None) if is_folder => format!("/{label}"),
            (Joint::Path, Some(above)) if is_folder => format!("{above}/{label}"),
            (Joint::Path, Some(above)) if !label.starts_with('/') => format!("{above}/ - {label}"),
            (Joint::Path, Some(above)) => format!("{above}{label}"),
            (Joint::Text("/"), Some(above)) => {
                format!("{above}/{}", label.strip_prefix('/').unwrap_or(label))
            }
            (Joint::Text(separator), Some(above)) => format!("{above}{separator}{label}"),
            (_, None) => label.to_owned(),
        }
    }
}

impl Row {
    /// The label as text.
    pub fn text(&self) -> String {
        match &self.label {
            Value::String(label) => label.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, subtable: Vec<Row>) -> Row {
        let subtable = (!subtable.is_empty()).then_some(Table { rows: subtable });
        Row { label: label.into(), subtable, ..Row::default() }
    }

    fn flat(rows: Vec<Row>, joint: Joint) -> Vec<String> {
        Table { rows }.flatten(joint, Levels::Leaves).rows.iter().map(Row::text).collect()
    }

    #[test]
    fn pages_have_paths() {
        let deep = row(
            "a",
            vec![row("b", vec![row("/c?x=1", vec![])]), row("/index", vec![]), row("Others", vec![])],
        );
        assert_eq!(
            flat(vec![row("/index", vec![]), deep, row("Others", vec![])], Joint::Path),
            ["/index", "/a/b/c?x=1", "/a/index", "/a/ - Others", "Others"]
        );
    }

    #[test]
    fn other_labels_are_joined() {
        let rows = vec![row("news", vec![row("shoes", vec![]), row(" hats", vec![])]), row("alone", vec![])];
        assert_eq!(flat(rows, Joint::Text(" - ")), ["news - shoes", "news - hats", "alone"]);
        let rows = vec![row("example.org", vec![row("/a", vec![])])];
        assert_eq!(flat(rows, Joint::Text("/")), ["example.org/a"]);
    }

    #[test]
    fn levels_have_columns_of_their_own() {
        let named = |rows: Vec<Row>, joint, names: &[&'static str]| {
            let flat = Table { rows }.flatten_with(joint, Levels::Leaves, names).rows;
            let texts =
                |row: &Row| row.columns.iter().map(|(name, value)| format!("{name}={value}")).collect();
            flat.iter().map(texts).collect::<Vec<Vec<String>>>()
        };
        let news = || row("news", vec![row("shoes", vec![])]);
        assert_eq!(
            named(vec![news(), row("alone", vec![])], Joint::Text(" - "), &["a", "b"]),
            [vec!["a=\"news\"", "b=\"shoes\""], vec!["a=\"alone\""]]
        );
        assert_eq!(named(vec![news()], Joint::Text(" - "), &["a"]), [["a=\"news - shoes\""]]);
    }

    #[test]
    fn a_number_stays_a_number() {
        let hour = Row { label: 7.into(), ..Row::default() };
        let table = Table { rows: vec![hour.clone()] };
        assert_eq!(table.flatten(Joint::Text(" - "), Levels::Leaves).rows, [hour]);
    }

    #[test]
    fn rows_that_sum_up_others_are_there_when_asked_for() {
        let rows = vec![row("a", vec![row("b", vec![row("/c", vec![])])])];
        let table = Table { rows }.flatten(Joint::Path, Levels::All);
        let marked = |row: &Row| (row.text(), row.metadata[0].1.as_u64());
        let rows: Vec<_> = table.rows.iter().map(marked).collect();
        assert_eq!(rows, [("/a".into(), Some(1)), ("/a/b".into(), Some(1)), ("/a/b/c".into(), Some(0))]);
    }
}
