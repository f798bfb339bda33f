//! `idSite`: one site, several, or all that the token may see.

use super::answer::Answer;
use super::dates::Dates;
use super::error::ApiError;
use super::request::Call;
use crate::accounts::SiteScope;
use crate::app::App;
use crate::report::matomo::table::Report;

/// The sites of a call.
#[derive(Debug)]
pub(super) enum Chosen {
    /// One: the answer is its own.
    One(SiteScope),
    /// Several: the answer is a map.
    Many(Vec<SiteScope>),
}

/// The sites that a call names. A site that isn't there and one of somebody else look the same.
pub(super) fn chosen(app: &App, call: &Call<'_>) -> Result<Chosen, ApiError> {
    let principal = call.principal(app)?;
    let directory = app.accounts.directory();
    let text = call.params.text("idSite").ok_or_else(|| ApiError::missing("idSite"))?;
    if text.eq_ignore_ascii_case("all") {
        return Ok(Chosen::Many(principal.sites(&directory)));
    }
    let scope = |number| principal.site(&directory, number).ok_or_else(ApiError::forbidden);
    match numbers(text)?.as_slice() {
        [number] => scope(*number).map(Chosen::One),
        numbers => numbers.iter().map(|number| scope(*number)).collect::<Result<_, _>>().map(Chosen::Many),
    }
}

/// The numbers of a list, each once, in order.
fn numbers(text: &str) -> Result<Vec<u32>, ApiError> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let numbers = parts.map(|part| part.parse().ok().filter(|number| *number > 0));
    let mut numbers = numbers.collect::<Option<Vec<u32>>>().unwrap_or_default();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers.is_empty() {
        true => Err(ApiError::bad("idSite is no number: idSite=1, idSite=1,2 or idSite=all")),
        false => Ok(numbers),
    }
}

impl Chosen {
    /// One or several.
    pub fn scopes(&self) -> &[SiteScope] {
        match self {
            Chosen::One(scope) => std::slice::from_ref(scope),
            Chosen::Many(scopes) => scopes,
        }
    }

    /// Puts each report under its site and period; they come in that order.
    pub fn under(&self, dates: Vec<Dates>, reports: Vec<Report>) -> Answer {
        let mut reports = reports.into_iter();
        let mut answers = dates.into_iter().map(|dates| match dates {
            Dates::One(_) => Answer::Report(reports.next().unwrap_or(Report::Row(Vec::new()))),
            Dates::Many(spans) => {
                Answer::Dates(spans.into_iter().map(|span| span.name).zip(reports.by_ref()).collect())
            }
        });
        match self {
            Chosen::One(_) => answers.next().unwrap_or(Answer::Sites(Vec::new())),
            Chosen::Many(scopes) => {
                Answer::Sites(scopes.iter().map(|scope| scope.site().id).zip(answers).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_sites() {
        assert_eq!(numbers("7").unwrap(), [7]);
        assert_eq!(numbers(" 3, 1,3,").unwrap(), [1, 3]);
        for none in ["", ",", "0", "-1", "x", "1,x", "1;2", "99999999999"] {
            assert!(numbers(none).is_err(), "{none}");
        }
    }
}
