/** Routes of single-page applications: what is a view, and what its hits say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { action, assertSame, sleep, startLab } from './helpers.mjs';

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

/** The rule that tracker and server share, as cases. */
const CASES = JSON.parse(readFileSync(new URL('../../tests/same_page.json', import.meta.url)));

/** What browsers had before the Navigation API. */
const OLD = () => delete window.navigation;

const place = (hit) => hit.url.slice(lab.site.length);

for (const [browser, init] of [['the Navigation API', undefined], ['history alone', OLD]]) {
  test(`what splits a page, with ${browser}`, async () => {
    const page = await lab.open(undefined, { init });
    for (const [at, { before, after, how, view, why, hash }] of CASES.entries()) {
      const [from, to] = [before, after].map((address) => address.replace('https://site.example', `${lab.site}/case${at}`));
      lab.writeTracked(new URL(from).pathname, 'x', { attributes: `data-site=1 ${hash ? 'data-hash' : ''}` });
      lab.requests.length = 0;
      await page.goto(from);
      await lab.settled(1, 0);
      await page.evaluate(([name, address]) => {
        history[`${name}State`](null, '', address);
        window.footfall('event', 'Done', 'Here');
      }, [how, to]);
      const hits = await lab.settled(view ? 3 : 2, 0);
      const views = hits.filter((hit) => !hit.e_c);
      assert.equal(views.length, view ? 2 : 1, `${before} ${how} ${after}: ${why}`);
      assert.ok(hits.every((hit) => (hit.hash ?? '') === (hash ? 'true' : '')));
    }
  });

  test(`forth and back, with ${browser}`, async () => {
    const page = await lab.open(lab.writeTracked('/walk', 'x'), { init });
    await lab.settled(1, 0);
    const step = async (count, work) => {
      await page.evaluate(work);
      return lab.settled(count, 0);
    };
    await step(2, () => { history.pushState(null, '', '/walk/a'); document.title = 'A'; });
    await step(3, () => { history.pushState(null, '', '/walk/b'); document.title = 'B'; });
    await step(4, () => { history.back(); setTimeout(() => (document.title = 'A'), 50); });
    const hits = await step(5, () => { history.forward(); setTimeout(() => (document.title = 'B'), 50); });
    assert.deepEqual(hits.map(place), ['/walk', '/walk/a', '/walk/b', '/walk/a', '/walk/b']);
    assert.deepEqual(hits.slice(1).map((hit) => hit.action_name), ['A', 'B', 'A', 'B']);
    assert.deepEqual(hits.slice(1).map((hit) => hit.urlref), hits.slice(0, -1).map((hit) => hit.url));
    assert.equal(new Set(hits.map((hit) => hit.pv_id)).size, 5);
  });

  test(`a redirect of the router is one view, and one that leads back is none, with ${browser}`, async () => {
    const page = await lab.open(lab.writeTracked('/guard', 'x'), { init });
    await lab.settled(1, 0);
    await page.evaluate(() => {
      history.pushState(null, '', '/guard/old');
      history.replaceState(null, '', '/guard/new');
      history.pushState(null, '', '/guard/newer?tab=1');
      history.replaceState(null, '', '/guard/newer?tab=2');
      document.title = 'Newer';
    });
    assert.deepEqual((await lab.settled(2, 300)).map(place), ['/guard', '/guard/newer?tab=2']);
    await page.evaluate(() => {
      history.pushState(null, '', '/guard/private');
      history.replaceState(null, '', '/guard/newer?tab=2');
      document.title = 'Not allowed';
    });
    assert.equal((await lab.settled(2, 300)).length, 2);
  });
}

test('an address that another script changes behind our back is seen by the Navigation API', async () => {
  const early = '<script>window.pushed = history.pushState.bind(history)</script>';
  const page = await lab.open(lab.writeTracked('/behind', 'x', { head: early }));
  await lab.settled(1, 0);
  await page.evaluate(() => { window.pushed(null, '', '/behind/2'); document.title = 'Two'; });
  assert.deepEqual((await lab.settled(2)).map(place), ['/behind', '/behind/2']);
});

test('a title that comes late is waited for', async () => {
  const page = await lab.open(lab.writeTracked('/late', 'x'));
  await lab.settled(1, 0);
  await page.evaluate(() => { history.pushState(null, '', '/late/2'); setTimeout(() => (document.title = 'Two'), 500); });
  assert.deepEqual((await lab.settled(2)).map((hit) => hit.action_name), ['Page /late', 'Two']);
});

test('a title that never comes is left out after a second', async () => {
  const page = await lab.open(lab.writeTracked('/never', 'x'));
  await lab.settled(1, 0);
  await page.evaluate(() => history.pushState(null, '', '/never/2'));
  await sleep(600);
  assert.equal(lab.hits().length, 1, 'did not wait');
  const hits = await lab.settled(2);
  assert.deepEqual(hits.map(place), ['/never', '/never/2']);
  assert.equal(hits[1].action_name, undefined);
});

test('a title that a router sets before the address, at a click, is the new page\'s', async () => {
  const page = await lab.open(
    lab.writeTracked('/first', `<button id=go onclick="document.title='Two'; setTimeout(() => history.pushState(null,'','/first/2'), 50)">x</button>`),
  );
  await lab.settled(1, 0);
  await page.click('#go');
  assert.deepEqual((await lab.settled(2)).map((hit) => hit.action_name), ['Page /first', 'Two']);
});

test('a title that the page before got late is not taken for the new page\'s', async () => {
  const page = await lab.open(lab.writeTracked('/after', '<button id=go onclick="history.pushState(null,\'\',\'/after/2\')">x</button>'));
  await lab.settled(1, 0);
  await page.evaluate(() => (document.title = 'One, at last'));
  await page.click('#go');
  const hits = await lab.settled(2);
  assert.equal(hits[1].action_name, undefined);
});

test('an event during the wait belongs to the new page, whose view goes first', async () => {
  const page = await lab.open(lab.writeTracked('/event', `<a id=out href="${lab.elsewhere}/x" target=_blank data-footfall-event="Out/Click">x</a>`));
  await lab.settled(1, 0);
  await page.evaluate(() => { history.pushState(null, '', '/event/2'); window.footfall('event', 'A', 'B'); });
  let hits = await lab.settled(3);
  assertSame(hits.slice(1).map(action), [{}, { e_c: 'A', e_a: 'B', ca: '1' }]);
  await page.evaluate(() => { history.pushState(null, '', '/event/3'); document.title = 'Three'; });
  await page.click('#out');
  hits = await lab.settled(6);
  assertSame(hits.slice(3).map(action), [{ action_name: 'Three' }, { e_c: 'Out', e_a: 'Click', ca: '1' }, { link: `${lab.elsewhere}/x` }]);
  for (const [from, number] of [[1, 2], [3, 3]]) {
    const group = hits.slice(from, from + number);
    assert.equal(new Set(group.map((hit) => hit.pv_id)).size, 1);
    assert.ok(group.every((hit) => hit.url === `${lab.site}/event/${from === 1 ? 2 : 3}`));
    assert.ok(group.every((hit) => hit.urlref === `${lab.site}/event${from === 1 ? '' : '/2'}`));
  }
});

test('two quick routes are two views', async () => {
  const page = await lab.open(lab.writeTracked('/quick', 'x'));
  await lab.settled(1, 0);
  await page.evaluate(() => history.pushState(null, '', '/quick/2'));
  await sleep(250);
  await page.evaluate(() => { history.pushState(null, '', '/quick/3'); document.title = 'Three'; });
  const hits = await lab.settled(3);
  assert.deepEqual(hits.map(place).sort(), ['/quick', '/quick/2', '/quick/3']);
  assert.deepEqual(hits.find((hit) => place(hit) === '/quick/2').action_name, undefined);
});

test('a view that waits is sent when the page is left', async () => {
  const page = await lab.open(lab.writeTracked('/leave', 'x'));
  await lab.settled(1, 0);
  await page.evaluate((url) => { history.pushState(null, '', '/leave/2'); location.href = url; }, `${lab.elsewhere}/away`);
  assert.deepEqual((await lab.settled(2)).map(place), ['/leave', '/leave/2']);
});

test('after a filter rewrote the query, a page opened from there comes from the page that was counted', async () => {
  const page = await lab.open(lab.writeTracked('/filter', 'x'));
  await lab.settled(1, 0);
  await page.evaluate(() => {
    history.replaceState(null, '', '?color=red');
    history.pushState(null, '', '?color=red');
    history.pushState(null, '', '/filter/item');
    document.title = 'Item';
  });
  const hits = await lab.settled(2, 300);
  assert.deepEqual(hits.map(place), ['/filter', '/filter/item']);
  assert.equal(hits[1].urlref, `${lab.site}/filter`);
});

test('a frame inside of the page has routes of its own', async () => {
  lab.write('/inner', '<!doctype html><title>Inner</title>');
  const page = await lab.open(lab.writeTracked('/outer', '<iframe src="/inner"></iframe>'));
  await lab.settled(1, 0);
  await page.frames()[1].evaluate(() => { history.pushState(null, '', '/inner/2'); document.title = 'Two'; });
  await page.evaluate(() => window.footfall('event', 'A', 'B'));
  const hits = await lab.settled(2, 200);
  assert.deepEqual(hits.map(place), ['/outer', '/outer']);
});
