//! The gateway's answers, worded as ClickHouse words them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::chdb::QueryError;

/// A whole answer.
pub(super) type Answer = Response<Full<Bytes>>;

/// Why a request gets no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The engine could not run the statement.
    Engine(QueryError),
    /// The request makes no sense, or asks for what is not offered.
    Malformed(String),
    /// The password is missing or wrong.
    Unauthorized,
    /// There is nothing at this path.
    NotFound,
    /// The statement is longer than the gateway takes.
    TooLong,
    /// No slot came free.
    Busy(&'static str),
    /// The client stopped sending.
    Incomplete,
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Engine(error)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Malformed(text)
    }
}

impl Failure {
    fn into_parts(self) -> (StatusCode, QueryError) {
        match self {
            Self::Engine(error) => (StatusCode::INTERNAL_SERVER_ERROR, error),
            Self::Malformed(text) => (StatusCode::BAD_REQUEST, QueryError::new(36, &text, "BAD_ARGUMENTS")),
            Self::Unauthorized => {
                let text = "default: Authentication failed: password is incorrect";
                (StatusCode::FORBIDDEN, QueryError::new(516, text, "AUTHENTICATION_FAILED"))
            }
            Self::NotFound => {
                (StatusCode::NOT_FOUND, QueryError::new(36, "there is nothing at this path", "BAD_ARGUMENTS"))
            }
            Self::TooLong => {
                let text = "the statement is longer than the gateway takes";
                (StatusCode::PAYLOAD_TOO_LARGE, QueryError::new(307, text, "TOO_MANY_BYTES"))
            }
            Self::Busy(text) => {
                let error = QueryError::new(202, text, "TOO_MANY_SIMULTANEOUS_QUERIES");
                (StatusCode::SERVICE_UNAVAILABLE, error)
            }
            Self::Incomplete => {
                let text = "the request's body ended early";
                (StatusCode::BAD_REQUEST, QueryError::new(1000, text, "POCO_EXCEPTION"))
            }
        }
    }

    /// The answer that tells it, with ClickHouse's error code in a header.
    pub(super) fn into_answer(self) -> Answer {
        let (status, error) = self.into_parts();
        let mut answer = text(format!("{}\n", error.message.trim_end()));
        *answer.status_mut() = status;
        answer.headers_mut().insert("x-clickhouse-exception-code", HeaderValue::from(error.code));
        answer
    }
}

/// A result, in the format that was asked for.
pub(super) fn result(body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer
}

/// A plain text.
pub(super) fn text(body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    answer
}
