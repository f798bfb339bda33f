//! For operators and tests.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use tokio::time::{sleep, timeout};

use super::reports::{DroppedCount, DroppedView};
use super::{Caller, Problem};
use crate::accounts::Role;
use crate::app::App;
use crate::store::queries::Days;

/// Longest wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// Wait until everything acknowledged so far is visible to every report.
#[utoipa::path(post, path = "/api/v1/flush", responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn flush(State(app): State<Arc<App>>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.require(Role::Owner)?;
    match timeout(PATIENCE, become_visible(&app)).await {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::too_slow()),
    }
}

/// Whether the database has come to have everything, and answers: after a start it may have the one and not yet do the
/// other. False when the server stops meanwhile.
async fn become_visible(app: &App) -> bool {
    if !app.drain.flush(app.spool.state().durable_seq).await {
        return false;
    }
    while !app.reports.store.is_ready().await {
        if app.drain.is_over() {
            return false;
        }
        sleep(Duration::from_millis(50)).await;
    }
    true
}

/// Hits of the last 30 days that belong to no site: unknown numbers, forged banners, nonsense.
#[utoipa::path(get, path = "/api/v1/dropped", responses((status = 200, body = DroppedView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn dropped(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<DroppedView>, Problem> {
    let scope = caller.principal.server().ok_or_else(Problem::not_found)?;
    let to = app.now().to_zoned(TimeZone::UTC).date();
    let days = Days { from: to.saturating_sub(29.days()), to };
    let rows = app.reports.store.dropped_of_no_site(scope, days).await?;
    Ok(Json(DroppedView { rows: DroppedCount::list(&rows) }))
}
