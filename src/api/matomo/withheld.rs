//! What we will not give.

use super::error::ApiError;

/// Methods of Matomo that show single visits or people.
const WITHHELD: [&str; 7] = [
    "Live.getFirstVisitForVisitorId",
    "Live.getLastVisits",
    "Live.getLastVisitsDetails",
    "Live.getLastVisitsForVisitor",
    "Live.getMostRecentVisitorId",
    "Live.getVisitorProfile",
    "UserId.getUsers",
];

/// Methods about what is finer than what is kept of a device.
const NOT_KEPT: [&str; 3] =
    ["DevicesDetection.getBrand", "DevicesDetection.getModel", "DevicesDetection.getBrowserEngines"];

/// Methods that want the number of a row, and those that have its rows below it.
const NUMBERED: [(&str, &str); 4] = [
    ("Referrers.getKeywordsFromSearchEngineId", "Referrers.getSearchEngines"),
    ("Referrers.getSearchEnginesFromKeywordId", "Referrers.getKeywords"),
    ("Referrers.getKeywordsFromCampaignId", "Referrers.getCampaigns"),
    ("Referrers.getUrlsFromWebsiteId", "Referrers.getWebsites"),
];

/// An error that says why, for methods that stay away on purpose.
pub(super) fn check(method: &str) -> Result<(), ApiError> {
    why_not(method).map_or(Ok(()), |why| Err(ApiError::bad(format!("{method} is not available{why}"))))
}

fn why_not(method: &str) -> Option<String> {
    if WITHHELD.contains(&method) {
        let why = ", and will not be: it shows what single visitors did. This server keeps nothing that identifies a \
                   person and answers with sums alone, such as VisitsSummary.get or Live.getCounters.";
        return Some(why.to_owned());
    }
    if NOT_KEPT.contains(&method) {
        let why = ", and will not be: brands, models and engines are what fingerprints are made of, and are not kept.";
        return Some(why.to_owned());
    }
    let (_, above) = NUMBERED.iter().find(|(own, _)| *own == method)?;
    Some(format!(": rows have no numbers here. {above} with expanded=1 or flat=1 has the same rows."))
}
