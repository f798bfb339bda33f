//! Refusing events of days whose raw events have begun to expire.
//!
//! Such a day can't be sealed again without losing what is gone, so it takes nothing more (Matomo refuses such hits,
//! too). Only days older than yesterday are asked about: nothing expires sooner.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::batch::Prepared;
use crate::day;
use crate::event::Reason;
use crate::store::{DroppedRow, EventRow, Result, Store};

/// Moves events of expiring days from the counted ones to those dropped. Events of a repeated batch that the database
/// already holds stay what they are; what is `already` among those dropped, up to that record, is not written again.
pub(super) async fn refuse(
    store: &Store,
    prepared: &mut Prepared,
    now: Timestamp,
    already: u64,
) -> Result<()> {
    let expiring: HashSet<(u32, u16)> =
        store.expiring(&old_days(&prepared.rows.events, now)).await?.into_iter().collect();
    if expiring.is_empty() {
        return Ok(());
    }
    let held = match prepared.is_repeated {
        true => store.held_events(prepared.first_seq, prepared.last_seq).await?,
        false => HashSet::new(),
    };
    let is_refused =
        |row: &EventRow| expiring.contains(&(row.site_id, row.local_date)) && !held.contains(&row.seq);
    let events = std::mem::take(&mut prepared.rows.events);
    let (refused, kept): (Vec<EventRow>, Vec<EventRow>) = events.into_iter().partition(is_refused);
    prepared.rows.events = kept;
    prepared.count_as_dropped(refused.len() as u64, Reason::TooOld);
    let already = if prepared.is_repeated { 0 } else { already };
    prepared.rows.dropped.extend(dropped(refused.iter().filter(|event| event.seq > already)));
    Ok(())
}

/// Days before yesterday (UTC, which no zone is more than a day from) that a batch has events of.
fn old_days(events: &[EventRow], now: Timestamp) -> Vec<(u32, u16)> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days: HashSet<(u32, u16)> = events.iter().map(|row| (row.site_id, row.local_date)).collect();
    days.into_iter().filter(|(_, day)| i32::from(*day) < day::number(today) - 1).collect()
}

fn dropped<'a>(refused: impl Iterator<Item = &'a EventRow>) -> Vec<DroppedRow> {
    let mut rows: BTreeMap<(u32, u16), DroppedRow> = BTreeMap::new();
    for event in refused {
        let row = rows.entry((event.site_id, event.local_date)).or_insert_with(|| DroppedRow {
            seq: event.seq,
            last_seq: event.seq,
            site_id: event.site_id,
            local_date: event.local_date,
            reason: Reason::TooOld as u8,
            hits: 0,
            records: 0,
        });
        row.last_seq = event.seq;
        row.hits += 1;
        row.records += 1;
    }
    rows.into_values().collect()
}
