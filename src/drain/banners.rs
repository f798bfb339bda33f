//! Which banner events repeat one that was counted.
//!
//! A delivery with a nonce has one valid impression and one valid click. A click on a tag without a nonce is not valid
//! when the same viewer clicked the same creative in the same place within [`CLICK_WINDOW`]. Only valid events count as
//! "before": a bot's click doesn't spoil a person's.

use std::collections::{HashMap, HashSet};

use crate::ads::{CLICK_WINDOW, DELIVERY_LIFETIME};
use crate::event::{AdEvent, AdKind, Reason};
use crate::store::history::{PlainClick, UsedNonce};

/// Most deliveries remembered in one generation. More than that in two hours, and the oldest may count twice.
const MAX_DELIVERIES: usize = 4_000_000;

/// Clicks remembered before those are looked for whose window is over.
const MANY_CLICKS: usize = 100_000;

/// What has been counted and may come again.
#[derive(Default)]
pub(super) struct Banners {
    young: HashSet<(u64, i32)>,
    old: HashSet<(u64, i32)>,
    turned: i64,
    clicks: HashMap<(u64, u32, u32), i64>,
}

impl Banners {
    /// Takes up what the database remembers.
    pub fn recall(&mut self, nonces: Vec<UsedNonce>, clicks: Vec<PlainClick>) {
        self.young.extend(nonces.into_iter().map(|used| (used.nonce, i32::from(used.kind))));
        for click in clicks {
            let last = self.clicks.entry((click.viewer, click.creative_id, click.placement_id)).or_default();
            *last = i64::from(click.time).max(*last);
        }
    }

    /// Forgets deliveries that have expired. `now` is in Unix seconds.
    pub fn age(&mut self, now: i64) {
        if now - self.turned > DELIVERY_LIFETIME || self.young.len() >= MAX_DELIVERIES {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
    }

    /// Marks an event that repeats one as a duplicate.
    pub fn judge(&mut self, event: &mut AdEvent) {
        if event.reason == 0 && self.is_repeated(event) {
            event.reason = Reason::Duplicate as u32;
        }
    }

    /// Forgets clicks whose window is over by the time of the clicks themselves: what waited in the spool is judged late.
    fn forget_clicks(&mut self, time: i64) {
        if self.clicks.len() >= MANY_CLICKS {
            self.clicks.retain(|_, before| time - *before < CLICK_WINDOW);
        }
    }

    fn is_repeated(&mut self, event: &AdEvent) -> bool {
        if event.nonce != 0 {
            let key = (event.nonce, event.kind);
            return self.old.contains(&key) || !self.young.insert(key);
        }
        if event.kind != AdKind::Click as i32 {
            return false;
        }
        let key = (event.viewer, event.creative, event.placement);
        let before = self.clicks.get(&key).is_some_and(|time| event.time - time < CLICK_WINDOW);
        if !before {
            self.forget_clicks(event.time);
            self.clicks.insert(key, event.time);
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(events: impl IntoIterator<Item = AdEvent>) -> Vec<u32> {
        let mut banners = Banners::default();
        let mut judge = |mut event: AdEvent| {
            banners.judge(&mut event);
            event.reason
        };
        events.into_iter().map(&mut judge).collect()
    }

    const DUPLICATE: u32 = Reason::Duplicate as u32;

    #[test]
    fn a_delivery_counts_once_of_each_kind() {
        let event = |kind: AdKind| AdEvent { nonce: 5, kind: kind as i32, ..AdEvent::default() };
        let events = [AdKind::Impression, AdKind::Click, AdKind::Impression, AdKind::Click].map(event);
        assert_eq!(reasons(events), [0, 0, DUPLICATE, DUPLICATE]);
    }

    #[test]
    fn plain_clicks_repeat_within_thirty_seconds_of_a_valid_one() {
        let click = |time| AdEvent { kind: AdKind::Click as i32, time, viewer: 9, ..AdEvent::default() };
        assert_eq!(reasons([0, 29, 30, 59, 60].map(click)), [0, DUPLICATE, 0, DUPLICATE, 0]);
    }

    #[test]
    fn the_later_of_two_clicks_is_recalled() {
        let mut banners = Banners::default();
        for time in [40, 5] {
            banners.recall(Vec::new(), vec![PlainClick { viewer: 9, creative_id: 0, placement_id: 0, time }]);
        }
        let mut click = AdEvent { kind: AdKind::Click as i32, time: 50, viewer: 9, ..AdEvent::default() };
        banners.judge(&mut click);
        assert_eq!(click.reason, DUPLICATE);
    }

    #[test]
    fn plain_impressions_all_count() {
        let view = AdEvent { kind: AdKind::Impression as i32, ..AdEvent::default() };
        assert_eq!(reasons([view.clone(), view]), [0, 0]);
    }

    #[test]
    fn a_bots_click_does_not_spoil_a_persons() {
        let click =
            |reason: u32| AdEvent { nonce: 5, kind: AdKind::Click as i32, reason, ..AdEvent::default() };
        assert_eq!(reasons([click(Reason::Bot as u32), click(0)]), [Reason::Bot as u32, 0]);
    }
}
