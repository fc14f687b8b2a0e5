/** Files that a person brings: uploads that go on after a break, and how far each is read. */
import { HilumConnectionError, HilumError } from './errors.js';
import type { Import } from './models.js';
import type { Transport } from './transport.js';

/** Options of an upload. */
export interface UploadOptions {
  /** Goes on with this import, which broke off. */
  resume?: string;
  /** Bytes of one request; 8 MiB if absent. */
  pieceBytes?: number;
  /** Tries in a row that may fail without bringing anything; 5 if absent. */
  tries?: number;
  /** Told after each request how many bytes are there. */
  onProgress?: (received: number, total: number) => void;
  signal?: AbortSignal;
}

const BASE = '/v1/human/imports';
const PIECE_BYTES = 8 * 1024 * 1024;
const PIECE_TIMEOUT_MS = 30 * 60_000;
/** Errors that say that the same bytes, or those from where it stands, may be sent again. */
const GOES_ON = ['upload_broken_off', 'wrong_offset', 'upload_in_use', 'too_many_requests', 'server_busy', 'timed_out', 'unexpected_answer'];

/** A person's imports. */
export class ImportCalls {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first; of those that have ended the last twenty. */
  list(): Promise<Import[]> {
    return this.#transport.json(BASE);
  }

  /** How far one is. */
  get(id: string): Promise<Import> {
    return this.#transport.json(`${BASE}/${encodeURIComponent(id)}`);
  }

  /** Ends one that has not ended. What was read stays. */
  cancel(id: string): Promise<Import> {
    return this.#transport.json(`${BASE}/${encodeURIComponent(id)}`, { method: 'DELETE', repeatable: false });
  }

  /**
   * Sends a file, in pieces, and goes on by itself where a piece breaks off. Answers once all bytes are there; the file is
   * read after that ({@link ended} waits for it).
   */
  async upload(file: Blob, options: UploadOptions = {}): Promise<Import> {
    const size = options.pieceBytes ?? PIECE_BYTES;
    let now = options.resume === undefined ? undefined : await this.get(options.resume);
    if (now?.bytes.total !== undefined && now.bytes.total !== file.size) throw new TypeError('the import is of another file');
    let failed = 0;
    for (;;) {
      const from = now?.bytes.received ?? 0;
      if (now && now.state !== 'receiving') return now;
      try {
        now = await this.#send(now?.id, file.slice(from, from + size), from, file.size, options.signal);
        failed = 0;
      } catch (error) {
        failed += 1;
        if (!goesOn(error) || failed >= (options.tries ?? 5) || options.signal?.aborted) throw error;
        const asked = error instanceof HilumError ? error.retryAfterMs : undefined;
        await this.#transport.sleep(asked ?? 500 * 2 ** failed, options.signal);
        // Where it stands now; one that had no answer at all is begun anew, which takes the place of what there is.
        if (now) {
          const before: number = now.bytes.received;
          now = await this.get(now.id);
          if (now.bytes.received > before) failed = 0;
        }
      }
      if (now) options.onProgress?.(now.bytes.received, file.size);
    }
  }

  /** Waits until an import has ended, well or not; asks every second, or as told. */
  async ended(id: string, options: { everyMs?: number; signal?: AbortSignal } = {}): Promise<Import> {
    for (;;) {
      const now = await this.get(id);
      if (now.state === 'done' || now.state === 'failed') return now;
      await this.#transport.sleep(options.everyMs ?? 1000, options.signal);
    }
  }

  #send(id: string | undefined, piece: Blob, from: number, total: number, signal: AbortSignal | undefined): Promise<Import> {
    const type = { 'content-type': 'application/octet-stream' };
    const call = { body: piece, timeoutMs: PIECE_TIMEOUT_MS, signal };
    if (id === undefined) {
      return this.#transport.json(BASE, { ...call, method: 'POST', headers: { ...type, 'upload-length': String(total) } });
    }
    const headers = { ...type, 'upload-offset': String(from) };
    return this.#transport.json(`${BASE}/${encodeURIComponent(id)}`, { ...call, method: 'PATCH', headers });
  }
}

function goesOn(error: unknown): boolean {
  if (error instanceof HilumConnectionError) return true;
  return error instanceof HilumError && GOES_ON.includes(error.code);
}
