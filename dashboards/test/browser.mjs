/** One Chromium for all tests; a fresh profile for each page. */
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });

export const sizes = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/**
 * A page that remembers what must never happen: errors, refusals by the content security policy,
 * requests to another origin.
 */
export async function openPage(browser, mock, { theme = "light", size = "desk", locale = "en-GB" } = {}) {
  const context = await browser.newContext({
    baseURL: mock.url,
    colorScheme: theme,
    viewport: sizes[size],
    isMobile: size === "phone",
    hasTouch: size === "phone",
    locale,
    timezoneId: "Europe/Amsterdam",
    reducedMotion: "reduce",
  });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: mock.url });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const wrongs = [];
  page.on("pageerror", (error) => wrongs.push(`error: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrongs.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(mock.url) && !request.url().startsWith("data:")) wrongs.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { page, wrongs, close: () => context.close() };
}

/** Goes to a path and waits until everything on it has loaded, or failed to. */
export async function visit(page, path) {
  await page.goto(path);
  await settled(page);
}

export const settled = (page) =>
  page.waitForFunction(() => document.querySelector("h1") !== null && document.querySelector("[aria-busy=true]") === null);
