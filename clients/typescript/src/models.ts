/** What the server sends and takes. Written by `make models` from its description; not by hand. */

export interface Activity {
  id: string;
  userId: string;
  humanId: string;
  startTime: string;
  endTime?: string;
  tzOffset?: string;
  type: string;
  duration?: number;
  distance?: number;
  steps?: number;
  calories?: number;
  timeSeries?: Record<string, unknown>;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface ActivitySummary {
  id: string;
  userId: string;
  humanId: string;
  date: string;
  duration?: number;
  distance?: number;
  steps?: number;
  calories?: number;
  vigorous?: number;
  moderate?: number;
  light?: number;
  sedentary?: number;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface Attempt {
  eventId: string;
  type: string;
  attempt: number;
  at: string;
  durationMs: number;
  outcome: string;
  status?: number;
}

export interface Batch {
  source: string;
  device?: string;
  observations: (Record<string, unknown>)[];
}

export interface BloodGlucoseReading {
  id: string;
  userId: string;
  humanId: string;
  timestamp: string;
  tzOffset?: string;
  value: number;
  unit: string;
  notes: string;
  mealTag: string;
  medicationTag: string;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface BloodPressureReading {
  id: string;
  userId: string;
  humanId: string;
  timestamp: string;
  tzOffset?: string;
  unit: string;
  systolic: number;
  diastolic: number;
  heartRate?: number;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface ConnectionState {
  id: string;
  source: string;
  state: string;
  reason?: string;
  since: string;
}

export interface CreatedWebhook {
  id: string;
  url: string;
  description: string;
  eventTypes: string[];
  dataTypes: string[];
  enabled: boolean;
  reason?: string;
  failures: number;
  failingSince?: string;
  replaying: boolean;
  createdAt: string;
  updatedAt: string;
  secret: string;
}

export interface Event {
  id?: string;
  type: string;
  timestamp: string;
  data: {
    clientId: string;
    humanId?: string;
    sequence: number;
    backfill: boolean;
    connectionId?: string;
    source?: string;
    dataType?: string;
    count?: number;
    from?: string;
    to?: string;
    reconnected?: boolean;
    reason?: string;
    stream?: string;
    mode?: string;
    connectionIds?: string[];
    webhookId?: string;
    kind?: string;
  };
}

export interface GeneticTrait {
  userId: string;
  humanId: string;
  description: string;
  trait: string;
  possibleTraits: string[];
}

export interface Genotypes {
  id?: string;
  genotypes: {
    location: string;
    call: string;
  }[];
}

export interface HeartRateSummary {
  id: string;
  userId: string;
  humanId: string;
  date: string;
  zones: {
    name: string;
    max?: number;
    min?: number;
    duration: number;
    caloriesBurned?: number;
  }[];
  restingHR?: number;
  averageHR?: number;
  maxHR?: number;
  minHR?: number;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface HeldSeries {
  metric: string;
  unit: string;
  first: string;
  last: string;
  count: number;
  sources: string[];
}

export interface Human {
  userId: string;
  humanId: string;
  email?: string;
  gender?: string;
  createdAt: string;
  bloodGlucose?: Record<string, unknown>;
  bloodOxygen?: Record<string, unknown>;
  bloodPressure?: Record<string, unknown>;
  bmi?: Record<string, unknown>;
  bodyFat?: Record<string, unknown>;
  height?: Record<string, unknown>;
  heartRate?: Record<string, unknown>;
  weight?: Record<string, unknown>;
  activitySummary?: Record<string, unknown>;
  sleepSummary?: Record<string, unknown>;
}

export interface Import {
  id: string;
  state: "receiving" | "waiting" | "reading" | "done" | "failed";
  source?: string;
  format?: string;
  bytes: {
    total?: number;
    received: number;
    read: number;
  };
  stored: {
    inserted: number;
    updated: number;
    unchanged: number;
  };
  found: Record<string, number>;
  rejected: Record<string, number>;
  unknownTypes: Record<string, number>;
  leftOut: Record<string, number>;
  error?: {
    code: string;
    message: string;
  };
  createdAt: string;
  updatedAt: string;
}

export interface Ingested {
  inserted: number;
  updated: number;
  unchanged: number;
  deleted: number;
  rejected: {
    index: number;
    code: string;
    message: string;
  }[];
}

export interface Location {
  id: string;
  userId: string;
  humanId: string;
  startTime: string;
  endTime?: string;
  tzOffset?: string;
  name: string;
  location: {
    lat: number;
    lon: number;
  };
  type?: string;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface Meal {
  id: string;
  userId: string;
  humanId: string;
  timestamp: string;
  tzOffset?: string;
  type: string;
  name?: string;
  calories?: number;
  carbohydrate?: number;
  fat?: number;
  protein?: number;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface MergedPart {
  id?: string;
  source: string;
  device?: string;
  member?: string;
  startTime?: string;
  endTime?: string;
  samples?: number;
  value?: number;
  systolic?: number;
  diastolic?: number;
  counted?: number;
  used: "all" | "part" | "none";
  reason: string;
  fields?: string[];
}

export interface NewWebhook {
  url: string;
  description?: string;
  eventTypes?: string[];
  dataTypes?: string[];
  enabled?: boolean;
}

export interface Notifications {
  enabled: boolean;
  notifyUrl?: string;
  reason?: string;
  failingSince?: string;
  recent: Attempt[];
}

export type Priorities = Record<string, string[]>;

export interface Profile {
  userId: string;
  createdAt: string;
  email?: string;
  defaultTimeZone: {
    name: string;
  };
  humanId: string;
}

export interface PublicToken {
  humanId: string;
  publicToken: string;
}

export interface Reading {
  id: string;
  userId: string;
  humanId: string;
  timestamp: string;
  tzOffset?: string;
  value: number;
  unit: string;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface Replaying {
  replaying: boolean;
}

export interface ResampledSeries {
  metric: string;
  unit: string;
  step: string;
  timeZone: string;
  agg: string[];
  buckets: SeriesBucket[];
}

export interface RotatedSecret {
  secret: string;
  oldSecretUntil: string;
}

export interface SeriesBucket {
  start?: string;
  end?: string;
  tzOffset?: string;
  localStart?: string;
  localEnd?: string;
  sum?: number;
  avg?: number;
  timeAvg?: number;
  min?: number;
  max?: number;
  first?: number;
  last?: number;
  count?: number;
  source?: string;
  sources?: string[];
}

export interface Sleep {
  id: string;
  userId: string;
  humanId: string;
  day: string;
  startTime: string;
  endTime?: string;
  tzOffset?: string;
  mainSleep: boolean;
  timeAsleep: number;
  timeAwake: number;
  efficiency: number;
  timeToFallAsleep: number;
  timeAfterWakeup: number;
  timeInBed: number;
  numberOfWakeups: number;
  timeSeries?: Record<string, unknown>;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface SleepSummary {
  id: string;
  userId: string;
  humanId: string;
  date: string;
  timeAsleep: number;
  timeAwake: number;
  source: string;
  sourceData: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  mergedFrom?: MergedPart[];
}

export interface SourceV21 {
  id: string;
  source: string;
  supportedDataTypes: string[];
  devices: string[];
  connectedSince: string;
  historySync: {
    status: string;
    oldestDate?: string;
  };
  syncStatus: {
    status: string;
    details?: string;
    synchedAt?: string;
    newestDate?: string;
  };
  connectionState?: {
    state: string;
    since: string;
  };
}

export interface TestResult {
  eventId: string;
  outcome: string;
  durationMs: number;
  status?: number;
}

export interface Tokens {
  humanId: string;
  clientId: string;
  clientUserId: string;
  accessToken: string;
  publicToken: string;
}

export interface User {
  humanId: string;
  externalId: string;
  appId: string;
  createdAt: string;
  updatedAt: string;
}

export interface Webhook {
  id: string;
  url: string;
  description: string;
  eventTypes: string[];
  dataTypes: string[];
  enabled: boolean;
  reason?: string;
  failures: number;
  failingSince?: string;
  replaying: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookChange {
  url?: string;
  description?: string;
  eventTypes?: string[];
  dataTypes?: string[];
  enabled?: boolean;
}
