/** Events: the feed, and the live view (server-sent events). */
import { lines } from './lines.js';
import type { Event } from './models.js';
import { page, type Page } from './paging.js';
import type { Transport } from './transport.js';

/** What happened to an app's people. */
export class EventCalls {
  readonly #transport: Transport;
  readonly #path: string;

  constructor(transport: Transport, path: string) {
    this.#transport = transport;
    this.#path = path;
  }

  /** A page, oldest first, of what followed the event `after`. Its `next` is where to ask later, also when it is empty. */
  list(options: { after?: string; limit?: number } = {}): Promise<Page<Event>> {
    return page(this.#transport, this.#path, { ...options });
  }

  /** Everything that there is now, oldest first. Keep the last `id` and go on `after` it another time. */
  async *all(options: { after?: string; limit?: number } = {}): AsyncGenerator<Event, void, undefined> {
    // The feed has a next page for ever: an empty one is the present.
    for (let now: Page<Event> | undefined = await this.list(options); now && now.items.length > 0; now = await now.next?.()) {
      yield* now.items;
    }
  }

  /** Events as they happen, until `signal` ends it or the line breaks; begins now, or after the event `after`. */
  async *live(options: { after?: string; signal?: AbortSignal } = {}): AsyncGenerator<Event, void, undefined> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (options.after !== undefined) headers['last-event-id'] = options.after;
    const body = await this.#transport.stream(`${this.#path}/stream`, { headers, signal: options.signal });
    for await (const data of messages(body)) yield JSON.parse(data) as Event;
  }
}

/** The `data` of each message of a stream of server-sent events (WHATWG HTML, 9.2; our server ends lines with LF). */
async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let data: string[] = [];
  for await (const line of lines(body)) {
    if (line === '' && data.length > 0) {
      yield data.join('\n');
      data = [];
    } else if (line.startsWith('data:')) {
      data.push(line.slice(5).replace(/^ /, ''));
    }
  }
}
