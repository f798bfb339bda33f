//! Conversions and what was bought.

use std::collections::HashSet;

use super::day::{Day, Figures, Node, Who};
use super::render::{self, Style, cents_of, exact_percent, number, quotient};
use super::table::{Columns, Table};
use super::visit::{GoalKey, Visit};
use crate::event::Kind;
use crate::report::cents;
use crate::store::EventRow;

/// `Goals.get`: conversions of one goal or of all, of all visits, of new and of returning visitors.
pub(super) fn overview(node: &Node, goal: Option<GoalKey>) -> Columns {
    let none = Node::default();
    let part = |name: &str| node.children.get(name).unwrap_or(&none);
    let mut columns = group(node, goal, "");
    columns.extend(group(part("new"), goal, "_new_visit"));
    columns.extend(group(part("returning"), goal, "_returning_visit"));
    columns
}

/// Names of the figures of orders and carts, with and without what only orders have.
const ORDER: [&str; 5] = ["revenue_subtotal", "revenue_tax", "revenue_shipping", "revenue_discount", "items"];

fn group(node: &Node, goal: Option<GoalKey>, suffix: &str) -> Columns {
    let none = Figures::default();
    let visits = node.figures.get("nb_visits");
    let mut columns = Columns::new();
    let mut put = |name: &str, value| columns.push((format!("{name}{suffix}").into(), value));
    let converted = match goal {
        None => {
            let converted = node.figures.get("nb_visits_converted");
            put("nb_conversions", number(render::of_all_goals(node, "nb_conversions")));
            put("nb_visits_converted", number(converted));
            put("revenue", number(cents(render::of_all_goals(node, "revenue"))));
            converted
        }
        Some(goal) => {
            let figures = node.goals.get(&goal).unwrap_or(&none);
            for name in ["nb_conversions", "nb_visits_converted"] {
                put(name, number(figures.get(name)));
            }
            put("revenue", number(cents(figures.get("revenue"))));
            let more: &[&str] = match goal {
                GoalKey::Order => &ORDER,
                GoalKey::Cart => &["items"],
                GoalKey::Goal(_) => &[],
            };
            more.iter().for_each(|name| put(name, number(cents(figures.get(name)))));
            if !more.is_empty() {
                let mean = quotient(figures.get("revenue"), figures.get("nb_conversions"), 2);
                put("avg_order_revenue", number(mean));
            }
            figures.get("nb_visits_converted")
        }
    };
    put("conversion_rate", exact_percent(converted, visits));
    columns
}

/// What of a product labels its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemBy {
    /// Stock-keeping unit.
    Sku,
    /// Name.
    Name,
    /// Categories: a product counts in each of its.
    Category,
}

impl ItemBy {
    /// Labels of the product at `index`, and whether there are more than one.
    fn labels(self, event: &EventRow, index: usize) -> Vec<String> {
        let text = |list: &[String]| vec![list.get(index).cloned().unwrap_or_default()];
        match self {
            ItemBy::Sku => text(&event.item_skus),
            ItemBy::Name => text(&event.item_names),
            ItemBy::Category => event.item_categories.get(index).cloned().unwrap_or_default(),
        }
    }

    fn undefined(self) -> &'static str {
        match self {
            ItemBy::Sku => "Product SKU not defined",
            ItemBy::Name => "Product Name not defined",
            ItemBy::Category => "Product Category not defined",
        }
    }
}

/// Counts a visit's products: those of orders, or of the cart that was left, and those that were looked at.
pub(super) fn items(by: ItemBy, carts: bool, day: &mut Day, visit: &Visit) {
    let wanted = if carts { GoalKey::Cart } else { GoalKey::Order };
    for conversion in visit.conversions.iter().filter(|conversion| conversion.goal == wanted) {
        if let Some(hit) = visit.hits.get(conversion.hit) {
            let mut orders = HashSet::new();
            for index in 0..hit.event.item_skus.len() {
                orders.extend(buy(by, day, visit, &hit.event, index));
            }
            // However many of its lines have a label, it is one order.
            let figure = if carts { "abandoned_carts" } else { "orders" };
            orders.iter().for_each(|label| day.row(label).figures.add(figure, 1.0));
        }
    }
    for hit in visit.hits.iter().filter(|hit| hit.is(Kind::PageView)) {
        for index in 0..hit.event.item_skus.len() {
            look(by, day, visit, &hit.event, index);
        }
    }
}

/// Counts a line of an order or a cart, and gives its labels.
fn buy(by: ItemBy, day: &mut Day, visit: &Visit, event: &EventRow, index: usize) -> Vec<String> {
    let price = cents(event.item_prices.get(index).copied().unwrap_or(0.0));
    let quantity = f64::from(event.item_quantities.get(index).copied().unwrap_or(0));
    let mut labels = by.labels(event, index);
    if labels.is_empty() {
        labels.push(String::new());
    }
    if let Some(first) = labels.first_mut().filter(|label| label.is_empty()) {
        by.undefined().clone_into(first);
    }
    labels.retain(|label| !label.is_empty());
    for label in &labels {
        let leaf = day.row(label);
        leaf.meet(Who::Anyone, visit.visitor());
        let figures = &mut leaf.figures;
        figures.add("revenue", price * quantity);
        figures.add("quantity", quantity);
        figures.add("lines", 1.0);
        figures.add("price", price);
    }
    labels
}

/// A page view of a product. What the page doesn't say of it is no row.
fn look(by: ItemBy, day: &mut Day, visit: &Visit, event: &EventRow, index: usize) {
    let price = event.item_prices.get(index).copied().unwrap_or(0.0);
    for (slot, label) in by.labels(event, index).iter().enumerate() {
        let label = match (label.as_str(), slot, by) {
            ("", 0, ItemBy::Category) => by.undefined(),
            ("", ..) => continue,
            (label, ..) => label,
        };
        let leaf = day.leaf(vec![label.to_owned()], &slot.to_string());
        leaf.count_visit(visit);
        leaf.figures.add("nb_actions", 1.0);
        if price != 0.0 {
            leaf.figures.add("price_viewed", price);
            leaf.figures.add("views_with_price", 1.0);
        }
    }
}

/// What products cost that were looked at: Matomo keeps a day's mean, and sums means up.
pub(super) fn end_item_day(day: &mut Day) {
    for (_, leaf) in day.leaves() {
        let figures = &mut leaf.figures;
        if let Some(price) = figures.find("price_viewed") {
            figures.add("avg_price_viewed", quotient(price, figures.get("views_with_price"), 2));
        }
    }
}

/// The table of products.
pub(super) fn item_table(node: &Node, carts: bool) -> Table {
    let orders = if carts { "abandoned_carts" } else { "orders" };
    let style = Style {
        hidden_in_parents: &[],
        hidden: &["lines", "price", "price_viewed", "views_with_price", "avg_price_viewed"],
        goal_levels: 0,
        order: "revenue",
        compute: &|columns, node, _| {
            let figures = &node.figures;
            let price = match figures.find("price") {
                Some(price) => quotient(price, figures.get("lines"), 2),
                None => figures.get("avg_price_viewed"),
            };
            columns.push(("avg_price".into(), number(price)));
            let quantity = quotient(figures.get("quantity"), figures.get(orders), 1);
            columns.push(("avg_quantity".into(), number(quantity)));
            let rate = exact_percent(figures.get(orders), figures.get("nb_visits"));
            columns.push(("conversion_rate".into(), rate));
            cents_of(columns, "revenue");
        },
        label: &render::decoded,
    };
    render::table(node, &style)
}
