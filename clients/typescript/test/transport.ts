/** Tries, pauses, foreign addresses and what is never shown, with a `fetch` that answers what it is told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AppClient, HilumConnectionError, HilumError, HumanClient } from 'hilum';

const TOKEN = 'secret-access-token';
const BASE = 'https://h.example';
type Answer = [number, Record<string, string>, string];
const BUSY: Answer = [503, { 'retry-after': '7' }, '{"code": "server_busy", "message": "Server Busy", "detailedMessage": "Wait."}'];
const FINE: Answer = [200, {}, '[]'];

function scripted(...answers: (Answer | Error)[]) {
  const asked: { method: string; url: URL; headers: Headers; redirect: string | undefined }[] = [];
  const waits: number[] = [];
  const options = {
    baseUrl: BASE,
    async fetch(url: RequestInfo | URL, init?: RequestInit): Promise<Response> {
      asked.push({ method: init?.method ?? '', url: new URL(String(url)), headers: new Headers(init?.headers), redirect: init?.redirect });
      const answer = answers.shift();
      if (answer instanceof Error || !answer) throw answer ?? new Error('asked too often');
      return new Response(answer[2], { status: answer[0], headers: answer[1] });
    },
    async sleep(ms: number): Promise<void> { waits.push(ms); },
    now: () => 1_000_000_000,
  };
  return { asked, waits, options, human: new HumanClient({ ...options, accessToken: TOKEN }) };
}

test('waits as long as it is told', async () => {
  const dated: Answer = [429, { 'retry-after': new Date(1_000_030_000).toUTCString() }, '{}'];
  const { human, asked, waits } = scripted(BUSY, dated, FINE);
  assert.deepEqual((await human.weight.list()).items, []);
  assert.deepEqual(waits, [7000, 30_000]);
  assert.equal(asked.length, 3);
});

test('pauses of its own grow', async () => {
  const plain: Answer = [503, {}, '<html>busy</html>'];
  const { human, waits } = scripted(plain, plain, plain, plain);
  await assert.rejects(human.profile(), { status: 503, code: 'unexpected_answer' });
  assert.equal(waits.length, 3);
  for (const [at, least] of [500, 1000, 2000].entries()) assert.ok((waits[at] ?? 0) >= least && (waits[at] ?? 0) <= least * 1.25);
});

test('gives up where waiting is too long or unwanted', async () => {
  const { human, waits, options } = scripted([429, { 'retry-after': '61', 'x-request-id': 'abc' }, '{}'], BUSY);
  await assert.rejects(human.profile(), { retryAfterMs: 61_000, requestId: 'abc' });
  await assert.rejects(new HumanClient({ ...options, accessToken: TOKEN, retries: 0 }).profile(), { code: 'server_busy' });
  assert.deepEqual(waits, []);
});

test('what may not be repeated is not', async () => {
  const { human, asked, waits, options } = scripted(BUSY, BUSY, BUSY, [200, {}, '{"inserted": 0}']);
  const app = new AppClient({ ...options, clientId: 'c', appKey: 'k' });
  await assert.rejects(app.webhooks.create({ url: 'https://e.example' }), HilumError);
  await assert.rejects(app.deleteUser('u'), HilumError);
  assert.deepEqual(waits, []);
  await human.ingest({ source: 's', observations: [] });
  assert.deepEqual(waits, [7000]);
  assert.deepEqual(asked.map(({ method }) => method), ['POST', 'DELETE', 'POST', 'POST']);
});

test('no answer at all, or half of one', async () => {
  const broken = new TypeError('fetch failed');
  const { human, waits } = scripted(broken, broken, FINE, [200, {}, '[{"id": ']);
  await human.weight.list({ source: 'a-source' });
  assert.equal(waits.length, 2);
  await assert.rejects(human.weight.list(), HilumConnectionError);
  const never = scripted(broken, broken, broken, broken);
  await assert.rejects(never.human.weight.list({ source: 'a-source' }), (error) => {
    const told = inspect(error);
    return error instanceof HilumConnectionError && error.cause === broken && told.includes('/v1/human/weight/readings') && !told.includes('a-source');
  });
});

test('a call ends in time, and when its caller ends it', async () => {
  const fetch = (_: unknown, init?: RequestInit): Promise<Response> => new Promise((_done, give) => {
    init?.signal?.addEventListener('abort', () => give(init.signal?.reason as Error));
  });
  const human = new HumanClient({ baseUrl: BASE, accessToken: TOKEN, fetch, timeoutMs: 1, retries: 0 });
  await assert.rejects(human.profile(), HilumConnectionError);
});

test('other errors are told at once', async () => {
  const body = '{"code": "session_expired", "message": "Session Expired", "detailedMessage": "Open Connect again."}';
  const { options } = scripted([410, { 'x-request-id': 'feed' }, body]);
  const app = new AppClient({ ...options, clientId: 'c', clientSecret: 's' });
  await assert.rejects(app.tokens.exchange({ humanId: 'h', clientId: 'c', sessionToken: 't' }), {
    name: 'HilumError', message: 'Session Expired (410 session_expired): Open Connect again.', status: 410, code: 'session_expired', requestId: 'feed',
  });
});

test('the token goes to its server alone', async () => {
  const foreign: Answer = [200, { link: '<https://elsewhere.example/v1/human/weight/readings>; rel="next"' }, '[{}]'];
  const port: Answer = [200, { link: `<${BASE}:444/next>; rel="next"` }, '[]'];
  const { human, asked } = scripted(foreign, port);
  await assert.rejects(human.weight.list(), /elsewhere\.example.*baseUrl/);
  await assert.rejects(human.weight.list(), HilumConnectionError);
  for (const { url, headers, redirect } of asked) {
    assert.equal(headers.get('authorization'), `Bearer ${TOKEN}`);
    assert.ok(!url.href.includes(TOKEN));
    assert.equal(redirect, 'error');
  }
});

test('pages are followed by their links', async () => {
  const first: Answer = [200, { link: '</v1/human/weight/readings?cursor=b,c>; rel=next', 'x-total-count': '2' }, '[{"id": "1"}]'];
  const last: Answer = [200, { link: '<https://e.example/0>; rel="first",<https://e.example/>; title="next, or not"; rel="prev"' }, '[{"id": "2"}]'];
  const { human, asked } = scripted(first, last);
  const ids: string[] = [];
  for await (const { id } of human.weight.all({ source: 'oura' })) ids.push(id);
  assert.deepEqual(ids, ['1', '2']);
  assert.deepEqual(asked.map(({ url }) => url.pathname + url.search), [
    '/v1/human/weight/readings?limit=500&cursor=*&source=oura', '/v1/human/weight/readings?cursor=b,c',
  ]);
});

test('an export that was cut off is an error after its last line', async () => {
  const head = '{"type":"export"}\n';
  const { human } = scripted([200, {}, `${head}{"type":"end"}\n`], [200, {}, head], [200, {}, `${head}{"type":"en`]);
  const types: string[] = [];
  for await (const { type } of human.export()) types.push(String(type));
  assert.deepEqual(types, ['export', 'end']);
  for (const _ of [1, 2]) {
    await assert.rejects(async () => {
      for await (const { type } of human.export()) types.push(String(type));
    }, HilumConnectionError);
  }
  assert.deepEqual(types, ['export', 'end', 'export', 'export']);
});

test('secrets are not shown', () => {
  const { human, options } = scripted();
  const app = new AppClient({ ...options, clientId: 'c', appKey: 'the-app-key', clientSecret: 'the-client-secret' });
  for (const one of [human, app]) {
    const shown = inspect(one, { depth: 9, showHidden: true }) + JSON.stringify(one);
    for (const secret of [TOKEN, 'the-app-key', 'the-client-secret', btoa('the-app-key:')]) assert.ok(!shown.includes(secret), secret);
  }
});

test('addresses that cannot be', () => {
  for (const baseUrl of ['h.example', 'ftp://h.example', 'https://u:p@h.example', 'https://h.example/?a=b', 'https://h.example/#a']) {
    assert.throws(() => new HumanClient({ baseUrl, accessToken: TOKEN }), TypeError, baseUrl);
  }
});
