//! Reading what a client sends along, so that ten thousand of them can't take all memory.
//!
//! Small bodies pass. Larger ones, which are bulk requests, share a budget, and hold their part of it until they are
//! answered.

use std::time::Duration;

use axum::body::Bytes;
use bytes::BytesMut;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Largest body, in bytes.
const MAX: usize = 2 << 20;

/// Bytes that a body may have without a part of the budget.
const SMALL: usize = 16 << 10;

/// KiB of larger bodies that are in memory at once.
const BUDGET: usize = 16 << 10;

/// How long a body waits for its part.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a body may take to come. One that takes longer would hold its part to no end.
const DEADLINE: Duration = Duration::from_secs(30);

/// What larger bodies share.
pub(crate) fn budget() -> Semaphore {
    Semaphore::new(BUDGET)
}

/// A body, and its part of the budget.
pub(super) struct Whole<'a> {
    /// All of it.
    pub bytes: Bytes,
    _part: Option<SemaphorePermit<'a>>,
}

/// Why a body could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is larger than any may be.
    TooLarge,
    /// It broke off.
    BrokenOff,
    /// There is no memory for it now.
    NoRoom,
}

/// Reads a body to its end.
pub(super) async fn read(budget: &Semaphore, body: Incoming) -> Result<Whole<'_>, Unread> {
    if body.is_end_stream() {
        return Ok(Whole { bytes: Bytes::new(), _part: None });
    }
    if body.size_hint().lower() > MAX as u64 {
        return Err(Unread::TooLarge);
    }
    timeout(DEADLINE, read_all(budget, body)).await.unwrap_or(Err(Unread::BrokenOff))
}

async fn read_all(budget: &Semaphore, body: Incoming) -> Result<Whole<'_>, Unread> {
    let kib = body.size_hint().upper().map_or(MAX, |length| usize::try_from(length).unwrap_or(MAX)) >> 10;
    let mut body = Limited::new(body, MAX);
    let mut bytes = BytesMut::new();
    let mut part = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match error.is::<LengthLimitError>() {
            true => Unread::TooLarge,
            false => Unread::BrokenOff,
        })?;
        let data = frame.into_data().unwrap_or_default();
        if part.is_none() && bytes.len() + data.len() > SMALL {
            let kib = kib.min(MAX >> 10) + 1;
            part = Some(take(budget, kib).await?);
            bytes.reserve(kib << 10);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Whole { bytes: bytes.freeze(), _part: part })
}

async fn take(budget: &Semaphore, kib: usize) -> Result<SemaphorePermit<'_>, Unread> {
    let permits = u32::try_from(kib).unwrap_or(u32::MAX);
    match timeout(PATIENCE, budget.acquire_many(permits)).await {
        Ok(Ok(part)) => Ok(part),
        _ => Err(Unread::NoRoom),
    }
}
