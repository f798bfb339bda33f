//! For monitors: is the server alive, can it accept hits, what does it count.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::origin::peer;
use super::reconciliation::Reconciliation;
use crate::accounts::Role;
use crate::app::App;
use crate::engine::EngineState;
use crate::protocol::bearer;
use crate::telemetry::gauge;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Hits can be made durable. The database may be down meanwhile: the spool waits for it.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let spool = app.spool.state();
    let reason = match (&spool.poisoned, spool.full) {
        (Some(reason), _) => Some(format!("the spool failed: {reason}")),
        (None, true) => Some("the spool is full".to_owned()),
        (None, false) => None,
    };
    let status = if reason.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "ready": reason.is_none(),
        "reason": reason,
        "engine": if is_engine_up(&app) { "ready" } else { "degraded" },
        "trouble": app.drain.progress().trouble,
        "spool": { "waiting": waiting(&app), "bytes": spool.bytes, "max_bytes": spool.max_bytes },
        "reconciliation": Reconciliation::now(&app),
    });
    (status, Json(body)).into_response()
}

/// Prometheus' text format; for this machine, or with a token for everything.
pub(super) async fn metrics(State(app): State<Arc<App>>, parts: Parts) -> Response {
    let directory = app.accounts.directory();
    let principal = bearer(&parts.headers).and_then(|token| directory.token(&token).cloned());
    let allowed = principal.is_some_and(|principal| principal.is_global(Role::View)) || is_local(&parts);
    if !allowed {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    let gauges = gauges(&app) + &Reconciliation::now(&app).metrics();
    (kind, app.telemetry.render(&gauges)).into_response()
}

/// From this machine itself, and not through a proxy on it.
fn is_local(parts: &Parts) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];
    peer(parts).is_loopback() && !forwarded.iter().any(|name| parts.headers.contains_key(*name))
}

fn gauges(app: &App) -> String {
    let spool = app.spool.state();
    let stored = app.drain.progress().stored;
    let rows = [
        ("spool_waiting_records", "Records that are durable and not yet in the database", waiting(app)),
        ("spool_bytes", "Bytes that the spool takes on disk", spool.bytes),
        ("stored_seq", "Number of the last record that the database has", stored),
        (
            "unsealed_days",
            "Days that are over and not sealed as they now stand",
            app.seal.unsealed_days() as u64,
        ),
        ("engine_up", "Whether the database answers", u64::from(is_engine_up(app))),
    ];
    rows.into_iter().map(|(name, help, value)| gauge(name, help, value)).collect()
}

/// Records that are durable and not yet in the database.
fn waiting(app: &App) -> u64 {
    let spool = app.spool.state();
    spool.durable_seq.saturating_sub(app.drain.progress().stored.max(spool.acked_seq))
}

/// Whether the database takes records, as far as is known.
fn is_engine_up(app: &App) -> bool {
    let ready = app.engine.as_ref().is_none_or(|state| matches!(&*state.borrow(), EngineState::Ready));
    ready && app.drain.progress().trouble.is_none()
}
