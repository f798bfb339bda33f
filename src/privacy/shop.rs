//! Orders, products, dimensions and variables as they may be kept: their texts are whatever a page put there.

use super::clean::{self, TEXT_CHARS};
use super::page_url;
use super::referrer::{self, Lists, NoReferrers, ReferrerKind};
use crate::event::{Attribution, Dimension, Event, Item, Kind, Order, Variable};
use crate::protocol::{self, Basket, ClaimedAttribution, Product};

/// Makes an event an order or a cart. `id` is 0 for a cart.
pub(super) fn put(event: &mut Event, kind: Kind, basket: &Basket, revenue: Option<f64>, id: u64) {
    event.kind = kind as i32;
    event.order = Some(Order {
        id,
        revenue: revenue.unwrap_or(0.0),
        subtotal: basket.subtotal,
        tax: basket.tax,
        shipping: basket.shipping,
        discount: basket.discount,
    });
    event.items = basket.products.iter().map(item).collect();
}

/// A product as it may be kept.
pub(super) fn item(product: &Product) -> Item {
    Item {
        sku: clean::shown(&product.sku, TEXT_CHARS),
        name: clean::shown(&product.name, TEXT_CHARS),
        categories: product.categories.iter().map(|category| clean::shown(category, TEXT_CHARS)).collect(),
        price: product.price,
        quantity: product.quantity as u32,
    }
}

/// A custom dimension as it may be kept.
pub(super) fn dimension((id, value): &(u32, String)) -> Dimension {
    Dimension { id: *id, value: clean::shown(value, TEXT_CHARS) }
}

/// A custom variable as it may be kept.
pub(super) fn variable(variable: &protocol::Variable) -> Variable {
    Variable {
        of_visit: variable.of_visit,
        slot: variable.slot,
        name: clean::shown(&variable.name, TEXT_CHARS),
        value: clean::shown(&variable.value, TEXT_CHARS),
    }
}

/// Whom a conversion is credited to by the client: its campaign, or the referrer it remembers when that is one.
pub(super) fn attribution(
    lists: &Lists,
    claim: &ClaimedAttribution,
    none: NoReferrers<'_>,
) -> Option<Attribution> {
    let text = |value: &Option<String>| {
        let decoded = clean::without_entities(value.as_deref().unwrap_or_default());
        clean::text(&decoded.to_lowercase(), TEXT_CHARS)
    };
    if claim.campaign.is_some() {
        let kind = ReferrerKind::Campaign as u32;
        return Some(Attribution { kind, name: text(&claim.campaign), keyword: text(&claim.keyword) });
    }
    let from = claim.referrer.as_deref().and_then(page_url::parse_referrer);
    let (referrer, _) = referrer::classify(lists, None, from.as_ref(), none, &|_| None);
    let is_one = referrer.kind != ReferrerKind::Direct;
    is_one.then_some(Attribution {
        kind: referrer.kind as u32,
        name: referrer.name,
        keyword: referrer.keyword,
    })
}
