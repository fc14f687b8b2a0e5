// Attacks on the widget, each of which must fail.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import {
  browserTest, callsOf, connectSource, decide, finalise, gotoHost, newPerson, openConnect, startLogin, waitForCalls, world,
} from '../lib/suite.mjs';
import { createApp, freePort } from '../lib/demo.mjs';

/** A page of somebody else, at an origin that no app registered. */
async function withHostilePage(html, run) {
  const port = await freePort();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><html lang="en"><head><title>Hostile</title><link rel="icon" href="data:,"></head><body>${html}</body></html>`);
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  try {
    await run(`http://localhost:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

browserTest('a page of an unregistered origin can not show Connect, and learns it by error()', async ({ page, noise }) => {
  noise.push(/frame-ancestors/, /postMessage/);
  await withHostilePage(`<script src="${world.demo.hilum}/connect.js"></script><script>calls = []; heard = [];
    addEventListener('message', function (event) { heard.push(event.data); });
    HumanConnect.open({ clientUserId: 'victim', clientId: '${world.host.app.clientId}', error: function (err) { calls.push(['error', err]); } });</script>`,
  async (origin) => {
    await page.goto(origin);
    const calls = await waitForCalls(page);
    assert.deepEqual(calls.map(([name, err]) => [name, err.code]), [['error', 'connect_unavailable']]);
    assert.deepEqual(await page.evaluate(() => heard), []);
    assert.equal(await page.locator('iframe').count(), 0);
  });
});

browserTest('every page forbids foreign frames and foreign script', async ({ page }) => {
  const { hilum } = world.demo;
  const { clientId } = world.host.app;
  for (const path of [`/?clientId=${clientId}&clientUserId=x`, '/?clientId=unknown&clientUserId=x', '/connect/done', '/blank/x']) {
    const response = await fetch(hilum + path);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /frame-ancestors [^*;]+(;|$)/, path);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|script-src[^;]*\*/, path);
  }
  await page.goto(`${hilum}/?clientId=${clientId}&clientUserId=x`);
  // Opened by itself there is nobody to give the result to: no list, but a word.
  await page.getByText('Please start from Riverside Wellness').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Connect Withings' }).count(), 0);
});

browserTest('a login that began here can not be completed in another browser', async ({ context, page, noise }) => {
  noise.push(/Failed to load resource/);
  const stranger = await world.browser.newContext();
  try {
    await gotoHost(page, { user: newPerson() });
    const connect = await openConnect(page);
    const login = await startLogin(context, connect, 'Connect Withings');
    const address = login.url();
    const victim = await stranger.newPage();
    // Neither of our own address, which takes forms only …
    const forwarded = await victim.goto(`${world.demo.hilum}/connect/start`);
    assert.ok(forwarded.status() >= 400 && forwarded.status() < 500);
    // … nor of the provider's.
    await victim.goto(address);
    const [answer] = await Promise.all([
      victim.waitForResponse((response) => response.url().includes('/connect/callback/')),
      victim.getByRole('button', { name: 'Allow' }).click(),
    ]);
    assert.ok(answer.status() >= 400 || /\/connect\/done/.test(answer.headers().location ?? ''), String(answer.status()));
    await victim.waitForLoadState();
    assert.equal(await victim.getByText('is connected').count(), 0);
    // Neither does the one who began it get anything from it.
    await login.close();
    await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
    assert.equal(await connect.getByRole('button', { name: 'Disconnect Withings' }).count(), 0);
    await connect.getByRole('button', { name: 'Done' }).click();
    assert.deepEqual(await waitForCalls(page), [['close', 0]]);
  } finally {
    await stranger.close();
  }
});

browserTest('the start of a login from a foreign page is refused', async ({ page, noise }) => {
  noise.push(/Failed to load resource/, /Refused to/);
  await gotoHost(page, { user: newPerson() });
  await openConnect(page);
  const secret = await page.frames()[1].evaluate(() => document.querySelector('.start input[name=secret]').value);
  await withHostilePage(`<form method="post" action="${world.demo.hilum}/connect/start"><input name="secret" value="${secret}"><input name="provider" value="withings"><button>Go</button></form>`,
    async (origin) => {
      await page.goto(origin);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url().includes('/connect/start')),
        page.click('button'),
      ]);
      assert.ok(answer.status() >= 400 && answer.status() < 500, String(answer.status()));
    });
});

browserTest('messages that do not come from our frame and origin change nothing', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await page.evaluate(() => {
    const forged = { type: 'hapi-connect-finish', token: { humanId: 'x', clientId: 'x', sessionToken: 'x' } };
    for (const type of ['hapi-connect-finish', 'hapi-connect-close', 'hapi-connect-error', 'hapi-connect-popup-iframe']) {
      window.postMessage(JSON.stringify({ ...forged, type, url: 'https://evil.example/' }), '*');
    }
    window.postMessage(forged, '*');
    window.postMessage('{', '*');
    window.postMessage('null', '*');
    const other = document.createElement('iframe');
    other.srcdoc = `<script>parent.postMessage('${JSON.stringify(forged)}', '*')</` + 'script>';
    document.body.appendChild(other);
    return new Promise((done) => { other.onload = () => setTimeout(done, 50); });
  });
  assert.deepEqual(await callsOf(page), []);
  assert.equal(await page.locator('#hapi-popup-iframe').count(), 0);

  // Our origin, but not our frame.
  const { hilum } = world.demo;
  const address = `${hilum}/?clientId=${world.host.app.clientId}&clientUserId=beside`;
  await page.evaluate((src) => document.body.appendChild(Object.assign(document.createElement('iframe'), { id: 'beside', src })), address);
  await page.frameLocator('#beside').locator('#heading').waitFor();
  await page.frame({ url: address }).evaluate((origin) => {
    window.parent.postMessage('{"type":"hapi-connect-finish","token":{}}', origin);
    return new Promise((done) => { setTimeout(done, 100); });
  }, world.host.origin);
  assert.deepEqual(await callsOf(page), []);
  await page.evaluate(() => document.getElementById('beside').remove());

  await connectSource(context, connect, 'Withings');
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('our frame, led to another origin, is not heard any more', async ({ page }) => {
  world.host.pages.set('/forger', `<!doctype html><title>Forger</title><link rel="icon" href="data:,">
<script>parent.postMessage('{"type":"hapi-connect-finish","token":{}}', '*'); document.title = 'sent';</script>`);
  await gotoHost(page, { user: newPerson() });
  await openConnect(page);
  await page.evaluate(() => { document.getElementById('human-connect').src = '/forger'; });
  await page.waitForFunction(() => window.frames[0].document?.title === 'sent');
  assert.deepEqual(await callsOf(page), []);
});

browserTest('what the page tells its host is JSON text from our origin, and no more than needed', async ({ page }) => {
  await gotoHost(page, { user: newPerson() });
  await page.evaluate(() => {
    window.heard = [];
    addEventListener('message', (event) => heard.push([event.origin, typeof event.data, JSON.parse(event.data).type]));
  });
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Close' }).click();
  await waitForCalls(page);
  const { hilum } = world.demo;
  assert.deepEqual(await page.evaluate(() => heard), [[hilum, 'string', 'hapi-connect-open'], [hilum, 'string', 'hapi-connect-close']]);
});

browserTest('a second frame opens for our own addresses only', async ({ page }) => {
  await gotoHost(page, { user: newPerson() });
  await openConnect(page);
  const frame = page.frames()[1];
  const ask = (url) => frame.evaluate(([address, origin]) => {
    window.parent.postMessage(JSON.stringify({ type: 'hapi-connect-popup-iframe', url: address }), origin);
    return new Promise((done) => { setTimeout(done, 100); });
  }, [url, world.host.origin]);
  await ask('https://evil.example/');
  await ask('javascript:alert(1)');
  await ask(`${world.host.origin}/`);
  assert.equal(await page.locator('#hapi-popup-iframe').count(), 0);

  await ask(`${world.demo.hilum}/?clientId=${world.host.app.clientId}&clientUserId=second`);
  await page.frameLocator('#hapi-popup-iframe').locator('#heading').waitFor();
  const news = page.waitForRequest((request) => request.url().endsWith('/connect/list'));
  await page.frames()[2].evaluate((origin) => window.parent.postMessage('{"type":"hapi-close-popup-iframe"}', origin), world.host.origin);
  await page.locator('#hapi-popup-iframe').waitFor({ state: 'detached' });
  await news; // the first frame was told to look again
  assert.deepEqual(await callsOf(page), []);
});

browserTest('after finish no token is left in storage, document or address of any frame', async ({ context, page }) => {
  await context.addInitScript(() => {
    if (window.parent === window && !window.opener) window.localStorage.setItem('humanapiSessionToken', '"left by an older script"');
  });
  await gotoHost(page, { user: newPerson() });
  assert.equal(await page.evaluate(() => localStorage.getItem('humanapiSessionToken')), null);
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Withings');
  await connect.getByRole('button', { name: 'Done' }).click();
  const [[, , token]] = await waitForCalls(page);
  const look = async () => {
    for (const frame of page.frames()) {
      const text = await frame.evaluate(() => {
        const stored = ['localStorage', 'sessionStorage'].map((name) => {
          try {
            return JSON.stringify({ ...window[name] });
          } catch {
            return 'no storage in a frame of another site';
          }
        });
        return [location.href, document.documentElement.outerHTML, document.cookie, ...stored].join('\n');
      });
      assert.ok(!text.includes(token.sessionToken), `session token in ${frame.url()}`);
      assert.ok(!/\b[0-9a-f]{64}\b/.test(text), `a secret in ${frame.url()}`);
    }
    for (const cookie of await context.cookies()) assert.ok(!cookie.value.includes(token.sessionToken));
  };
  await look();
  assert.equal(await finalise(page), 200);
  await look();
});

browserTest('the secrets of a session are in no address and no Referer', async ({ context, page }) => {
  const seen = [];
  context.on('request', (request) => seen.push(request.url(), request.headers().referer ?? ''));
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const secret = await page.frames()[1].evaluate(() => document.querySelector('input[name=secret]').value);
  await decide(await startLogin(context, connect, 'Connect Oura'), 'Allow');
  await connect.getByRole('button', { name: 'Disconnect Oura' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  const [[, , token]] = await waitForCalls(page);
  for (const address of seen) {
    assert.ok(!address.includes(secret), address);
    assert.ok(!address.includes(token.sessionToken), address);
  }
});

browserTest('another app can not exchange the token', async ({ context, page }) => {
  const other = createApp(world.demo.data, 'Another app', 'http://localhost:1');
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Withings');
  await connect.getByRole('button', { name: 'Done' }).click();
  const [[, , token]] = await waitForCalls(page);
  const refused = await fetch(`${world.demo.hilum}/v1/connect/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...token, clientId: other.clientId, clientSecret: other.clientSecret }),
  });
  assert.ok(refused.status >= 400 && refused.status < 500);
  assert.equal(await finalise(page), 200);
});
