import { COLUMNS } from '#engine/fields/dictionary.ts';
import { STORED_COLUMNS, type StoredColumn } from '#engine/fields/stored.ts';
import { MESSAGE_SQL, RAW_SQL } from './template-sql.ts';

function columnSql({ column, kind, low }: StoredColumn): string {
  if (kind === 'time') return `${column} DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3))`;
  if (kind === 'number') return `${column} UInt32 CODEC(ZSTD(3))`;
  // Level 6 makes what is stored 7 % smaller than level 3 and costs an insert next to nothing: it waits for other things.
  return `${column} ${low ? 'LowCardinality(String) CODEC(ZSTD(3))' : 'String CODEC(ZSTD(6))'}`;
}

/**
 * Skip indexes: a bloom filter is small, nearly free to write, and finds one address, hash or account in a tenth of the
 * time. It is kept over the lower-cased value, as searches and rules ask. N-gram and word filters for substrings of
 * single columns were measured too: they made an insert 1.5 to 3 times as long, while a substring over a million rows of
 * one column takes 30 ms without them; so substrings are scanned.
 */
const bloom = (column: string): string => `INDEX has_${column} lower(${column}) TYPE bloom_filter(0.01) GRANULARITY 1`;

const LEDGER = COLUMNS.filter(({ ledger }) => ledger);
const LEDGER_NAMES = new Set(LEDGER.map(({ column }) => column));
/** Those of the source's own words, which the table had from the beginning. */
const FIRST = COLUMNS.filter(({ ledger }) => !ledger);

/** Everything free text is looked for in: what the original text has besides its values, and the values. */
const searchable = (columns: typeof COLUMNS): string => {
  const texts = ['template', 'rest', ...columns.map(({ column }) => (column === 'message' ? 'message_text' : column))];
  return `lower(concatWithSeparator('\\n', ${texts.join(', ')}))`;
};

/**
 * The text of the first migration of the event store: one table, sorted so that an hour's events of one source lie
 * together. The time to live is set by the collector at its start, from the configuration (`retention.ts`).
 *
 * Large blocks and compact parts: what is alike lies in one block, and a part is a few files instead of four hundred,
 * each of which would have to be synced. Above 64 MB (not compressed) a part has a file for each column, so that scans read only those
 * they need.
 */
export function eventTableSql(): string {
  const lines = [
    ...STORED_COLUMNS.filter(({ column }) => !LEDGER_NAMES.has(column)).map(columnSql),
    `raw String ALIAS ${RAW_SQL}`,
    `message String ALIAS ${MESSAGE_SQL}`,
    `searchable String ALIAS ${searchable(FIRST)}`,
    // Identifiers rise with time: a range is enough, and a hundredth of a bloom filter.
    'INDEX range_event_id event_id TYPE minmax GRANULARITY 1',
    'INDEX range_received_at received_at TYPE minmax GRANULARITY 1',
    ...FIRST.flatMap(({ column, index }) => (index === 'bloom' ? [bloom(column)] : [])),
    'INDEX text_grams searchable TYPE ngrambf_v1(2, 8192, 2, 0) GRANULARITY 1',
  ];
  return `-- Generated from the field dictionary (src/engine/fields/dictionary.ts) by src/domain/telemetry/event-table.ts.
CREATE TABLE IF NOT EXISTS event (
${lines.map((line) => `  ${line}`).join(',\n')}
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (toStartOfHour(time), source, event_code, host, time)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
  min_bytes_for_wide_part = 67108864, index_granularity_bytes = 67108864,
  min_compress_block_size = 1048576, max_compress_block_size = 4194304, auto_statistics_types = '';
`;
}

/** The text of the migration that adds what the ledger knows of an event. */
export function ledgerColumnsSql(): string {
  const stored = STORED_COLUMNS.filter(({ column }) => LEDGER_NAMES.has(column));
  const added = stored.map((column) => `ADD COLUMN IF NOT EXISTS ${columnSql(column)}`);
  const indexes = LEDGER.flatMap(({ column, index }) =>
    index ? [`ADD ${bloom(column).replace(/^INDEX/, 'INDEX IF NOT EXISTS')}`] : [],
  );
  return `-- Generated from the field dictionary (src/engine/fields/dictionary.ts) by src/domain/telemetry/event-table.ts.
-- What the ledger knew of an event's asset when the event came in.
ALTER TABLE event ${added.join(',\n  ')};
ALTER TABLE event MODIFY COLUMN searchable String ALIAS ${searchable(COLUMNS)};
ALTER TABLE event ${indexes.join(',\n  ')};
`;
}
