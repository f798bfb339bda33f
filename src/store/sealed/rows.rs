//! Where a rollup reads: visits and events, as subqueries.

use super::rollups::Subject;
use crate::event::Kind;
use crate::store::queries::Dimension;
use crate::store::rows::MAX_STORED;

/// The visits and the events that are to be counted.
pub struct Rows {
    /// A subquery with the columns of [`VISIT`] and [`DERIVED`].
    pub visits: String,
    /// A subquery with the columns of `events`, each in its right visit; heart beats outside any visit have 0.
    pub events: String,
}

/// The columns of `visits` that are stored, without the generation.
pub const VISIT: &str = "site_id, local_date, local_hour, time, visit, visitor, seconds, requests, page_views, outlinks,
    downloads, named_events, searches, contents, actions, entry_path, exit_path, referrer_kind, referrer_name, referrer_url,
    referrer_keyword, campaign_source, campaign_medium, campaign_content, campaign_id, country, region, city, browser,
    browser_version, system, system_version, device, language, screen, goals, goal_revenues, conversions, orders,
    order_revenue, revenue";

/// The columns of `visits` that are known once the day is over: the first of a visitor's several visits, and what happened.
pub const HAPPENED: &str =
    "again, pages.label, pages.hits, pages.ends, titles.label, titles.hits, links.label, links.hits, files.label,
    files.hits, incidents.label, incidents.hits, words.label, words.hits";

/// The columns of `visits` that follow from the others.
pub const DERIVED: &str = "matomo_seconds";

/// The name of a visit's referrer: a website's host without `www.`, which Matomo's reports tell apart and ours don't.
const REFERRER_NAME: &str =
    r"if(v.source.1 = 3, replaceRegexpOne(v.source.2, '^www[.](.*[.])', '\\1'), v.source.2)";

/// Orders events: by time, and by arrival within a second. A number is compared many times faster than a tuple.
const ORDER: &str = "bitOr(bitShiftLeft(toUInt128(toUInt32(time)), 64), toUInt128(seq))";

/// The events that fulfil `condition`, in the visits that they were given on arrival, or in those that
/// `visit_corrections` gives them where `corrections` holds.
pub fn events(condition: &str, corrections: Option<&str>) -> String {
    let Some(corrections) = corrections else {
        return format!("(SELECT * FROM events WHERE {condition})");
    };
    format!(
        "(SELECT e.* EXCEPT (visit), if(c.moved = 0, e.visit, c.place) AS visit
          FROM (SELECT * FROM events WHERE {condition}) AS e
          LEFT ANY JOIN (SELECT seq AS moved, visit AS place FROM visit_corrections WHERE {corrections}) AS c
          ON e.seq = c.moved)"
    )
}

/// The same events, each with the visitor that its visit ends with: somebody who signs in on the way is one person.
pub fn with_people(events: &str) -> String {
    format!(
        "(SELECT e.* EXCEPT (visitor), if(m.given = 0, e.visitor, m.person) AS visitor
          FROM {events} AS e
          LEFT ANY JOIN (SELECT visit AS given, argMax(visitor, {ORDER}) AS person FROM {events} WHERE visit != 0
                         GROUP BY given HAVING min(visitor) != max(visitor)) AS m
          ON e.visit = m.given)"
    )
}

/// The visits that events are made of; `visits` is a further condition on their numbers.
///
/// A visit's number is the `seq` of its first event, so what the first event says is read from its row, and only
/// numbers are kept for each visit while its events are added up.
pub fn visits(events: &str, visits: &str) -> String {
    format!(
        "(SELECT e.site_id AS site_id, e.local_date AS local_date, e.local_hour AS local_hour, e.time AS time,
                 e.visit AS visit, v.visitor AS visitor, v.seconds AS seconds, v.requests AS requests,
                 v.page_views AS page_views, v.outlinks AS outlinks, v.downloads AS downloads,
                 v.named_events AS named_events, v.searches AS searches, v.contents AS contents,
                 v.page_views + v.outlinks + v.downloads + v.named_events + v.searches AS actions,
                 v.entry AS entry_path, v.exit AS exit_path,
                 if(v.source.1 = 0, 1, v.source.1) AS referrer_kind, {REFERRER_NAME} AS referrer_name,
                 v.source.3 AS referrer_url, v.source.4 AS referrer_keyword, v.source.5 AS campaign_source,
                 v.source.6 AS campaign_medium, v.source.7 AS campaign_content, v.source.8 AS campaign_id,
                 e.country AS country, e.region AS region, e.city AS city, e.browser AS browser,
                 e.browser_version AS browser_version, e.system AS system, e.system_version AS system_version,
                 e.device AS device, e.language AS language, e.screen AS screen,
                 v.goals.1 AS goals, v.goals.2 AS goal_revenues, toUInt32(length(v.goals)) AS conversions,
                 v.orders AS orders, v.order_revenue AS order_revenue,
                 arraySum(v.goals.2) + v.order_revenue AS revenue,
                 if(v.requests > 1, v.seconds + 1, 0) AS matomo_seconds
          FROM (SELECT * FROM {events} WHERE seq = visit AND {visits}) AS e
          INNER JOIN (
              SELECT visit, argMax(visitor, {ORDER}) AS visitor, toUInt32(max(time) - min(time)) AS seconds,
                     toUInt32(count()) AS requests, toUInt32(countIf(kind = 1)) AS page_views,
                     toUInt32(countIf(kind = 2)) AS outlinks, toUInt32(countIf(kind = 3)) AS downloads,
                     toUInt32(countIf(kind = 4)) AS named_events, toUInt32(countIf(kind = 5)) AS searches,
                     toUInt32(countIf(kind IN (6, 7))) AS contents,
                     argMinIf(path, {ORDER}, kind = 1) AS entry, argMaxIf(path, {ORDER}, kind = 1) AS exit,
                     argMinIf((referrer_kind, referrer_name, referrer_url, referrer_keyword, campaign_source,
                               campaign_medium, campaign_content, campaign_id), {ORDER},
                              referrer_kind != 1 AND kind != 8) AS source,
                     groupArrayArray(arrayZip(goals, arrayMap(worth -> if(abs(worth) <= {MAX_STORED}, worth, 0),
                                                             goal_revenues))) AS goals,
                     toUInt32(countIf(kind = 10)) AS orders,
                     sumIf(order_amounts[1], kind = 10 AND abs(order_amounts[1]) <= {MAX_STORED}) AS order_revenue
              FROM {events} WHERE {visits} GROUP BY visit) AS v
          ON e.visit = v.visit)"
    )
}

/// Visits as they are sealed: with the columns of [`HAPPENED`].
pub fn sealed_visits(events: &str, visits: &str) -> String {
    format!(
        "(SELECT w.*, f.first AS again,
                 arrayMap(page -> toUInt8((page = entry_path) + 2 * (page = exit_path)), pages.label) AS `pages.ends`
          FROM (SELECT v.*, h.* EXCEPT (visit) FROM {} AS v INNER JOIN {} AS h ON v.visit = h.visit) AS w
          LEFT ANY JOIN {} AS f ON w.local_date = f.day AND w.visitor = f.person)",
        self::visits(events, visits),
        happened(events, visits),
        first_of_several(events),
    )
}

/// The first visit of each visitor who had more than one on a day.
fn first_of_several(events: &str) -> String {
    format!(
        "(SELECT local_date AS day, person, min(visit) AS first
          FROM (SELECT local_date, visit, argMax(visitor, {ORDER}) AS person FROM {events} WHERE visit != 0
                GROUP BY local_date, visit)
          GROUP BY day, person HAVING count() > 1)"
    )
}

/// The events of a kind that have a label to be counted under: a link has none where its address was not kept.
pub fn with_label(kind: Kind) -> String {
    let number = kind as i32;
    match kind {
        Kind::Outlink | Kind::Download => format!("kind = {number} AND target != ''"),
        _ => format!("kind = {number}"),
    }
}

/// What happened in each visit: labels with their counts.
fn happened(events: &str, visits: &str) -> String {
    let columns = Dimension::ALL.into_iter().filter_map(|dimension| match dimension.subject() {
        Subject::Event { kind, label, column } => {
            let counts = format!("sumMapIf([toString({label})], [toUInt32(1)], {})", with_label(kind));
            Some(format!(
                "{counts} AS of_{column}, of_{column}.1 AS `{column}.label`, of_{column}.2 AS `{column}.hits`"
            ))
        }
        Subject::Visit { .. } | Subject::Goal => None,
    });
    let columns: Vec<String> = columns.collect();
    format!("(SELECT visit, {} FROM {events} WHERE {visits} GROUP BY visit)", columns.join(", "))
}

/// Each event's right visit, where it is another than the one it was given on arrival: columns of `visit_corrections`
/// but the generation. `condition` chooses events of whole days; `visitors` is a condition on the column `person`.
///
/// The rules are those of `drain::visits`, applied in the order of time. In it a visit lasts from an event that
/// *opens* one (half an hour after the last action, or because the client asks) or that brings another campaign. A campaign's
/// name is compared with the last one before it in the half-hour chain, which it took over, or, where there was none, with
/// whatever referrer the visit has. Where the name is the same, the keyword is compared, unless it is missing: with that of
/// the last event of the name that had one, or else of the first, which brought the name. A heart beat opens and prolongs
/// nothing; one outside any visit gets visit 0.
///
/// Events that arrived as one visit are one person's, though a visitor may have signed in on the way.
pub fn corrections(condition: &str, visitors: &str) -> String {
    const WINDOW: &str =
        "PARTITION BY local_date, person ORDER BY second, seq ROWS BETWEEN UNBOUNDED PRECEDING";
    format!(
        "SELECT site_id, local_date, seq, place AS visit
         FROM (
            SELECT *, if(is_orphan, 0, anyLastIf(seq, starts) OVER ({WINDOW} AND CURRENT ROW)) AS place
            FROM (
                SELECT *, kind != 8 AND (opens OR campaign != 0 AND
                          if(is_named, has_keyword AND keyword != last_keyword,
                             last_campaign.1 = chain OR last_source = chain)) AS starts
                FROM (
                    SELECT *, anyLastIf(keyword, campaign != 0 AND (has_keyword OR NOT is_named)) OVER past AS last_keyword
                    FROM (
                        SELECT *, last_campaign = (chain, campaign) AS is_named
                        FROM (
                            SELECT *, anyLastIf((chain, campaign), campaign != 0) OVER past AS last_campaign,
                                   anyLastIf(chain, has_source) OVER past AS last_source
                            FROM (
                                SELECT *, sum(opens) OVER ({WINDOW} AND CURRENT ROW) AS chain
                                FROM (
                                    SELECT *, kind != 8 AND (new_visit = 1 OR second >= open_until) AS opens,
                                           kind = 8 AND second >= open_until AS is_orphan
                                    FROM (
                                        SELECT *, max(if(kind = 8, 0, second + 1800)) OVER past AS open_until
                                        FROM (SELECT * FROM {people} WHERE {visitors})
                                        WINDOW past AS ({WINDOW} AND 1 PRECEDING))))
                            WINDOW past AS ({WINDOW} AND 1 PRECEDING)))
                    WINDOW past AS ({WINDOW} AND 1 PRECEDING))))
         WHERE place != given",
        people = people(condition),
    )
}

/// Events with the person that they belong to, and what the rules of visits ask.
fn people(condition: &str) -> String {
    format!(
        "(SELECT e.*, if(m.given = 0, e.visitor, m.person) AS person
          FROM (SELECT site_id, local_date, seq, kind, new_visit, visit AS given, visitor,
                       toUInt64(toUInt32(time)) AS second, referrer_kind != 1 AND kind != 8 AS has_source,
                       if(referrer_kind = 6 AND kind != 8, bitOr(cityHash64(referrer_name), 1), 0) AS campaign,
                       cityHash64(referrer_keyword) AS keyword, keyword_missing = 0 AS has_keyword
                FROM events WHERE {condition}) AS e
          LEFT ANY JOIN (SELECT visit AS given, argMax(visitor, {ORDER}) AS person FROM events
                         WHERE {condition} GROUP BY given HAVING min(visitor) != max(visitor)) AS m
          ON e.given = m.given)"
    )
}
