//! Importing logs: what `footfall import log` sends.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json::Query;
use super::{Caller, Problem};
use crate::accounts::{Role, Site};
use crate::app::App;
use crate::event::ImportMark;
use crate::imports::{self, Chunk, ImportError, Taken};

/// Seconds after which the importer tries again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// How far the import of a log has come.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ImportView {
    /// Number of the import.
    pub import: u32,
    /// Bytes of the log, unpacked, that are done with: the next chunk begins here.
    pub offset: u64,
    /// Lines that are done with.
    pub lines: u64,
}

impl From<ImportMark> for ImportView {
    fn from(mark: ImportMark) -> ImportView {
        ImportView { import: mark.import, offset: mark.offset, lines: mark.lines }
    }
}

/// What became of a chunk.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ChunkView {
    #[serde(flatten)]
    pub progress: ImportView,
    /// Hits that are counted.
    pub hits: u64,
    /// Hits that are not counted, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Lines that are no hits, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Lines that can't be read.
    pub malformed: u64,
    /// The first of them, counted from 1.
    pub malformed_lines: Vec<u64>,
}

impl From<Taken> for ChunkView {
    fn from(taken: Taken) -> ChunkView {
        let tally = taken.tally;
        let named = |(name, count): (&str, u64)| (name.to_owned(), count);
        ChunkView {
            progress: taken.mark.into(),
            hits: tally.hits,
            dropped: tally.dropped.iter().map(|(reason, count)| named((reason.as_str(), *count))).collect(),
            skipped: tally.skipped.iter().map(|(skip, count)| named((skip.as_str(), *count))).collect(),
            malformed: tally.malformed,
            malformed_lines: tally.malformed_lines,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChunkQuery {
    /// Where in the log the chunk begins, in bytes.
    offset: u64,
    /// Whether failed requests are page views, too.
    #[serde(default)]
    with_errors: bool,
}

/// Begin or continue the import of a log; the body is its first 4096 bytes, by which it is recognised.
#[utoipa::path(post, path = "/api/v1/sites/{id}/imports", params(("id" = u32, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ImportView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn open(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    head: Bytes,
) -> Response {
    let site = match writable(&app, &caller, id) {
        Ok(site) => site,
        Err(problem) => return problem.into_response(),
    };
    match imports::open(&app, &site, head).await {
        Ok(mark) => axum::Json(ImportView::from(mark)).into_response(),
        Err(error) => refuse(&error),
    }
}

/// Count the lines of a log (Apache or nginx; common, combined or vhost_combined) that follow those counted so far. The
/// body holds whole lines, 224 KiB at most; the answer says how far they were taken.
#[utoipa::path(post, path = "/api/v1/sites/{id}/imports/{import}", params(("id" = u32, Path), ("import" = u32, Path), ChunkQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ChunkView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn take(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, import)): Path<(u32, u32)>,
    Query(query): Query<ChunkQuery>,
    bytes: Bytes,
) -> Response {
    let site = match writable(&app, &caller, id) {
        Ok(site) => site,
        Err(problem) => return problem.into_response(),
    };
    let chunk = Chunk { import, offset: query.offset, bytes, with_errors: query.with_errors };
    match imports::take(app, site, chunk).await {
        Ok(taken) => axum::Json(ChunkView::from(taken)).into_response(),
        Err(error) => refuse(&error),
    }
}

fn writable(app: &App, caller: &Caller, id: u32) -> Result<Arc<Site>, Problem> {
    let may = caller.principal.may(Role::Write, id);
    app.accounts.directory().site(id).filter(|_| may).cloned().ok_or_else(Problem::not_found)
}

fn refuse(error: &ImportError) -> Response {
    match error {
        ImportError::NotFound => Problem::not_found().into_response(),
        ImportError::Elsewhere(_) => Problem::conflict(error.to_string()).into_response(),
        ImportError::NotNow(_) => {
            let mut response = Problem::not_now(error.to_string()).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
            response
        }
        ImportError::Accounts(crate::accounts::AccountError::Invalid(detail)) => {
            Problem::invalid(detail.as_str()).into_response()
        }
        ImportError::Accounts(cause) => Problem::internal(cause).into_response(),
    }
}
