//! From a call to the method that makes its report.

use super::dates::Span;
use super::error::ApiError;
use super::filters::Form;
use super::options::Options;
use super::request::Call;
use crate::accounts::SiteScope;
use crate::report::Reports;
use crate::report::matomo::catalogue;
use crate::report::matomo::method::{self, Method};
use crate::report::matomo::table::{Report, Row, Table};
use crate::report::matomo::{By, Joint, OF_FIRST_LEVEL, Order, Request};

/// Methods that mean nothing without a parameter.
const NEEDED: [(&str, &str); 5] = [
    ("Actions.getPageUrl", "pageUrl"),
    ("Actions.getPageTitle", "pageName"),
    ("Actions.getOutlink", "outlinkUrl"),
    ("Actions.getDownload", "downloadUrl"),
    ("CustomDimensions.getCustomDimension", "idDimension"),
];

/// The method that a call names, with the parameters that decide which of its reports is meant.
pub(super) fn find(call: &Call<'_>) -> Result<Method, ApiError> {
    let params = call.params;
    let options = method::Options {
        goal: params.text("idGoal"),
        carts: params.flag("abandonedCarts"),
        dimension: params.int("idDimension").and_then(|id| u16::try_from(id).ok()),
        second: params.text("secondaryDimension"),
        page: ["pageUrl", "pageName", "outlinkUrl", "downloadUrl"].iter().find_map(|name| params.text(name)),
        is_flat: params.flag("flat"),
    };
    Method::find(call.method(), options).ok_or_else(|| {
        if let Some((_, parameter)) = NEEDED.iter().find(|(name, _)| *name == call.method()) {
            return ApiError::missing(parameter);
        }
        let name: String = call.method().chars().take(80).collect();
        ApiError::bad(format!("The method {name:?} does not exist or is not available."))
    })
}

/// Makes the report of one period.
pub(super) async fn run(
    method: &Method,
    reports: &Reports,
    scope: &SiteScope,
    span: &Span,
    options: &Options<'_>,
) -> Result<Report, ApiError> {
    let request = Request {
        days: span.days,
        is_day: span.is_day,
        delimiter: options.delimiter,
        segment: options.segment.as_ref(),
        is_one_of_many: options.is_one_of_many,
    };
    Ok(reports.matomo(scope, method, &request).await?)
}

/// How the report of a method is shown.
pub(super) fn form(name: &str, method: &Method) -> Form {
    let joint = match method {
        Method::Pages(_) => Joint::Path,
        Method::Titles(_) | Method::Links(_) | Method::By(By::WebsitePaths) => Joint::Text("/"),
        _ => Joint::Text(" - "),
    };
    Form {
        joint,
        sort: Some((method.order(), Order::Descending)),
        of_first_level: &OF_FIRST_LEVEL,
        dimensions: catalogue::dimensions(name, method),
    }
}

/// `Live.getCounters`: what happened in the last `minutes`.
pub(super) async fn live(
    reports: &Reports,
    scope: &SiteScope,
    now: jiff::Timestamp,
    minutes: i64,
) -> Result<Report, ApiError> {
    let counters = reports.live(scope, now, minutes).await?;
    let columns = vec![
        ("visits".into(), counters.visits.into()),
        ("actions".into(), counters.actions.into()),
        ("visitors".into(), counters.visitors.into()),
        ("visitsConverted".into(), counters.converted.into()),
    ];
    Ok(Report::Table(Table { rows: vec![Row { columns, ..Row::default() }] }))
}
