//! Matomo's reports: its figures by its definitions, known over-counts included.
//!
//! What differs from the exact figures of our own API stands in `docs/matomo.md`.

mod columns;
mod filter;
mod flatten;
pub mod segment;
mod segment_field;
mod sort;
pub mod table;
mod truncate;

pub use flatten::Joint;
pub use sort::Order;
pub use truncate::OTHERS;
