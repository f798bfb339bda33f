//! Tokens: which there are, and an end to one. They are made on the command line.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Caller, Problem};
use crate::accounts::{Role, TokenInfo};
use crate::app::App;

/// A token; what it says itself can't be shown again.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenView {
    /// Its name: the beginning of its hash.
    id: String,
    role: &'static str,
    /// The only site that it is for.
    site: Option<u32>,
    /// When it was made.
    created: String,
}

impl From<TokenInfo> for TokenView {
    fn from(token: TokenInfo) -> TokenView {
        let created = Timestamp::from_second(token.created_at).unwrap_or_default();
        TokenView { id: token.id, role: token.role.as_str(), site: token.site, created: created.to_string() }
    }
}

/// Every token.
#[utoipa::path(get, path = "/api/v1/tokens", responses((status = 200, body = [TokenView]), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<axum::Json<Vec<TokenView>>, Problem> {
    caller.require(Role::Owner)?;
    Ok(axum::Json(app.accounts.tokens()?.into_iter().map(TokenView::from).collect()))
}

/// Revoke a token.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.require(Role::Owner)?;
    app.accounts.revoke_token(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
