//! `Referrers.get`: visits by kind of referrer, and how many different referrers there were.

use super::day::{Day, Node};
use super::render::{number, percent};
use super::table::Columns;
use super::visit::Visit;
use crate::privacy::referrer::ReferrerKind;

/// The part of the tree that counts visits by kind.
const KINDS: &str = "kinds";

/// Names of the kinds, in the order of their columns.
const VISITORS: [(ReferrerKind, &str); 6] = [
    (ReferrerKind::Search, "Referrers_visitorsFromSearchEngines"),
    (ReferrerKind::Social, "Referrers_visitorsFromSocialNetworks"),
    (ReferrerKind::Assistant, "Referrers_visitorsFromAIAssistants"),
    (ReferrerKind::Direct, "Referrers_visitorsFromDirectEntry"),
    (ReferrerKind::Website, "Referrers_visitorsFromWebsites"),
    (ReferrerKind::Campaign, "Referrers_visitorsFromCampaigns"),
];

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// Search engines.
    SearchEngines,
    /// Social networks.
    SocialNetworks,
    /// AI assistants.
    Assistants,
    /// Words searched for.
    Keywords,
    /// Websites.
    Websites,
    /// Pages of websites.
    Pages,
    /// Campaigns.
    Campaigns,
}

const DISTINCT: [(Distinct, &str); 7] = [
    (Distinct::SearchEngines, "Referrers_distinctSearchEngines"),
    (Distinct::SocialNetworks, "Referrers_distinctSocialNetworks"),
    (Distinct::Assistants, "Referrers_distinctAIAssistants"),
    (Distinct::Keywords, "Referrers_distinctKeywords"),
    (Distinct::Websites, "Referrers_distinctWebsites"),
    (Distinct::Pages, "Referrers_distinctWebsitesUrls"),
    (Distinct::Campaigns, "Referrers_distinctCampaigns"),
];

/// Counts a visit, and notes where it came from.
pub(super) fn count(day: &mut Day, visit: &Visit) {
    let Some(source) = visit.source() else { return };
    let kind = ReferrerKind::from_number(source.referrer_kind).unwrap_or_default();
    let mut note = |part: &str, label: &str| {
        let path = vec![part.to_owned(), label.to_owned()];
        day.leaf(path, "").figures.add("nb_visits", 1.0);
    };
    note(KINDS, &(kind as u8).to_string());
    let name = source.referrer_name.as_str();
    match kind {
        ReferrerKind::Direct => {}
        ReferrerKind::Search => {
            note(column(Distinct::SearchEngines), name);
            note(column(Distinct::Keywords), &source.referrer_keyword);
        }
        ReferrerKind::Website => {
            note(column(Distinct::Websites), name);
            if !source.referrer_url.is_empty() {
                note(column(Distinct::Pages), &source.referrer_url);
            }
        }
        ReferrerKind::Social => note(column(Distinct::SocialNetworks), name),
        ReferrerKind::Assistant => note(column(Distinct::Assistants), name),
        ReferrerKind::Campaign => note(column(Distinct::Campaigns), name),
    }
}

fn column(distinct: Distinct) -> &'static str {
    DISTINCT.iter().find(|(own, _)| *own == distinct).map_or("", |(_, name)| name)
}

/// How many different ones there were.
pub(super) fn distinct(node: &Node, distinct: Distinct) -> usize {
    node.children.get(column(distinct)).map_or(0, |part| part.children.len())
}

/// The row: visits by kind, different referrers, and shares of the visits.
pub(super) fn row(node: &Node) -> Columns {
    let none = Node::default();
    let kinds = node.children.get(KINDS).unwrap_or(&none);
    let visits = |kind: ReferrerKind| {
        kinds.children.get(&(kind as u8).to_string()).map_or(0.0, |row| row.figures.get("nb_visits"))
    };
    let all = kinds.figures.get("nb_visits");
    let counts = VISITORS.iter().map(|(kind, name)| ((*name).into(), number(visits(*kind))));
    let different = DISTINCT.iter().map(|(own, name)| ((*name).into(), distinct(node, *own).into()));
    let share =
        |(kind, name): &(ReferrerKind, &str)| (format!("{name}_percent").into(), percent(visits(*kind), all));
    counts.chain(different).chain(VISITORS.iter().map(share)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;
    use crate::store::EventRow;

    #[test]
    fn visits_and_referrers() {
        let mut day = Day::default();
        for (kind, name, url) in [
            (ReferrerKind::Direct, "", ""),
            (ReferrerKind::Website, "a.org", "https://a.org/1"),
            (ReferrerKind::Website, "a.org", "https://a.org/2"),
        ] {
            let mut visit = Visit::new(1, false);
            visit.take(EventRow {
                kind: Kind::PageView as u8,
                referrer_kind: kind as u8,
                referrer_name: name.into(),
                referrer_url: url.into(),
                ..EventRow::default()
            });
            count(&mut day, &visit);
        }
        let mut node = Node::default();
        node.add_day(&mut day, true);
        let row = row(&node);
        let value = |name: &str| row.iter().find(|(own, _)| own == name).unwrap().1.clone();
        assert_eq!(value("Referrers_visitorsFromWebsites"), 2);
        assert_eq!(value("Referrers_visitorsFromWebsites_percent"), "67%");
        assert_eq!(
            (value("Referrers_distinctWebsites"), value("Referrers_distinctWebsitesUrls")),
            (1.into(), 2.into())
        );
        assert_eq!(distinct(&node, Distinct::Campaigns), 0);
    }
}
