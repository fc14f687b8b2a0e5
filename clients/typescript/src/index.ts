/** Client of Hilum. {@link AppClient} is what an app's server does; {@link HumanClient} reads one person's data. */
export { AppClient, type AppOptions, type BatchFilter, type BatchRows } from './app.js';
export { NotificationCalls, WebhookCalls } from './endpoints.js';
export { HilumConnectionError, HilumError, VerificationError } from './errors.js';
export { EventCalls } from './events.js';
export type { ExportLine, ExportOptions } from './export.js';
export type { Filter, Instant, ListFilter } from './filters.js';
export { HumanClient, type HumanOptions } from './human.js';
export { ImportCalls, type UploadOptions } from './imports.js';
export type * from './models.js';
export type { Page } from './paging.js';
export { DailyList, HeartRates, List, Measurement, Sessions, Summaries } from './resources.js';
export { SeriesCalls, type Aggregate, type SeriesOptions } from './series.js';
export { TokenCalls, type SessionTokenObject } from './tokens.js';
export type { ClientOptions } from './transport.js';
export { verifyNotification, verifyWebhook, type IncomingHeaders, type VerifyOptions } from './webhooks.js';
