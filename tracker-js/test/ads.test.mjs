import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { bundle } from '../build.mjs';
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

test('in a hidden tab no banner is asked for until the tab is looked at', async () => {
  const page = await lab.open(write('/hidden', tag(7)), {
    init: () => Object.defineProperty(document, 'hidden', { value: true, configurable: true }),
  });
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await sleep(250);
  assert.deepEqual(sent('/ad/delivery'), []);
  const show = () => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    document.dispatchEvent(new Event('visibilitychange'));
  };
  await page.evaluate(show);
  assert.deepEqual(await counted(1), ['t=seven']);
  assert.equal(sent('/ad/delivery').length, 1);
});

/** Ways to hide what is in `#box`, each with what shows it again. */
const HIDDEN = {
  'display none': ['<div id=box style="display:none">', (box) => (box.style.display = 'block')],
  'the hidden attribute': ['<div id=box hidden>', (box) => (box.hidden = false)],
  'hidden until found': ['<div id=box hidden=until-found>', (box) => (box.hidden = false)],
  'visibility hidden': ['<div id=box style="visibility:hidden">', (box) => (box.style.visibility = 'visible')],
  'content-visibility hidden': ['<div id=box style="content-visibility:hidden">', (box) => (box.style.contentVisibility = '')],
  'opacity zero': ['<div id=box style="opacity:0">', (box) => (box.style.opacity = '.9')],
  'a style sheet': ['<style>#box{display:none}</style><div id=box>', () => document.querySelector('style').remove()],
  'a closed details': ['<details id=box><summary>more</summary>', (box) => box.querySelector('summary').click()],
  'a closed dialog': ['<dialog id=box>', (box) => box.showModal()],
  'a popover': ['<div id=box popover>', (box) => box.showPopover()],
  'no height': ['<div id=box style="overflow:hidden;height:0">', (box) => (box.style.height = 'auto')],
  'no height yet': ['<div id=box style="overflow:hidden;max-height:0;transition:max-height .1s">', (box) => (box.style.maxHeight = '900px')],
  'no width to scroll': ['<div id=box style="overflow:auto;width:0">', (box) => (box.style.width = '400px')],
  'a box for screen readers': [
    '<div id=box style="position:absolute;overflow:hidden;width:1px;height:1px;clip:rect(0,0,0,0)">',
    (box) => (box.style.cssText = ''),
  ],
  'scaled to nothing': ['<div id=box style="transform:scale(0)">', (box) => (box.style.transform = '')],
  'left of the page': ['<div id=box style="position:absolute;left:-9999px">', (box) => (box.style.left = '0')],
  'a drawer on the left': [
    '<div id=box style="position:fixed;inset:0 auto 0 0;width:320px;overflow:auto;transform:translateX(-100%)">',
    (box) => (box.style.transform = 'none'),
  ],
  'a drawer on the right': ['<div id=box style="position:fixed;top:0;right:-320px;width:320px">', (box) => (box.style.right = '0')],
  'beyond a page that does not scroll': [
    '<style>html,body{overflow-x:hidden}</style><div id=box style="position:absolute;left:110vw">',
    (box) => (box.style.left = '0'),
  ],
  'a slide that is not its turn': [
    '<div style="overflow:hidden;width:400px"><div id=box style="transform:translateX(500px)">',
    (box) => (box.style.transform = 'none'),
  ],
};

for (const [name, [before, show]] of Object.entries(HIDDEN)) {
  test(`hidden by ${name}, a banner counts once it is shown`, async () => {
    const page = await lab.open(write('/waits', `${before}${tag(7)}`));
    await page.waitForFunction(() => document.querySelector('#box img')?.naturalWidth > 0);
    await sleep(450);
    assert.deepEqual(impressions(), []);
    await page.$eval('#box', show);
    assert.deepEqual(await counted(1), ['t=seven']);
  });
}

/** Places that look odd to a program and are seen by people. */
const SHOWN = {
  'below the fold': ['<div style="height:5000px"></div>'],
  'below the fold of a part that scrolls': ['<div style="height:300px;overflow:auto"><div style="height:5000px"></div>'],
  'below the fold of a body that scrolls': ['<style>html,body{height:100%;overflow:auto}</style><div style="height:5000px"></div>'],
  'to the right of a scrolling strip': ['<div style="overflow-x:auto;white-space:nowrap;width:300px"><span style="display:inline-block;width:2000px"></span>'],
  'in a body that locks scrolling': ['<style>body{overflow:hidden}</style>'],
  'in a container without a box': ['<div style="display:contents;overflow:hidden">'],
  'in a link without lines': ['<span style="overflow:hidden"><div style="float:left">'],
  'out of a container without height': ['<div style="overflow:hidden;height:0"><div style="position:fixed;top:0">'],
  'placed by an ancestor farther out': ['<div style="position:relative"><div style="overflow:hidden;height:0"><div style="position:absolute">'],
  'sticking out of a container without height': ['<div style="height:0">'],
  'visible in what is hidden': ['<div style="visibility:hidden"><div style="visibility:visible">'],
  'on a page that begins at the right': ['<html dir=rtl><div style="width:3000px"></div><div style="position:absolute;right:1500px">'],
};

for (const [name, [before]] of Object.entries(SHOWN)) {
  test(`a banner counts ${name}`, async () => {
    await lab.open(write('/odd', `${before}${tag(7)}`));
    assert.deepEqual(await counted(1), ['t=seven']);
  });
}

for (const host of ['site', 'elsewhere']) {
  for (const hide of ['display:none', 'width:0;height:0;border:0', ...(host === 'site' ? ['visibility:hidden', 'position:absolute;left:-9999px'] : [])]) {
    test(`in a frame of ${host} with ${hide} a banner counts once the frame is shown`, async () => {
      write('/inner', tag(7));
      const page = await lab.open(write('/outer', `<iframe id=box src="${lab[host]}/inner" style="${hide}"></iframe>`));
      await until(() => sent('/images/seven.png').length > 0, 'image asked for');
      await sleep(450);
      assert.deepEqual(impressions(), []);
      await page.$eval('#box', (box) => (box.style.cssText = 'width:400px;height:300px'));
      assert.deepEqual(await counted(1), ['t=seven']);
    });
  }
}

test('in a browser without young methods a banner that is shown counts once, a hidden one does not', async () => {
  banners = { 1: banner('hidden'), 2: banner('shown') };
  await lab.open(write('/old', `<div style="visibility:hidden">${tag(1)}</div>${tag(2)}`), {
    init: () => {
      delete Element.prototype.checkVisibility;
      delete window.AbortController;
      delete window.AbortSignal;
      delete window.ResizeObserver;
      delete window.IntersectionObserver;
      delete String.prototype.toWellFormed;
      delete Object.hasOwn;
      delete Array.prototype.at;
      delete Document.prototype.prerendering;
      delete URL.canParse;
      delete Request.prototype.keepalive;
    },
  });
  assert.deepEqual(await counted(1), ['t=shown']);
  assert.deepEqual(lab.errors, []);
});

test('a banner that is first seen after hours is another delivery', async () => {
  const page = await lab.open(write('/hours', `<div id=box hidden>${tag(7)}</div>`));
  await page.waitForFunction(() => document.querySelector('img')?.naturalWidth > 0);
  banners = { 7: banner('later') };
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 3 * 3_600_000;
    document.getElementById('box').hidden = false;
  });
  assert.deepEqual(await counted(1), ['t=later']);
  assert.deepEqual(await page.$$eval('a', (links) => links.map((a) => a.firstChild.alt)), ['Banner later']);
});

test('tags in the head show nothing, and the console says so once', async () => {
  const said = [];
  const head = (body) => lab.write('/head', `<!doctype html><head><title>Head</title>${body}</head><body>text`);
  const page = await lab.open();
  page.on('console', (message) => said.push(message.text()));
  await page.goto(head(tag(7).repeat(3)));
  await until(() => said.length > 0, 'a word in the console');
  await page.evaluate((origin) => {
    const script = Object.assign(document.createElement('script'), { src: `${origin}/ads.js` });
    script.dataset.placement = '7';
    document.head.append(script);
    document.documentElement.append(Object.assign(script.cloneNode(), { async: true }));
    return new Promise((loaded) => (script.onload = loaded));
  }, lab.tracker);
  await sleep(250);
  assert.equal(said.length, 1, said.join());
  assert.match(said[0], /<head> shows no banner/);
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(sent('/ad/delivery'), []);
});

test('each of two hundred tags shows one banner, however it is loaded', async () => {
  const ways = ['async', 'defer', '', 'type=module crossorigin', 'type=module async crossorigin'];
  const tags = Array.from({ length: 200 }, (_, at) =>
    `<div><script ${ways[at % ways.length]} src="${lab.tracker}/ads.js" data-placement=7></script></div>`);
  const page = await lab.open(write('/many', tags.join('')));
  await until(() => impressions().length >= 200, '200 impressions', () => impressions().length);
  const add = (type) => page.evaluate(([origin, type]) => {
    const script = Object.assign(document.createElement('script'), { src: `${origin}/ads.js`, type, crossOrigin: '' });
    script.dataset.placement = '7';
    document.body.appendChild(document.createElement('div')).append(script);
  }, [lab.tracker, type]);
  await add('module');
  await add('');
  await add('text/plain');
  assert.equal((await counted(202)).length, 202);
  assert.deepEqual(await page.$$eval('div', (divs) => divs.map((div) => div.querySelectorAll('a').length).join('')), `${'1'.repeat(202)}0`);
});

test('a module that runs first leaves tags alone that wait for consent', async () => {
  const blocked = `<script type="text/plain" src="${lab.tracker}/ads.js" data-placement=1></script>`;
  banners = { 1: banner('blocked'), 7: banner('seven') };
  await lab.open(write('/consent', `${blocked}<script type=module crossorigin src="${lab.tracker}/ads.js" data-placement=7></script>`));
  assert.deepEqual(await counted(1), ['t=seven']);
});

test('a script below a path asks, counts and links below it', async () => {
  lab.answers.set('/stats/ads.js', (request, response) =>
    response.setHeader('Content-Type', 'text/javascript').end(bundle().get('ads.js')));
  lab.answers.set('/stats/ad/delivery', lab.answers.get('/ad/delivery'));
  const page = await lab.open(write('/below', `<script async src="${lab.tracker}/stats/ads.js?v=2" data-placement=7></script>`));
  await until(() => sent('/stats/ad/impression').length === 1, 'an impression', () => lab.requests);
  assert.equal(await page.$eval('a', (a) => a.href), `${lab.tracker}/stats/ad/click?t=seven`);
  assert.deepEqual([...sent('/ad/delivery'), ...sent('/ad/impression')], []);
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
