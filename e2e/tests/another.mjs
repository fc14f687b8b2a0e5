// A renewal that comes back with another account of the provider: the person is asked, and nothing happens without a yes.
import assert from 'node:assert/strict';
import { checkConnect } from '../lib/accessible.mjs';
import { resumeConnections } from '../lib/demo.mjs';
import {
  browserTest, finalise, gotoHost, newPerson, openConnect, screenshot, startLogin, waitForCalls, world,
} from '../lib/suite.mjs';

/** Whom nobody else of these suites signs in as. */
const FIRST = { id: 'traveller', title: 'Amara Osei, often in another time zone' };
const OTHER = { id: 'cuff', title: 'Walter Brandt, with a cuff and a scale at home' };

/** What fails for a made-up person at Polar. @param {string[]} failures */
async function setFailures(failures) {
  const answer = await fetch(`${world.demo.sandbox}/_control/personas/${FIRST.id}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ provider: 'polar', failures }),
  });
  assert.equal(answer.status, 200);
}

/** Goes through the login as one of the made-up people. */
async function signIn(context, connect, button, who) {
  const login = await startLogin(context, connect, button);
  await login.getByLabel('Sign in as').selectOption(who.id);
  await login.getByRole('button', { name: 'Allow', exact: true }).click();
}

/** A person whose access to Polar has ended, with Connect open. */
async function lapsed(context, page) {
  const person = newPerson();
  await gotoHost(page, { user: person });
  const first = await openConnect(page);
  await signIn(context, first, 'Connect Polar', FIRST);
  await first.getByRole('button', { name: 'Disconnect Polar', exact: true }).waitFor();
  await first.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page);
  assert.equal(await finalise(page), 200);
  await setFailures(['revoked']);
  try {
    resumeConnections(world.demo.data, world.host.people.get(person).humanId);
    await gotoHost(page, { user: person });
    const connect = await openConnect(page);
    const row = connect.locator('#source-polar');
    for (let tries = 0; tries < 60 && await row.getAttribute('data-state') !== 'attention'; tries += 1) {
      await page.waitForTimeout(500);
      await page.frames()[1].evaluate(() => window.dispatchEvent(new Event('focus')));
    }
    await row.getByText('Sign in again to go on').waitFor();
    return { person, connect, row };
  } finally {
    await setFailures([]);
  }
}

/** The person's connections, as the data API tells them. */
async function sources(person) {
  const { accessToken } = world.host.people.get(person);
  const answer = await fetch(`${world.demo.hilum}/v1/human/sources`, { headers: { authorization: `Bearer ${accessToken}` } });
  return answer.json();
}

for (const [scheme, viewport] of [['light', { width: 320, height: 640 }], ['dark', { width: 1280, height: 800 }]]) {
  browserTest(`another account at a renewal, and yes: it becomes a source of its own: ${scheme}`, async ({ context, page }) => {
    const { person, connect, row } = await lapsed(context, page);
    await screenshot(page, `another-attention-${scheme}`);
    await signIn(context, connect, 'Try again Polar', OTHER);
    await row.getByText('You signed in with another account than the one connected here.').waitFor();
    const status = connect.locator('#status');
    assert.equal(await status.textContent(), 'Another account of Polar came back. Do you want it too?');
    await row.scrollIntoViewIfNeeded();
    await screenshot(page, `another-question-${scheme}`);
    await checkConnect(page.frames()[1], 'question about an account');
    assert.equal((await sources(person)).length, 1, 'nothing is connected without a yes');
    await connect.getByRole('button', { name: 'Add this account too to Polar' }).click();
    const second = connect.locator('#source-polar-2');
    await second.waitFor();
    await status.filter({ hasText: 'Polar is connected.' }).waitFor();
    const states = await connect.locator('[id^=source-polar]').evaluateAll((rows) => rows.map((one) => one.getAttribute('data-state')).sort());
    assert.deepEqual(states, ['attention', 'connected'], 'the one that lapsed stays as it was');
    await second.scrollIntoViewIfNeeded();
    await screenshot(page, `another-added-${scheme}`);
    await connect.getByRole('button', { name: 'Done' }).click();
    assert.equal((await waitForCalls(page))[0][0], 'finish');
    assert.equal(await finalise(page), 200);
    assert.equal((await sources(person)).length, 2);
  }, { colorScheme: /** @type {'light' | 'dark'} */ (scheme), viewport });
}

browserTest('another account at a renewal, and no: nothing of it stays', async ({ context, page }) => {
  const { person, connect, row } = await lapsed(context, page);
  await signIn(context, connect, 'Try again Polar', OTHER);
  await connect.getByRole('button', { name: 'Do not add it to Polar' }).click();
  await row.getByText('Sign in again to go on').waitFor();
  await connect.locator('#status').filter({ hasText: 'The other account of Polar is not added.' }).waitFor();
  assert.equal(await connect.locator('#source-polar-2').count(), 0);
  // The right account mends it.
  await signIn(context, connect, 'Try again Polar', FIRST);
  await row.getByText('Connected', { exact: true }).waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  assert.equal((await waitForCalls(page))[0][0], 'finish');
  assert.equal(await finalise(page), 200);
  assert.equal((await sources(person)).length, 1);
});

browserTest('another account at a renewal, and no answer: Done is no yes', async ({ context, page }) => {
  const { person, connect, row } = await lapsed(context, page);
  await signIn(context, connect, 'Try again Polar', OTHER);
  await row.getByText('You signed in with another account than the one connected here.').waitFor();
  await connect.getByRole('button', { name: 'Done' }).click();
  await waitForCalls(page);
  assert.equal((await sources(person)).length, 1);
});
