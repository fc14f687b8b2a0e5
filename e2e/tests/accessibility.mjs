// For everybody: axe finds nothing against WCAG 2.2 AA, everything goes by keyboard, and 320 pixels are enough.
import assert from 'node:assert/strict';
import { checkAccessible, checkConnect, checkWidth } from '../lib/accessible.mjs';
import {
  browserTest, callsOf, connectSource, decide, gotoHost, makeKnown, newPerson, openConnect, screenshot, startLogin, waitForCalls, world,
} from '../lib/suite.mjs';

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of [['320', { width: 320, height: 640 }], ['desktop', { width: 1280, height: 800 }]]) {
    browserTest(`Connect page, login and last page: ${colorScheme}, ${size}`, async ({ context, page }) => {
      const name = (what) => `${what}-${colorScheme}-${size}`;
      const person = newPerson();
      await makeKnown(context, page, person, 'Withings');
      await gotoHost(page, { user: person });
      const connect = await openConnect(page);
      const frame = page.frames()[1];
      await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
      await screenshot(page, name('edit'));
      await checkConnect(frame, 'connected and not connected');

      const login = await startLogin(context, connect, 'Connect Oura');
      await screenshot(login, name('consent'));
      await checkAccessible(login.mainFrame(), 'consent page');
      await checkWidth(login.mainFrame(), 'consent page');
      await connect.getByRole('button', { name: 'Cancel connecting Oura' }).waitFor();
      await screenshot(page, name('waiting'));
      await checkConnect(frame, 'waiting');
      await decide(login, 'Deny');
      await connect.getByRole('button', { name: 'Try again Oura' }).waitFor();
      await screenshot(page, name('denied'));
      await checkConnect(frame, 'denied');
      await connect.getByRole('button', { name: 'Disconnect Withings' }).click();
      await connect.getByRole('button', { name: 'Keep Withings' }).waitFor();
      await screenshot(page, name('leaving'));
      await checkConnect(frame, 'about to be disconnected');
      await connect.getByRole('button', { name: 'Keep Withings' }).click();

      // The last page of the login, which closes itself when it may.
      await context.addInitScript(() => { window.close = () => {}; });
      for (const [decision, result] of [['Deny', 'denied'], ['Allow', 'connected']]) {
        const again = await startLogin(context, connect, 'Try again Oura');
        await decide(again, decision);
        await again.waitForURL(/\/connect\/done/);
        await screenshot(again, name(`done-${result}`));
        await checkConnect(again.mainFrame(), `last page, ${result}`);
        await again.close();
        await connect.getByRole('button', { name: decision === 'Deny' ? 'Try again Oura' : 'Disconnect Oura' }).waitFor();
      }

      await gotoHost(page, { user: person, forget: '1' });
      await openConnect(page);
      await waitForCalls(page);
      await screenshot(page, name('exists'));
      await checkConnect(page.frames()[1], 'user already exists');

      await page.goto(`${world.demo.hilum}/embed?clientId=${world.host.app.clientId}&clientUserId=${encodeURIComponent(newPerson())}&finishUrl=${world.demo.hilum}/blank/a&closeUrl=${world.demo.hilum}/blank/b`);
      await screenshot(page, name('embed'));
      await checkConnect(page.mainFrame(), 'redirect form');
    }, { colorScheme, viewport });

    browserTest(`unknown app: ${colorScheme}, ${size}`, async ({ page, noise }) => {
      noise.push(/Failed to load resource/);
      await page.goto(`${world.demo.hilum}/?clientId=nobody&clientUserId=x`);
      await screenshot(page, `unknown-app-${colorScheme}-${size}`);
      await checkConnect(page.mainFrame(), 'error page');
    }, { colorScheme, viewport });
  }
}

browserTest('by keyboard alone, from the button of the page to finish', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const button = page.locator('#connect-health-data-btn');
  await button.evaluate((node) => node.addEventListener('keydown', (event) => { if (event.key === 'Enter') node.click(); }));
  await button.focus();
  await page.keyboard.press('Enter');
  const connect = page.frameLocator('#human-connect');
  await connect.locator('#heading:focus').waitFor();

  const focused = () => page.frames()[1].evaluate(() => {
    const node = document.activeElement;
    return node.getAttribute('aria-label') || node.textContent.trim() || node.id;
  });
  const tabTo = async (name) => {
    for (let presses = 0; presses < 20; presses += 1) {
      if (await focused() === name) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not lead to ${name}`);
  };
  await tabTo('Connect Withings');
  const [login] = await Promise.all([context.waitForEvent('page'), page.keyboard.press('Enter')]);
  const allow = login.getByRole('button', { name: 'Allow' });
  await allow.waitFor();
  for (let presses = 0; presses < 60 && !(await allow.evaluate((node) => node === document.activeElement)); presses += 1) {
    await login.keyboard.press('Tab');
  }
  await login.keyboard.press('Enter');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  await page.bringToFront();
  assert.equal(await focused(), 'Disconnect Withings', 'the keyboard stays at the row');
  await tabTo('Done');
  // Round and round within Connect, never into the page below.
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Close');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'Done');
  await page.keyboard.press('Enter');
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('changes are told politely', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const status = connect.getByRole('status');
  await connectSource(context, connect, 'Withings');
  await status.filter({ hasText: 'Withings is connected.' }).waitFor();
  assert.deepEqual(await callsOf(page), []);
});

browserTest('nothing jumps when a source changes its state', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const place = () => page.frames()[1].evaluate(() => [...document.querySelectorAll('.source, .card, .card-foot')]
    .map((node) => { const { x, y, width, height } = node.getBoundingClientRect(); return [node.id || node.className, x, y, width, height]; }));
  const before = await place();
  const login = await startLogin(context, connect, 'Connect Withings');
  await connect.getByRole('button', { name: 'Cancel connecting Withings' }).waitFor();
  assert.deepEqual(await place(), before, 'waiting');
  await login.close();
  await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
  assert.deepEqual(await place(), before, 'stalled');
  await decide(await startLogin(context, connect, 'Try again Withings'), 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  assert.deepEqual(await place(), before, 'connected');
}, { viewport: { width: 1280, height: 800 } });

// A screen of 1280 by 1024 at 400 %, and a small phone on its side.
for (const [width, height] of [[320, 256], [640, 360]]) {
  browserTest(`${width} by ${height}: everything can be scrolled to`, async ({ page }) => {
    await gotoHost(page, { user: newPerson() });
    const connect = await openConnect(page);
    await checkConnect(page.frames()[1], `${width} by ${height}`);
    for (const name of ['Connect Withings', 'Connect Oura', 'Done']) {
      const button = connect.getByRole('button', { name, exact: true });
      await button.scrollIntoViewIfNeeded();
      const box = await button.boundingBox();
      assert.ok(box.y >= 0 && box.y + box.height <= height, name);
    }
    await connect.getByRole('button', { name: 'Done' }).click();
    assert.deepEqual(await waitForCalls(page), [['close', 0]]);
  }, { viewport: { width, height } });
}
