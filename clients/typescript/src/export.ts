/** Everything of one person, as one stream. */
import { HilumConnectionError } from './errors.js';
import { lines } from './lines.js';
import type { Transport } from './transport.js';

/** What comes, and how it is ended. */
export interface ExportOptions {
  /** `ndjson`, everything, if absent; `fhir`: FHIR R4, what there are resources for. */
  format?: 'ndjson' | 'fhir';
  /** With the answers of sources as they came, as far as the server keeps them. With `ndjson` alone. */
  raw?: boolean;
  signal?: AbortSignal;
}

/** A line: `docs/EXPORT.md` lists what `type` may be and what comes with it; of FHIR it is a resource. */
export type ExportLine = Record<string, unknown>;

/** Line by line; a stream that was cut off is an error after its last line. */
export async function* exported(transport: Transport, options: ExportOptions): AsyncGenerator<ExportLine, void, undefined> {
  const { signal, ...query } = options;
  const body = await transport.stream('/v1/human/export', { query, signal, headers: { accept: '*/*' } });
  let whole = false;
  for await (const line of lines(body)) {
    if (line === '') continue;
    const told = parsedLine(line);
    whole = told['type'] === 'end' || told['resourceType'] === 'OperationOutcome';
    yield told;
  }
  if (!whole) throw new HilumConnectionError('the export was cut off: ask for it again');
}

function parsedLine(line: string): ExportLine {
  try {
    return JSON.parse(line) as ExportLine;
  } catch {
    throw new HilumConnectionError('the export was cut off: ask for it again');
  }
}
