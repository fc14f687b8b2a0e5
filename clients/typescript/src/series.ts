/** Dense series, taken together by minutes, hours, days, …: heart rate, steps, energy, and so on. */
import { toQuery, type Instant } from './filters.js';
import type { HeldSeries, ResampledSeries } from './models.js';
import type { Transport } from './transport.js';

/** A figure of a bucket; which ones fit depends on the metric. */
export type Aggregate = 'sum' | 'avg' | 'time_avg' | 'min' | 'max' | 'first' | 'last' | 'count';

/** What is taken together, and how. */
export interface SeriesOptions {
  /** Instants or civil days of `tz`, `to` not included; from the first to the last sample if absent. */
  from?: Instant;
  to?: Instant;
  /** Civil days instead of these, both included. */
  startDate?: string;
  endDate?: string;
  /** `30s`, `5m`, `1h`, `1d`, `1w`, `1mo`, `1y`; a day if absent. */
  step?: string;
  agg?: Aggregate | Aggregate[];
  /** IANA zone, `+hh:mm`, or `local`; that of the person if absent. */
  tz?: string;
  source?: string;
  /** A bucket for each source. */
  by?: 'source';
  /** `false`: only the best device that tells anything in that time. */
  merge?: boolean;
  /** Buckets without samples too. */
  empty?: boolean;
}

/** A person's dense series. */
export class SeriesCalls {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Which there are. */
  list(options?: { source?: string }): Promise<HeldSeries[]> {
    return this.#transport.json('/v1/human/series', { query: toQuery(options) });
  }

  /** One of them, a bucket for each step. */
  get(metric: string, options: SeriesOptions = {}): Promise<ResampledSeries> {
    const { agg, ...rest } = options;
    const query = { ...toQuery(rest), agg: Array.isArray(agg) ? agg.join(',') : agg };
    return this.#transport.json(`/v1/human/series/${encodeURIComponent(metric)}`, { query });
  }
}
