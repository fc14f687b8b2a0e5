// What every browser test needs: the demo, a registered app, a browser, and the rule that the console stays clean.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { createApp, freePort, startDemo } from './demo.mjs';
import { startHost } from './host.mjs';

const SCREENSHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url));
/** What a step may take on a slow machine. */
const STEP_MS = 30_000;

/** @type {{demo: Awaited<ReturnType<typeof startDemo>>, host: Awaited<ReturnType<typeof startHost>>, browser: import('playwright-core').Browser}} */
export const world = {};

before(async () => {
  world.demo = await startDemo();
  world.host = await startHost(world.demo, await freePort());
  world.host.use(createApp(world.demo.data, 'Riverside Wellness', world.host.origin));
  world.browser = await launch();
}, { timeout: 180_000 });

after(async () => {
  await world.browser?.close();
  await world.host?.stop();
  await world.demo?.stop();
});

/** A person that no other test knows. */
export const newPerson = () => `person-${randomBytes(6).toString('hex')}@example.org`;

/** The console's one documented error: polling after the end. */
const isPolling412 = (message) => message.text().includes('412') && message.location().url.endsWith('/connect/poll');

/**
 * A test in a browser context of its own. Fails on any console error but the documented 412, on any exception in a page
 * and on any request to a host that is not ours.
 * @param {string} name
 * @param {(t: {context: import('playwright-core').BrowserContext, page: import('playwright-core').Page, noise: RegExp[]}) => Promise<void>} run
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export function browserTest(name, run, options = {}) {
  test(name, { timeout: 240_000 }, () => attempt(name, run, options));
}

async function attempt(name, run, options) {
  const context = await world.browser.newContext(options);
  context.setDefaultTimeout(STEP_MS);
  const complaints = [];
  /** Console errors that a test provokes on purpose. @type {RegExp[]} */
  const noise = [];
  context.on('console', (message) => {
    if (message.type() === 'error' && !isPolling412(message)) complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (/^https?:$/.test(protocol) && !['127.0.0.1', 'localhost'].includes(hostname)) complaints.push(`request to ${request.url()}`);
  });
  try {
    const page = await context.newPage();
    await run({ context, page, noise });
    assert.deepEqual(complaints.filter((text) => !noise.some((pattern) => pattern.test(text))), []);
  } catch (error) {
    await report(name, context, complaints);
    throw error;
  } finally {
    // Chromium can leave a close unanswered when a page is just being loaded; the browser ends with the run anyway.
    await within(5_000, context.close());
  }
}

/** Gives up waiting for an answer, without an error. */
const within = (ms, answer) => Promise.race([answer, new Promise((resolve) => { setTimeout(resolve, ms).unref(); })]);

/** After a failure: what each page and frame showed, a picture of it, and what the console said. */
async function report(name, context, complaints) {
  const lines = [`failed: ${name}`];
  for (const [at, page] of context.pages().entries()) {
    for (const frame of page.frames()) {
      const text = await within(5_000, frame.evaluate(() => {
        const rows = [...document.querySelectorAll('.source')].map((row) => `${row.id}: ${row.dataset.state}, shown as ${row.dataset.view}`);
        return [document.body?.innerText.trim(), ...rows].join('\n');
      }).catch(String));
      lines.push(`page ${at}, ${frame.url()}:`, String(text).replace(/^/gm, '  '));
    }
    const picture = `failed-${name.replace(/[^a-z0-9]+/gi, '-')}-${at}`;
    await within(5_000, screenshot(page, picture).then(() => lines.push(`picture: ${picture}.png`), (error) => lines.push(String(error))));
  }
  lines.push(...complaints.map((text) => `console: ${text}`));
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** The host page, with Connect not yet open. @param {import('playwright-core').Page} page @param {Record<string, string>} query */
export async function gotoHost(page, query) {
  await page.goto(`${world.host.origin}/?${new URLSearchParams(query)}`);
}

/** Presses the button and waits until Connect shows. @param {import('playwright-core').Page} page */
export async function openConnect(page) {
  await page.click('#connect-health-data-btn');
  const connect = page.frameLocator('#human-connect');
  await connect.locator('#heading').waitFor();
  return connect;
}

/** Presses a source's button and returns the login window, at the provider. */
export async function startLogin(context, connect, button) {
  const [login] = await Promise.all([context.waitForEvent('page'), connect.getByRole('button', { name: button, exact: true }).click()]);
  await login.getByRole('button', { name: 'Allow' }).waitFor();
  return login;
}

/** Goes through a provider's sandbox. @param {'Allow' | 'Deny'} decision */
export async function decide(login, decision) {
  await login.getByRole('button', { name: decision, exact: true }).click();
}

/** Connects a source from the Connect page and waits until it says so. */
export async function connectSource(context, connect, name) {
  const login = await startLogin(context, connect, `Connect ${name}`);
  await decide(login, 'Allow');
  await connect.getByRole('button', { name: `Disconnect ${name}`, exact: true }).waitFor();
  return login;
}

/** The calls that the host page's callbacks got. @param {import('playwright-core').Page} page */
export const callsOf = (page) => page.evaluate(() => window.calls);

/** Waits for the first callback and returns all that came. */
export async function waitForCalls(page, count = 1) {
  await page.waitForFunction((n) => window.calls.length >= n, count);
  return callsOf(page);
}

/** The app's server exchanges the token. @returns {Promise<number>} the status that it got */
export async function finalise(page) {
  await page.evaluate(() => window.finalise());
  await page.waitForFunction(() => window.finalised);
  return page.evaluate(() => window.finalised);
}

/** Connects, finishes and exchanges, so that the person is known. */
export async function makeKnown(context, page, person, ...sources) {
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  for (const source of sources) await connectSource(context, connect, source);
  await connect.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page);
  assert.equal(await finalise(page), 200);
}

/** A look for people; not compared. */
export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
}
