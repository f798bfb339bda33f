//! Orders, carts and products: `idgoal=0`, `ec_*` and `_pk*`.

use serde_json::Value;
use serde_json::value::RawValue;

use super::Params;
use super::amount::amount;
use super::hit::{Action, Basket, Product};
use crate::privacy::clean::given;

/// Most products of one order or cart that are kept; a cart of more is a mistake or an attack.
const MAX_PRODUCTS: usize = 1_000;

/// Most categories of a product (Matomo's).
const MAX_CATEGORIES: usize = 5;

/// The order or the cart that a request with `idgoal=0` tells of.
pub(super) fn basket(params: &Params) -> Action {
    let Some(products) = products(params) else {
        return Action::BrokenBasket;
    };
    let amount = |name| params.amount(name).unwrap_or(0.0);
    let basket = Basket {
        subtotal: amount("ec_st"),
        tax: amount("ec_tx"),
        shipping: amount("ec_sh"),
        discount: amount("ec_dt"),
        products,
    };
    match order_id(params) {
        Some(id) => Action::Order { id, basket },
        None => Action::Cart(basket),
    }
}

/// The order's number; nothing for a cart. A script that sends `undefined` for it has sold something all the same: such
/// an order is known by the whole request, so that only the same request once more is the same order.
fn order_id(params: &Params) -> Option<String> {
    let raw = params.raw("ec_id").filter(|id| !id.trim().is_empty())?;
    let request = || params.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<String>();
    Some(given(raw).map_or_else(|| format!("no number\n{}", request()), str::to_owned))
}

/// The product that the page shows, or, where there is only a category, the page of that category.
pub(super) fn viewed(params: &Params) -> Option<Product> {
    let text = |name| params.text(name).unwrap_or_default().to_owned();
    // A product without a category, said so, is something else than a page that doesn't say.
    let no_category = || params.raw("_pkc").map(|_| vec![String::new()]);
    let categories = params.text("_pkc").map(categories_of_text).or_else(no_category).unwrap_or_default();
    let product = Product {
        sku: text("_pks"),
        name: text("_pkn"),
        categories,
        price: params.amount("_pkp").unwrap_or(0.0),
        quantity: 0.0,
    };
    let is_there = !product.sku.is_empty()
        || !product.name.is_empty()
        || product.categories.iter().any(|c| !c.is_empty());
    is_there.then_some(product)
}

/// `[[sku, name, category or categories, price, quantity], …]`; `None` when it is there and can't be read.
fn products(params: &Params) -> Option<Vec<Product>> {
    let Some(text) = params.text("ec_items") else {
        return Some(Vec::new());
    };
    let lists: Vec<Vec<&RawValue>> = serde_json::from_str(text).ok()?;
    let values = |list: &Vec<&RawValue>| list.iter().map(|raw| value_of(raw)).collect::<Vec<_>>();
    Some(lists.iter().take(MAX_PRODUCTS).filter_map(|list| product(&values(list))).collect())
}

/// A value of a list. A number too large to be one must not cost the order: it is kept as text, and judged as a number.
fn value_of(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::String(raw.get().to_owned()))
}

/// What has a name, or a number to be known by, is a product.
fn product(list: &[Value]) -> Option<Product> {
    let text = |index: usize| list.get(index).map(text_of).unwrap_or_default();
    let number = |index: usize| list.get(index).and_then(number_of);
    let (sku, name) = (text(0), text(1));
    let is_unnumbered =
        matches!(list.first(), Some(Value::String(sku)) if given(sku).is_none() && !sku.is_empty());
    (!sku.is_empty() || (is_unnumbered && !name.is_empty())).then(|| Product {
        sku,
        name,
        categories: list.get(2).map(categories_of).unwrap_or_default(),
        price: number(3).unwrap_or(0.0),
        // What has no number is there once (Matomo's rule).
        quantity: number(4).unwrap_or(1.0),
    })
}

/// A category, or a JSON list of some.
fn categories_of_text(text: &str) -> Vec<String> {
    match serde_json::from_str::<Value>(text) {
        Ok(list @ Value::Array(_)) => categories_of(&list),
        _ => vec![text.to_owned()],
    }
}

fn categories_of(value: &Value) -> Vec<String> {
    let all = match value {
        Value::Array(list) => list.iter().map(text_of).collect(),
        single => vec![text_of(single)],
    };
    // Clients fill unused places with nothing, or with 0.
    let is_named = |category: &String| !matches!(category.as_str(), "" | "0");
    all.into_iter().filter(is_named).take(MAX_CATEGORIES).collect()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => given(text).unwrap_or_default().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => amount(given(text)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params<'_> {
        Params::parse(query.as_bytes())
    }

    #[test]
    fn an_order_is_read_as_clients_write_it() {
        let query = r#"ec_id=O-1&ec_st=99&ec_tx=undefined&ec_dt=false&ec_items=[["S","Shoe",["A","B"],"49.5",2],["T"]]"#;
        let Action::Order { id, basket } = basket(&params(query)) else { panic!("no order") };
        assert_eq!((id.as_str(), basket.subtotal, basket.tax, basket.discount), ("O-1", 99.0, 0.0, 0.0));
        assert_eq!(basket.products[0].categories, ["A", "B"]);
        assert_eq!((basket.products[0].price, basket.products[0].quantity), (49.5, 2.0));
        assert_eq!((basket.products[1].sku.as_str(), basket.products[1].quantity), ("T", 1.0));
    }

    #[test]
    fn an_order_without_a_number_is_an_order_of_its_own() {
        let id = |query: &str| match basket(&params(query)) {
            Action::Order { id, .. } => Some(id),
            _ => None,
        };
        let first = id("ec_id=undefined&revenue=5&pv_id=abcdef");
        assert!(first.is_some());
        assert_eq!(first, id("ec_id=undefined&revenue=5&pv_id=abcdef"));
        assert_ne!(first, id("ec_id=undefined&revenue=5&pv_id=ghijkl"));
        assert!(id("ec_id=null&revenue=5").is_some() && id("ec_id=[object+Object]").is_some());
        assert_eq!((id("ec_id=&revenue=5"), id("ec_id=+"), id("revenue=5")), (None, None, None));
    }

    #[test]
    fn a_number_too_large_for_json_costs_no_order() {
        let query =
            r#"ec_id=1&ec_items=[["A","","",1e400,1],["B","","","12,50",2],["undefined","Mug","",3,1]]"#;
        let Action::Order { basket, .. } = basket(&params(query)) else { panic!("no order") };
        let prices: Vec<_> = basket.products.iter().map(|product| product.price).collect();
        assert_eq!(prices, [f64::INFINITY, 12.5, 3.0]);
        assert_eq!((basket.products[2].sku.as_str(), basket.products[2].name.as_str()), ("", "Mug"));
    }

    #[test]
    fn a_viewed_product_may_be_a_category() {
        let product = viewed(&params(r#"_pkc=["Shoes","Sale",""]"#)).unwrap();
        assert_eq!((product.sku.as_str(), product.categories.len()), ("", 2));
        assert_eq!(viewed(&params("_pkc=Shoes")).unwrap().categories, ["Shoes"]);
        assert!(viewed(&params("_pkp=9")).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_items_are_read_or_refused(items in ".{0,200}") {
            let mut params = Params::default();
            params.push("ec_items", items);
            let _ = matches!(basket(&params), Action::Cart(_) | Action::BrokenBasket);
        }
    }
}
