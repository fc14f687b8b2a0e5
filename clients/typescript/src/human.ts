/** One person's data, with the person's access token. For servers; reading works in browsers, too. */
import { exported, type ExportLine, type ExportOptions } from './export.js';
import { toQuery, type ListFilter } from './filters.js';
import { ImportCalls } from './imports.js';
import { page, type Page } from './paging.js';
import { DailyList, HeartRates, Measurement, Sessions } from './resources.js';
import { SeriesCalls } from './series.js';
import { Transport, type ClientOptions } from './transport.js';
import type {
  Activity, ActivitySummary, BloodGlucoseReading, BloodPressureReading, Genotypes, HeartRateSummary, Human, Batch, Ingested,
  Location, Meal, Profile, Reading, Sleep, SleepSummary, SourceV21, GeneticTrait,
} from './models.js';

/** Options of a {@link HumanClient}. */
export interface HumanOptions extends ClientOptions {
  /** The person's access token, from the exchange of a session token. */
  accessToken: string;
}

/** The data API. */
export class HumanClient {
  readonly bloodGlucose: Measurement<BloodGlucoseReading>;
  readonly bloodOxygen: Measurement<Reading>;
  readonly bloodPressure: Measurement<BloodPressureReading>;
  readonly bmi: Measurement<Reading>;
  readonly bodyFat: Measurement<Reading>;
  readonly heartRate: HeartRates<Reading, HeartRateSummary>;
  readonly height: Measurement<Reading>;
  readonly weight: Measurement<Reading>;
  readonly activities: Sessions<Activity, ActivitySummary>;
  readonly sleeps: Sessions<Sleep, SleepSummary>;
  readonly meals: DailyList<Meal>;
  readonly locations: DailyList<Location>;
  /** What is measured densely, by minutes, hours, days. */
  readonly series: SeriesCalls;
  /** Files that the person brings. */
  readonly imports: ImportCalls;
  readonly #transport: Transport;

  constructor(options: HumanOptions) {
    const { accessToken, ...rest } = options;
    const transport = new Transport(rest, `Bearer ${accessToken}`);
    this.#transport = transport;
    const measurement = <T>(name: string) => new Measurement<T>(transport, `/v1/human/${name}`);
    this.bloodGlucose = measurement('blood_glucose');
    this.bloodOxygen = measurement('blood_oxygen');
    this.bloodPressure = measurement('blood_pressure');
    this.bmi = measurement('bmi');
    this.bodyFat = measurement('body_fat');
    this.heartRate = new HeartRates(transport, '/v1/human/heart_rate');
    this.height = measurement('height');
    this.weight = measurement('weight');
    this.activities = new Sessions(transport, '/v1/human/activities');
    this.sleeps = new Sessions(transport, '/v1/human/sleeps');
    this.meals = new DailyList(transport, '/v1/human/food/meals');
    this.locations = new DailyList(transport, '/v1/human/locations');
    this.series = new SeriesCalls(transport);
    this.imports = new ImportCalls(transport);
  }

  /** The newest of everything. What there is none of is `{}`. */
  summary(options?: { merge?: boolean }): Promise<Human> {
    return this.#transport.json('/v1/human', { query: toQuery(options) });
  }

  /** The person. */
  profile(): Promise<Profile> {
    return this.#transport.json('/v1/human/profile');
  }

  /** What the person has connected, and how each source is. */
  sources(): Promise<SourceV21[]> {
    return this.#transport.json('/v1/human/sources');
  }

  /** What sources conclude from the person's genes. */
  traits(options?: Pick<ListFilter, 'limit' | 'offset' | 'cursor'>): Promise<Page<GeneticTrait>> {
    return page(this.#transport, '/v1/human/genetic/traits', toQuery(options));
  }

  /** What a chip read at these places: `rs3094315`. */
  genotypes(...locations: string[]): Promise<Genotypes> {
    return this.#transport.json('/v1/human/genetic/genotypes', { query: { locations: locations.join(' ') } });
  }

  /** Everything that the server holds of the person, line by line. A stream that was cut off ends in an error. */
  export(options: ExportOptions = {}): AsyncGenerator<ExportLine, void, undefined> {
    return exported(this.#transport, options);
  }

  /** Brings data of your own; the same data twice change nothing. At most 10,000 observations. */
  ingest(batch: Batch): Promise<Ingested> {
    return this.#transport.json('/v1/human/ingest', { method: 'POST', json: batch, repeatable: true });
  }
}
