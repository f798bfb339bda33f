//! Adding, changing and deleting goals.
//!
//! A goal's number stands with what was counted for it, so it is never given to another goal: a deleted goal keeps its
//! row, and the collector no longer knows it.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::goals::{self, Goal, GoalAttribute, NewGoal, PatternType};
use super::input::name;
use super::{AccountError, Accounts, Result};
use crate::protocol::bounds;

/// Most goals of a site: each hit is compared with all.
const MAX_GOALS: u32 = 500;

/// Longest pattern or description, in characters.
const MAX_TEXT: usize = 1_000;

impl NewGoal {
    /// A goal that the client itself reports, and that is worth nothing.
    pub fn named(name: impl Into<String>) -> NewGoal {
        NewGoal {
            name: name.into(),
            description: String::new(),
            attribute: GoalAttribute::Manually,
            pattern: String::new(),
            pattern_type: PatternType::Contains,
            case_sensitive: false,
            allow_multiple: false,
            revenue: 0.0,
            use_event_value: false,
        }
    }

    /// The goal as it is stored.
    fn checked(mut self) -> Result<NewGoal> {
        self.name = name(&self.name)?.to_owned();
        self.description = self.description.trim().to_owned();
        if self.attribute == GoalAttribute::Manually {
            (self.pattern, self.pattern_type) = (String::new(), PatternType::Contains);
        }
        if let Some(fault) = self.fault() {
            return Err(AccountError::Invalid(fault));
        }
        Goal::new(0, self.clone())?; // a pattern that can be compared
        Ok(self)
    }

    fn fault(&self) -> Option<String> {
        let is_duration = self.attribute == GoalAttribute::Duration;
        if [&self.pattern, &self.description].iter().any(|text| text.chars().count() > MAX_TEXT) {
            return Some(format!("a goal's pattern and description have at most {MAX_TEXT} characters each"));
        }
        if bounds::MONEY.keep(self.revenue).is_none() {
            return Some("a goal's revenue is a number from 0 to 10^12".into());
        }
        if self.attribute != GoalAttribute::Manually && self.pattern.trim().is_empty() {
            return Some("a goal needs a pattern, unless it is reported manually".into());
        }
        if is_duration != (self.pattern_type == PatternType::GreaterThan) {
            return Some("a visit_duration is compared by greater_than, and nothing else is".into());
        }
        self.never_fits().then(|| {
            "an address that must fit exactly begins with http:// or https://; use contains for a part of it".into()
        })
    }

    /// Whole addresses are compared, and an exact pattern that is a part of one would never fit.
    fn never_fits(&self) -> bool {
        let is_address =
            matches!(self.attribute, GoalAttribute::Url | GoalAttribute::File | GoalAttribute::Outlink);
        is_address && self.pattern_type == PatternType::Exact && !self.pattern.contains("://")
    }
}

impl From<&Goal> for NewGoal {
    fn from(goal: &Goal) -> NewGoal {
        NewGoal {
            name: goal.name.clone(),
            description: goal.description.clone(),
            attribute: goal.attribute,
            pattern: goal.pattern.clone(),
            pattern_type: goal.pattern_type,
            case_sensitive: goal.case_sensitive,
            allow_multiple: goal.allow_multiple,
            revenue: goal.revenue,
            use_event_value: goal.use_event_value,
        }
    }
}

impl Accounts {
    /// Adds a goal to a site and gives its number.
    ///
    /// # Errors
    /// When there is no such site, it has too many goals, or a value is not acceptable.
    pub fn add_goal(&self, site: u32, goal: NewGoal) -> Result<u32> {
        let goal = goal.checked()?;
        self.write(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let id = next_number(&step, site)?;
            step.execute(
                "INSERT INTO goals (site_id, id, name, description, attribute, pattern, pattern_type, case_sensitive,
                                    allow_multiple, revenue, use_event_value)
                 VALUES (?1, ?2, '', '', 'manually', '', 'contains', 0, 0, 0, 0)",
                [site, id],
            )?;
            store(&step, site, id, &goal)?;
            step.commit()?;
            Ok(id)
        })
    }

    /// Changes a goal. What `change` leaves alone stays as it is.
    ///
    /// # Errors
    /// When there is no such goal, `change` fails, or a value is not acceptable; nothing is changed then.
    pub fn change_goal(
        &self,
        site: u32,
        id: u32,
        change: impl FnOnce(&mut NewGoal) -> Result<()>,
    ) -> Result<()> {
        self.write(|db| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut goal = goals::read(&step, site, id)?.ok_or(AccountError::NotFound)?;
            change(&mut goal)?;
            store(&step, site, id, &goal.checked()?)?;
            step.commit()?;
            Ok(())
        })
    }

    /// Deletes a goal. What was counted for it stays.
    ///
    /// # Errors
    /// When there is no such goal.
    pub fn delete_goal(&self, site: u32, id: u32) -> Result<()> {
        self.write(|db| {
            let sql = "UPDATE goals SET deleted = 1 WHERE site_id = ?1 AND id = ?2 AND deleted = 0";
            match db.execute(sql, [site, id])? {
                0 => Err(AccountError::NotFound),
                _ => Ok(()),
            }
        })
    }
}

fn next_number(db: &Connection, site: u32) -> Result<u32> {
    let site_exists = db.query_row("SELECT 1 FROM sites WHERE id = ?1", [site], |_| Ok(())).optional()?;
    site_exists.ok_or(AccountError::NotFound)?;
    let sql =
        "SELECT coalesce(max(id), 0) + 1, count(*) FILTER (WHERE deleted = 0) FROM goals WHERE site_id = ?1";
    let (next, held): (u32, u32) = db.query_row(sql, [site], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match held < MAX_GOALS {
        true => Ok(next),
        false => Err(AccountError::Invalid(format!("a site has at most {MAX_GOALS} goals"))),
    }
}

fn store(db: &Connection, site: u32, id: u32, goal: &NewGoal) -> Result<()> {
    db.execute(
        "UPDATE goals SET name = ?3, description = ?4, attribute = ?5, pattern = ?6, pattern_type = ?7,
                case_sensitive = ?8, allow_multiple = ?9, revenue = ?10, use_event_value = ?11
         WHERE site_id = ?1 AND id = ?2",
        params![
            site,
            id,
            goal.name,
            goal.description,
            goal.attribute.as_str(),
            goal.pattern,
            goal.pattern_type.as_str(),
            goal.case_sensitive,
            goal.allow_multiple,
            goal.revenue,
            goal.use_event_value,
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(change: impl FnOnce(&mut NewGoal)) -> bool {
        let mut goal =
            NewGoal { attribute: GoalAttribute::Url, pattern: "thanks".into(), ..NewGoal::named("Order") };
        change(&mut goal);
        goal.checked().is_err()
    }

    #[test]
    fn a_goal_must_be_able_to_be_reached() {
        assert!(!fault(|_| {}));
        assert!(fault(|goal| goal.pattern = " ".into()));
        assert!(!fault(|goal| (goal.attribute, goal.pattern) = (GoalAttribute::Manually, String::new())));
        assert!(fault(|goal| goal.pattern_type = PatternType::Exact));
        assert!(fault(|goal| goal.pattern_type = PatternType::GreaterThan));
        assert!(fault(|goal| (goal.attribute, goal.pattern) = (GoalAttribute::Duration, "5".into())));
        assert!(fault(|goal| (goal.pattern, goal.pattern_type) = ("(".into(), PatternType::Regex)));
    }

    #[test]
    fn numbers_and_texts_are_bounded() {
        assert!(fault(|goal| goal.name = " ".into()));
        assert!(fault(|goal| goal.revenue = f64::NAN));
        assert!(fault(|goal| goal.revenue = -1.0));
        assert!(fault(|goal| goal.pattern = "x".repeat(MAX_TEXT + 1)));
        assert!(fault(|goal| goal.description = "x".repeat(MAX_TEXT + 1)));
    }
}
