//! Matomo's trees of pages: labels split at a delimiter, folders first.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Most levels of a tree; the rest of a label stays together.
const MAX_LEVELS: usize = 10;

/// What the last level of `/folder/` is called.
const INDEX: &str = "index";

/// A page's label when all levels stand in one line: `/folder/index`.
pub(super) fn flat_label(path: &str) -> String {
    match path.ends_with('/') {
        true => format!("{path}{INDEX}"),
        false => path.to_owned(),
    }
}

/// The label at the top of the tree: a folder's name, or a page's with its slash.
pub(super) fn top_label(path: &str) -> String {
    let (route, _) = path.split_once('?').unwrap_or((path, ""));
    let trimmed = route.trim_start_matches('/');
    match trimmed.split_once('/') {
        Some((folder, _)) => folder.to_owned(),
        None => format!("/{}", flat_label(path).trim_start_matches('/')),
    }
}

/// The top of a tree of titles.
pub(super) fn top_title(title: &str, delimiter: &str) -> String {
    let mut levels = title.splitn(MAX_LEVELS, delimiter).map(str::trim).filter(|level| !level.is_empty());
    levels.next().unwrap_or(title).to_owned()
}

/// Sums rows that have the same label; order is by the first column given, greatest first.
pub(super) fn merge(rows: Vec<Map<String, Value>>, order: &str) -> Vec<Map<String, Value>> {
    let mut merged: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for row in rows {
        let label = row.get("label").and_then(Value::as_str).unwrap_or_default().to_owned();
        match merged.get_mut(&label) {
            Some(sum) => add(sum, &row),
            None => drop(merged.insert(label, row)),
        }
    }
    let mut rows: Vec<_> = merged.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.get(order).and_then(Value::as_u64)));
    rows
}

fn add(sum: &mut Map<String, Value>, row: &Map<String, Value>) {
    for (name, value) in row {
        if let (Some(more), Some(old)) = (value.as_u64(), sum.get(name).and_then(Value::as_u64)) {
            sum.insert(name.clone(), (old + more).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        assert_eq!(flat_label("/"), "/index");
        assert_eq!(flat_label("/a/b"), "/a/b");
        assert_eq!(top_label("/"), "/index");
        assert_eq!(top_label("/page?x=a/b"), "/page?x=a/b");
        assert_eq!(top_label("/shop/shoes/1"), "shop");
        assert_eq!(top_title("Shop / Shoes", "/"), "Shop");
    }
}
