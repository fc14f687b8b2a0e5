/** What the server sends and takes. Written by `make models` from its description; not by hand. */

/** Reads the person's data, for a day */
export interface AccessToken {
  access_token: string;
  /** Seconds */
  expires_in: number;
  /** The person */
  human_id: string;
  /** Counts once */
  refresh_token: string;
  token_type: "Bearer";
}

/** A session of activity */
export interface Activity {
  /** kcal */
  calories?: number;
  /** When it was stored first */
  createdAt: string;
  /** Metres */
  distance?: number;
  /** Seconds */
  duration?: number;
  /** When it ended */
  endTime?: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** When it began */
  startTime: string;
  /** Count */
  steps?: number;
  timeSeries?: ActivityTimeSeries;
  /** What was done: `walking`, `running`, …, or `unknown` */
  type: string;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
}

/** A day's totals, as the source gives them */
export interface ActivitySummary {
  /** kcal, of the whole day */
  calories?: number;
  /** When it was stored first */
  createdAt: string;
  /** The civil day */
  date: string;
  /** Metres */
  distance?: number;
  /** Seconds of activity */
  duration?: number;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** Minutes */
  light?: number;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** Minutes */
  moderate?: number;
  /** Minutes */
  sedentary?: number;
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** Count */
  steps?: number;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
  /** Minutes */
  vigorous?: number;
}

/** With `time_series=true`: what was measured meanwhile, from instants to values */
export interface ActivityTimeSeries {
  /** Metres */
  altitude?: Record<string, number>;
  /** /min */
  cadence?: Record<string, number>;
  /** Metres */
  distance?: Record<string, number>;
  /** /min */
  heartRate?: Record<string, number>;
  /** Degrees, WGS 84 */
  latitude?: Record<string, number>;
  /** Degrees, WGS 84 */
  longitude?: Record<string, number>;
  /** W */
  power?: Record<string, number>;
  /** m/s */
  speed?: Record<string, number>;
  /** Count */
  steps?: Record<string, number>;
}

/** A try to send a message */
export interface Attempt {
  at: string;
  /** Which try of this message it was */
  attempt: number;
  durationMs: number;
  eventId: string;
  /** What came of it */
  outcome: "delivered" | "error_status" | "redirect" | "throttled" | "gone" | "timed_out" | "no_connection" | "no_answer" | "address_not_allowed";
  /** HTTP status of the answer */
  status?: number;
  /** The event's type */
  type: string;
}

/** Observations of one source (docs/INGEST.md) */
export interface Batch {
  /** The device, where an observation names none */
  device?: string;
  /** At most 10,000 */
  observations: (Record<string, unknown>)[];
  /** What the source is to be called */
  source: string;
}

/** A reading of blood glucose */
export interface BloodGlucoseReading {
  /** When it was stored first */
  createdAt: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** How it lies to a meal, such as `before_breakfast`; empty where it is not known */
  mealTag: string;
  /** What was said of medicine; empty where nothing was */
  medicationTag: string;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** What was noted; empty where nothing was */
  notes: string;
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** When it was measured */
  timestamp: string;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  unit: "mg/dL";
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
  /** mg/dL */
  value: number;
}

/** A reading of blood pressure */
export interface BloodPressureReading {
  /** When it was stored first */
  createdAt: string;
  /** mmHg */
  diastolic: number;
  /** /min */
  heartRate?: number;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** mmHg */
  systolic: number;
  /** When it was measured */
  timestamp: string;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  unit: "mmHg";
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
}

/** A stretch of time, half-open */
export interface Bucket {
  /** In the unit of the series */
  avg?: number;
  /** Samples that it is made from */
  count?: number;
  end?: string;
  /** In the unit of the series */
  first?: number;
  /** In the unit of the series */
  last?: number;
  /** With `tz=local`: by the person's own clock */
  localEnd?: string;
  /** With `tz=local`: by the person's own clock */
  localStart?: string;
  /** In the unit of the series */
  max?: number;
  /** In the unit of the series */
  min?: number;
  /** With `by=source`: whose it is */
  source?: string;
  /** Ids of the sources that it is made from */
  sources?: string[];
  start?: string;
  /** In the unit of the series */
  sum?: number;
  /** In the unit of the series */
  timeAvg?: number;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
}

/** An OAuth code */
export interface CodeExchange {
  /** The app, unless it is sent by HTTP Basic */
  client_id?: string;
  /** The app's secret, unless it is sent by HTTP Basic */
  client_secret?: string;
  /** As it came to `redirect_uri`; counts once */
  code: string;
  /** PKCE (RFC 7636) */
  code_verifier?: string;
  /** `authorization_code`, or left out */
  grant_type?: string;
  /** If given, it has to be the person's */
  user?: string;
}

/** How a connection is */
export interface ConnectionState {
  /** The connection */
  id: string;
  /** Why */
  reason?: string;
  since: string;
  /** The source's id */
  source: string;
  state: "live" | "quiet" | "stale" | "needs_reauth" | "provider_down" | "paused";
}

/** A webhook (docs/WEBHOOKS.md) */
export interface CreatedWebhook {
  createdAt: string;
  /** Types of data (`heart_rate`); none are all */
  dataTypes: string[];
  description: string;
  enabled: boolean;
  /** Types of events (`data.created`, `connection.*`); none are all */
  eventTypes: string[];
  failingSince?: string;
  /** In a row */
  failures: number;
  id: string;
  /** Why it is off */
  reason?: string;
  replaying: boolean;
  /** Shown this once; messages are signed with it */
  secret: string;
  updatedAt: string;
  /** Where events are sent to */
  url: string;
}

/** What went wrong. The codes are listed in docs/API-DESIGN.md */
export interface Error {
  /** Fixed word, for programs */
  code: string;
  /** What is wrong in this case and what to do; never a value that was sent or stored */
  detailedMessage: string;
  /** The code's name, for people */
  message: string;
}

/** Something that happened (docs/WEBHOOKS.md) */
export interface Event {
  data: EventData;
  /** The same in the feed, in webhooks and in notifications */
  id: string;
  timestamp: string;
  type: "data.created" | "data.updated" | "data.deleted" | "connection.connected" | "connection.disconnected" | "connection.needs_reauth" | "connection.recovered" | "sync.first_completed" | "sync.history_completed" | "enrolment.completed" | "user.erased" | "webhook.disabled";
}

/** What happened; which members are there hangs on the type */
export interface EventData {
  /** Whether it tells of days long past */
  backfill: boolean;
  /** The app */
  clientId: string;
  connectionId?: string;
  connectionIds?: string[];
  /** Rows or samples */
  count?: number;
  dataType?: string;
  from?: string;
  /** The person, if it is about one */
  humanId?: string;
  kind?: string;
  mode?: "create" | "edit";
  reason?: string;
  reconnected?: boolean;
  /** Counts the events about the same person, without gaps */
  sequence: number;
  /** The source's id */
  source?: string;
  /** The kind of data, in the source's words */
  stream?: string;
  to?: string;
  webhookId?: string;
}

/** What a source concludes from the person's genes */
export interface GeneticTrait {
  /** What it is about */
  description: string;
  /** The person */
  humanId: string;
  /** What it could conclude */
  possibleTraits: string[];
  /** What the source concludes */
  trait: string;
  userId: string;
}

/** What a chip read */
export interface Genotypes {
  /** In the order of the request */
  genotypes: {
    /** What was read: bases such as `AG`; `--` could not be read; `__` is not on the chip, or nobody knows it */
    call: string;
    /** Its name, as it was asked for */
    location: string;
  }[];
  /** Of the file; left out where the person has brought none */
  id?: string;
}

/** A person's tokens */
export interface GrantedTokens {
  /** Reads the person's data */
  access_token: string;
  /** The app */
  client_id: string;
  /** The app's own id of the person */
  client_user_id: string;
  /** The person */
  human_id: string;
  /** Opens Connect again */
  public_token: string;
  token_type: "Bearer";
}

/** The heart rate of a day, as the source sums it up */
export interface HeartRateSummary {
  /** /min */
  averageHR?: number;
  /** When it was stored first */
  createdAt: string;
  /** The civil day */
  date: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** /min */
  maxHR?: number;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** /min */
  minHR?: number;
  /** /min */
  restingHR?: number;
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
  /** Ranges of the heart rate, in the source's order */
  zones: HeartRateZone[];
}

/** How long the heart rate was in a range */
export interface HeartRateZone {
  /** kcal */
  caloriesBurned?: number;
  /** Seconds, or what the source tells it in */
  duration: number;
  /** /min */
  max?: number;
  /** /min */
  min?: number;
  /** The source's name of the range */
  name: string;
}

/** What is measured densely */
export interface HeldSeries {
  /** Samples */
  count: number;
  /** When the first sample begins */
  first: string;
  /** When the last sample begins */
  last: string;
  metric: string;
  /** Ids of the sources that tell it */
  sources: string[];
  /** As the data API writes it */
  unit: string;
}

/** How far back data have been read */
export interface HistorySync {
  /** Every kind of data has been read since then; 1970-01-01 when all has been read */
  oldestDate?: string;
  status: "not_started" | "inProgress" | "completed";
}

/** The newest of everything */
export interface Human {
  activitySummary: LatestActivitySummary | Record<string, never>;
  bloodGlucose: LatestReading | Record<string, never>;
  bloodOxygen: LatestReading | Record<string, never>;
  bloodPressure: LatestBloodPressure | Record<string, never>;
  bmi: LatestReading | Record<string, never>;
  bodyFat: LatestReading | Record<string, never>;
  /** When the app got to know the person */
  createdAt: string;
  /** Where a source told it */
  email?: string;
  /** Where a source told it */
  gender?: string;
  heartRate: LatestReading | Record<string, never>;
  height: LatestReading | Record<string, never>;
  /** The person */
  humanId: string;
  sleepSummary: LatestSleepSummary | Record<string, never>;
  userId: string;
  weight: LatestReading | Record<string, never>;
}

/** Opens Connect for somebody known, for an hour */
export interface IdToken {
  /** Seconds */
  expires_in: number;
  /** The person */
  human_id: string;
  id_token: string;
  /** Seconds */
  id_token_expires_in: number;
  /** Counts once */
  refresh_token: string;
  token_type: "Bearer";
}

/** A file that the person brought, and how far it is read (docs/IMPORT.md) */
export interface Import {
  bytes: {
    read: number;
    /** Where an upload goes on */
    received: number;
    /** Of the whole file, where it is known */
    total?: number;
  };
  createdAt: string;
  /** Why it did not come to the end */
  error?: {
    code: string;
    message: string;
  };
  /** What the file is */
  format?: string;
  /** Observations read, by metric or kind */
  found: Record<string, number>;
  id: string;
  /** Items that are known and not imported, by what they are */
  leftOut: Record<string, number>;
  /** Items that were not understood, by reason */
  rejected: Record<string, number>;
  /** The source whose data it carries */
  source?: string;
  state: "receiving" | "waiting" | "reading" | "done" | "failed";
  /** Observations */
  stored: {
    /** New ones */
    inserted: number;
    /** Known before, the same */
    unchanged: number;
    /** Corrected ones */
    updated: number;
  };
  /** Items of types that are not known, by the file's name of the type */
  unknownTypes: Record<string, number>;
  updatedAt: string;
}

/** What became of a batch (docs/INGEST.md) */
export interface Ingested {
  /** Deleted ones */
  deleted: number;
  /** New observations */
  inserted: number;
  rejected: {
    code: string;
    /** Its place in the list */
    index: number;
    message: string;
  }[];
  /** Known before, the same */
  unchanged: number;
  /** Corrected ones */
  updated: number;
}

export type IssuedToken = SessionToken | IdToken | AccessToken;

/** The newest day of activity */
export interface LatestActivitySummary {
  /** kcal */
  calories?: number;
  date: string;
  /** Metres */
  distance?: number;
  /** Seconds */
  duration?: number;
  id: string;
  /** Minutes */
  light?: number;
  /** With `merge=true` */
  mergedFrom?: MergedPart[];
  /** Minutes */
  moderate?: number;
  /** Minutes */
  sedentary?: number;
  /** The source's id */
  source: string;
  /** Count */
  steps?: number;
  /** Seconds */
  total?: number;
  /** Minutes */
  vigorous?: number;
}

/** The newest blood pressure */
export interface LatestBloodPressure {
  /** mmHg */
  diastolic: number;
  /** /min */
  heartRate?: number;
  id: string;
  /** With `merge=true` */
  mergedFrom?: MergedPart[];
  /** The source's id */
  source: string;
  /** mmHg */
  systolic: number;
  timestamp: string;
  unit: "mmHg";
  userId: string;
}

/** The newest reading */
export interface LatestReading {
  id: string;
  /** With `merge=true` */
  mergedFrom?: MergedPart[];
  /** The source's id */
  source: string;
  timestamp: string;
  unit: "mg/dL" | "SpO2" | "bpm" | "kg" | "kg/m2" | "mm" | "%";
  /** In `unit` */
  value: number;
}

/** The newest day of sleep */
export interface LatestSleepSummary {
  date: string;
  id: string;
  /** With `merge=true` */
  mergedFrom?: MergedPart[];
  /** The source's id */
  source: string;
  /** Minutes */
  timeAsleep: number;
  /** Minutes */
  timeAwake: number;
  updatedAt: string;
  userId: string;
}

/** A place where the person was */
export interface Location {
  /** When it was stored first */
  createdAt: string;
  /** When it ended */
  endTime?: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** Degrees, WGS 84 */
  location: {
    /** North */
    lat: number;
    /** East */
    lon: number;
  };
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** What the place is called; empty where it has no name */
  name: string;
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData?: Record<string, unknown>;
  /** When it began */
  startTime: string;
  /** What the place is, in the source's word */
  type?: string;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
}

/** A meal */
export interface Meal {
  /** mg */
  calcium?: number;
  /** kcal */
  calories?: number;
  /** g */
  carbohydrate?: number;
  /** mg */
  cholesterol?: number;
  /** When it was stored first */
  createdAt: string;
  /** g */
  fat?: number;
  /** g */
  fiber?: number;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** mg */
  iron?: number;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** g */
  monounsaturatedFat?: number;
  /** What was eaten */
  name?: string;
  /** g */
  polyunsaturatedFat?: number;
  /** mg */
  potassium?: number;
  /** g */
  protein?: number;
  /** g */
  saturatedFat?: number;
  /** mg */
  sodium?: number;
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData?: Record<string, unknown>;
  /** g */
  sugar?: number;
  /** When it was measured */
  timestamp: string;
  type: "breakfast" | "morning_snack" | "lunch" | "afternoon_snack" | "dinner" | "after_dinner" | "other";
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
  /** mg */
  vitaminA?: number;
  /** mg */
  vitaminC?: number;
}

/** A part of a merged row, and what became of it (docs/MERGE.md) */
export interface MergedPart {
  /** How much of an amount counts */
  counted?: number;
  /** The device's name */
  device?: string;
  /** mmHg */
  diastolic?: number;
  endTime?: string;
  /** Members that come from it */
  fields?: string[];
  /** The part alone can be read by it; many samples have none */
  id?: string;
  /** The member of the row that it is about */
  member?: string;
  /** Why, as a fixed word */
  reason: string;
  /** How many, where the part is of several */
  samples?: number;
  /** The source's id */
  source: string;
  startTime: string;
  /** mmHg */
  systolic?: number;
  /** How much of it counts */
  used: "all" | "part" | "none";
  /** What it says, in the unit of the row */
  value?: number;
}

export interface NewNotifications {
  /** The app's client secret, with which they are signed */
  clientSecret: string;
  /** Where they are to be sent to */
  notifyUrl: string;
}

/** A user to be */
export interface NewUser {
  /** The app's own id of the person, at most 1,024 bytes */
  externalId: string;
}

/** A webhook to be */
export interface NewWebhook {
  /** Types of data (`heart_rate`); none are all */
  dataTypes?: string[];
  /** At most 200 characters */
  description?: string;
  enabled?: boolean;
  /** Types of events (`data.created`, `connection.*`); none are all */
  eventTypes?: string[];
  /** https, on port 443 or 8443, of a public host */
  url: string;
}

/** Notifications of the first generation */
export interface Notifications {
  enabled: boolean;
  failingSince?: string;
  /** Where they are sent to */
  notifyUrl?: string;
  /** Why they are off */
  reason?: string;
  /** The newest first */
  recent: Attempt[];
}

/** What went wrong, also in the words of RFC 6749, section 5.2 */
export interface OAuthError {
  /** Fixed word, for programs */
  code: string;
  /** What is wrong in this case and what to do */
  detailedMessage: string;
  /** A word of OAuth where one fits, else the code */
  error: string;
  /** As `detailedMessage` */
  error_description: string;
  /** The code's name, for people */
  message: string;
}

/** From a metric, `activities`, `sleeps`, `blood_pressure` or `default` to who is believed (docs/MERGE.md) */
export type Priorities = Record<string, string[]>;

/** The person */
export interface Profile {
  /** When the app got to know the person */
  createdAt: string;
  defaultTimeZone: {
    /** IANA name; `UTC` where no source tells one */
    name: string;
  };
  /** Where a source told it */
  email?: string;
  /** The person */
  humanId: string;
  userId: string;
}

export interface PublicToken {
  /** The person */
  humanId: string;
  /** Opens Connect again */
  publicToken: string;
}

export interface PublicTokenRequest {
  /** The app */
  clientId: string;
  /** The app's secret */
  clientSecret: string;
  /** The person */
  humanId: string;
}

/** What became of a post */
export interface Pushed {
  /** Left out */
  rejected: number;
  /** New and corrected observations */
  stored: number;
  /** Known before, the same */
  unchanged: number;
}

/** A reading of one value */
export interface Reading {
  /** When it was stored first */
  createdAt: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** When it was measured */
  timestamp: string;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  /** Fixed for each measurement; `SpO2` is percent */
  unit: "SpO2" | "bpm" | "kg" | "kg/m2" | "mm" | "percent";
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
  /** In `unit` */
  value: number;
}

export interface Replay {
  /** Events since then are sent once more */
  since: string;
}

export interface Replaying {
  /** Whether there is anything to send */
  replaying: boolean;
}

/** A series, taken together by time */
export interface ResampledSeries {
  /** The figures */
  agg: string[];
  /** Oldest first */
  buckets: Bucket[];
  metric: string;
  /** As it was asked for */
  step: string;
  /** By whose clock buckets begin and end */
  timeZone: string;
  /** As the data API writes it */
  unit: string;
}

export interface RotatedSecret {
  oldSecretUntil: string;
  /** Shown this once; messages are signed with it */
  secret: string;
}

export interface SecretRotation {
  /** How long the old secret signs beside the new one; 24 if nothing is said */
  overlapHours?: number;
}

/** A finished session */
export interface SessionExchange {
  /** The app */
  clientId: string;
  /** The app's secret */
  clientSecret: string;
  /** If given, it has to be the session's */
  clientUserId?: string;
  /** As Connect handed it over */
  humanId: string;
  /** As Connect handed it over; counts once */
  sessionToken: string;
}

/** Opens Connect for somebody new, for an hour */
export interface SessionToken {
  /** Seconds */
  expires_in: number;
  /** The person */
  human_id: string;
  session_token: string;
  token_type: "Bearer";
}

/** A night, or a nap */
export interface Sleep {
  /** When it was stored first */
  createdAt: string;
  /** The civil day of waking up */
  day: string;
  /** Percent; 0 where the source does not tell it */
  efficiency: number;
  /** When it ended */
  endTime?: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** Whether it is the main sleep of its day */
  mainSleep: boolean;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** Count; 0 where the source does not tell it */
  numberOfWakeups: number;
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** What the source said beyond the members of the row */
  sourceData: Record<string, unknown>;
  /** When it began */
  startTime: string;
  /** Minutes; 0 where the source does not tell it */
  timeAfterWakeup: number;
  /** Minutes; 0 where the source does not tell it */
  timeAsleep: number;
  /** Minutes; 0 where the source does not tell it */
  timeAwake: number;
  /** Minutes; 0 where the source does not tell it */
  timeInBed: number;
  timeSeries?: SleepTimeSeries;
  /** Minutes; 0 where the source does not tell it */
  timeToFallAsleep: number;
  /** The person's local offset from UTC, where it is known */
  tzOffset?: string;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
}

/** A stretch of a sleep */
export interface SleepStage {
  /** When it ended */
  endTime: string;
  stage: "awake" | "light" | "deep" | "rem" | "asleep";
}

/** The sleeps of a day and a connection, summed up */
export interface SleepSummary {
  /** When it was stored first */
  createdAt: string;
  /** The civil day */
  date: string;
  /** The person */
  humanId: string;
  /** The same whenever the row is asked for, corrected or fetched again */
  id: string;
  /** With `merge=true`: what it was put together from, the leading part first */
  mergedFrom?: MergedPart[];
  /** The source's id, as in `/v1/human/sources` */
  source: string;
  /** Minutes */
  timeAsleep: number;
  /** Minutes */
  timeAwake: number;
  /** When it was changed last */
  updatedAt: string;
  /** The person, one a person and app; deprecated by `humanId` */
  userId: string;
}

/** With `time_series=true`: what was measured meanwhile, from instants to values */
export interface SleepTimeSeries {
  /** /min */
  breathing: Record<string, number>;
  /** /min */
  heartRate: Record<string, number>;
  /** From the beginning of a stage to the stage */
  quality: Record<string, SleepStage>;
}

export type Source = SourceV21 | SourceV23;

/** A connection, as of version 2.1 */
export interface SourceV21 {
  connectedSince: string;
  /** Where the connection is not simply well */
  connectionState?: {
    since: string;
    state: "quiet" | "stale" | "needs_reauth" | "provider_down" | "paused";
  };
  /** Devices that brought data */
  devices: string[];
  historySync: HistorySync;
  /** The connection */
  id: string;
  /** The source's id */
  source: string;
  /** What the source gives */
  supportedDataTypes: string[];
  syncStatus: {
    /** Why, where a reason is known */
    details?: string;
    /** The newest day that has been read */
    newestDate?: string;
    status: "not_started" | "inProgress" | "ok" | "authorization_required" | "source_unavailable" | "stale" | "paused";
    /** When it was synced last */
    synchedAt?: string;
  };
}

/** A connection, as of version 2.3 */
export interface SourceV23 {
  connectedSince: string;
  /** Devices that brought data */
  devices: string[];
  /** Not known */
  expectedSyncDuration: null;
  historySync: HistorySync;
  /** The connection */
  id: string;
  resync: {
    /** Always false: nothing is read a second time by request */
    active: boolean;
  };
  /** The source, the same in every installation */
  source: string;
  sourceName: string;
  /** What the source gives */
  supportedDataTypes: string[];
  syncStatus: {
    /** `ok` where there is nothing to say */
    details: string;
    status: "inProgress" | "ok" | "noDataAvailable" | "authorization_required" | "source_unavailable" | "stale" | "paused";
    /** When it was synced last */
    synchedAt?: string;
  };
}

/** What came of a test message */
export interface TestResult {
  durationMs: number;
  eventId: string;
  /** What came of it */
  outcome: "delivered" | "error_status" | "redirect" | "throttled" | "gone" | "timed_out" | "no_connection" | "no_answer" | "address_not_allowed";
  /** HTTP status of the answer */
  status?: number;
}

/** What is asked for */
export interface TokenRequest {
  /** The app */
  client_id: string;
  /** The app's secret */
  client_secret: string;
  /** At most 320 bytes */
  client_user_email?: string;
  /** The app's own id of the person, at most 1,024 bytes */
  client_user_id?: string;
  /** Instead of `type` */
  grant_type?: string;
  /** As it was issued */
  refresh_token?: string;
  /** `session`, `id`, `id_token`, `access`, or `refresh` with `refresh_token` */
  type?: string;
}

/** A person's tokens */
export interface Tokens {
  /** Reads the person's data */
  accessToken: string;
  /** The app */
  clientId: string;
  /** The app's own id of the person: compare it with whom you meant */
  clientUserId: string;
  /** The person */
  humanId: string;
  /** Opens Connect again */
  publicToken: string;
}

/** A user of the app */
export interface User {
  /** The app's client id */
  appId: string;
  createdAt: string;
  /** The app's own id of the person */
  externalId: string;
  /** The person */
  humanId: string;
  updatedAt: string;
}

/** A webhook (docs/WEBHOOKS.md) */
export interface Webhook {
  createdAt: string;
  /** Types of data (`heart_rate`); none are all */
  dataTypes: string[];
  description: string;
  enabled: boolean;
  /** Types of events (`data.created`, `connection.*`); none are all */
  eventTypes: string[];
  failingSince?: string;
  /** In a row */
  failures: number;
  id: string;
  /** Why it is off */
  reason?: string;
  replaying: boolean;
  updatedAt: string;
  /** Where events are sent to */
  url: string;
}

/** What is to be changed of a webhook */
export interface WebhookChange {
  /** Types of data (`heart_rate`); none are all */
  dataTypes?: string[];
  /** At most 200 characters */
  description?: string;
  enabled?: boolean;
  /** Types of events (`data.created`, `connection.*`); none are all */
  eventTypes?: string[];
  /** https, on port 443 or 8443, of a public host */
  url?: string;
}
