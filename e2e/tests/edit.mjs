// Edit mode: a known person comes back with the public token.
import assert from 'node:assert/strict';
import {
  browserTest, callsOf, connectSource, finalise, gotoHost, makeKnown, newPerson, openConnect, screenshot, waitForCalls, world,
} from '../lib/suite.mjs';

browserTest('the sources that are connected are shown; adding one leads to finish and a new public token', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  const before = world.host.people.get(person);
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  assert.equal(await connect.getByRole('button', { name: 'Disconnect Oura' }).count(), 0);
  await connectSource(context, connect, 'Oura');
  await connect.getByRole('button', { name: 'Done' }).click();
  const [[name, , token]] = await waitForCalls(page);
  assert.equal(name, 'finish');
  assert.equal(token.humanId, before.humanId);
  assert.equal(await finalise(page), 200);
  const after = world.host.people.get(person);
  assert.equal(after.humanId, before.humanId);
  assert.notEqual(after.publicToken, before.publicToken);
});

browserTest('removing one leads to finish, and it stays removed', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings', 'Oura');
  await gotoHost(page, { user: person });
  let connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).click();
  await connect.getByRole('button', { name: 'Connect Withings' }).waitFor();
  await screenshot(page, 'edit-removed');
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
  assert.equal(await finalise(page), 200);

  await gotoHost(page, { user: person });
  connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Oura' }).waitFor();
  assert.equal(await connect.getByRole('button', { name: 'Disconnect Withings' }).count(), 0);
});

browserTest('a disconnect can be taken back for a moment; then nothing has changed', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).click();
  await connect.getByRole('button', { name: 'Keep Withings' }).click();
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
});

browserTest('Done right after Disconnect does not lose it', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).click();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('leaving the page right after Disconnect does not lose it', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person });
  let connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).click();
  await gotoHost(page, { user: person });
  // The next look at the list is the proof; the beacon may still be on its way at the first.
  for (let tries = 0; ; tries += 1) {
    connect = await openConnect(page);
    if (await connect.getByRole('button', { name: 'Connect Withings' }).count()) break;
    assert.ok(tries < 10, 'still connected');
    await gotoHost(page, { user: person });
  }
});

browserTest('nothing changed: close, and nothing to exchange', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
  assert.equal(await page.locator('#human-connect').count(), 0);
});

browserTest('a wrong public token is an error', async ({ page, noise }) => {
  noise.push(/status of 403/);
  await gotoHost(page, { user: newPerson(), options: JSON.stringify({ publicToken: '0'.repeat(32) }) });
  const connect = await openConnect(page);
  const [[name, err]] = await waitForCalls(page);
  assert.equal(name, 'error');
  assert.equal(err.code, 'invalid_public_token');
  await connect.getByRole('button', { name: 'Close' }).click();
  await page.locator('#human-connect').waitFor({ state: 'detached' });
});

browserTest('setPublicToken stands in for an empty publicToken', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person, forget: '1' });
  await page.evaluate((token) => HumanConnect.setPublicToken(token), world.host.people.get(person).publicToken);
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
  assert.deepEqual(await callsOf(page), []);
});
