//! A site's goals.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json::Body;
use super::{Caller, Problem};
use crate::accounts::{Goal, NewGoal, SiteScope};
use crate::app::App;

/// A goal.
#[derive(Serialize, ToSchema)]
pub(super) struct GoalView {
    /// Its number in the site; never given twice.
    id: u32,
    #[serde(flatten)]
    goal: GoalBody,
}

/// What a goal is made of.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GoalBody {
    name: String,
    #[serde(default)]
    description: String,
    /// What is compared: `manually` (nothing: the client reports it), `url`, `title`, `file`, `external_website`,
    /// `event_category`, `event_action`, `event_name` or `visit_duration`.
    attribute: String,
    /// What it is compared with; whole minutes for `visit_duration`.
    #[serde(default)]
    pattern: String,
    /// `contains`, `exact`, `regex`; for `visit_duration`, `greater_than`.
    #[serde(default = "contains")]
    pattern_type: String,
    #[serde(default)]
    case_sensitive: bool,
    /// Whether it counts more than once a visit.
    #[serde(default)]
    allow_multiple: bool,
    /// What a conversion is worth.
    #[serde(default)]
    revenue: f64,
    /// Whether a conversion is worth the value of the event that reached it.
    #[serde(default)]
    use_event_value: bool,
}

fn contains() -> String {
    "contains".into()
}

impl From<&Goal> for GoalView {
    fn from(goal: &Goal) -> GoalView {
        let body = GoalBody {
            name: goal.name.clone(),
            description: goal.description.clone(),
            attribute: goal.attribute.as_str().to_owned(),
            pattern: goal.pattern.clone(),
            pattern_type: goal.pattern_type.as_str().to_owned(),
            case_sensitive: goal.case_sensitive,
            allow_multiple: goal.allow_multiple,
            revenue: goal.revenue,
            use_event_value: goal.use_event_value,
        };
        GoalView { id: goal.id, goal: body }
    }
}

impl TryFrom<GoalBody> for NewGoal {
    type Error = Problem;

    fn try_from(body: GoalBody) -> Result<NewGoal, Problem> {
        Ok(NewGoal {
            name: body.name,
            description: body.description,
            attribute: body.attribute.parse().map_err(Problem::invalid)?,
            pattern: body.pattern,
            pattern_type: body.pattern_type.parse().map_err(Problem::invalid)?,
            case_sensitive: body.case_sensitive,
            allow_multiple: body.allow_multiple,
            revenue: body.revenue,
            use_event_value: body.use_event_value,
        })
    }
}

/// The site's goals.
#[utoipa::path(get, path = "/api/v1/sites/{id}/goals", params(("id" = u32, Path)),
    responses((status = 200, body = [GoalView]), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
) -> Result<axum::Json<Vec<GoalView>>, Problem> {
    let scope = caller.site(&app, id)?;
    Ok(axum::Json(scope.site().goals.iter().map(GoalView::from).collect()))
}

/// Add a goal.
#[utoipa::path(post, path = "/api/v1/sites/{id}/goals", params(("id" = u32, Path)), request_body = GoalBody,
    responses((status = 201, body = GoalView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<u32>,
    Body(body): Body<GoalBody>,
) -> Result<(StatusCode, axum::Json<GoalView>), Problem> {
    caller.site_to_change(&app, id)?;
    let goal = app.accounts.add_goal(id, body.try_into()?)?;
    Ok((StatusCode::CREATED, axum::Json(find(&caller.site(&app, id)?, goal)?)))
}

/// Change a goal. What was counted for it stays as it is.
#[utoipa::path(put, path = "/api/v1/sites/{id}/goals/{goal}", params(("id" = u32, Path), ("goal" = u32, Path)), request_body = GoalBody,
    responses((status = 200, body = GoalView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, goal)): Path<(u32, u32)>,
    Body(body): Body<GoalBody>,
) -> Result<axum::Json<GoalView>, Problem> {
    caller.site_to_change(&app, id)?;
    let new = NewGoal::try_from(body)?;
    app.accounts.change_goal(id, goal, |old| {
        *old = new;
        Ok(())
    })?;
    Ok(axum::Json(find(&caller.site(&app, id)?, goal)?))
}

/// Delete a goal. What was counted for it stays, and its number is not given again.
#[utoipa::path(delete, path = "/api/v1/sites/{id}/goals/{goal}", params(("id" = u32, Path), ("goal" = u32, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, goal)): Path<(u32, u32)>,
) -> Result<StatusCode, Problem> {
    caller.site_to_change(&app, id)?;
    app.accounts.delete_goal(id, goal)?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(scope: &SiteScope, id: u32) -> Result<GoalView, Problem> {
    let goal = scope.site().goals.iter().find(|goal| goal.id == id);
    goal.map(GoalView::from).ok_or_else(Problem::not_found)
}
