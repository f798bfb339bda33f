//! Errors in Matomo's shape: `{"result":"error","message":…}`.

/// An error of the Reporting API.
pub(super) struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// For the person who reads the answer.
    pub message: String,
}

impl ApiError {
    /// The call means nothing.
    pub fn bad(message: impl Into<String>) -> ApiError {
        ApiError { status: 400, message: message.into() }
    }

    /// No token, a wrong one, or one that doesn't reach this site; whether the site exists stays untold.
    pub fn forbidden() -> ApiError {
        ApiError {
            status: 401,
            message: "You can't access this resource: it needs a token_auth with view access to the site."
                .into(),
        }
    }
}

impl From<clickhouse::error::Error> for ApiError {
    fn from(error: clickhouse::error::Error) -> ApiError {
        tracing::warn!(%error, "a report could not be made");
        ApiError { status: 503, message: "The database does not answer now: try again.".into() }
    }
}
