//! What a site owner pastes into a page.

/// The snippet of our own tracker.
pub fn footfall(public_url: &str, site: u32) -> String {
    format!("<script defer src=\"{public_url}/footfall.js\" data-site=\"{site}\"></script>")
}

/// The snippet that Matomo's users know; only the address differs.
pub fn matomo(public_url: &str, site: u32) -> String {
    format!(
        "<script>\n  \
         var _paq = window._paq = window._paq || [];\n  \
         _paq.push(['trackPageView']);\n  \
         _paq.push(['enableLinkTracking']);\n  \
         (function() {{\n    \
         var u=\"{public_url}/\";\n    \
         _paq.push(['setTrackerUrl', u+'matomo.php']);\n    \
         _paq.push(['setSiteId', '{site}']);\n    \
         var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];\n    \
         g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);\n  \
         }})();\n\
         </script>"
    )
}

/// The same as a client of Matomo's API gets it: with further commands before the page view, and a picture for browsers
/// without scripts when it is asked for.
pub fn matomo_tag(public_url: &str, site: u32, commands: &[String], has_picture: bool) -> String {
    let pushes: String = commands.iter().map(|command| format!("  _paq.push({command});\n")).collect();
    let first = "  _paq.push(['trackPageView']);";
    let script = matomo(public_url, site).replacen(first, &format!("{pushes}{first}"), 1);
    let picture = format!(
        "\n<noscript><p><img referrerpolicy=\"no-referrer-when-downgrade\" \
         src=\"{public_url}/matomo.php?idsite={site}&amp;rec=1\" style=\"border:0;\" alt=\"\" /></p></noscript>"
    );
    let picture = if has_picture { picture.as_str() } else { "" };
    format!("<!-- Matomo -->\n{script}{picture}\n<!-- End Matomo Code -->\n")
}
