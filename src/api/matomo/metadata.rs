//! What there is to ask for: reports and segments, described for programs.

use super::answer::{Answer, Tree};
use super::error::ApiError;
use super::request::Call;
use super::sites;
use crate::app::App;
use crate::report::matomo::catalogue::{self, Entry, REPORTS};
use crate::report::matomo::segment;

/// `API.getReportMetadata`: every report, or the one that `apiModule` and `apiAction` name.
pub(super) fn reports(app: &App, call: &Call<'_>) -> Result<Answer, ApiError> {
    call.principal(app)?;
    let entries = match call.params.text("apiModule") {
        Some(_) => vec![named(call)?],
        None => REPORTS.iter().collect(),
    };
    Ok(Answer::Tree(Tree::List(entries.into_iter().map(about).collect())))
}

/// `API.getMetadata`: one report.
pub(super) fn one(app: &App, call: &Call<'_>) -> Result<Answer, ApiError> {
    sites::chosen(app, call)?;
    Ok(Answer::Tree(Tree::List(vec![about(named(call)?)])))
}

/// `API.getSegmentsMetadata`
pub(super) fn segments(app: &App, call: &Call<'_>) -> Result<Answer, ApiError> {
    call.principal(app)?;
    let field = |field: segment::About| {
        let mut fields = vec![
            ("type".into(), Tree::from(if field.is_number { "metric" } else { "dimension" })),
            ("category".into(), Tree::from(field.category)),
            ("name".into(), Tree::from(field.title.as_str())),
            ("segment".into(), Tree::from(field.name)),
        ];
        if !field.values.is_empty() {
            fields.push(("acceptedValues".into(), Tree::from(field.values.join(", ").as_str())));
        }
        Tree::Fields(fields)
    };
    Ok(Answer::Tree(Tree::List(segment::fields().map(field).collect())))
}

/// The report that `apiModule` and `apiAction` name.
pub(super) fn named(call: &Call<'_>) -> Result<&'static Entry, ApiError> {
    let text = |name: &str| call.params.text(name).ok_or_else(|| ApiError::missing(name));
    let (module, action) = (text("apiModule")?, text("apiAction")?);
    catalogue::find(module, action).ok_or_else(|| {
        let name: String = format!("{module}.{action}").chars().take(80).collect();
        ApiError::bad(format!(
            "there is no metadata for the report {name:?}: API.getReportMetadata names all"
        ))
    })
}

/// A report as Matomo describes one.
pub(super) fn about(entry: &Entry) -> Tree {
    let (module, action) = entry.names();
    let titles = |columns: &[&'static str]| {
        let titles =
            columns.iter().map(|column| ((*column).to_owned(), Tree::from(&*catalogue::title(column))));
        Tree::Fields(titles.collect())
    };
    let mut fields = vec![
        ("category", Tree::from(entry.category)),
        ("subcategory", Tree::from(entry.subcategory)),
        ("name", Tree::from(entry.title)),
        ("module", Tree::from(module)),
        ("action", Tree::from(action)),
    ];
    if let Some((_, title)) = entry.dimensions.first() {
        fields.push(("dimension", Tree::from(*title)));
    }
    fields.push(("metrics", titles(entry.metrics)));
    fields.push(("processedMetrics", titles(entry.processed)));
    let types =
        entry.columns().map(|column| (column.to_owned(), Tree::from(catalogue::unit(column).as_str())));
    fields.push(("metricTypes", Tree::Fields(types.collect())));
    fields.push(("uniqueId", Tree::from(format!("{module}_{action}").as_str())));
    Tree::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
