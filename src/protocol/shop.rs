//! Orders, carts and products: `idgoal=0`, `ec_*` and `_pk*`.

use serde_json::Value;

use super::Params;
use super::hit::{Action, Basket, Product};

/// Most products of one order or cart that are kept; a cart of more is a mistake or an attack.
const MAX_PRODUCTS: usize = 1_000;

/// Most categories of a product (Matomo's).
const MAX_CATEGORIES: usize = 5;

/// The order or the cart that a request with `idgoal=0` tells of.
pub(super) fn basket(params: &Params) -> Action {
    let Some(products) = products(params) else {
        return Action::BrokenBasket;
    };
    let amount = |name| params.float(name).unwrap_or(0.0);
    let basket = Basket {
        subtotal: amount("ec_st"),
        tax: amount("ec_tx"),
        shipping: amount("ec_sh"),
        discount: amount("ec_dt"),
        products,
    };
    match params.text("ec_id") {
        Some(id) => Action::Order { id: id.to_owned(), basket },
        None => Action::Cart(basket),
    }
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
        price: params.float("_pkp").unwrap_or(0.0),
        quantity: 0,
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
    let lists: Vec<Vec<Value>> = serde_json::from_str(text).ok()?;
    Some(lists.iter().take(MAX_PRODUCTS).filter_map(|list| product(list)).collect())
}

fn product(list: &[Value]) -> Option<Product> {
    let text = |index: usize| list.get(index).map(text_of).unwrap_or_default();
    let number = |index: usize| list.get(index).and_then(number_of);
    let sku = text(0);
    (!sku.is_empty()).then(|| Product {
        sku,
        name: text(1),
        categories: list.get(2).map(categories_of).unwrap_or_default(),
        price: number(3).unwrap_or(0.0),
        // What has no number is there once (Matomo's rule).
        quantity: number(4).map_or(1, |quantity| quantity.max(0.0) as u32),
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
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
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
        assert_eq!((basket.products[0].price, basket.products[0].quantity), (49.5, 2));
        assert_eq!((basket.products[1].sku.as_str(), basket.products[1].quantity), ("T", 1));
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
