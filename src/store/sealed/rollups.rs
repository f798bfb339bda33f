//! The numbers that are kept of a day: by day, by hour, by label.
//!
//! Each is made of rows of `visits` and `events`, and of sealed visits alone where these say it all. It is a `SELECT` with
//! the columns of its [`Rollup`], one row a site, local date and label.

use super::rows::{Rows, with_label};
use crate::event::Kind;
use crate::store::queries::{Dimension, ORDERS};
use crate::store::rows::MAX_STORED;

/// What is added up.
#[derive(Clone, Copy)]
pub enum Rollup {
    /// Each day's totals.
    Days,
    /// Each hour's totals. Visitors and views belong to the hour of each event, visits to that of their first.
    Hours,
    /// Each label's counts in one dimension.
    Labels(Dimension, Per),
}

impl Rollup {
    /// The table that keeps it.
    pub fn table(self) -> &'static str {
        match self {
            Rollup::Days => "daily_totals",
            Rollup::Hours => "daily_hours",
            Rollup::Labels(..) => "daily_breakdowns",
        }
    }

    /// Its columns, without the generation.
    pub fn columns(self) -> String {
        match self {
            Rollup::Days => DAY.to_owned(),
            Rollup::Hours => HOUR.to_owned(),
            Rollup::Labels(_, per) => format!("{}{LABEL}", per.columns()),
        }
    }

    /// Which rows of its table are meant.
    pub fn condition(self) -> String {
        match self {
            Rollup::Days | Rollup::Hours => "true".to_owned(),
            Rollup::Labels(dimension, _) => format!("dimension = {}", dimension.number()),
        }
    }

    /// Made of visits and events.
    pub fn of_rows(self, rows: &Rows) -> String {
        match self {
            Rollup::Days => days(Material::Rows(rows)),
            Rollup::Hours => hours(rows),
            Rollup::Labels(dimension, per) => labels(Material::Rows(rows), dimension, per),
        }
    }

    /// Made of a subquery of sealed visits, if they say it all.
    pub fn of_visits(self, visits: &str) -> Option<String> {
        match self {
            Rollup::Days => Some(days(Material::Visits(visits))),
            Rollup::Hours => None,
            Rollup::Labels(dimension, per) => Some(labels(Material::Visits(visits), dimension, per)),
        }
    }
}

/// What tells visitors apart in sealed visits: the first visit that a visitor had on the day.
pub const FIRST_VISIT: &str = "if(again = 0, visit, again)";

/// What days and labels are counted in.
#[derive(Clone, Copy)]
enum Material<'a> {
    /// Visits, and their events.
    Rows(&'a Rows),
    /// A subquery of sealed visits, which say what happened in them.
    Visits(&'a str),
}

impl Material<'_> {
    fn visits(&self) -> &str {
        match self {
            Material::Rows(rows) => &rows.visits,
            Material::Visits(visits) => visits,
        }
    }

    /// How many visitors there are, where each visit is counted once. In sealed visits a visitor is whoever had the same
    /// first visit on that day; those who had one need not be told apart.
    fn visitors(&self, per: Per) -> String {
        match self {
            Material::Rows(_) => format!("uniqExact({})", per.visitor()),
            Material::Visits(_) => "countIf(again = 0) + uniqExactIf(again, again != 0)".to_owned(),
        }
    }
}

/// Columns of `daily_totals`, without the generation.
const DAY: &str =
    "site_id, local_date, visitors, visits, page_views, outlinks, downloads, named_events, searches,
    actions, bounces, seconds, matomo_seconds, max_actions, conversions, converted, orders, revenue";

/// Columns of `daily_hours`, without the generation.
const HOUR: &str = "site_id, local_date, hour, visitors, visits, page_views, bounces, seconds";

/// Columns of `daily_breakdowns` that belong to a label.
const LABEL: &str =
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
    fn columns(self) -> &'static str {
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

fn days(material: Material<'_>) -> String {
    let (visits, visitors) = (material.visits(), material.visitors(Per::Day));
    format!(
        "SELECT site_id, local_date, {visitors} AS visitors, count() AS visits, sum(page_views) AS page_views,
                sum(outlinks) AS outlinks, sum(downloads) AS downloads, sum(named_events) AS named_events,
                sum(searches) AS searches, sum(actions) AS actions, countIf(actions <= 1) AS bounces,
                sum(seconds) AS seconds, sum(matomo_seconds) AS matomo_seconds,
                toUInt64(max(actions)) AS max_actions, sum(conversions) AS conversions,
                countIf(conversions > 0 OR orders > 0) AS converted, sum(orders) AS orders,
                sumIf(revenue, abs(revenue) <= {MAX_STORED}) AS revenue
         FROM {visits} GROUP BY site_id, local_date"
    )
}

fn hours(rows: &Rows) -> String {
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

fn labels(material: Material<'_>, dimension: Dimension, per: Per) -> String {
    match (dimension.subject(), material) {
        (Subject::Visit { label, context }, _) => by_visit(material, label, context, per),
        (Subject::Event { kind, label, .. }, Material::Rows(rows)) => {
            let happenings = by_event(&rows.events, kind, label, per);
            match dimension {
                Dimension::Pages => with_ends(&happenings, &rows.visits, per),
                _ => happenings,
            }
        }
        (Subject::Event { column, .. }, Material::Visits(_)) => {
            let (more, ends) = match dimension {
                Dimension::Pages => (", pages.ends AS ends", ENDS),
                _ => ("", NO_ENDS),
            };
            by_happening(
                material,
                &format!("{column}.label AS happening, {column}.hits AS times{more}"),
                ends,
                per,
            )
        }
        (Subject::Goal, Material::Rows(rows)) => {
            by_goal(&reached_by_events(&rows.events), per.visitor(), per)
        }
        (Subject::Goal, Material::Visits(visits)) => by_goal(&reached_by_visits(visits), FIRST_VISIT, per),
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
        /// Where sealed visits have it, with its count.
        column: &'static str,
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

fn by_event(events: &str, kind: Kind, label: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString({label}) AS label, '' AS context, uniqExact({visitor}) AS visitors,
                uniqExact(visit) AS visits, count() AS hits, toUInt64(0) AS bounces, toUInt64(0) AS seconds,
                toUInt64(0) AS entries, toUInt64(0) AS exits, toUInt64(0) AS conversions, toUInt64(0) AS orders,
                toFloat64(0) AS revenue
         FROM {events} WHERE {labelled} GROUP BY {key}label",
        key = per.columns(),
        visitor = per.visitor(),
        labelled = with_label(kind),
    )
}

/// What pages have and other labels don't: visits that began (bit 0) and ended (bit 1) there. Each page is once in its visit.
const ENDS: &str =
    "countIf(bitTest(ends, 0) AND actions <= 1) AS bounces, sumIf(seconds, bitTest(ends, 0)) AS seconds,
    countIf(bitTest(ends, 0)) AS entries, countIf(bitTest(ends, 1)) AS exits";

const NO_ENDS: &str =
    "toUInt64(0) AS bounces, toUInt64(0) AS seconds, toUInt64(0) AS entries, toUInt64(0) AS exits";

/// The same of sealed visits, in which each label is there once; `happenings` are arrays of them.
fn by_happening(material: Material<'_>, happenings: &str, ends: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString(happening) AS label, '' AS context, {visitors} AS visitors, count() AS visits,
                sum(times) AS hits, {ends}, toUInt64(0) AS conversions, toUInt64(0) AS orders,
                toFloat64(0) AS revenue
         FROM {visits} ARRAY JOIN {happenings} GROUP BY {key}happening",
        key = per.columns(),
        visitors = material.visitors(per),
        visits = material.visits(),
    )
}

/// Views of pages together with the visits that began and ended there.
fn with_ends(views: &str, visits: &str, per: Per) -> String {
    format!(
        "SELECT {key}label, '' AS context, {SUMS}
         FROM ({views} UNION ALL {entries} UNION ALL {exits}) GROUP BY {key}label",
        key = per.columns(),
        entries = at_the_entry(visits, per),
        exits = at_the_exit(visits, per),
    )
}

fn by_visit(material: Material<'_>, label: &str, context: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString({label}) AS label, toString({context}) AS context,
                {visitors} AS visitors, count() AS visits, count() AS hits, countIf(actions <= 1) AS bounces,
                sum(seconds) AS seconds, toUInt64(0) AS entries, toUInt64(0) AS exits,
                sum(conversions) AS conversions, sum(orders) AS orders,
                sumIf(revenue, abs(revenue) <= {MAX_STORED}) AS revenue
         FROM {visits} GROUP BY {key}label, context",
        key = per.columns(),
        visitors = material.visitors(per),
        visits = material.visits(),
    )
}

/// Conversions of each goal, and orders, which count as one more. `reached` is a subquery of both, with how often.
fn by_goal(reached: &str, visitor: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString(goal) AS label, '' AS context, uniqExact({visitor}) AS visitors,
                uniqExact(visit) AS visits, sum(times) AS hits, toUInt64(0) AS bounces, toUInt64(0) AS seconds,
                toUInt64(0) AS entries, toUInt64(0) AS exits, sumIf(times, goal != {ORDERS}) AS conversions,
                sumIf(times, goal = {ORDERS}) AS orders, sumIf(worth, abs(worth) <= {MAX_STORED}) AS revenue
         FROM {reached} GROUP BY {key}label",
        key = per.columns(),
    )
}

fn reached_by_events(events: &str) -> String {
    format!(
        "(SELECT site_id, local_date, visitor, visit, toUInt64(1) AS times,
                 arrayJoin(arrayZip(if(kind = {order}, arrayPushBack(goals, {ORDERS}), goals),
                                    if(kind = {order}, arrayPushBack(goal_revenues, order_amounts[1]),
                                       goal_revenues))) AS reached,
                 toUInt32(reached.1) AS goal, reached.2 AS worth
          FROM {events} WHERE visit != 0 AND (notEmpty(goals) OR kind = {order}))",
        order = Kind::Order as i32,
    )
}

fn reached_by_visits(visits: &str) -> String {
    format!(
        "(SELECT site_id, local_date, again, visit,
                 arrayJoin(arrayConcat(arrayMap((goal, worth) -> (goal, toUInt64(1), worth), goals, goal_revenues),
                     if(orders > 0, [(toUInt32({ORDERS}), toUInt64(orders), order_revenue)], []))) AS reached,
                 reached.1 AS goal, reached.2 AS times, reached.3 AS worth
          FROM {visits} WHERE notEmpty(goals) OR orders > 0)"
    )
}

/// Visits by the page that they began with.
fn at_the_entry(visits: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString(entry_path) AS label, '' AS context, 0, 0, 0, countIf(actions <= 1),
                sum(seconds), count(), 0, 0, 0, 0
         FROM {visits} WHERE page_views > 0 GROUP BY {key}entry_path",
        key = per.columns(),
    )
}

/// Visits by the page that they ended with.
fn at_the_exit(visits: &str, per: Per) -> String {
    format!(
        "SELECT {key}toString(exit_path) AS label, '' AS context, 0, 0, 0, 0, 0, 0, count(), 0, 0, 0
         FROM {visits} WHERE page_views > 0 GROUP BY {key}exit_path",
        key = per.columns(),
    )
}
