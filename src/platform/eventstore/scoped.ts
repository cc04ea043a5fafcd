import { setImmediate } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { isUnreachable } from '../unreachable.ts';
import { type EventConnection, withFormat } from './connection.ts';
import type { EventReader, EventSql, QueryLimits } from './reader.ts';

const TIMEOUT_MS = 30_000;
const ROWS_MAX = 10_000;
const MEMORY_BYTES_MAX = 2_000_000_000;

/** A reader that sees only events whose `unit_path` starts with `scopePath`; `/` sees all, '' nothing. */
export function scopedReader(connection: EventConnection, scopePath: string): EventReader {
  const filter = scopeFilter(scopePath);
  return {
    query: async <Row extends object>(sql: EventSql, limits: QueryLimits): Promise<Row[]> => {
      const text = boundText(sql.text, filter, limits);
      try {
        const answer = await connection.query(withFormat(text, 'JSONEachRow'), sql.params, limits.signal);
        return await rowsOf<Row>(answer);
      } catch (error) {
        throw readableFault(error, limits);
      }
    },
  };
}

/** Rows read at once: after them others have their turn, since an answer may be some megabytes. */
const AT_ONCE = 500;

async function rowsOf<Row>(answer: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const line of answer.split('\n')) {
    if (line === '') continue;
    rows.push(JSON.parse(line));
    if (rows.length % AT_ONCE === 0) await setImmediate();
  }
  return rows;
}

/** The setting that limits the tables of events. Bytes instead of quotes: nothing in a path can end the text. */
function scopeFilter(scopePath: string): string {
  // Nobody is signed in: nothing is seen.
  if (scopePath === '') return filterOf('0');
  if (!scopePath.startsWith('/') || !scopePath.endsWith('/')) {
    throw new Error(`a scope starts and ends with "/": ${JSON.stringify(scopePath)}`);
  }
  if (scopePath === '/') return '{}';
  const bytes = [...Buffer.from(scopePath, 'utf8')].join(',');
  return filterOf(`startsWith(unit_path, char(${bytes}))`);
}

/** Tables whose rows belong to a unit, named in `unit_path`. */
/** On a cluster also by the name of the table that holds a shard's rows: whichever is asked is limited. */
const SCOPED_TABLES = ['event', 'event_count', 'entity_sighting', 'field_use'].flatMap((table) => [
  table,
  `${table}_local`,
]);

const filterOf = (condition: string): string =>
  `{${SCOPED_TABLES.map((table) => `'${table}':'${condition}'`).join(', ')}}`;

/** Words with which a statement could leave its scope, its limits or the store. Our own SQL never needs them. */
const REFUSED =
  /;|\b(?:settings|format|into|insert|attach|system|merge|file|url|s3|remote|remoteSecure|cluster|clusterAllReplicas|executable|input|loop|dictionary|mysql|postgresql|sqlite|odbc|jdbc|mergeTree\w*)\b\s*(?=$|[^\w\s,)=<>!}:]|[a-z'])/i;
const TABLE_FUNCTION = /\b(?:from|join)\s+`?(?!numbers\b)\w+`?\s*[.(]/i;

/**
 * Adds format, limits and scope to a SELECT. They are part of the statement, since settings sent apart would stay in
 * the connection for the next caller.
 *
 * @throws Error when the text is not one SELECT, or brings its own settings or table functions
 */
function boundText(text: string, filter: string, limits: QueryLimits): string {
  if (!/^\s*(?:select|with)\b/i.test(text)) throw new Error(`only SELECT may be read: ${text.slice(0, 200)}`);
  const refused = REFUSED.exec(text) ?? TABLE_FUNCTION.exec(text);
  if (refused !== null) throw new Error(`"${refused[0]}" is not allowed in a reading statement: ${text.slice(0, 200)}`);
  const settings = [
    `additional_table_filters=${filter}`,
    `max_execution_time=${(limits.timeoutMs ?? TIMEOUT_MS) / 1000}`,
    `limit=${limits.rowsMax ?? ROWS_MAX}`,
    `max_memory_usage=${MEMORY_BYTES_MAX}`,
    ...(limits.blockBytes === undefined ? [] : [`preferred_block_size_bytes=${limits.blockBytes}`]),
    'max_query_size=16000000',
    'max_ast_elements=2000000',
    'max_expanded_ast_elements=2000000',
    'output_format_json_quote_64bit_integers=0',
    'output_format_json_escape_forward_slashes=0',
    "date_time_output_format='iso'",
    `log_comment='${limits.tag.replace(/[^\w.-]/g, '_')}'`,
  ];
  return `${text}\nSETTINGS ${settings.join(', ')}`;
}

/** Servers that are there but cannot ask each other, or start up or shut down. */
const DOWN: ReadonlySet<unknown> = new Set([
  'ALL_CONNECTION_TRIES_FAILED',
  'NETWORK_ERROR',
  'SOCKET_TIMEOUT',
  'SERVER_OVERLOADED',
  'ABORTED',
]);

/** What the store reports about limits, and that it is not there, as something a person can act on. Everything else stays a fault of ours. */
function readableFault(error: unknown, limits: QueryLimits): unknown {
  if (error instanceof AppError || limits.signal?.aborted) return error;
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'TIMEOUT_EXCEEDED' || type === 'TOO_SLOW') {
    const seconds = (limits.timeoutMs ?? TIMEOUT_MS) / 1000;
    const sentence = `The search took longer than ${seconds} s; choose a shorter time range or more exact fields`;
    return new AppError('unavailable', { public: sentence, reason: 'events.timeout', cause: error });
  }
  if (type === 'MEMORY_LIMIT_EXCEEDED') {
    const sentence = 'The search needs more memory than allowed; choose a shorter time range or fewer groups';
    return new AppError('unavailable', { public: sentence, reason: 'events.memory', cause: error });
  }
  if (isUnreachable(error) || DOWN.has(type)) {
    const sentence = 'The event store does not answer; what is received meanwhile is kept. Try again in a moment';
    return new AppError('unavailable', {
      public: sentence,
      reason: 'events.down',
      cause: error,
      retryAfterSeconds: 15,
    });
  }
  return error;
}
