// Sources that push from the person's phone: the window shows an address, the phone posts to it, the list follows.
import assert from 'node:assert/strict';
import { checkConnect } from '../lib/accessible.mjs';
import { browserTest, finalise, gotoHost, newPerson, openConnect, screenshot, waitForCalls } from '../lib/suite.mjs';

const POST = {
  timestamp: '2026-03-04T18:00:00Z', app_version: '1.9.0', weight: [{ kilograms: 78.4, time: '2026-03-04T06:10:00Z' }],
};

/** Presses the source's button and returns the window with the address. */
async function invite(context, connect, name) {
  const button = connect.getByRole('button', { name: `Connect ${name}`, exact: true });
  const [shown] = await Promise.all([context.waitForEvent('page'), button.click()]);
  await shown.getByRole('heading', { name: `Connect ${name}` }).waitFor();
  return shown;
}

/** The phone posts. @returns {Promise<number>} the status that it got */
async function post(address) {
  const answer = await fetch(address, { method: 'POST', body: JSON.stringify(POST), headers: { 'content-type': 'application/json' } });
  return answer.status;
}

browserTest('a phone is connected by the address that the window shows', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const shown = await invite(context, connect, 'Health Connect');
  const address = await shown.getByLabel('Your own address').inputValue();
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/push\/[0-9a-f]{64}$/);
  assert.ok(!shown.url().includes('push'), 'the secret is in no address of a page');
  await shown.close();
  const row = connect.locator('#source-health_connect');
  await row.getByText('Waiting for the first data from the phone').waitFor();
  assert.equal(await post(address), 200);
  await row.getByText('Connected', { exact: true }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
  assert.equal(await finalise(page), 200);
  assert.equal(await post(address), 200, 'the address lives on with the connection');
});

for (const [scheme, viewport] of [['light', { width: 320, height: 640 }], ['dark', { width: 1280, height: 800 }]]) {
  browserTest(`the window for a phone is for everybody: ${scheme}`, async ({ context, page }) => {
    await gotoHost(page, { user: newPerson() });
    const shown = await invite(context, await openConnect(page), 'Apple Health');
    await screenshot(shown, `phone-${scheme}`);
    await checkConnect(shown.mainFrame(), 'window for a phone');
  }, { colorScheme: /** @type {'light' | 'dark'} */ (scheme), viewport });
}
