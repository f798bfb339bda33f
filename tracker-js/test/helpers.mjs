/**
 * What the browser tests share: a site and a tracking server on loopback (two ports, so two origins), a
 * record of what the server was sent, and a real Chromium.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { bundle } from '../build.mjs';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAfbLI3wAAAABJRU5ErkJggg==',
  'base64',
);

/** Starts a server on a free port and tells its origin. */
async function serve(handler) {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: server.address().port, origin: `http://127.0.0.1:${server.address().port}` };
}

async function readBody(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

const fields = (query) => Object.fromEntries(new URLSearchParams(query));

/** The hits of one request: its query, its form body, or each entry of a bulk body. */
function hitsOf(request) {
  if (request.body.includes('"requests"')) {
    return JSON.parse(request.body).requests.map((entry) => ({ ...fields(entry.slice(1)), request, bulk: true }));
  }
  return [{ ...fields(request.query || request.body), request }];
}

/** A browser, a site whose pages the tests write, and a server that records. */
export async function startLab() {
  const scripts = bundle();
  // As the server does.
  scripts.set('piwik.js', scripts.get('matomo.js'));
  const requests = [];
  const pages = new Map();
  /** Answers of the tracking server besides scripts and hits: path to a function of request and response. */
  const answers = new Map();
  const held = new Map();

  const tracker = await serve(async (incoming, response) => {
    const { pathname, search } = new URL(incoming.url, 'http://tracker');
    const request = {
      method: incoming.method,
      path: pathname,
      query: search.slice(1),
      headers: incoming.headers,
      body: await readBody(incoming),
    };
    // Wherever a proxy puts them.
    const script = scripts.get(pathname.replace(/.*\//, ''));
    if (script) {
      response.setHeader('Access-Control-Allow-Origin', '*');
      return response.setHeader('Content-Type', 'text/javascript').end(script);
    }
    requests.push(request);
    // A cookie that must never be stored, nor come back.
    response.setHeader('Set-Cookie', 'tracked=yes');
    if (answers.has(pathname)) return answers.get(pathname)(request, response);
    if (pathname.endsWith('.png')) return response.setHeader('Content-Type', 'image/png').end(PIXEL);
    response.statusCode = 204;
    return response.end();
  });

  const site = await serve(async (incoming, response) => {
    const { pathname } = new URL(incoming.url, 'http://site');
    await held.get(pathname);
    const { html, headers } = pages.get(pathname) ?? { html: '<!doctype html><title>Other</title>Other', headers: {} };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Content-Type', pathname.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(html);
  });

  const browser = await launch();
  let context;

  const lab = {
    tracker: tracker.origin,
    site: site.origin,
    /** The site under another name: for the browser another host, so a link to it leaves the site. */
    elsewhere: `http://localhost:${site.port}`,
    requests,
    answers,
    /** Name of each script to its text. */
    scripts,

    /** Everything counted so far, in order of arrival. */
    hits: () => requests.filter(({ path }) => path.endsWith('.php')).flatMap(hitsOf),

    write(path, html, headers = {}) {
      pages.set(path, { html, headers });
      return site.origin + path;
    },

    /** The site answers this path only when the function returned is called. */
    hold(path) {
      let release;
      held.set(path, new Promise((resolve) => (release = resolve)));
      return release;
    },

    /** A page with the tracker script in its head. */
    writeTracked(path, body, { script = 'footfall.js', attributes = 'data-site="1"', head = '', headers } = {}) {
      const tag = `<script defer src="${tracker.origin}/${script}" ${attributes}></script>`;
      return lab.write(path, `<!doctype html><title>Page ${path}</title>${head}${tag}<body>${body}</body>`, headers);
    },

    /** A fresh browser profile and page; errors of the page are kept for `assertQuiet`. */
    async open(url, { init, ...options } = {}) {
      await context?.close();
      requests.length = 0;
      context = await browser.newContext(options);
      if (init) await context.addInitScript(init);
      const page = await context.newPage();
      lab.errors = [];
      page.on('pageerror', (error) => lab.errors.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && lab.errors.push(message.text()));
      lab.page = page;
      lab.context = context;
      if (url) await page.goto(url);
      return page;
    },

    /** Waits for this many hits, then a little longer so that one too many is seen. */
    async settled(count, extra = 120) {
      await until(() => lab.hits().length >= count, `${count} hits`, () => lab.hits());
      await sleep(extra);
      return lab.hits();
    },

    async close() {
      await browser.close();
      for (const { server } of [tracker, site]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
  return lab;
}

const EXECUTABLE = process.env.CHROMIUM || '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function launch() {
  // Playwright turns the back/forward cache off by default; here it is under test.
  return chromium.launch({
    executablePath: EXECUTABLE,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: ARGUMENTS,
  });
}

/**
 * Opens a page that drives itself in a browser nobody is attached to (Chromium does not prerender under
 * automation), runs `work`, and ends the browser.
 */
export async function browseAlone(url, work) {
  const profile = await mkdtemp(join(tmpdir(), 'footfall-'));
  const browser = spawn(EXECUTABLE, [...ARGUMENTS, `--user-data-dir=${profile}`, url], { detached: true, stdio: 'ignore' });
  try {
    return await work();
  } finally {
    const ended = once(browser, 'exit');
    process.kill(-browser.pid, 'SIGKILL');
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Waits for a condition, and fails naming it. */
export async function until(condition, name, state = () => '') {
  const end = Date.now() + 8000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never: ${name} ${JSON.stringify(state())}`);
    await sleep(20);
  }
}

/** All that a script could leave behind in the browser. */
export async function stored(lab) {
  const inPage = await lab.page.evaluate(async () => ({
    cookie: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    name: window.name,
  }));
  return { ...inPage, cookies: (await lab.context.cookies()).length };
}

export const NOTHING_STORED = { cookie: '', local: 0, session: 0, databases: 0, caches: 0, name: '', cookies: 0 };

/** The part of a hit that says what happened. */
export function action({ request, bulk, ...hit }) {
  const about = new Set('idsite rec r h m s url urlref pv_id uadata res send_image _id'.split(' '));
  return Object.fromEntries(Object.entries(hit).filter(([name]) => !about.has(name)));
}

/** Hits of one moment travel in parallel, so what arrives is a set rather than a list. */
export function assertSame(actual, expected) {
  const text = (items) => items.map((item) => JSON.stringify(item, Object.keys(item).sort())).sort();
  assert.deepEqual(text(actual), text(expected));
}

export { sleep };
