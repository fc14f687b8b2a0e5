// Pages that still carry a connect.js of 2014 or 2016. The doubles below do what those scripts did on the wire, in our
// own words: they keep the session token in localStorage through store.min.js, take any JSON text as a message, check
// no origin and say no hello.
import assert from 'node:assert/strict';
import { browserTest, connectSource, gotoHost, newPerson, openConnect, waitForCalls, world } from '../lib/suite.mjs';

/** Runs in the host page. @param {{base: string, year: number}} settings */
function double({ base, year }) {
  window.HumanConnect = {
    open(options) {
      const spinner = document.body.appendChild(Object.assign(new Image(), { src: `${base}/spinner.gif` }));
      const loader = document.createElement('script');
      loader.src = `${base}/store.min.js`;
      loader.onload = () => {
        const stored = store.get('humanapiSessionToken');
        let address = `${base}?clientUserId=${options.clientUserId}`;
        if (year === 2016 || !options.publicToken) address += `&clientId=${options.clientId}`;
        if (options.publicToken) address += `&publicToken=${options.publicToken}`;
        if (stored) address += `&sessionToken= ${stored}`;
        address += '&lang=en';
        const frame = document.createElement('iframe');
        frame.id = 'human-connect';
        frame.setAttribute('allowtransparency', 'true');
        frame.style.cssText = `position:fixed;top:0;left:0;width:100%;height:100%;z-index:99999;${year === 2016 ? 'background:white' : ''}`;
        frame.src = address;
        document.body.appendChild(frame);
        addEventListener('message', (event) => {
          if (typeof event.data !== 'string') return;
          const message = JSON.parse(event.data);
          switch (message.type) {
            case 'hapi-connect-open':
              store.set('humanapiSessionToken', message.token.sessionToken);
              spinner.remove();
              break;
            case 'hapi-connect-finish':
              frame.style.display = 'none';
              options.finish(null, message.token);
              break;
            case 'hapi-connect-close':
              frame.remove();
              options.close();
              break;
            case 'hapi-connect-error':
              if (year === 2016) options.error(message.error);
              break;
          }
        });
      };
      document.head.appendChild(loader);
    },
  };
}

for (const year of [2014, 2016]) {
  browserTest(`the script of ${year}: create, edit, and the token it keeps is worth nothing`, async ({ context, page }) => {
    const { hilum } = world.demo;
    const settings = { base: hilum, year };
    await context.addInitScript(double, settings);
    const person = newPerson();
    for (const round of ['create', 'edit']) {
      await gotoHost(page, { user: person });
      const connect = await openConnect(page);
      await page.waitForFunction(() => localStorage.getItem('humanapiSessionToken'));
      await connectSource(context, connect, round === 'create' ? 'Withings' : 'Oura');
      await connect.getByRole('button', { name: 'Done' }).click();
      const [[name, , token]] = await waitForCalls(page);
      assert.equal(name, 'finish');
      assert.equal(token.clientId, world.host.app.clientId);
      const kept = JSON.parse(await page.evaluate(() => localStorage.getItem('humanapiSessionToken')));
      assert.notEqual(kept, token.sessionToken);
      const refused = await fetch(`${hilum}/v1/connect/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...token, sessionToken: kept, clientSecret: world.host.app.clientSecret }),
      });
      assert.ok(refused.status >= 400 && refused.status < 500);
      await page.evaluate(() => window.finalise());
      await page.waitForFunction(() => window.finalised === 200);
    }
    await gotoHost(page, { user: person });
    const connect = await openConnect(page);
    await connect.getByRole('button', { name: 'Disconnect Oura' }).waitFor();
    await connect.getByRole('button', { name: 'Close' }).click();
    assert.deepEqual(await waitForCalls(page), [['close', 0]]);
  });
}

browserTest('the script of 2016 in the error case: the page itself offers a way out', async ({ context, page, noise }) => {
  noise.push(/status of 403/);
  await context.addInitScript(double, { base: world.demo.hilum, year: 2016 });
  await gotoHost(page, { user: newPerson(), options: JSON.stringify({ publicToken: 'f'.repeat(32) }) });
  const connect = await openConnect(page);
  assert.equal((await waitForCalls(page))[0][0], 'error');
  await connect.getByRole('button', { name: 'Close' }).click();
  const calls = await waitForCalls(page, 2);
  assert.equal(calls[1][0], 'close');
});
