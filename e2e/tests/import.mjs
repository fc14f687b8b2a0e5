// Files that people bring through Connect: sent, looked through, and theirs once the app has finalised.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConnect } from '../lib/accessible.mjs';
import { appleExport, zipped } from '../lib/files.mjs';
import { browserTest, finalise, gotoHost, newPerson, openConnect, screenshot, waitForCalls, world } from '../lib/suite.mjs';

/** Presses the row's button and returns the window for files. */
async function openDoor(context, connect) {
  const [door] = await Promise.all([context.waitForEvent('page'), connect.getByRole('button', { name: 'Choose file', exact: true }).click()]);
  await door.getByRole('heading', { name: 'Import a file' }).waitFor();
  return door;
}

/** @param {import('playwright-core').Page} door @param {string} name @param {Buffer} buffer */
const choose = (door, name, buffer) => door.getByLabel('Your file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

/** Asks the data API as the app's server does. */
async function ask(person, path) {
  const { accessToken } = world.host.people.get(person);
  const answer = await fetch(`${world.demo.hilum}/v1/human/${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

/** Waits until the data API tells what is expected. */
async function until(person, path, expected) {
  for (let tries = 0; tries < 100; tries += 1) {
    const told = await ask(person, path);
    if (expected(told)) return told;
    await new Promise((done) => { setTimeout(done, 200); });
  }
  throw new Error(`${path} did not come to what was expected`);
}

browserTest('a file is sent, shown, and read once the app has finalised', async ({ context, page }) => {
  const person = newPerson();
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  const door = await openDoor(context, connect);
  await choose(door, 'export.zip', zipped('apple_health_export/export.xml', appleExport()));
  const file = door.getByRole('region', { name: 'export.zip' });
  await file.getByText('2 × weight').waitFor();
  await file.getByText('1 × steps').waitFor();
  await file.getByText('1 entry of kinds that are not known here.').waitFor();
  await file.getByText('Riverside Wellness gets it when you press Done in Connect.').waitFor();
  await door.getByRole('status').filter({ hasText: 'Your file is read.' }).waitFor({ state: 'attached' });
  await screenshot(door, 'import-done');
  await door.close();
  const row = connect.locator('#source-apple_health_export');
  await row.getByText('Added from a file').waitFor();
  await row.scrollIntoViewIfNeeded();
  await screenshot(page, 'import-connected');
  await connect.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page);
  assert.equal(await finalise(page), 200);
  const [done] = await until(person, 'imports', ([first]) => first?.state === 'done');
  assert.deepEqual([done.source, done.stored], ['apple_health', { inserted: 3, updated: 0, unchanged: 0 }]);
  assert.deepEqual((await ask(person, 'weight/readings')).map((row) => row.value), [72.1, 72.5]);

  // A newer export, in edit mode: what the person has already stays one source.
  await gotoHost(page, { user: person });
  const again = await openConnect(page);
  await again.locator('#source-apple_health_export').getByText('Added from a file').waitFor();
  const second = await openDoor(context, again);
  await choose(second, 'export.xml', appleExport(7));
  await second.getByText('8 × steps').waitFor();
  assert.equal((await ask(person, 'imports')).length, 1, 'the app sees nothing of it yet');
  assert.equal((await ask(person, 'weight/readings')).length, 2);
  await second.close();
  await again.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page);
  assert.equal(await finalise(page), 200);
  const [newer] = await until(person, 'imports', (all) => all.length === 2 && all[0].state === 'done');
  assert.deepEqual(newer.stored, { inserted: 7, updated: 0, unchanged: 3 });
  assert.equal((await ask(person, 'sources')).filter((row) => row.source === 'apple_health').length, 1);
});

browserTest('who presses Done at once loses nothing of a file that is here', async ({ context, page }) => {
  const person = newPerson();
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  const door = await openDoor(context, connect);
  await choose(door, 'export.xml', appleExport(1400));
  await door.getByRole('status').filter({ hasText: /Your file is (here|read)/ }).waitFor({ state: 'attached' });
  await door.close();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
  assert.equal(await finalise(page), 200);
  const [done] = await until(person, 'imports', ([first]) => first?.state === 'done');
  assert.equal(done.stored.inserted, 1403);
});

browserTest('the sending goes on after a break, by itself and when the person presses', async ({ context, page, noise }) => {
  noise.push(/ERR_INTERNET_DISCONNECTED/);
  await gotoHost(page, { user: newPerson() });
  const door = await openDoor(context, await openConnect(page));
  let lost = 0;
  await door.route('**/connect/imports/*', (route) => {
    lost += 1;
    return route.abort('internetdisconnected');
  });
  await choose(door, 'export.xml', appleExport());
  await door.locator('#sending-text').filter({ hasText: 'The connection was lost. Trying again.' }).waitFor();
  const on = door.getByRole('button', { name: 'Go on' });
  await on.waitFor();
  assert.equal(lost, 6, 'once, and five times again');
  assert.ok(await on.evaluate((button) => button === document.activeElement));
  await checkConnect(door.mainFrame(), 'an upload that broke off');
  await screenshot(door, 'import-broken');
  await door.unroute('**/connect/imports/*');
  await door.keyboard.press('Enter');
  await door.getByText('2 × weight').waitFor();
});

browserTest('half a file and a closed window: the same file goes on where it was', async ({ context, page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hilum-import-'));
  try {
    const content = appleExport(500);
    const half = Math.floor(content.length / 2);
    const path = join(folder, 'export.xml');
    let parts = 0;
    writeFileSync(path, content);
    await gotoHost(page, { user: newPerson() });
    const connect = await openConnect(page);
    const door = await openDoor(context, connect);
    // Something on the way cuts the first part, and then the line.
    await door.route('**/connect/imports/*', (route) => route.continue({ postData: content.subarray(0, half) }));
    const answer = door.waitForResponse((one) => one.request().method() === 'PATCH');
    await door.route('**/connect/imports', async (route) => {
      if (parts) await new Promise(() => {});
      parts += 1;
      await route.continue();
    });
    await door.getByLabel('Your file').setInputFiles(path);
    assert.equal((await (await answer).json()).state, 'receiving');
    await door.close();

    const second = await openDoor(context, connect);
    await second.getByText('Not all of it is here.').waitFor();
    await checkConnect(second.mainFrame(), 'a file of which a part is here');
    const rest = second.waitForRequest((request) => request.method() === 'PATCH');
    await second.getByLabel('Your file').setInputFiles(path);
    assert.equal((await rest).headers()['upload-offset'], String(half));
    await second.getByText('501 × steps').waitFor();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

browserTest('files that are refused: the window says why and what is kept', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const door = await openDoor(context, connect);
  const whole = appleExport();
  for (const [name, content, words] of /** @type {[string, Buffer, string[]][]} */ ([
    ['letter.pdf', Buffer.from('%PDF-1.7 nothing of interest'), ['This file is of no kind that can be read here.', 'Nothing of it is taken.']],
    ['bomb.zip', zipped('export.xml', Buffer.from(`<HealthData>${'<a/>'.repeat(2_000_000)}</HealthData>`)), ['The archive unpacks to an absurd size and was refused.']],
    ['cut.xml', whole.subarray(0, whole.indexOf('StepCount')), ['The file is cut off.', 'What came before that is good:', '2 × weight']],
    ['empty.csv', Buffer.alloc(0), ['This file is of no kind that can be read here.']],
  ])) {
    await choose(door, name, content);
    const file = door.getByRole('region', { name });
    for (const text of words) await file.getByText(text).waitFor();
    await door.getByRole('status').filter({ hasText: 'Your file could not be read, or not all of it.' }).waitFor({ state: 'attached' });
  }
  await screenshot(door, 'import-refused');
  await checkConnect(door.mainFrame(), 'files that were refused');
  await connect.locator('#source-apple_health_export').getByText('Added from a file').waitFor();
});

browserTest('a file on its way is cancelled, by the keyboard', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const door = await openDoor(context, connect);
  let release = () => {};
  const held = new Promise((done) => { release = () => done(undefined); });
  await door.route('**/connect/imports/*', async (route) => {
    if (route.request().method() === 'PATCH') await held;
    await route.continue().catch(() => {}); // the page gave it up
  });
  await choose(door, 'export.xml', appleExport());
  const cancel = door.getByRole('button', { name: 'Cancel sending this file' });
  await cancel.waitFor();
  assert.equal(await door.getByRole('progressbar', { name: 'export.xml' }).count(), 1);
  await connect.getByText('A file is on its way here').waitFor();
  assert.ok(await cancel.evaluate((button) => button === document.activeElement));
  await door.keyboard.press('Enter');
  await door.locator('#files').getByText('Cancelled. Nothing of it is taken.').waitFor();
  release();
  await connect.locator('#source-import').getByText('From your device or account').waitFor();
  assert.equal(await connect.locator('#source-apple_health_export').count(), 0);
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'close');
});

browserTest('an imported file is disconnected like any source', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const door = await openDoor(context, connect);
  await choose(door, 'export.xml', appleExport());
  await door.getByText('2 × weight').waitFor();
  await door.close();
  await connect.getByRole('button', { name: 'Disconnect Apple Health export' }).click();
  await connect.locator('#source-apple_health_export').waitFor({ state: 'detached' });
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'close');
});

for (const [scheme, viewport] of [['light', { width: 320, height: 640 }], ['dark', { width: 1280, height: 800 }]]) {
  browserTest(`the window for files is for everybody: ${scheme}`, async ({ context, page }) => {
    await gotoHost(page, { user: newPerson() });
    const connect = await openConnect(page);
    const row = connect.locator('#source-import');
    await row.scrollIntoViewIfNeeded();
    await screenshot(page, `import-row-${scheme}`);
    const door = await openDoor(context, connect);
    await door.setViewportSize(viewport);
    await checkConnect(door.mainFrame(), 'window for files');
    await screenshot(door, `import-${scheme}`);
    await door.route('**/connect/imports/*', (route) => (route.request().method() === 'PATCH' ? undefined : route.continue())); // never answered
    await choose(door, 'a-name-that-is-much-longer-than-any-window-is-wide-on-a-small-phone-export.xml', appleExport());
    await door.getByRole('button', { name: 'Cancel sending this file' }).waitFor();
    await checkConnect(door.mainFrame(), 'a file that is sent');
    await screenshot(door, `import-sending-${scheme}`);
    await door.getByRole('button', { name: 'Cancel sending this file' }).click();
    await door.unroute('**/connect/imports/*');
    await choose(door, 'export.xml', appleExport());
    await door.getByText('2 × weight').waitFor();
    await checkConnect(door.mainFrame(), 'a file that was read');
    await screenshot(door, `import-done-${scheme}`);
  }, { colorScheme: /** @type {'light' | 'dark'} */ (scheme), viewport });
}

browserTest('the window for an iPhone takes its export as well', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const button = connect.getByRole('button', { name: 'Connect Apple Health', exact: true });
  const [shown] = await Promise.all([context.waitForEvent('page'), button.click()]);
  await choose(shown, 'export.xml', appleExport());
  await shown.getByText('2 × weight').waitFor();
  await shown.locator('#files').scrollIntoViewIfNeeded();
  await screenshot(shown, 'import-iphone');
  await checkConnect(shown.mainFrame(), 'window for an iPhone with a file');
  await connect.locator('#source-apple_health').getByText('Waiting for the first data from the phone').waitFor();
  await connect.locator('#source-apple_health_export').getByText('Added from a file').waitFor();
});
