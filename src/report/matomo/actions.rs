//! Pages, titles, outlinks, downloads and searches.

use serde_json::Value;

use super::day::{Day, Figures, Leaf, Node, Who};
use super::page_goals;
use super::render::{self, Style, number, percent, quotient};
use super::table::{Columns, Table};
use super::timings;
use super::visit::{Hit, Visit, has_title};
use crate::event::Kind;
use crate::store::EventRow;

/// Most levels of a tree; the rest of a label stays together.
const MAX_LEVELS: usize = 10;

/// What the last level of `/folder/` is called.
const INDEX: &str = "index";

/// What Matomo calls a page without a title.
const NO_TITLE: &str = "Page Name not defined";

/// What Matomo calls a page without an address.
const NO_URL: &str = "Page URL not defined";

/// Figures that only the rows of an answer's first level have.
pub const OF_FIRST_LEVEL: [&str; 8] = [
    "avg_bandwidth",
    "avg_page_load_time",
    "avg_time_network",
    "avg_time_server",
    "avg_time_transfer",
    "avg_time_dom_processing",
    "avg_time_dom_completion",
    "avg_time_on_load",
];

/// Distinct people of rows that sum up others: a sum that means nothing.
const PEOPLE: [&str; 6] = [
    "nb_uniq_visitors",
    "entry_nb_uniq_visitors",
    "exit_nb_uniq_visitors",
    "sum_daily_nb_uniq_visitors",
    "sum_daily_entry_nb_uniq_visitors",
    "sum_daily_exit_nb_uniq_visitors",
];

/// What tells the rows of pages from those of titles.
#[derive(Clone, Copy)]
pub(super) enum Side<'a> {
    /// Rows are addresses.
    Url,
    /// Rows are titles, split at the delimiter.
    Title(&'a str),
}

impl Side<'_> {
    pub(super) fn leaf<'d>(self, day: &'d mut Day, hit: &Hit) -> &'d mut Leaf {
        match self {
            Side::Url if !self.names(hit) => day.leaf(vec![NO_URL.into()], ""),
            Side::Url => {
                let leaf = day.leaf(page_path(&hit.event.path), &hit.event.host);
                if leaf.url.is_empty() {
                    leaf.url = address(&hit.event);
                }
                leaf
            }
            Side::Title(delimiter) => {
                let title = if has_title(&hit.event) { hit.event.title.as_str() } else { "" };
                day.leaf(title_path(title, delimiter), title)
            }
        }
    }

    /// Whether a hit says which page it is of. What it doesn't name is a row, too, but no goal owes it anything.
    pub(super) fn names(self, hit: &Hit) -> bool {
        match self {
            Side::Url => hit.is(Kind::PageView) && !hit.event.path.is_empty(),
            Side::Title(_) => has_title(&hit.event),
        }
    }

    /// Whether a hit is one of a page. To Matomo, a link that leads nowhere is one of a page without an address.
    fn counts(self, hit: &Hit) -> bool {
        hit.is(Kind::PageView) || matches!(self, Side::Url) && leads_nowhere(hit)
    }

    fn previous(self, hit: &Hit) -> Option<usize> {
        match self {
            Side::Url => hit.previous_page,
            Side::Title(_) => hit.previous_title,
        }
    }

    fn entry(self, visit: &Visit) -> Option<usize> {
        match self {
            Side::Url => visit.entry_page,
            Side::Title(_) => visit.entry_title,
        }
    }

    fn exit(self, visit: &Visit) -> Option<usize> {
        match self {
            Side::Url => visit.exit_page,
            Side::Title(_) => visit.exit_title,
        }
    }
}

/// Whether a hit is an outlink or a download without an address.
fn leads_nowhere(hit: &Hit) -> bool {
    (hit.is(Kind::Outlink) || hit.is(Kind::Download)) && hit.event.target.is_empty()
}

/// The address of a page, as it was first seen.
pub(super) fn address(event: &EventRow) -> String {
    const BEGINNINGS: [&str; 4] = ["http://", "http://www.", "https://", "https://www."];
    let beginning = BEGINNINGS.get(usize::from(event.prefix)).copied().unwrap_or_default();
    format!("{beginning}{}{}", event.host, event.path)
}

/// Counts a visit's page views.
pub(super) fn pages(side: Side<'_>, day: &mut Day, visit: &Visit) {
    for hit in visit.hits.iter().filter(|hit| side.counts(hit)) {
        view(side.leaf(day, hit), visit, hit);
    }
    let page = |index: Option<usize>| {
        index.and_then(|index| visit.hits.get(index)).filter(|hit| hit.is(Kind::PageView))
    };
    for hit in timed(visit) {
        if let Some(previous) = page(side.previous(hit)) {
            side.leaf(day, previous).figures.add("sum_time_spent", f64::from(hit.seconds));
        }
    }
    if let Some(entry) = page(side.entry(visit)) {
        enter(side.leaf(day, entry), visit);
    }
    if let Some(exit) = page(side.exit(visit)) {
        leave(side.leaf(day, exit), visit);
    }
    page_goals::credit(side, day, visit);
    page_goals::credit_entry(side, day, visit, page(side.entry(visit)));
}

/// Requests that credit time to the page before them: every action but events.
fn timed(visit: &Visit) -> impl Iterator<Item = &Hit> {
    let is_timed = |hit: &&Hit| {
        let number = i32::from(hit.event.kind);
        number <= Kind::ContentInteraction as i32 && !hit.is(Kind::Event) && hit.seconds > 0
    };
    visit.hits.iter().filter(is_timed)
}

fn view(leaf: &mut Leaf, visit: &Visit, hit: &Hit) {
    leaf.count_visit(visit);
    leaf.figures.add("nb_hits", 1.0);
    leaf.figures.add("sum_time_spent", 0.0);
    let before = hit.previous_title.and_then(|index| visit.hits.get(index));
    if before.is_some_and(|before| before.is(Kind::SiteSearch)) {
        leaf.figures.add("nb_hits_following_search", 1.0);
    }
    timings::add(&mut leaf.figures, &hit.event.timings);
    add_bandwidth(&mut leaf.figures, hit.event.bandwidth);
}

fn add_bandwidth(figures: &mut Figures, bytes: u64) {
    figures.add("sum_bandwidth", bytes as f64);
    figures.add("nb_hits_with_bandwidth", if bytes > 0 { 1.0 } else { 0.0 });
    if bytes > 0 {
        figures.add("min_bandwidth", bytes as f64);
        figures.add("max_bandwidth", bytes as f64);
    }
}

fn enter(leaf: &mut Leaf, visit: &Visit) {
    leaf.meet(Who::Entry, visit.visitor());
    leaf.figures.add("entry_nb_visits", 1.0);
    leaf.figures.add("entry_nb_actions", f64::from(visit.actions));
    leaf.figures.add("entry_sum_visit_length", visit.seconds as f64);
    leaf.figures.add("entry_bounce_count", f64::from(u8::from(visit.is_bounce())));
}

fn leave(leaf: &mut Leaf, visit: &Visit) {
    leaf.meet(Who::Exit, visit.visitor());
    leaf.figures.add("exit_nb_visits", 1.0);
}

/// Counts a visit's outlinks or downloads.
pub(super) fn links(kind: Kind, day: &mut Day, visit: &Visit) {
    for hit in visit.hits.iter().filter(|hit| hit.is(kind) && !leads_nowhere(hit)) {
        let target = &hit.event.target;
        let leaf = day.leaf(link_path(target), target);
        leaf.count_visit(visit);
        leaf.figures.add("nb_hits", 1.0);
        leaf.figures.add("sum_time_spent", 0.0);
        add_bandwidth(&mut leaf.figures, hit.event.bandwidth);
        leaf.url.clone_from(target);
    }
}

/// Counts a visit's searches by keyword.
pub(super) fn keywords(day: &mut Day, visit: &Visit) {
    for hit in visit.hits.iter().filter(|hit| hit.is(Kind::SiteSearch)) {
        let leaf = day.row(&hit.event.category);
        leaf.count_visit(visit);
        leaf.figures.add("nb_hits", 1.0);
        leaf.figures.add("sum_time_spent", 0.0);
        add_bandwidth(&mut leaf.figures, hit.event.bandwidth);
        if hit.event.has_value == 1 {
            leaf.figures.add("max_search_count", hit.event.value);
        }
    }
    let search = |index: Option<usize>| {
        index.and_then(|index| visit.hits.get(index)).filter(|hit| hit.is(Kind::SiteSearch))
    };
    for hit in timed(visit) {
        if let Some(previous) = search(hit.previous_title) {
            day.row(&previous.event.category).figures.add("sum_time_spent", f64::from(hit.seconds));
        }
    }
    if let Some(exit) = search(visit.exit_title) {
        day.row(&exit.event.category).figures.add("exit_nb_visits", 1.0);
    }
}

/// A keyword that found nothing all day.
pub(super) fn note_no_results(day: &mut Day) {
    for (_, leaf) in day.leaves() {
        if leaf.figures.find("max_search_count") == Some(0.0) {
            leaf.figures.add("no_result", 1.0);
        }
    }
}

/// Counts a visit's searches by category.
pub(super) fn search_categories(day: &mut Day, visit: &Visit) {
    let has_category = |hit: &&Hit| hit.is(Kind::SiteSearch) && !hit.event.action.is_empty();
    for hit in visit.hits.iter().filter(has_category) {
        let leaf = day.row(&hit.event.action);
        leaf.count_visit(visit);
        leaf.figures.add("nb_actions", 1.0);
    }
}

/// Counts what `Actions.get` sums up.
pub(super) fn overview(day: &mut Day, visit: &Visit) {
    for hit in &visit.hits {
        let event = &hit.event;
        let (group, label, apart) = match hit {
            _ if leads_nowhere(hit) => ("pageviews", "", ""),
            _ if hit.is(Kind::PageView) && event.path.is_empty() => ("pageviews", "", ""),
            _ if hit.is(Kind::PageView) => ("pageviews", event.path.as_str(), event.host.as_str()),
            _ if hit.is(Kind::Download) => ("downloads", event.target.as_str(), ""),
            _ if hit.is(Kind::Outlink) => ("outlinks", event.target.as_str(), ""),
            _ if hit.is(Kind::SiteSearch) => ("searches", event.category.as_str(), ""),
            _ => continue,
        };
        let leaf = day.leaf(vec![group.into(), label.into()], apart);
        leaf.count_visit(visit);
        leaf.figures.add("nb_hits", 1.0);
    }
}

/// The row of `Actions.get`.
pub(super) fn overview_row(node: &Node) -> Columns {
    let none = Node::default();
    let group = |name: &str| node.children.get(name).unwrap_or(&none);
    let mut columns = Columns::new();
    for name in ["pageviews", "downloads", "outlinks"] {
        let figures = &group(name).figures;
        columns.push((format!("nb_{name}").into(), number(figures.get("nb_hits"))));
        columns.push((format!("nb_uniq_{name}").into(), number(figures.get("nb_visits"))));
    }
    let searches = group("searches");
    columns.push(("nb_searches".into(), number(searches.figures.get("nb_hits"))));
    columns.push(("nb_keywords".into(), searches.children.len().into()));
    columns
}

/// Labels of a page from the top of the tree: folders, then the page with its slash.
fn page_path(path: &str) -> Vec<String> {
    if path.is_empty() {
        return vec![NO_URL.into()];
    }
    let (name, fragment) = path.split_once('#').unwrap_or((path, ""));
    let mut name = name.strip_prefix('/').unwrap_or(name).to_owned();
    if name.is_empty() || name.ends_with('/') {
        name.push_str(INDEX);
    }
    if !fragment.is_empty() {
        name = format!("{name}#{fragment}");
    }
    levels(&name, "/", "/").unwrap_or_else(|| vec![NO_URL.into()])
}

/// Labels of the page that a URL, or a path, is the address of.
pub(super) fn path_of_url(url: &str) -> Vec<String> {
    match crate::privacy::page_url::page(url, &[], true) {
        Some(page) => page_path(&page.path),
        None => page_path(url),
    }
}

/// The table of one page or title: a row, or none.
pub(super) fn one_page(node: &Node, totals: &Node, path: &[String]) -> Table {
    page_table(&alone(node, path), totals, "nb_visits")
}

/// The table of one outlink or download: a row, or none.
pub(super) fn one_link(node: &Node, url: &str) -> Table {
    link_table(&alone(node, &link_path(url)))
}

/// A node with one row, that at the end of a path, or with none.
fn alone(node: &Node, path: &[String]) -> Node {
    let found = path.iter().try_fold(node, |node, label| node.children.get(label));
    let children = found.into_iter().zip(path.last()).map(|(node, label)| (label.clone(), node.clone()));
    Node { children: children.collect(), ..Node::default() }
}

/// Labels of a title: without a delimiter one, and with one the parts, of which the last begins with a blank.
pub(super) fn title_path(title: &str, delimiter: &str) -> Vec<String> {
    match (title.trim(), delimiter) {
        ("", "") => vec![format!(" {NO_TITLE}")],
        (title, "") => vec![format!(" {title}")],
        (title, delimiter) => levels(title, delimiter, " ").unwrap_or_else(|| vec![NO_TITLE.into()]),
    }
}

/// Splits a label; the last level gets a mark, so that a page and a folder of one name stay apart.
fn levels(label: &str, delimiter: &str, mark: &str) -> Option<Vec<String>> {
    let parts = label.splitn(MAX_LEVELS, delimiter).map(str::trim).filter(|part| !part.is_empty());
    let mut levels: Vec<String> = parts.map(str::to_owned).collect();
    let last = levels.last_mut()?;
    *last = format!("{mark}{last}");
    Some(levels)
}

/// Labels of a link: its host, then the rest.
fn link_path(url: &str) -> Vec<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return vec![url.to_owned()];
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    vec![host.to_owned(), format!("/{}", path.trim())]
}

/// The table of pages or titles. `totals` has the conversions of each goal.
pub(super) fn page_table(node: &Node, totals: &Node, order: &str) -> Table {
    let mut rows = page_goals::with_rates(node, totals, 0);
    timings::level(&mut rows);
    let style = Style {
        hidden_in_parents: &PEOPLE,
        hidden: &["max_search_count", "no_result"],
        goal_levels: usize::MAX,
        order,
        compute: &compute_page,
        label: &|label, node, _| {
            let has_url = !node.url.is_empty() && node.children.is_empty();
            let url = has_url.then(|| ("url".into(), Value::from(render::readable_url(&node.url))));
            (render::decode(label).into(), url.into_iter().collect())
        },
    };
    render::table(&rows, &style)
}

fn compute_page(columns: &mut Columns, node: &Node, _: usize) {
    let figures = &node.figures;
    for side in ["min_bandwidth", "max_bandwidth"] {
        if figures.find(side).is_none() && figures.find("sum_bandwidth").is_some() {
            columns.push((side.into(), "".into()));
        }
    }
    columns.push(("avg_bandwidth".into(), mean_bandwidth(figures)));
    columns.extend(timings::means(figures));
    columns.extend(timings::missing(figures));
    add_rates(columns, figures);
}

fn mean_bandwidth(figures: &Figures) -> Value {
    number(quotient(figures.get("sum_bandwidth"), figures.get("nb_hits_with_bandwidth"), 0))
}

fn add_rates(columns: &mut Columns, figures: &Figures) {
    let time = quotient(figures.get("sum_time_spent"), figures.get("nb_hits"), 0);
    columns.push(("avg_time_on_page".into(), number(time)));
    let bounces = percent(figures.get("entry_bounce_count"), figures.get("entry_nb_visits"));
    columns.push(("bounce_rate".into(), bounces));
    columns.push(("exit_rate".into(), percent(figures.get("exit_nb_visits"), figures.get("nb_visits"))));
}

/// The table of outlinks or downloads.
pub(super) fn link_table(node: &Node) -> Table {
    let style = Style {
        hidden_in_parents: &PEOPLE,
        hidden: &[],
        goal_levels: 0,
        order: "nb_visits",
        compute: &|columns, node, _| {
            columns.push(("avg_bandwidth".into(), mean_bandwidth(&node.figures)));
        },
        label: &|label, node, _| {
            let has_url = node.children.is_empty();
            let url = has_url.then(|| ("url".into(), Value::from(node.url.clone())));
            (render::decode(label).into(), url.into_iter().collect())
        },
    };
    render::table(node, &style)
}

/// The table of keywords.
pub(super) fn keyword_table(node: &Node) -> Table {
    let style = Style {
        hidden_in_parents: &[],
        hidden: &["max_search_count", "no_result", "nb_uniq_visitors", "sum_daily_nb_uniq_visitors"],
        goal_levels: 0,
        order: "nb_visits",
        compute: &|columns, node, _| {
            let figures = &node.figures;
            for side in ["min_bandwidth", "max_bandwidth"] {
                if figures.find(side).is_none() {
                    columns.push((side.into(), "".into()));
                }
            }
            let pages = quotient(figures.get("nb_hits"), figures.get("nb_visits"), 1);
            columns.push(("nb_pages_per_search".into(), number(pages)));
            columns.push(("avg_bandwidth".into(), mean_bandwidth(figures)));
            add_rates(columns, figures);
        },
        label: &render::decoded,
    };
    render::table(node, &style)
}

/// The table of search categories.
pub(super) fn category_table(node: &Node) -> Table {
    let style = Style {
        hidden_in_parents: &[],
        hidden: &["nb_uniq_visitors"],
        goal_levels: 0,
        order: "nb_visits",
        compute: &|columns, node, _| {
            let pages = quotient(node.figures.get("nb_actions"), node.figures.get("nb_visits"), 1);
            columns.push(("nb_pages_per_search".into(), number(pages)));
        },
        label: &render::decoded,
    };
    render::table(node, &style)
}

/// Only the rows at the top of which a figure is not 0, with only such rows below.
pub(super) fn only_with(node: &Node, figure: &str) -> Node {
    let children = node.children.iter().filter(|(_, child)| child.figures.get(figure) > 0.0);
    let children = children.map(|(label, child)| (label.clone(), only_with(child, figure))).collect();
    Node { children, ..node.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        assert_eq!(page_path("/"), ["/index"]);
        assert_eq!(page_path("/foo/bar.html"), ["foo", "/bar.html"]);
        assert_eq!(page_path("/foo/"), ["foo", "/index"]);
        assert_eq!(page_path("/?a=b"), ["/?a=b"]);
        assert_eq!(page_path("//"), ["/index"]);
        assert_eq!(page_path("/1/2/3/4/5/6/7/8/9/10/11").last().unwrap(), "/10/11");
        assert_eq!(title_path("Shop / Shoes", "/"), ["Shop", " Shoes"]);
        assert_eq!(title_path("Shop / Shoes", ""), [" Shop / Shoes"]);
        assert_eq!(link_path("https://a.org/b/c#d"), ["a.org", "/b/c#d"]);
        assert_eq!(link_path("ftp://a.org/b"), ["ftp://a.org/b"]);
    }
}
