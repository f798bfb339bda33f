//! Banner requests to anonymous banner events.

use jiff::Timestamp;

use super::visitor::{self, Among};
use super::{Moment, Origin, Privacy, ip};
use crate::ads::Delivery;
use crate::event::{AdEvent, AdKind};

impl Privacy {
    /// Turns a banner's impression or click into an event: counted, and valid as far as this can tell.
    pub fn banner_event(
        &self,
        kind: AdKind,
        delivery: &Delivery,
        origin: &Origin,
        moment: Moment,
        now: Timestamp,
    ) -> AdEvent {
        let agent = origin.agent.open();
        let network = ip::truncate(*origin.address.open());
        let salt = self.salts.get(moment.local_date, now);
        let among = Among::Campaign(delivery.campaign);
        let device = self.devices.classify(agent, &origin.hints());
        AdEvent {
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
            reason: 0,
            country: self.look_up(network).country,
            browser: device.browser.clone(),
            device: device.kind as u32,
        }
    }
}
