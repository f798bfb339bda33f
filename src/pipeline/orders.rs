//! Which orders have been counted: the same number twice is one order, whoever sends it again.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

impl Orders {
    /// Claims a number for an order that is about to be stored; false when it is taken.
    pub fn claim(&self, order: u64) -> bool {
        !lock(&self.counted).contains(order) && lock(&self.claimed).insert(order)
    }

    /// Gives a number back whose order could not be stored.
    pub fn release(&self, order: u64) {
        lock(&self.claimed).remove(order);
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
        let orders = Orders::default();
        assert!(orders.claim(7));
        assert!(!orders.claim(7));
        orders.release(7);
        assert!(orders.claim(7));
        assert!(orders.count(7));
        assert!(!orders.count(7));
        orders.release(7);
        assert!(!orders.claim(7));
    }
}
