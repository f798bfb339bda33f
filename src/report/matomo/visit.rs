//! A visit, followed step by step in the order in which its requests came, by Matomo's rules.
//!
//! Times are Matomo's up to version 5: what a visitor spends on a page ends with the next action that is not an event,
//! the last page of a visit gets nothing, and a visit of more than one request is a second longer than it was.

use crate::event::Kind;
use crate::report::cents;
use crate::store::EventRow;

/// Longest time that an action credits to the page before it, in seconds.
const MAX_GAP: i64 = 1_800;

/// Which goal a conversion is of. The order is Matomo's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GoalKey {
    /// A cart that was left.
    Cart,
    /// An order.
    Order,
    /// A goal of the site.
    Goal(u32),
}

impl GoalKey {
    /// The name in Matomo's API.
    pub fn name(self) -> String {
        match self {
            GoalKey::Cart => "ecommerceAbandonedCart".into(),
            GoalKey::Order => "ecommerceOrder".into(),
            GoalKey::Goal(id) => id.to_string(),
        }
    }
}

/// A goal that was reached, an order, or a cart that was left.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// Which goal.
    pub goal: GoalKey,
    /// What it is worth.
    pub revenue: f64,
    /// Subtotal, tax, shipping and discount of an order.
    pub amounts: [f64; 4],
    /// Things in the order or cart.
    pub items: u32,
    /// When, Unix seconds.
    pub time: u32,
    /// Page views and searches of the visit until then.
    pub pages_before: u32,
    /// Which of the hits.
    pub hit: usize,
}

/// One request of a visit.
#[derive(Debug)]
pub struct Hit {
    /// What it was.
    pub event: EventRow,
    /// The page that the visitor was on, as an index into the hits.
    pub previous_page: Option<usize>,
    /// The title, or the search, that the visitor was on.
    pub previous_title: Option<usize>,
    /// Seconds since the action before.
    pub seconds: u32,
}

impl Hit {
    /// Whether it is of a kind.
    pub fn is(&self, kind: Kind) -> bool {
        i32::from(self.event.kind) == kind as i32
    }
}

/// A visit.
#[derive(Debug, Default)]
pub struct Visit {
    /// Its requests in the order they came, heart beats left out.
    pub hits: Vec<Hit>,
    /// Which of the visitor's visits it is, from 1.
    pub number: u32,
    /// Whether a customer had it who returned.
    pub is_customer: bool,
    /// Whole days since the visitor's first visit began.
    pub days_since_first: u32,
    /// Whole days since the visit before began; 0 for a first visit.
    pub days_since_last: u32,
    /// Matomo's length, in seconds.
    pub seconds: i64,
    /// Counted actions.
    pub actions: u32,
    /// Pages and searches.
    pub interactions: u32,
    /// First page.
    pub entry_page: Option<usize>,
    /// Title or search of the first request.
    pub entry_title: Option<usize>,
    /// Last page, unless a search came after it.
    pub exit_page: Option<usize>,
    /// Last title or search.
    pub exit_title: Option<usize>,
    /// Goals reached, orders, and the cart that was left.
    pub conversions: Vec<Conversion>,
    /// Which hit tells where the visit came from.
    pub source: usize,
    /// Time of the last action.
    last_action: i64,
    /// Hit of the cart as it stands.
    cart: Option<usize>,
    /// A search began the visit, which then has no first page.
    begins_with_search: bool,
}

impl Visit {
    /// A visit that is the `number`th of its visitor.
    pub fn new(number: u32, is_customer: bool) -> Visit {
        Visit { number, is_customer, ..Visit::default() }
    }

    /// Notes when the visitor's first and last visit began, at the beginning of another one; in Unix seconds.
    pub fn come_again(&mut self, time: i64, first: i64, last: i64) {
        let days = |since: i64| u32::try_from((time - since) / 86_400).unwrap_or(0);
        self.days_since_first = days(first);
        self.days_since_last = days(last);
    }

    /// Takes the next request in.
    pub fn take(&mut self, event: EventRow) {
        let time = i64::from(event.time);
        match self.hits.first() {
            Some(first) => self.seconds = (1 + time - i64::from(first.event.time)).max(0),
            None => self.last_action = time,
        }
        if i32::from(event.kind) == Kind::Ping as i32 {
            return self.add_late_timings(&event);
        }
        self.lengthen(&event);
        let seconds = (time - self.last_action).clamp(0, MAX_GAP);
        let hit = Hit {
            previous_page: self.exit_page,
            previous_title: self.exit_title,
            seconds: u32::try_from(seconds).unwrap_or(0),
            event,
        };
        // A request that comes out of order doesn't turn the clock back.
        self.last_action = self.last_action.max(time);
        self.put(hit);
    }

    /// A request that converts makes the visit longer, and by how much depends on the goal; so does one that reaches a
    /// goal once too often. Only the first visit of a visitor who converts at once is spared.
    fn lengthen(&mut self, event: &EventRow) {
        let is_kind = |kind: Kind| i32::from(event.kind) == kind as i32;
        let converts = event.matched != 0 || is_kind(Kind::Order);
        if !converts || (self.hits.is_empty() && self.number == 1) {
            return;
        }
        self.seconds += match event.matched {
            goal if is_kind(Kind::Goal) => i64::from(goal) + 2,
            _ if is_kind(Kind::Order) => 2,
            _ => 1,
        };
    }

    fn put(&mut self, hit: Hit) {
        let index = self.hits.len();
        let kind = hit.event.kind;
        let has_page = !hit.event.path.is_empty();
        if hit.is(Kind::PageView) {
            self.exit_page = has_page.then_some(index);
            if !self.begins_with_search && has_page {
                self.entry_page.get_or_insert(index);
            }
            if has_title(&hit.event) {
                self.put_title(index);
            }
        } else if hit.is(Kind::SiteSearch) {
            self.begins_with_search |= self.interactions == 0;
            self.exit_page = None;
            self.put_title(index);
        } else {
            self.add_late_timings(&hit.event);
        }
        self.interactions += u32::from(hit.is(Kind::PageView) || hit.is(Kind::SiteSearch));
        self.actions += u32::from(Kind::COUNTED.iter().any(|counted| *counted as i32 == i32::from(kind)));
        let is_from_somewhere = hit.event.referrer_kind > 1;
        if is_from_somewhere && self.hits.get(self.source).is_none_or(|hit| hit.event.referrer_kind <= 1) {
            self.source = index;
        }
        self.convert(&hit, index);
        self.hits.push(hit);
    }

    /// A visit ends with its last title, and begins with one only if its first request has it.
    fn put_title(&mut self, index: usize) {
        self.exit_title = Some(index);
        if index == 0 {
            self.entry_title = Some(index);
        }
    }

    /// Timings that came after their page view, with another request.
    fn add_late_timings(&mut self, event: &EventRow) {
        if event.view == 0 || event.timings.is_empty() {
            return;
        }
        let is_view = |hit: &&mut Hit| hit.is(Kind::PageView) && hit.event.view == event.view;
        let Some(view) = self.hits.iter_mut().rev().find(is_view) else {
            return;
        };
        view.event.timings.resize(event.timings.len(), -1);
        for (own, late) in view.event.timings.iter_mut().zip(&event.timings) {
            *own = if *late >= 0 { *late } else { *own };
        }
    }

    fn convert(&mut self, hit: &Hit, index: usize) {
        let event = &hit.event;
        for (goal, revenue) in event.goals.iter().zip(&event.goal_revenues) {
            let goal = GoalKey::Goal(*goal);
            self.conversions.push(self.conversion(goal, *revenue, event, index));
        }
        if hit.is(Kind::Order) {
            self.drop_cart();
            self.conversions.push(self.of_shop(GoalKey::Order, event, index));
        } else if hit.is(Kind::Cart) {
            self.drop_cart();
            self.conversions.push(self.of_shop(GoalKey::Cart, event, index));
            self.cart = Some(index);
        }
    }

    /// An order makes a cart no abandoned one, and a changed cart replaces it.
    fn drop_cart(&mut self) {
        if self.cart.take().is_some() {
            self.conversions.retain(|conversion| conversion.goal != GoalKey::Cart);
        }
    }

    fn of_shop(&self, goal: GoalKey, event: &EventRow, index: usize) -> Conversion {
        let amount = |at: usize| cents(event.order_amounts.get(at).copied().unwrap_or(0.0));
        let conversion = self.conversion(goal, amount(0), event, index);
        Conversion {
            amounts: [amount(1), amount(2), amount(3), amount(4)],
            items: event.item_quantities.iter().sum(),
            ..conversion
        }
    }

    fn conversion(&self, goal: GoalKey, revenue: f64, event: &EventRow, hit: usize) -> Conversion {
        Conversion {
            goal,
            revenue: cents(revenue),
            amounts: [0.0; 4],
            items: 0,
            time: event.time,
            pages_before: self.interactions,
            hit,
        }
    }

    /// Whose visit it is: the last hit knows best, since somebody may have signed in.
    pub fn visitor(&self) -> u64 {
        self.hits.last().map_or(0, |hit| hit.event.visitor)
    }

    /// Hash of the user's id, or 0.
    pub fn user(&self) -> u64 {
        self.hits.iter().map(|hit| hit.event.user).max().unwrap_or(0)
    }

    /// The first request; a visit has one.
    pub fn first(&self) -> Option<&EventRow> {
        self.hits.first().map(|hit| &hit.event)
    }

    /// The last request.
    pub fn last(&self) -> Option<&EventRow> {
        self.hits.last().map(|hit| &hit.event)
    }

    /// The request that tells where the visit came from.
    pub fn source(&self) -> Option<&EventRow> {
        self.hits.get(self.source).map(|hit| &hit.event)
    }

    /// Whether it is a bounce: at most one counted action.
    pub fn is_bounce(&self) -> bool {
        self.actions <= 1
    }

    /// Whether a goal was reached or something bought; a cart is no conversion.
    pub fn is_converted(&self) -> bool {
        self.conversions.iter().any(|conversion| conversion.goal != GoalKey::Cart)
    }

    /// Whether the visitor has been here before; customers have.
    pub fn is_returning(&self) -> bool {
        self.number > 1 || self.is_customer
    }
}

/// Whether a page view says what its page is called; to Matomo "0" says nothing.
pub fn has_title(event: &EventRow) -> bool {
    !["", "0"].contains(&event.title.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, time: u32) -> EventRow {
        let (path, title) = ("/".into(), "Home".into());
        EventRow { kind: kind as u8, time, path, title, referrer_kind: 1, ..EventRow::default() }
    }

    fn visit(number: u32, events: Vec<EventRow>) -> Visit {
        let mut visit = Visit::new(number, false);
        events.into_iter().for_each(|event| visit.take(event));
        visit
    }

    #[test]
    fn a_visit_is_as_long_as_matomo_says() {
        assert_eq!(visit(1, vec![event(Kind::PageView, 100)]).seconds, 0);
        let two = vec![event(Kind::PageView, 100), event(Kind::Ping, 160)];
        assert_eq!(visit(1, two).seconds, 61);
        let goal = EventRow { matched: 5, ..event(Kind::PageView, 100) };
        assert_eq!(visit(1, vec![goal.clone()]).seconds, 0);
        assert_eq!(visit(2, vec![goal.clone()]).seconds, 1);
        let again = vec![goal.clone(), EventRow { time: 160, ..goal.clone() }];
        assert_eq!(visit(1, again).seconds, 62);
        let manual = EventRow { kind: Kind::Goal as u8, time: 110, ..goal };
        assert_eq!(visit(1, vec![event(Kind::PageView, 100), manual]).seconds, 18);
    }

    #[test]
    fn entry_and_exit() {
        let events = vec![event(Kind::SiteSearch, 1), event(Kind::PageView, 2), event(Kind::Outlink, 3)];
        let searched = visit(1, events);
        assert_eq!((searched.entry_page, searched.entry_title), (None, Some(0)));
        assert_eq!((searched.exit_page, searched.exit_title), (Some(1), Some(1)));
        let events = vec![event(Kind::Event, 1), event(Kind::PageView, 2), event(Kind::SiteSearch, 3)];
        let seen = visit(1, events);
        assert_eq!((seen.entry_page, seen.exit_page, seen.exit_title), (Some(1), None, Some(2)));
        assert_eq!(seen.entry_title, None);
    }

    #[test]
    fn a_page_without_a_title_leaves_the_titles_alone() {
        let untitled = |title: &str, time| EventRow { title: title.into(), ..event(Kind::PageView, time) };
        let seen = visit(1, vec![untitled("", 0), event(Kind::PageView, 1), untitled("0", 2)]);
        assert_eq!((seen.entry_title, seen.exit_title, seen.exit_page), (None, Some(1), Some(2)));
        assert_eq!(seen.hits[2].previous_title, Some(1));
    }

    #[test]
    fn a_request_out_of_order_turns_no_clock_back() {
        let events = [(Kind::PageView, 0), (Kind::Event, 301), (Kind::Event, 180), (Kind::PageView, 1_800)];
        let seen = visit(1, events.map(|(kind, time)| event(kind, time)).into());
        assert_eq!(seen.hits[3].seconds, 1_499);
    }

    #[test]
    fn an_order_takes_the_cart_along() {
        let cart = |time| EventRow { order_amounts: vec![10.0], ..event(Kind::Cart, time) };
        let order = EventRow { order_amounts: vec![20.0], ..event(Kind::Order, 2) };
        let goals = |visit: Visit| visit.conversions.iter().map(|c| c.goal).collect::<Vec<_>>();
        assert_eq!(goals(visit(1, vec![cart(1), cart(2)])), [GoalKey::Cart]);
        assert_eq!(goals(visit(1, vec![cart(1), order.clone()])), [GoalKey::Order]);
        assert_eq!(goals(visit(1, vec![cart(1), order, cart(3)])), [GoalKey::Order, GoalKey::Cart]);
    }

    #[test]
    fn timings_may_come_late() {
        let view = EventRow { view: 7, timings: vec![1, -1, -1, -1, -1, -1], ..event(Kind::PageView, 1) };
        let late = EventRow { view: 7, timings: vec![-1, -1, -1, -1, 5, 6], ..event(Kind::Ping, 2) };
        assert_eq!(visit(1, vec![view, late]).hits[0].event.timings, [1, -1, -1, -1, 5, 6]);
    }
}
