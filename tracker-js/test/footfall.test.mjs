import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NOTHING_STORED, action, assertSame, browseAlone, sleep, startLab, stored, until } from './helpers.mjs';

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

const STUB = '<script>window.footfall=window.footfall||function(){(footfall.q=footfall.q||[]).push(arguments)}</script>';

test('a page view says what it must and nothing more, without cookies', async () => {
  const url = lab.writeTracked('/view', 'Hello');
  const page = await lab.open();
  await lab.context.addCookies([{ name: 'session', value: 'secret', url: lab.site }]);
  await page.goto(`${url}?utm_source=letter#part`);
  const [hit, ...more] = await lab.settled(1);
  assert.deepEqual(more, []);
  const { request, uadata, ...fields } = hit;
  assert.equal(request.method, 'POST');
  assert.equal(request.path, '/matomo.php');
  assert.equal(request.body, '');
  assert.equal(request.headers['content-length'], '0');
  assert.match(request.headers['content-type'], /^application\/x-www-form-urlencoded/);
  assert.equal(request.headers.cookie, undefined);
  assert.equal(request.headers['sec-fetch-mode'], 'no-cors');
  assert.deepEqual(Object.keys(fields).sort(), 'action_name h idsite m pv_id r rec res s send_image url'.split(' '));
  assert.equal(fields.url, `${url}?utm_source=letter`);
  assert.equal(fields.action_name, 'Page /view');
  assert.equal(fields.idsite, '1');
  assert.equal(fields.rec, '1');
  assert.equal(fields.send_image, '0');
  assert.match(fields.pv_id, /^[a-z0-9]{6}$/);
  assert.match(fields.res, /^\d+x\d+$/);
  const hints = JSON.parse(uadata);
  assert.ok(hints.brands.length > 0);
  assert.equal(typeof hints.platform, 'string');
  assert.deepEqual([hints.fullVersionList, hints.model], [undefined, undefined]);
  assert.ok(!lab.requests.some(({ method }) => method === 'OPTIONS'));
});

test('the second page names the first as referrer', async () => {
  const first = lab.writeTracked('/first', '<a id=go href="/second">next</a>');
  lab.writeTracked('/second', 'Second');
  const page = await lab.open(first);
  await lab.settled(1, 0);
  await page.click('#go');
  const [one, two] = await lab.settled(2);
  assert.equal(one.urlref, undefined);
  assert.equal(two.urlref, first);
  assert.notEqual(one.pv_id, two.pv_id);
});

test('routes of an application: one view for each address, none for the same', async () => {
  const url = lab.writeTracked('/app', 'App');
  const page = await lab.open(url);
  await lab.settled(1, 0);
  const step = async (work, count) => {
    await page.evaluate(work);
    return (await lab.settled(count, 180)).length;
  };
  // The title comes after the address, as frameworks do it.
  assert.equal(await step(() => { history.pushState(null, '', '/app/a'); setTimeout(() => (document.title = 'A'), 30); }, 2), 2);
  assert.equal(await step(() => history.replaceState({ scroll: 5 }, ''), 2), 2);
  assert.equal(await step(() => history.pushState(null, '', '#part'), 2), 2);
  assert.equal(await step(() => history.pushState(null, '', '?tab=2'), 3), 3);
  assert.equal(await step(() => { history.pushState(null, '', '/app/old'); history.replaceState(null, '', '/app/new'); }, 4), 4);
  assert.equal(await step(() => history.back(), 5), 5);
  const hits = lab.hits();
  assert.deepEqual(
    hits.map((hit) => hit.url.slice(lab.site.length)),
    ['/app', '/app/a', '/app/a?tab=2', '/app/new', '/app/a?tab=2'],
  );
  assert.equal(hits[1].action_name, 'A');
  assert.deepEqual(hits.slice(1).map((hit) => hit.urlref), hits.slice(0, -1).map((hit) => hit.url));
  assert.equal(new Set(hits.map((hit) => hit.pv_id)).size, hits.length);
});

test('data-hash: the fragment is the route', async () => {
  const url = lab.writeTracked('/hash', '<a id=go href="#/two">two</a>', { attributes: 'data-site="1" data-hash' });
  const page = await lab.open(`${url}#/one`);
  await lab.settled(1, 0);
  await page.click('#go');
  const hits = await lab.settled(2);
  assert.deepEqual(hits.map((hit) => hit.url), [`${url}#/one`, `${url}#/two`]);
});

test('data-manual: only views the page asks for', async () => {
  const url = lab.writeTracked('/manual', 'x', { attributes: 'data-site="7" data-manual', head: STUB });
  const page = await lab.open(url);
  await sleep(100);
  await page.evaluate(() => {
    history.pushState(null, '', '/manual/2');
    window.footfall('pageview', { url: '/virtual?x=1', title: 'Virtual' });
  });
  const hits = await lab.settled(1);
  assert.deepEqual(hits.map(({ url: address, action_name: title, idsite }) => [address, title, idsite]), [
    [`${lab.site}/virtual?x=1`, 'Virtual', '7'],
  ]);
});

test('a view counted by call is not counted again by its route', async () => {
  const page = await lab.open(lab.writeTracked('/both', 'x'));
  await lab.settled(1, 0);
  await page.evaluate(() => {
    history.pushState(null, '', '/both/2');
    window.footfall('pageview', { title: 'Mine' });
  });
  const hits = await lab.settled(2);
  assert.deepEqual(hits.map((hit) => hit.action_name), ['Page /both', 'Mine']);
});

test('back from another page is a new view, restored from the cache', async () => {
  const url = lab.writeTracked('/cached', '<script>window.token = Math.random()</script>');
  lab.write('/away', '<!doctype html><title>Away</title>');
  const page = await lab.open(url);
  await lab.settled(1);
  const token = await page.evaluate(() => window.token);
  await page.goto(`${lab.site}/away`);
  await page.goBack({ waitUntil: 'commit' });
  const hits = await lab.settled(2);
  assert.equal(await page.evaluate(() => window.token), token, 'the page was not cached');
  assert.equal(hits.length, 2);
  assert.equal(hits[1].url, url);
  assert.notEqual(hits[1].pv_id, hits[0].pv_id);
});

test('a prerendered page counts when it is opened', async () => {
  const report = `${lab.tracker}/report`;
  const target = lab.writeTracked(
    '/ahead',
    `<script>
       const tell = (what) => navigator.sendBeacon('${report}?' + what);
       if (document.prerendering) tell('ahead');
       document.addEventListener('prerenderingchange', () => tell('opened'));
     </script>`,
  );
  const rules = JSON.stringify({ prerender: [{ urls: ['/ahead'], eagerness: 'immediate' }] });
  const url = lab.write(
    '/rules',
    `<!doctype html><title>Rules</title><script type=speculationrules>${rules}</script>
     <script>fetch('/wait').then(() => (location.href = '/ahead'))</script>`,
  );
  lab.requests.length = 0;
  const told = () => lab.requests.filter(({ path }) => path === '/report').map(({ query }) => query);
  const open = lab.hold('/wait');
  await browseAlone(url, async () => {
    await until(() => told().includes('ahead'), 'prerendering');
    await sleep(400);
    assert.deepEqual(lab.hits(), [], 'counted before it was opened');
    open();
    const hits = await lab.settled(1);
    assert.deepEqual(hits.map((hit) => hit.url), [target]);
    assert.deepEqual(told(), ['ahead', 'opened']);
  });
});

test('a page that stays prerendered is never counted', async () => {
  const page = await lab.open(lab.writeTracked('/never', 'x'), {
    init: () => Object.defineProperty(document, 'prerendering', { value: true, configurable: true }),
  });
  await sleep(300);
  assert.deepEqual(lab.hits(), []);
  await page.evaluate(() => {
    Object.defineProperty(document, 'prerendering', { value: false });
    document.dispatchEvent(new Event('prerenderingchange'));
  });
  assert.equal((await lab.settled(1)).length, 1);
});

test('outlinks: left, middle, keyboard, nested, shadow, stopped; not right, not own pages', async () => {
  const away = `${lab.elsewhere}/target`;
  const url = lab.writeTracked(
    '/out',
    `<a id=left href="${away}?left"><b><i id=inner>left</i></b></a>
     <a id=middle href="${away}?middle">middle</a>
     <a id=key href="${away}?key">key</a>
     <a id=right href="${away}?right">right</a>
     <a id=own href="#own">own</a> <a id=mail href="mailto:x@example.org">mail</a>
     <a id=ignored data-footfall-ignore href="${away}?ignored">ignored</a>
     <div id=host></div><div id=stop><a id=stopped href="${away}?stopped">stopped</a></div>
     <script>
       host.attachShadow({mode:'open'}).innerHTML = '<a id=shadowed href="${away}?shadow">in shadow</a>';
       onclick = onauxclick = (event) => event.preventDefault();
       stop.onclick = (event) => { event.stopPropagation(); event.preventDefault(); };
     </script>`,
  );
  const page = await lab.open(url);
  await lab.settled(1, 0);
  await page.click('#inner');
  await page.click('#middle', { button: 'middle' });
  await page.focus('#key');
  await page.keyboard.press('Enter');
  await page.click('#right', { button: 'right' });
  await page.click('#own');
  await page.click('#ignored');
  await page.click('#shadowed');
  await page.click('#stopped');
  const hits = (await lab.settled(6)).slice(1);
  assert.deepEqual(
    hits.map((hit) => action(hit)),
    ['left', 'middle', 'key', 'shadow', 'stopped'].map((name) => ({ link: `${away}?${name}` })),
  );
  assert.ok(hits.every((hit) => hit.url === url && hit.pv_id === lab.hits()[0].pv_id));
});

test('an outlink that takes the page away is counted and not held up', async () => {
  const page = await lab.open(lab.writeTracked('/leave', `<a id=go href="${lab.elsewhere}/gone">go</a>`));
  await lab.settled(1, 0);
  await page.click('#go');
  await page.waitForURL(`${lab.elsewhere}/gone`);
  const hits = await lab.settled(2);
  assert.deepEqual(action(hits[1]), { link: `${lab.elsewhere}/gone` });
});

test('downloads: by file type, in a query, by attribute, and on another host', async () => {
  const names = ['/files/report.PDF', '/get?file=data.csv&v=2', '/export', `${lab.elsewhere}/tool.zip`, '/page.html'];
  const links = names.map((name, at) => `<a id=l${at} href="${name}" ${at === 2 ? 'download' : ''}>${name}</a>`).join(' ');
  const page = await lab.open(lab.writeTracked('/downloads', `${links}<script>onclick = (e) => e.preventDefault()</script>`));
  await lab.settled(1, 0);
  for (const at of names.keys()) await page.click(`#l${at}`);
  const hits = (await lab.settled(5)).slice(1);
  assert.deepEqual(
    hits.map(action),
    names.slice(0, 4).map((name) => ({ download: new URL(name, lab.site).href })),
  );
});

test('events and searches by call, before and after the script is there', async () => {
  const early = `${STUB}<script>footfall('event','Early','Call','Name',0); footfall('search','red shoes','Shop',0)</script>`;
  const page = await lab.open(lab.writeTracked('/calls', 'x', { head: early }));
  await lab.settled(3, 0);
  await page.evaluate(() => {
    window.footfall('event', 'Video', 'Play', 'Intro', 12.5);
    window.footfall('event', 'Video', 'Pause');
    window.footfall('event', 'NoAction');
    window.footfall('nonsense', {});
    window.footfall();
  });
  const hits = (await lab.settled(5)).map(action);
  assertSame(hits, [
    { action_name: 'Page /calls' },
    { e_c: 'Early', e_a: 'Call', e_n: 'Name', e_v: '0', ca: '1' },
    { search: 'red shoes', search_cat: 'Shop', search_count: '0' },
    { e_c: 'Video', e_a: 'Play', e_n: 'Intro', e_v: '12.5', ca: '1' },
    { e_c: 'Video', e_a: 'Pause', ca: '1' },
  ]);
});

test('without the stub the function is there as soon as the script ran', async () => {
  const script = `<script src="${lab.tracker}/footfall.js" data-site="1"></script><script>footfall('event','A','B')</script>`;
  await lab.open(lab.write('/nostub', `<!doctype html><title>No stub</title>${script}`));
  assertSame((await lab.settled(2)).map(action), [{ action_name: 'No stub' }, { e_c: 'A', e_a: 'B', ca: '1' }]);
});

test('events by attribute', async () => {
  const body = `
    <button id=short data-footfall-event="Form/Send/Contact/big"><span><b id=nested>Send</b></span></button>
    <div id=long data-footfall-category="Box" data-footfall-action="Open" data-footfall-name="Top" data-footfall-value="3">x</div>
    <button id=mixed data-footfall-event="Form/Send" data-footfall-value="2">x</button>
    <button id=half data-footfall-event="Form">x</button>
    <a id=both href="${lab.elsewhere}/x" target=_blank data-footfall-event="Ad/Click">x</a>`;
  const page = await lab.open(lab.writeTracked('/attributes', body));
  await lab.settled(1, 0);
  for (const id of ['nested', 'long', 'mixed', 'half']) await page.click(`#${id}`);
  await page.click('#long', { button: 'middle' });
  await page.click('#both');
  assertSame((await lab.settled(6)).slice(1).map(action), [
    { e_c: 'Form', e_a: 'Send', e_n: 'Contact/big', ca: '1' },
    { e_c: 'Box', e_a: 'Open', e_n: 'Top', e_v: '3', ca: '1' },
    { e_c: 'Form', e_a: 'Send', e_v: '2', ca: '1' },
    { e_c: 'Ad', e_a: 'Click', ca: '1' },
    { link: `${lab.elsewhere}/x` },
  ]);
});

test('a strict content security policy is no obstacle', async () => {
  const policy =
    `default-src 'none'; script-src ${lab.tracker}; connect-src ${lab.tracker}; ` +
    `require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'`;
  const page = await lab.open(
    lab.writeTracked('/strict', '<button id=go data-footfall-event="A/B">x</button>', {
      headers: { 'Content-Security-Policy': policy },
    }),
  );
  await page.click('#go');
  await page.evaluate(() => history.pushState(null, '', '/strict/2'));
  assert.equal((await lab.settled(3)).length, 3);
  assert.deepEqual(lab.errors, []);
});

test('nothing is stored', async () => {
  const page = await lab.open(lab.writeTracked('/store', `<a id=go href="${lab.elsewhere}/x" target=_blank>x</a>`));
  await page.click('#go');
  await page.evaluate(() => window.footfall('event', 'A', 'B'));
  await lab.settled(3);
  assert.deepEqual(await stored(lab), NOTHING_STORED);
});

test('long parameters travel in the body; half an emoji is no error', async () => {
  const page = await lab.open(lab.writeTracked('/long', 'x'));
  await lab.settled(1, 0);
  await page.evaluate(() => {
    window.footfall('event', 'Long', 'x'.repeat(3000));
    window.footfall('event', 'Cut', 'smile \ud83d');
  });
  const hits = (await lab.settled(3)).slice(1);
  const [long, cut] = hits.sort((one, other) => other.e_a.length - one.e_a.length);
  assert.equal(long.request.query, '');
  assert.match(long.request.headers['content-type'], /^application\/x-www-form-urlencoded/);
  assert.equal(long.e_a.length, 3000);
  assert.equal(long.idsite, '1');
  assert.equal(cut.e_a, 'smile \ufffd');
});

test('whatever the page breaks, no error reaches it', async () => {
  const url = lab.writeTracked('/broken', `<a id=go href="${lab.elsewhere}/gone">x</a>`);
  const page = await lab.open(url, {
    init: () => {
      window.fetch = () => { throw new Error('no fetch'); };
      Object.defineProperty(navigator, 'userAgentData', { get: () => ({ getHighEntropyValues: () => Promise.reject(new Error('no')) }) });
      window.addEventListener('unhandledrejection', (event) => console.error('unhandled', String(event.reason)));
    },
  });
  await page.evaluate(() => {
    window.footfall('event', { toString() { throw new Error('hostile'); } }, 'x');
    history.pushState(null, '', '/broken/2');
  });
  await sleep(200);
  await page.click('#go');
  await page.waitForURL(`${lab.elsewhere}/gone`);
  assert.deepEqual(lab.errors, []);
});

test('a browser whose fetch cannot outlive the page sends a beacon', async () => {
  await lab.open(lab.writeTracked('/beacon', 'x'), {
    init: () => delete Request.prototype.keepalive,
  });
  const [hit] = await lab.settled(1);
  assert.equal(hit.action_name, 'Page /beacon');
  assert.equal(hit.request.method, 'POST');
  assert.equal(hit.request.body, '');
});

test('data-endpoint, and the script twice', async () => {
  const tag = `<script defer src="${lab.tracker}/footfall.js" data-site="1" data-endpoint="/stats/t.php"></script>`;
  await lab.open(lab.write('/twice', `<!doctype html><title>Twice</title>${tag}${tag}`));
  const hits = await lab.settled(1);
  assert.deepEqual(hits.map((hit) => hit.request.path), ['/stats/t.php']);
});

test('a tracker that cannot be reached leaves the page alone', async () => {
  const tag = `<script defer src="${lab.tracker}/footfall.js" data-site="1" data-endpoint="http://127.0.0.1:9/x.php"></script>`;
  const page = await lab.open(lab.write('/dead', `<!doctype html><title>Dead</title>${tag}`));
  await until(() => lab.errors.length > 0, 'the browser reports the refused connection');
  assert.ok(lab.errors.every((error) => /ERR_(CONNECTION_REFUSED|UNSAFE_PORT)/.test(error)), lab.errors.join());
  assert.equal(await page.title(), 'Dead');
});
