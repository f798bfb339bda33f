//! Many hits in one body: all of them are made durable together, or none.
//!
//! A body may hold a hundred thousand entries. Each is taken through the pipeline and encoded before the next is read,
//! so that what they take in memory is what they will take on disk.

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use bytes::BytesMut;
use prost::Message;
use tokio::task::block_in_place;

use super::answer::{empty, json, unavailable};
use super::hit::{run, single};
use crate::app::App;
use crate::event::{Dropped, Entry, Reason, Record};
use crate::pipeline::Outcome;
use crate::privacy::Origin;
use crate::protocol::{Bulk, Params};

/// Bytes of memory that records are encoded into at a time.
const PIECE: usize = 16 << 10;

/// Counts the entries of a bulk body; `outer` is a token that came another way.
pub(super) async fn many(app: &App, body: &[u8], outer: Option<String>, origin: &Origin) -> Response<Body> {
    let text = String::from_utf8_lossy(body);
    let Some(bulk) = Bulk::parse(&text) else {
        return single(app, app.pipeline.refuse(Reason::BadRequest), false).await;
    };
    let token = bulk.token().or(outer);
    let mut work = Work::default();
    let is_whole = block_in_place(|| bulk.entries(|params| work.take(app, params, token.as_deref(), origin)));
    if !is_whole {
        app.pipeline.take_back(work.orders);
        return match work.has_failed {
            true => unavailable(),
            false => single(app, app.pipeline.refuse(Reason::BadRequest), false).await,
        };
    }
    if work.reasons.is_empty() {
        return single(app, app.pipeline.refuse(Reason::BadRequest), bulk.is_silent()).await;
    }
    work.put_dropped();
    if app.spool.append(work.records).await.is_err() {
        app.pipeline.take_back(work.orders);
        return unavailable();
    }
    work.reasons.iter().for_each(|reason| app.telemetry.outcome(*reason));
    if bulk.is_silent() {
        return empty(StatusCode::NO_CONTENT);
    }
    let (invalid, tracked) = (work.invalid, work.reasons.len() - work.invalid);
    json(&format!(r#"{{"status":"success","tracked":{tracked},"invalid":{invalid}}}"#))
}

/// What the entries amount to.
#[derive(Default)]
struct Work {
    /// Encoded, in order.
    records: Vec<Bytes>,
    /// Where they are encoded, many to one piece of memory.
    buffer: BytesMut,
    /// What was dropped last, with all before it that were dropped for the same reason: half a million entries of nothing
    /// must not fill the spool.
    dropped: Option<Dropped>,
    /// Orders that were claimed.
    orders: Vec<u64>,
    /// What became of each entry.
    reasons: Vec<Option<Reason>>,
    /// Entries that mean nothing.
    invalid: usize,
    /// Whether an entry could not be counted now.
    has_failed: bool,
}

impl Work {
    /// Takes an entry; false when nothing can be counted now.
    fn take(&mut self, app: &App, params: &Params<'_>, token: Option<&str>, origin: &Origin) -> bool {
        let outcome = run(app, params, token, origin);
        self.has_failed = outcome.is_err();
        outcome.map(|outcome| self.add(outcome)).is_ok()
    }

    fn add(&mut self, outcome: Outcome) {
        self.orders.extend(outcome.orders());
        self.reasons.push(outcome.reason);
        self.invalid += usize::from(outcome.refused);
        for record in outcome.records {
            match record.entry {
                Some(Entry::Dropped(dropped)) => self.add_dropped(dropped),
                _ => {
                    self.put_dropped();
                    self.encode(&record);
                }
            }
        }
    }

    fn add_dropped(&mut self, next: Dropped) {
        match &mut self.dropped {
            Some(last)
                if (last.site, last.local_date, last.reason) == (next.site, next.local_date, next.reason) =>
            {
                last.count = last.count.saturating_add(next.count);
            }
            _ => {
                self.put_dropped();
                self.dropped = Some(next);
            }
        }
    }

    fn put_dropped(&mut self) {
        if let Some(dropped) = self.dropped.take() {
            self.encode(&dropped.into());
        }
    }

    fn encode(&mut self, record: &Record) {
        let length = record.encoded_len();
        if self.buffer.capacity() < length {
            self.buffer.reserve(length.max(PIECE));
        }
        record.encode_raw(&mut self.buffer);
        self.records.push(self.buffer.split().freeze());
    }
}
