/** Verification of messages, by the specification's own example and by hand. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { VerificationError, verifyNotification, verifyWebhook } from 'hilum';

// The example of the Standard Webhooks specification's libraries.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const AT = 1614265330;
const BODY = '{"test": 2432232314}';
const HEADERS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': String(AT),
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const OTHER = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';
const at = (seconds: number) => ({ now: () => seconds * 1000 });
const now = at(AT);

test('the published example', async () => {
  const expected = { test: 2432232314, id: HEADERS['webhook-id'] };
  assert.deepEqual(await verifyWebhook(SECRET, HEADERS, BODY, now), expected);
  assert.deepEqual(await verifyWebhook(SECRET, new Headers(HEADERS), new TextEncoder().encode(BODY), now), expected);
  const upper = Object.fromEntries(Object.entries(HEADERS).map(([name, value]) => [name.toUpperCase(), value]));
  assert.deepEqual(await verifyWebhook([OTHER, SECRET], upper, BODY, now), expected);
  const several = `v1a,AAAA v1,${'A'.repeat(43)}= ${HEADERS['webhook-signature']} v2,BBBB`;
  assert.deepEqual(await verifyWebhook(SECRET, { ...HEADERS, 'webhook-signature': several }, BODY, now), expected);
  await verifyWebhook(SECRET, HEADERS, BODY, at(AT + 300));
  await verifyWebhook(SECRET, HEADERS, BODY, at(AT - 300));
});

test('what was changed is refused', async () => {
  const headers: [string, string][] = [
    ['webhook-id', 'msg_another'], ['webhook-id', ''],
    ['webhook-timestamp', String(AT + 1)], ['webhook-timestamp', 'soon'], ['webhook-timestamp', '-1'], ['webhook-timestamp', ''],
    ['webhook-signature', HEADERS['webhook-signature'].replace('v1,', 'v2,')], ['webhook-signature', HEADERS['webhook-signature'].slice(3)],
    ['webhook-signature', HEADERS['webhook-signature'].slice(0, -2)], ['webhook-signature', 'v1,'], ['webhook-signature', 'v1,not base64!'],
    ['webhook-signature', ''],
  ];
  for (const [name, value] of headers) {
    await assert.rejects(verifyWebhook(SECRET, { ...HEADERS, [name]: value }, BODY, now), VerificationError, `${name}: ${value}`);
  }
  const calls = [
    () => verifyWebhook(SECRET, HEADERS, `${BODY} `, now),
    () => verifyWebhook(SECRET, HEADERS, '', now),
    () => verifyWebhook(OTHER, HEADERS, BODY, now),
    () => verifyWebhook([], HEADERS, BODY, now),
    () => verifyWebhook(SECRET, HEADERS, BODY, at(AT + 300.5)),
    () => verifyWebhook(SECRET, HEADERS, BODY, at(AT - 300.5)),
    () => verifyWebhook(SECRET, HEADERS, BODY, { ...at(AT + 11), toleranceSeconds: 10 }),
    () => verifyWebhook(SECRET, HEADERS, BODY),
    () => verifyWebhook(SECRET, {}, BODY, now),
  ];
  for (const [place, call] of calls.entries()) await assert.rejects(call, VerificationError, String(place));
});

test('a key of no bytes is none', async () => {
  const forged = createHmac('sha256', '').update(`${HEADERS['webhook-id']}.${AT}.${BODY}`).digest('base64');
  for (const empty of ['', 'whsec_', 'whsec_not base64']) {
    await assert.rejects(verifyWebhook(empty, { ...HEADERS, 'webhook-signature': `v1,${forged}` }, BODY, now), TypeError);
  }
});

test('notifications', async () => {
  const body = '[{"eventId": "evt_1"}]';
  const tag = createHmac('sha1', 'client secret').update(`${body}${AT}n0nce`).digest('hex');
  const headers = { 'X-HumanAPI-Signature': tag, 'X-HumanAPI-Timestamp': String(AT), 'X-HumanAPI-Nonce': 'n0nce' };
  assert.deepEqual(await verifyNotification('client secret', headers, body, now), [{ eventId: 'evt_1' }]);
  const calls = [
    () => verifyNotification('another', headers, body, now),
    () => verifyNotification('client secret', headers, `${body} `, now),
    () => verifyNotification('client secret', { ...headers, 'X-HumanAPI-Nonce': 'another' }, body, now),
    () => verifyNotification('client secret', { ...headers, 'X-HumanAPI-Signature': 'zz' }, body, now),
    () => verifyNotification('client secret', { ...headers, 'X-HumanAPI-Signature': tag.slice(2) }, body, now),
    () => verifyNotification('client secret', headers, body, at(AT + 301)),
  ];
  for (const [place, call] of calls.entries()) await assert.rejects(call, VerificationError, String(place));
});
