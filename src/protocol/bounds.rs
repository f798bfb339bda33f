//! What a number may be that a client sends.
//!
//! Whoever looks at a page can send any number, and sums are kept for good. So what is beyond these bounds is **left
//! out**, as if it had not been sent: a missing number is better than a wrong one, and the order, the event or the page
//! view itself is counted all the same. That something was left out is counted under `Reason::Value`.
//!
//! All bounds together keep every sum finite, and exact to the cent for what real shops sell.

use super::hit::{Action, Basket, Hit, Product};

/// A range, both ends included.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    low: f64,
    high: f64,
}

/// Money in the site's currency: prices, revenues, tax, shipping, discounts. 10^12 is a large order in the smallest
/// unit that is in use, rials.
pub const MONEY: Bound = Bound { low: 0.0, high: 1e12 };

/// The same from who has a token that may write: a shop's own server may take money back.
pub const REFUND: Bound = Bound { low: -1e12, high: 1e12 };

/// The value of an event, of no unit: points, seconds, degrees, Unix milliseconds. It may be below zero, and whole
/// numbers of this size are still exact.
pub const VALUE: Bound = Bound { low: -1e15, high: 1e15 };

/// Pieces of one product in an order.
pub const QUANTITY: Bound = Bound { low: 0.0, high: 1e7 };

/// Bytes that a server sent in one answer: a terabyte.
pub const BYTES: Bound = Bound { low: 0.0, high: 1e12 };

/// Results of a search.
pub const RESULTS: Bound = Bound { low: 0.0, high: 1e9 };

/// Milliseconds that a part of loading a page took: four and a half hours (Matomo's).
pub const TIMING: Bound = Bound { low: 0.0, high: 16_777_215.0 };

/// One side of a screen in pixels.
pub const SIDE: Bound = Bound { low: 1.0, high: 32_767.0 };

/// What is nearer to zero is zero: no unit has so small a part, and sums of it say nothing.
const NOTHING: f64 = 1e-6;

/// Not measured.
pub(super) const UNMEASURED: f64 = -1.0;

impl Bound {
    /// The value, if it is within.
    pub fn keep(self, value: f64) -> Option<f64> {
        let value = if value.abs() < NOTHING { 0.0 } else { value };
        (self.low..=self.high).contains(&value).then_some(value)
    }
}

/// Leaves out of a hit what is beyond bounds, and tells whether there was any. `trusted` is who may send refunds.
pub fn bound(hit: &mut Hit, trusted: bool) -> bool {
    let mut judge = Judge { money: if trusted { REFUND } else { MONEY }, has_left_out: false };
    judge.hit(hit);
    judge.has_left_out
}

struct Judge {
    money: Bound,
    has_left_out: bool,
}

impl Judge {
    fn hit(&mut self, hit: &mut Hit) {
        self.given(self.money, &mut hit.revenue);
        self.given(BYTES, &mut hit.bandwidth);
        self.given(RESULTS, &mut hit.search_count);
        self.timings(&mut hit.timings);
        self.screen(&mut hit.screen);
        hit.product.iter_mut().for_each(|product| self.product(product));
        hit.actions.iter_mut().for_each(|action| self.action(action));
    }

    fn action(&mut self, action: &mut Action) {
        match action {
            Action::Event { value, .. } => self.given(VALUE, value),
            Action::SiteSearch { count, .. } => self.given(RESULTS, count),
            Action::Order { basket, .. } | Action::Cart(basket) => self.basket(basket),
            _ => {}
        }
    }

    fn basket(&mut self, basket: &mut Basket) {
        for amount in [&mut basket.subtotal, &mut basket.tax, &mut basket.shipping, &mut basket.discount] {
            self.number(self.money, amount);
        }
        basket.products.iter_mut().for_each(|product| self.product(product));
    }

    fn product(&mut self, product: &mut Product) {
        self.number(self.money, &mut product.price);
        self.number(QUANTITY, &mut product.quantity);
    }

    fn timings(&mut self, timings: &mut Option<[f64; 6]>) {
        for ms in timings.iter_mut().flatten().filter(|ms| **ms != UNMEASURED) {
            *ms = self.kept(TIMING, *ms).unwrap_or(UNMEASURED);
        }
    }

    /// `WxH`; what has another form is no size, and says nothing.
    fn screen(&mut self, screen: &mut Option<String>) {
        let sides = screen.as_deref().and_then(|size| size.split_once('x'));
        let pixels = |side: &str| side.parse::<f64>().unwrap_or(f64::INFINITY);
        if let Some((width, height)) = sides.map(|(width, height)| (pixels(width), pixels(height)))
            && (self.kept(SIDE, width).is_none() || self.kept(SIDE, height).is_none())
        {
            *screen = None;
        }
    }

    fn given(&mut self, bound: Bound, value: &mut Option<f64>) {
        *value = value.and_then(|value| self.kept(bound, value));
    }

    fn number(&mut self, bound: Bound, value: &mut f64) {
        *value = self.kept(bound, *value).unwrap_or(0.0);
    }

    fn kept(&mut self, bound: Bound, value: f64) -> Option<f64> {
        let kept = bound.keep(value);
        self.has_left_out |= kept.is_none();
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Params, parse};

    fn judged(query: &str, trusted: bool) -> (Hit, bool) {
        let query = format!("idsite=1&rec=1&{query}");
        let mut hit = parse(&Params::parse(query.as_bytes())).unwrap();
        let has_left_out = bound(&mut hit, trusted);
        (hit, has_left_out)
    }

    #[test]
    fn what_cannot_be_is_left_out_and_what_can_be_stays() {
        for (query, is_left_out) in [
            ("revenue=1e308&idgoal=1", true),
            ("revenue=-5&idgoal=1", true),
            ("revenue=-Infinity&idgoal=1", true),
            ("revenue=1e400&idgoal=1", true),
            ("revenue=-0&idgoal=1", false),
            ("revenue=-1e-320&idgoal=1", false),
            ("revenue=0x10&idgoal=1", false),
            ("revenue=NaN&idgoal=1", false),
            ("revenue=1299,95&idgoal=1", false),
            ("revenue=999999999999&idgoal=1", false),
            ("e_c=a&e_a=b&e_v=1e16", true),
            ("e_c=a&e_a=b&e_v=-7.5", false),
            ("e_c=a&e_a=b&e_v=1795598130123", false),
            ("bw_bytes=-1", true),
            ("bw_bytes=18446744073709551616", true),
            ("bw_bytes=4096", false),
            ("search=a&search_count=-1", true),
            ("search=a&search_count=99999999999", true),
            ("search=a&search_count=0", false),
            ("pf_net=16777216", true),
            ("pf_net=-1&pf_srv=20", false),
            ("res=99999x1", true),
            ("res=0x0", true),
            ("res=2560x1440", false),
            ("_pks=A&_pkp=1e13", true),
            ("idgoal=0&ec_id=1&ec_st=-1", true),
            (r#"idgoal=0&ec_id=1&ec_items=[["A","","",1e400,1]]"#, true),
            (r#"idgoal=0&ec_id=1&ec_items=[["A","","",5,4294967296]]"#, true),
            (r#"idgoal=0&ec_id=1&ec_items=[["A","","",5,-1]]"#, true),
            (r#"idgoal=0&ec_id=1&ec_items=[["A","","","5,50","2"]]"#, false),
        ] {
            assert_eq!(judged(query, false).1, is_left_out, "{query}");
        }
    }

    #[test]
    fn an_order_stays_an_order_without_what_cannot_be() {
        let query =
            r#"idgoal=0&ec_id=1&revenue=1e308&ec_tx=21&ec_items=[["A","","",1e308,2],["B","","",5,3]]"#;
        let (hit, has_left_out) = judged(query, false);
        let Some(Action::Order { basket, .. }) = hit.actions.first() else { panic!("no order") };
        assert_eq!((hit.revenue, basket.tax, has_left_out), (None, 21.0, true));
        let lines: Vec<_> = basket.products.iter().map(|product| (product.price, product.quantity)).collect();
        assert_eq!(lines, [(0.0, 2.0), (5.0, 3.0)]);
    }

    #[test]
    fn who_has_a_token_may_take_money_back() {
        assert_eq!(judged("idgoal=1&revenue=-5", true).0.revenue, Some(-5.0));
        assert!(judged("idgoal=1&revenue=-1e13", true).1);
    }

    proptest::proptest! {
        #[test]
        fn nothing_beyond_bounds_is_left(
            number in "-?([0-9]{1,25}|[0-9]e[0-9]{1,3}|inf|NaN)",
            name in "(revenue|e_v|bw_bytes|search_count)",
        ) {
            let query = format!("idsite=1&{name}={number}&e_c=a&e_a=b");
            let Ok(mut hit) = parse(&Params::parse(query.as_bytes())) else { return Ok(()) };
            bound(&mut hit, false);
            let value = match hit.actions.first() {
                Some(Action::Event { value, .. }) => *value,
                _ => None,
            };
            for number in [hit.revenue, value, hit.bandwidth, hit.search_count].into_iter().flatten() {
                proptest::prop_assert!(number.is_finite() && number.abs() <= 1e15);
            }
        }
    }
}
