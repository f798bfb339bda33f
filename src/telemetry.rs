//! What an operator can watch. No address, no agent, no id is ever part of a log line or a metric.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::event::Reason;
use crate::ingest::CountedAs;

/// Counters since the server started.
pub struct Telemetry {
    registry: Registry,
    hits: Family<HitLabels, Counter>,
    banner_events: Family<BannerLabels, Counter>,
    uncounted_clicks: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HitLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BannerLabels {
    kind: &'static str,
    outcome: &'static str,
}

impl Default for Telemetry {
    fn default() -> Telemetry {
        let mut registry = Registry::with_prefix("footfall");
        let hits = Family::<HitLabels, Counter>::default();
        registry.register("hits", "Hits by what became of them", hits.clone());
        let banner_events = Family::<BannerLabels, Counter>::default();
        let help = "Banner events by what became of them, repetitions not yet told apart";
        registry.register("banner_events", help, banner_events.clone());
        let uncounted_clicks = Counter::default();
        let help = "Banner clicks that were redirected while nothing could be made durable";
        registry.register("clicks_not_counted", help, uncounted_clicks.clone());
        Telemetry { registry, hits, banner_events, uncounted_clicks }
    }
}

impl Telemetry {
    /// Notes what became of hits or banner events that are durable: counted (and valid), or not for a reason.
    pub fn outcome(&self, counted_as: CountedAs, reason: Option<Reason>, count: u64) {
        let outcome = reason.map_or("accepted", Reason::as_str);
        let of_banner =
            |kind| self.banner_events.get_or_create(&BannerLabels { kind, outcome }).inc_by(count);
        match counted_as {
            CountedAs::Hit => self.hits.get_or_create(&HitLabels { outcome }).inc_by(count),
            CountedAs::Impression => of_banner("impression"),
            CountedAs::Click => of_banner("click"),
        };
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

    /// Everything in Prometheus' text format, `gauges` included.
    pub fn render(&self, gauges: &str) -> String {
        let mut out = String::new();
        if text::encode(&mut out, &self.registry).is_err() {
            tracing::error!("metrics could not be encoded");
        }
        let end = "# EOF\n";
        let body = out.strip_suffix(end).unwrap_or(&out).to_owned();
        body + gauges + end
    }
}

/// A gauge in Prometheus' text format.
pub(crate) fn gauge(name: &str, help: &str, value: impl std::fmt::Display) -> String {
    format!("# HELP footfall_{name} {help}.\n# TYPE footfall_{name} gauge\nfootfall_{name} {value}\n")
}
