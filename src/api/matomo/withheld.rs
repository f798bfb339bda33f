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

/// An error that says why, for methods that stay away on purpose.
pub(super) fn check(method: &str) -> Result<(), ApiError> {
    match WITHHELD.contains(&method) {
        false => Ok(()),
        true => Err(ApiError::bad(format!(
            "{method} is not available, and will not be: it shows what single visitors did. This server keeps nothing \
             that identifies a person and answers with sums alone, such as VisitsSummary.get or Live.getCounters."
        ))),
    }
}
