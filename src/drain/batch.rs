//! A range of spool records as rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use bytes::Bytes;
use prost::Message;

use super::banners::Banners;
use super::visits::Visits;
use crate::accounts::{Quarantined, Tally};
use crate::day;
use crate::event::{AdEvent, Entry, Event, ImportMark, Reason, Record};
use crate::ingest::Orders;
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
    /// What becomes of its records; of nothing, when that is settled already.
    pub tally: Tally,
    /// Records that can't be read.
    pub garbage: Vec<(u64, Bytes)>,
    /// What went into quarantine.
    pub quarantined: Vec<Quarantined>,
}

impl Prepared {
    /// Names the batch, and with it every row in it: the same range is always the same token.
    pub fn token(&self) -> String {
        format!("footfall-{}-{}", self.first_seq, self.last_seq)
    }

    /// Whether its records are settled already.
    pub fn is_settled(&self) -> bool {
        self.tally.accepted == 0
    }

    /// Counts events as dropped that were to be stored.
    pub fn count_as_dropped(&mut self, events: u64, reason: Reason) {
        if events > 0 && !self.is_settled() {
            self.tally.events -= events;
            *self.tally.dropped.entry(reason as u8).or_default() += events;
        }
    }

    /// Counts rows that went into quarantine as such, and no longer as stored; returns how many records they were.
    pub fn move_to_quarantine(&mut self, rows: &Batch) -> u64 {
        if self.is_settled() {
            return 0;
        }
        let refused = tally_of(rows);
        let records = refused.stored() + refused.all_dropped();
        self.tally.subtract(&refused);
        self.tally.quarantined += records;
        records
    }
}

/// The records behind rows.
pub(super) fn tally_of(rows: &Batch) -> Tally {
    let mut tally =
        Tally { events: rows.events.len() as u64, ads: rows.ads.len() as u64, ..Tally::default() };
    for row in &rows.dropped {
        *tally.dropped.entry(row.reason).or_default() += row.records;
    }
    tally
}

/// Turns records into rows, in order; stops early where the batch would touch too many months, and after record
/// `settled`: what is before and what is after it are never one batch.
///
/// What the tables hold `already` is left out.
pub(super) fn prepare(
    batch: spool::Batch,
    visits: &mut Visits,
    banners: &mut Banners,
    orders: &Orders,
    already: Extent,
    settled: u64,
) -> Option<Prepared> {
    if batch.is_empty() {
        return None;
    }
    let mut last_seq = batch.last_seq;
    if !batch.sealed && batch.first_seq <= settled {
        last_seq = last_seq.min(settled);
    }
    // A sealed batch is compared row by row when it is sent again.
    let already = if batch.sealed { Extent::default() } else { already };
    let mut work = Work { already, ..Work::default() };
    // A row is more than a kilobyte: growing step by step would need twice the room.
    work.batch.events.reserve_exact(batch.records.len());
    for record in batch.records {
        let entry = decode(&record.bytes);
        let has_room = batch.sealed || entry.as_ref().is_none_or(|entry| work.has_room_for(entry));
        if record.seq > last_seq || !has_room {
            last_seq = last_seq.min(record.seq - 1);
            break;
        }
        match entry {
            Some(entry) => work.add(record.seq, entry, visits, banners, orders),
            None => work.keep(record.seq, record.bytes),
        }
    }
    work.tally.lost = lost(&batch.gaps, last_seq);
    work.tally.accepted = last_seq - batch.first_seq + 1;
    if last_seq <= settled {
        (work.tally, work.garbage) = Default::default();
    }
    Some(Prepared {
        is_repeated: batch.sealed,
        first_seq: batch.first_seq,
        last_seq,
        rows: work.rows(),
        sites: work.sites,
        imports: work.imports,
        tally: work.tally,
        garbage: work.garbage,
        quarantined: Vec::new(),
    })
}

/// Counts the numbers up to `last_seq` whose records are lost.
fn lost(gaps: &[RangeInclusive<u64>], last_seq: u64) -> u64 {
    let mut lost = 0;
    for gap in gaps.iter().filter(|gap| *gap.start() <= last_seq) {
        let end = last_seq.min(*gap.end());
        tracing::error!(from = gap.start(), to = end, "records of the spool are lost to damage");
        lost += end - gap.start() + 1;
    }
    lost
}

/// A record's entry, unless it can't be read. No newer version wrote it: the spool refuses what one has written.
fn decode(bytes: &[u8]) -> Option<Entry> {
    Record::decode(bytes).ok()?.entry
}

#[derive(Default)]
struct Work {
    batch: Batch,
    dropped: BTreeMap<(u32, i32, u32), DroppedRow>,
    sites: BTreeMap<u32, i64>,
    imports: BTreeMap<u32, ImportMark>,
    months: BTreeSet<i32>,
    already: Extent,
    tally: Tally,
    garbage: Vec<(u64, Bytes)>,
}

impl Work {
    fn has_room_for(&self, entry: &Entry) -> bool {
        self.months.len() < MAX_MONTHS || month(entry).is_none_or(|month| self.months.contains(&month))
    }

    fn add(&mut self, seq: u64, entry: Entry, visits: &mut Visits, banners: &mut Banners, orders: &Orders) {
        self.months.extend(month(&entry));
        match entry {
            Entry::Event(_) if seq <= self.already.events => self.tally.events += 1,
            Entry::Event(event) => self.add_event(seq, *event, visits, orders),
            Entry::Ad(event) => self.add_ad(seq, event, banners),
            Entry::Dropped(dropped) => {
                self.drop(seq, dropped.site, dropped.local_date, dropped.reason, dropped.count)
            }
            Entry::Import(mark) => {
                self.tally.marks += 1;
                self.imports.insert(mark.import, mark);
            }
        }
    }

    fn add_ad(&mut self, seq: u64, mut event: AdEvent, banners: &mut Banners) {
        self.tally.ads += 1;
        if seq > self.already.ads {
            banners.judge(&mut event);
            self.batch.ads.push(AdRow::new(seq, event));
        }
    }

    /// Sets a record aside that can't be read.
    fn keep(&mut self, seq: u64, bytes: Bytes) {
        tracing::error!(seq, "a record of the spool can't be read and goes into quarantine");
        self.tally.quarantined += 1;
        self.garbage.push((seq, bytes));
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
                self.tally.events += 1;
                self.sites.entry(site).or_insert(time);
                self.batch.events.push(EventRow::new(seq, visit, event));
            }
            Err(reason) => self.drop(seq, site, local_date, reason as u32, 1),
        }
    }

    /// Dropped hits of one site, day and reason are one row.
    fn drop(&mut self, seq: u64, site: u32, local_date: i32, reason: u32, count: u32) {
        let number = u8::try_from(reason).unwrap_or(u8::MAX);
        *self.tally.dropped.entry(number).or_default() += 1;
        // Also a hit that is dropped only now may be there already.
        if seq <= self.already.dropped {
            return;
        }
        let row = self.dropped.entry((site, local_date, reason)).or_insert_with(|| DroppedRow {
            seq,
            last_seq: seq,
            site_id: site,
            local_date: day::stored(local_date),
            reason: number,
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
    let number = match entry {
        Entry::Event(event) => event.local_date,
        Entry::Ad(event) => event.local_date,
        Entry::Dropped(dropped) => dropped.local_date,
        Entry::Import(_) => return None,
    };
    let date = day::date(number);
    Some(i32::from(date.year()) * 12 + i32::from(date.month()))
}
