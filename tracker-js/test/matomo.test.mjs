import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NOTHING_STORED, action, assertSame, sleep, startLab, stored } from './helpers.mjs';

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

/** The snippet as Matomo hands it out, around the commands of a page. */
const snippet = (commands = "_paq.push(['trackPageView']); _paq.push(['enableLinkTracking']);", site = '1') => `<script>
  var _paq = window._paq = window._paq || [];
  ${commands}
  (function() {
    var u="//${new URL(lab.tracker).host}/";
    _paq.push(['setTrackerUrl', u+'matomo.php']);
    _paq.push(['setSiteId', '${site}']);
    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);
  })();
</script>`;

const write = (path, commands, body = '') =>
  lab.write(path, `<!doctype html><title>Page ${path}</title>${snippet(commands)}<body>${body}`);

/** Commands pushed once the script runs. */
const push = (page, ...commands) => page.evaluate((list) => list.forEach((command) => window._paq.push(command)), commands);

test('the usual snippet: a page view as Matomo sends it, with an empty visitor id', async () => {
  const url = write('/plain');
  await lab.open(`${url}?a=1#part`);
  const [hit, ...more] = await lab.settled(1);
  assert.deepEqual(more, []);
  const { request, ...fields } = hit;
  assert.equal(request.method, 'POST');
  assert.equal(request.path, '/matomo.php');
  assert.equal(request.body, '');
  assert.match(request.headers['content-type'], /^application\/x-www-form-urlencoded/);
  assert.equal(request.headers.cookie, undefined);
  assert.deepEqual(
    Object.keys(fields).sort(),
    '_id action_name h idsite m pv_id r rec res s send_image uadata url'.split(' '),
  );
  assert.equal(fields._id, '');
  assert.equal(fields.url, `${url}?a=1#part`);
  assert.equal(fields.idsite, '1');
  assert.ok(JSON.parse(fields.uadata).brands);
});

test('each command sends what Matomo sends for it', async () => {
  const page = await lab.open(write('/each'));
  await lab.settled(1, 0);
  const expected = [
    [['trackEvent', 'Videos', 'Play', 'Intro', 12.5], { e_c: 'Videos', e_a: 'Play', e_n: 'Intro', e_v: '12.5', ca: '1' }],
    [['trackEvent', 'Videos', 'Stop'], { e_c: 'Videos', e_a: 'Stop', ca: '1' }],
    [['trackGoal', 2, 9.99], { idgoal: '2', revenue: '9.99' }],
    [['trackSiteSearch', 'red shoes', 'Shop', 3], { search: 'red shoes', search_cat: 'Shop', search_count: '3' }],
    [['trackSiteSearch', 'zzz', false, 0], { search: 'zzz', search_count: '0' }],
    [['trackLink', 'http://manual.example.org/x', 'link'], { link: 'http://manual.example.org/x' }],
    [['trackLink', '/manual.zip', 'download'], { download: `${lab.site}/manual.zip` }],
    [['trackContentInteraction', 'click', 'Ad', 'foo.png', '/to'], { c_n: 'Ad', c_p: 'foo.png', c_t: '/to', c_i: 'click', ca: '1' }],
    [['ping'], { ping: '1' }],
    [['trackPageView', 'Own title', { dimension3: 'once', other: 'no' }], { action_name: 'Own title', dimension3: 'once' }],
  ];
  await push(page, ...expected.map(([command]) => command));
  const hits = (await lab.settled(1 + expected.length)).slice(1);
  assertSame(hits.map(action), expected.map(([, sent]) => sent));
  const view = lab.hits()[0];
  for (const hit of hits) {
    assert.equal(hit._id, '');
    assert.equal(hit.pv_id === view.pv_id, !hit.action_name);
  }
});

test('settings hold for what follows; custom addresses keep the port', async () => {
  await lab.open(
    write(
      '/settings',
      `_paq.push(['setCustomUrl', '/spa/route?x=1']); _paq.push(['setDocumentTitle', 'Route']);
       _paq.push(['setReferrerUrl', 'https://ref.example/']); _paq.push(['setCustomDimension', 1, 'gold']);
       _paq.push(['setCustomDimension', 2, 'gone']); _paq.push(['deleteCustomDimension', 2]);
       _paq.push(['trackPageView']); _paq.push(['trackEvent', 'A', 'B']); _paq.push(['setUserId', 'u-42']);`,
    ),
  );
  const hits = await lab.settled(2);
  assertSame(hits.map(action), [
    { action_name: 'Route', dimension1: 'gold', uid: 'u-42' },
    { e_c: 'A', e_a: 'B', ca: '1', dimension1: 'gold', uid: 'u-42' },
  ]);
  for (const hit of hits) {
    assert.equal(hit.url, `${lab.site}/spa/route?x=1`);
    assert.equal(hit.urlref, 'https://ref.example/');
  }
});

test('unknown and broken commands are ignored', async () => {
  const page = await lab.open(
    write(
      '/unknown',
      `_paq.push(['setCookieDomain', '*.example.org'], ['noSuchThing', 1], ['constructor'], ['toString'], ['then']);
       _paq.push([], [null], null, 42, 'trackPageView2', ['MyPlugin::run'], ['trackLink', 'http://['], ['setDomains', null]);
       _paq.push([function () { throw new Error('page code'); }]);
       _paq.push(['addTipTheCow', 'SKU'], ['trackPageView']);`,
    ),
  );
  assert.deepEqual((await lab.settled(1)).map(action), [{ action_name: 'Page /unknown' }]);
  const made = await page.evaluate(async () => {
    const tracker = await window.Matomo.getAsyncTracker();
    tracker.setVisitorCookieTimeout(3600);
    tracker.trackEvent('After', 'Unknown');
    return [typeof tracker, tracker.getVisitorId(), String(tracker.getSiteId())];
  });
  assert.deepEqual(made, ['object', '', '1']);
  assert.equal((await lab.settled(2)).length, 2);
  assert.deepEqual(lab.errors, []);
});

test('consent: nothing before it, everything held after it, nothing again without it', async () => {
  const page = await lab.open(write('/consent', "_paq.push(['trackPageView']); _paq.push(['requireConsent']);"));
  await push(page, ['trackEvent', 'Before', 'Consent']);
  await sleep(400);
  assert.deepEqual(lab.hits(), []);
  await push(page, ['setConsentGiven']);
  const hits = await lab.settled(2);
  assertSame(hits.map(action), [
    { action_name: 'Page /consent', consent: '1' },
    { e_c: 'Before', e_a: 'Consent', ca: '1', consent: '1' },
  ]);
  await push(page, ['forgetConsentGiven'], ['trackEvent', 'After', 'Consent'], ['trackContentImpression', 'Ad']);
  await sleep(400);
  assert.equal(lab.hits().length, 2);
  await push(page, ['setConsentGiven']);
  assert.equal((await lab.settled(4)).length, 4);
  assert.deepEqual(await stored(lab), NOTHING_STORED);
});

test('opt-out and Do Not Track', async () => {
  const page = await lab.open(write('/optout', "_paq.push(['trackPageView']); _paq.push(['optUserOut']);"));
  await push(page, ['trackEvent', 'A', 'B']);
  await sleep(300);
  assert.deepEqual(lab.hits(), []);
  await push(page, ['forgetUserOptOut'], ['trackEvent', 'C', 'D']);
  assert.deepEqual((await lab.settled(1)).map(action), [{ e_c: 'C', e_a: 'D', ca: '1' }]);

  const init = () => Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' });
  await lab.open(write('/dnt', "_paq.push(['trackPageView']); _paq.push(['setDoNotTrack', true]);"), { init });
  await sleep(300);
  assert.deepEqual(lab.hits(), []);
  await lab.open(write('/dnt-off', "_paq.push(['trackPageView']);"), { init });
  assert.equal((await lab.settled(1)).length, 1);
});

test('links: outlinks, downloads, own domains, classes, own file types', async () => {
  const names = ['out', 'file', 'domain', 'ignored', 'asdownload', 'asoutlink', 'type', 'plain'];
  const body = `
    <a id=out href="http://out.example/x"><b id=outinner>x</b></a> <a id=file href="/f.pdf">x</a>
    <a id=domain href="https://shop.example.org/x">x</a> <a id=ignored class=matomo_ignore href="http://out.example/i">x</a>
    <a id=asdownload class=piwik_download href="/get">x</a> <a id=asoutlink class=matomo_link href="/go">x</a>
    <a id=type href="/model.blend">x</a> <a id=plain href="/plain">x</a>
    <script>onclick = (event) => event.preventDefault()</script>`;
  const page = await lab.open(
    write(
      '/links',
      `_paq.push(['trackPageView']); _paq.push(['enableLinkTracking']); _paq.push(['enableLinkTracking']);
       _paq.push(['setDomains', ['*.example.org']]); _paq.push(['addDownloadExtensions', 'blend']);`,
      body,
    ),
  );
  await lab.settled(1, 0);
  for (const name of names) await page.click(`#${name}`);
  await page.click('#outinner', { button: 'middle', modifiers: ['Alt'] });
  assert.deepEqual((await lab.settled(6)).slice(1).map(action), [
    { link: 'http://out.example/x' },
    { download: `${lab.site}/f.pdf` },
    { download: `${lab.site}/get` },
    { link: `${lab.site}/go` },
    { download: `${lab.site}/model.blend` },
    { link: 'http://out.example/x' },
  ]);
});

const BLOCKS = `
  <div data-track-content data-content-name="Summer Sale" data-content-piece="banner-a.png">
    <a id=shop href="http://shop.example.org/sale"><img alt=x></a></div>
  <div class=matomoTrackContent data-content-name=Newsletter>
    <p data-content-piece=box>Read it</p><a id=second class=matomoContentTarget href="/second.html">go</a></div>
  <a class=piwikTrackContent id=picture href="/to"><img src="/img/teaser.png" alt=x></a>
  <div data-track-content title="Only a title" id=quiet><b data-content-ignoreinteraction id=ignored>x</b></div>
  <script>onclick = (event) => event.preventDefault()</script>`;

/** The place of a hit in the content test: impressions wait a moment, clicks do not. */
const clicked = (hit) => (hit.link ? 0 : hit.c_i ? 1 : 2);

const impressions = () => [
  { c_n: 'Summer Sale', c_p: 'banner-a.png', c_t: 'http://shop.example.org/sale', ca: '1' },
  { c_n: 'Newsletter', c_p: 'box', c_t: `${lab.site}/second.html`, ca: '1' },
  { c_n: '/img/teaser.png', c_p: `${lab.site}/img/teaser.png`, c_t: `${lab.site}/to`, ca: '1' },
  { c_n: 'Only a title', c_p: 'Unknown', ca: '1' },
];

test('content: impressions in one bulk request, once a view; clicks as Matomo combines them', async () => {
  const page = await lab.open(
    write(
      '/content',
      "_paq.push(['trackPageView']); _paq.push(['trackAllContentImpressions']); _paq.push(['enableLinkTracking']);",
      BLOCKS,
    ),
  );
  const [view, ...shown] = await lab.settled(5);
  assert.equal(view.bulk, undefined);
  assert.deepEqual(shown.map(action), impressions());
  assert.equal(new Set(shown.map((hit) => hit.request)).size, 1);
  assert.ok(shown.every((hit) => hit.bulk && hit.idsite === '1' && hit.pv_id === view.pv_id && hit._id === ''));
  const { request } = shown[0];
  assert.equal(request.query, '');
  assert.match(request.headers['content-type'], /^application\/x-www-form-urlencoded/);
  assert.equal(JSON.parse(request.body).send_image, 0);

  await push(page, ['trackAllContentImpressions'], ['trackContentImpression', 'By hand', 'p', '/t']);
  for (const id of ['shop', 'second', 'ignored']) await page.click(`#${id}`);
  const [sale, newsletter, byHand, ...more] = (await lab.settled(8, 400)).slice(5).sort((one, other) => clicked(one) - clicked(other));
  assert.deepEqual(action(sale), {
    link: 'http://shop.example.org/sale',
    c_n: 'Summer Sale',
    c_p: 'banner-a.png',
    c_t: 'http://shop.example.org/sale',
    c_i: 'click',
    ca: '1',
  });
  assert.deepEqual(action(newsletter), { c_n: 'Newsletter', c_p: 'box', c_t: `${lab.site}/second.html`, c_i: 'click', ca: '1' });
  assert.deepEqual(action(byHand), { c_n: 'By hand', c_p: 'p', c_t: '/t', ca: '1' });
  assert.deepEqual(more, []);

  await push(page, ['trackPageView'], ['trackAllContentImpressions']);
  assert.equal((await lab.settled(13)).length, 13);
});

test('visible content counts when it is scrolled to', async () => {
  const far = '<div style="height:3000px"></div><div id=far data-track-content data-content-name=Far>Far</div>';
  const hidden = '<div data-track-content data-content-name=Hidden style="visibility:hidden">x</div>';
  const near = '<div data-track-content data-content-name=Near>Near</div>';
  const page = await lab.open(
    write('/visible', "_paq.push(['trackPageView']); _paq.push(['trackVisibleContentImpressions']);", near + hidden + far),
  );
  assert.deepEqual((await lab.settled(2, 400)).map((hit) => hit.c_n), [undefined, 'Near']);
  await page.locator('#far').scrollIntoViewIfNeeded();
  assert.deepEqual((await lab.settled(3)).map((hit) => hit.c_n), [undefined, 'Near', 'Far']);
});

test('impressions are not lost when the page is left at once, nor when there are many', async () => {
  const many = Array.from({ length: 120 }, (_, at) => `<div data-track-content data-content-name="Block ${at}">x</div>`).join('');
  const page = await lab.open(
    write('/many', "_paq.push(['setCustomDimension', 1, 'x'.repeat(250)]); _paq.push(['trackAllContentImpressions']);", many),
  );
  const hits = await lab.settled(120);
  assert.equal(new Set(hits.map((hit) => hit.c_n)).size, 120);
  await push(page, ['trackContentImpression', 'Last']);
  await page.goto(`${lab.site}/elsewhere`);
  assert.equal((await lab.settled(121)).at(-1).c_n, 'Last');
});

test('functions in the queue, and the Matomo object', async () => {
  const page = await lab.open(
    write(
      '/object',
      `window.matomoAsyncInit = function () { window.early = typeof Matomo.getTracker; };
       _paq.push(['trackPageView']);
       _paq.push([function (word) { window.seen = [word, this.getVisitorId(), this.getSiteId(), this.getTrackerUrl()]; this.trackEvent('From', 'Function'); }, 'hello']);`,
    ),
  );
  assertSame((await lab.settled(2)).map(action), [{ action_name: 'Page /object' }, { e_c: 'From', e_a: 'Function', ca: '1' }]);
  const found = await page.evaluate((tracker) => {
    window.Piwik.getTracker(`${tracker}/other.php`, 9).trackPageView('Second');
    window.Matomo.getAsyncTracker().trackEvent('From', 'Async');
    return { early: window.early, seen: window.seen, same: window.Piwik === window.Matomo };
  }, lab.tracker);
  assert.deepEqual(found, {
    early: 'function',
    seen: ['hello', '', '1', `//${new URL(lab.tracker).host}/matomo.php`],
    same: true,
  });
  const [second, event] = (await lab.settled(4)).slice(2).sort((one, other) => other.idsite - one.idsite);
  assert.deepEqual([second.request.path, second.idsite, second.action_name], ['/other.php', '9', 'Second']);
  assert.deepEqual([event.request.path, event.idsite, event.e_a], ['/matomo.php', '1', 'Async']);
});

test('the old synchronous snippet, with piwik.js', async () => {
  await lab.open(
    lab.write(
      '/old',
      `<!doctype html><title>Old</title><script src="${lab.tracker}/piwik.js"></script><script>
       try { var t = Piwik.getTracker("${lab.tracker}/piwik.php", 4); t.trackPageView(); t.enableLinkTracking(); } catch (e) { console.error(e); }
       </script>`,
    ),
  );
  const [hit] = await lab.settled(1);
  assert.deepEqual([hit.request.path, hit.idsite, hit.action_name], ['/piwik.php', '4', 'Old']);
  assert.ok(JSON.parse(hit.uadata).brands);
  assert.deepEqual(lab.errors, []);
});

test('a second tracker gets everything but address and site', async () => {
  const page = await lab.open(
    write('/two', `_paq.push(['addTracker', '${lab.tracker}/second.php', '2']); _paq.push(['trackPageView']); _paq.push(['setUserId', 'u']);`),
  );
  await push(page, ['trackEvent', 'A', 'B']);
  const seen = (await lab.settled(4)).map(({ request, idsite, uid, e_c: category }) => [request.path, idsite, uid, category ?? '']);
  assert.deepEqual(seen.sort(), [
    ['/matomo.php', '1', 'u', ''],
    ['/matomo.php', '1', 'u', 'A'],
    ['/second.php', '2', 'u', ''],
    ['/second.php', '2', 'u', 'A'],
  ]);
});

test('the heartbeat pings while the page is looked at', async () => {
  const page = await lab.open();
  await page.clock.install();
  await page.goto(write('/heart', "_paq.push(['trackPageView']); _paq.push(['enableHeartBeatTimer', 1]);"));
  await page.clock.runFor(100);
  await lab.settled(1, 0);
  await page.clock.runFor(10_000);
  assert.deepEqual((await lab.settled(3)).slice(1).map(action), [{ ping: '1' }, { ping: '1' }]);
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true }));
  await page.clock.runFor(20_000);
  assert.equal((await lab.settled(3)).length, 3);
});

test('nothing is stored, whatever the cookie commands say', async () => {
  const page = await lab.open(
    write('/store', "_paq.push(['rememberConsentGiven', 10]); _paq.push(['setCookieConsentGiven']); _paq.push(['trackPageView']);", BLOCKS),
  );
  await push(page, ['trackAllContentImpressions'], ['optUserOut']);
  await sleep(500);
  assert.deepEqual(await stored(lab), NOTHING_STORED);
});

test('a prerendered page sends nothing before it is opened', async () => {
  const page = await lab.open(write('/ahead'), {
    init: () => Object.defineProperty(document, 'prerendering', { value: true, configurable: true }),
  });
  await sleep(300);
  assert.deepEqual(lab.hits(), []);
  await page.evaluate(() => document.dispatchEvent(new Event('prerenderingchange')));
  assert.deepEqual((await lab.settled(1)).map(action), [{ action_name: 'Page /ahead' }]);
});
