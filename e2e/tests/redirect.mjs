// The redirect form, which native apps show in a web view: no host page, the result is an address.
import assert from 'node:assert/strict';
import { browserTest, newPerson, screenshot, world } from '../lib/suite.mjs';

/** The start address as native apps write it. */
function embed(person, query = {}) {
  const { hilum } = world.demo;
  const all = {
    client_id: world.host.app.clientId,
    client_user_id: person,
    finish_url: `${hilum}/blank/hc-finish`,
    close_url: `${hilum}/blank/hc-close`,
    ...query,
  };
  return `${hilum}/embed?${new URLSearchParams(all)}`;
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script';

  browserTest(`connect and finish, ${how}`, async ({ page }) => {
    const person = newPerson();
    await page.goto(embed(person));
    await screenshot(page, `redirect-${javaScriptEnabled ? 'script' : 'no-script'}`);
    await page.getByRole('button', { name: 'Connect Withings' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
    // The address says which of the browser's sessions this is; the secret is in a cookie.
    assert.match(new URL(page.url()).search, /^(\?s=[0-9a-f]{8})?$/);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.waitForURL(/\/blank\/hc-finish\?/);
    const result = new URL(page.url());
    for (const [camel, snake] of [['humanId', 'human_id'], ['sessionToken', 'session_token'], ['clientId', 'client_id']]) {
      assert.ok(result.searchParams.get(camel), camel);
      assert.equal(result.searchParams.get(camel), result.searchParams.get(snake));
    }
    assert.ok(result.search.slice(1).split('&').every((pair) => /^[^=]+=.+$/.test(pair)), result.search);
    const exchanged = await fetch(`${world.demo.hilum}/v1/connect/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        humanId: result.searchParams.get('human_id'),
        clientId: result.searchParams.get('client_id'),
        sessionToken: result.searchParams.get('session_token'),
        clientSecret: world.host.app.clientSecret,
      }),
    });
    assert.equal(exchanged.status, 200);
    const known = await exchanged.json();
    assert.equal(known.clientUserId, person);

    // Back again as a known person: disconnect, in the same manner.
    await page.goto(embed(person, { public_token: known.publicToken }));
    await page.getByRole('button', { name: 'Disconnect Withings' }).click();
    await page.getByRole('button', { name: 'Connect Withings' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.waitForURL(/\/blank\/hc-finish\?/);
  }, { javaScriptEnabled });

  browserTest(`deny, then close, ${how}`, async ({ page }) => {
    await page.goto(embed(newPerson()));
    await page.getByRole('button', { name: 'Connect Oura' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('button', { name: 'Try again Oura' }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.waitForURL(/\/blank\/hc-close$/);
  }, { javaScriptEnabled });
}

browserTest('back from the provider without deciding, then another source', async ({ page }) => {
  await page.goto(embed(newPerson()));
  await page.getByRole('button', { name: 'Connect Withings' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  await page.goBack();
  await page.getByRole('button', { name: 'Connect Oura' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: 'Disconnect Oura' }).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.waitForURL(/\/blank\/hc-finish\?/);
});

browserTest('a known person without a token: the error has a way back to the app', async ({ page }) => {
  const person = newPerson();
  await page.goto(embed(person));
  await page.getByRole('button', { name: 'Connect Withings' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.waitForURL(/\/blank\/hc-finish\?/);
  const result = new URL(page.url()).searchParams;
  await fetch(`${world.demo.hilum}/v1/connect/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      humanId: result.get('humanId'), clientId: result.get('clientId'), sessionToken: result.get('sessionToken'),
      clientSecret: world.host.app.clientSecret,
    }),
  });
  await page.goto(embed(person));
  await page.getByText('User Already Exists').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.waitForURL(/\/blank\/hc-close/);
});

browserTest('a finish_url that is not registered gets an error page and no redirect', async ({ page, noise }) => {
  noise.push(/Failed to load resource/);
  for (const finish of ['https://evil.example/', `${world.demo.hilum}/blank/../x`, 'javascript:alert(1)', `${world.demo.hilum}@evil.example/blank/x`]) {
    const response = await page.goto(embed(newPerson(), { finish_url: finish }));
    assert.ok(response.status() >= 400, finish);
    assert.equal(await page.getByRole('button', { name: 'Connect Withings' }).count(), 0);
    assert.equal(new URL(page.url()).pathname, '/embed');
  }
});
