//! Matomo's Reporting API, as far as it goes yet: six methods, in JSON, under Matomo's names for everything.

mod dates;
mod error;
mod manage;
mod methods;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::accounts::{Principal, SiteScope};
use crate::app::App;
use crate::protocol::Params;
use crate::report::matomo::method::Method;
use crate::report::period::today;
use dates::{Dates, Span};
use error::ApiError;

/// Answers one call. `bearer` is a token that came as a header.
pub async fn answer(app: &App, params: &Params, bearer: Option<&str>) -> Response {
    match call(app, params, bearer).await {
        Ok(value) => axum::Json(value).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn call(app: &App, params: &Params, bearer: Option<&str>) -> Result<Value, ApiError> {
    if params.text("format").is_some_and(|format| !format.eq_ignore_ascii_case("json")) {
        return Err(ApiError::bad("only format=json is there yet"));
    }
    if let Some(answer) = manage::call(app, params, bearer) {
        return answer;
    }
    let method = methods::find(params)?;
    let scope = scope(app, params, bearer)?;
    let dates = Dates::parse(
        params.text("period").unwrap_or("day"),
        params.text("date").unwrap_or("today"),
        today(scope.site(), app.now()),
    )?;
    let shape = app.config.title_delimiter.as_str();
    match dates {
        Dates::One(span) => methods::run(&method, &app.reports, &scope, &span, shape).await,
        Dates::Many(spans) => many(app, &method, &scope, &spans, shape).await,
    }
}

/// Several periods are a map from each one's name to its answer.
async fn many(
    app: &App,
    method: &Method,
    scope: &SiteScope,
    spans: &[Span],
    shape: &str,
) -> Result<Value, ApiError> {
    let mut map = serde_json::Map::new();
    for span in spans {
        map.insert(span.name.clone(), methods::run(method, &app.reports, scope, span, shape).await?);
    }
    Ok(Value::Object(map))
}

/// A token for another site is as good as none, and a site that isn't there looks the same.
fn scope(app: &App, params: &Params, bearer: Option<&str>) -> Result<SiteScope, ApiError> {
    let directory = app.accounts.directory();
    let token = params.text("token_auth").or(bearer);
    let principal: &Principal =
        token.and_then(|token| directory.token(token)).ok_or_else(ApiError::forbidden)?;
    let site = params.int("idSite").and_then(|site| u32::try_from(site).ok());
    let site = site.ok_or_else(|| ApiError::bad("idSite is missing or no number"))?;
    principal.site(&directory, site).ok_or_else(ApiError::forbidden)
}

/// Whether a request to the dashboard's address is meant for this API.
pub fn is_call(params: &Params) -> bool {
    params.raw("module") == Some("API")
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::json!({ "result": "error", "message": self.message });
        (status, axum::Json(body)).into_response()
    }
}
