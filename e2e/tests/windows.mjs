// The login window: closed early, severed, forgotten; two tabs, back and reload.
import assert from 'node:assert/strict';
import {
  browserTest, callsOf, connectSource, decide, gotoHost, makeKnown, newPerson, openConnect, screenshot, startLogin, waitForCalls, world,
} from '../lib/suite.mjs';

browserTest('the login window is closed early: try again works', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const login = await startLogin(context, connect, 'Connect Withings');
  await connect.getByText('Waiting for sign-in').first().waitFor();
  await screenshot(page, 'waiting');
  await login.close();
  await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
  await screenshot(page, 'stalled');
  await decide(await startLogin(context, connect, 'Try again Withings'), 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  assert.deepEqual(await callsOf(page), []);
});

browserTest('cancel brings the row back; a login finished all the same is shown', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const login = await startLogin(context, connect, 'Connect Withings');
  await connect.getByRole('button', { name: 'Cancel connecting Withings' }).click();
  await connect.getByRole('button', { name: 'Connect Withings' }).waitFor();
  await decide(login, 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
});

browserTest('cancel, then Done: nothing changed', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const login = await startLogin(context, connect, 'Connect Withings');
  await login.close();
  await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Cancel connecting Withings' }).click();
  await connect.getByRole('button', { name: 'Connect Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
});

browserTest('a second source while the first one waits: both can be connected', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const first = await startLogin(context, connect, 'Connect Withings');
  const second = await startLogin(context, connect, 'Connect Oura');
  await connect.getByRole('button', { name: 'Connect Withings' }).waitFor();
  await decide(second, 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Oura' }).waitFor();
  await decide(first, 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
});

browserTest('a provider that severs its window (COOP: same-origin): the result comes all the same', async ({ context, page }) => {
  // A redirect can not be intercepted; a page that goes on to the same address can.
  await context.route('**/connect/start', async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    const { location, ...headers } = response.headers();
    await route.fulfill({ status: 200, headers: { ...headers, refresh: `0;url=${location}` }, contentType: 'text/html', body: '' });
  });
  await context.route(`${world.demo.sandbox}/**`, async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    await route.fulfill({ response, headers: { ...response.headers(), 'cross-origin-opener-policy': 'same-origin' } });
  });
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const login = await startLogin(context, connect, 'Connect Withings');
  // The handle says "closed" although the window is there: the page offers help, and still waits.
  await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
  assert.equal(login.isClosed(), false);
  await decide(login, 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('the provider can not reach the Connect page through its opener', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const login = await startLogin(context, connect, 'Connect Withings');
  assert.equal(await login.evaluate(() => window.opener), null);
});

browserTest('two tabs of one person do not disturb each other', async ({ context, page }) => {
  const person = newPerson();
  const other = await context.newPage();
  await gotoHost(page, { user: person });
  await gotoHost(other, { user: person });
  const first = await openConnect(page);
  const second = await openConnect(other);
  await page.bringToFront(); // a person presses in the tab that they see
  await connectSource(context, first, 'Withings');
  await other.bringToFront();
  await connectSource(context, second, 'Oura');
  assert.equal(await first.getByRole('button', { name: 'Disconnect Oura' }).count(), 0);
  assert.equal(await second.getByRole('button', { name: 'Disconnect Withings' }).count(), 0);
  await first.getByRole('button', { name: 'Done' }).click();
  await second.getByRole('button', { name: 'Done' }).click();
  const [[, , one]] = await waitForCalls(page);
  const [[, , two]] = await waitForCalls(other);
  assert.notEqual(one.sessionToken, two.sessionToken);
});

browserTest('two tabs of one known person: what one removes, the other no longer shows', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  const other = await context.newPage();
  await gotoHost(page, { user: person });
  await gotoHost(other, { user: person });
  const first = await openConnect(page);
  const second = await openConnect(other);
  await second.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  await first.getByRole('button', { name: 'Disconnect Withings' }).click();
  await first.getByRole('button', { name: 'Connect Withings' }).waitFor();
  await other.bringToFront();
  await other.frames()[1].evaluate(() => window.dispatchEvent(new Event('focus')));
  await second.getByRole('button', { name: 'Connect Withings' }).waitFor();
});

browserTest('the back button in the login window leads to an answer, not into a wall', async ({ context, page, noise }) => {
  noise.push(/Failed to load resource/); // the second use of the login is refused
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  // The last page stays open here, as it does where a window may not close itself.
  await context.addInitScript(() => { window.close = () => {}; });
  const login = await startLogin(context, connect, 'Connect Withings');
  await decide(login, 'Allow');
  await login.getByRole('heading', { name: 'Withings is connected' }).waitFor();
  await screenshot(login, 'login-connected');
  await login.goBack();
  await login.getByRole('button', { name: 'Allow' }).click();
  // A code or state is used once: the second answer is refused in words, and what is connected stays.
  await login.getByRole('heading').first().waitFor();
  assert.ok((await login.locator('body').innerText()).length > 40);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
});

browserTest('back and forward on the host page: Connect opens again', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  await connectSource(context, await openConnect(page), 'Withings');
  await page.goto(`${world.host.origin}/elsewhere`);
  await page.goBack();
  const open = await page.locator('#human-connect').count();
  if (open) {
    // Kept whole by the browser: the list is fresh.
    await page.frameLocator('#human-connect').getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  } else {
    const connect = await openConnect(page);
    await connect.getByRole('button', { name: 'Connect Withings' }).waitFor();
  }
});

browserTest('reload of the host page while a login is open: the next session is clean', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  let connect = await openConnect(page);
  const login = await startLogin(context, connect, 'Connect Withings');
  await page.reload();
  connect = await openConnect(page);
  await decide(login, 'Allow');
  await connectSource(context, connect, 'Oura');
  assert.equal(await connect.getByRole('button', { name: 'Disconnect Withings' }).count(), 0);
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});
