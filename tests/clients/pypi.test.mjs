/** Trackers and a reader of reports from PyPI, unmodified, against a real server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runPython } from "./python.mjs";
import { FIREFOX, TODAY, openStage } from "./stage.mjs";

let stage;

before(async () => { stage = await openStage(); });
after(async () => { await stage?.stop(); });

const PAST = "2026-11-10";

/** Runs a script of this folder for a site. */
function run(script, site) {
  const past = Date.parse(`${PAST}T08:00:00Z`) / 1000;
  return runPython(script, { url: stage.url, token: stage.token, site: site.id, goal: site.manual, agent: FIREFOX, today: TODAY, past });
}

/** Insists that trackers said these things, so that a test of nonsense sends nonsense. */
function assertSent(...texts) {
  for (const text of texts) assert.ok(stage.tap.sent(text), `nobody sent ${text}`);
}

test("matomopy: two visitors of a shop, one of them also on another day", async () => {
  const site = await stage.addSite("consented");
  assert.deepEqual(await run("track_with_matomopy.py", site), { status: "success", tracked: 2, invalid: 0 });
  assert.deepEqual(await stage.figures(site), {
    visits: 2,
    visitors: 2,
    users: 1,
    actions: 10,
    pages: ["/shoes: 2"],
    titles: [" Red shoes & more: 2"],
    outlinks: ["maker.example.net > /history: 2"],
    downloads: ["shop.example.org > /catalogue.pdf: 2"],
    searches: ["red shoes: 2"],
    "found nothing": ["red shoes: 2"],
    "search categories": ["Shop: 2"],
    events: ["Video > Play: 2, 7"],
    "event names": ["Näher hingesehen > Play: 2"],
    content: ["Summer sale > sale.png: 2, 2"],
    websites: ["news.example.net > https://news.example.net/story: 2"],
    browsers: ["Firefox: 2"],
    countries: ["Netherlands: 2"],
    languages: ["Dutch: 2"],
    screens: ["1280x800: 2"],
    items: ["SKU1: 2, 99", "SKU2: 1, 1"],
    goals: ["Carts: 1, 100", "Got the catalogue: 2, 0", "Orders: 1, 110", "Signed up: 2, 24"],
    "dimension 1": ["gold: 2"],
  });
  assert.deepEqual(await stage.figures(site, PAST), {
    visits: 1,
    visitors: 1,
    users: 0,
    actions: 2,
    pages: ["/shoes: 1"],
    titles: [" Old shoes: 1"],
    events: ["Video > Play: 1, 0"],
    "event names": ["Event Name not defined > Play: 1"],
    browsers: ["Firefox: 1"],
    countries: ["Netherlands: 1"],
    languages: ["Dutch: 1"],
    screens: ["1280x800: 1"],
    "dimension 1": ["gold: 1"],
  });

  const { version, refused, ...reports } = await run("read_with_matomopy.py", site);
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.match(refused, /nothing that identifies a person/);
  assert.deepEqual(reports, {
    visits: 2,
    piece: "sale.png",
    "page views": 2,
    pages: "label,nb_hits,metadata_url\n/shoes,2,https://shop.example.org/shoes\n",
    conversions: 5,
  });
});

for (const identity of ["consented", "daily"]) {
  test(`asgi-matomo: a visitor with a token and one without, on a site that is ${identity}`, async () => {
    const site = await stage.addSite(identity);
    await run("serve_with_asgi_matomo.py", site);
    assertSent("ua=b'Mozilla/5.0", "urlref=b'https://news.example.net/story'", "lang=b'nl'", "/items#b'q=shoes'", '"http_status_code": 404');
    assert.deepEqual(await stage.figures(site), {
      visits: 2,
      visitors: 2,
      users: 0,
      actions: 6,
      pages: ["/gone: 2", "/items: 2", "items > /2: 2"],
      titles: [" /gone: 2", " /items: 2", " The second item: 2"],
      browsers: ["Firefox: 2"],
      countries: ["Netherlands: 1", "Unknown: 1"],
      languages: ["Unknown: 2"],
      screens: ["unknown: 2"],
      "dimension 1": ["gold: 2"],
    });
  });
}

test("flask-matomo2: a visitor whose requests end in all ways", async () => {
  const site = await stage.addSite("daily");
  await run("serve_with_flask_matomo2.py", site);
  assertSent("cvar={'http_status_code': 503");
  assert.deepEqual(await stage.figures(site), {
    visits: 1,
    visitors: 1,
    users: 0,
    actions: 4,
    pages: ["/broken: 1", "/nowhere: 1", "/prices: 1", "hello > /anna?x=1: 1"],
    titles: [" /broken: 1", " /hello/<name>: 1", " None: 1", " Our prices: 1"],
    websites: ["news.example.net > https://news.example.net/story: 1"],
    browsers: ["Firefox: 1"],
    countries: ["Netherlands: 1"],
    languages: ["Dutch: 1"],
    screens: ["unknown: 1"],
  });
});

test("no tracker was answered with an error", () => assert.deepEqual(stage.tap.errors(), []));
