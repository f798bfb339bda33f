//! What a method may want to know beyond site and period.

use super::error::ApiError;
use crate::app::App;
use crate::protocol::Params;
use crate::report::matomo::segment::Segment;

/// The parameters that a method reads itself.
pub(super) struct Options<'a> {
    /// Which visits count; all without one.
    pub segment: Option<Segment>,
    /// Splits titles into a tree; empty for none.
    pub delimiter: &'a str,
    /// Whether the answer is a map of several reports.
    pub is_one_of_many: bool,
}

impl<'a> Options<'a> {
    /// Reads the parameters; `is_one_of_many` is what sites and dates make of the answer.
    pub fn parse(app: &'a App, params: &Params, is_one_of_many: bool) -> Result<Options<'a>, ApiError> {
        Ok(Options {
            segment: params.text("segment").map(str::parse).transpose()?,
            delimiter: &app.config.title_delimiter,
            is_one_of_many,
        })
    }
}
