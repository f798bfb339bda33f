//! For operators and tests.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use tokio::time::timeout;

use super::{Caller, Problem};
use crate::accounts::Role;
use crate::app::App;

/// Longest wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// Wait until everything acknowledged so far is visible to every report.
#[utoipa::path(post, path = "/api/v1/flush", responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn flush(State(app): State<Arc<App>>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.require(Role::Owner)?;
    let durable = app.spool.state().durable_seq;
    timeout(PATIENCE, app.drain.flush(durable))
        .await
        .map_err(|_| Problem::too_slow())?;
    Ok(StatusCode::NO_CONTENT)
}
