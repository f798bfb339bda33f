/** Clicks: links wherever they stand, files however they are made, and one gesture for one thing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { action, assertSame, startLab } from './helpers.mjs';

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

const STAY = '<script>onclick = onauxclick = (event) => event.preventDefault()</script>';

const matomo = (commands = '') => `<script>var _paq = [['trackPageView'], ['enableLinkTracking'], ${commands}
  ['setTrackerUrl', '${lab.tracker}/matomo.php'], ['setSiteId', 1]]</script><script async src="${lab.tracker}/matomo.js"></script>`;

/** Writes the same page for our own script or for Matomo's snippet. */
function write(which, body, { attributes = '', commands = '' } = {}) {
  if (which === 'footfall.js') return lab.writeTracked('/page', body, { attributes: `data-site=1 ${attributes}` });
  return lab.write('/page', `<!doctype html><title>Page /page</title>${matomo(commands)}${body}`);
}

/** Opens a page, clicks through it. */
async function clickAll(url, selectors, options = {}) {
  const page = await lab.open(url);
  await lab.settled(1, 0);
  for (const selector of selectors) await page.click(selector, options);
  return page;
}

const linksOf = (hits) => hits.slice(1).map(({ link, download }) => ({ ...(link && { link }), ...(download && { download }) }));

for (const which of ['footfall.js', 'matomo.js']) {
  test(`${which}: links in drawings, by both kinds of href, areas, and links in web components`, async () => {
    const away = `${lab.elsewhere}/to`;
    const url = write(
      which,
      `<svg width=300 height=60>
         <a id=new href="${away}?new"><rect width=50 height=50 /></a>
         <a id=old xlink:href="${away}?old"><rect x=60 width=50 height=50 /></a>
         <a id=file href="files/a%20b.pdf"><rect x=120 width=50 height=50 /></a>
         <a id=own href="/own"><rect x=180 width=50 height=50 /></a>
       </svg>
       <img id=image usemap="#map" width=50 height=50 src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="><map name=map><area id=area shape=default href="${away}?area"></map>
       <my-link id=slotted><b>slotted</b></my-link>
       <a id=spaces href="  ${away}?spaces a b  ">x</a><a id=blank target=_blank rel=noopener href="${away}?blank">x</a>
       <a id=nohref>x</a><a id=mail href="mailto:a@b.example?subject=x.pdf">x</a><a id=tel href="tel:+31201234567">x</a>
       <a id=script href="javascript:void 'x.zip'">x</a><a id=broken href="http://[">x</a>
       <script>customElements.define('my-link', class extends HTMLElement {
         constructor() { super().attachShadow({ mode: 'open' }).innerHTML = '<a href="${away}?slot"><slot></slot></a>'; }
       })</script>${STAY}`,
    );
    await clickAll(url, ['#new', '#old', '#file', '#own', '#image', '#slotted b', '#spaces', '#blank', '#nohref', '#mail', '#tel', '#script', '#broken'], { force: true });
    assertSame(linksOf(await lab.settled(8)), [
      { link: `${away}?new` },
      { link: `${away}?old` },
      { download: `${lab.site}/files/a%20b.pdf` },
      { link: `${away}?area` },
      { link: `${away}?slot` },
      { link: `${away}?spaces%20a%20b` },
      { link: `${away}?blank` },
    ]);
  });

  test(`${which}: files made in the page are downloads under their names, never with their content`, async () => {
    const url = write(
      which,
      `<a id=blob download="Report 1/2.csv">x</a><a id=data download="note.txt" href="data:text/plain,secret%20words">x</a>
       <a id=unnamed download href="data:text/plain,secret">x</a><a id=shown href="data:text/plain,secret">x</a>
       <a id=attribute download href="/export?id=1">x</a>
       <script>blob.href = URL.createObjectURL(new Blob(['secret']))</script>${STAY}`,
    );
    await clickAll(url, ['#blob', '#data', '#unnamed', '#shown', '#attribute']);
    const hits = await lab.settled(5);
    assertSame(linksOf(hits), [
      { download: `${lab.site}/Report%201%2F2.csv` },
      { download: `${lab.site}/note.txt` },
      { download: `${lab.site}/download` },
      { download: `${lab.site}/export?id=1` },
    ]);
    assert.ok(hits.every(({ request }) => !/secret|blob:|data:/.test(decodeURIComponent(request.query + request.body))));
  });

  test(`${which}: file types, with what follows them in an address`, async () => {
    const files = ['/a.pdf;jsessionid=1A.node2', '/a;v=1/b.zip', '/a.PDF?x=1#page=2', '/a.docx#x', '/get?f=a.xlsx&x=1', '/get?f=b.tar.gz', '/m.mp4', '/p.pptx', '/a.epub'];
    const pages = ['/a.html', '/pdf', '/a.pdf/', '/a#b.pdf', '/?pdf', '/?q=zip', '/wiki/Inc.', '/a.', '/v1.0', '/a.pdfx'];
    const links = [...files, ...pages].map((href, at) => `<a id=l${at} href="${href}">x</a>`).join(' ');
    await clickAll(write(which, links + STAY), [...files, ...pages].map((_, at) => `#l${at}`));
    assertSame(linksOf(await lab.settled(1 + files.length)), files.map((href) => ({ download: lab.site + href })));
  });

  test(`${which}: more file types, ten thousand of them and any separator`, async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `t${at}`);
    const list = `+blend,+c++, ${many.join(',')},(,`;
    const body = ['/a.blend', '/a.c', '/a.t9999', '/a.pdf', '/a.', '/a.t10000', '/a.html'].map((href, at) => `<a id=l${at} href="${href}">x</a>`).join(' ') + STAY;
    const url = write(which, body, { attributes: `data-downloads="${list}"`, commands: `['addDownloadExtensions', '${list}'],` });
    const page = await clickAll(url, ['#l0', '#l1', '#l2', '#l3', '#l4', '#l5', '#l6']);
    assertSame(linksOf(await lab.settled(5)), ['/a.blend', '/a.c', '/a.t9999', '/a.pdf'].map((path) => ({ download: lab.site + path })));
    const took = await page.evaluate(() => {
      const from = performance.now();
      for (let at = 0; at < 20; at += 1) l6.click();
      return performance.now() - from;
    });
    assert.ok(took < 2000, `${took} ms for twenty clicks`);
    assert.deepEqual(lab.errors, []);
  });

  test(`${which}: links to the site's other hosts stay on the site`, async () => {
    const hosts = ['https://a.example/x', 'https://www.B.example:8443/', 'http://a.example.evil.example/', 'https://xa.example/'];
    const links = hosts.map((href, at) => `<a id=l${at} href="${href}">x</a>`).join(' ') + STAY;
    const url = write(which, links, { attributes: 'data-hosts="a.example b.example"', commands: "['setDomains', ['a.example', 'b.example']]," });
    await clickAll(url, hosts.map((_, at) => `#l${at}`));
    assertSame(linksOf(await lab.settled(3)), [{ link: hosts[2] }, { link: hosts[3] }]);
  });

  test(`${which}: what is left out around a link is left out through shadow roots`, async () => {
    const url = write(
      which,
      `<div data-footfall-ignore id=host></div><a id=end href="${lab.elsewhere}/end">x</a>
       <script>host.attachShadow({ mode: 'open' }).innerHTML = '<p><a id=in href="${lab.elsewhere}/in">x</a></p>'</script>${STAY}`,
    );
    await clickAll(url, ['#in', '#end']);
    assertSame(linksOf(await lab.settled(2)), [{ link: `${lab.elsewhere}/end` }]);
  });
}

test('matomo.js: every type of Matomo\'s own list, and one that is taken away', async () => {
  const types = '7z aac arc asf azw3 bz dmg flv gif hqx ibooks jpeg js mov mp2 msp odb ogv phps png qt ra sea sit tbz2 torrent txt wav wma wpd xml z'.split(' ');
  const links = [...types, 'pdf'].map((type) => `<a id=t${type} href="/file.${type}">x</a>`).join(' ') + STAY;
  await clickAll(write('matomo.js', links, { commands: "['removeDownloadExtensions', 'pdf|docx']," }), [...types, 'pdf'].map((type) => `#t${type}`));
  assertSame(linksOf(await lab.settled(1 + types.length)), types.map((type) => ({ download: `${lab.site}/file.${type}` })));
});

const LABELS = `
  <label id=around data-footfall-event="Label/Around"><i>x</i><input type=checkbox></label>
  <label id=for for=other data-footfall-event="Label/For">x</label><input id=other type=checkbox>
  <label id=plain for=marked>x</label><input id=marked type=checkbox data-footfall-event="Input/Marked">
  <div data-footfall-event="Box/Both"><label id=inbox for=boxed>x</label><input id=boxed type=checkbox></div>
  <label id=two for=too data-footfall-event="Label/Two">x</label><input id=too type=checkbox data-footfall-event="Input/Two">`;

test('one click on a label is one event, whatever of it is marked; the next click is another', async () => {
  const page = await lab.open(write('footfall.js', LABELS));
  await lab.settled(1, 0);
  for (const id of ['around', 'for', 'plain', 'inbox', 'two', 'too', 'marked']) await page.click(`#${id}`);
  await page.focus('#boxed');
  await page.keyboard.press('Space');
  assertSame((await lab.settled(9)).slice(1).map(({ e_c: category, e_a: name }) => ({ [category]: name })), [
    { Label: 'Around' },
    { Label: 'For' },
    { Input: 'Marked' },
    { Box: 'Both' },
    { Label: 'Two' },
    { Input: 'Two' },
    { Input: 'Marked' },
    { Box: 'Both' },
  ]);
});

test('one click on a label in a content block is one interaction', async () => {
  const block = '<div data-track-content data-content-name=Box><label id=label><i>x</i><input type=checkbox></label></div>';
  await clickAll(write('matomo.js', block, { commands: "['trackAllContentImpressions']," }), ['#label']);
  const hits = (await lab.settled(3, 400)).map(action);
  assert.equal(hits.filter((hit) => hit.c_i).length, 1);
});

test('content blocks in shadow roots are shown and clicked', async () => {
  const body = `<div id=host></div><div id=outer data-track-content data-content-name=Outer></div><script>
    host.attachShadow({ mode: 'open' }).innerHTML = '<p data-track-content data-content-name=Inner id=in>x</p>';
    outer.attachShadow({ mode: 'open' }).innerHTML = '<i id=beside>x</i><b id=target data-content-target="/to">x</b>';
  </script>`;
  await clickAll(write('matomo.js', body, { commands: "['trackAllContentImpressions']," }), ['#in', '#target']);
  const hits = (await lab.settled(5, 400)).slice(1).map(action);
  assert.deepEqual(hits.filter((hit) => !hit.c_i).map((hit) => hit.c_n).sort(), ['Inner', 'Outer']);
  assert.deepEqual(hits.filter((hit) => hit.c_i).map((hit) => hit.c_n).sort(), ['Inner', 'Outer']);
});

test('a marked element in a web component, and one around it', async () => {
  const body = `<div id=host data-footfall-event="Outer/Click"></div><script>
    host.attachShadow({ mode: 'open' }).innerHTML = '<button id=inner data-footfall-event="Inner/Click">x</button><button id=plain>x</button>'</script>`;
  await clickAll(write('footfall.js', body), ['#inner', '#plain']);
  assertSame((await lab.settled(3)).slice(1).map(({ e_c: category }) => ({ category })), [{ category: 'Inner' }, { category: 'Outer' }]);
});
