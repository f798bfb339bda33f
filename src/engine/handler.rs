//! Answers one request: who asks, what for, and where its bytes go.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, Method, Request};

use super::pool::{Insert, Pool};
use super::reply::{self, Answer, Failure};
use super::request::Statement;
use super::{auth, multipart};

/// The longest body that is a statement, in bytes. Rows of an insert are not limited: they are passed on as they come.
const STATEMENT_LIMIT: usize = 16 * 1024 * 1024;

/// How long a body may pause between two pieces.
const BODY_PATIENCE: Duration = Duration::from_secs(120);

/// Everything an answer needs.
pub(super) struct Handler {
    /// Where statements run.
    pub pool: Pool,
    /// What clients must know, if anything.
    pub password: Option<String>,
}

impl Handler {
    /// Answers a request; failures become answers too.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Answer {
        self.dispatch(request).await.unwrap_or_else(Failure::into_answer)
    }

    async fn dispatch(&self, request: Request<Incoming>) -> Result<Answer, Failure> {
        let (parts, mut body) = request.into_parts();
        match (&parts.method, parts.uri.path()) {
            (&Method::GET | &Method::HEAD, "/ping") => Ok(reply::text("Ok.\n")),
            (&Method::POST, "/") => {
                let outcome = self.run(&parts.uri, &parts.headers, &mut body).await;
                if outcome.is_err() {
                    drain(body).await;
                }
                outcome
            }
            (_, "/" | "/ping") => Err(Failure::Malformed("statements are sent by POST".to_owned())),
            _ => Err(Failure::NotFound),
        }
    }

    async fn run(
        &self,
        uri: &hyper::Uri,
        headers: &HeaderMap,
        body: &mut Incoming,
    ) -> Result<Answer, Failure> {
        if !auth::allows(self.password.as_deref(), headers) {
            return Err(Failure::Unauthorized);
        }
        let statement = Statement::from_url(uri)?;
        match statement.as_insert() {
            Some(insert) => self.insert(insert, body).await,
            None => self.query(statement, headers, body).await,
        }
    }

    async fn query(
        &self,
        mut statement: Statement,
        headers: &HeaderMap,
        body: &mut Incoming,
    ) -> Result<Answer, Failure> {
        let bytes = collect(body).await?;
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match multipart::boundary(content_type) {
            Some(boundary) => {
                let fields = multipart::fields(&bytes, boundary).map_err(|text| text.to_owned())?;
                statement.add_form(fields)?;
            }
            None => statement.add_text(std::str::from_utf8(&bytes).map_err(|error| error.to_string())?),
        }
        drop(bytes);
        // The engine would answer with nothing, as if all were well.
        if statement.sql.trim().is_empty() {
            return Err(Failure::Malformed("the statement is empty".to_owned()));
        }
        Ok(reply::result(self.pool.query(statement).await?))
    }

    async fn insert(&self, statement: Statement, body: &mut Incoming) -> Result<Answer, Failure> {
        if !statement.parameters.is_empty() {
            return Err(Failure::Malformed("an insert with rows takes no parameters".to_owned()));
        }
        let insert = self.pool.insert(statement).await?;
        feed(&insert, body).await?;
        insert.finish().await?;
        Ok(reply::result(Bytes::new()))
    }
}

/// Passes rows on until the body ends or the engine gives up. A body that breaks off is a failure, which drops the
/// insert, which cancels it.
async fn feed(insert: &Insert, body: &mut Incoming) -> Result<(), Failure> {
    while let Some(rows) = piece(body).await? {
        if !rows.is_empty() && !insert.append(rows).await {
            break;
        }
    }
    Ok(())
}

async fn collect(body: &mut Incoming) -> Result<BytesMut, Failure> {
    let announced = body.size_hint().upper().unwrap_or_default();
    if announced > STATEMENT_LIMIT as u64 {
        return Err(Failure::TooLong);
    }
    let mut bytes = BytesMut::new();
    while let Some(piece) = piece(body).await? {
        if bytes.len() + piece.len() > STATEMENT_LIMIT {
            return Err(Failure::TooLong);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The next bytes of the body; empty for a frame of something else, `None` at its end.
async fn piece(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    match tokio::time::timeout(BODY_PATIENCE, body.frame()).await {
        Ok(Some(Ok(frame))) => Ok(Some(frame.into_data().unwrap_or_default())),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) | Err(_) => Err(Failure::Incomplete),
    }
}

/// Reads a refused body to its end, so that the client, which is still writing, comes to read the answer.
async fn drain(mut body: Incoming) {
    const ENOUGH: Duration = Duration::from_secs(3);
    let to_the_end = async { while let Some(Ok(_)) = body.frame().await {} };
    tokio::time::timeout(ENOUGH, to_the_end).await.unwrap_or_default();
}
