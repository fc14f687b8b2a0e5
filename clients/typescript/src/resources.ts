/** The kinds of lists that the data API has. */
import { toQuery, walk, type Filter, type ListFilter } from './filters.js';
import { all, page, type Page } from './paging.js';
import type { Transport } from './transport.js';

/** Rows that are listed and counted in pages. */
export class List<T> {
  constructor(
    protected readonly transport: Transport,
    protected readonly path: string,
  ) {}

  /** One page, newest first. */
  list(filter?: ListFilter): Promise<Page<T>> {
    return page<T>(this.transport, this.path, toQuery(filter));
  }

  /** All rows, newest first, page after page by cursor; of 500 rows unless `limit` says otherwise. */
  all(filter?: ListFilter): AsyncGenerator<T, void, undefined> {
    return all(() => this.list(walk(filter)));
  }

  /** One row by its id. */
  get(id: string, options?: Pick<Filter, 'merge' | 'timeSeries'>): Promise<T> {
    return this.transport.json<T>(`${this.path}/${encodeURIComponent(id)}`, { query: toQuery(options) });
  }
}

/** Rows that are looked up by day as well. */
export class DailyList<T> extends List<T> {
  /** The rows of a civil day, `YYYY-MM-DD`; a page of them. */
  daily(date: string, filter?: Omit<ListFilter, 'startDate' | 'endDate'>): Promise<Page<T>> {
    return page<T>(this.transport, `${this.path}/daily/${encodeURIComponent(date)}`, toQuery(filter));
  }
}

/** Daily sums. */
export class Summaries<T> extends List<T> {
  /** The sum of a civil day, `YYYY-MM-DD`; of the source that was connected first, unless `source` picks another. */
  onDay(date: string, options?: Pick<Filter, 'merge' | 'source'>): Promise<T> {
    return this.transport.json<T>(`${this.path}/${encodeURIComponent(date)}`, { query: toQuery(options) });
  }
}

/** A kind of measurement. */
export class Measurement<T> extends DailyList<T> {
  constructor(
    transport: Transport,
    private readonly base: string,
  ) {
    super(transport, `${base}/readings`);
  }

  /** The newest reading; `undefined` if there is none. */
  async latest(options?: Pick<Filter, 'merge' | 'source'>): Promise<T | undefined> {
    return present(await this.transport.json<T | Record<string, never>>(this.base, { query: toQuery(options) }));
  }
}

/** Heart rates have daily sums as well. */
export class HeartRates<T, S> extends Measurement<T> {
  readonly summaries: Summaries<S>;

  constructor(transport: Transport, base: string) {
    super(transport, base);
    this.summaries = new Summaries(transport, `${base}/summaries`);
  }
}

/** Activities and sleeps: sessions, and daily sums. */
export class Sessions<T, S> extends DailyList<T> {
  readonly summaries: Summaries<S>;

  constructor(transport: Transport, path: string) {
    super(transport, path);
    this.summaries = new Summaries(transport, `${path}/summaries`);
  }

  /** The newest daily sum; `undefined` if there is none. */
  async latestSummary(options?: Pick<Filter, 'merge' | 'source'>): Promise<S | undefined> {
    return present(await this.transport.json<S | Record<string, never>>(`${this.path}/summary`, { query: toQuery(options) }));
  }
}

/** The API says `{}` for what there is none of. */
export function present<T>(row: T | Record<string, never>): T | undefined {
  return Object.keys(row as object).length === 0 ? undefined : (row as T);
}
