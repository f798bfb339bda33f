//! Bytes to hits.
//!
//! Pure functions: no clock, no input or output, no look at who is asking. The same bytes always mean the same hit,
//! and any bytes mean something: a hit, or a [`Refusal`] that says why not. Definitions follow Matomo's tracking API,
//! since that is what the world's snippets and clients already speak.

mod access_log;
mod amount;
mod bearer;
pub mod bounds;
mod bulk;
mod hit;
mod matomo;
mod params;
mod shop;
mod time;
mod variables;

pub use access_log::{LogLine, LogReader, Logged, Skip};
pub use bearer::bearer;
pub use bounds::bound;
pub use bulk::{Bulk, is_bulk};
pub use hit::{
    Action, Basket, ClaimedAttribution, ClaimedPlace, ClaimedTime, Content, Hit, Product, Refusal, Variable,
};
pub use matomo::parse;
pub use params::Params;
