/** A tracker from npm that loads Matomo's script in the browser: it gets ours, and a real Chromium runs both. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { openBrowser, startSite } from "../browser/stage.mjs";
import { openStage } from "./stage.mjs";

let stage;
let shop;
let browser;

before(async () => { [stage, shop, browser] = await Promise.all([openStage(), startSite(), openBrowser()]); });
after(async () => {
  await browser?.stop();
  shop?.stop();
  await stage?.stop();
});

/** The package, bundled as its users bundle it, for a page that makes a tracker of its own. */
async function bundle() {
  const contents = 'import MatomoTracker from "@datapunt/matomo-tracker-js"; window.MatomoTracker = MatomoTracker;';
  const { outputFiles } = await build({ stdin: { contents, resolveDir: import.meta.dirname }, bundle: true, write: false });
  return outputFiles[0].text;
}

/** Opens a page of the shop with a tracker, and gives a way to make the tracker do something. */
async function open(path, settings) {
  const start = `window.tracker = new MatomoTracker(${JSON.stringify({ urlBase: stage.url, ...settings })})`;
  shop.page(path, `<title>Shoes</title><script>${await bundle()}</script><script>${start}</script>
    <a id="out" href="${shop.elsewhere}/history">maker</a> <a id="file" href="/catalogue.pdf">catalogue</a>
    <button id="event" data-matomo-event="click" data-matomo-category="Form" data-matomo-action="Send" data-matomo-name="Order" data-matomo-value="4">send</button>`);
  const page = await browser.context.newPage();
  await page.goto(`${shop.url}${path}`);
  return {
    page,
    call: (name, ...given) => page.evaluate(([name, given]) => { window.tracker[name](...given); }, [name, given]),
  };
}

test("@datapunt/matomo-tracker-js: a visit of a shop", async () => {
  const site = await stage.addSite("consented");
  const { page, call } = await open("/shoes", { siteId: site.id, userId: "anna@example.org" });
  await call("trackPageView", { customDimensions: [{ id: 1, value: "gold" }] });
  await call("trackPageView", { documentTitle: "Laces", href: `${shop.url}/laces?size=90` });
  await call("trackEvents");
  await page.click("#event");
  await call("trackEvent", { category: "Video", action: "Play", name: "Intro", value: 12.5 });
  await call("trackSiteSearch", { keyword: "red shoes", category: "Shop", count: 0 });
  await call("trackLink", { href: "https://maker.example.net/history" });
  const content = ["Summer sale", "sale.png", `${shop.url}/sale`];
  await call("pushInstruction", "trackContentImpression", ...content);
  await call("pushInstruction", "trackContentInteraction", "click", ...content);
  await call("pushInstruction", "trackGoal", site.manual, 12);
  await page.click("#file");
  // What a page sends while it is left goes out under Chromium's own name, which says that it is automated.
  await stage.tap.answered(10);
  await page.click("#out");
  await stage.tap.answered(11);
  await page.close();

  const { host } = new URL(shop.url);
  assert.deepEqual(await stage.figures(site), {
    visits: 1,
    visitors: 1,
    users: 1,
    actions: 8,
    pages: ["/laces?size=90: 1", "/shoes: 1"],
    titles: [" Laces: 1", " Shoes: 1"],
    outlinks: [`${new URL(shop.elsewhere).host} > /history: 1`, "maker.example.net > /history: 1"],
    downloads: [`${host.replace("127.0.0.1", "[ip]")} > /catalogue.pdf: 1`],
    searches: ["red shoes: 1"],
    "found nothing": ["red shoes: 1"],
    "search categories": ["Shop: 1"],
    events: ["Form > Send: 1, 4", "Video > Play: 1, 12.5"],
    "event names": ["Intro > Play: 1", "Order > Send: 1"],
    content: ["Summer sale > sale.png: 1, 1"],
    browsers: ["Chrome: 1"],
    countries: ["Unknown: 1"],
    languages: ["English: 1"],
    screens: ["1280x720: 1"],
    goals: ["Got the catalogue: 1, 0", "Signed up: 1, 12"],
    "dimension 1": ["gold: 1"],
  });
});

test("@datapunt/matomo-tracker-js: an order and a cart that is left", async () => {
  const site = await stage.addSite("daily");
  const { page, call } = await open("/checkout", { siteId: site.id });
  const before = stage.tap.hits().length;
  const sent = [];
  page.on("request", (request) => { if (request.url().includes("matomo.php")) sent.push(request.url()); });
  const last = page.waitForRequest(/e_a=Leave/);
  await call("setEcommerceView", { sku: "SKU1", productName: "Red shoe", productCategory: "Shoes", productPrice: 49.5 });
  await call("trackPageView");
  await call("addEcommerceItem", { sku: "SKU1", productName: "Red shoe", productCategory: "Shoes", productPrice: 49.5, productQuantity: 2 });
  await call("trackEcommerceOrder", { orderId: `order-${site.id}`, orderRevenue: 110 });
  await call("clearEcommerceCart");
  await call("addEcommerceItem", { sku: "SKU2", productName: "Lace", productPrice: 1 });
  await call("trackEcommerceCartUpdate", 1);
  await call("trackEvent", { category: "Shop", action: "Leave" });
  await last;
  assert.equal(sent.length, 4, "a view, an order, a cart and an event");
  await stage.tap.answered(before + 4);
  await page.close();
  for (const nonsense of ["ec_st=undefined", "ec_dt=false"]) assert.ok(!stage.tap.sent(nonsense), nonsense);
  const { goals, items } = await stage.figures(site);
  assert.deepEqual({ goals, items }, { goals: ["Carts: 1, 1", "Orders: 1, 110"], items: ["SKU1: 2, 99"] });
});

test("no tracker was answered with an error", () => assert.deepEqual(stage.tap.errors(), []));
