//! Rows by label: of one day with its distinct visitors, then summed over the days of a period.
//!
//! Matomo stores a table a day and adds tables up, so what is distinct is distinct within one row and day: a parent is
//! the sum of its children, and a period the sum of its days.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::render::round;
use super::truncate::OTHERS;
use super::visit::{Conversion, GoalKey, Visit};
use crate::report::fold::split;

/// Figures by Matomo's name for them, in the order they came up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures(Vec<(&'static str, f64)>);

impl Figures {
    /// Adds to a figure; a greatest or a least (`max_…`, `min_…`) is compared instead.
    pub fn add(&mut self, name: &'static str, value: f64) {
        match self.0.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) if name.starts_with("max_") => *own = own.max(value),
            Some((_, own)) if name.starts_with("min_") => *own = own.min(value),
            Some((_, own)) => *own += value,
            None => self.0.push((name, value)),
        }
    }

    /// Adds up.
    pub fn merge(&mut self, other: &Figures) {
        other.0.iter().for_each(|(name, value)| self.add(name, *value));
    }

    /// A figure, if it came up.
    pub fn find(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    /// A figure, or 0.
    pub fn get(&self, name: &str) -> f64 {
        self.find(name).unwrap_or(0.0)
    }

    /// Rounds a figure, if it came up.
    pub fn round(&mut self, name: &str, digits: i32) {
        for (_, value) in self.0.iter_mut().filter(|(own, _)| *own == name) {
            *value = round(*value, digits);
        }
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.0.iter().copied()
    }
}

/// What is counted of people, each once a row and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// Visitors.
    Visitors,
    /// Users.
    Users,
    /// Visitors who came in here.
    Entry,
    /// Visitors who left here.
    Exit,
    /// Whoever stands behind a row, for whatever reason: decides whether it may be shown.
    Anyone,
}

impl Who {
    /// The figure of a single day, and that of several.
    fn names(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Who::Visitors => ("nb_uniq_visitors", "sum_daily_nb_uniq_visitors"),
            Who::Users => ("nb_users", "sum_daily_nb_users"),
            Who::Entry => ("entry_nb_uniq_visitors", "sum_daily_entry_nb_uniq_visitors"),
            Who::Exit => ("exit_nb_uniq_visitors", "sum_daily_exit_nb_uniq_visitors"),
            Who::Anyone => return None,
        })
    }
}

/// A row on its way through a day.
#[derive(Default)]
pub struct Leaf {
    /// Its figures.
    pub figures: Figures,
    /// Conversions by goal.
    pub goals: BTreeMap<GoalKey, Figures>,
    /// An address that it was seen under.
    pub url: String,
    people: BTreeMap<Who, HashSet<u64>>,
    last_visit: u64,
    converted: BTreeMap<GoalKey, u64>,
}

impl Leaf {
    /// Counts a person once a day.
    pub fn meet(&mut self, who: Who, person: u64) {
        self.people.entry(who).or_default().insert(person);
    }

    /// Counts a visit, and its visitor, however often it comes up here.
    pub fn count_visit(&mut self, visit: &Visit) {
        let id = visit.first().map_or(0, |event| event.seq);
        if self.last_visit != id {
            self.last_visit = id;
            self.figures.add("nb_visits", 1.0);
            self.meet(Who::Visitors, visit.visitor());
        }
    }

    /// Counts a visit with Matomo's standard figures.
    pub fn add_visit(&mut self, visit: &Visit) {
        self.meet(Who::Visitors, visit.visitor());
        self.people.entry(Who::Users).or_default();
        if visit.user() != 0 {
            self.meet(Who::Users, visit.user());
        }
        let figures = [
            ("nb_visits", 1.0),
            ("nb_actions", f64::from(visit.actions)),
            ("max_actions", f64::from(visit.actions)),
            ("sum_visit_length", visit.seconds as f64),
            ("bounce_count", f64::from(u8::from(visit.is_bounce()))),
            ("nb_visits_converted", f64::from(u8::from(visit.is_converted()))),
        ];
        figures.into_iter().for_each(|(name, value)| self.figures.add(name, value));
    }

    /// Counts a conversion of a visit.
    pub fn add_conversion(&mut self, visit: &Visit, conversion: &Conversion) {
        self.meet(Who::Anyone, visit.visitor());
        let id = visit.first().map_or(0, |event| event.seq);
        let is_first = self.converted.insert(conversion.goal, id) != Some(id);
        let figures = self.goals.entry(conversion.goal).or_default();
        figures.add("nb_conversions", 1.0);
        figures.add("nb_visits_converted", f64::from(u8::from(is_first)));
        figures.add("revenue", conversion.revenue);
        if conversion.goal == GoalKey::Order {
            let names = ["revenue_subtotal", "revenue_tax", "revenue_shipping", "revenue_discount"];
            names.into_iter().zip(conversion.amounts).for_each(|(name, amount)| figures.add(name, amount));
        }
        if !matches!(conversion.goal, GoalKey::Goal(_)) {
            figures.add("items", f64::from(conversion.items));
        }
    }
}

/// Which row: the labels from the top of the tree, and what tells rows apart that end up under one label.
type Key = (Vec<String>, String);

/// The rows of one day.
#[derive(Default)]
pub struct Day {
    leaves: HashMap<Key, Leaf>,
}

impl Day {
    /// The row of some labels, from the top of the tree; `apart` tells rows apart that are counted separately and then
    /// summed.
    pub fn leaf(&mut self, path: Vec<String>, apart: &str) -> &mut Leaf {
        self.leaves.entry((path, apart.to_owned())).or_default()
    }

    /// The row of one label.
    pub fn row(&mut self, label: &str) -> &mut Leaf {
        self.leaf(vec![label.to_owned()], "")
    }

    /// Drops the rows of labels for which a figure never came up.
    pub fn keep_rows_with(&mut self, figure: &str) {
        let has_figure = self.leaves.iter().filter(|(_, leaf)| leaf.figures.get(figure) > 0.0);
        let paths: HashSet<Vec<String>> = has_figure.map(|((path, _), _)| path.clone()).collect();
        self.leaves.retain(|(path, _), _| paths.contains(path));
    }

    /// Rows by their labels, for what can be decided at the end of a day alone.
    pub fn leaves(&mut self) -> impl Iterator<Item = (&Vec<String>, &mut Leaf)> {
        self.leaves.iter_mut().map(|((path, _), leaf)| (path, leaf))
    }

    /// A figure by labels, of what is counted separately below them together.
    pub fn sums(&self, figure: &str) -> HashMap<Vec<String>, f64> {
        let mut sums = HashMap::new();
        for ((path, _), leaf) in &self.leaves {
            *sums.entry(path.clone()).or_default() += leaf.figures.get(figure);
        }
        sums
    }
}

/// A row of a period, with the rows below it.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its figures.
    pub figures: Figures,
    /// Conversions by goal.
    pub goals: BTreeMap<GoalKey, Figures>,
    /// The rows that it sums up.
    pub children: BTreeMap<String, Node>,
    /// An address that it was seen under.
    pub url: String,
    /// Distinct visitors of each day, summed: whether the row may be shown.
    pub people: u64,
}

impl Node {
    /// Adds the rows of a day. `is_single` tells whether the period is one day.
    pub fn add_day(&mut self, day: &mut Day, is_single: bool) {
        let mut people: HashMap<Vec<String>, HashSet<u64>> = HashMap::new();
        for ((path, _), leaf) in std::mem::take(&mut day.leaves) {
            self.add_leaf(&path, &leaf, is_single);
            let behind = [Who::Visitors, Who::Anyone];
            let visitors = behind.iter().filter_map(|who| leaf.people.get(who)).flatten();
            for depth in 1..=path.len() {
                let prefix = path.get(..depth).unwrap_or_default().to_vec();
                people.entry(prefix).or_default().extend(visitors.clone());
            }
        }
        for (path, people) in people {
            self.at(&path).people += people.len() as u64;
        }
    }

    fn add_leaf(&mut self, path: &[String], leaf: &Leaf, is_single: bool) {
        self.take(leaf, is_single);
        let mut node = self;
        for label in path {
            node = node.children.entry(label.clone()).or_default();
            node.take(leaf, is_single);
        }
    }

    fn at(&mut self, path: &[String]) -> &mut Node {
        path.iter().fold(self, |node, label| node.children.entry(label.clone()).or_default())
    }

    fn take(&mut self, leaf: &Leaf, is_single: bool) {
        for (who, people) in &leaf.people {
            let Some((of_day, of_days)) = who.names() else { continue };
            self.figures.add(if is_single { of_day } else { of_days }, people.len() as f64);
        }
        self.figures.merge(&leaf.figures);
        for (goal, figures) in &leaf.goals {
            self.goals.entry(*goal).or_default().merge(figures);
        }
        if self.url.is_empty() {
            self.url.clone_from(&leaf.url);
        }
    }

    /// Adds another row, without what is below it.
    pub fn merge(&mut self, other: &Node) {
        self.figures.merge(&other.figures);
        for (goal, figures) in &other.goals {
            self.goals.entry(*goal).or_default().merge(figures);
        }
        self.people += other.people;
    }

    /// Folds rows that fewer than `k` visitors stand behind, at each level.
    pub fn fold(&mut self, k: u32) {
        let rows = std::mem::take(&mut self.children).into_iter().collect();
        let (mut shown, small): (Vec<(String, Node)>, _) = split(rows, |(_, row)| row.people, k);
        shown.iter_mut().for_each(|(_, row)| row.fold(k));
        self.children = shown.into_iter().collect();
        for (_, row) in &small {
            self.children.entry(OTHERS.to_owned()).or_default().merge(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_add_up_by_their_names() {
        let mut figures = Figures::default();
        for (name, value) in [("nb_hits", 1.0), ("max_actions", 3.0), ("nb_hits", 2.0), ("max_actions", 2.0)]
        {
            figures.add(name, value);
        }
        assert_eq!((figures.get("nb_hits"), figures.get("max_actions"), figures.get("x")), (3.0, 3.0, 0.0));
    }

    #[test]
    fn parents_sum_their_children_and_small_rows_become_others() {
        let mut day = Day::default();
        let seen: [(_, &[u64]); 4] =
            [(["a", "x"], &[1]), (["a", "y"], &[1]), (["b", "z"], &[2, 3]), (["c", "z"], &[2, 3, 4])];
        for (path, people) in seen {
            for person in people {
                let leaf = day.leaf(path.map(str::to_owned).to_vec(), "");
                leaf.figures.add("nb_hits", 1.0);
                leaf.meet(Who::Visitors, *person);
            }
        }
        let mut root = Node::default();
        root.add_day(&mut day, true);
        assert_eq!(root.children["a"].figures.get("nb_uniq_visitors"), 2.0);
        assert_eq!(root.children["a"].people, 1);
        root.fold(2);
        // One person alone would be what the total has and the rows have not: the next group goes with them.
        assert_eq!(root.children.keys().collect::<Vec<_>>(), ["Others", "c"]);
        assert_eq!(root.children["Others"].figures.get("nb_hits"), 4.0);
    }
}
