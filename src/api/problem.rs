//! Errors as `application/problem+json` (RFC 9457).
//!
//! Two audiences: the client gets a status, a stable `code` and a sentence that it may show; the log gets the cause.
//! Missing and forbidden look alike.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::AccountError;
use crate::report::ReportError;
use crate::report::period::PeriodError;
use crate::store::is_too_early;
use crate::store::queries::FilterError;

/// An error as clients see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` tells them apart.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// What went wrong, for a person.
    detail: String,
    /// What went wrong, for a program.
    code: &'static str,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        let title = status.canonical_reason().unwrap_or("Error");
        Problem { kind: "about:blank", title, status: status.as_u16(), detail: detail.into(), code }
    }

    /// 400: the request can't be understood.
    pub fn bad_request(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 401: nobody is signed in.
    pub fn unauthenticated() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "sign in, or send a token")
    }

    /// 401: there is no account to sign in to yet.
    pub fn setup_needed() -> Problem {
        let detail = "no account exists yet: open the set-up link that the server printed when it started";
        Problem::new(StatusCode::UNAUTHORIZED, "setup_needed", detail)
    }

    /// 401: wrong address or password, never which.
    pub fn wrong_password() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_password",
            "the e-mail address or the password is wrong",
        )
    }

    /// 403: a request that another site made a browser send.
    pub fn cross_site() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "cross_site", "this request did not come from the dashboard")
    }

    /// 403: a set-up link that is used, or none.
    pub fn setup_closed() -> Problem {
        let detail = "this set-up link is not valid: each works once, until the server starts again";
        Problem::new(StatusCode::FORBIDDEN, "setup_closed", detail)
    }

    /// 404: there is no such thing, or it is somebody else's.
    pub fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing here")
    }

    /// 409: it does not fit what is there.
    pub fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 503: nothing can be counted now.
    pub fn not_now(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_now", detail)
    }

    /// 422: understood, and not acceptable.
    pub fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// 503: the database does not answer, or has no tables yet.
    pub fn unavailable(cause: &clickhouse::error::Error) -> Problem {
        tell(cause);
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the database does not answer now: try again",
        )
    }

    /// 503: the engine is there and does not answer.
    pub fn engine_hangs() -> Problem {
        let detail =
            "degraded: the database hangs; hits are counted later, and reports come when it answers again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "degraded", detail)
    }

    /// 503: it takes longer than anybody should wait.
    pub fn too_slow() -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_slow",
            "not everything has reached the database in 30 seconds",
        )
    }

    /// 500: a fault of ours.
    pub fn internal(cause: &dyn std::fmt::Display) -> Problem {
        tracing::error!(error = %cause, "a request failed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here: the log says what",
        )
    }
}

/// Tells the log why a report could not be made.
pub(super) fn tell(cause: &clickhouse::error::Error) {
    match is_too_early(cause) {
        true => tracing::info!("a report was asked for before the first start had made the tables"),
        false => tracing::warn!(error = %cause, "a report could not be made"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Problem {
        match error {
            AccountError::Invalid(detail) => Problem::invalid(detail),
            AccountError::Conflict(detail) => Problem::conflict(detail),
            AccountError::NotFound => Problem::not_found(),
            AccountError::Database(_) => Problem::internal(&error),
        }
    }
}

impl From<PeriodError> for Problem {
    fn from(error: PeriodError) -> Problem {
        Problem::bad_request(error.to_string())
    }
}

impl From<FilterError> for Problem {
    fn from(error: FilterError) -> Problem {
        Problem::bad_request(error.to_string())
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Problem {
        match error {
            ReportError::Database(error) => error.into(),
            ReportError::TooFew(_) => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_few_visitors", error.to_string())
            }
        }
    }
}

impl From<clickhouse::error::Error> for Problem {
    fn from(error: clickhouse::error::Error) -> Problem {
        Problem::unavailable(&error)
    }
}
