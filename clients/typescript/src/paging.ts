/** Pages of a list, and all of them. */
import { parsed, type Call, type Query, type Transport } from './transport.js';

/** A page of a list. */
export interface Page<T> {
  /** Rows, newest first unless the list says otherwise. */
  items: T[];
  /** Rows in all pages, where the list tells it. */
  total?: number;
  /** On the last page of a walk by cursor: where to begin another time, for what has changed since. */
  syncCursor?: string;
  /** The next page; `undefined` on the last one. */
  next?: () => Promise<Page<T>>;
}

/** A page that may have a next one. The next address is followed only on the same server. */
export async function page<T>(transport: Transport, path: string | URL, query?: Query, signal?: AbortSignal): Promise<Page<T>> {
  const call: Call = { query, signal };
  const answer = await transport.answer(path, call);
  const result: Page<T> = { items: parsed<T[]>(answer) };
  const total = answer.headers.get('x-total-count');
  if (total !== null) result.total = Number(total);
  const sync = answer.headers.get('x-sync-cursor');
  if (sync !== null) result.syncCursor = sync;
  const next = relation(answer.headers.get('link'), 'next');
  if (next !== undefined) {
    const url = transport.followed(next);
    result.next = () => page<T>(transport, url, undefined, signal);
  }
  return result;
}

/** All rows of a list, page after page. */
export async function* all<T>(first: () => Promise<Page<T>>): AsyncGenerator<T, void, undefined> {
  for (let now: Page<T> | undefined = await first(); now; now = await now.next?.()) yield* now.items;
}

/** The address of a relation in a `Link` header (RFC 8288). */
export function relation(header: string | null, wanted: string): string | undefined {
  for (const [, address, parameters] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+(?:=(?:"[^"]*"|[^\s",;]+))?)*)/g)) {
    const names = /;\s*rel=(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters ?? '');
    if ((names?.[1] ?? names?.[2] ?? '').split(/\s+/).includes(wanted)) return address;
  }
  return undefined;
}
