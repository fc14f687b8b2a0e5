/** The end of an enrolment: session tokens for the person's tokens. */
import type { AccessToken, GrantedTokens, IdToken, PublicToken, SessionToken, Tokens } from './models.js';
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

  /** Second generation: a token that opens Connect for somebody whom the app does not have. */
  sessionToken(clientUserId: string, clientUserEmail?: string): Promise<SessionToken> {
    return this.#second({ type: 'session', client_user_id: clientUserId, client_user_email: clientUserEmail });
  }

  /** Second generation: a token that opens Connect for a person of the app. */
  idToken(clientUserId: string): Promise<IdToken> {
    return this.#second({ type: 'id', client_user_id: clientUserId });
  }

  /** Second generation: a token for the data API, for a day. */
  accessToken(clientUserId: string): Promise<AccessToken> {
    return this.#second({ type: 'access', client_user_id: clientUserId });
  }

  /** The next token of the kind that the refresh token came with, and the next refresh token: this one is used up. */
  refresh(refreshToken: string): Promise<IdToken | AccessToken> {
    return this.#second({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  /** OAuth 2: what the `code` that came to the redirect address stands for. It counts once, so it is tried once. */
  exchangeCode(code: string, options: { codeVerifier?: string; user?: string } = {}): Promise<GrantedTokens> {
    return this.#snake('/oauth/token', { grant_type: 'authorization_code', code, code_verifier: options.codeVerifier, user: options.user }, false);
  }

  #second<T>(said: object): Promise<T> {
    return this.#snake('/v1/connect/token', said, true);
  }

  #snake<T>(path: string, said: object, repeatable: boolean): Promise<T> {
    const json = { ...said, client_id: this.#clientId, client_secret: this.#secret() };
    return this.#transport.json(path, { method: 'POST', json, repeatable });
  }

  #secret(): string {
    if (this.#clientSecret === undefined) throw new TypeError('this call needs the clientSecret');
    return this.#clientSecret;
  }

  #post<T>(path: string, said: object): Promise<T> {
    const json = { ...said, clientId: this.#clientId, clientSecret: this.#secret() };
    return this.#transport.json(path, { method: 'POST', json, repeatable: true });
  }
}
