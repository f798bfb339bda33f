//! Rows of the tables, from the spool's records.

use clickhouse::Row;
use serde::Serialize;

use crate::event::{AdEvent, Event};

/// The last day that a `Date` can hold: rows that carry it stay until a retention is set.
const NEVER: u16 = u16::MAX;

/// A row of `events`.
#[derive(Row, Serialize)]
#[allow(missing_docs, reason = "the columns are described where the table is made")]
pub struct EventRow {
    pub seq: u64,
    pub site_id: u32,
    pub local_date: u16,
    pub local_hour: u8,
    pub time: u32,
    pub kind: u8,
    pub visitor: u64,
    pub visit: u64,
    pub host: String,
    pub path: String,
    pub title: String,
    pub target: String,
    pub referrer_kind: u8,
    pub referrer_name: String,
    pub referrer_url: String,
    pub referrer_keyword: String,
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
    pub expires: u16,
}

impl EventRow {
    /// The row of an event that is number `seq` in the spool and belongs to `visit`.
    pub fn new(seq: u64, visit: u64, event: Event) -> EventRow {
        let campaign = event.campaign.unwrap_or_default();
        EventRow {
            seq,
            site_id: event.site,
            local_date: day(event.local_date),
            local_hour: byte(event.local_hour),
            time: second(event.time),
            kind: u8::try_from(event.kind).unwrap_or(0),
            visitor: event.visitor,
            visit,
            host: event.host,
            path: event.path,
            title: event.title,
            target: event.target,
            referrer_kind: byte(event.referrer_kind),
            referrer_name: event.referrer_name,
            referrer_url: event.referrer_url,
            referrer_keyword: event.referrer_keyword,
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
            expires: NEVER,
        }
    }
}

/// A row of `ad_events`.
#[derive(Row, Serialize)]
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
            local_date: day(event.local_date),
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
#[derive(Row, Serialize)]
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

/// A day that a `Date` can hold (1970 to 2149).
pub(super) fn day(date: i32) -> u16 {
    u16::try_from(date.max(0)).unwrap_or(u16::MAX)
}

/// A second that a `DateTime` can hold (1970 to 2106).
fn second(time: i64) -> u32 {
    u32::try_from(time.max(0)).unwrap_or(u32::MAX)
}

fn byte(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
