// A source whose accounts live in regions: which one is asked for before the login.
import assert from 'node:assert/strict';
import { checkConnect } from '../lib/accessible.mjs';
import { browserTest, connectSource, gotoHost, newPerson, openConnect, screenshot } from '../lib/suite.mjs';

for (const [scheme, viewport] of [['light', { width: 320, height: 640 }], ['dark', { width: 1280, height: 800 }]]) {
  browserTest(`the region of an account is asked for before the login: ${scheme}`, async ({ context, page }) => {
    await gotoHost(page, { user: newPerson() });
    const connect = await openConnect(page);
    const region = connect.getByLabel('Region of your account with Dexcom');
    await region.scrollIntoViewIfNeeded();
    await screenshot(page, `region-${scheme}`);
    await checkConnect(page.frames()[1], 'choice of a region');
    const pages = context.pages().length;
    await connect.getByRole('button', { name: 'Connect Dexcom', exact: true }).click();
    assert.equal(await region.evaluate((choice) => choice.validity.valueMissing), true);
    assert.equal(context.pages().length, pages, 'no login without a region');
    await region.selectOption({ label: 'Outside the United States' });
    await connectSource(context, connect, 'Dexcom');
    await screenshot(page, `region-connected-${scheme}`);
  }, { colorScheme: /** @type {'light' | 'dark'} */ (scheme), viewport });
}
