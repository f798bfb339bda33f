//! Tests that speak HTTP to the real binary, which runs the real engine: requests in, reports out.
//!
//! `FOOTFALL_TEST_BACKEND=tcp` runs them all against the gateway on a TCP port with a password instead, which is what a
//! ClickHouse server looks like.

#![allow(
    clippy::expect_used,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]
#![allow(clippy::let_underscore_must_use, reason = "a client may not mind how its connection ends")]

mod access;
mod bad_input;
mod banners;
mod bots;
mod canary;
mod captures;
mod compression;
mod demo;
mod descriptions;
mod durability;
mod evolution;
mod exclusions;
mod faults;
mod field;
mod fixtures;
mod goal_reports;
mod goals;
mod harness;
mod hostile_spool;
mod import;
mod import_formats;
mod load;
mod matomo_reports;
mod parameters;
mod quarantine;
mod reporting;
mod reports;
mod sealing;
mod sealing_model;
mod sites;
mod startup;
mod values;
