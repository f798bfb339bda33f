//! What an operator can watch. No address, no agent, no id is ever part of a log line or a metric.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::engine::EngineState;
use crate::event::Reason;
use crate::pipeline::Outcome;

/// Counters since the server started.
pub struct Telemetry {
    registry: Registry,
    hits: Family<HitLabels, Counter>,
    uncounted_clicks: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HitLabels {
    outcome: &'static str,
}

impl Default for Telemetry {
    fn default() -> Telemetry {
        let mut registry = Registry::with_prefix("footfall");
        let hits = Family::<HitLabels, Counter>::default();
        registry.register("hits", "Hits by what became of them", hits.clone());
        let uncounted_clicks = Counter::default();
        let help = "Banner clicks that were redirected while nothing could be made durable";
        registry.register("clicks_not_counted", help, uncounted_clicks.clone());
        Telemetry {
            registry,
            hits,
            uncounted_clicks,
        }
    }
}

impl Telemetry {
    /// Notes what became of a hit.
    pub fn outcome(&self, outcome: &Outcome) {
        let outcome = outcome.reason.map_or("accepted", Reason::as_str);
        self.hits.get_or_create(&HitLabels { outcome }).inc();
    }

    /// Notes a click that was redirected and could not be counted.
    pub fn click_not_counted(&self) {
        self.uncounted_clicks.inc();
        tracing::error!("a banner click was redirected and could not be counted");
    }

    /// How many clicks could not be counted since the server started.
    pub fn uncounted_clicks(&self) -> u64 {
        self.uncounted_clicks.get()
    }

    /// Everything in Prometheus' text format.
    pub fn render(&self, app: &App) -> String {
        let mut out = String::new();
        if text::encode(&mut out, &self.registry).is_err() {
            tracing::error!("metrics could not be encoded");
        }
        let end = "# EOF\n";
        let body = out.strip_suffix(end).unwrap_or(&out).to_owned();
        body + &gauges(app) + end
    }
}

fn gauges(app: &App) -> String {
    let spool = app.spool.state();
    let stored = app.drain.progress().stored;
    let rows = [
        (
            "spool_waiting_records",
            "Records that are durable and not yet in the database",
            waiting(app),
        ),
        ("spool_bytes", "Bytes that the spool takes on disk", spool.bytes),
        (
            "stored_seq",
            "Number of the last record that the database has",
            stored,
        ),
        (
            "engine_up",
            "Whether the database answers",
            u64::from(is_engine_up(app)),
        ),
    ];
    let row = |(name, help, value): (&str, &str, u64)| {
        format!("# HELP footfall_{name} {help}.\n# TYPE footfall_{name} gauge\nfootfall_{name} {value}\n")
    };
    rows.into_iter().map(row).collect()
}

/// Records that are durable and not yet in the database.
pub fn waiting(app: &App) -> u64 {
    let spool = app.spool.state();
    spool
        .durable_seq
        .saturating_sub(app.drain.progress().stored.max(spool.acked_seq))
}

/// Whether the database takes records, as far as is known.
pub fn is_engine_up(app: &App) -> bool {
    let ready = app
        .engine
        .as_ref()
        .is_none_or(|state| matches!(&*state.borrow(), EngineState::Ready));
    ready && app.drain.progress().trouble.is_none()
}
