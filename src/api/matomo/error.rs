//! What can be wrong with a call. The form of the answer is the one that was asked for.

use std::fmt::Display;
use std::time::Duration;

use crate::api::problem::tell;
use crate::report::ReportError;
use crate::report::matomo::segment::SegmentError;

/// Longest message, in characters: some repeat what was asked.
const MAX_MESSAGE: usize = 2_000;

/// Most of a parameter that a message repeats, in characters.
const MAX_SHOWN: usize = 60;

/// An error of the Reporting API.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// For the person who reads the answer.
    pub message: String,
}

impl ApiError {
    /// The call means nothing.
    pub fn bad(message: impl Display) -> ApiError {
        ApiError { status: 400, message: message.to_string().chars().take(MAX_MESSAGE).collect() }
    }

    /// The call lacks a parameter; in the words that Matomo's clients look for.
    pub fn missing(parameter: &str) -> ApiError {
        ApiError::bad(format!("Please specify a value for '{parameter}'."))
    }

    /// No token, a wrong one, or one that doesn't reach this site; whether the site exists stays untold.
    pub fn forbidden() -> ApiError {
        ApiError {
            status: 401,
            message: "You can't access this resource: it needs a token_auth with view access to the site."
                .into(),
        }
    }

    /// The answer took too long to make.
    pub fn late(deadline: Duration) -> ApiError {
        let seconds = deadline.as_secs();
        let message =
            format!("The answer took longer than {seconds} s: ask for fewer sites, periods or days.");
        ApiError { status: 503, message }
    }

    /// The answer could not be written.
    pub fn unwritten(error: &std::io::Error) -> ApiError {
        tracing::error!(%error, "an answer could not be written");
        ApiError { status: 500, message: "The answer could not be written.".into() }
    }
}

/// As much of a parameter as a message may repeat.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(MAX_SHOWN).collect();
    format!("{short:?}")
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> ApiError {
        match error {
            ReportError::Database(error) => error.into(),
            ReportError::TooFew(_) => ApiError::bad(error.to_string()),
        }
    }
}

impl From<clickhouse::error::Error> for ApiError {
    fn from(error: clickhouse::error::Error) -> ApiError {
        tell(&error);
        ApiError { status: 503, message: "The database does not answer now: try again.".into() }
    }
}

impl From<SegmentError> for ApiError {
    fn from(error: SegmentError) -> ApiError {
        ApiError::bad(error)
    }
}
