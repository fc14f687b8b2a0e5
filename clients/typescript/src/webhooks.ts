/** Is a message from your Hilum? Webhooks by the Standard Webhooks specification 1.0.0, and notifications of the first generation. */
import { VerificationError } from './errors.js';
import type { Event } from './models.js';

/** Headers as servers hand them over: `Headers`, or an object with names in any case. */
export type IncomingHeaders = Headers | Record<string, string | string[] | undefined>;

/** How a message is checked. */
export interface VerifyOptions {
  /** How far its time may be from now, s. 300 if absent. */
  toleranceSeconds?: number;
  /** Another clock, ms since 1970, for tests. */
  now?: () => number;
}

const TOLERANCE_S = 300;
const encoder = new TextEncoder();

/**
 * The event of a webhook message. Throws a {@link VerificationError} if it is not signed with the secret (or one of several),
 * was changed, or is too old. `body` has to be what came over the line, not parsed and written again.
 */
export async function verifyWebhook(
  secret: string | readonly string[],
  headers: IncomingHeaders,
  body: string | Uint8Array,
  options: VerifyOptions = {},
): Promise<Event & { id: string }> {
  const id = needed(headers, 'webhook-id');
  const timestamp = needed(headers, 'webhook-timestamp');
  const signatures = needed(headers, 'webhook-signature').split(' ');
  checkTime(timestamp, options);
  const signed = joined(`${id}.${timestamp}.`, body);
  const keys = await Promise.all((typeof secret === 'string' ? [secret] : secret).map((one) => key(keyBytes(one), 'SHA-256')));
  const given = signatures.filter((one) => one.startsWith('v1,')).map((one) => fromBase64(one.slice(3)));
  if (!(await anyVerifies(keys, given, signed))) throw new VerificationError('no signature fits');
  return { ...(JSON.parse(text(body)) as Event), id };
}

/** The notifications of a message of the first generation, signed with the client secret. */
export async function verifyNotification(
  clientSecret: string,
  headers: IncomingHeaders,
  body: string | Uint8Array,
  options: VerifyOptions = {},
): Promise<unknown> {
  const signature = needed(headers, 'x-humanapi-signature');
  const timestamp = needed(headers, 'x-humanapi-timestamp');
  const nonce = needed(headers, 'x-humanapi-nonce');
  checkTime(timestamp, options);
  const signed = joined('', body, timestamp + nonce);
  const keys = [await key(encoder.encode(clientSecret), 'SHA-1')];
  if (!(await anyVerifies(keys, [fromHex(signature)], signed))) throw new VerificationError('the signature does not fit');
  return JSON.parse(text(body));
}

/** WebCrypto compares in constant time. All are tried, so that time does not tell which one fits. */
async function anyVerifies(keys: CryptoKey[], signatures: Uint8Array<ArrayBuffer>[], signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { subtle } = await webCrypto();
  const tried = keys.flatMap((one) => signatures.map((signature) => subtle.verify('HMAC', one, signature, signed)));
  return (await Promise.all(tried)).some(Boolean);
}

async function key(bytes: Uint8Array<ArrayBuffer>, hash: 'SHA-1' | 'SHA-256'): Promise<CryptoKey> {
  const { subtle } = await webCrypto();
  return subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['verify']);
}

/** Node 18 has it in a module alone; the name is no literal, so that bundlers for browsers do not look for it. */
async function webCrypto(): Promise<Crypto> {
  if (globalThis.crypto?.subtle) return globalThis.crypto;
  const name = 'node:crypto';
  return ((await import(name)) as { webcrypto: Crypto }).webcrypto;
}

function keyBytes(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''));
  // An HMAC key of no bytes would be one that everybody knows.
  if (bytes.length === 0) throw new TypeError('the webhook secret is not of the form whsec_<base64>');
  return bytes;
}

function checkTime(timestamp: string, options: VerifyOptions): void {
  const at = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  const away = Math.abs((options.now ?? Date.now)() / 1000 - at);
  if (!(away <= (options.toleranceSeconds ?? TOLERANCE_S))) throw new VerificationError('the message is too old, or from the future');
}

function needed(headers: IncomingHeaders, name: string): string {
  const value = headers instanceof Headers
    ? headers.get(name)
    : Object.entries(headers).find(([other]) => other.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '') throw new VerificationError(`the header ${name} is missing`);
  return value;
}

function joined(before: string, body: string | Uint8Array, after = ''): Uint8Array<ArrayBuffer> {
  const parts = [encoder.encode(before), typeof body === 'string' ? encoder.encode(body) : body, encoder.encode(after)];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function text(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

/** Empty for what is no base64: no signature and no key is of no bytes. */
function fromBase64(encoded: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function fromHex(encoded: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/i.test(encoded)) return new Uint8Array();
  return Uint8Array.from(encoded.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
