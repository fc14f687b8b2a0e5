// connect.js as a page meets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { browserTest, callsOf, gotoHost, newPerson, openConnect, waitForCalls, world } from '../lib/suite.mjs';
import { freePort } from '../lib/demo.mjs';

test('the script is small, may be loaded from anywhere, and is what the repository holds', async () => {
  const response = await fetch(`${world.demo.hilum}/connect.js`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^(text|application)\/javascript/);
  const body = Buffer.from(await response.arrayBuffer());
  assert.ok(gzipSync(body).length <= 4000);
});

test('the pictures and the other files are there', async () => {
  for (const [path, type] of [
    ['/store.min.js', /javascript/], ['/spinner.gif', /^image\/gif/], ['/assets/button/blue.png', /^image\/png/],
    ['/assets/button/green.svg', /^image\/svg/], ['/blank/hc-finish', /^text\/html/],
  ]) {
    const response = await fetch(world.demo.hilum + path);
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get('content-type'), type);
  }
});

browserTest('the button is 259 pixels wide', async ({ page }) => {
  await gotoHost(page, { user: newPerson() });
  assert.equal(await page.locator('#connect-health-data-btn').evaluate((image) => image.naturalWidth), 259);
});

browserTest('the frame: address, attributes, place', async ({ page }) => {
  await gotoHost(page, {
    user: 'Anna & Bo+c@example.org',
    options: JSON.stringify({ language: 'de', mode: 'wellness', modal: 1, style: { a: 'ä' }, embed: true, test: 't', ka: 'k', sourceId: 's', addedSource: 'a' }),
  });
  await page.click('#connect-health-data-btn');
  const frame = page.locator('#human-connect');
  const { hilum } = world.demo;
  assert.equal(
    await frame.getAttribute('src'),
    `${hilum}/?clientUserId=Anna%20%26%20Bo%2Bc%40example.org&clientId=${world.host.app.clientId}&embed=1&lang=de&addedSource=a` +
      '&style=%7B%22a%22%3A%22%C3%A4%22%7D&modal=1&mode=wellness&test=t&ka=k&sourceId=s',
  );
  assert.equal(await frame.getAttribute('frameBorder'), '0');
  assert.ok(await frame.getAttribute('title'));
  const style = await frame.evaluate((node) => {
    const { position, zIndex, top, left } = getComputedStyle(node);
    const { width, height } = node.getBoundingClientRect();
    return { position, zIndex, top, left, all: width >= document.documentElement.clientWidth && height === window.innerHeight };
  });
  assert.deepEqual(style, { position: 'fixed', zIndex: '99999', top: '0px', left: '0px', all: true });
  await page.frameLocator('#human-connect').getByText('Your health').or(page.frameLocator('#human-connect').locator('#heading')).first().waitFor();
});

browserTest('loaded twice, opened twice: one frame, and the first state stays', async ({ page }) => {
  await gotoHost(page, { user: newPerson() });
  await page.evaluate(() => { window.firstOne = window.HumanConnect; });
  await page.addScriptTag({ url: `${world.demo.hilum}/connect.js` });
  assert.equal(await page.evaluate(() => window.firstOne === window.HumanConnect), true);
  await page.evaluate(() => {
    document.getElementById('connect-health-data-btn').click();
    document.getElementById('connect-health-data-btn').click();
  });
  const connect = page.frameLocator('#human-connect');
  await connect.locator('#heading').waitFor();
  assert.equal(await page.locator('iframe').count(), 1);
  await connect.getByRole('button', { name: 'Close' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
});

browserTest('opened for somebody else while open: the new one takes the place', async ({ page }) => {
  await gotoHost(page, { user: newPerson() });
  await openConnect(page);
  await page.evaluate((clientId) => {
    HumanConnect.open({ clientUserId: 'another', clientId, close: () => calls.push(['close of the other']) });
  }, world.host.app.clientId);
  const connect = page.frameLocator('#human-connect');
  await connect.locator('#heading').waitFor();
  assert.equal(await page.locator('iframe').count(), 1);
  await connect.getByRole('button', { name: 'Close' }).click();
  assert.deepEqual(await waitForCalls(page), [['close of the other']]);
});

browserTest('opened from the head, before there is a body; open returns nothing', async ({ page }) => {
  world.host.pages.set('/head', `<!doctype html><html lang="en"><head><title>Head</title><link rel="icon" href="data:,"><script src="${world.demo.hilum}/connect.js"></script>
<script>calls = []; returned = HumanConnect.open({ clientUserId: 'head', clientId: '${world.host.app.clientId}', close: function () { calls.push(['close']); } });</script>
</head><body><p>Late body</p></body></html>`);
  await page.goto(`${world.host.origin}/head`);
  await page.frameLocator('#human-connect').getByRole('button', { name: 'Close' }).click();
  assert.deepEqual(await waitForCalls(page), [['close']]);
  assert.equal(await page.evaluate(() => returned), undefined);
});

browserTest('the state fields that older pages read', async ({ page }) => {
  await gotoHost(page, { user: newPerson(), options: JSON.stringify({ language: 'es' }) });
  await openConnect(page);
  const state = await page.evaluate(() => ({
    publicToken: HumanConnect.publicToken, language: HumanConnect.language,
    handlers: ['onFinish', 'onClose', 'onError'].map((name) => typeof HumanConnect[name]),
  }));
  assert.deepEqual(state, { publicToken: '', language: 'es', handlers: ['function', 'function', 'function'] });
});

browserTest('a host page that gives no referrer is found by its hello', async ({ page }) => {
  await gotoHost(page, { user: newPerson(), referrer: 'no-referrer' });
  const connect = await openConnect(page);
  await page.waitForFunction(() => !document.querySelector('img[src$="/spinner.gif"]'));
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
});

browserTest('_baseURL opens another server; one that is not there ends in error()', async ({ page, noise }) => {
  noise.push(/postMessage/, /Failed to load resource/);
  const nobody = `http://127.0.0.1:${await freePort()}`;
  await gotoHost(page, { user: newPerson(), options: JSON.stringify({ _baseURL: `${nobody}/` }) });
  await page.click('#connect-health-data-btn');
  assert.match(await page.locator('#human-connect').getAttribute('src'), new RegExp(`^${nobody}/\\?`));
  const calls = await waitForCalls(page);
  assert.deepEqual(calls.map(([name, err]) => [name, err.code]), [['error', 'connect_unavailable']]);
  assert.equal(await page.locator('#human-connect').count(), 0);
  assert.equal(await page.locator('img[src$="/spinner.gif"]').count(), 0);
});

browserTest('an unknown app ends in error()', async ({ page, noise }) => {
  noise.push(/frame-ancestors/, /postMessage/, /Failed to load resource/);
  await gotoHost(page, { user: newPerson(), options: JSON.stringify({ clientId: '0'.repeat(40) }) });
  await page.click('#connect-health-data-btn');
  const calls = await waitForCalls(page);
  assert.deepEqual(calls.map(([name, err]) => [name, err.code]), [['error', 'connect_unavailable']]);
  assert.equal((await callsOf(page)).length, 1);
});
