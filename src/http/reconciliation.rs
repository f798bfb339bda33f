//! Where every record is that was ever acknowledged: accepted = stored + waiting + dropped + the rest, all told.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::event::Reason;
use crate::telemetry::gauge;

/// Records by where they are. Hits that were dropped in one request for one reason are one record.
#[derive(Serialize)]
pub(super) struct Reconciliation {
    /// Nothing is nowhere, nothing is twice, and the tables hold what they should.
    balanced: bool,
    /// Made durable, ever.
    accepted: u64,
    /// In the database.
    stored: u64,
    /// In the spool, on the way to the database.
    waiting: u64,
    /// Not counted, by reason.
    dropped: BTreeMap<&'static str, u64>,
    /// Notes of how far a log has been imported; no hits.
    import_marks: u64,
    /// Refused by the database for good, or unreadable, and kept in the quarantine folder.
    quarantined: u64,
    /// Gone with damaged bytes of the spool.
    lost: u64,
    /// Nowhere (below zero: in two places).
    unexplained: i64,
    /// Rows that the tables should hold and didn't when they were last asked.
    missing_rows: u64,
    /// Rows that the tables held and shouldn't when they were last asked.
    surplus_rows: u64,
    /// Number of the last record that is durable.
    durable_seq: u64,
    /// Number of the last record that the database has.
    stored_seq: u64,
    /// Banner clicks since the start that were redirected while nothing could be made durable.
    clicks_not_counted: u64,
    /// What somebody should look at.
    alarms: Vec<String>,
}

impl Reconciliation {
    /// How it stands. Asks neither disk nor database.
    pub fn now(app: &App) -> Reconciliation {
        // In this order: what is settled is never ahead of what is durable.
        let progress = app.drain.progress();
        let durable_seq = app.spool.state().durable_seq;
        let tally = &progress.ledger.tally;
        let waiting = durable_seq.saturating_sub(progress.ledger.upto);
        let name = |reason: u8| Reason::from_number(reason).map_or("unknown", Reason::as_str);
        let unexplained = tally.unexplained();
        let (missing_rows, surplus_rows) = (progress.missing_rows, progress.surplus_rows);
        let mut now = Reconciliation {
            balanced: unexplained == 0 && missing_rows == 0 && surplus_rows == 0,
            accepted: tally.accepted + waiting,
            stored: tally.stored(),
            waiting,
            dropped: tally.dropped.iter().map(|(reason, records)| (name(*reason), *records)).collect(),
            import_marks: tally.marks,
            quarantined: tally.quarantined,
            lost: tally.lost,
            unexplained,
            missing_rows,
            surplus_rows,
            durable_seq,
            stored_seq: progress.stored,
            clicks_not_counted: app.telemetry.uncounted_clicks(),
            alarms: Vec::new(),
        };
        now.alarms = now.alarms();
        now
    }

    fn alarms(&self) -> Vec<String> {
        let alarms = [
            (self.quarantined, "records are in quarantine: `footfall spool inspect` says why"),
            (self.lost, "records are lost to damage of the spool"),
            (self.unexplained.unsigned_abs(), "records are unexplained"),
            (self.missing_rows, "rows are missing in the database"),
            (self.surplus_rows, "rows too many are in the database"),
        ];
        alarms
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect()
    }

    /// The same for Prometheus.
    pub fn metrics(&self) -> String {
        let reasons = self.dropped.iter();
        let reasons = reasons
            .map(|(reason, records)| format!("footfall_records_dropped{{reason=\"{reason}\"}} {records}\n"));
        let dropped = "# HELP footfall_records_dropped Records of hits that were not counted, by reason.\n\
                       # TYPE footfall_records_dropped gauge\n";
        [
            gauge("records_accepted", "Records that were ever made durable", self.accepted),
            gauge("records_stored", "Records that are in the database", self.stored),
            dropped.to_owned() + &reasons.collect::<String>(),
            gauge("records_import_marks", "Records that say how far a log is imported", self.import_marks),
            gauge("records_quarantined", "Records in the quarantine folder", self.quarantined),
            gauge("records_lost", "Records that damage of the spool has cost", self.lost),
            gauge(
                "records_unexplained",
                "Records that are nowhere; anything but 0 is a fault",
                self.unexplained,
            ),
            gauge("rows_missing", "Rows that the database should have and has not", self.missing_rows),
            gauge("rows_surplus", "Rows that the database has and should not", self.surplus_rows),
        ]
        .concat()
    }
}
