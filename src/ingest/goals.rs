//! Which goals a hit reaches. Patterns are compared with what the client sent, before it is cleaned: they are the
//! operator's, and nothing of what they see is kept.

use crate::accounts::{Goal, GoalAttribute, Site};
use crate::event::Conversion;
use crate::privacy::clean;
use crate::protocol::{Action, Hit, bounds};

/// The goals that one action of a hit reaches, by number. Whether each counts depends on the visit.
pub(super) fn reached(site: &Site, hit: &Hit, page: Option<&str>, action: &Action) -> Vec<Conversion> {
    let conversion = |goal: &Goal| conversion(goal, hit, action);
    if let Action::Goal { goal } = action {
        return site.goals.iter().filter(|own| own.id == *goal).map(conversion).collect();
    }
    let is_reached = |goal: &&Goal| match goal.minutes() {
        Some(_) => !matches!(action, Action::Ping),
        None => texts(goal.attribute, hit, page, action).is_some_and(|text| is_matched(goal, text)),
    };
    site.goals.iter().filter(is_reached).map(conversion).collect()
}

/// Whether a goal fits a text as it came, or as reports show it.
fn is_matched(goal: &Goal, text: &str) -> bool {
    goal.matches(text) || (text.contains('&') && goal.matches(&clean::without_entities(text)))
}

/// What of the action a goal looks at, if it looks at such an action at all.
fn texts<'a>(
    attribute: GoalAttribute,
    hit: &'a Hit,
    page: Option<&'a str>,
    action: &'a Action,
) -> Option<&'a str> {
    match (attribute, action) {
        (GoalAttribute::Url, Action::PageView) => hit.url.as_deref().or(page),
        (GoalAttribute::Title, Action::PageView) => hit.title.as_deref(),
        (GoalAttribute::File, Action::Download { url })
        | (GoalAttribute::Outlink, Action::Outlink { url }) => Some(url),
        (GoalAttribute::EventCategory, Action::Event { category, .. }) => Some(category),
        (GoalAttribute::EventAction, Action::Event { action, .. }) => Some(action),
        (GoalAttribute::EventName, Action::Event { name, .. }) => name.as_deref(),
        _ => None,
    }
}

fn conversion(goal: &Goal, hit: &Hit, action: &Action) -> Conversion {
    // A value that is no amount of money is worth nothing, instead of what it isn't.
    let worth = |value: f64| bounds::MONEY.keep(value).unwrap_or(0.0);
    let event_value = match action {
        Action::Event { value, .. } if goal.use_event_value => value.map(worth),
        _ => None,
    };
    Conversion {
        goal: goal.id,
        revenue: event_value.or(hit.revenue).unwrap_or(goal.revenue),
        repeats: goal.allow_multiple,
        minutes: goal.minutes().unwrap_or(0),
    }
}
