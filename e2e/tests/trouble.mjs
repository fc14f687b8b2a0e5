// The page's script when the server or the network does not do its part.
import assert from 'node:assert/strict';
import { browserTest, callsOf, connectSource, gotoHost, makeKnown, newPerson, openConnect, screenshot, waitForCalls } from '../lib/suite.mjs';

const NETWORK = /Failed to load resource/;

browserTest('the server is away for a while: the page says so, and goes on', async ({ context, page, noise }) => {
  noise.push(NETWORK);
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await context.route('**/connect/poll', (route) => route.abort());
  await connect.locator('#status', { hasText: 'The server cannot be reached' }).waitFor();
  await context.unroute('**/connect/poll');
  await connect.locator('#status', { hasText: 'You can change this at any time.' }).waitFor();
  await connectSource(context, connect, 'Withings');
});

browserTest('the end is not reached: nothing is told, and Done works later', async ({ context, page, noise }) => {
  noise.push(NETWORK);
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Withings');
  await context.route('**/connect/end', (route) => route.abort());
  await connect.getByRole('button', { name: 'Done' }).click();
  await connect.locator('#status', { hasText: 'The server cannot be reached' }).waitFor();
  assert.deepEqual(await callsOf(page), []);
  await context.unroute('**/connect/end');
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
});

browserTest('two presses on Done while the answer is on its way: one finish', async ({ context, page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  await connectSource(context, connect, 'Withings');
  let ends = 0;
  let go;
  const held = new Promise((done) => { go = done; });
  await context.route('**/connect/end', async (route) => {
    ends += 1;
    await held;
    await route.continue();
  });
  await connect.getByRole('button', { name: 'Done' }).click();
  await connect.getByRole('button', { name: 'Done' }).click();
  await connect.getByRole('button', { name: 'Close' }).click();
  go();
  await waitForCalls(page);
  assert.equal(ends, 1);
  await page.waitForResponse((one) => one.url().endsWith('/connect/poll'));
  assert.equal((await callsOf(page)).length, 1);
});

browserTest('a disconnect that fails is told, and the source stays as it is', async ({ context, page, noise }) => {
  noise.push(NETWORK);
  const person = newPerson();
  await makeKnown(context, page, person, 'Withings');
  await gotoHost(page, { user: person });
  const connect = await openConnect(page);
  await context.route('**/connect/disconnect', (route) => route.fulfill({ status: 503, body: '' }));
  await connect.getByRole('button', { name: 'Disconnect Withings' }).click();
  await connect.locator('#status', { hasText: 'That did not work. Please try again.' }).waitFor();
  await connect.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
});

browserTest('an expired session says so; Close still works', async ({ context, page, noise }) => {
  noise.push(NETWORK);
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const gone = (route) => route.fulfill({ status: 412, contentType: 'application/json', body: '{"code":"session_over","message":"","detailedMessage":""}' });
  await context.route('**/connect/poll', gone);
  await context.route('**/connect/list', gone);
  await connect.locator('#status', { hasText: 'This page has expired.' }).waitFor();
  assert.equal(await connect.getByRole('button', { name: 'Connect Withings' }).isDisabled(), true);
  await screenshot(page, 'expired');
  await connect.getByRole('button', { name: 'Close' }).click();
  assert.deepEqual(await waitForCalls(page), [['close', 0]]);
});

browserTest('a 412 from polling while the list still answers is not the end', async ({ context, page, noise }) => {
  noise.push(NETWORK);
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  let polls = 0;
  await context.route('**/connect/poll', (route) => {
    polls += 1;
    return route.fulfill({ status: 412, body: '' });
  });
  // Each 412 makes the page look at the list; looks of other reasons count for nothing.
  const answered = (path) => page.waitForResponse((one) => one.url().endsWith(path));
  while (polls < 2) await answered('/connect/poll');
  await answered('/connect/list');
  await connectSource(context, connect, 'Oura');
});

browserTest('search finds sources by a part of the name', async ({ page }) => {
  await gotoHost(page, { user: newPerson() });
  const connect = await openConnect(page);
  const search = connect.getByRole('searchbox', { name: 'Search sources' });
  await search.fill('  WITH');
  assert.equal(await connect.getByRole('button', { name: 'Connect Withings' }).isVisible(), true);
  assert.equal(await connect.getByRole('button', { name: 'Connect Oura' }).isVisible(), false);
  await search.fill('no such source');
  await connect.getByText('No source has that name').waitFor();
  await search.press('Escape'); // clears the search, does not close
  assert.equal(await connect.getByRole('button', { name: 'Connect Oura' }).isVisible(), true);
  assert.deepEqual(await callsOf(page), []);
});
