/** What went wrong, as a type: an answer that says so, no answer at all, or a message that is not ours. */

/** What a {@link HilumError} is made of. */
export interface ErrorFacts {
  /** HTTP status. */
  status: number;
  /** Fixed word for programs, such as `session_expired`. `docs/API-DESIGN.md` lists them. */
  code: string;
  /** What it is called, for people. */
  message: string;
  /** What to do about it. */
  detailedMessage: string;
  /** The id under which the server's log knows the request. */
  requestId?: string | undefined;
  /** When to try again, ms from now, if the server said. */
  retryAfterMs?: number | undefined;
}

/** The server answered with an error. It holds nothing that was sent. */
export class HilumError extends Error {
  override readonly name = 'HilumError';
  readonly status: number;
  readonly code: string;
  readonly detailedMessage: string;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(facts: ErrorFacts) {
    super(`${facts.message} (${facts.status} ${facts.code})${facts.detailedMessage && `: ${facts.detailedMessage}`}`);
    this.status = facts.status;
    this.code = facts.code;
    this.detailedMessage = facts.detailedMessage;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** No answer came, or none that can be understood: the network, a time limit, a proxy in between. `cause` says more. */
export class HilumConnectionError extends Error {
  override readonly name = 'HilumConnectionError';
}

/** A webhook or notification is not from your Hilum, was changed on the way, or is too old. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
}

/** The error that an answer tells; one that is not Hilum's (a proxy's page, say) gets the code `unexpected_answer`. */
export function errorOf(status: number, headers: Headers, body: string, nowMs: number): HilumError {
  const told = toldBy(body);
  const text = (name: string, instead: string): string => {
    const value = told[name];
    return typeof value === 'string' ? value : instead;
  };
  return new HilumError({
    status,
    code: text('code', 'unexpected_answer'),
    message: text('message', 'Unexpected Answer'),
    detailedMessage: text('detailedMessage', ''),
    requestId: headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfter(headers.get('retry-after'), nowMs),
  });
}

function toldBy(body: string): Record<string, unknown> {
  try {
    const told: unknown = JSON.parse(body);
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `Retry-After` in ms: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
