// How a session ends, and what goes on afterwards.
import assert from 'node:assert/strict';
import {
  browserTest, callsOf, connectSource, decide, gotoHost, newPerson, openConnect, screenshot, startLogin, waitForCalls,
} from '../lib/suite.mjs';

for (const [how, press] of [
  ['Close', (connect) => connect.getByRole('button', { name: 'Close' }).click()],
  ['Done', (connect) => connect.getByRole('button', { name: 'Done' }).click()],
  ['Escape', (_, page) => page.keyboard.press('Escape')],
]) {
  browserTest(`${how} with nothing connected: close() without arguments, the frame is gone`, async ({ page }) => {
    await gotoHost(page, { user: newPerson() });
    await page.locator('#connect-health-data-btn').focus();
    const connect = await openConnect(page);
    await press(connect, page);
    assert.deepEqual(await waitForCalls(page), [['close', 0]]);
    assert.equal(await page.locator('#human-connect').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'connect-health-data-btn');
  });
}

browserTest('Close after something was connected is a finish too', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Oura');
  await connect.getByRole('button', { name: 'Close' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('deny at the provider: the list says so and offers to try again', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await decide(await startLogin(context, connect, 'Connect Withings'), 'Deny');
  const again = connect.getByRole('button', { name: 'Try again Withings' });
  await again.waitFor();
  await screenshot(page, 'denied');
  assert.deepEqual(await callsOf(page), []);

  await decide(await startLogin(context, connect, 'Try again Withings'), 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('deny and Done: nothing changed', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await decide(await startLogin(context, connect, 'Connect Oura'), 'Deny');
  await connect.getByRole('button', { name: 'Try again Oura' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
});

browserTest('after finish the hidden page goes on polling and gets 412, until the host page is refreshed', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Withings');
  await connect.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page);
  for (let round = 0; round < 2; round += 1) {
    const response = await page.waitForResponse((one) => one.url().endsWith('/connect/poll') && one.status() === 412);
    const body = await response.json();
    assert.deepEqual(Object.keys(body).sort(), ['code', 'detailedMessage', 'message']);
  }
  let polls = 0;
  await page.reload();
  page.on('request', (request) => { if (request.url().endsWith('/connect/poll')) polls += 1; });
  await page.waitForTimeout(3500);
  assert.equal(polls, 0);
});

browserTest('closed and opened again on the same page, with another outcome', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  let connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Close' }).click();
  await waitForCalls(page, 1);
  connect = await openConnect(page);
  await connectSource(context, connect, 'Oura');
  await connect.getByRole('button', { name: 'Done' }).click();
  const calls = await waitForCalls(page, 2);
  assert.deepEqual(calls.map(([name]) => name), ['close', 'finish']);
});

browserTest('opened again after finish without a refresh: one frame, one more outcome', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  let connect = await openConnect(page);
  await connectSource(context, connect, 'Oura');
  await connect.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page, 1);
  connect = await openConnect(page);
  assert.equal(await page.locator('iframe').count(), 1);
  await connect.getByRole('button', { name: 'Close' }).click();
  const calls = await waitForCalls(page, 2);
  assert.deepEqual(calls.map(([name]) => name), ['finish', 'close']);
});
