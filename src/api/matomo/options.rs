//! What a method may want to know beyond site and period.

use super::error::ApiError;
use super::filters::Filters;
use crate::app::App;
use crate::protocol::Params;
use crate::report::matomo::segment::Segment;

/// The parameters that a method reads itself.
pub(super) struct Options<'a> {
    /// All of them, for what one method alone knows (`idGoal`, `pageUrl`).
    #[allow(dead_code, reason = "the methods that read it are not there yet")]
    pub params: &'a Params,
    /// Which visits count; all without one.
    pub segment: Option<Segment>,
    /// Whether the tree will be made flat.
    pub is_flat: bool,
    /// Whether all levels will be shown; with neither this nor `is_flat` the top is enough, unless rows are looked
    /// for below.
    #[allow(dead_code, reason = "the methods that read it are not there yet")]
    pub is_expanded: bool,
    /// Splits titles into a tree; empty for none.
    pub delimiter: &'a str,
}

impl<'a> Options<'a> {
    /// Reads the parameters.
    pub fn parse(app: &'a App, params: &'a Params, filters: &Filters<'_>) -> Result<Options<'a>, ApiError> {
        Ok(Options {
            params,
            segment: params.text("segment").map(str::parse).transpose()?,
            is_flat: filters.is_flat,
            is_expanded: filters.is_expanded,
            delimiter: &app.config.title_delimiter,
        })
    }
}
