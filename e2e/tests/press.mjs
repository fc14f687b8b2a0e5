// The list changes while the person presses a button of it: no press is lost.
import assert from 'node:assert/strict';
import { browserTest, connectSource, decide, gotoHost, newPerson, openConnect } from '../lib/suite.mjs';

const CONNECT = { name: 'Connect Withings', exact: true };

/** Puts the pointer on a button without pressing it. */
async function pointAt(page, button) {
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
}

/** Has the page fetch its list now, and waits until it has taken the answer. */
async function fetchList(page) {
  const answer = page.waitForResponse((one) => one.url().endsWith('/connect/list'));
  const frame = page.frames()[1];
  await frame.evaluate(() => window.dispatchEvent(new Event('focus')));
  await (await answer).finished();
  await frame.evaluate(() => new Promise((done) => { setTimeout(done, 50); }));
}

/** From now on the server tells of one row otherwise than before. */
const changeRow = (context, words) => context.route('**/connect/list', async (route) => {
  const response = await route.fetch();
  const html = (await response.text()).replace('Not connected', words);
  await route.fulfill({ response, body: html });
});

async function checkLogin(context, connect, act) {
  const [login] = await Promise.all([context.waitForEvent('page'), act()]);
  await decide(login, 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings', exact: true }).waitFor();
}

browserTest('the press that brings the focus into the frame, and with it a fresh list, is a click', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('input'));
    field.style.cssText = 'position: fixed; z-index: 2147483647; top: 0; left: 0';
    field.focus();
  });
  await pointAt(page, connect.getByRole('button', CONNECT));
  const answer = page.waitForResponse((one) => one.url().endsWith('/connect/list'));
  await page.mouse.down();
  await (await answer).finished();
  await page.frames()[1].evaluate(() => new Promise((done) => { setTimeout(done, 50); }));
  await checkLogin(context, connect, () => page.mouse.up());
});

browserTest('a row that changes under the pressed pointer changes after the click', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await changeRow(context, 'Not connected yet');
  await pointAt(page, connect.getByRole('button', CONNECT));
  await page.mouse.down();
  await fetchList(page);
  assert.equal(await connect.getByText('Not connected yet').count(), 0);
  await context.unroute('**/connect/list');
  await checkLogin(context, connect, () => page.mouse.up());
});

browserTest('a row that changes under the pressed space bar changes after the click', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await changeRow(context, 'Not connected yet');
  await connect.getByRole('button', CONNECT).focus();
  await page.keyboard.down('Space');
  await fetchList(page);
  await context.unroute('**/connect/list');
  await checkLogin(context, connect, () => page.keyboard.up('Space'));
});

browserTest('a press that ends elsewhere holds the list up no longer', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await changeRow(context, 'Not connected yet');
  await pointAt(page, connect.getByRole('button', CONNECT));
  await page.mouse.down();
  await fetchList(page);
  assert.equal(await connect.getByText('Not connected yet').count(), 0);
  await page.mouse.move(1, 1);
  await page.mouse.up();
  await connect.getByText('Not connected yet').first().waitFor();
  assert.equal(context.pages().length, 1); // no login
});

browserTest('a fresh list replaces no row that is as it was, and moves no focus', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const oura = connect.getByRole('button', { name: 'Connect Oura', exact: true });
  await oura.evaluate((button) => { button.mark = 'kept'; });
  await connectSource(context, connect, 'Withings');
  await oura.focus();
  await fetchList(page);
  assert.equal(await oura.evaluate((button) => button.mark), 'kept');
  assert.equal(await oura.evaluate((button) => document.activeElement === button), true);
});

browserTest('what was asked for before a login began does not tell its result', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  let release;
  const held = new Promise((done) => { release = done; });
  const asked = new Promise((done) => {
    context.route('**/connect/list', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('Not connected', 'You did not allow access.');
      done();
      await held;
      await route.fulfill({ response, body });
    }, { times: 1 });
  });
  await page.frames()[1].evaluate(() => window.dispatchEvent(new Event('focus')));
  await asked;
  const [login] = await Promise.all([
    context.waitForEvent('page'), connect.getByRole('button', { name: 'Connect Withings', exact: true }).click(),
  ]);
  const row = connect.locator('.source', { has: page.getByRole('heading', { name: 'Withings', exact: true }) });
  await row.getByText('Waiting for sign-in').waitFor();
  const answer = page.waitForResponse((one) => one.url().endsWith('/connect/list'));
  release();
  await (await answer).finished();
  await row.getByText('Waiting for sign-in').waitFor();
  await decide(login, 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
});
