//! `SitesManager`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{Answer, Call, done, number};
use crate::accounts::{AccountError, Identity, NewSite, Role, Site, SiteForm, SiteScope, zone_name};
use crate::api::matomo::error::ApiError;
use crate::snippet;

/// `addSite`: answers the new site's number.
pub(super) fn add(call: &Call<'_>) -> Answer {
    call.require(Role::Admin)?;
    let mut form = SiteForm::new(NewSite {
        name: call.text("siteName")?.to_owned(),
        url: String::new(),
        timezone: "UTC".into(),
        identity: Identity::Daily,
    });
    fill(&mut form, call)?;
    if form.url.is_empty() {
        return Err(ApiError::missing("urls"));
    }
    let id = call.app.accounts.create_site(form, call.app.now())?;
    Ok(json!({ "value": id }))
}

/// `updateSite`
pub(super) fn update(call: &Call<'_>) -> Answer {
    let scope = call.site_to_change()?;
    call.app.accounts.change_site(scope.site().id, call.app.now(), |form| {
        fill(form, call).map_err(|error| AccountError::Invalid(error.message))
    })?;
    done()
}

/// `deleteSite`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    call.require(Role::Admin)?;
    call.app.accounts.delete_site(call.number("idSite")?, call.app.now())?;
    done()
}

/// `setGlobalSearchParameters`
pub(super) fn set_default_search(call: &Call<'_>) -> Answer {
    call.require(Role::Admin)?;
    let mut search = call.app.accounts.default_search()?;
    put_list(&mut search.keywords, call, "searchKeywordParameters");
    put_list(&mut search.categories, call, "searchCategoryParameters");
    call.app.accounts.set_default_search(&search)?;
    done()
}

/// `getSiteFromId`: what Matomo's log importer asks first.
pub(super) fn one(call: &Call<'_>) -> Answer {
    Ok(record(call, &call.site()?)?.into())
}

/// `getAllSites`
pub(super) fn all(call: &Call<'_>) -> Answer {
    call.require(Role::View)?;
    let sites = call.principal.sites(&call.app.accounts.directory());
    let records = sites.iter().map(|scope| Ok((scope.site().id, record(call, scope)?.into())));
    Ok(call.numbered(records.collect::<Result<_, ApiError>>()?))
}

/// `getSitesWithAtLeastViewAccess`; `limit` is the most sites.
pub(super) fn readable(call: &Call<'_>) -> Answer {
    let sites = call.principal.sites(&call.app.accounts.directory());
    let limit = call.params.int("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    sites.iter().take(limit).map(|scope| Ok(Value::from(record(call, scope)?))).collect()
}

/// `getSitesIdFromSiteUrl`: sites that have this address, whatever its scheme and with or without `www.`.
pub(super) fn by_url(call: &Call<'_>) -> Answer {
    let wanted = bare(call.text("url")?);
    let sites = call.principal.sites(&call.app.accounts.directory());
    let has = |site: &Site| addresses(site).any(|url| bare(url) == wanted);
    let found = sites.iter().filter(|scope| has(scope.site()));
    Ok(found.map(|scope| json!({ "idsite": scope.site().id })).collect())
}

/// `getAllSitesId`
pub(super) fn all_numbers(call: &Call<'_>) -> Answer {
    call.require(Role::View)?;
    readable_numbers(call)
}

/// `getSitesIdWithAtLeastViewAccess`
pub(super) fn readable_numbers(call: &Call<'_>) -> Answer {
    let sites = call.principal.sites(&call.app.accounts.directory());
    Ok(sites.iter().map(|scope| scope.site().id).collect())
}

/// `getSitesIdWithViewAccess` and its kin: the sites on which the caller may do this and no more; an owner is an
/// administrator of all.
pub(super) fn numbers_with(call: &Call<'_>, role: Role) -> Answer {
    Ok(having(call, role).iter().map(|scope| scope.site().id).collect())
}

/// `getSitesWithAdminAccess` and its kin.
pub(super) fn with(call: &Call<'_>, role: Role) -> Answer {
    having(call, role).iter().map(|scope| Ok(Value::from(record(call, scope)?))).collect()
}

fn having(call: &Call<'_>, role: Role) -> Vec<SiteScope> {
    let above = match role {
        Role::View => Some(Role::Write),
        Role::Write => Some(Role::Admin),
        Role::Admin | Role::Owner => None,
    };
    let may = |role: Role, scope: &SiteScope| call.principal.may(role, scope.site().id);
    let mut sites = call.principal.sites(&call.app.accounts.directory());
    sites.retain(|scope| may(role, scope) && !above.is_some_and(|above| may(above, scope)));
    sites
}

/// `getSiteUrlsFromId`: the main address first.
pub(super) fn urls(call: &Call<'_>) -> Answer {
    let scope = call.site()?;
    Ok(addresses(scope.site()).map(shown).collect())
}

/// `getJavascriptTag`: the snippet as HTML that shows it, which is how clients expect it. What concerns cookies is accepted
/// and means nothing, since there are none.
pub(super) fn javascript_tag(call: &Call<'_>) -> Answer {
    let scope = call.site()?;
    let mut commands = Vec::new();
    if call.switch("groupPageTitlesByDomain")? == Some(true) {
        commands.push("[\"setDocumentTitle\", document.domain + \"/\" + document.title]".to_owned());
    }
    if call.switch("mergeAliasUrls")? == Some(true) {
        let hosts: Vec<String> = addresses(scope.site()).map(|url| format!("*.{}", bare(url))).collect();
        commands.push(json!(["setDomains", hosts]).to_string());
    }
    for (name, command) in
        [("doNotTrack", json!(["setDoNotTrack", true])), ("disableCookies", json!(["disableCookies"]))]
    {
        if call.switch(name)? == Some(true) {
            commands.push(command.to_string());
        }
    }
    let noscript = call.switch("trackNoScript")? == Some(true);
    let tag = snippet::matomo_tag(&call.app.config.public_url, scope.site().id, &commands, noscript);
    let shown = tag.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    Ok(json!({ "value": shown }))
}

/// Puts what the call says over what the form says.
fn fill(form: &mut SiteForm, call: &Call<'_>) -> Result<(), ApiError> {
    if let Some(name) = call.params.text("siteName") {
        form.name = name.to_owned();
    }
    if let Some(timezone) = call.params.text("timezone") {
        form.timezone = timezone.to_owned();
    }
    if let Some(identity) = call.params.text("identity") {
        form.identity = identity.parse().map_err(ApiError::bad)?;
    }
    put_urls(form, call);
    put_list(&mut form.search_keywords, call, "searchKeywordParameters");
    put_list(&mut form.search_categories, call, "searchCategoryParameters");
    put_list(&mut form.excluded_addresses, call, "excludedIps");
    put_list(&mut form.excluded_parameters, call, "excludedQueryParameters");
    put_list(&mut form.excluded_agents, call, "excludedUserAgents");
    put_list(&mut form.excluded_referrers, call, "excludedReferrers");
    put_switch(&mut form.ecommerce, call, "ecommerce")?;
    put_switch(&mut form.site_search, call, "siteSearch")?;
    put_switch(&mut form.exclude_unknown_urls, call, "excludeUnknownUrls")?;
    put_fragments(form, call)
}

/// The first address is the main one.
fn put_urls(form: &mut SiteForm, call: &Call<'_>) {
    let urls = call.params.list("urls").unwrap_or_default();
    let mut urls = urls.into_iter().filter(|url| !url.is_empty()).map(with_scheme);
    if let Some(main) = urls.next() {
        (form.url, form.aliases) = (main, urls.collect());
    }
}

fn with_scheme(url: String) -> String {
    if url.contains("://") { url } else { format!("http://{url}") }
}

fn put_list(list: &mut Vec<String>, call: &Call<'_>, name: &str) {
    if let Some(given) = call.params.list(name) {
        *list = given;
    }
}

fn put_switch(switch: &mut bool, call: &Call<'_>, name: &str) -> Result<(), ApiError> {
    *switch = call.switch(name)?.unwrap_or(*switch);
    Ok(())
}

/// Matomo's three answers: 1 keeps fragments, 2 doesn't, 0 asks the server, whose answer is no.
fn put_fragments(form: &mut SiteForm, call: &Call<'_>) -> Result<(), ApiError> {
    match call.params.text("keepURLFragments") {
        Some("2") => form.keep_fragment = false,
        _ => put_switch(&mut form.keep_fragment, call, "keepURLFragments")?,
    }
    Ok(())
}

/// A site as Matomo shows it. What is excluded may name people's own networks: for who may change it only.
fn record(call: &Call<'_>, scope: &SiteScope) -> Result<Map<String, Value>, ApiError> {
    let site = scope.site();
    let form = call.app.accounts.site_form(site.id)?;
    let zone = zone_name(site.zone(call.app.now())).to_owned();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("idsite", site.id.into());
    put("name", site.name.as_str().into());
    put("main_url", shown(&site.url).into());
    put("ts_created", time(site.created_at).into());
    put("ecommerce", number(form.ecommerce).into());
    put("sitesearch", number(form.site_search).into());
    put("sitesearch_keyword_parameters", form.search_keywords.join(",").into());
    put("sitesearch_category_parameters", form.search_categories.join(",").into());
    put("timezone", zone.clone().into());
    put("timezone_name", zone.into());
    put("exclude_unknown_urls", number(form.exclude_unknown_urls).into());
    put("keep_url_fragment", number(form.keep_fragment).into());
    put("group", "".into());
    put("type", "website".into());
    put("identity", form.identity.as_str().into());
    if call.principal.may(Role::Admin, site.id) {
        put("excluded_ips", form.excluded_addresses.join(",").into());
        put("excluded_parameters", form.excluded_parameters.join(",").into());
        put("excluded_user_agents", form.excluded_agents.join(",").into());
        put("excluded_referrers", form.excluded_referrers.join(",").into());
    }
    Ok(fields)
}

/// Without the slash that an address without a path ends with.
fn shown(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

fn time(second: i64) -> String {
    let time = Timestamp::from_second(second).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn addresses(site: &Site) -> impl Iterator<Item = &str> {
    std::iter::once(site.url.as_str()).chain(site.settings.aliases.iter().map(String::as_str))
}

/// An address without scheme, `www.` and slash at the end.
fn bare(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/').to_owned()
}
