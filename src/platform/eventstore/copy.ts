import type { EventConnection } from './connection.ts';

/** One day (or other partition) of one table. */
export interface EventPartition {
  readonly table: string;
  readonly partition: string;
  readonly rows: number;
  /** Changes when anything in the partition does; the same content may have another one after the store's own upkeep. */
  readonly fingerprint: string;
}

/** All events at one moment. */
export interface EventSnapshot {
  readonly partitions: readonly EventPartition[];
  /** Bytes on the store's disk. */
  readonly bytes: number;
  /** Rows as tab-separated lines; the first line of the whole names the columns. */
  lines(partition: EventPartition): AsyncIterable<Uint8Array>;
  /** Sums over the rows of a partition, for comparing a copy with what was copied. */
  check(partition: EventPartition): Promise<EventCheck>;
  /** Gives the disk space back. */
  drop(): Promise<void>;
}

interface EventCheck {
  readonly rows: number;
  /** Sum of a hash of each row over all its columns. */
  readonly sum: string;
}

/** Copying a store as a whole, without regard to scope: for backup and restore only. */
export interface EventCopy {
  /** Fixes the present moment. Costs no space until the store changes: both share the files. */
  snapshot(): Promise<EventSnapshot>;
  isEmpty(): Promise<boolean>;
  /** Removes the rows of a table that was filled by others (roll-ups of an insert). */
  clear(table: string): Promise<void>;
  /** @param lines whole lines, the first one naming the columns */
  load(table: string, lines: Uint8Array): Promise<void>;
  check(partition: Pick<EventPartition, 'table' | 'partition'>): Promise<EventCheck>;
}

/** Tables of a snapshot, so that what a broken backup left behind is found and removed. */
const PREFIX = 'backup_of_';
const HOLDS_ROWS = "engine LIKE '%MergeTree' AND name != 'schema_migration'";

export function openCopy(connection: EventConnection): EventCopy {
  const ask = async <Row>(text: string, params: Readonly<Record<string, unknown>> = {}): Promise<Row[]> => {
    const answer = await connection.command(
      `${text} FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0`,
      params,
    );
    return answer
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Row => JSON.parse(line));
  };
  const tables = async (): Promise<string[]> => {
    const rows = await ask<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND ${HOLDS_ROWS} ORDER BY name != 'event', name`,
    );
    return rows.map(({ name }) => name);
  };
  const dropLeftovers = async () => {
    for (const name of await tables()) {
      if (name.startsWith(PREFIX)) await connection.command(`DROP TABLE ${name} SYNC`, {});
    }
  };
  const check = async (table: string, partition: string): Promise<EventCheck> => {
    const [engine] = await ask<{ engine: string }>(
      'SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = {table:String}',
      { table },
    );
    // The store adds rows of roll-ups together whenever it likes: compared is what they come to.
    const final = engine?.engine === 'MergeTree' ? '' : 'FINAL';
    const columns = await columnsOf(ask, table, true);
    const [row] = await ask<{ n: number; sum: string }>(
      `SELECT count() AS n, toString(sum(cityHash64(${columns.join(', ')}))) AS sum FROM ${table} ${final}
       WHERE _partition_id = {partition:String}`,
      { partition },
    );
    return { rows: row?.n ?? 0, sum: row?.sum ?? '0' };
  };

  return {
    async snapshot() {
      await dropLeftovers();
      const copied = (await tables()).filter((name) => !name.startsWith(PREFIX));
      await refuseCluster(ask);
      for (const table of copied) await connection.command(`CREATE TABLE ${PREFIX}${table} CLONE AS ${table}`, {});
      const partitions = await ask<Omit<EventPartition, 'table'> & { bytes: number; copy: string }>(
        `SELECT table AS copy, partition_id AS partition, sum(rows) AS rows,
           toString(sum(sipHash64(hash_of_all_files))) AS fingerprint, sum(bytes_on_disk) AS bytes
         FROM system.parts WHERE active AND database = currentDatabase() AND startsWith(table, '${PREFIX}')
         GROUP BY copy, partition ORDER BY copy != '${PREFIX}event', copy, partition`,
      );
      return {
        partitions: partitions.map(({ copy, partition, rows, fingerprint }) => ({
          table: copy.slice(PREFIX.length),
          partition,
          rows,
          fingerprint,
        })),
        bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
        lines: (partition) => linesOf(connection, ask, partition),
        check: ({ table, partition }) => check(`${PREFIX}${table}`, partition),
        drop: dropLeftovers,
      };
    },
    async isEmpty() {
      const rows = await ask<{ n: number }>(
        `SELECT sum(total_rows) AS n FROM system.tables WHERE database = currentDatabase() AND ${HOLDS_ROWS}`,
      );
      return (rows[0]?.n ?? 0) === 0;
    },
    clear: async (table) => {
      await connection.command(`TRUNCATE TABLE ${named(table)}`, {});
    },
    load: (table, lines) =>
      connection.insert(
        named(table),
        lines,
        { max_partitions_per_insert_block: 0, input_format_skip_unknown_fields: 0, max_memory_usage: 4_000_000_000 },
        'TSVWithNames',
      ),
    check: ({ table, partition }) => check(named(table), partition),
  };
}

function named(table: string): string {
  if (/^\w+$/.test(table)) return table;
  throw new Error(`not a table name: ${JSON.stringify(table)}`);
}

/** The names first, by ourselves: streams of chDB are many small answers, each of which would bring its own. */
async function* linesOf(connection: EventConnection, ask: Ask, { table, partition }: EventPartition) {
  const columns = await columnsOf(ask, `${PREFIX}${table}`);
  yield Buffer.from(`${columns.join('\t')}\n`);
  yield* connection.stream(
    `SELECT ${columns.join(', ')} FROM ${PREFIX}${table} WHERE _partition_id = {partition:String}`,
    { partition },
  );
}

type Ask = <Row>(text: string, params?: Readonly<Record<string, unknown>>) => Promise<Row[]>;

/** Columns that hold values of their own, in the order of the table. */
async function columnsOf(ask: Ask, table: string, hashable = false): Promise<string[]> {
  // States of aggregate functions have no hash.
  const extra = hashable ? "AND type NOT LIKE 'AggregateFunction%'" : '';
  const rows = await ask<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}
       AND default_kind NOT IN ('ALIAS', 'EPHEMERAL', 'MATERIALIZED') ${extra} ORDER BY position`,
    { table },
  );
  return rows.map(({ name }) => name);
}

async function refuseCluster(ask: Ask): Promise<void> {
  const rows = await ask<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND (engine = 'Distributed' OR engine LIKE 'Replicated%')`,
  );
  if (rows.length === 0) return;
  throw new Error(
    'the event store is a cluster: its shards are backed up by BACKUP … ON CLUSTER (docs/how-to/backup.md); ' +
      'back up the rest with --without-events',
  );
}
