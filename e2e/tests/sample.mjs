// The sample app of the demo, as a person at its door uses it: connect, see data, come back, take a source away.
import assert from 'node:assert/strict';
import { browserTest, connectSource, decide, openConnect, screenshot, startLogin, world } from '../lib/suite.mjs';
import { checkAccessible, checkWidth } from '../lib/accessible.mjs';

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of [['320', { width: 320, height: 640 }], ['desktop', { width: 1280, height: 800 }]]) {
    browserTest(`connect, look at the data, disconnect: ${colorScheme}, ${size}`, async ({ context, page }) => {
      await page.goto(world.demo.sample);
      await checkAccessible(page.mainFrame(), 'start page');
      await checkWidth(page.mainFrame(), 'start page');
      await screenshot(page, `sample-start-${colorScheme}-${size}`);
      let connect = await openConnect(page);
      await connectSource(context, connect, 'Withings');
      await connectSource(context, connect, 'Oura');
      await connect.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('link', { name: 'Look at your data' }).click();
      // The page looks again by itself until the first data are there.
      await page.locator('figure svg').first().waitFor({ timeout: 60_000 });
      await screenshot(page, `sample-data-${colorScheme}-${size}`);
      await checkAccessible(page.mainFrame(), 'data page');
      await checkWidth(page.mainFrame(), 'data page');
      assert.equal(await page.getByText('Withings').count() > 0, true);
      assert.equal(await page.getByText('Oura').count() > 0, true);

      await page.goto(world.demo.sample);
      connect = await openConnect(page);
      await connect.getByRole('button', { name: 'Disconnect Oura' }).click();
      await connect.getByRole('button', { name: 'Connect Oura' }).waitFor();
      // After finish the app loads its page anew; the link was there before, too, so wait for the load itself.
      const loadedAnew = page.waitForEvent('load');
      await connect.getByRole('button', { name: 'Done' }).click();
      await loadedAnew;
      await page.getByRole('link', { name: 'Look at your data' }).waitFor();
    }, { colorScheme, viewport });
  }
}

browserTest('deny and close leave the sample app as it was', async ({ context, page }) => {
  await page.goto(world.demo.sample);
  const connect = await openConnect(page);
  await decide(await startLogin(context, connect, 'Connect Withings'), 'Deny');
  await connect.getByRole('button', { name: 'Try again Withings' }).waitFor();
  await connect.getByRole('button', { name: 'Close' }).click();
  await page.getByText('Nothing was changed.').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Look at your data' }).count(), 0);
});
