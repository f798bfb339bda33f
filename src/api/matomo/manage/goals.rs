//! `Goals`: the methods that manage them.

use serde_json::{Map, Value, json};

use super::{Answer, Call, done, number};
use crate::accounts::{AccountError, Goal, GoalAttribute, NewGoal};
use crate::api::matomo::error::ApiError;

/// `addGoal`: answers the new goal's number.
pub(super) fn add(call: &Call<'_>) -> Answer {
    let scope = call.site_to_change()?;
    let mut goal = NewGoal::named(call.text("name")?);
    call.text("matchAttribute")?;
    fill(&mut goal, call)?;
    let id = call.app.accounts.add_goal(scope.site().id, goal)?;
    Ok(json!({ "value": id }))
}

/// `updateGoal`
pub(super) fn update(call: &Call<'_>) -> Answer {
    let scope = call.site_to_change()?;
    let id = call.number("idGoal")?;
    call.app.accounts.change_goal(scope.site().id, id, |goal| {
        fill(goal, call).map_err(|error| AccountError::Invalid(error.message))
    })?;
    done()
}

/// `deleteGoal`
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let scope = call.site_to_change()?;
    call.app.accounts.delete_goal(scope.site().id, call.number("idGoal")?)?;
    done()
}

/// `getGoals`: of one site, by number.
pub(super) fn all(call: &Call<'_>) -> Answer {
    let scope = call.site()?;
    let goals = scope.site().goals.iter();
    Ok(call.numbered(goals.map(|goal| (goal.id, record(scope.site().id, goal).into())).collect()))
}

/// `getGoal`
pub(super) fn one(call: &Call<'_>) -> Answer {
    let scope = call.site()?;
    let id = call.number("idGoal")?;
    let goal = scope.site().goals.iter().find(|goal| goal.id == id).ok_or(AccountError::NotFound)?;
    Ok(record(scope.site().id, goal).into())
}

/// Puts what the call says over what the goal says. A pattern counts to the byte, blanks included.
fn fill(goal: &mut NewGoal, call: &Call<'_>) -> Result<(), ApiError> {
    if let Some(name) = call.params.text("name") {
        goal.name = name.to_owned();
    }
    if let Some(description) = call.params.raw("description") {
        goal.description = description.to_owned();
    }
    if let Some(attribute) = call.params.text("matchAttribute") {
        goal.attribute = attribute.parse().map_err(ApiError::bad)?;
    }
    if let Some(pattern) = call.params.raw("pattern").filter(|pattern| !pattern.is_empty()) {
        goal.pattern = pattern.to_owned();
    }
    if let Some(kind) = call.params.text("patternType") {
        goal.pattern_type = kind.parse().map_err(ApiError::bad)?;
    }
    if let Some(revenue) = call.params.text("revenue") {
        goal.revenue = amount(revenue)?;
    }
    let switches = [
        ("caseSensitive", &mut goal.case_sensitive),
        ("allowMultipleConversionsPerVisit", &mut goal.allow_multiple),
        ("useEventValueAsRevenue", &mut goal.use_event_value),
    ];
    for (name, switch) in switches {
        *switch = call.switch(name)?.unwrap_or(*switch);
    }
    Ok(())
}

/// An amount of money, with a point or a comma; `false` is Matomo's word for none.
fn amount(text: &str) -> Result<f64, ApiError> {
    if text.eq_ignore_ascii_case("false") {
        return Ok(0.0);
    }
    text.replace(',', ".").parse().map_err(|_| ApiError::bad(format!("revenue is {text:?}: use a number")))
}

/// A goal as Matomo shows it; one that the client reports has nothing to compare.
fn record(site: u32, goal: &Goal) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("idsite", site.into());
    put("idgoal", goal.id.into());
    put("name", goal.name.as_str().into());
    put("description", goal.description.as_str().into());
    put("match_attribute", goal.attribute.as_str().into());
    if goal.attribute != GoalAttribute::Manually {
        put("pattern", goal.pattern.as_str().into());
        put("pattern_type", goal.pattern_type.as_str().into());
        put("case_sensitive", number(goal.case_sensitive).into());
    }
    put("allow_multiple", number(goal.allow_multiple).into());
    put("revenue", money(goal.revenue));
    put("deleted", 0.into());
    put("event_value_as_revenue", number(goal.use_event_value).into());
    fields
}

/// Whole amounts are written without a fraction.
fn money(amount: f64) -> Value {
    match amount.fract() == 0.0 {
        true => Value::from(amount as i64),
        false => Value::from(amount),
    }
}
