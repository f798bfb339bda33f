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
