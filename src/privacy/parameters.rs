//! Which parameters of an address tell of a page, and which of a person, a click or a campaign.
//!
//! Most names are public knowledge: `scripts/parameters.mjs` takes them from npm packages when Footfall is built. Ours
//! stand in `lists/parameters.toml`, each group with what it is about.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::accounts::Rule;

/// Our own names.
const OURS: &str = include_str!("../../lists/parameters.toml");
/// Names from packages.
const PACKAGED: &str = include_str!("../../dist/parameters.json");

/// Parts of names that give away a personal or secret value wherever they stand (`billing_email`).
const TELLING: &[&str] = &["email", "e-mail", "passw", "token", "phone_"];

// A test reads both lists, so they can be read.
static LIST: LazyLock<List> = LazyLock::new(|| List::read(OURS, PACKAGED).unwrap_or_default());

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the address of a page. Campaigns are counted on their own, so pages are not split by them.
    Page,
    /// In a link that leads elsewhere.
    Link,
}

/// What decides about the parameters of one address.
#[derive(Clone, Copy)]
pub(super) struct Keep<'a> {
    /// Whose address it is.
    pub place: Place,
    /// Its host, without `www.`.
    pub host: &'a str,
    /// What the site leaves out besides.
    pub excluded: &'a [Rule],
}

impl Keep<'_> {
    /// Whether a parameter of this name, decoded and in lower case, may be kept. Of `user[email]` and `form.name`, each part
    /// is asked for.
    pub fn allows(&self, name: &str) -> bool {
        let is_telling = TELLING.iter().any(|word| name.contains(word));
        if is_telling || self.excluded.iter().any(|rule| rule.is(name)) {
            return false;
        }
        let mut parts = name.split(['[', ']', '.', ':']);
        let list = &*LIST;
        list.allows(name, self.place)
            && parts.all(|part| list.allows(part, self.place))
            && !list.is_named_on(self.host, name)
    }
}

/// What a name means for what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Click,
    Recipient,
    Session,
    Secret,
    Person,
    Campaign,
}

/// A group of names as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    about: String,
    kind: Kind,
    names: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    suffixes: Vec<String>,
}

/// Names that count on some hosts alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct On {
    hosts: Vec<String>,
    names: Vec<String>,
}

/// `lists/parameters.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ours {
    ordinary: Vec<String>,
    group: Vec<Group>,
    on: Vec<On>,
}

/// `dist/parameters.json`.
#[derive(Deserialize)]
struct Packaged {
    names: Vec<String>,
}

/// All names, ready for use.
#[derive(Default)]
struct List {
    names: HashMap<String, Kind>,
    prefixes: Vec<(String, Kind)>,
    suffixes: Vec<(String, Kind)>,
    on: HashMap<String, HashSet<String>>,
}

impl List {
    /// Our own names win over those of packages.
    fn read(ours: &str, packaged: &str) -> anyhow::Result<List> {
        let (ours, packaged): (Ours, Packaged) = (toml::from_str(ours)?, serde_json::from_str(packaged)?);
        let mut list = List::default();
        for group in ours.group {
            anyhow::ensure!(!group.about.is_empty(), "a group of parameters says what it is about");
            list.names.extend(group.names.into_iter().map(|name| (name, group.kind)));
            list.prefixes.extend(group.prefixes.into_iter().map(|prefix| (prefix, group.kind)));
            list.suffixes.extend(group.suffixes.into_iter().map(|suffix| (suffix, group.kind)));
        }
        for On { hosts, names } in ours.on {
            hosts.into_iter().for_each(|host| list.on.entry(host).or_default().extend(names.iter().cloned()));
        }
        for name in packaged.names.into_iter().filter(|name| !ours.ordinary.contains(name)) {
            if list.kind(&name).is_none() {
                list.names.insert(name, Kind::Click);
            }
        }
        Ok(list)
    }

    /// What a whole name is, if it is one that tells of something but a page. Names with hyphens are as those with
    /// underscores.
    fn kind(&self, name: &str) -> Option<Kind> {
        let found = |name: &str| {
            let begins = |(prefix, kind): &(String, Kind)| name.starts_with(prefix.as_str()).then_some(*kind);
            let ends = |(suffix, kind): &(String, Kind)| name.ends_with(suffix.as_str()).then_some(*kind);
            let by_part =
                || self.prefixes.iter().find_map(begins).or_else(|| self.suffixes.iter().find_map(ends));
            self.names.get(name).copied().or_else(by_part)
        };
        found(name).or_else(|| name.contains('-').then(|| found(&name.replace('-', "_"))).flatten())
    }

    fn allows(&self, name: &str, place: Place) -> bool {
        match self.kind(name) {
            None => true,
            Some(kind) => kind == Kind::Campaign && place == Place::Link,
        }
    }

    /// Whether the name counts on this host, or on one that it is below.
    fn is_named_on(&self, host: &str, name: &str) -> bool {
        let mut rest = Some(host);
        while let Some(host) = rest {
            if self.on.get(host).is_some_and(|names| names.contains(name)) {
                return true;
            }
            rest = host.split_once('.').map(|(_, above)| above);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_kept(name: &str, place: Place) -> bool {
        Keep { place, host: "shop.example", excluded: &[] }.allows(name)
    }

    #[test]
    fn the_lists_can_be_read() {
        let list = List::read(OURS, PACKAGED).unwrap();
        assert!(list.names.len() > 400, "{}", list.names.len());
        let written = |name: &str| name == name.to_lowercase() && !name.is_empty();
        assert!(list.names.keys().all(|name| written(name)));
        assert!(list.prefixes.iter().all(|(prefix, _)| written(prefix) && prefix.len() >= 3));
    }

    #[test]
    fn what_names_a_recipient_or_a_click_is_not_kept() {
        for name in [
            "mkt_tok",
            "__hstc",
            "__hssc",
            "__hsfp",
            "_hsenc",
            "_kx",
            "igsh",
            "igshid",
            "gad_source",
            "gad_campaignid",
            "vero_id",
            "vero_conv",
            "hsa_acc",
            "oly_enc_id",
            "oly_anon_id",
            "sfmc_id",
            "ml_subscriber_hash",
            "trk_contact",
            "_x_tr_sl",
            "gclid",
            "gbraid",
            "fbclid",
            "msclkid",
            "ttclid",
            "twclid",
            "li_fat_id",
            "epik",
            "sccid",
            "rdt_cid",
            "yclid",
            "ysclid",
            "wickedid",
            "rb_clickid",
            "elqtrackid",
            "elqaid",
            "s_kwcid",
            "ef_id",
            "irclickid",
            "cjevent",
            "awc",
            "tblci",
            "dicbo",
            "mc_eid",
            "dm_i",
            "sc_uid",
            "_cldee",
            "ck_subscriber_id",
            "_bhlid",
            "inf_contact_key",
            "mibextid",
            "obclid",
            "clickref",
            "mkt_tok[]",
            "click[id].gclid",
            "mkt-tok",
            "hubspotutk",
            "spuserid",
            "adobe_mc",
            "_branch_match_id",
            "ajs_uid",
            "bsft_uid",
            "xnpe_cmp",
            "cm_mmc",
        ] {
            assert!(!is_kept(name, Place::Page), "{name}");
            assert!(!is_kept(name, Place::Link) || name == "cm_mmc", "{name}");
        }
    }

    #[test]
    fn links_keep_campaigns_and_pages_do_not() {
        for name in ["utm_source", "utm_whatever", "mtm_campaign", "pk_kwd", "piwik_campaign", "itm_source"] {
            assert!(!is_kept(name, Place::Page) && is_kept(name, Place::Link), "{name}");
        }
        assert!(!is_kept("pk_vid", Place::Link));
    }

    #[test]
    fn some_names_count_on_some_hosts_alone() {
        let on = |host, name| Keep { place: Place::Link, host, excluded: &[] }.allows(name);
        assert!(!on("youtube.com", "si") && !on("music.youtube.com", "si") && !on("x.com", "t"));
        assert!(on("notyoutube.com", "si") && on("youtube.com", "t") && on("shop.example", "s"));
    }
}
