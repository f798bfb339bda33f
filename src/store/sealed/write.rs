//! Writing a generation of a site's days.
//!
//! Every row carries the generation's number, which is noted as begun before the first row is written and as whole after
//! the last is durable. What a crash leaves behind has a number that is never whole, and that the site never gets again.

use clickhouse::query::Query;

use super::book::{BEGUN, WHOLE, with_days};
use super::rollups::{Per, Rollup};
use super::rows::{self, HAPPENED, Rows, VISIT};
use crate::accounts::Identity;
use crate::store::queries::Dimension;
use crate::store::{Result, Store};

/// Bytes of memory that an event is reckoned to take while visits are made.
const EVENT_BYTES: u64 = 1_000;

/// The events of the days that are being sealed, and no later ones.
const EVENTS: &str = "site_id = {site:UInt32} AND local_date IN {days:Array(Date)} AND seq <= {last:UInt64}";

/// Rows of the generation that is being written.
const WRITTEN: &str =
    "site_id = {site:UInt32} AND local_date IN {days:Array(Date)} AND generation = {generation:UInt32}";

/// Days of one site, in one month, that are sealed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// The site.
    pub site: u32,
    /// Days since 1970-01-01.
    pub days: Vec<u16>,
    /// How many events each of them has.
    pub held: Vec<u64>,
    /// `seq` of the last event that is counted.
    pub last_seq: u64,
    /// A number higher than that of every generation before.
    pub generation: u32,
}

impl Sealing {
    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.held.iter().sum()
    }
}

impl Store {
    /// Computes and writes a generation of a site of the given identity. Reports read it from the moment that this returns.
    ///
    /// # Errors
    /// When the database fails; nothing of the generation counts then.
    pub async fn seal(&self, work: &Sealing, identity: Identity) -> Result<()> {
        self.begin(work).await?;
        for slice in 0..self.slices(work) {
            self.place(work, slice).await?;
        }
        for slice in 0..self.slices(work) {
            self.write_visits(work, slice, identity).await?;
        }
        let visits = format!("(SELECT {VISIT}, {HAPPENED}, {} FROM visits WHERE {WRITTEN})", rows::DERIVED);
        let events = rows::with_people(&rows::events(EVENTS, Some(WRITTEN)));
        let rows = Rows { visits, events };
        for rollup in [Rollup::Days, Rollup::Hours] {
            let select = rollup.of_visits(&rows.visits).unwrap_or_else(|| rollup.of_rows(&rows));
            self.roll_up(work, rollup, &select).await?;
        }
        self.write_labels(work, &rows.visits).await?;
        self.finish(work).await
    }

    async fn begin(&self, work: &Sealing) -> Result<()> {
        let sql = format!(
            "INSERT INTO sealed_days (site_id, local_date, generation, state)
             SELECT {{site:UInt32}}, arrayJoin({{days:Array(Date)}}), {{generation:UInt32}}, {BEGUN}"
        );
        self.step(work, &sql).execute().await
    }

    /// The events that are noted as counted are those that were there when the work was decided on: a day to which others
    /// came meanwhile, with whatever numbers, differs from it, and is sealed again.
    async fn finish(&self, work: &Sealing) -> Result<()> {
        let sql = format!(
            "INSERT INTO sealed_days (site_id, local_date, generation, state, last_seq, events, corrections)
             SELECT {{site:UInt32}}, e.day.1, {{generation:UInt32}}, {WHOLE}, {{last:UInt64}}, e.day.2, c.moved
             FROM (SELECT arrayJoin(arrayZip({{days:Array(Date)}}, {{held:Array(UInt64)}})) AS day) AS e
             LEFT JOIN (SELECT local_date, count() AS moved FROM visit_corrections WHERE {WRITTEN}
                        GROUP BY local_date) AS c ON e.day.1 = c.local_date"
        );
        let query = self.step(work, &sql).param("held", work.held.clone());
        query.execute().await?;
        self.known.note_write();
        Ok(())
    }

    /// Sorts events into visits once more and writes down what differs.
    async fn place(&self, work: &Sealing, slice: u64) -> Result<()> {
        let moved = rows::corrections(EVENTS, "person % {slices:UInt64} = {slice:UInt64}");
        let sql = format!(
            "INSERT INTO visit_corrections (site_id, local_date, seq, visit, generation)
             SELECT *, {{generation:UInt32}} FROM ({moved})"
        );
        self.slice(work, &sql, slice).execute().await
    }

    /// Who had a visit is kept where visitors agreed to be known for longer than a day. Elsewhere the visits of a visitor
    /// can be told by the first of them, and no more need be known.
    async fn write_visits(&self, work: &Sealing, slice: u64, identity: Identity) -> Result<()> {
        let visitor = match identity {
            Identity::Consented => "visitor",
            Identity::Daily => "toUInt64(0)",
        };
        let events = rows::events(EVENTS, Some(WRITTEN));
        let in_slice = "visit != 0 AND visit % {slices:UInt64} = {slice:UInt64}";
        let visits = rows::sealed_visits(&events, in_slice);
        let sql = format!(
            "INSERT INTO visits ({VISIT}, {HAPPENED}, generation)
             SELECT {VISIT}, {HAPPENED}, {{generation:UInt32}}
             FROM (SELECT * REPLACE ({visitor} AS visitor) FROM {visits})"
        );
        self.slice(work, &sql, slice).execute().await
    }

    /// All dimensions at once where days are small: each statement has its price. One by one where they are large.
    async fn write_labels(&self, work: &Sealing, visits: &str) -> Result<()> {
        let at_once = if self.slices(work) > 1 { 1 } else { Dimension::ALL.len() };
        for dimensions in Dimension::ALL.chunks(at_once) {
            let select = |dimension: &Dimension| {
                let rollup = Rollup::Labels(*dimension, Per::Day);
                let labels = rollup.of_visits(visits)?;
                Some(format!(
                    "SELECT {}, {} AS dimension FROM ({labels})",
                    rollup.columns(),
                    dimension.number()
                ))
            };
            let all: Vec<String> = dimensions.iter().filter_map(select).collect();
            let columns = format!("{}, dimension", Rollup::Labels(dimensions[0], Per::Day).columns());
            let sql = filling("daily_breakdowns", &columns, &all.join(" UNION ALL "));
            self.step(work, &sql).execute().await?;
        }
        Ok(())
    }

    async fn roll_up(&self, work: &Sealing, rollup: Rollup, select: &str) -> Result<()> {
        let sql = filling(rollup.table(), &rollup.columns(), select);
        self.step(work, &sql).execute().await
    }

    /// Visits are made in so many statements that each takes a quarter of the memory at most.
    fn slices(&self, work: &Sealing) -> u64 {
        let at_once = (self.memory / 4 / EVENT_BYTES).max(1);
        work.events().div_ceil(at_once).max(1)
    }

    fn slice(&self, work: &Sealing, sql: &str, slice: u64) -> Query {
        self.step(work, sql).param("slices", self.slices(work)).param("slice", slice)
    }

    /// A statement that is sent once. What fails is done again in another generation; an engine that compared inserts with
    /// former ones would take a number that was given out again, after its rows were deleted, for a repetition.
    fn step(&self, work: &Sealing, sql: &str) -> Query {
        let client = self.spilling().with_setting("insert_deduplicate", "0");
        let query = client.query(sql).param("site", work.site).param("last", work.last_seq);
        with_days(query.param("generation", work.generation), work.days.iter().copied())
    }
}

fn filling(table: &str, columns: &str, select: &str) -> String {
    format!(
        "INSERT INTO {table} ({columns}, generation) SELECT {columns}, {{generation:UInt32}} FROM ({select})"
    )
}
