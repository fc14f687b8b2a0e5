/** Which rows of a list. */
import type { Query } from './transport.js';

/** An instant: a `Date` or text such as `2026-03-01T00:00:00Z`. */
export type Instant = Date | string;

/** Conditions that all have to hold. */
export interface Filter {
  /** First civil day, `YYYY-MM-DD`; together with `endDate`. */
  startDate?: string;
  /** Last civil day, itself included. */
  endDate?: string;
  /** Stored at this instant or later. */
  createdSince?: Instant;
  createdBefore?: Instant;
  /** Changed at this instant or later: to keep up, the newest `updatedAt` that you have. */
  updatedSince?: Instant;
  updatedBefore?: Instant;
  /** Only this source: `oura`. */
  source?: string;
  /** What several sources tell of the same thing is one row that names its parts. */
  merge?: boolean;
  /** Sleeps and activities tell what was measured meanwhile. */
  timeSeries?: boolean;
}

/** The same, and which page. */
export interface ListFilter extends Filter {
  /** Rows of a page, 1 to 500; 50 if absent. */
  limit?: number;
  /** Rows to skip. */
  offset?: number;
  /**
   * Instead of `offset`: `*` begins a walk that nothing disturbs that comes or goes meanwhile. Its last page has a
   * `syncCursor`; a walk from that another time is what has changed since.
   */
  cursor?: string;
}

/** A whole list: in large pages, by cursor unless an offset is asked for. */
export function walk<F extends ListFilter>(filter: F | undefined): F & ListFilter {
  const begin: ListFilter = filter?.offset === undefined ? { limit: 500, cursor: '*' } : { limit: 500 };
  return { ...begin, ...filter } as F & ListFilter;
}

/** As parameters of the API: `updatedSince` is `updated_since`. */
export function toQuery(filter: object | undefined): Query {
  const query: Query = {};
  for (const [name, value] of Object.entries(filter ?? {}) as [string, Query[string]][]) {
    query[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  }
  return query;
}
