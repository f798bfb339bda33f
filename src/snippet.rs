//! What a site owner pastes into a page.

use crate::accounts::Site;

/// The snippet of our own tracker: with the site's hosts when it has several, whose links to each other are no outlinks,
/// and with the mark of hash routes when the site keeps fragments.
pub fn footfall(public_url: &str, site: &Site) -> String {
    let mut attributes = format!("data-site=\"{}\"", site.id);
    let hosts = hosts(site);
    if hosts.len() > 1 {
        attributes += &format!(" data-hosts=\"{}\"", hosts.join(" "));
    }
    if site.settings.keep_fragment {
        attributes += " data-hash";
    }
    format!("<script defer src=\"{public_url}/footfall.js\" {attributes}></script>")
}

/// The hosts of a site that can stand in a page as they are: a URL allows quotation marks in a host, an operator has none.
fn hosts(site: &Site) -> Vec<&str> {
    let is_plain = |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    let mut hosts: Vec<&str> = site.hosts.iter().map(String::as_str).filter(is_plain).collect();
    let mut seen = std::collections::HashSet::new();
    hosts.retain(|host| seen.insert(*host));
    hosts
}

/// The snippet that Matomo's users know; only the address differs, and the site's hosts stand in it when it has several.
pub fn matomo(public_url: &str, site: &Site) -> String {
    let (id, hosts) = (site.id, hosts(site));
    let domains = match hosts.len() {
        0 | 1 => String::new(),
        _ => format!("_paq.push(['setDomains', ['{}']]);\n  ", hosts.join("', '")),
    };
    format!(
        "<script>\n  \
         var _paq = window._paq = window._paq || [];\n  \
         {domains}_paq.push(['trackPageView']);\n  \
         _paq.push(['enableLinkTracking']);\n  \
         (function() {{\n    \
         var u=\"{public_url}/\";\n    \
         _paq.push(['setTrackerUrl', u+'matomo.php']);\n    \
         _paq.push(['setSiteId', '{id}']);\n    \
         var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];\n    \
         g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);\n  \
         }})();\n\
         </script>"
    )
}
