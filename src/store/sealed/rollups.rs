//! The numbers that are kept of a day: by day, by hour, by label. Each function gives a `SELECT` with the columns that its
//! constant names, one row a site, local date and label.

use super::rows::Rows;
use crate::event::Kind;
use crate::store::queries::{Dimension, ORDERS};

/// Columns of `daily_totals`, without the generation.
pub const DAY: &str =
    "site_id, local_date, visitors, visits, page_views, outlinks, downloads, named_events, searches,
    actions, bounces, seconds, matomo_seconds, max_actions, conversions, converted, orders, revenue";

/// Columns of `daily_hours`, without the generation.
pub const HOUR: &str = "site_id, local_date, hour, visitors, visits, page_views, bounces, seconds";

/// Columns of `daily_breakdowns` that belong to a label.
pub const LABEL: &str =
    "label, context, visitors, visits, hits, bounces, seconds, entries, exits, conversions, orders, revenue";

/// Whether labels are counted for each day, as they are kept, or for all days at once, as they are read.
#[derive(Clone, Copy)]
pub enum Per {
    /// Each site and day; their columns come first.
    Day,
    /// All days together. Visitors are those of each day, summed.
    Label,
}

impl Per {
    /// The columns before [`LABEL`].
    pub fn columns(self) -> &'static str {
        match self {
            Per::Day => "site_id, local_date, ",
            Per::Label => "",
        }
    }

    /// What tells visitors apart. Over several days a visitor counts once a day.
    fn visitor(self) -> &'static str {
        match self {
            Per::Day => "visitor",
            Per::Label => "bitXor(visitor, intHash64(toUInt16(local_date)))",
        }
    }
}

/// Each day's totals.
pub fn days(rows: &Rows) -> String {
    format!(
        "SELECT site_id, local_date, uniqExact(visitor) AS visitors, count() AS visits, sum(page_views) AS page_views,
                sum(outlinks) AS outlinks, sum(downloads) AS downloads, sum(named_events) AS named_events,
                sum(searches) AS searches, sum(actions) AS actions, countIf(actions <= 1) AS bounces,
                sum(seconds) AS seconds, sum(matomo_seconds) AS matomo_seconds,
                toUInt64(max(actions)) AS max_actions, sum(conversions) AS conversions,
                countIf(conversions > 0 OR orders > 0) AS converted, sum(orders) AS orders, sum(revenue) AS revenue
         FROM {} GROUP BY site_id, local_date",
        rows.visits
    )
}

/// Each hour's totals. Visitors and views belong to the hour of each event, visits to that of their first.
pub fn hours(rows: &Rows) -> String {
    let Rows { visits, events } = rows;
    format!(
        "SELECT site_id, local_date, hour, sum(visitors) AS visitors, sum(visits) AS visits,
                sum(page_views) AS page_views, sum(bounces) AS bounces, sum(seconds) AS seconds
         FROM (
            SELECT site_id, local_date, local_hour AS hour, uniqExact(visitor) AS visitors, toUInt64(0) AS visits,
                   countIf(kind = 1) AS page_views, toUInt64(0) AS bounces, toUInt64(0) AS seconds
            FROM {events} WHERE visit != 0 GROUP BY site_id, local_date, hour
            UNION ALL
            SELECT site_id, local_date, local_hour AS hour, 0, count(), 0, countIf(actions <= 1), sum(seconds)
            FROM {visits} GROUP BY site_id, local_date, hour)
         GROUP BY site_id, local_date, hour"
    )
}

/// Each label's counts in one dimension.
pub fn labels(rows: &Rows, dimension: Dimension, per: Per) -> String {
    match dimension.subject() {
        Subject::Visit { label, context } => by_visit(rows, label, context, per),
        Subject::Event { kind, label } if dimension == Dimension::Pages => format!(
            "SELECT {key}label, '' AS context, {SUMS}
             FROM ({views} UNION ALL {entries} UNION ALL {exits}) GROUP BY {key}label",
            key = per.columns(),
            views = by_event(rows, kind, label, per),
            entries = at_the_entry(rows, per),
            exits = at_the_exit(rows, per),
        ),
        Subject::Event { kind, label } => by_event(rows, kind, label, per),
        Subject::Goal => by_goal(rows, per),
    }
}

/// Whether a label is said by single events, by visits as a whole, or by what an event reaches.
pub enum Subject {
    /// Label of each event of a kind.
    Event {
        /// The kind.
        kind: Kind,
        /// An expression on columns of `events`.
        label: &'static str,
    },
    /// Label of each visit, and what tells equal ones apart.
    Visit {
        /// An expression on columns of `visits`.
        label: &'static str,
        /// Another.
        context: &'static str,
    },
    /// Numbers of the goals that events reach, and orders.
    Goal,
}

const SUMS: &str =
    "sum(visitors) AS visitors, sum(visits) AS visits, sum(hits) AS hits, sum(bounces) AS bounces,
    sum(seconds) AS seconds, sum(entries) AS entries, sum(exits) AS exits, sum(conversions) AS conversions,
    sum(orders) AS orders, sum(revenue) AS revenue";

fn by_event(rows: &Rows, kind: Kind, label: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString({label}) AS label, '' AS context, uniqExact({visitor}) AS visitors,
                uniqExact(visit) AS visits, count() AS hits, toUInt64(0) AS bounces, toUInt64(0) AS seconds,
                toUInt64(0) AS entries, toUInt64(0) AS exits, toUInt64(0) AS conversions, toUInt64(0) AS orders,
                toFloat64(0) AS revenue
         FROM {events} WHERE kind = {kind} GROUP BY {key}label",
        key = per.columns(),
        visitor = per.visitor(),
        events = rows.events,
        kind = kind as i32,
    )
}

fn by_visit(rows: &Rows, label: &str, context: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString({label}) AS label, toString({context}) AS context,
                uniqExact({visitor}) AS visitors, count() AS visits, count() AS hits, countIf(actions <= 1) AS bounces,
                sum(seconds) AS seconds, toUInt64(0) AS entries, toUInt64(0) AS exits,
                sum(conversions) AS conversions, sum(orders) AS orders, sum(revenue) AS revenue
         FROM {visits} GROUP BY {key}label, context",
        key = per.columns(),
        visitor = per.visitor(),
        visits = rows.visits,
    )
}

/// Conversions of each goal, and orders, which count as one more.
fn by_goal(rows: &Rows, per: Per) -> String {
    format!(
        "SELECT {key}toString(goal) AS label, '' AS context, uniqExact({visitor}) AS visitors,
                uniqExact(visit) AS visits, count() AS hits, toUInt64(0) AS bounces, toUInt64(0) AS seconds,
                toUInt64(0) AS entries, toUInt64(0) AS exits, countIf(goal != {ORDERS}) AS conversions,
                countIf(goal = {ORDERS}) AS orders, sum(worth) AS revenue
         FROM (
            SELECT site_id, local_date, visitor, visit,
                   arrayJoin(arrayZip(if(kind = {order}, arrayPushBack(goals, {ORDERS}), goals),
                                      if(kind = {order}, arrayPushBack(goal_revenues, order_amounts[1]),
                                         goal_revenues))) AS reached,
                   toUInt32(reached.1) AS goal, reached.2 AS worth
            FROM {events} WHERE visit != 0 AND (notEmpty(goals) OR kind = {order}))
         GROUP BY {key}label",
        key = per.columns(),
        visitor = per.visitor(),
        events = rows.events,
        order = Kind::Order as i32,
    )
}

/// Visits by the page that they began with.
fn at_the_entry(rows: &Rows, per: Per) -> String {
    format!(
        "SELECT {key}toString(entry_path) AS label, '' AS context, 0, 0, 0, countIf(actions <= 1),
                sum(seconds), count(), 0, 0, 0, 0
         FROM {visits} WHERE page_views > 0 GROUP BY {key}label",
        key = per.columns(),
        visits = rows.visits,
    )
}

/// Visits by the page that they ended with.
fn at_the_exit(rows: &Rows, per: Per) -> String {
    format!(
        "SELECT {key}toString(exit_path) AS label, '' AS context, 0, 0, 0, 0, 0, 0, count(), 0, 0, 0
         FROM {visits} WHERE page_views > 0 GROUP BY {key}label",
        key = per.columns(),
        visits = rows.visits,
    )
}
