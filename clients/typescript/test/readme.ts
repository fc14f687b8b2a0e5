/** What the README shows works as it stands there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { app, client, comeToRest, demo, meet, receiver } from './world.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [quickStart = '', webhook = ''] = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code ?? '');

test('the quick start', async () => {
  // The snippet exchanges the session of somebody whose nights are there: their second one, that adds a source.
  const known = await meet(['oura']);
  await comeToRest(known);
  const session = await known.person.connects(['withings'], known.tokens.publicToken);
  const settings = { HILUM_URL: demo.hilum, HILUM_CLIENT_ID: app.clientId, HILUM_CLIENT_SECRET: app.clientSecret, SESSION: JSON.stringify(session) };
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', quickStart], { cwd: root, env: { ...process.env, ...settings }, encoding: 'utf8' });
  const nights: string[] = [];
  for await (const row of client.allBatch('sleeps', { updatedSince: '2020-01-01', source: 'oura' })) {
    if (row.humanId === known.tokens.humanId) nights.push(`${row.day} ${row.timeAsleep} min`);
  }
  assert.ok(nights.length > 0);
  assert.deepEqual(told.trim().split('\n'), nights);
});

test('the webhook', async () => {
  const dir = mkdtempSync(join(root, 'build', 'readme-'));
  writeFileSync(join(dir, 'webhook.mjs'), webhook);
  const { handle } = (await import(join(dir, 'webhook.mjs'))) as { handle(secret: string, headers: object, body: string): Promise<number> };
  rmSync(dir, { recursive: true });
  const got = await receiver();
  const made = await client.webhooks.create({ url: got.url });
  await client.webhooks.test(made.id);
  const { headers, body } = await got.message((text) => text.includes('webhook.test'));
  await client.webhooks.delete(made.id);
  got.stop();
  const text = new TextDecoder().decode(body);
  assert.equal(await handle(made.secret, headers, text), 204);
  assert.equal(await handle(made.secret, headers, `${text} `), 400);
});
