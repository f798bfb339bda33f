//! Banner requests to anonymous banner events.

use std::io;

use jiff::Timestamp;

use super::visitor::{self, Among};
use super::{Moment, Origin, Privacy, ip};
use crate::ads::Delivery;
use crate::event::{AdEvent, AdKind, Reason};

impl Privacy {
    /// Turns a banner's impression or click into an event. Whoever sent it, it is counted (gross); a bot's, a
    /// prefetched or an over-frequent one is marked as not valid.
    ///
    /// # Errors
    /// When the day's salt can't be written down.
    pub fn banner_event(
        &self,
        kind: AdKind,
        delivery: &Delivery,
        origin: &Origin,
        moment: Moment,
        now: Timestamp,
    ) -> io::Result<AdEvent> {
        let agent = origin.agent.open();
        let network = ip::truncate(*origin.address.open());
        let salt = self.salts.get(moment.local_date, now)?;
        let among = Among::Campaign(delivery.campaign);
        let device = self.devices.classify(agent, &origin.hints());
        Ok(AdEvent {
            site: delivery.site,
            time: moment.time,
            local_date: moment.local_date,
            local_hour: moment.local_hour,
            kind: kind as i32,
            campaign: delivery.campaign,
            creative: delivery.creative,
            placement: delivery.placement,
            nonce: delivery.nonce,
            viewer: visitor::daily(&salt, among, network, agent, origin.language.open()),
            reason: self.fault(delivery, origin, now).map_or(0, |reason| reason as u32),
            country: self.look_up(network).country,
            browser: device.browser.clone(),
            device: device.kind as u32,
        })
    }

    /// Why it is not valid, as far as one request alone can tell; the drain adds repetitions.
    fn fault(&self, delivery: &Delivery, origin: &Origin, now: Timestamp) -> Option<Reason> {
        if delivery.is_expired(now) {
            return Some(Reason::Expired);
        }
        if origin.prefetch {
            return Some(Reason::Prefetch);
        }
        if self.is_mail_proxy(origin) {
            return Some(Reason::MailProxy);
        }
        self.judge_agent(None, origin, false).or_else(|| self.is_over_limit(origin).then_some(Reason::Rate))
    }
}
