//! A range of spool records as rows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::civil::date;
use jiff::{Span, ToSpan};
use prost::Message;

use super::banners::Banners;
use super::visits::Visits;
use crate::event::{Entry, Event, ImportMark, Reason, Record};
use crate::pipeline::Orders;
use crate::spool;
use crate::store::history::Extent;
use crate::store::{AdRow, Batch, DroppedRow, EventRow};

/// Most months that one insert may touch; the engine refuses more than 100 partitions.
const MAX_MONTHS: usize = 50;

/// A batch that is ready to be sent.
pub(super) struct Prepared {
    /// Whether it was sealed before, so that all of it, or a part, may have been sent.
    pub is_repeated: bool,
    /// Number of its first record.
    pub first_seq: u64,
    /// Number of its last record.
    pub last_seq: u64,
    /// Its rows.
    pub rows: Batch,
    /// Sites that have an event in it, with the time of their first.
    pub sites: BTreeMap<u32, i64>,
    /// How far logs have been imported, by import.
    pub imports: BTreeMap<u32, ImportMark>,
}

impl Prepared {
    /// Names the batch, and with it every row in it: the same range is always the same token.
    pub fn token(&self) -> String {
        format!("footfall-{}-{}", self.first_seq, self.last_seq)
    }
}

/// Turns records into rows, in order; stops early where the batch would touch too many months.
///
/// What the tables hold `already` is left out.
pub(super) fn prepare(
    batch: spool::Batch,
    visits: &mut Visits,
    banners: &mut Banners,
    orders: &Orders,
    already: Extent,
) -> anyhow::Result<Option<Prepared>> {
    if batch.is_empty() {
        return Ok(None);
    }
    for gap in &batch.gaps {
        tracing::error!(from = gap.start(), to = gap.end(), "records of the spool are lost to damage");
    }
    let mut last_seq = batch.last_seq;
    // A sealed batch is compared row by row when it is sent again.
    let already = if batch.sealed { Extent::default() } else { already };
    let mut work = Work { already, ..Work::default() };
    for record in batch.records {
        let entry = decode(record.seq, &record.bytes)?;
        if !batch.sealed && !work.has_room_for(&entry) {
            last_seq = record.seq - 1;
            break;
        }
        work.add(record.seq, entry, visits, banners, orders);
    }
    Ok(Some(Prepared {
        is_repeated: batch.sealed,
        first_seq: batch.first_seq,
        last_seq,
        rows: work.rows(),
        sites: work.sites,
        imports: work.imports,
    }))
}

/// The checksum was right, so what can't be read was written by another version: it is not ours to throw away.
fn decode(seq: u64, bytes: &[u8]) -> anyhow::Result<Entry> {
    let entry = Record::decode(bytes).ok().and_then(|record| record.entry);
    entry.with_context(|| {
        format!("record {seq} of the spool was written by a newer version: run that version again")
    })
}

#[derive(Default)]
struct Work {
    batch: Batch,
    dropped: BTreeMap<(u32, i32, u32), DroppedRow>,
    sites: BTreeMap<u32, i64>,
    imports: BTreeMap<u32, ImportMark>,
    months: BTreeSet<i32>,
    already: Extent,
}

impl Work {
    fn has_room_for(&self, entry: &Entry) -> bool {
        self.months.len() < MAX_MONTHS || month(entry).is_none_or(|month| self.months.contains(&month))
    }

    fn add(&mut self, seq: u64, entry: Entry, visits: &mut Visits, banners: &mut Banners, orders: &Orders) {
        self.months.extend(month(&entry));
        match entry {
            Entry::Event(_) if seq <= self.already.events => {}
            Entry::Ad(_) if seq <= self.already.ads => {}
            Entry::Dropped(_) if seq <= self.already.dropped => {}
            Entry::Event(event) => self.add_event(seq, *event, visits, orders),
            Entry::Ad(mut event) => {
                banners.judge(&mut event);
                self.batch.ads.push(AdRow::new(seq, event));
            }
            Entry::Dropped(dropped) => {
                self.drop(seq, dropped.site, dropped.local_date, dropped.reason, dropped.count)
            }
            Entry::Import(mark) => drop(self.imports.insert(mark.import, mark)),
        }
    }

    fn add_event(&mut self, seq: u64, mut event: Event, visits: &mut Visits, orders: &Orders) {
        let order = event.order.map_or(0, |order| order.id);
        let (site, local_date, time) = (event.site, event.local_date, event.time);
        let placed = match order != 0 && !orders.count(order) {
            true => Err(Reason::DuplicateOrder),
            false => visits.assign(&mut event, seq).ok_or(Reason::LatePing),
        };
        match placed {
            Ok(visit) => {
                self.sites.entry(site).or_insert(time);
                self.batch.events.push(EventRow::new(seq, visit, event));
            }
            // As a dropped hit it may be there already.
            Err(_) if seq <= self.already.dropped => {}
            Err(reason) => self.drop(seq, site, local_date, reason as u32, 1),
        }
    }

    /// Dropped hits of one site, day and reason are one row.
    fn drop(&mut self, seq: u64, site: u32, local_date: i32, reason: u32, count: u32) {
        let row = self.dropped.entry((site, local_date, reason)).or_insert_with(|| DroppedRow {
            seq,
            last_seq: seq,
            site_id: site,
            local_date: u16::try_from(local_date.max(0)).unwrap_or(u16::MAX),
            reason: u8::try_from(reason).unwrap_or(u8::MAX),
            hits: 0,
            records: 0,
        });
        row.last_seq = seq;
        row.hits += u64::from(count);
        row.records += 1;
    }

    fn rows(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        batch.dropped = std::mem::take(&mut self.dropped).into_values().collect();
        batch
    }
}

/// The month that an entry's row goes to, if it has one.
fn month(entry: &Entry) -> Option<i32> {
    let day = match entry {
        Entry::Event(event) => event.local_date,
        Entry::Ad(event) => event.local_date,
        Entry::Dropped(dropped) => dropped.local_date,
        Entry::Import(_) => return None,
    };
    let span: Span = day.clamp(0, i32::from(u16::MAX)).days();
    let date = date(1970, 1, 1).saturating_add(span);
    Some(i32::from(date.year()) * 12 + i32::from(date.month()))
}
