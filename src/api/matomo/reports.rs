//! One method for each site and period of a call.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::Semaphore;
use tokio::task::block_in_place;
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::dates::{Dates, Span};
use super::error::ApiError;
use super::filters::{Filters, Form};
use super::methods;
use super::options::Options;
use super::request::Call;
use super::sites::Chosen;
use super::{merged, sites};
use crate::accounts::SiteScope;
use crate::app::App;
use crate::report::matomo::method::Method;
use crate::report::matomo::table::Report;
use crate::report::period::today;

/// How long the answer to one request may take, the calls inside a bulk request together.
const DEADLINE: Duration = Duration::from_secs(30);

/// Most reports in one answer: sites times periods.
const MAX_REPORTS: usize = 10_000;

/// Most rows in the answer to one request.
const MAX_ROWS: usize = 200_000;

/// Reports that one call has in hand at once.
const SIDE_BY_SIDE: usize = 2;

/// Reports of all calls at once. The engine runs four queries at a time: one place stays free for the dashboard.
static PLACES: Semaphore = Semaphore::const_new(3);

/// What one request may use up.
pub(super) struct Budget {
    deadline: Instant,
    rows: AtomicUsize,
}

/// What is reported.
#[derive(Clone)]
pub(super) enum Job {
    /// One method.
    One(Method),
    /// All methods that have one row, as one row.
    Merged,
    /// What happened in the last minutes.
    Live(i64),
}

impl Budget {
    /// From now on.
    pub fn new() -> Budget {
        Budget { deadline: Instant::now() + DEADLINE, rows: AtomicUsize::new(MAX_ROWS) }
    }

    fn spend(&self, report: &Report) -> Result<(), ApiError> {
        let rows = match report {
            Report::Table(table) => table.size(),
            Report::Row(_) | Report::Value(_) => 1,
        };
        let spent =
            self.rows.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(rows));
        let error = |_| ApiError::bad(format!("more than {MAX_ROWS} rows: ask for fewer, with filter_limit"));
        spent.map(drop).map_err(error)
    }
}

/// Answers a call for all its sites and periods.
pub(super) async fn answer(
    app: &App,
    call: &Call<'_>,
    job: Job,
    budget: &Budget,
) -> Result<Answer, ApiError> {
    let filters = Filters::parse(call.params)?;
    let chosen = sites::chosen(app, call)?;
    let dates = chosen.scopes().iter().map(|scope| dates(app, call, scope));
    let dates = dates.collect::<Result<Vec<Dates>, _>>()?;
    let options = Options::parse(app, call.params, is_map(&chosen, &dates))?;
    let tasks: Vec<_> =
        chosen.scopes().iter().zip(&dates).flat_map(|(scope, dates)| spans(scope, dates)).collect();
    if tasks.len() > MAX_REPORTS {
        return Err(ApiError::bad(format!(
            "at most {MAX_REPORTS} reports in one answer: sites times periods"
        )));
    }
    let task = Task { app, name: call.method(), job, options: &options, filters: &filters, budget };
    let running = stream::iter(tasks).map(|(scope, span)| task.run(scope, span)).buffered(SIDE_BY_SIDE);
    let reports = timeout_at(budget.deadline, running.try_collect::<Vec<Report>>()).await;
    let reports = reports.map_err(|_| ApiError::late(DEADLINE))??;
    Ok(chosen.under(dates, reports))
}

/// Waits for a place among all reports, and makes something there in what time is left.
pub(super) async fn in_place<T>(
    budget: &Budget,
    work: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let placed = async {
        // Nobody ever closes it.
        let _place = PLACES.acquire().await.ok();
        work.await
    };
    timeout_at(budget.deadline, placed).await.map_err(|_| ApiError::late(DEADLINE))?
}

/// Whether the answer is a map by site, by date or by both.
fn is_map(chosen: &Chosen, dates: &[Dates]) -> bool {
    matches!(chosen, Chosen::Many(_)) || dates.iter().any(|dates| matches!(dates, Dates::Many(_)))
}

/// The periods of a call, by the site's calendar.
pub(super) fn dates(app: &App, call: &Call<'_>, scope: &SiteScope) -> Result<Dates, ApiError> {
    Dates::parse(
        call.params.text("period").unwrap_or("day"),
        call.params.text("date").unwrap_or("today"),
        today(scope.site(), app.now()),
    )
}

fn spans(scope: &SiteScope, dates: &Dates) -> impl Iterator<Item = (SiteScope, Span)> {
    dates.spans().iter().map(|span| (scope.clone(), span.clone()))
}

/// What all reports of a call have in common.
struct Task<'a> {
    app: &'a App,
    name: &'a str,
    job: Job,
    options: &'a Options<'a>,
    filters: &'a Filters<'a>,
    budget: &'a Budget,
}

impl Task<'_> {
    async fn run(&self, scope: SiteScope, span: Span) -> Result<Report, ApiError> {
        // Nobody ever closes it.
        let _place = PLACES.acquire().await.ok();
        let reports = &self.app.reports;
        let (report, form) = match &self.job {
            Job::One(method) => (
                methods::run(method, reports, &scope, &span, self.options).await?,
                methods::form(self.name, method),
            ),
            Job::Live(minutes) => {
                (methods::live(reports, &scope, self.app.now(), *minutes).await?, Form::default())
            }
            Job::Merged => (merged::run(reports, &scope, &span, self.options).await?, Form::default()),
        };
        // A hundred thousand rows take a while to order: hits must not wait on this thread meanwhile.
        let report = block_in_place(|| self.filters.apply(report, form));
        self.budget.spend(&report)?;
        Ok(report)
    }
}
