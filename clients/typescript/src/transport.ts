/** One way to ask: time limit, tries, errors. Credentials stay in headers and are never shown. */
import { HilumConnectionError, HilumError, errorOf } from './errors.js';

/** What every client takes. */
export interface ClientOptions {
  /** Where your Hilum is: `https://connect.example.org`. */
  baseUrl: string;
  /** Further tries of calls that may be repeated, after 429, 503 or no answer. 3 if absent. */
  retries?: number;
  /** Longest time for an answer, ms. 60,000 if absent. */
  timeoutMs?: number;
  /** Longest pause before a try, ms. What `Retry-After` asks for beyond it is not waited for. 60,000 if absent. */
  longestPauseMs?: number;
  /** Another `fetch`. */
  fetch?: typeof fetch;
  /** Another way to wait, for tests. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Another clock, ms since 1970, for tests. */
  now?: () => number;
}

/** Values of a query string; what is `undefined` is left out. */
export type Query = Record<string, string | number | boolean | Date | undefined>;

/** One call. */
export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query | undefined;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: BodyInit;
  headers?: Record<string, string>;
  /** May be repeated although its method is not made for that. */
  repeatable?: boolean;
  /** Longest time for the whole answer, ms, instead of the client's. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** A success that has come in whole. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

const FIRST_PAUSE_MS = 500;
const REPEATABLE = ['GET', 'PUT', 'DELETE'];

/** Asks one server with one credential. */
export class Transport {
  readonly #base: URL;
  readonly #authorization: string | undefined;
  readonly #options: ClientOptions;

  /** `authorization`: the header's value, if calls carry one. */
  constructor(options: ClientOptions, authorization?: string) {
    this.#base = new URL(options.baseUrl);
    if (!/^https?:$/.test(this.#base.protocol) || this.#base.username || this.#base.password || this.#base.search || this.#base.hash) {
      throw new TypeError('baseUrl has to be an http or https address without credentials, query and fragment');
    }
    this.#options = options;
    this.#authorization = authorization;
  }

  now(): number {
    return (this.#options.now ?? Date.now)();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await (this.#options.sleep ?? sleep)(ms, signal);
  }

  /** The address of a path below the base, with a query. */
  address(path: string, query: Query = {}): URL {
    const url = new URL(this.#base);
    url.pathname = url.pathname.replace(/\/+$/, '') + path;
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value instanceof Date ? value.toISOString() : String(value));
    }
    return url;
  }

  /** An address that the server told, if it is on the server that was asked; else the credential would leave it. */
  followed(address: string): URL {
    const url = new URL(address, this.#base);
    if (url.origin !== this.#base.origin) {
      throw new HilumConnectionError(
        `the next page is at ${url.origin}, not at ${this.#base.origin}: use the public address of the server as baseUrl`,
      );
    }
    return url;
  }

  /** The JSON of an answer; `undefined` where it has no body (204). */
  async json<T>(path: string | URL, call: Call = {}): Promise<T> {
    return parsed<T>(await this.answer(path, call));
  }

  /** A success, whole. Everything else is thrown. */
  async answer(path: string | URL, call: Call = {}): Promise<Answer> {
    return this.#ask(path, call, true, async (answer) => {
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    });
  }

  /** A success whose body is read as it comes; the time limit is for its beginning. Everything else is thrown. */
  async stream(path: string | URL, call: Call = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#ask(path, call, false, async (answer) => {
      if (!answer.body) throw new TypeError('the answer has no body');
      return answer.body;
    });
  }

  async #ask<T>(path: string | URL, call: Call, whole: boolean, read: (answer: Response) => Promise<T>): Promise<T> {
    const method = call.method ?? 'GET';
    const url = typeof path === 'string' ? this.address(path, call.query) : path;
    const tries = (call.repeatable ?? REPEATABLE.includes(method)) ? (this.#options.retries ?? 3) : 0;
    for (let failed = 0; ; failed += 1) {
      try {
        return await this.#once(url, method, call, whole, read);
      } catch (error) {
        const wait = failed < tries && !call.signal?.aborted ? pauseAfter(error, failed) : undefined;
        if (wait === undefined || wait > (this.#options.longestPauseMs ?? 60_000)) throw error;
        await this.sleep(wait, call.signal);
      }
    }
  }

  async #once<T>(url: URL, method: string, call: Call, whole: boolean, read: (answer: Response) => Promise<T>): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
    if (this.#authorization !== undefined) headers['authorization'] = this.#authorization;
    if (call.json !== undefined) headers['content-type'] = 'application/json';
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    const limit = new AbortController();
    const end = (): void => limit.abort(call.signal?.reason);
    const late = (): void => limit.abort(new Error('no answer in time'));
    const timer = setTimeout(late, call.timeoutMs ?? this.#options.timeoutMs ?? 60_000);
    call.signal?.addEventListener('abort', end, { once: true });
    if (call.signal?.aborted) end();
    let lasts = false;
    try {
      const asked: RequestInit = { method, headers, redirect: 'error', credentials: 'omit', signal: limit.signal };
      if (body !== undefined) asked.body = body;
      const answer = await (this.#options.fetch ?? fetch)(url, asked);
      if (!answer.ok) throw errorOf(answer.status, answer.headers, await answer.text(), this.now());
      lasts = !whole;
      return await read(answer);
    } catch (cause) {
      if (cause instanceof HilumError) throw cause;
      // The path alone: a query may name days or sources of a person.
      throw new HilumConnectionError(`no answer from ${url.origin} to ${method} ${url.pathname}`, { cause });
    } finally {
      clearTimeout(timer);
      // The caller can end a stream as long as it goes on.
      if (!lasts) call.signal?.removeEventListener('abort', end);
    }
  }
}

/** The JSON of an answer. */
export function parsed<T>(answer: Answer): T {
  if (answer.text === '') return undefined as T;
  try {
    return JSON.parse(answer.text) as T;
  } catch {
    throw new HilumConnectionError('the answer is no JSON');
  }
}

/** How long to wait before the next try, ms; `undefined` for what another try does not mend. */
function pauseAfter(error: unknown, failed: number): number | undefined {
  if (error instanceof HilumConnectionError) return usualPause(failed);
  if (!(error instanceof HilumError) || (error.status !== 429 && error.status !== 503)) return undefined;
  return error.retryAfterMs ?? usualPause(failed);
}

/** Half a second, doubled each time, with up to a quarter more so that many callers do not come back together. */
function usualPause(failed: number): number {
  return FIRST_PAUSE_MS * 2 ** failed * (1 + Math.random() / 4);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, give) => {
    const ended = (): void => {
      clearTimeout(timer);
      give(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', ended);
      done();
    }, ms);
    if (signal?.aborted) ended();
    else signal?.addEventListener('abort', ended, { once: true });
  });
}
