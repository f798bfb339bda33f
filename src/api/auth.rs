//! Who is asking: a session's cookie, or a token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};

use super::Problem;
use crate::accounts::{Principal, Role, SESSION_SECONDS, SiteScope, User};
use crate::app::App;
use crate::protocol::{self, Params};

/// Somebody who has shown who they are.
pub struct Caller {
    /// What they may do.
    pub principal: Principal,
    /// Who they are; a token is nobody.
    pub user: Option<User>,
}

impl Caller {
    /// Permission to read a site, or 404.
    ///
    /// # Errors
    /// When there is no such site, or it isn't theirs.
    pub fn site(&self, app: &App, site: u32) -> Result<SiteScope, Problem> {
        self.principal.site(&app.accounts.directory(), site).ok_or_else(Problem::not_found)
    }

    /// The site, for who may change it, or 404.
    ///
    /// # Errors
    /// When there is no such site, or it isn't theirs to change.
    pub fn site_to_change(&self, app: &App, site: u32) -> Result<SiteScope, Problem> {
        self.principal.site_to_change(&app.accounts.directory(), site).ok_or_else(Problem::not_found)
    }

    /// Insists on a role for everything.
    ///
    /// # Errors
    /// 404 when they don't have it: what they may not do does not exist for them.
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        self.principal.is_global(role).then_some(()).ok_or_else(Problem::not_found)
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Problem> {
        if let Some(token) = bearer(parts) {
            let principal =
                app.accounts.directory().token(&token).cloned().ok_or_else(Problem::unauthenticated)?;
            return Ok(Caller { principal, user: None });
        }
        let user = match session_id(app, &parts.headers) {
            Some(id) => app.accounts.session(&id, app.now())?,
            None => None,
        };
        let Some(user) = user else { return Err(nobody(app)) };
        refuse_cross_site(parts)?;
        Ok(Caller { principal: user.principal(), user: Some(user) })
    }
}

fn nobody(app: &App) -> Problem {
    match app.accounts.has_users() {
        Ok(false) => Problem::setup_needed(),
        _ => Problem::unauthenticated(),
    }
}

fn bearer(parts: &Parts) -> Option<String> {
    let from_query = || {
        let params = Params::parse(parts.uri.query()?.as_bytes());
        params.text("token_auth").map(str::to_owned)
    };
    protocol::bearer(&parts.headers).or_else(from_query)
}

/// A browser sends the cookie along with requests that other sites make it send; those must not change anything.
pub(super) fn refuse_cross_site(parts: &Parts) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let same_site = header("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let host = header("host").unwrap_or_default();
    let same_origin =
        header("origin").is_none_or(|origin| origin.split_once("://").is_some_and(|(_, from)| from == host));
    match same_site && same_origin {
        true => Ok(()),
        false => Err(Problem::cross_site()),
    }
}

/// Over HTTPS the name's prefix makes the browser insist on Secure, Path=/ and no Domain.
fn cookie_name(app: &App) -> &'static str {
    if is_https(app) { "__Host-footfall" } else { "footfall" }
}

fn is_https(app: &App) -> bool {
    app.config.public_url.starts_with("https://")
}

/// The session's id in the cookie, if there is one.
pub(super) fn session_id(app: &App, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(app);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The header that gives a browser its session, or takes it away.
pub(super) fn cookie(app: &App, id: Option<&str>) -> HeaderValue {
    let secure = if is_https(app) { "; Secure" } else { "" };
    let value = match id {
        Some(id) => {
            format!(
                "{}={id}; Path=/; HttpOnly; SameSite=Lax; Max-Age={SESSION_SECONDS}{secure}",
                cookie_name(app)
            )
        }
        None => format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}", cookie_name(app)),
    };
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""))
}
