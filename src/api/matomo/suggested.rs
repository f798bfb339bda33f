//! `API.getSuggestedValuesForSegment`: what a segment may be compared with.

use jiff::ToSpan;
use serde_json::Value;

use super::answer::Answer;
use super::error::ApiError;
use super::reports::{self, Budget};
use super::request::Call;
use super::sites;
use crate::app::App;
use crate::report::matomo::segment::{self, SegmentError};
use crate::report::period::today;
use crate::store::queries::Days;

/// How many days are looked back.
const DAYS_BACK: i64 = 60;

/// Most values in an answer.
const MAX_VALUES: usize = 500;

/// Answers a call for one site.
pub(super) async fn answer(app: &App, call: &Call<'_>, budget: &Budget) -> Result<Answer, ApiError> {
    let name = call.params.text("segmentName").ok_or_else(|| ApiError::missing("segmentName"))?;
    let sites::Chosen::One(scope) = sites::chosen(app, call)? else {
        return Err(ApiError::bad("API.getSuggestedValuesForSegment is about one site: idSite=1"));
    };
    let field = segment::field(name).map_err(|error| match error {
        SegmentError::Field(_) => ApiError::bad(format!("Requested segment not found: {error}")),
        other => other.into(),
    })?;
    let to = today(scope.site(), app.now());
    let days = Days { from: to.saturating_sub(DAYS_BACK.days()), to };
    let limit = call.params.int("filter_limit").and_then(|limit| usize::try_from(limit).ok());
    let most = limit.unwrap_or(MAX_VALUES).min(MAX_VALUES);
    let work = async { Ok(app.reports.suggested(&scope, field, days, most).await?) };
    let values = reports::in_place(budget, work).await?;
    Ok(Answer::managed(Value::from(values)))
}
