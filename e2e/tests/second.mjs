// The second generation as its own npm package opens it, unmodified: tokens by the server, a frame by token, events.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browserTest, connectSource, newPerson, screenshot, waitForCalls, world } from '../lib/suite.mjs';

const CLIENT = readFileSync(fileURLToPath(import.meta.resolve('humanapi-connect-client')), 'utf8');

/** The call that the documents show. @param {Record<string, string>} fields */
async function token(fields) {
  const { clientId, clientSecret } = world.host.app;
  const answer = await fetch(`${world.demo.hilum}/v1/connect/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, client_user_email: 'p@example.org', ...fields }),
  });
  return { status: answer.status, ...await answer.json() };
}

/** A page of the app with the package and its button. @param {string} held the token in the page */
async function gotoPage(page, held) {
  world.host.pages.set('/client.js', { type: 'text/javascript', body: CLIENT });
  world.host.pages.set('/second', `<!doctype html><html lang="en"><head><title>Riverside</title><link rel="icon" href="data:,">
<script src="/client.js"></script></head><body>
<div class="hapi__token-container"><button id="open" data-hapi-token="${held}" data-hapi-base-url="${world.demo.hilum}">Connect</button></div>
<script>
window.calls = [];
window.heard = [];
window.addEventListener('message', function (event) { heard.push(event.data); });
['connect', 'disconnect', 'close', 'error'].forEach(function (name) {
  HumanConnect.on(name, function (payload) { calls.push([name, payload]); });
});
</script></body></html>`);
  await page.goto(`${world.host.origin}/second`);
}

/** Presses the button. @returns {Promise<import('playwright-core').FrameLocator>} */
async function open(page) {
  await page.click('#open');
  const connect = page.frameLocator('#human-api');
  await connect.locator('#heading').waitFor();
  return connect;
}

const names = (list) => list.map((source) => source.name);

browserTest('a new person connects: events in order, and the data can be read', async ({ context, page }) => {
  const person = newPerson();
  const session = await token({ type: 'session', client_user_id: person });
  assert.equal(session.status, 200);
  assert.equal((await token({ type: 'access', client_user_id: person })).error, 'unknown_user');
  await gotoPage(page, session.session_token);
  const connect = await open(page);
  await connectSource(context, connect, 'Withings');
  await screenshot(page, 'second-connected');
  const [[name, payload]] = await waitForCalls(page);
  assert.equal(name, 'connect');
  const [source] = payload.currentConnections;
  assert.match(source.id, /^[0-9a-f]{24}$/);
  assert.deepEqual(payload, {
    type: 'hapi-connect-connect-source',
    status: 'CONNECTED_SOURCE',
    sessionResults: { connectedSources: [source], disconnectedSources: [], requestedSources: [] },
    currentConnections: [source],
    requestedProviders: [],
  });
  assert.equal(source.name, 'Withings');

  // What the event says is true: before the window is closed, the app's server reads.
  const access = await token({ type: 'access', client_user_id: person });
  assert.equal(access.human_id, session.human_id);
  const read = (path) => fetch(`${world.demo.hilum}/v1/human${path}`, { headers: { authorization: `Bearer ${access.access_token}` } });
  const [row] = await (await read('/sources?version=2.3')).json();
  assert.deepEqual([row.source, row.sourceName], [source.id, 'Withings']);
  const end = Date.now() + 60_000;
  while (!(await (await read('/weight')).json()).value) {
    assert.ok(Date.now() < end, 'no weight came');
    await new Promise((done) => { setTimeout(done, 500); });
  }

  await connect.getByRole('button', { name: 'Done' }).click();
  const calls = await waitForCalls(page, 2);
  assert.deepEqual(calls[1], ['close', { ...payload, type: 'hapi-connect-close', status: 'SUCCESS' }]);
  await page.locator('#human-api').waitFor({ state: 'detached' });
  // Old builds fail on any message that has no text as its type.
  const heard = await page.evaluate(() => window.heard);
  assert.ok(heard.length === 2 && heard.every((message) => message && typeof message === 'object'), JSON.stringify(heard));

  const again = await token({ type: 'session', client_user_id: person });
  assert.deepEqual([again.status, again.error], [409, 'user_already_exists']);

  // Comes back, by an id token: edit mode.
  const id = await token({ type: 'id', client_user_id: person });
  await gotoPage(page, id.id_token);
  const edit = await open(page);
  await edit.getByRole('button', { name: 'Disconnect Withings' }).click();
  await edit.getByRole('button', { name: 'Connect Withings' }).waitFor();
  await connectSource(context, edit, 'Oura');
  await edit.getByRole('button', { name: 'Done' }).click();
  const [gone, came, closed] = await waitForCalls(page, 3);
  assert.deepEqual([gone[0], gone[1].status, names(gone[1].currentConnections)], ['disconnect', 'DISCONNECTED_SOURCE', []]);
  assert.deepEqual([came[0], names(came[1].sessionResults.connectedSources)], ['connect', ['Oura']]);
  assert.deepEqual([closed[0], closed[1].status], ['close', 'SUCCESS']);
  assert.deepEqual(names(closed[1].sessionResults.disconnectedSources), ['Withings']);
  assert.deepEqual(names(closed[1].currentConnections), ['Oura']);
});

browserTest('looking only; the same token opens it once more', async ({ page }) => {
  const session = await token({ type: 'session', client_user_id: newPerson() });
  await gotoPage(page, session.session_token);
  for (const count of [1, 2]) {
    const connect = await open(page);
    await connect.getByRole('button', { name: 'Close' }).click();
    const calls = await waitForCalls(page, count);
    assert.deepEqual(calls[count - 1][0], 'close');
    assert.deepEqual(calls[count - 1][1].currentConnections, []);
    await page.locator('#human-api').waitFor({ state: 'detached' });
  }
});

browserTest('callbacks of the first form of the package, and a source that is denied tells nothing', async ({ context, page }) => {
  const session = await token({ type: 'session', client_user_id: newPerson() });
  await gotoPage(page, 'unused');
  await page.evaluate(([held, base]) => {
    HumanConnect.open({
      token: held,
      baseURL: base,
      onConnectSource(payload) { calls.push(['onConnectSource', payload]); },
      onDisconnectSource(payload) { calls.push(['onDisconnectSource', payload]); },
      onClose(payload) { calls.push(['onClose', payload]); },
    });
  }, [session.session_token, world.demo.hilum]);
  const connect = page.frameLocator('#human-api');
  const [login] = await Promise.all([
    context.waitForEvent('page'), connect.getByRole('button', { name: 'Connect Withings', exact: true }).click(),
  ]);
  await login.getByRole('button', { name: 'Deny' }).click();
  await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
  await connectSource(context, connect, 'Oura');
  await connect.getByRole('button', { name: 'Done' }).click();
  const calls = await waitForCalls(page, 2);
  assert.deepEqual(calls.map(([name, payload]) => [name, payload.status]), [
    ['onConnectSource', 'CONNECTED_SOURCE'], ['onClose', 'SUCCESS'],
  ]);
});

browserTest('a token that opens nothing: the person reads why, the app hears it', async ({ page, noise }) => {
  noise.push(/status of 403/);
  const { session_token: good } = await token({ type: 'session', client_user_id: newPerson() });
  await gotoPage(page, `${good.slice(0, -4)}AAAA`);
  const connect = await open(page);
  await connect.getByText('Session Token Invalid').waitFor();
  await connect.getByRole('button', { name: 'Close' }).click();
  const [[name, payload]] = await waitForCalls(page);
  assert.deepEqual([name, payload.status], ['close', 'SESSION_TOKEN_INVALID']);
});

browserTest('a link to the page itself opens nothing', async ({ page, noise }) => {
  noise.push(/status of 403/);
  const { session_token: good } = await token({ type: 'session', client_user_id: newPerson() });
  const answer = await page.goto(`${world.demo.hilum}/?token=${good}`);
  assert.equal(answer.status(), 403);
  assert.equal(await page.getByRole('button', { name: 'Connect Withings' }).count(), 0);
});
