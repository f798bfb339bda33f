//! Matomo's reports: its figures by its definitions, known over-counts included.
//!
//! What differs from the exact figures of our own API stands in `docs/matomo.md`.

pub mod table;
