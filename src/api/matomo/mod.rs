//! Matomo's Reporting API under Matomo's names: from the HTTP request to the method, and from its report to JSON, XML,
//! CSV or TSV.
//!
//! A call names a method, sites and periods (`request`, `sites`, `dates`). The method runs once for each site and
//! period (`reports`); what it gives is shaped alike for all methods (`filters`) and written in the format that was
//! asked for (`format`), and so are errors. Parameters that mean nothing here are ignored: `language`, `format_metrics`,
//! and `callback`, since JSON that runs as a script lets other sites read reports.

mod answer;
mod bulk;
mod csv;
mod dates;
mod error;
mod evolution;
mod filters;
mod format;
mod json;
mod manage;
mod merged;
mod metadata;
mod methods;
mod multi_sites;
mod options;
mod processed;
mod reports;
mod request;
mod sites;
mod suggested;
mod withheld;
mod xml;

use axum::response::Response;
use tokio::task::block_in_place;

use crate::app::App;
use crate::report::matomo::table::Report;
use answer::Answer;
use error::ApiError;
use format::Format;
use reports::{Budget, Job};
use request::Call;
pub use request::Request;

/// The version of Matomo whose figures ours follow; programs ask for it to see what they may use.
const VERSION: &str = "5.2.0";

/// Answers one request.
pub async fn answer(app: &App, request: &Request) -> Response {
    let format = match Format::parse(&request.params) {
        Ok(format) => format,
        Err(error) => return Format::Json.respond(&Err(error), ""),
    };
    let (call, budget) = (request.call(), Budget::new());
    if call.method() == bulk::METHOD && format == Format::Json {
        return match bulk::answer(app, request, &budget).await {
            Ok(list) => format.written(200, list),
            Err(error) => format.respond(&Err(error), ""),
        };
    }
    let result = dispatch(app, &call, &budget).await;
    // A long answer takes a while to write: hits must not wait on this thread meanwhile.
    block_in_place(|| format.respond(&result, call.method()))
}

/// `lastMinutes`: two days at most.
fn live_minutes(call: &Call<'_>) -> Result<i64, ApiError> {
    call.params.text("lastMinutes").ok_or_else(|| ApiError::missing("lastMinutes"))?;
    let minutes = call.params.int("lastMinutes").filter(|minutes| (1..=2_880).contains(minutes));
    minutes.ok_or_else(|| ApiError::bad("lastMinutes is not a number from 1 to 2880"))
}

/// Finds out what is asked for, and does it.
async fn dispatch(app: &App, call: &Call<'_>, budget: &Budget) -> Result<Answer, ApiError> {
    withheld::check(call.method())?;
    match call.method() {
        "" => Err(ApiError::missing("method")),
        "API.getMatomoVersion"
        | "API.getPiwikVersion"
        | "ExampleAPI.getMatomoVersion"
        | "ExampleAPI.getPiwikVersion" => {
            call.principal(app)?;
            Ok(Answer::Report(Report::Value(VERSION.into())))
        }
        bulk::METHOD => Err(ApiError::bad("API.getBulkRequest answers with format=json, and holds no other")),
        "API.getReportMetadata" => metadata::reports(app, call),
        "API.getMetadata" => metadata::one(app, call),
        "API.getSegmentsMetadata" => metadata::segments(app, call),
        "API.getProcessedReport" => processed::answer(app, call, budget).await,
        "API.getRowEvolution" => evolution::answer(app, call, budget).await,
        "API.getSuggestedValuesForSegment" => suggested::answer(app, call, budget).await,
        "MultiSites.getAll" => multi_sites::all(app, call).await,
        "MultiSites.getOne" => multi_sites::one(app, call).await,
        "API.get" => reports::answer(app, call, Job::Merged, budget).await,
        "Live.getCounters" => reports::answer(app, call, Job::Live(live_minutes(call)?), budget).await,
        _ => match manage::call(app, call) {
            Some(answer) => answer.map(Answer::managed),
            None => reports::answer(app, call, Job::One(methods::find(call)?), budget).await,
        },
    }
}
