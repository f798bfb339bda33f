//! Matomo's methods that manage sites and goals, for people's provisioning scripts: the same names of methods,
//! parameters and fields.
//!
//! Where Matomo resets what a call leaves out, this keeps it. What has no meaning here (`currency`, `group`, `type`,
//! `startDate`, `settingValues`) is accepted and ignored. One parameter is our own: `identity`, daily or consented.

mod goals;
mod sites;

use serde_json::{Value, json};

use super::error::ApiError;
use crate::accounts::{AccountError, Principal, Role, SiteScope};
use crate::app::App;
use crate::protocol::Params;

type Answer = Result<Value, ApiError>;

/// One call by somebody whose token is known.
struct Call<'a> {
    app: &'a App,
    params: &'a Params<'a>,
    principal: Principal,
}

/// Answers a call of one of these methods; `None` when the method is none of them.
pub(super) fn call(app: &App, call: &super::Call<'_>) -> Option<Answer> {
    let method: fn(&Call<'_>) -> Answer = match call.method() {
        "SitesManager.addSite" => sites::add,
        "SitesManager.updateSite" => sites::update,
        "SitesManager.deleteSite" => sites::delete,
        "SitesManager.setGlobalSearchParameters" => sites::set_default_search,
        "SitesManager.getSiteFromId" => sites::one,
        "SitesManager.getAllSites" => sites::all,
        "SitesManager.getSitesWithAtLeastViewAccess" => sites::readable,
        "SitesManager.getSitesIdFromSiteUrl" => sites::by_url,
        "SitesManager.getAllSitesId" => sites::all_numbers,
        "SitesManager.getSitesIdWithAtLeastViewAccess" => sites::readable_numbers,
        "SitesManager.getSitesIdWithViewAccess" => |call| sites::numbers_with(call, Role::View),
        "SitesManager.getSitesIdWithWriteAccess" => |call| sites::numbers_with(call, Role::Write),
        "SitesManager.getSitesIdWithAdminAccess" => |call| sites::numbers_with(call, Role::Admin),
        "SitesManager.getSitesWithViewAccess" => |call| sites::with(call, Role::View),
        "SitesManager.getSitesWithAdminAccess" => |call| sites::with(call, Role::Admin),
        "SitesManager.getSiteUrlsFromId" => sites::urls,
        "SitesManager.getJavascriptTag" => sites::javascript_tag,
        "Goals.addGoal" => goals::add,
        "Goals.updateGoal" => goals::update,
        "Goals.deleteGoal" => goals::delete,
        "Goals.getGoals" => goals::all,
        "Goals.getGoal" => goals::one,
        _ => return None,
    };
    let principal = call.principal(app);
    Some(principal.and_then(|principal| method(&Call { app, params: call.params, principal })))
}

impl Call<'_> {
    /// Insists on a role for everything.
    fn require(&self, role: Role) -> Result<(), ApiError> {
        match self.principal.is_global(role) {
            true => Ok(()),
            false => Err(needs(&format!("it needs a token_auth with {} access to all sites", role.as_str()))),
        }
    }

    /// The site that the call names, for who may read it.
    fn site(&self) -> Result<SiteScope, ApiError> {
        let id = self.number("idSite")?;
        self.principal.site(&self.app.accounts.directory(), id).ok_or_else(ApiError::forbidden)
    }

    /// The site that the call names, for who may change it.
    fn site_to_change(&self) -> Result<SiteScope, ApiError> {
        let id = self.number("idSite")?;
        let site = self.principal.site_to_change(&self.app.accounts.directory(), id);
        site.ok_or_else(|| needs("it needs a token_auth with admin access to the site"))
    }

    /// A number that must be there.
    fn number(&self, name: &str) -> Result<u32, ApiError> {
        self.text(name)?.parse().map_err(|_| ApiError::bad(format!("{name} is no number")))
    }

    /// A text that must be there.
    fn text(&self, name: &str) -> Result<&str, ApiError> {
        self.params.text(name).ok_or_else(|| ApiError::missing(name))
    }

    /// A switch; `None` when it is left out or blank.
    fn switch(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.params.text(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("1" | "true" | "yes" | "on") => Ok(Some(true)),
            Some("0" | "false" | "no" | "off") => Ok(Some(false)),
            Some(other) => Err(ApiError::bad(format!("{name} is {other:?}: use 1 or 0"))),
        }
    }

    /// Records as Matomo gives them: by their number, or as a list once a part of them is asked for.
    fn numbered(&self, records: Vec<(u32, Value)>) -> Value {
        let limit = self.params.int("filter_limit").and_then(|limit| usize::try_from(limit).ok());
        let offset =
            self.params.int("filter_offset").and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
        if limit.is_none() && offset == 0 {
            return records.into_iter().map(|(number, record)| (number.to_string(), record)).collect();
        }
        let values = records.into_iter().map(|(_, record)| record);
        values.skip(offset).take(limit.unwrap_or(usize::MAX)).collect()
    }
}

/// What a change answers that has nothing to tell.
fn done() -> Answer {
    Ok(json!({ "result": "success", "message": "ok" }))
}

fn needs(what: &str) -> ApiError {
    ApiError { status: 401, message: format!("You can't access this resource: {what}.") }
}

/// A switch as Matomo shows it.
fn number(switch: bool) -> u8 {
    u8::from(switch)
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> ApiError {
        match error {
            AccountError::Invalid(message) | AccountError::Conflict(message) => ApiError::bad(message),
            AccountError::NotFound => {
                ApiError { status: 404, message: "There is no such thing here.".into() }
            }
            AccountError::Database(_) => {
                tracing::error!(%error, "a call failed");
                ApiError { status: 500, message: "Something went wrong here: the log says what.".into() }
            }
        }
    }
}
