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
}

impl<'a> Options<'a> {
    /// Reads the parameters.
    pub fn parse(app: &'a App, params: &Params) -> Result<Options<'a>, ApiError> {
        Ok(Options {
            segment: params.text("segment").map(str::parse).transpose()?,
            delimiter: &app.config.title_delimiter,
        })
    }
}
