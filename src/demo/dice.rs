//! Chance that comes out the same each time.

use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::day;

/// Where all chance of the demo begins.
const SEED: u64 = 0x4465_5769_6c67;

/// The dice of one day.
pub(super) fn of_day(date: Date) -> StdRng {
    StdRng::seed_from_u64(SEED ^ u64::from(day::number(date).unsigned_abs()) << 24)
}

/// The dice of what has no day.
pub(super) fn of_today() -> StdRng {
    StdRng::seed_from_u64(SEED)
}

/// One of some things, by weight.
pub(super) fn pick<T: Copy + Default>(dice: &mut StdRng, things: &[(u32, T)]) -> T {
    let sum: u32 = things.iter().map(|(weight, _)| weight).sum();
    let mut left = dice.random_range(0..sum.max(1));
    let is_it = |(weight, _): &&(u32, T)| {
        let found = left < *weight;
        left = left.saturating_sub(*weight);
        found
    };
    things.iter().find(is_it).map(|(_, thing)| *thing).unwrap_or_default()
}

/// One of some things; the first is the most popular, the others are less and less so.
pub(super) fn pick_popular<T: Copy + Default>(dice: &mut StdRng, things: &[T]) -> T {
    let weights = (3_u32..).map(|place| 3_000 / place);
    let weighted: Vec<(u32, T)> = weights.zip(things.iter().copied()).collect();
    pick(dice, &weighted)
}

/// A waiting time around `mean` seconds: most are shorter, a few much longer.
pub(super) fn wait(dice: &mut StdRng, mean: f64) -> i64 {
    let luck: f64 = dice.random_range(0.01..1.0);
    let seconds = -luck.ln() * mean;
    // At most 4.6 times the mean, so it fits.
    4 + seconds as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_and_the_same_dice_fall_the_same_way() {
        let throw = || {
            let mut dice = of_today();
            let mut counts = [0; 3];
            for _ in 0..10_000 {
                counts[pick(&mut dice, &[(1, 0_usize), (0, 1), (3, 2)])] += 1;
            }
            counts
        };
        let counts = throw();
        assert_eq!(counts, throw());
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
    }
}
