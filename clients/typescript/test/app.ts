/** The application API: tokens, users, batches, priorities, connections, webhooks, notifications, events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppClient, HilumError, HumanClient, VerificationError, verifyNotification, verifyWebhook, type Event } from 'hilum';
import { app, client, demo, known, newApp, receiver } from './world.js';

const SINCE = '2020-01-01T00:00:00Z';

async function collected<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const fails = (status: number, code: string) => (error: unknown) =>
  error instanceof HilumError && error.status === status && error.code === code;

test('tokens', async () => {
  const { person, session, tokens } = await known();
  assert.equal(tokens.clientUserId, person.clientUserId);
  await assert.rejects(client.tokens.exchange(session, { clientUserId: 'somebody-else@example.org' }), fails(403, 'user_mismatch'));
  const recovered = await client.tokens.publicToken(tokens.humanId);
  assert.equal(recovered.humanId, tokens.humanId);
  assert.equal((await person.open(recovered.publicToken))['mode'], 'edit');
});

test('tokens of the second generation', async () => {
  const { person, tokens } = await known();
  const fresh = await client.tokens.sessionToken('second@example.org', 'second@example.org');
  assert.deepEqual([fresh.session_token.length > 20, fresh.token_type, fresh.expires_in], [true, 'Bearer', 3600]);
  await assert.rejects(client.tokens.sessionToken(person.clientUserId), fails(409, 'user_already_exists'));
  assert.equal((await client.tokens.idToken(person.clientUserId)).human_id, tokens.humanId);
  const first = await client.tokens.accessToken(person.clientUserId);
  assert.equal((await new HumanClient({ baseUrl: demo.hilum, accessToken: first.access_token }).profile()).humanId, tokens.humanId);
  const second = await client.tokens.refresh(first.refresh_token);
  assert.equal(second.human_id, tokens.humanId);
  assert.notEqual(second.refresh_token, first.refresh_token);
  await assert.rejects(client.tokens.refresh('atrt-of-nobody'), fails(400, 'invalid_refresh_token'));
  await assert.rejects(client.tokens.exchangeCode('of-nobody'), fails(400, 'invalid_code'));
});

test('users', async () => {
  const made = await client.createUser('told/of@example.org');
  assert.deepEqual(await client.createUser('told/of@example.org'), made);
  assert.deepEqual(await client.user(made.humanId), made);
  assert.deepEqual(await client.user('told/of@example.org'), made);
  const { items } = await client.users();
  const pages = await collected(client.allUsers());
  assert.ok(items.some(({ humanId }) => humanId === made.humanId) && pages.some(({ humanId }) => humanId === made.humanId));
  assert.equal((await client.users({ limit: 1 })).items.length, 1);
  await client.deleteUser(made.humanId);
  await assert.rejects(client.user(made.humanId), fails(404, 'not_found'));
});

test('batches', async () => {
  const { human, tokens } = await known();
  const rows = (await collected(client.allBatch('weights', { updatedSince: SINCE }))).filter(({ humanId }) => humanId === tokens.humanId);
  assert.deepEqual(rows, await collected(human.weight.all()));
  const page = await client.batch('sleeps', { updatedSince: new Date(SINCE), limit: 3, source: 'oura' });
  assert.deepEqual(page.items.map(({ source }) => source), ['oura', 'oura', 'oura']);
  const second = await page.next?.();
  assert.ok(second?.items.every(({ id }) => page.items.every((row) => row.id !== id)));
});

test('priorities', async () => {
  const { tokens } = await known();
  assert.deepEqual(await client.setPriorities({ sleeps: ['oura'] }), { sleeps: ['oura'] });
  assert.deepEqual(await client.priorities(), { sleeps: ['oura'] });
  assert.deepEqual(await client.priorities(tokens.humanId), {});
  assert.deepEqual(await client.setPriorities({}), {});
  await assert.rejects(client.setPriorities({ no_such_metric: ['oura'] }, tokens.humanId), fails(400, 'unknown_metric'));
});

test('pausing', async () => {
  const { human, person, tokens } = await known();
  const oura = (await human.sources()).find(({ source }) => source === 'oura')?.id ?? '';
  assert.notEqual((await client.resumeConnection(person.clientUserId, oura)).state, 'paused');
  const paused = await client.pauseConnection(tokens.humanId, oura);
  assert.deepEqual([paused.id, paused.source, paused.state], [oura, 'oura', 'paused']);
});

test('webhooks verify, also while the secret rotates', async () => {
  const got = await receiver();
  const made = await client.webhooks.create({ url: got.url, eventTypes: ['user.*'], description: 'of the test' });
  assert.deepEqual((await client.webhooks.get(made.id)).eventTypes, ['user.*']);
  assert.ok((await client.webhooks.list()).some(({ id }) => id === made.id));
  assert.equal((await client.webhooks.test(made.id)).outcome, 'delivered');
  const tested = await got.message();
  const event = await verifyWebhook(made.secret, tested.headers, tested.body);
  assert.deepEqual([event.type, event.id], ['webhook.test', tested.headers['webhook-id']]);
  await assert.rejects(verifyWebhook(made.secret, tested.headers, `${new TextDecoder().decode(tested.body)} `), VerificationError);

  const rotated = await client.webhooks.rotate(made.id, { overlapHours: 1 });
  const user = await client.createUser('rotation@example.org');
  await client.deleteUser(user.humanId);
  const erased = await got.message((body) => body.includes('user.erased'));
  for (const secret of [made.secret, rotated.secret, ['whsec_AAECAwQFBgcICQ==', rotated.secret]]) {
    assert.equal((await verifyWebhook(secret, erased.headers, erased.body)).data.humanId, user.humanId);
  }

  assert.equal((await client.webhooks.update(made.id, { enabled: false })).enabled, false);
  assert.ok((await client.webhooks.attempts(made.id, { limit: 5 })).every(({ outcome }) => outcome === 'delivered'));
  assert.equal(typeof (await client.webhooks.replay(made.id, new Date(SINCE))).replaying, 'boolean');
  await client.webhooks.delete(made.id);
  await assert.rejects(client.webhooks.get(made.id), fails(404, 'not_found'));
  got.stop();
});

test('notifications of the first generation', async () => {
  const got = await receiver();
  assert.equal((await client.notifications.set(got.url)).enabled, true);
  await client.notifications.test();
  const { headers, body } = await got.message();
  const told = (await verifyNotification(app.clientSecret, headers, body)) as { clientId: string }[];
  assert.equal(told[0]?.clientId, app.clientId);
  await assert.rejects(verifyNotification(app.appKey, headers, body), VerificationError);
  assert.equal((await client.notifications.get()).recent.length, 1);
  await client.notifications.delete();
  assert.deepEqual(await client.notifications.get(), { enabled: false, recent: [] });
  got.stop();
});

test('events', async () => {
  const { tokens } = await known();
  const about = (await collected(client.events.all())).filter(({ data }) => data.humanId === tokens.humanId);
  for (const type of ['connection.connected', 'enrolment.completed', 'data.created']) assert.ok(about.some((event) => event.type === type), type);
  assert.deepEqual(about.map(({ data }) => data.sequence), about.map((_, at) => at + 1));
  await assert.rejects(client.events.list({ after: 'evt_of_nobody' }), fails(400, 'invalid_parameter'));
});

test('the feed goes on where it was, and the live view as well', async () => {
  const fresh = new AppClient({ baseUrl: demo.hilum, ...newApp("Nobody's yet") });
  assert.deepEqual(await collected(fresh.events.all()), []);
  const people: string[] = [];
  for (let at = 0; at < 5; at += 1) people.push((await fresh.createUser(`feed-${at}@example.org`)).humanId);
  for (const humanId of people) await fresh.deleteUser(humanId);
  const events = await collected(fresh.events.all({ limit: 2 }));
  assert.deepEqual(events.map(({ data }) => data.humanId), people);
  const third = events[2]?.id ?? '';
  assert.deepEqual(await collected(fresh.events.all({ after: third })), events.slice(3));

  const live: Event[] = [];
  for await (const event of fresh.events.live({ after: third })) {
    live.push(event);
    if (live.length === 2) break;
  }
  assert.deepEqual(live, events.slice(3));
  const ending = new AbortController();
  const none = fresh.events.live({ signal: ending.signal }).next();
  setTimeout(() => ending.abort(), 50);
  await assert.rejects(none, { name: 'HilumConnectionError' });
});

test('who has no right', async () => {
  const { session } = await known();
  const baseUrl = demo.hilum;
  const refused: [() => Promise<unknown>, string][] = [
    [() => new AppClient({ baseUrl, clientId: app.clientId, appKey: '0'.repeat(40) }).users(), 'unauthorized'],
    [() => new AppClient({ baseUrl, clientId: app.clientId }).users(), 'unauthorized'],
    [() => new HumanClient({ baseUrl, accessToken: 'not-a-token' }).profile(), 'unauthorized'],
    [() => new AppClient({ baseUrl, clientId: app.clientId, clientSecret: '0'.repeat(40) }).tokens.exchange(session), 'invalid_client'],
  ];
  for (const [call, code] of refused) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof HilumError);
      assert.deepEqual([error.status, error.code], [401, code]);
      assert.ok(error.requestId && error.detailedMessage);
      return true;
    });
  }
});
