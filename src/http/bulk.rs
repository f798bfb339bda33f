//! Many hits in one body: all of them are made durable together, or none.
//!
//! A body may hold a hundred thousand entries. Each is taken through the steps and encoded before the next is read.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use tokio::task::block_in_place;

use super::answer::{empty, json, unavailable};
use super::collect::single;
use crate::app::App;
use crate::event::Reason;
use crate::ingest::Batch;
use crate::privacy::Origin;
use crate::protocol::Bulk;

/// Counts the entries of a bulk body; `outer` is a token that came another way.
pub(super) async fn many(app: &App, body: &[u8], outer: Option<String>, origin: &Origin) -> Response<Body> {
    let text = String::from_utf8_lossy(body);
    let Some(bulk) = Bulk::parse(&text) else {
        return single(app, app.ingest.refuse(Reason::BadRequest), false).await;
    };
    let token = bulk.token().or(outer);
    let (mut batch, mut invalid) = (Batch::default(), 0);
    let is_whole = block_in_place(|| {
        bulk.entries(|params| {
            let outcome = app.ingest.hit(params, token.as_deref(), origin);
            invalid += u64::from(outcome.refused);
            batch.add(outcome);
            true
        })
    });
    if !is_whole {
        return single(app, app.ingest.refuse(Reason::BadRequest), false).await;
    }
    let tracked = batch.hits() - invalid;
    if batch.hits() == 0 {
        return single(app, app.ingest.refuse(Reason::BadRequest), bulk.is_silent()).await;
    }
    if app.ingest.store(batch).await.is_err() {
        return unavailable();
    }
    if bulk.is_silent() {
        return empty(StatusCode::NO_CONTENT);
    }
    json(&format!(r#"{{"status":"success","tracked":{tracked},"invalid":{invalid}}}"#))
}
