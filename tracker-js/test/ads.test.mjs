import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { NOTHING_STORED, sleep, startLab, stored, until } from './helpers.mjs';

let lab;
let banners;
before(async () => {
  lab = await startLab();
  lab.answers.set('/ad/delivery', (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    const banner = banners[new URLSearchParams(request.query).get('placement')];
    response.statusCode = typeof banner === 'number' ? banner : banner ? 200 : 204;
    response.end(typeof banner === 'object' ? JSON.stringify(banner) : '');
  });
});
beforeEach(() => {
  banners = { 7: banner('seven') };
});
after(() => lab.close());

const banner = (name, changes) => ({
  image: `/images/${name}.png`,
  width: 300,
  height: 250,
  alt: `Banner ${name}`,
  click: `/ad/click?t=${name}`,
  impression: `/ad/impression?t=${name}`,
  ...changes,
});

const tag = (placement) => `<script async src="${lab.tracker}/ads.js" data-placement="${placement}"></script>`;
const write = (path, body, headers) => lab.write(path, `<!doctype html><title>Ads</title><body>${body}`, headers);
const sent = (path) => lab.requests.filter((request) => request.path === path);
const impressions = () => sent('/ad/impression').map(({ query }) => query);
const counted = async (number) => {
  await until(() => impressions().length >= number, `${number} impressions`, impressions);
  await sleep(250);
  return impressions().sort();
};

test('a banner where the tag stands, one impression, no cookie, no preflight', async () => {
  const page = await lab.open(write('/one', `<p id=before>before</p><div id=slot>${tag(7)}</div><p>after</p>`));
  assert.deepEqual(await counted(1), ['t=seven']);
  const link = await page.$eval('#slot > script + a', (a) => ({
    href: a.href,
    target: a.target,
    rel: a.rel,
    alt: a.firstChild.alt,
    size: [a.firstChild.width, a.firstChild.height],
    source: a.firstChild.src,
    children: a.childNodes.length,
  }));
  assert.deepEqual(link, {
    href: `${lab.tracker}/ad/click?t=seven`,
    target: '_blank',
    rel: 'noopener',
    alt: 'Banner seven',
    size: [300, 250],
    source: `${lab.tracker}/images/seven.png`,
    children: 1,
  });
  const [impression] = sent('/ad/impression');
  assert.equal(impression.method, 'POST');
  assert.equal(impression.body, '');
  assert.equal(impression.headers['content-length'], '0');
  assert.ok(lab.requests.every(({ method, path, headers }) => method !== 'OPTIONS' && (path.endsWith('.png') || !headers.cookie)));
  assert.deepEqual({ ...(await stored(lab)), cookies: 0 }, NOTHING_STORED);
});

test('the click opens the counter in a new tab, and is no outlink of the site', async () => {
  lab.answers.set('/ad/click', (request, response) => response.end('landed'));
  const counter = `<script defer src="${lab.tracker}/footfall.js" data-site="1"></script>`;
  const page = await lab.open(write('/click', counter + tag(7)));
  await counted(1);
  const [opened] = await Promise.all([lab.context.waitForEvent('page'), page.click('a img')]);
  await opened.waitForLoadState();
  assert.equal(opened.url(), `${lab.tracker}/ad/click?t=seven`);
  assert.equal(sent('/ad/click').length, 1);
  assert.deepEqual((await lab.settled(1)).map((hit) => hit.link), [undefined]);
});

test('several tags on one page, one without a banner', async () => {
  banners = { 1: banner('one'), 2: banner('two', { image: `${lab.tracker}/images/two.png` }), 4: 500 };
  const page = await lab.open(write('/several', [1, 2, 3, 4, 1].map((id) => `<div>${tag(id)}</div>`).join('')));
  assert.deepEqual(await counted(3), ['t=one', 't=one', 't=two']);
  assert.deepEqual(
    await page.$$eval('div', (divs) => divs.map((div) => div.querySelector('img')?.alt ?? '')),
    ['Banner one', 'Banner two', '', '', 'Banner one'],
  );
});

test('a tag that is added later', async () => {
  const page = await lab.open(write('/later', '<div id=slot></div>'));
  await page.evaluate((origin) => {
    const script = document.createElement('script');
    script.src = `${origin}/ads.js`;
    script.dataset.placement = '7';
    document.getElementById('slot').append(script);
  }, lab.tracker);
  assert.deepEqual(await counted(1), ['t=seven']);
});

test('as a module the script finds its tags by itself', async () => {
  const tags = [1, 2].map((id) => `<script type=module crossorigin src="${lab.tracker}/ads.js" data-placement=${id}></script>`);
  banners = { 1: banner('one'), 2: banner('two') };
  await lab.open(write('/modules', tags.join('')));
  assert.deepEqual(await counted(2), ['t=one', 't=two']);
});

test('no impression for an image that does not load; no empty frame is left', async () => {
  lab.answers.set('/images/broken.png', (request, response) => ((response.statusCode = 404), response.end()));
  banners = { 7: banner('broken') };
  const page = await lab.open(write('/missing', tag(7)));
  await until(() => sent('/images/broken.png').length > 0, 'image asked for');
  await sleep(200);
  assert.equal(await page.locator('a').count(), 0);
  assert.deepEqual(impressions(), []);
});

test('hostile or broken answers show nothing', async () => {
  banners = {
    1: banner('script', { click: 'javascript:alert(1)' }),
    2: banner('image', { image: 'javascript:alert(1)' }),
    3: banner('page', { image: 'data:text/html,<script>alert(1)</script>' }),
    4: banner('count', { impression: 'ftp://example.org/' }),
    5: banner('bad', { click: 'http://[' }),
    6: {},
    8: [],
    9: banner('markup', { alt: '"><script>window.hacked=1</script>' }),
  };
  const page = await lab.open(write('/hostile', Object.keys(banners).map(tag).join('')));
  assert.deepEqual(await counted(1), ['t=markup']);
  assert.equal(await page.locator('a').count(), 1);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(lab.errors, []);
});

test('an image inside the answer is shown', async () => {
  const image = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
  banners = { 7: banner('inline', { image, width: undefined }) };
  await lab.open(write('/inline', tag(7)));
  assert.deepEqual(await counted(1), ['t=inline']);
});

test('in a hidden tab the impression waits until the tab is looked at', async () => {
  const page = await lab.open(write('/hidden', tag(7)), {
    init: () => Object.defineProperty(document, 'hidden', { value: true, configurable: true }),
  });
  await page.waitForFunction(() => document.querySelector('img')?.naturalWidth > 0);
  await sleep(250);
  assert.deepEqual(impressions(), []);
  const show = () => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    document.dispatchEvent(new Event('visibilitychange'));
  };
  await page.evaluate(show);
  assert.deepEqual(await counted(1), ['t=seven']);
});

test('a prerendered page asks for no banner before it is opened', async () => {
  const page = await lab.open(write('/ahead', tag(7)), {
    init: () => Object.defineProperty(document, 'prerendering', { value: true, configurable: true }),
  });
  await sleep(250);
  assert.deepEqual(sent('/ad/delivery'), []);
  await page.evaluate(() => document.dispatchEvent(new Event('prerenderingchange')));
  assert.deepEqual(await counted(1), ['t=seven']);
});

test('back from the back/forward cache is the same impression', async () => {
  const page = await lab.open(write('/back', `${tag(7)}<script>window.token = Math.random()</script>`));
  await counted(1);
  const token = await page.evaluate(() => window.token);
  await page.goto(`${lab.site}/away`);
  await page.goBack({ waitUntil: 'commit' });
  await sleep(250);
  assert.equal(await page.evaluate(() => window.token), token, 'the page was not cached');
  assert.deepEqual(await counted(1), ['t=seven']);
});

test('a strict content security policy is no obstacle', async () => {
  const policy =
    `default-src 'none'; script-src ${lab.tracker}; connect-src ${lab.tracker}; img-src ${lab.tracker}; ` +
    `require-trusted-types-for 'script'; trusted-types 'none'`;
  await lab.open(write('/strict', tag(7), { 'Content-Security-Policy': policy }));
  assert.deepEqual(await counted(1), ['t=seven']);
  assert.deepEqual(lab.errors, []);
});

test('a server that is away leaves the page alone', async () => {
  const page = await lab.open(write('/dead', tag(7)), {
    init: () => {
      window.fetch = () => Promise.reject(new TypeError('no network'));
      window.addEventListener('unhandledrejection', () => console.error('unhandled'));
    },
  });
  await sleep(250);
  assert.equal(await page.locator('a').count(), 0);
  assert.deepEqual(lab.errors, []);
});
