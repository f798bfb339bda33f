//! What operators decide about a site, and about the server while it runs.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Body;
use super::{Caller, Problem};
use crate::accounts::{Role, SiteForm, SiteSearch};
use crate::app::App;

/// What counts on a site.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsBody {
    /// Further addresses of the site.
    aliases: Vec<String>,
    /// Query parameters that pages don't keep: names, or `/regular expressions/`.
    excluded_parameters: Vec<String>,
    /// Networks or addresses whose hits are not counted.
    excluded_addresses: Vec<String>,
    /// Parts of user agents, or `/regular expressions/`, whose hits are not counted.
    excluded_agents: Vec<String>,
    /// Hosts that don't count as referrers; `.host` for all below as well.
    excluded_referrers: Vec<String>,
    /// Whether pages on other hosts are not counted.
    exclude_unknown_urls: bool,
    /// Whether a page's fragment is a part of its address.
    keep_fragment: bool,
    /// Whether the site sells.
    ecommerce: bool,
    /// Whether the site has a search of its own.
    site_search: bool,
    /// Parameters that hold its keyword; none for the server's.
    search_keywords: Vec<String>,
    /// Parameters that hold its category; none for the server's.
    search_categories: Vec<String>,
}

impl From<SiteForm> for SettingsBody {
    fn from(form: SiteForm) -> SettingsBody {
        SettingsBody {
            aliases: form.aliases,
            excluded_parameters: form.excluded_parameters,
            excluded_addresses: form.excluded_addresses,
            excluded_agents: form.excluded_agents,
            excluded_referrers: form.excluded_referrers,
            exclude_unknown_urls: form.exclude_unknown_urls,
            keep_fragment: form.keep_fragment,
            ecommerce: form.ecommerce,
            site_search: form.site_search,
            search_keywords: form.search_keywords,
            search_categories: form.search_categories,
        }
    }
}

impl SettingsBody {
    fn put_into(self, form: &mut SiteForm) {
        form.aliases = self.aliases;
        form.excluded_parameters = self.excluded_parameters;
        form.excluded_addresses = self.excluded_addresses;
        form.excluded_agents = self.excluded_agents;
        form.excluded_referrers = self.excluded_referrers;
        form.exclude_unknown_urls = self.exclude_unknown_urls;
        form.keep_fragment = self.keep_fragment;
        form.ecommerce = self.ecommerce;
        form.site_search = self.site_search;
        form.search_keywords = self.search_keywords;
        form.search_categories = self.search_categories;
    }
}

/// Query parameters of a site's own search.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchBody {
    /// Those that hold the keyword.
    keywords: Vec<String>,
    /// Those that hold the category.
    categories: Vec<String>,
}

/// What counts on a site. For who may change it: it may name people's own networks.
#[utoipa::path(get, path = "/api/v1/sites/{id}/settings", params(("id" = u32, Path)),
    responses((status = 200, body = SettingsBody), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<axum::Json<SettingsBody>, Problem> {
    caller.site_to_change(&app, id)?;
    Ok(axum::Json(app.accounts.site_form(id)?.into()))
}

/// Decide what counts on a site. The answer is how it was understood.
#[utoipa::path(put, path = "/api/v1/sites/{id}/settings", params(("id" = u32, Path)), request_body = SettingsBody,
    responses((status = 200, body = SettingsBody), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Body(body): Body<SettingsBody>,
) -> Result<axum::Json<SettingsBody>, Problem> {
    caller.site_to_change(&app, id)?;
    app.accounts.change_site(id, app.now(), |form| {
        body.put_into(form);
        Ok(())
    })?;
    Ok(axum::Json(app.accounts.site_form(id)?.into()))
}

/// The search parameters of sites that name none of their own.
#[utoipa::path(get, path = "/api/v1/settings/search", responses((status = 200, body = SearchBody), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn default_search(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<axum::Json<SearchBody>, Problem> {
    caller.require(Role::Admin)?;
    let SiteSearch { keywords, categories } = app.accounts.default_search()?;
    Ok(axum::Json(SearchBody { keywords, categories }))
}

/// Set the search parameters of sites that name none of their own.
#[utoipa::path(put, path = "/api/v1/settings/search", request_body = SearchBody,
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn set_default_search(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<SearchBody>,
) -> Result<StatusCode, Problem> {
    caller.require(Role::Admin)?;
    let SearchBody { keywords, categories } = body;
    app.accounts.set_default_search(&SiteSearch { keywords, categories })?;
    Ok(StatusCode::NO_CONTENT)
}
