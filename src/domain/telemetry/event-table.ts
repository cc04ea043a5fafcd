import { COLUMNS, type Column } from '#engine/fields/dictionary.ts';

/** Columns of table `event` that every event has, besides the typed ones of the field dictionary. */
const BEFORE = [
  'event_id String CODEC(ZSTD(1))',
  "time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))",
  "received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))",
  'source LowCardinality(String)',
  'source_id LowCardinality(String)',
  'product LowCardinality(String)',
  'category LowCardinality(String)',
  'service LowCardinality(String)',
  'unit_path LowCardinality(String)',
];
const AFTER = ['rest String CODEC(ZSTD(3))', 'raw String CODEC(ZSTD(3))', 'problem String CODEC(ZSTD(1))'];

/**
 * Skip indexes: a bloom filter is small, nearly free to write, and finds one address, hash or account in a tenth of the
 * time. N-gram and word filters for substrings were measured too: they made an insert 1.5 to 3 times as long, while a
 * substring over a million rows of one column takes 30 ms without them; so substrings are scanned.
 */
const bloom = (column: string): string => `INDEX has_${column} ${column} TYPE bloom_filter(0.01) GRANULARITY 1`;

const typed = ({ column, low }: Column): string =>
  low ? `${column} LowCardinality(String)` : `${column} String CODEC(ZSTD(1))`;

/**
 * The text of the first migration of the event store: one table, sorted so that an hour's events of one source lie
 * together. The time to live is set by the collector at its start, from the configuration (`retention.ts`).
 */
export function eventTableSql(): string {
  const lines = [
    ...BEFORE,
    ...COLUMNS.map(typed),
    ...AFTER,
    bloom('event_id'),
    ...COLUMNS.flatMap(({ column, index }) => (index === 'bloom' ? [bloom(column)] : [])),
  ];
  return `-- Generated from the field dictionary (src/engine/fields/dictionary.ts) by src/domain/telemetry/event-table.ts.
CREATE TABLE IF NOT EXISTS event (
${lines.map((line) => `  ${line}`).join(',\n')}
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (toStartOfHour(time), source, event_code, host, time)
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1, fsync_after_insert = 1;
`;
}
