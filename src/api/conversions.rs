//! What a site's visits led to.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::json::Query;
use super::reports::{FilterQuery, PeriodQuery};
use super::{Caller, Problem};
use crate::app::App;
use crate::report::{self, GoalLine, Reached, cents};

#[derive(Serialize, ToSchema)]
pub(super) struct ConversionsView {
    /// The site's goals and the deleted ones that were reached, those reached most often first.
    rows: Vec<GoalLineView>,
    /// Absent when there were none in this period and the one before.
    orders: Option<OrdersView>,
}

#[derive(Serialize, ToSchema)]
struct GoalLineView {
    /// The goal's number; absent for several goals with few visitors each, folded into one.
    id: Option<u32>,
    /// Absent when the goal was deleted, or where `id` is.
    name: Option<String>,
    #[serde(flatten)]
    now: ReachedView,
    /// In the period before; absent when nothing was counted then.
    previous: Option<ReachedView>,
}

#[derive(Serialize, ToSchema)]
struct ReachedView {
    conversions: u64,
    /// Visits with at least one conversion.
    converted_visits: u64,
    /// Share of all visits that these are, 0 to 1.
    conversion_rate: Option<f64>,
    /// What the conversions are worth.
    revenue: f64,
}

#[derive(Serialize, ToSchema)]
struct OrdersView {
    #[serde(flatten)]
    now: OrderedView,
    /// In the period before; absent when nothing was counted then.
    previous: Option<OrderedView>,
}

#[derive(Serialize, ToSchema)]
struct OrderedView {
    orders: u64,
    /// Visits with at least one order.
    converted_visits: u64,
    /// Share of all visits that these are, 0 to 1.
    conversion_rate: Option<f64>,
    revenue: f64,
    /// Mean revenue of an order.
    average: Option<f64>,
}

impl From<GoalLine> for GoalLineView {
    fn from(line: GoalLine) -> GoalLineView {
        let GoalLine { id, name, now, before } = line;
        GoalLineView { id, name, now: now.into(), previous: before.map(ReachedView::from) }
    }
}

impl From<Reached> for ReachedView {
    fn from(reached: Reached) -> ReachedView {
        ReachedView {
            conversions: reached.count,
            converted_visits: reached.converted,
            conversion_rate: reached.rate(),
            revenue: cents(reached.revenue),
        }
    }
}

impl From<Reached> for OrderedView {
    fn from(reached: Reached) -> OrderedView {
        OrderedView {
            orders: reached.count,
            converted_visits: reached.converted,
            conversion_rate: reached.rate(),
            revenue: cents(reached.revenue),
            average: reached.average().map(cents),
        }
    }
}

/// Conversions of each goal, and orders, over a period.
#[utoipa::path(get, path = "/api/v1/sites/{id}/conversions", params(("id" = u32, Path), PeriodQuery, FilterQuery),
    responses((status = 200, body = ConversionsView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn conversions(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Query(query): Query<PeriodQuery>,
    Query(filter): Query<FilterQuery>,
) -> Result<axum::Json<ConversionsView>, Problem> {
    let scope = caller.site(&app, id)?;
    let period = query.period(&app, &scope)?;
    let found = report::goals(&app.reports, &scope, &period, &filter.filter()?).await?;
    let orders = found
        .orders
        .map(|(now, before)| OrdersView { now: now.into(), previous: before.map(OrderedView::from) });
    Ok(axum::Json(ConversionsView {
        rows: found.lines.into_iter().map(GoalLineView::from).collect(),
        orders,
    }))
}
