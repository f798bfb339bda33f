//! Rows of a period as a table of Matomo's API: its order, its roundings, its computed figures.

use std::cmp::Ordering;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::OTHERS;
use super::day::{Figures, Node};
use super::table::{Columns, Row, Table};
use super::visit::GoalKey;

/// How the rows of a table are shown.
pub(super) struct Style<'a> {
    /// Figures that are left out of rows that sum up others.
    pub hidden_in_parents: &'a [&'a str],
    /// Figures that only help to compute others.
    pub hidden: &'a [&'a str],
    /// Whether conversions by goal are shown, and down to which level.
    pub goal_levels: usize,
    /// The figure that rows are ordered by, greatest first.
    pub order: &'a str,
    /// Adds the computed figures of a row: its columns, itself, and its level from 0.
    pub compute: &'a dyn Fn(&mut Columns, &Node, usize),
    /// Makes the label that is shown, and what is shown beside the figures.
    pub label: &'a dyn Fn(&str, &Node, usize) -> (Value, Columns),
}

/// Nothing to compute.
pub(super) fn plain(_: &mut Columns, _: &Node, _: usize) {}

/// The label as it is, with URL-encoding undone.
pub(super) fn decoded(label: &str, _: &Node, _: usize) -> (Value, Columns) {
    (decode(label).into(), Columns::new())
}

/// Undoes URL-encoding, in which a plus is a blank, and drops what is no text then: labels in Matomo's way.
pub(super) fn decode(label: &str) -> String {
    let bytes: Vec<u8> = percent_decode_str(&label.replace('+', " ")).collect();
    bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()
}

/// An address with percent-encoding undone, where that gives text.
pub(super) fn readable_url(url: &str) -> String {
    match percent_decode_str(url).decode_utf8() {
        Ok(text) => text.into_owned(),
        Err(_) => url.to_owned(),
    }
}

/// The rows below a node.
pub(super) fn table(node: &Node, style: &Style<'_>) -> Table {
    level(node, style, 0)
}

fn level(node: &Node, style: &Style<'_>, depth: usize) -> Table {
    let mut nodes: Vec<_> = node.children.iter().collect();
    nodes.sort_by(|(label, node), (other_label, other)| {
        let by_figure = other.figures.get(style.order).total_cmp(&node.figures.get(style.order));
        by_figure.then_with(|| alphabetical(label, other_label))
    });
    Table { rows: nodes.into_iter().map(|(label, node)| row(label, node, style, depth)).collect() }
}

/// As people order words: case doesn't count.
fn alphabetical(one: &str, other: &str) -> Ordering {
    one.to_lowercase().cmp(&other.to_lowercase()).then_with(|| one.cmp(other))
}

fn row(label: &str, node: &Node, style: &Style<'_>, depth: usize) -> Row {
    let has_children = !node.children.is_empty();
    let is_shown = |name: &str| {
        let is_sum = has_children && style.hidden_in_parents.contains(&name);
        !is_sum && !style.hidden.contains(&name)
    };
    let mut columns = columns(&node.figures, is_shown);
    let shows_goals = depth < style.goal_levels && !node.goals.is_empty();
    let goals = if shows_goals { goals(node) } else { Vec::new() };
    if shows_goals && style.goal_levels < usize::MAX {
        columns.push(("nb_conversions".into(), number(of_all_goals(node, "nb_conversions"))));
        columns.push(("revenue".into(), number(of_all_goals(node, "revenue"))));
    }
    (style.compute)(&mut columns, node, depth);
    let (label, metadata) = match label == OTHERS {
        true => (OTHERS.into(), Columns::new()),
        false => (style.label)(label, node, depth),
    };
    let subtable = has_children.then(|| level(node, style, depth + 1));
    Row { label, columns, goals, metadata, subtable }
}

/// Figures as columns.
pub(super) fn columns(figures: &Figures, is_shown: impl Fn(&str) -> bool) -> Columns {
    let shown = figures.iter().filter(|(name, _)| is_shown(name));
    shown.map(|(name, value)| (name.into(), number(value))).collect()
}

fn goals(node: &Node) -> Vec<(String, Columns)> {
    node.goals.iter().map(|(goal, figures)| (goal.name(), columns(figures, |_| true))).collect()
}

/// A figure of all goals and orders; carts that were left are none.
pub(super) fn of_all_goals(node: &Node, name: &str) -> f64 {
    let counted = node.goals.iter().filter(|(goal, _)| **goal != GoalKey::Cart);
    counted.map(|(_, figures)| figures.get(name)).sum()
}

/// Whole numbers are written without a fraction, others with four digits of one at most.
pub fn number(value: f64) -> Value {
    let value = round(value, 4);
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Value::from(value as i64),
        false => Value::from(value),
    }
}

/// Half up, as Matomo rounds.
pub(super) fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    // What is a hair below a half because of its binary form is a half.
    ((value * scale) + value.signum() * 1e-9).round() / scale
}

/// A part of a whole, 0 of nothing.
pub(super) fn quotient(part: f64, whole: f64, digits: i32) -> f64 {
    if whole == 0.0 { 0.0 } else { round(part / whole, digits) }
}

/// A share in whole percents.
pub(super) fn percent(part: f64, whole: f64) -> Value {
    share(part, whole, 0)
}

/// A share in percents with two digits.
pub(super) fn exact_percent(part: f64, whole: f64) -> Value {
    share(part, whole, 2)
}

fn share(part: f64, whole: f64, digits: i32) -> Value {
    format!("{}%", quotient(part * 100.0, whole, digits)).into()
}

/// Rounds a column to whole cents.
pub(super) fn cents_of(columns: &mut Columns, name: &str) {
    for (_, value) in columns.iter_mut().filter(|(own, _)| own == name) {
        *value = number(crate::report::cents(value.as_f64().unwrap_or(0.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_decoded_and_what_is_no_text_is_dropped() {
        assert_eq!(decode("/a%20b+c%2Bd"), "/a b c+d");
        assert_eq!(decode("/index?q=%EC%E5%C3%A9!"), "/index?q=é!");
        assert_eq!(decode("play25% of 100"), "play25% of 100");
        assert_eq!(readable_url("http://a/b+c%20d"), "http://a/b+c d");
        assert_eq!(readable_url("http://a/%EC"), "http://a/%EC");
    }

    #[test]
    fn rounding_is_matomos() {
        assert_eq!(percent(5.0, 8.0), "63%");
        assert_eq!(percent(0.0, 0.0), "0%");
        assert_eq!(exact_percent(2.0, 3.0), "66.67%");
        assert_eq!(number(quotient(7.0, 2.0, 1)), 3.5);
        assert_eq!(number(8.0), 8);
        assert_eq!(number(0.1 + 0.2), 0.3);
        assert_eq!(round(1_121.0 / 2.0, 0), 561.0);
    }
}
