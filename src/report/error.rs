//! Why there is no report.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] clickhouse::error::Error),
    /// The filter divides off a group that is too small to be shown.
    #[error("this filter tells fewer than {0} visitors from the others, which could single somebody out")]
    TooFew(u32),
}
