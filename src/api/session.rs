//! Signing in and out, and the first account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Body;
use super::{Caller, Problem, auth};
use crate::accounts::{AccountError, Accounts, User};
use crate::app::App;

/// Who is signed in, and what the dashboard needs to know about the server.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    user: SessionUser,
    version: &'static str,
    public_url: String,
    /// The server's clock stands still for tests.
    test_clock: bool,
    attribution: Attribution,
}

#[derive(Serialize, ToSchema)]
struct SessionUser {
    /// Absent for a token.
    email: String,
    role: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Attribution {
    text: &'static str,
    url: &'static str,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetUp {
    /// From the link that the server printed.
    token: String,
    email: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    current: String,
    password: String,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", responses((status = 200, body = Session), (status = 401, body = Problem)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<axum::Json<Session>, Problem> {
    let user = caller.user.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(Session {
        user: SessionUser { email: user.email, role: user.role.as_str() },
        version: env!("CARGO_PKG_VERSION"),
        public_url: app.config.public_url.clone(),
        test_clock: app.clock.is_test(),
        attribution: Attribution { text: "IP Geolocation by DB-IP", url: "https://db-ip.com" },
    }))
}

/// Sign in.
#[utoipa::path(post, path = "/api/v1/session", request_body = Credentials,
    responses((status = 204), (status = 401, body = Problem)))]
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    parts: Parts,
    Body(given): Body<Credentials>,
) -> Result<Response, Problem> {
    auth::refuse_cross_site(&parts)?;
    let check = move |accounts: &Accounts| accounts.check_password(&given.email, &given.password);
    let user = hashing(&app, check).await?.ok_or_else(Problem::wrong_password)?;
    begin(&app, &user)
}

/// Sign out.
#[utoipa::path(delete, path = "/api/v1/session", responses((status = 204)))]
pub(super) async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(id) = auth::session_id(&app, &headers) {
        app.accounts.end_session(&id)?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, auth::cookie(&app, None))]).into_response())
}

/// Make the first account, with the link that the server printed.
#[utoipa::path(post, path = "/api/v1/setup", request_body = SetUp,
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn set_up(
    State(app): State<Arc<App>>,
    parts: Parts,
    Body(given): Body<SetUp>,
) -> Result<Response, Problem> {
    auth::refuse_cross_site(&parts)?;
    if !app.setup.opens_with(&given.token) {
        return Err(Problem::setup_closed());
    }
    let now = app.now();
    let make = move |accounts: &Accounts| {
        accounts.add_first_user(&given.email, &given.password, now)?;
        accounts.check_password(&given.email, &given.password)
    };
    let user = hashing(&app, make).await?.ok_or_else(Problem::wrong_password)?;
    app.setup.close();
    begin(&app, &user)
}

/// Change one's own password; all sessions end, and a new one begins.
#[utoipa::path(post, path = "/api/v1/account/password", request_body = NewPassword,
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(given): Body<NewPassword>,
) -> Result<Response, Problem> {
    let user = caller.user.ok_or_else(Problem::not_found)?;
    let change = move |accounts: &Accounts| match accounts.check_password(&user.email, &given.current)? {
        Some(user) => accounts.set_password(&user.email, &given.password).map(|()| Some(user)),
        None => Ok(None),
    };
    let user = hashing(&app, change).await?.ok_or_else(Problem::wrong_password)?;
    begin(&app, &user)
}

fn begin(app: &App, user: &User) -> Result<Response, Problem> {
    let id = app.accounts.begin_session(user, app.now())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, auth::cookie(app, Some(&id)))]).into_response())
}

/// Runs something that hashes a password off the threads that serve requests, and not too many at once.
async fn hashing<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&Accounts) -> Result<T, AccountError> + Send + 'static,
) -> Result<T, Problem> {
    let permit = Arc::clone(&app.hashing).acquire_owned().await.map_err(|error| Problem::internal(&error))?;
    let accounts = Arc::clone(&app.accounts);
    let done = tokio::task::spawn_blocking(move || {
        // Held until the hash is made, also when the client has long gone.
        let _permit = permit;
        work(&accounts)
    })
    .await;
    done.map_err(|error| Problem::internal(&error))?.map_err(Problem::from)
}
