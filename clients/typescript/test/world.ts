/** What the tests share: the demo, an app, a receiver of webhooks, and a person with a browser without a screen. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppClient, HumanClient, type SessionTokenObject, type Tokens } from 'hilum';

interface Demo {
  hilum: string;
  data: string;
  stop(): Promise<void>;
}

interface App {
  clientId: string;
  clientSecret: string;
  appKey: string;
}

interface Launcher {
  startDemo(): Promise<Demo>;
  createApp(data: string, name: string, origin: string): App;
}

const PATIENCE_MS = 120_000;
/** Rows of each list that the tests page through. */
const ENOUGH = 15;
const launcher = new URL('../../../e2e/lib/demo.mjs', import.meta.url).href;
const { startDemo, createApp } = (await import(launcher)) as Launcher;

export const demo = await startDemo();
export const newApp = (name: string): App => createApp(demo.data, name, 'http://localhost:9');
export const app = newApp('Riverside Wellness');
export const client = new AppClient({ baseUrl: demo.hilum, ...app });

/** Somebody in front of a browser: keeps cookies, fills in forms, follows redirects one at a time. */
export class Person {
  readonly clientUserId = `person-${randomBytes(6).toString('hex')}@example.org`;
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Opens Connect, connects sources, presses Done; what connect.js hands to the app. */
  async connects(sources: string[], publicToken = ''): Promise<SessionTokenObject> {
    const page = await this.open(publicToken);
    const secret = String(page['secret']);
    for (const source of sources) await this.#connect(secret, source);
    const end = await this.#post(`${demo.hilum}/connect/end`, { secret }, 'application/json');
    const told = JSON.parse(end.text) as { result: string; token: SessionTokenObject };
    assert.equal(told.result, 'finish');
    return told.token;
  }

  /** Opens Connect as connect.js does; the page's data. */
  async open(publicToken = ''): Promise<Record<string, unknown>> {
    const query = new URLSearchParams({ clientUserId: this.clientUserId, clientId: app.clientId, lang: 'en' });
    if (publicToken) query.set('publicToken', publicToken);
    const { text } = await this.#send(`${demo.hilum}/?${query}`, {});
    const data = /id="hilum-data">(.*?)<\/script>/s.exec(text)?.[1];
    assert.ok(data, text);
    return JSON.parse(data) as Record<string, unknown>;
  }

  async #connect(secret: string, provider: string): Promise<void> {
    const start = await this.#post(`${demo.hilum}/connect/start`, { secret, provider });
    const consent = await this.#send(start.location, {});
    const form = formWith(consent.text, 'Allow');
    const fields = form.fields.map(([name, value]): Field => [name, name === 'persona' ? 'cuff' : value]);
    const allowed = await this.#post(new URL(form.action, start.location).href, fields);
    const back = await this.#send(allowed.location, {});
    assert.equal(back.status, 303, back.text);
  }

  #post(url: string, fields: Record<string, string> | Field[], accept = 'text/html'): Promise<{ status: number; text: string; location: string }> {
    const headers = { origin: new URL(url).origin, accept };
    return this.#send(url, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  async #send(url: string, asked: RequestInit): Promise<{ status: number; text: string; location: string }> {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    const headers = new Headers(asked.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const answer = await fetch(url, { ...asked, headers, redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    const to = answer.headers.get('location');
    return { status: answer.status, text: await answer.text(), location: to === null ? '' : new URL(to, url).href };
  }
}

type Field = [string, string];

/** The form that holds a button, with what it sends. */
function formWith(html: string, button: string): { action: string; fields: Field[] } {
  for (const [, tag = '', inner = ''] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const fields: Field[] = [];
    for (const [input] of inner.matchAll(/<input\b[^>]*>/g)) {
      const name = attribute(input, 'name');
      const unticked = /type="(?:checkbox|radio)"/.test(input) && !/\schecked\b/.test(input);
      if (name && !unticked) fields.push([name, attribute(input, 'value') ?? 'on']);
    }
    for (const [, select = '', options = ''] of inner.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)) {
      const all = [...options.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
      const chosen = all.find((option) => /\sselected\b/.test(option)) ?? all[0] ?? '';
      fields.push([attribute(select, 'name') ?? '', attribute(chosen, 'value') ?? '']);
    }
    for (const [, pressed = '', text = ''] of inner.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)) {
      if (text.replace(/<[^>]*>/g, '').trim() !== button) continue;
      const name = attribute(pressed, 'name');
      if (name) fields.push([name, attribute(pressed, 'value') ?? '']);
      return { action: attribute(tag, 'action') ?? '', fields };
    }
  }
  throw new Error(`no button ${button} in ${html}`);
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  const words: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return value?.replace(/&(?:#(\d+)|(\w+));/g, (_, code, word) => (code ? String.fromCharCode(Number(code)) : words[word as string] ?? ''));
}

/** A person whom the app knows. */
export interface Known {
  person: Person;
  session: SessionTokenObject;
  tokens: Tokens;
  human: HumanClient;
}

/** Connects sources, exchanges, and waits until there is something of all that the tests look at. */
export async function meet(sources: string[]): Promise<Known> {
  const person = new Person();
  const session = await person.connects(sources);
  const tokens = await client.tokens.exchange(session, { clientUserId: person.clientUserId });
  const human = new HumanClient({ baseUrl: demo.hilum, accessToken: tokens.accessToken });
  return { person, session, tokens, human };
}

/** Waits until there is something of everything that the tests look at, and pauses the sources: nothing changes under them. */
export async function comeToRest({ human, tokens }: Known): Promise<void> {
  const sources = await human.sources();
  const lists: { list(filter: { limit: number }): Promise<{ total?: number }> }[] =
    [human.activities, human.sleeps, human.activities.summaries, human.heartRate, human.bloodOxygen];
  if (sources.some(({ source }) => source === 'withings')) lists.push(human.weight, human.bloodPressure, human.heartRate.summaries);
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const totals = await Promise.all(lists.map(async (one) => (await one.list({ limit: 1 })).total ?? 0));
    if (Math.min(...totals) >= ENOUGH) break;
    assert.ok(Date.now() < end, `only ${totals} rows came`);
    await new Promise((done) => { setTimeout(done, 100); });
  }
  for (const { id } of sources) await client.pauseConnection(tokens.humanId, id);
}

let resting: Promise<Known> | undefined;
/** One person for all tests that only read. */
export function known(): Promise<Known> {
  resting ??= meet(['withings', 'oura']).then(async (one) => {
    await comeToRest(one);
    return one;
  });
  return resting;
}

/** A message as it came. */
export interface Message {
  headers: IncomingHttpHeaders;
  body: Uint8Array;
}

/** Takes webhooks and remembers them. */
export async function receiver(): Promise<{ url: string; message(fits?: (body: string) => boolean): Promise<Message>; stop(): void }> {
  const got: Message[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async message(fits = () => true) {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
        const found = got.find(({ body }) => fits(new TextDecoder().decode(body)));
        if (found) return found;
        await new Promise((done) => { setTimeout(done, 20); });
      }
      throw new Error('no such message in time');
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
