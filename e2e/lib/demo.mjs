// Starts the real program as `hilum demo` on free loopback ports with a data directory of its own.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = resolve(process.env.HILUM ?? '../target/debug/hilum');
const START_MS = 120_000;

/** Whether a port is free now. @param {number} port 0: any */
function probe(port) {
  return new Promise((done) => {
    const server = createServer().once('error', () => done(0));
    server.listen(port, '127.0.0.1', () => {
      const found = server.address().port;
      server.close(() => done(found));
    });
  });
}

/** The first of `count` ports in a row that are free now. */
export async function freePort(count = 1) {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await probe(0);
    let free = 1;
    while (free < count && await probe(first + free)) free += 1;
    if (free === count) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** @returns {Promise<{hilum: string, sandbox: string, sample: string, data: string, stop: () => Promise<void>, log: () => string}>} */
export async function startDemo() {
  const data = mkdtempSync(join(tmpdir(), 'hilum-e2e-'));
  const port = await freePort(3); // the sandboxes and the sample app take the next two
  const child = spawn(PROGRAM, [
    'demo', '--data', data, '--listen', `127.0.0.1:${port}`, '--public-url', `http://127.0.0.1:${port}`, '--json',
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => { log += text; });
  const exited = new Promise((done) => child.once('exit', done));
  const ready = await new Promise((done, give) => {
    let held = '';
    const fail = (error) => {
      clearTimeout(timer);
      give(error);
    };
    const timer = setTimeout(() => fail(new Error(`the demo was not ready in time:\n${log}`)), START_MS);
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`the demo ended with ${code}:\n${log}`)));
    child.stdout.on('data', (text) => {
      log += text;
      held += text;
      const lines = held.split('\n');
      held = lines.pop();
      const line = lines.find((one) => one.startsWith('{'));
      if (line) {
        clearTimeout(timer);
        done(JSON.parse(line));
      }
    });
  });
  return {
    ...ready,
    data,
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Registers an app beside the running server, as an operator does. @param {string[]} redirects */
export function createApp(data, name, origin, ...redirects) {
  const answer = execFileSync(PROGRAM, [
    'app', 'create', '--name', name, '--origin', origin, '--mode', 'legacy-guarded', '--data', data, '--json',
    ...redirects.flatMap((redirect) => ['--redirect', redirect]),
  ], { encoding: 'utf8' });
  return JSON.parse(answer);
}

/**
 * Lets a person's connections be asked at once, as an operator can: pausing and resuming one. A connection that only its
 * person can mend is left alone, also one that turns out so in between.
 */
export function resumeConnections(data, human) {
  const run = (...flags) => execFileSync(PROGRAM, ['connections', ...flags, '--data', data], { encoding: 'utf8', stdio: 'pipe' });
  const syncing = () => JSON.parse(run('--human', human, '--json')).filter((one) => one.state !== 'needs_reauth').map((one) => one.id);
  for (const id of syncing()) {
    try {
      run('pause', id);
    } catch (error) {
      if (syncing().includes(id)) throw error;
      continue;
    }
    run('resume', id);
  }
}
