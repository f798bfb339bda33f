//! Which orders have been counted: the same number twice is one order, whoever sends it again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Orders remembered in one generation, 8 bytes each; the older generation goes when the newer is full. An order that
/// two million others have followed could be counted again.
pub const MAX_ORDERS: usize = 1_000_000;

/// Numbers of orders, as hashes.
///
/// The collector claims a number before its order is durable, so that the second of two requests is told at once; the
/// drain, which sees all orders one after the other, has the last word.
#[derive(Default)]
pub struct Orders {
    claimed: Mutex<Generations>,
    counted: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashSet<u64>,
    old: HashSet<u64>,
}

impl Generations {
    fn insert(&mut self, order: u64) -> bool {
        if self.young.len() >= MAX_ORDERS {
            self.old = std::mem::take(&mut self.young);
        }
        !self.old.contains(&order) && self.young.insert(order)
    }

    fn contains(&self, order: u64) -> bool {
        self.young.contains(&order) || self.old.contains(&order)
    }

    fn remove(&mut self, order: u64) {
        self.young.remove(&order);
        self.old.remove(&order);
    }
}

/// A number that an order has claimed. Whatever keeps the order from the disk gives the number back: an error, a client
/// that hangs up, a fault; or the shop's second attempt would be taken for a repetition, and the order be lost.
pub(super) struct Claim {
    orders: Arc<Orders>,
    number: Option<u64>,
}

impl Claim {
    /// The order is durable: its number is taken for good.
    pub(super) fn keep(mut self) {
        self.number = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            lock(&self.orders.claimed).remove(number);
        }
    }
}

impl Orders {
    /// Claims a number for an order that is about to be stored; nothing when it is taken.
    pub(super) fn claim(self: &Arc<Orders>, number: u64) -> Option<Claim> {
        let is_free = !lock(&self.counted).contains(number) && lock(&self.claimed).insert(number);
        is_free.then(|| Claim { orders: Arc::clone(self), number: Some(number) })
    }

    /// Counts an order; false when it was counted before.
    pub fn count(&self, order: u64) -> bool {
        lock(&self.counted).insert(order)
    }
}

fn lock(generations: &Mutex<Generations>) -> MutexGuard<'_, Generations> {
    generations.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_claimed_and_counted_once() {
        let orders = Arc::new(Orders::default());
        let claim = orders.claim(7);
        assert!(claim.is_some());
        assert!(orders.claim(7).is_none());
        claim.unwrap().keep();
        assert!(orders.claim(7).is_none());
        assert!(orders.count(7));
        assert!(!orders.count(7));
        assert!(orders.claim(7).is_none());
    }

    #[test]
    fn a_claim_that_is_not_kept_is_given_back() {
        let orders = Arc::new(Orders::default());
        drop(orders.claim(7));
        assert!(orders.claim(7).is_some());
        assert!(orders.count(7), "the drain has the last word");
        assert!(orders.claim(7).is_none());
    }
}
