/** WebhookCalls and notifications: where events are sent. */
import type { Attempt, Notifications, RotatedSecret, TestResult, Webhook, WebhookChange, NewWebhook, CreatedWebhook, Replaying } from './models.js';
import type { Instant } from './filters.js';
import type { Transport } from './transport.js';

/** An app's webhooks. */
export class WebhookCalls {
  readonly #transport: Transport;
  readonly #path: string;

  constructor(transport: Transport, path: string) {
    this.#transport = transport;
    this.#path = path;
  }

  list(): Promise<Webhook[]> {
    return this.#transport.json(this.#path);
  }

  get(id: string): Promise<Webhook> {
    return this.#transport.json(this.#one(id));
  }

  /** Makes one. Its `secret` is shown this once. */
  create(settings: NewWebhook): Promise<CreatedWebhook> {
    return this.#transport.json(this.#path, { method: 'POST', json: settings });
  }

  /** Changes what is given. */
  update(id: string, settings: WebhookChange): Promise<Webhook> {
    return this.#transport.json(this.#one(id), { method: 'PATCH', json: settings, repeatable: true });
  }

  async delete(id: string): Promise<void> {
    await this.#transport.answer(this.#one(id), { method: 'DELETE', repeatable: false });
  }

  /** A new secret; the old one signs beside it for so many hours (24 if absent, 0 to 168). */
  rotate(id: string, options: { overlapHours?: number } = {}): Promise<RotatedSecret> {
    return this.#transport.json(`${this.#one(id)}/rotate`, { method: 'POST', json: options });
  }

  /** Sends a test message now. */
  test(id: string): Promise<TestResult> {
    return this.#transport.json(`${this.#one(id)}/test`, { method: 'POST' });
  }

  /** Sends the events since an instant once more. */
  replay(id: string, since: Instant): Promise<Replaying> {
    const json = { since: since instanceof Date ? since.toISOString() : since };
    return this.#transport.json(`${this.#one(id)}/replay`, { method: 'POST', json });
  }

  /** The newest tries, newest first. */
  attempts(id: string, options: { limit?: number } = {}): Promise<Attempt[]> {
    return this.#transport.json(`${this.#one(id)}/attempts`, { query: { limit: options.limit } });
  }

  #one(id: string): string {
    return `${this.#path}/${encodeURIComponent(id)}`;
  }
}

/** NotificationCalls of the first generation. */
export class NotificationCalls {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #clientSecret: string | undefined;

  constructor(transport: Transport, path: string, clientSecret: string | undefined) {
    this.#transport = transport;
    this.#path = path;
    this.#clientSecret = clientSecret;
  }

  get(): Promise<Notifications> {
    return this.#transport.json(this.#path);
  }

  /** Switches them on; they are signed with the client secret. */
  set(notifyUrl: string): Promise<Notifications> {
    if (this.#clientSecret === undefined) throw new TypeError('this call needs the clientSecret');
    return this.#transport.json(this.#path, { method: 'PUT', json: { notifyUrl, clientSecret: this.#clientSecret } });
  }

  /** Sends one now. */
  test(): Promise<TestResult> {
    return this.#transport.json(`${this.#path}/test`, { method: 'POST' });
  }

  /** Switches them off. */
  async delete(): Promise<void> {
    await this.#transport.answer(this.#path, { method: 'DELETE' });
  }
}
