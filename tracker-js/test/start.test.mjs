/** Starting: in old browsers, in whatever way the script got into the page, for several sites. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { action, assertSame, sleep, startLab, until } from './helpers.mjs';

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

/** What came to browsers after 2017, or that pages and extensions are known to take away, as paths from the global object. */
const YOUNG = [
  ...'toWellFormed isWellFormed at replaceAll matchAll trimStart trimEnd'.split(' ').map((name) => `String.prototype.${name}`),
  ...'at flat flatMap findLast findLastIndex toSorted toReversed toSpliced with'.split(' ').map((name) => `Array.prototype.${name}`),
  ...'fromEntries hasOwn groupBy'.split(' ').map((name) => `Object.${name}`),
  ...'allSettled any try withResolvers'.split(' ').map((name) => `Promise.${name}`),
  'Promise.prototype.finally',
  'structuredClone',
  'queueMicrotask',
  'requestIdleCallback',
  'reportError',
  'scheduler',
  'navigation',
  'AbortController',
  'AbortSignal.any',
  'AbortSignal.timeout',
  'IntersectionObserver',
  'PerformanceObserver',
  'URL.canParse',
  'URL.parse',
  'Crypto.prototype.randomUUID',
  'Event.prototype.composedPath',
  'Element.prototype.checkVisibility',
  'Element.prototype.replaceChildren',
  'Document.prototype.prerendering',
  'Navigator.prototype.userAgentData',
  'NavigatorUAData.prototype.getHighEntropyValues',
  'Request.prototype.keepalive',
  'fetch',
  'Navigator.prototype.sendBeacon',
];

/** Runs in the page before anything else. */
function take(paths) {
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop();
    const owner = names.reduce((object, name) => object?.[name], window);
    if (owner) delete owner[last];
    if (owner && last in owner) throw new Error(`${path} is still there`);
  }
}

/** Both scripts on one page, which drives itself: what runs in it should find an old browser, too. */
const writeBoth = () =>
  lab.writeTracked(
    '/young',
    `<a id=out href="${lab.elsewhere}/x" target=_blank data-track-content data-content-name=Box>x</a>
     <button id=go onclick="history.pushState(null, '', '/young/2'); document.title = 'Two \\ud83d'; footfall('event', 'A', 'B');
       _paq.push(['trackEvent', 'A', 'B \\ud83d', undefined, undefined, {dimension1: 'x'}])">x</button>
     <script>var _paq = [['trackPageView'], ['enableLinkTracking'], ['trackVisibleContentImpressions'],
       ['setTrackerUrl', '${lab.tracker}/matomo.php'], ['setSiteId', 1]]</script><script async src="${lab.tracker}/matomo.js"></script>`,
  );

for (const paths of [...YOUNG.map((path) => [path]), YOUNG]) {
  test(`no hit is lost without ${paths.length > 1 ? 'all of them' : paths[0]}`, async () => {
    const page = await lab.open();
    await lab.context.addInitScript(take, paths);
    await page.goto(writeBoth());
    await lab.settled(3, 0);
    await page.click('#out');
    await page.click('#go');
    const hits = await lab.settled(8);
    const link = `${lab.elsewhere}/x`;
    assertSame(hits.filter((hit) => !('_id' in hit)).map(action), [
      { action_name: 'Page /young' },
      { link },
      { action_name: 'Two \ufffd' },
      { e_c: 'A', e_a: 'B', ca: '1' },
    ]);
    const block = { c_n: 'Box', c_p: 'Unknown', c_t: link, ca: '1' };
    assertSame(hits.filter((hit) => '_id' in hit).map(action), [
      { action_name: 'Page /young' },
      block,
      { ...block, link, c_i: 'click' },
      { e_c: 'A', e_a: 'B \ufffd', ca: '1', dimension1: 'x' },
    ]);
    assert.deepEqual(lab.errors, []);
  });
}

/** Everything the page said in the console. */
function listenTo(page) {
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  return said;
}

test('without a site the script says so once, and nothing more', async () => {
  const tag = `<script src="${lab.tracker}/footfall.js"></script>`;
  const bad = `<script src="${lab.tracker}/footfall.js" data-site="YOUR-SITE"></script>`;
  lab.write('/nosite', `<!doctype html><title>No site</title>${tag}${tag}${bad}`);
  const page = await lab.open();
  const said = listenTo(page);
  await page.goto(`${lab.site}/nosite`);
  await sleep(200);
  assert.deepEqual(lab.hits(), []);
  assert.deepEqual(said, ['footfall: no data-site']);
});

const tags = {
  'an address with the site': () => `<script src="${lab.tracker}/footfall.js?site=3"></script>`,
  'an address with a version and the site': () => `<script async src="${lab.tracker}/footfall.js?v=7&amp;site=3"></script>`,
  'a module': () => `<script type=module src="${lab.tracker}/footfall.js" data-site=3></script>`,
  'a module with the site in its address': () => `<script type=module src="${lab.tracker}/footfall.js?site=3"></script>`,
  'async in the head': () => `<script async src="${lab.tracker}/footfall.js" data-site=3></script>`,
  'a tag manager': () =>
    `<script>var s = document.createElement('script'); s.src = '${lab.tracker}/footfall.js'; s.dataset.site = 3; document.head.append(s)</script>`,
  'a tag manager that loses attributes and cleans up': () =>
    `<script>var s = document.createElement('script'); s.src = '${lab.tracker}/footfall.js?site=3'; document.head.append(s); s.onload = () => s.remove()</script>`,
  'a bundle beside a tag that says the site': () => {
    lab.write('/bundle.js', lab.scripts.get('footfall.js'));
    return `<script type="text/x-site" src="${lab.tracker}/footfall.js" data-site=3></script><script src="/bundle.js"></script>`;
  },
  'inline': () => `<script data-site=3 data-endpoint="${lab.tracker}/matomo.php">${lab.scripts.get('footfall.js')}</script>`,
};
for (const [way, tag] of Object.entries(tags)) {
  test(`the script as ${way}`, async () => {
    await lab.open(lab.write('/way', `<!doctype html><title>Way</title>${tag()}`));
    const hits = await lab.settled(1);
    assert.deepEqual(hits.map((hit) => [hit.idsite, hit.action_name, hit.request.path]), [['3', 'Way', '/matomo.php']]);
  });
}

test('two sites on one page both count everything, each once', async () => {
  const tag = (site) => `<script defer src="${lab.tracker}/footfall.js" data-site="${site}"></script>`;
  const early = "<script>window.footfall=window.footfall||function(){(footfall.q=footfall.q||[]).push(arguments)};footfall('event','Early','Call')</script>";
  const url = lab.write('/sites', `<!doctype html><title>Sites</title>${early}${tag(1)}${tag(2)}${tag(1)}<button id=b data-footfall-event="A/B">x</button>`);
  const page = await lab.open(url);
  await lab.settled(4, 0);
  await page.evaluate(() => { history.pushState(null, '', '/sites/2'); document.title = 'Two'; });
  await lab.settled(6, 0);
  await page.click('#b');
  await page.evaluate(() => window.footfall('search', 'shoes'));
  const hits = await lab.settled(10);
  for (const site of ['1', '2']) {
    assertSame(hits.filter(({ idsite }) => idsite === site).map(action), [
      { action_name: 'Sites' },
      { e_c: 'Early', e_a: 'Call', ca: '1' },
      { action_name: 'Two' },
      { e_c: 'A', e_a: 'B', ca: '1' },
      { search: 'shoes' },
    ]);
  }
});

test('two sites by modules, where no script knows its tag', async () => {
  const tag = (site) => `<script type=module src="${lab.tracker}/footfall.js" data-site="${site}"></script>`;
  await lab.open(lab.write('/modules', `<!doctype html><title>Modules</title>${tag(1)}${tag(2)}`));
  assert.deepEqual((await lab.settled(2)).map(({ idsite }) => idsite).sort(), ['1', '2']);
});

test('the script of another counter that has a site of its own is not ours', async () => {
  const other = '<script type="text/plain" src="https://other.example/script.js?site=9" data-site="ABCDEF"></script>';
  await lab.open(lab.write('/other-counter', `<!doctype html><title>Other</title>${other}<script type=module src="${lab.tracker}/footfall.js" data-site="1"></script>`));
  assert.deepEqual((await lab.settled(1)).map(({ idsite }) => idsite), ['1']);
});

test('two hundred snippets of one site count once; of two hundred sites, each', async () => {
  const tags = (site) => Array.from({ length: 200 }, (_, at) => `<script src="${lab.tracker}/footfall.js" data-site="${site(at)}"></script>`).join('');
  await lab.open(lab.write('/many-tags', `<!doctype html><title>Many</title>${tags(() => 1)}`));
  assert.equal((await lab.settled(1, 500)).length, 1);
  const page = await lab.open(lab.write('/many-sites', `<!doctype html><title>Many</title>${tags((at) => at + 1)}`));
  await until(() => new Set(lab.hits().map(({ idsite }) => idsite)).size === 200, 'each site');
  await page.evaluate(() => window.footfall('event', 'A', 'B'));
  assert.equal((await lab.settled(400, 300)).length, 400);
  assert.deepEqual(lab.errors, []);
});

test('hits go beside the script, or where the endpoint is from there', async () => {
  const sent = async (attributes) => {
    await lab.open(lab.write('/where', `<!doctype html><title>Where</title><script defer src="${lab.tracker}/stats/footfall.js?v=1" data-site=1 ${attributes}></script>`));
    return (await lab.settled(1)).map(({ request }) => request.path);
  };
  assert.deepEqual(await sent(''), ['/stats/matomo.php']);
  assert.deepEqual(await sent('data-endpoint="collect.php"'), ['/stats/collect.php']);
  assert.deepEqual(await sent('data-endpoint="/t.php"'), ['/t.php']);
  assert.deepEqual(await sent(`data-endpoint="${lab.tracker}/full.php"`), ['/full.php']);
});
