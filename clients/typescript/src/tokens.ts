/** The end of an enrolment: session tokens for the person's tokens. */
import type { PublicToken, Tokens } from './models.js';
import type { Transport } from './transport.js';

/** What `finish` of connect.js was given. Other members are fine. */
export interface SessionTokenObject {
  humanId: string;
  clientId?: string;
  sessionToken: string;
}

/** Calls with the client secret. */
export class TokenCalls {
  readonly #transport: Transport;
  readonly #clientId: string;
  readonly #clientSecret: string | undefined;

  constructor(transport: Transport, clientId: string, clientSecret: string | undefined) {
    this.#transport = transport;
    this.#clientId = clientId;
    this.#clientSecret = clientSecret;
  }

  /**
   * Exchanges the object that `finish` of connect.js was given, within ten minutes, once. Compare `clientUserId` with who is
   * logged in at your app, or hand it over as `expected`: then a session of somebody else is refused.
   */
  exchange(session: SessionTokenObject, expected?: { clientUserId: string }): Promise<Tokens> {
    const { humanId, sessionToken } = session;
    // The same call twice within a minute has the same answer.
    return this.#post('/v1/connect/tokens', { humanId, sessionToken, ...expected });
  }

  /** A public token of a user, for an app that lost it. It opens Connect in edit mode. */
  publicToken(humanId: string): Promise<PublicToken> {
    return this.#post('/v1/connect/publictokens', { humanId });
  }

  #post<T>(path: string, said: object): Promise<T> {
    if (this.#clientSecret === undefined) throw new TypeError('this call needs the clientSecret');
    const json = { ...said, clientId: this.#clientId, clientSecret: this.#clientSecret };
    return this.#transport.json(path, { method: 'POST', json, repeatable: true });
  }
}
