// Web views of native apps: the iOS convention for logins, and pages without script in a frame.
import assert from 'node:assert/strict';
import { browserTest, newPerson, world } from '../lib/suite.mjs';

browserTest('iOS: the login goes to a second web view and comes back by the close address', async ({ context, page, noise }) => {
  noise.push(/request to https:\/\/(connect-token|close-popup-with-message)/);
  // The web views catch these addresses; nothing leaves the machine.
  await context.route('https://connect-token/**', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: 'caught' }));
  await context.route('https://close-popup-with-message/**', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: 'caught' }));
  // Values raw and unordered, as the SDK writes them.
  await page.goto(`${world.demo.hilum}/?finishUrl=https://connect-token&closeUrl=https://connect-closed`
    + `&clientId=${world.host.app.clientId}&clientUserId=${newPerson()}&language=en`);
  const button = page.getByRole('button', { name: 'Connect Withings' });
  const form = page.locator('form.start', { has: button });
  assert.match(await form.getAttribute('action'), /popup=1/);

  // What the SDK does with an address that holds popup=1: a second web view beside this one.
  const [second] = await Promise.all([
    context.waitForEvent('page'),
    form.evaluate((node) => {
      window.open('about:blank', 'second-web-view', 'width=400,height=600');
      node.target = 'second-web-view';
    }),
  ]);
  await button.click();
  await page.getByText('Waiting for sign-in').first().waitFor();
  await second.getByRole('button', { name: 'Allow' }).click();
  await second.waitForURL(/^https:\/\/close-popup-with-message\//);
  const text = decodeURIComponent(new URL(second.url()).search.slice(1));
  assert.deepEqual(JSON.parse(text), { type: 'hapi-external-auth-added' });
  assert.ok(!/[?']/.test(text));
  await page.evaluate((message) => window.postMessage(message, '*'), text);
  await page.getByRole('button', { name: 'Disconnect Withings' }).waitFor();

  await page.getByRole('button', { name: 'Done' }).click();
  await page.waitForURL(/^https:\/\/connect-token\/\?/);
  const result = new URL(page.url()).searchParams;
  assert.ok(result.get('humanId') && result.get('sessionToken'));
});

browserTest('a frame without script: connect in another tab, and end with a word', async ({ context, page }) => {
  world.host.pages.set('/no-script', `<!doctype html><html lang="en"><head><title>Host</title><link rel="icon" href="data:,"></head>
<body><iframe title="Connect" width="600" height="600" src="${world.demo.hilum}/?clientId=${world.host.app.clientId}&clientUserId=${encodeURIComponent(newPerson())}"></iframe></body></html>`);
  await page.goto(`${world.host.origin}/no-script`);
  const connect = page.frameLocator('iframe');
  const [login] = await Promise.all([context.waitForEvent('page'), connect.getByRole('button', { name: 'Connect Withings' }).click()]);
  await login.getByRole('button', { name: 'Allow' }).click();
  await login.getByRole('heading', { name: 'Withings is connected' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  await connect.getByRole('heading', { name: 'That is all' }).waitFor();
}, { javaScriptEnabled: false });
