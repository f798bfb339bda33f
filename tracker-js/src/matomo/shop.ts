/** Products, carts and orders, as shops push them. Nothing is stored: a cart lives as long as its page. */
import type { Params } from '../params.ts';
import type { Commands } from './commands.ts';
import type { Settings } from './settings.ts';

/** Stock-keeping unit, name, category or categories, price of one, how many. */
type Item = [sku: string, name: unknown, category: unknown, price: unknown, quantity: unknown];

export function createShop(settings: Settings, send: (params: Params) => void): Commands {
  const items = new Map<string, Item>();
  const basket = (revenue: unknown): Params => ({ idgoal: 0, revenue, ec_items: JSON.stringify([...items.values()]) });

  return {
    setEcommerceView(sku: unknown, name: unknown, category: unknown, price: unknown) {
      const _pkc = Array.isArray(category) ? JSON.stringify(category) : category;
      settings.product = { _pks: sku, _pkn: name, _pkc, _pkp: price };
    },
    addEcommerceItem(sku: unknown, name: unknown, category: unknown, price: unknown, quantity: unknown) {
      if (sku) items.set(String(sku), [String(sku), name ?? '', category ?? '', price ?? 0, quantity ?? 1]);
    },
    removeEcommerceItem: (sku: unknown) => void items.delete(String(sku)),
    clearEcommerceCart: () => items.clear(),
    getEcommerceItems: () => Object.assign({}, ...[...items].map(([sku, item]) => ({ [sku]: item }))),
    trackEcommerceCartUpdate(total: unknown) {
      send(basket(total));
    },
    /** Without a number, or an amount, it is no order. What was bought is in the cart no longer. */
    trackEcommerceOrder(id: unknown, total: unknown, subtotal: unknown, tax: unknown, shipping: unknown, discount: unknown) {
      if (!id || total == null) return;
      send({ ...basket(total), ec_id: id, ec_st: subtotal, ec_tx: tax, ec_sh: shipping, ec_dt: discount });
      items.clear();
    },
  };
}
