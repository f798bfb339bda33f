//! Rows of the tables, from the spool's records.

use clickhouse::Row;
use serde::{Deserialize, Serialize};

use crate::day;
use crate::event::{AdEvent, Event, Order};

/// The last day that a `Date` can hold: rows that carry it stay until a retention is set.
const NEVER: u16 = u16::MAX;

/// A row of `events`.
#[derive(Row, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
#[allow(missing_docs, reason = "the columns are described where the table is made")]
pub struct EventRow {
    pub seq: u64,
    pub site_id: u32,
    pub local_date: u16,
    pub local_hour: u8,
    pub visitor_hour: u8,
    pub time: u32,
    pub kind: u8,
    pub visitor: u64,
    pub visit: u64,
    pub new_visit: u8,
    pub user: u64,
    pub view: u32,
    pub host: String,
    pub path: String,
    pub title: String,
    pub target: String,
    pub referrer_kind: u8,
    pub referrer_name: String,
    pub referrer_url: String,
    pub referrer_keyword: String,
    pub keyword_missing: u8,
    pub campaign_source: String,
    pub campaign_medium: String,
    pub campaign_content: String,
    pub campaign_id: String,
    pub category: String,
    pub action: String,
    pub name: String,
    pub has_value: u8,
    pub value: f64,
    pub country: String,
    pub region: String,
    pub city: String,
    pub browser: String,
    pub browser_version: String,
    pub system: String,
    pub system_version: String,
    pub device: u8,
    pub language: String,
    pub screen: String,
    pub timings: Vec<i32>,
    pub goals: Vec<u32>,
    pub goal_revenues: Vec<f64>,
    pub matched: u32,
    pub order_id: u64,
    pub order_amounts: Vec<f64>,
    pub item_skus: Vec<String>,
    pub item_names: Vec<String>,
    pub item_categories: Vec<Vec<String>>,
    pub item_prices: Vec<f64>,
    pub item_quantities: Vec<u32>,
    pub dimension_ids: Vec<u16>,
    pub dimension_values: Vec<String>,
    pub variable_scopes: Vec<u8>,
    pub variable_names: Vec<String>,
    pub variable_values: Vec<String>,
    pub attribution_kind: u8,
    pub attribution_name: String,
    pub attribution_keyword: String,
    pub bandwidth: u64,
    pub prefix: u8,
    pub expires: u16,
}

/// What is stored beyond this, from the time when clients could send any number, is left out of every sum: one such
/// number would be all that a report says, for good.
pub(super) const MAX_STORED: f64 = 1e15;

impl EventRow {
    /// The row without numbers that can't be.
    pub fn within_bounds(mut self) -> EventRow {
        let numbers = [&mut self.goal_revenues, &mut self.order_amounts, &mut self.item_prices];
        let numbers = numbers.into_iter().flatten().chain([&mut self.value]);
        numbers
            .filter(|number| !(-MAX_STORED..=MAX_STORED).contains(*number))
            .for_each(|number| *number = 0.0);
        self
    }
}

impl EventRow {
    /// The row of an event that is number `seq` in the spool and belongs to `visit`. Its conversions are those that
    /// count.
    pub fn new(seq: u64, visit: u64, event: Event) -> EventRow {
        let campaign = event.campaign.unwrap_or_default();
        let attribution = event.attribution.unwrap_or_default();
        let of_order =
            |order: Order| vec![order.revenue, order.subtotal, order.tax, order.shipping, order.discount];
        EventRow {
            seq,
            site_id: event.site,
            local_date: day::stored(event.local_date),
            local_hour: byte(event.local_hour),
            visitor_hour: byte(event.visitor_hour.unwrap_or(event.local_hour)),
            time: second(event.time),
            kind: u8::try_from(event.kind).unwrap_or(0),
            visitor: event.visitor,
            visit,
            new_visit: u8::from(event.new_visit),
            user: event.user,
            view: event.view,
            host: event.host,
            path: event.path,
            title: event.title,
            target: event.target,
            referrer_kind: byte(event.referrer_kind),
            referrer_name: event.referrer_name,
            referrer_url: event.referrer_url,
            referrer_keyword: event.referrer_keyword,
            keyword_missing: u8::from(event.keyword_missing),
            campaign_source: campaign.source,
            campaign_medium: campaign.medium,
            campaign_content: campaign.content,
            campaign_id: campaign.id,
            category: event.category,
            action: event.action,
            name: event.name,
            has_value: u8::from(event.value.is_some()),
            value: event.value.unwrap_or(0.0),
            country: event.country,
            region: event.region,
            city: event.city,
            browser: event.browser,
            browser_version: event.browser_version,
            system: event.system,
            system_version: event.system_version,
            device: byte(event.device),
            language: event.language,
            screen: event.screen,
            timings: event.timings,
            goals: event.conversions.iter().map(|conversion| conversion.goal).collect(),
            goal_revenues: event.conversions.iter().map(|conversion| conversion.revenue).collect(),
            matched: event.matched,
            order_id: event.order.map_or(0, |order| order.id),
            order_amounts: event.order.map(of_order).unwrap_or_default(),
            item_skus: event.items.iter().map(|item| item.sku.clone()).collect(),
            item_names: event.items.iter().map(|item| item.name.clone()).collect(),
            item_prices: event.items.iter().map(|item| item.price).collect(),
            item_quantities: event.items.iter().map(|item| item.quantity).collect(),
            item_categories: event.items.into_iter().map(|item| item.categories).collect(),
            dimension_ids: event.dimensions.iter().map(|dimension| short(dimension.id)).collect(),
            dimension_values: event.dimensions.into_iter().map(|dimension| dimension.value).collect(),
            variable_scopes: event.variables.iter().map(|variable| u8::from(variable.of_visit)).collect(),
            variable_names: event.variables.iter().map(|variable| variable.name.clone()).collect(),
            variable_values: event.variables.into_iter().map(|variable| variable.value).collect(),
            attribution_kind: byte(attribution.kind),
            attribution_name: attribution.name,
            attribution_keyword: attribution.keyword,
            bandwidth: event.bandwidth,
            prefix: byte(event.prefix),
            expires: NEVER,
        }
    }
}

/// A row of `ad_events`.
#[derive(Row, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
#[allow(missing_docs, reason = "the columns are described where the table is made")]
pub struct AdRow {
    pub seq: u64,
    pub site_id: u32,
    pub local_date: u16,
    pub local_hour: u8,
    pub time: u32,
    pub kind: u8,
    pub campaign_id: u32,
    pub creative_id: u32,
    pub placement_id: u32,
    pub nonce: u64,
    pub viewer: u64,
    pub reason: u8,
    pub country: String,
    pub browser: String,
    pub device: u8,
    pub expires: u16,
}

impl AdRow {
    /// The row of a banner event that is number `seq` in the spool.
    pub fn new(seq: u64, event: AdEvent) -> AdRow {
        AdRow {
            seq,
            site_id: event.site,
            local_date: day::stored(event.local_date),
            local_hour: byte(event.local_hour),
            time: second(event.time),
            kind: u8::try_from(event.kind).unwrap_or(0),
            campaign_id: event.campaign,
            creative_id: event.creative,
            placement_id: event.placement,
            nonce: event.nonce,
            viewer: event.viewer,
            reason: byte(event.reason),
            country: event.country,
            browser: event.browser,
            device: byte(event.device),
            expires: NEVER,
        }
    }
}

/// A row of `dropped`.
#[derive(Row, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
#[allow(missing_docs, reason = "the columns are described where the table is made")]
pub struct DroppedRow {
    pub seq: u64,
    pub last_seq: u64,
    pub site_id: u32,
    pub local_date: u16,
    pub reason: u8,
    pub hits: u64,
    pub records: u64,
}

/// A second that a `DateTime` can hold (1970 to 2106).
fn second(time: i64) -> u32 {
    u32::try_from(time.max(0)).unwrap_or(u32::MAX)
}

fn short(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn byte(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
