//! `API.getBulkRequest`: many calls in one.

use tokio::task::block_in_place;

use super::error::ApiError;
use super::format::Format;
use super::reports::Budget;
use super::request::{Call, Request};
use crate::app::App;
use crate::protocol::Params;

/// The method's name.
pub(super) const METHOD: &str = "API.getBulkRequest";

/// Most calls in one.
const MAX_CALLS: usize = 100;

/// Answers each call as if it were alone, one after the other, as a JSON list. They share one deadline.
pub(super) async fn answer(app: &App, request: &Request, budget: &Budget) -> Result<Vec<u8>, ApiError> {
    let outer = request.call();
    outer.principal(app)?;
    if request.urls.len() > MAX_CALLS {
        return Err(ApiError::bad(format!("at most {MAX_CALLS} calls in one")));
    }
    let mut list = vec![b'['];
    for (index, url) in request.urls.iter().enumerate() {
        if index > 0 {
            list.push(b',');
        }
        list.extend(entry(app, &outer, url, budget).await);
    }
    list.push(b']');
    Ok(list)
}

/// One call's answer as JSON: in another format it is a JSON text.
async fn entry(app: &App, outer: &Call<'_>, url: &str, budget: &Budget) -> Vec<u8> {
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    let params = Params::parse(query.as_bytes());
    let call = Call::inside(outer, &params);
    let format = Format::parse(&params);
    let result = match &format {
        Err(error) => Err(error.clone()),
        Ok(_) => super::dispatch(app, &call, budget).await,
    };
    let format = format.unwrap_or(Format::Json);
    let (_, body) = block_in_place(|| format.body(&result));
    match format {
        Format::Json => body,
        _ => serde_json::Value::from(String::from_utf8_lossy(&body)).to_string().into_bytes(),
    }
}
