// A webhook as an app's developer meets it: verified by the specification's own library, told nothing that was measured.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { world } from '../lib/suite.mjs';

const PATIENCE_MS = 30_000;
/** @type {{headers: import('node:http').IncomingHttpHeaders, body: string}[]} */
const got = [];
let woken = () => {};
const receiver = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    response.writeHead(204).end();
    woken();
  });
});

/** @param {string} method @param {string} path @param {unknown} [body] */
async function api(method, path, body) {
  const { clientId, appKey } = world.host.app;
  return fetch(`${world.demo.hilum}/v1/apps/${clientId}${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${appKey}:`)}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** The first message of a type. @param {string} type */
async function message(type) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = got.find(({ body }) => JSON.parse(body).type === type);
    if (found) return found;
    assert.ok(Date.now() < end, `no ${type} in time`);
    await new Promise((done) => {
      woken = done;
      setTimeout(done, 1000);
    });
  }
}

before(async () => new Promise((done) => { receiver.listen(0, '127.0.0.1', done); }));
after(() => receiver.close());

test('messages verify with the official library, also while the secret rotates', { timeout: 120_000 }, async () => {
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  const made = await (await api('POST', '/webhooks', { url, eventTypes: ['user.*'] })).json();
  const first = new Webhook(made.secret);
  assert.equal((await (await api('POST', `/webhooks/${made.id}/test`)).json()).outcome, 'delivered');
  const tested = await message('webhook.test');
  assert.equal(first.verify(tested.body, tested.headers).type, 'webhook.test');

  const rotated = await (await api('POST', `/webhooks/${made.id}/rotate`, { overlapHours: 1 })).json();
  const second = new Webhook(rotated.secret);
  const user = await (await api('POST', '/users', { externalId: 'told-of@example.org' })).json();
  assert.equal((await api('DELETE', `/users/${user.humanId}`)).status, 204);
  const erased = await message('user.erased');
  for (const verifier of [first, second]) {
    const event = verifier.verify(erased.body, erased.headers);
    assert.equal(event.data.humanId, user.humanId);
  }
  assert.ok(!erased.body.includes('told-of'));

  const { headers, body } = erased;
  const stranger = new Webhook('whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX');
  const changes = {
    'another secret': () => stranger.verify(body, headers),
    'a changed body': () => first.verify(body.replace('user', 'User'), headers),
    'a blank more': () => first.verify(`${body} `, headers),
    'another id': () => first.verify(body, { ...headers, 'webhook-id': 'evt_1' }),
    'another time': () => first.verify(body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }),
    'an old time': () => first.verify(body, { ...headers, 'webhook-timestamp': '1600000000' }),
    'no time': () => first.verify(body, { ...headers, 'webhook-timestamp': undefined }),
    'no id': () => first.verify(body, { ...headers, 'webhook-id': undefined }),
    'no signature': () => first.verify(body, { ...headers, 'webhook-signature': undefined }),
    'another version': () => first.verify(body, { ...headers, 'webhook-signature': String(headers['webhook-signature']).replaceAll('v1,', 'v2,') }),
  };
  for (const [name, change] of Object.entries(changes)) assert.throws(change, undefined, name);
  assert.equal((await api('DELETE', `/webhooks/${made.id}`)).status, 204);
});
