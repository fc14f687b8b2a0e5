/** The data API, all of it, on a person who connected two sandboxes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HilumConnectionError, HilumError, HumanClient, type DailyList, type Measurement, type Sessions } from 'hilum';
import { demo, known, meet } from './world.js';

const TABLE = `metric,start,end,value,unit,offset,device,context,key
weight,2026-03-04T07:10:00+01:00,,78.4,kg,,Scale,,
weight,2026-03-05T07:10:00+01:00,,78.1,kg,,Scale,,
weight,2026-03-06T07:10:00+01:00,,77.9,kg,,Scale,,
`;

async function collected<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

test('who it is, and what is connected', async () => {
  const { human, tokens } = await known();
  assert.equal((await human.profile()).humanId, tokens.humanId);
  assert.deepEqual((await human.sources()).map(({ source }) => source).sort(), ['oura', 'withings']);
  const summary = await human.summary();
  assert.equal(summary.humanId, tokens.humanId);
  assert.deepEqual(summary.bloodGlucose, {});
});

test('measurements', async () => {
  const { human } = await known();
  const all: [string, Measurement<{ id: string; timestamp: string }>][] = [
    ['bloodGlucose', human.bloodGlucose], ['bloodOxygen', human.bloodOxygen], ['bloodPressure', human.bloodPressure],
    ['bmi', human.bmi], ['bodyFat', human.bodyFat], ['heartRate', human.heartRate], ['height', human.height], ['weight', human.weight],
  ];
  for (const [name, measurement] of all) {
    const first = await measurement.list({ limit: 3 });
    const newest = await measurement.latest();
    if (first.total === 0) {
      // Of heights there may be one or none yet; the others the person has, or no source of theirs measures.
      assert.ok(['bmi', 'bloodGlucose', 'height', 'bodyFat'].includes(name), name);
      assert.equal(newest, undefined, name);
      continue;
    }
    assert.ok(newest, name);
    assert.deepEqual(newest, first.items[0], name);
    assert.deepEqual(await measurement.get(newest.id), newest, name);
    const day = newest.timestamp.slice(0, 10);
    const range = await measurement.list({ startDate: day, endDate: day });
    assert.deepEqual((await measurement.daily(day)).items, range.items, name);
  }
});

test('sessions and their days', async () => {
  const { human } = await known();
  const all: Sessions<{ id: string; timeSeries?: unknown }, { date: string; source: string; mergedFrom?: unknown }>[] = [human.activities, human.sleeps];
  for (const sessions of all) {
    const { items } = await sessions.list({ limit: 3 });
    for (const row of items) assert.deepEqual(await sessions.get(row.id), row);
    assert.ok((await sessions.get(items[0]?.id ?? '', { timeSeries: true })).timeSeries);
    const newest = await sessions.latestSummary();
    assert.ok(newest);
    assert.deepEqual((await sessions.summaries.list({ limit: 1 })).items, [newest]);
    assert.deepEqual(await sessions.summaries.onDay(newest.date, { source: newest.source }), newest);
    assert.ok(Array.isArray((await sessions.summaries.onDay(newest.date, { merge: true })).mergedFrom));
  }
});

test('days of the heart, and the rest', async () => {
  const { human } = await known();
  const day = (await human.heartRate.summaries.list({ limit: 1 })).items[0];
  assert.ok(day);
  assert.deepEqual(await human.heartRate.summaries.get(day.id), day);
  const others: DailyList<unknown>[] = [human.meals, human.locations];
  for (const one of others) assert.deepEqual((await one.list()).items, []);
  assert.deepEqual((await human.traits()).items, []);
  assert.deepEqual(await human.genotypes('rs3094315', 'i3000001'), {
    genotypes: [{ location: 'rs3094315', call: '__' }, { location: 'i3000001', call: '__' }],
  });
});

test('all pages are all rows', async () => {
  const { human } = await known();
  for (const list of [human.weight, human.sleeps]) {
    const whole = await collected<{ id: string }>(list.all());
    assert.ok(whole.length >= 15);
    assert.deepEqual(await collected<{ id: string }>(list.all({ limit: 7 })), whole);
    const page = await list.list({ limit: 7 });
    assert.equal(page.total, whole.length);
    assert.deepEqual((await page.next?.())?.items, whole.slice(7, 14));
    assert.equal((await list.list({ limit: 500 })).next, undefined);
  }
});

test('filters', async () => {
  const { human } = await known();
  const rows = await collected(human.weight.all());
  const newest = rows.map(({ updatedAt }) => updatedAt).sort().at(-1) ?? '';
  assert.deepEqual(await collected(human.weight.all({ updatedSince: new Date(newest) })), rows.filter(({ updatedAt }) => updatedAt >= newest));
  assert.deepEqual(await collected(human.weight.all({ createdBefore: '2020-01-01T00:00:00Z' })), []);
  const ofOne = await collected(human.sleeps.all({ source: 'oura' }));
  assert.ok(ofOne.length > 0 && ofOne.every(({ source }) => source === 'oura'));
});

test('series', async () => {
  const { human } = await known();
  const held = (await human.series.list()).find(({ metric }) => metric === 'heart_rate');
  assert.ok(held && held.count >= 20);
  const last = held.last.slice(0, 10);
  // By the clock of UTC, a day of hours adds up to the day.
  const day = await human.series.get('heart_rate', { startDate: last, endDate: last, tz: 'UTC', agg: ['count', 'max'] });
  const hours = await human.series.get('heart_rate', { from: last, to: new Date(`${last}T23:30:00Z`), step: '1h', tz: 'UTC', empty: true });
  assert.deepEqual([day.agg, day.buckets.length, hours.buckets.length], [['count', 'max'], 1, 24]);
  assert.equal(day.buckets[0]?.count, hours.buckets.reduce((sum, { count }) => sum + (count ?? 0), 0));
  assert.equal(day.buckets[0]?.max, Math.max(...hours.buckets.map(({ max }) => max ?? 0)));
  const bySource = await human.series.get('heart_rate', { startDate: last, endDate: last, by: 'source' });
  assert.ok(bySource.buckets.every(({ source }) => source === 'oura' || source === 'withings'));
  await assert.rejects(human.series.get('heart_rate', { agg: 'sum' }), (error) => error instanceof HilumError && error.code === 'unfit_aggregate');
});

test('everything as one stream', async () => {
  const { human, tokens } = await known();
  const all = await collected(human.export());
  assert.deepEqual([all[0]?.['type'], all[0]?.['humanId'], all.at(-1)?.['type']], ['export', tokens.humanId, 'end']);
  const weights = all.filter(({ type, kind }) => type === 'record' && kind === 'weight').map(({ id }) => id).sort();
  assert.deepEqual(weights, (await collected(human.weight.all())).map(({ id }) => id).sort());
  const resources = await collected(human.export({ format: 'fhir' }));
  assert.deepEqual([resources[0]?.['resourceType'], resources[0]?.['id']], ['Patient', tokens.humanId]);
  const observed = new Set(resources.filter(({ resourceType }) => resourceType === 'Observation').map(({ id }) => id));
  assert.ok(weights.every((id) => observed.has(id)));
  // Whoever stops reading closes the line.
  for await (const line of human.export()) {
    assert.equal(line['type'], 'export');
    break;
  }
});

test('a copy is kept up to date', async () => {
  const { human } = await meet(['oura']);
  const reading = { metric: 'weight', start: '2026-03-04T07:10:00+01:00', value: 81.5, unit: 'kg' };
  await human.ingest({ source: 'my_scale', observations: [reading] });
  const page = await human.weight.list({ cursor: '*', source: 'my_scale' });
  assert.deepEqual([page.items.length, page.next], [1, undefined]);
  assert.ok(page.syncCursor);
  await human.ingest({ source: 'my_scale', observations: [{ ...reading, start: '2020-03-05T07:10:00+01:00', value: 80 }] });
  const news = await human.weight.list({ cursor: page.syncCursor, source: 'my_scale' });
  assert.ok(news.items.some(({ value }) => value === 80) && news.syncCursor);
  await assert.rejects(human.height.list({ cursor: page.syncCursor }), (error) => error instanceof HilumError && error.code === 'invalid_cursor');
});

test('posting the same data twice changes nothing', async () => {
  const { human } = await meet(['oura']);
  const reading = { metric: 'weight', start: '2026-03-04T07:10:00+01:00', value: 81.5, unit: 'kg' };
  const first = await human.ingest({ source: 'my_scale', observations: [reading, { ...reading, unit: 'mmHg' }] });
  assert.equal(first.inserted, 1);
  assert.deepEqual(first.rejected.map(({ index, code }) => [index, code]), [[1, 'bad_unit']]);
  const again = await human.ingest({ source: 'my_scale', observations: [reading] });
  assert.deepEqual([again.inserted, again.unchanged], [0, 1]);
  const newest = await human.weight.latest({ source: 'my_scale' });
  assert.deepEqual([newest?.value, newest?.unit, newest?.source], [81.5, 'kg', 'my_scale']);
});

test('a file in pieces that break off', async () => {
  const { human: plain, tokens } = await meet(['oura']);
  const waits: number[] = [];
  const told: number[] = [];
  const human = new HumanClient({
    baseUrl: demo.hilum, accessToken: tokens.accessToken, fetch: breaksOnce(), sleep: async (ms) => { waits.push(ms); },
  });
  const file = new Blob([TABLE]);
  const there = await human.imports.upload(file, { pieceBytes: 100, onProgress: (now) => told.push(now) });
  assert.deepEqual(waits, [1000]);
  assert.equal(told.at(-1), file.size);
  const ended = await plain.imports.ended(there.id, { everyMs: 50 });
  assert.equal(ended.state, 'done');
  assert.deepEqual(ended.found, { weight: 3 });
  assert.deepEqual((await plain.weight.list({ source: 'file' })).items.map(({ value }) => value), [77.9, 78.1, 78.4]);
  assert.deepEqual((await plain.imports.list()).map(({ id }) => id), [there.id]);
  await assert.rejects(plain.imports.cancel(there.id), (error) => error instanceof HilumError && error.code === 'import_ended');
});

test('an upload is taken up by its id', async () => {
  const { human, tokens } = await meet(['oura']);
  const file = new Blob([TABLE]);
  const broken = new HumanClient({ baseUrl: demo.hilum, accessToken: tokens.accessToken, fetch: breaksOnce() });
  await assert.rejects(broken.imports.upload(file, { pieceBytes: 100, tries: 1 }), HilumConnectionError);
  const [held] = await human.imports.list();
  assert.deepEqual([held?.state, held?.bytes.received], ['receiving', 100]);
  await assert.rejects(human.imports.upload(new Blob(['another']), { resume: held?.id ?? '' }), /another file/);
  assert.equal((await human.imports.upload(file, { resume: held?.id ?? '' })).id, held?.id);
  assert.deepEqual((await human.imports.ended(held?.id ?? '', { everyMs: 50 })).found, { weight: 3 });
});

/** Its second request does not get through. */
function breaksOnce(): typeof fetch {
  let sent = 0;
  return async (url, asked) => {
    sent += 1;
    if (sent === 2) throw new TypeError('broke off');
    return fetch(url, asked);
  };
}
