//! Events and content blocks.

use super::day::{Day, Node, Who};
use super::render::{self, Style};
use super::table::Table;
use super::visit::Visit;
use crate::event::Kind;
use crate::store::EventRow;

/// What Matomo calls an event without a name.
const NO_NAME: &str = "Event Name not defined";

/// Counts a visit's events, by two of their three texts.
pub(super) fn events(first: EventText, second: EventText, day: &mut Day, visit: &Visit) {
    for hit in visit.hits.iter().filter(|hit| hit.is(Kind::Event)) {
        let event = &hit.event;
        let apart = [&event.category, &event.action, &event.name].map(String::as_str).join("\u{0}");
        // Names that are missing are a row of their own, but none below another.
        let below = Some(second.of(event)).filter(|label| label != NO_NAME);
        let path = [first.of(event)].into_iter().chain(below).collect();
        let leaf = day.leaf(path, &apart);
        leaf.count_visit(visit);
        leaf.figures.add("nb_events", 1.0);
        leaf.figures.add("nb_events_with_value", f64::from(event.has_value));
        leaf.figures.add("sum_event_value", event.value);
        if event.has_value == 1 {
            leaf.figures.add("min_event_value", event.value);
            leaf.figures.add("max_event_value", event.value);
        }
    }
}

/// A text of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventText {
    /// Its category.
    Category,
    /// Its action.
    Action,
    /// Its name.
    Name,
}

impl EventText {
    fn of(self, event: &EventRow) -> String {
        let text = match self {
            EventText::Category => &event.category,
            EventText::Action => &event.action,
            EventText::Name if event.name.is_empty() => return NO_NAME.into(),
            EventText::Name => &event.name,
        };
        text.clone()
    }
}

/// The table of events.
pub(super) fn event_table(node: &Node) -> Table {
    let style = Style {
        hidden_in_parents: &[],
        hidden: &[],
        goal_levels: 0,
        order: "nb_events",
        compute: &|columns, node, _| {
            let figures = &node.figures;
            for side in ["min_event_value", "max_event_value"] {
                if figures.find(side).is_none() {
                    columns.push((side.into(), 0.into()));
                }
            }
            let mean =
                render::quotient(figures.get("sum_event_value"), figures.get("nb_events_with_value"), 2);
            columns.push(("avg_event_value".into(), render::number(mean)));
        },
        label: &render::decoded,
    };
    render::table(node, &style)
}

/// Tells interactions apart from impressions, which are told apart by where they lead.
const INTERACTION: &str = "\u{0}";

/// Counts a visit's content blocks, by name or by piece first.
pub(super) fn contents(by_name: bool, day: &mut Day, visit: &Visit) {
    for hit in &visit.hits {
        let is_impression = hit.is(Kind::ContentImpression);
        if !is_impression && !hit.is(Kind::ContentInteraction) {
            continue;
        }
        let piece = match hit.event.action.as_str() {
            "" => "Content Piece not defined".to_owned(),
            piece => piece.to_owned(),
        };
        let mut path = vec![hit.event.category.clone(), piece];
        if !by_name {
            path.reverse();
        }
        let apart = if is_impression { hit.event.target.as_str() } else { INTERACTION };
        let leaf = day.leaf(path, apart);
        match is_impression {
            true => leaf.count_visit(visit),
            false => leaf.meet(Who::Anyone, visit.visitor()),
        }
        leaf.figures.add("nb_impressions", f64::from(u8::from(is_impression)));
        leaf.figures.add("nb_interactions", f64::from(u8::from(!is_impression)));
    }
}

/// The table of content blocks. What was used without having been shown that day is no row of it.
pub(super) fn content_table(node: &Node) -> Table {
    let style = Style {
        hidden_in_parents: &[],
        hidden: &[],
        goal_levels: 0,
        order: "nb_impressions",
        compute: &|columns, node, _| {
            let figures = &node.figures;
            let rate = render::exact_percent(figures.get("nb_interactions"), figures.get("nb_impressions"));
            columns.push(("interaction_rate".into(), rate));
        },
        label: &render::decoded,
    };
    render::table(node, &style)
}
