// Create mode: a person is new to the app.
import assert from 'node:assert/strict';
import {
  browserTest, callsOf, connectSource, finalise, gotoHost, makeKnown, newPerson, openConnect, screenshot, waitForCalls, world,
} from '../lib/suite.mjs';

const HEX32 = /^[0-9a-f]{32}$/;

browserTest('a new person connects a source; finish comes once, and the token can be exchanged', async ({ context, page }) => {
  const person = newPerson();
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  await connect.getByText('Riverside Wellness').first().waitFor();
  assert.equal(await connect.getByText('Not connected').count() >= 2, true);
  await screenshot(page, 'create');

  const login = await connectSource(context, connect, 'Withings');
  if (!login.isClosed()) await login.waitForEvent('close');
  await screenshot(page, 'create-connected');
  assert.deepEqual(await callsOf(page), []);

  await connect.getByRole('button', { name: 'Done' }).click();
  const calls = await waitForCalls(page);
  const [name, err, token] = calls[0];
  assert.equal(name, 'finish');
  assert.equal(err, null);
  assert.deepEqual(Object.keys(token).sort(), ['clientId', 'humanId', 'sessionToken']);
  assert.equal(token.clientId, world.host.app.clientId);
  assert.match(token.humanId, HEX32);
  assert.match(token.sessionToken, HEX32);

  // The frame stays in the document, hidden, and the page is the person's again.
  assert.equal(await page.locator('#human-connect').count(), 1);
  assert.equal(await page.locator('#human-connect').isVisible(), false);
  assert.equal(await page.locator('img[src$="/spinner.gif"]').count(), 0);

  assert.equal(await finalise(page), 200);
  const known = world.host.people.get(person);
  assert.equal(known.humanId, token.humanId);
  assert.equal(known.clientUserId, person);
  assert.match(known.publicToken, HEX32);
  assert.equal((await callsOf(page)).length, 1);
});

browserTest('two sources in one session', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Withings');
  await connectSource(context, connect, 'Oura');
  assert.equal(await connect.getByRole('button', { name: /^Disconnect / }).count(), 2);
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('hostile ids of people travel whole', async ({ context, page }) => {
  for (const person of [`o'hara "q" <script>alert(1)</script> ${newPerson()}`, `../../☃ 🫀 %2F & = + # ? ${newPerson()}`]) {
    await gotoHost(page, { user: person });
    const connect = await openConnect(page);
    await connectSource(context, connect, 'Withings');
    await connect.getByRole('button', { name: 'Done' }).click();
    await waitForCalls(page);
    assert.equal(await finalise(page), 200);
    assert.equal(world.host.people.get(person)?.clientUserId, person);
  }
});

browserTest('a known person without a public token gets User Already Exists', async ({ context, page }) => {
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person, forget: '1' });
  const connect = await openConnect(page);
  await connect.getByText('User Already Exists').waitFor();
  await screenshot(page, 'user-exists');
  assert.equal(await connect.getByRole('button', { name: /^Connect / }).count(), 0);

  const [[name, err]] = await waitForCalls(page);
  assert.equal(name, 'error');
  assert.equal(err.code, 'user_already_exists');
  assert.equal(err.message, 'User Already Exists');
  assert.equal(typeof err.detailedMessage, 'string');
  assert.notEqual(err.detailedMessage, '');

  await connect.getByRole('button', { name: 'Close' }).click();
  await page.locator('#human-connect').waitFor({ state: 'detached' });
  assert.deepEqual((await callsOf(page)).map(([call]) => call), ['error', 'close']);
});

browserTest('a person who connected, but whose token was never exchanged, is still new', async ({ context, page }) => {
  const person = newPerson();
  await gotoHost(page, { user: person });
  await connectSource(context, await openConnect(page), 'Withings');
  await page.reload();
  const connect = await openConnect(page);
  await connect.getByRole('button', { name: 'Connect Withings' }).waitFor();
  assert.deepEqual(await callsOf(page), []);
});
