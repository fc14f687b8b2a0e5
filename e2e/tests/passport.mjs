// OAuth 2 as the npm package passport-humanapi of 2013 speaks it, unmodified: to the profile.
import assert from 'node:assert/strict';
import { Agent, createServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect as connectTo } from 'node:net';
import { browserTest, newPerson, world } from '../lib/suite.mjs';
import { createApp, freePort } from '../lib/demo.mjs';

const require = createRequire(import.meta.url);
const { Passport } = require('passport');
const { Strategy } = require('passport-humanapi');

/** The package has the address of the profile built in, as an app has that moves by its host name: it leads to Hilum. */
function moved(hilum) {
  const { hostname, port } = new URL(hilum);
  const agent = new Agent();
  agent.protocol = undefined; // takes https addresses as well
  agent.createConnection = (_, connected) => connectTo({ host: hostname, port: Number(port) }, connected);
  return agent;
}

/** An app whose people log in with their health sources. @param {object} extra further authorise parameters */
async function startApp(extra) {
  const { hilum, data } = world.demo;
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const callbackURL = `${origin}/auth/humanapi/callback`;
  const app = createApp(data, 'Old Faithful', origin, callbackURL);
  const passport = new Passport();
  const strategy = new Strategy({
    clientID: app.clientId,
    clientSecret: app.clientSecret,
    callbackURL,
    authorizationURL: `${hilum}/oauth/authorize`,
    tokenURL: `${hilum}/oauth/token`,
  }, (accessToken, refreshToken, profile, done) => done(null, { accessToken, profile }));
  strategy.authorizationParams = () => extra;
  strategy._oauth2.setAgent(moved(hilum));
  passport.use(strategy);
  const seen = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, origin);
    request.query = Object.fromEntries(url.searchParams);
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
      response.end(`<!doctype html><html lang="en"><head><title>Old Faithful</title><link rel="icon" href="data:,"></head><body>${body}</body></html>`);
    };
    if (!url.pathname.startsWith('/auth/humanapi')) return answer(200, '<a href="/auth/humanapi">Log in</a>');
    return passport.authenticate('humanapi', { session: false, state: 'xyz', scope: ['read', 'write'] }, (error, user, info) => {
      seen.push({ error, user, info, query: request.query });
      answer(200, user ? '<p>Welcome</p>' : '<p>Not logged in</p>');
    })(request, response, (error) => answer(500, String(error)));
  });
  await new Promise((done) => { server.listen(port, '127.0.0.1', done); });
  return {
    app, origin, seen,
    stop() {
      server.closeAllConnections();
      return new Promise((done) => { server.close(done); });
    },
  };
}

browserTest('passport-humanapi logs somebody in, and reads the profile', async ({ page }) => {
  const person = newPerson();
  const old = await startApp({ user: person });
  try {
    await page.goto(old.origin);
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Connect Withings' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('button', { name: 'Disconnect Withings' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Welcome').waitFor();
    const [{ error, user, query }] = old.seen;
    assert.equal(error, null);
    assert.equal(query.state, 'xyz');
    assert.equal(user.profile.provider, 'humanapi');
    assert.match(user.profile.id, /^[0-9a-f]{24}$/);
    assert.ok(user.profile.defaultTimeZone);
    const mine = await fetch(`${world.demo.hilum}/v1/human/sources`, { headers: { authorization: `Bearer ${user.accessToken}` } });
    assert.deepEqual((await mine.json()).map((row) => row.source), ['withings']);

    // The same address once more, by back or a thief: refused, and what it gave has ended.
    await page.reload();
    await page.getByText('Not logged in').waitFor();
    assert.equal(old.seen[1].error.code, 'invalid_grant');
    const after = await fetch(`${world.demo.hilum}/v1/human/sources`, { headers: { authorization: `Bearer ${user.accessToken}` } });
    assert.equal(after.status, 401);
  } finally {
    await old.stop();
  }
});

browserTest('closing Connect is a denial that the package understands', async ({ page }) => {
  const old = await startApp({});
  try {
    await page.goto(`${old.origin}/auth/humanapi`);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('Not logged in').waitFor();
    assert.equal(old.seen[0].query.error, 'access_denied');
  } finally {
    await old.stop();
  }
});
