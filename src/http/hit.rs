//! One hit: from its parameters to the answer that says that it is on disk.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use prost::Message;

use super::answer::{empty, pixel, unavailable};
use crate::app::App;
use crate::event::{Reason, Record};
use crate::pipeline::Outcome;
use crate::privacy::Origin;
use crate::protocol::{self, Params};
use crate::spool::AppendError;

/// Takes one set of parameters through parser and pipeline; `outer` is a token that came another way.
pub(super) fn run(
    app: &App,
    params: &Params<'_>,
    outer: Option<&str>,
    origin: &Origin,
) -> io::Result<Outcome> {
    match protocol::parse(params) {
        Ok(mut hit) => {
            hit.token = hit.token.or_else(|| outer.map(str::to_owned));
            app.pipeline.run(hit, origin)
        }
        Err(_) => Ok(app.pipeline.refuse(Reason::BadRequest)),
    }
}

/// Makes what became of a hit durable, and answers it; `silent` wants no picture.
pub(super) async fn single(app: &App, outcome: Outcome, silent: bool) -> Response<Body> {
    if store(app, &outcome.records).await.is_err() {
        app.pipeline.take_back(outcome.orders());
        return unavailable();
    }
    app.telemetry.outcome(outcome.reason);
    let mut response = match (outcome.refused, silent) {
        (true, _) => empty(StatusCode::BAD_REQUEST),
        (false, true) => empty(StatusCode::NO_CONTENT),
        (false, false) => pixel(),
    };
    if app.config.explain {
        let noted = outcome.left_out.then_some(Reason::Value);
        let what = outcome.reason.or(noted).map_or("accepted", Reason::as_str);
        response.headers_mut().insert(EXPLAIN, HeaderValue::from_static(what));
    }
    response
}

const EXPLAIN: HeaderName = HeaderName::from_static("x-footfall");

/// Makes records durable.
pub(super) async fn store(app: &App, records: &[Record]) -> Result<(), AppendError> {
    let encoded = records.iter().map(|record| Bytes::from(record.encode_to_vec())).collect();
    app.spool.append(encoded).await.map(drop)
}
