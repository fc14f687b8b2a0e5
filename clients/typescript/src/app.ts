/** What an app's server does: tokens, users, batch queries, webhooks, events. Never for a browser: it holds the app's secrets. */
import { EventCalls } from './events.js';
import { toQuery, walk, type ListFilter } from './filters.js';
import { all, page, type Page } from './paging.js';
import { TokenCalls } from './tokens.js';
import { Transport, type ClientOptions } from './transport.js';
import { NotificationCalls, WebhookCalls } from './endpoints.js';
import type {
  Activity, ActivitySummary, BloodGlucoseReading, BloodPressureReading, ConnectionState, HeartRateSummary, Location, Meal, Priorities,
  Reading, Sleep, SleepSummary, GeneticTrait, User,
} from './models.js';

/** Options of an {@link AppClient}. */
export interface AppOptions extends ClientOptions {
  clientId: string;
  /** For everything but tokens. */
  appKey?: string;
  /** For tokens and notifications. */
  clientSecret?: string;
}

/** Types of batch queries and their rows. */
export interface BatchRows {
  'activities': Activity;
  'activities/summaries': ActivitySummary;
  'blood_glucoses': BloodGlucoseReading;
  'blood_oxygens': Reading;
  'blood_pressures': BloodPressureReading;
  'bmis': Reading;
  'body_fats': Reading;
  'food/meals': Meal;
  'genetic_traits': GeneticTrait;
  'heart_rate/summaries': HeartRateSummary;
  'heart_rates': Reading;
  'heights': Reading;
  'locations': Location;
  'sleeps': Sleep;
  'sleeps/summaries': SleepSummary;
  'weights': Reading;
}

/** Conditions of a batch query. */
export type BatchFilter = ListFilter;

/** An app. */
export class AppClient {
  /** Session tokens, public tokens. */
  readonly tokens: TokenCalls;
  readonly webhooks: WebhookCalls;
  /** Notifications of the first generation. */
  readonly notifications: NotificationCalls;
  readonly events: EventCalls;
  readonly #transport: Transport;
  readonly #base: string;

  constructor(options: AppOptions) {
    const { clientId, appKey, clientSecret, ...rest } = options;
    const basic = appKey === undefined ? undefined : `Basic ${btoa(`${appKey}:`)}`;
    this.#transport = new Transport(rest, basic);
    this.#base = `/v1/apps/${encodeURIComponent(clientId)}`;
    this.tokens = new TokenCalls(new Transport(rest), clientId, clientSecret);
    this.webhooks = new WebhookCalls(this.#transport, `${this.#base}/webhooks`);
    this.notifications = new NotificationCalls(this.#transport, `${this.#base}/notifications`, clientSecret);
    this.events = new EventCalls(this.#transport, `${this.#base}/events`);
  }

  /** A page of the app's users, oldest first; all of them in one page if no `limit` is given. */
  users(paging?: Pick<ListFilter, 'limit' | 'offset' | 'cursor'>): Promise<Page<User>> {
    return page(this.#transport, `${this.#base}/users`, toQuery(paging));
  }

  /** All users, oldest first, in pages of 500, by cursor. */
  allUsers(): AsyncGenerator<User, void, undefined> {
    return all(() => this.users(walk({})));
  }

  /** A user by humanId or externalId. */
  user(id: string): Promise<User> {
    return this.#transport.json(this.#user(id));
  }

  /** Makes a user, or answers the one that is known. */
  createUser(externalId: string): Promise<User> {
    return this.#transport.json(`${this.#base}/users`, { method: 'POST', json: { externalId }, repeatable: true });
  }

  /** Ends the person's grants at their sources and erases everything of the person. */
  async deleteUser(id: string): Promise<void> {
    await this.#transport.answer(this.#user(id), { method: 'DELETE', repeatable: false });
  }

  /** Rows of all the app's people that changed since `updatedSince` (absent: in the last day): a page. Person by person, of each the newest first. */
  batch<K extends keyof BatchRows>(type: K, filter: BatchFilter = {}): Promise<Page<BatchRows[K]>> {
    return page(this.#transport, `${this.#base}/users/${type}`, toQuery(filter));
  }

  /** The same, page after page; of 500 rows unless `limit` says otherwise. */
  allBatch<K extends keyof BatchRows>(type: K, filter: BatchFilter): AsyncGenerator<BatchRows[K], void, undefined> {
    return all(() => this.batch(type, walk(filter)));
  }

  /** Which source is believed where several tell the same: for all users, or for one. */
  priorities(user?: string): Promise<Priorities> {
    return this.#transport.json(this.#priorities(user));
  }

  /** Sets the whole object; `{}` takes all back. */
  setPriorities(priorities: Priorities, user?: string): Promise<Priorities> {
    return this.#transport.json(this.#priorities(user), { method: 'PUT', json: priorities });
  }

  /** Stops fetching for a connection of a user; its data stay. */
  pauseConnection(user: string, connection: string): Promise<ConnectionState> {
    return this.#connection(user, connection, 'pause');
  }

  /** Lets it go on. */
  resumeConnection(user: string, connection: string): Promise<ConnectionState> {
    return this.#connection(user, connection, 'resume');
  }

  #connection(user: string, connection: string, what: 'pause' | 'resume'): Promise<ConnectionState> {
    const path = `${this.#user(user)}/connections/${encodeURIComponent(connection)}/${what}`;
    return this.#transport.json(path, { method: 'POST', repeatable: true });
  }

  #user(id: string): string {
    return `${this.#base}/users/${encodeURIComponent(id)}`;
  }

  #priorities(user: string | undefined): string {
    return user === undefined ? `${this.#base}/priorities` : `${this.#user(user)}/priorities`;
  }
}
