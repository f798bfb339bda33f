//! Tests that speak HTTP to the real binary, which runs the real engine: requests in, reports out.
//!
//! `FOOTFALL_TEST_BACKEND=tcp` runs them all against the gateway on a TCP port with a password instead, which is what a
//! ClickHouse server looks like.

mod access;
mod banners;
mod harness;
mod reports;
