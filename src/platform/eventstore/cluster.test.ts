import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forCluster } from './cluster.ts';
import { scopedReader } from './scoped.ts';
import { eventSql } from './sql.ts';

const CASES: readonly { readonly what: string; readonly one: string; readonly cluster: readonly string[] }[] = [
  {
    what: 'a table becomes replicated on each shard, with one over all shards',
    one: "CREATE TABLE IF NOT EXISTS event (\n  event_id String,\n  time DateTime64(3, 'UTC')\n)\nENGINE = MergeTree\nORDER BY time\nSETTINGS non_replicated_deduplication_window = 10",
    cluster: [
      "CREATE TABLE IF NOT EXISTS event_local ON CLUSTER 'c' (\n  event_id String,\n  time DateTime64(3, 'UTC')\n)\nENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')\nORDER BY time\nSETTINGS replicated_deduplication_window = 10",
      "CREATE TABLE IF NOT EXISTS event ON CLUSTER 'c' AS event_local\nENGINE = Distributed('c', currentDatabase(), 'event_local', sipHash64(event_id))",
    ],
  },
  {
    what: 'what an engine is given is kept',
    one: 'CREATE TABLE IF NOT EXISTS sum (a UInt64)\nENGINE = SummingMergeTree((a, b))\nORDER BY a',
    cluster: [
      "CREATE TABLE IF NOT EXISTS sum_local ON CLUSTER 'c' (a UInt64)\nENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', (a, b))\nORDER BY a",
      "CREATE TABLE IF NOT EXISTS sum ON CLUSTER 'c' AS sum_local\nENGINE = Distributed('c', currentDatabase(), 'sum_local', rand())",
    ],
  },
  {
    what: 'a view reads and fills the tables of its own shard',
    one: 'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO sum AS SELECT count() AS a FROM event WHERE x = 1',
    cluster: [
      "CREATE MATERIALIZED VIEW IF NOT EXISTS v ON CLUSTER 'c' TO sum_local AS SELECT count() AS a FROM event_local WHERE x = 1",
    ],
  },
  {
    what: 'a new column is needed in both tables',
    one: 'ALTER TABLE event ADD COLUMN IF NOT EXISTS x String',
    cluster: [
      "ALTER TABLE event_local ON CLUSTER 'c' ADD COLUMN IF NOT EXISTS x String",
      "ALTER TABLE event ON CLUSTER 'c' ADD COLUMN IF NOT EXISTS x String",
    ],
  },
  {
    what: 'a codec belongs to the table that holds the rows',
    one: 'ALTER TABLE event MODIFY COLUMN x CODEC(Default),\n  MODIFY COLUMN y CODEC(Default)',
    cluster: [
      "ALTER TABLE event_local ON CLUSTER 'c' MODIFY COLUMN x CODEC(Default),\n  MODIFY COLUMN y CODEC(Default)",
    ],
  },
  {
    what: 'a time to live belongs to the table that holds the rows',
    one: 'ALTER TABLE event MODIFY TTL received_at + toIntervalDay(200)',
    cluster: ["ALTER TABLE event_local ON CLUSTER 'c' MODIFY TTL received_at + toIntervalDay(200)"],
  },
  { what: 'showing a table', one: 'SHOW CREATE TABLE event', cluster: ['SHOW CREATE TABLE event_local'] },
  {
    what: 'removing rows',
    one: "DELETE FROM event WHERE event_id = 'a'",
    cluster: ["DELETE FROM event_local ON CLUSTER 'c' WHERE event_id = 'a'"],
  },
  {
    what: 'reading and writing go through the table over all shards',
    one: 'SELECT name FROM schema_migration',
    cluster: ['SELECT name FROM schema_migration'],
  },
  {
    what: 'views are dropped on all servers',
    one: 'DROP VIEW IF EXISTS event_count_insert',
    cluster: ["DROP VIEW IF EXISTS event_count_insert ON CLUSTER 'c'"],
  },
];

for (const { what, one, cluster } of CASES) test(what, () => assert.deepEqual(forCluster(one, 'c'), cluster));

test('the scope of a caller limits the table over all shards and the one below it', async () => {
  const asked: string[] = [];
  const refuse = () => Promise.reject(new Error('only asked'));
  const connection = {
    query: async (text: string) => {
      asked.push(text);
      return '';
    },
    stream: () => {
      throw new Error('only asked');
    },
    command: refuse,
    insert: refuse,
    hold: refuse,
    insertHeld: refuse,
    drop: refuse,
    ping: async () => true,
    close: async () => undefined,
  };
  await scopedReader(connection, '/450000/').query(eventSql`SELECT 1 FROM event`, { tag: 'test' });
  assert.match(asked.join(), /additional_table_filters=\{.*'event':'startsWith.*'event_local':'startsWith/);
});

test('a statement that is not known is refused rather than guessed', () => {
  assert.throws(() => forCluster('RENAME TABLE event TO other', 'c'), /does not know how a cluster does this/);
});
