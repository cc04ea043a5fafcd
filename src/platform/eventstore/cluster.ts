import type { EventConnection } from './connection.ts';

/** Ends the name of a table that holds the rows of one shard; the name without it stands for all shards together. */
const LOCAL = '_local';
const WORD = String.raw`(\w+)`;

const CREATE_TABLE = new RegExp(
  String.raw`^CREATE TABLE IF NOT EXISTS ${WORD} (\([\s\S]*\))\s*ENGINE = (\w*)MergeTree(?:\(([\s\S]*?)\))?(?=\s)([\s\S]*)$`,
);
const CREATE_VIEW = new RegExp(
  String.raw`^CREATE MATERIALIZED VIEW IF NOT EXISTS ${WORD} TO ${WORD}([\s\S]*?\bFROM )${WORD}([\s\S]*)$`,
);
const DROP_VIEW = new RegExp(`^DROP VIEW IF EXISTS ${WORD}$`);
const ALTER = new RegExp(String.raw`^ALTER TABLE ${WORD} ([\s\S]+)$`);
const DELETE = new RegExp(String.raw`^DELETE FROM ${WORD} ([\s\S]+)$`);
const SHOW = new RegExp(`^SHOW CREATE TABLE ${WORD}$`);
/** Statements that mean the same on one server and on a cluster, where they go through the Distributed table. */
const UNCHANGED = /^(?:SELECT|WITH|INSERT INTO)\s/i;
/** A codec says how rows lie on disk: it concerns the tables that hold them alone. */
const ABOUT_COLUMNS = /^(?:ADD|DROP|MODIFY|RENAME) COLUMN\b(?!\s+\w+ CODEC\()/;

/**
 * Writes a statement of the migrations, or of the upkeep of tables, for a cluster: each table becomes a replicated one on
 * every shard and a Distributed one over them, views fill the tables of their own shard. The migrations are written once;
 * what they cannot be turned into is refused rather than guessed.
 *
 * @param cluster its name in the servers' `remote_servers`
 * @throws Error for a statement of a kind that is not known here
 */
export function forCluster(statement: string, cluster: string): string[] {
  const on = `ON CLUSTER '${cluster}'`;
  const text = statement.trim();
  const table = CREATE_TABLE.exec(text);
  if (table !== null) return tablesOf(table, cluster);
  const view = CREATE_VIEW.exec(text);
  if (view !== null) {
    const [, name, target, middle, from, rest] = view;
    return [`CREATE MATERIALIZED VIEW IF NOT EXISTS ${name} ${on} TO ${target}${LOCAL}${middle}${from}${LOCAL}${rest}`];
  }
  const dropped = DROP_VIEW.exec(text);
  if (dropped !== null) return [`DROP VIEW IF EXISTS ${dropped[1]} ${on}`];
  const alter = ALTER.exec(text);
  if (alter !== null) {
    const [, name, change = ''] = alter;
    const local = `ALTER TABLE ${name}${LOCAL} ${on} ${change}`;
    return ABOUT_COLUMNS.test(change) ? [local, `ALTER TABLE ${name} ${on} ${change}`] : [local];
  }
  const removal = DELETE.exec(text);
  if (removal !== null) return [`DELETE FROM ${removal[1]}${LOCAL} ${on} ${removal[2]}`];
  const shown = SHOW.exec(text);
  if (shown !== null) return [`SHOW CREATE TABLE ${shown[1]}${LOCAL}`];
  if (UNCHANGED.test(text)) return [text];
  throw new Error(`src/platform/eventstore/cluster.ts does not know how a cluster does this: ${text.slice(0, 200)}`);
}

function tablesOf([, name, columns = '', family, args, rest = '']: RegExpExecArray, cluster: string): string[] {
  const on = `ON CLUSTER '${cluster}'`;
  // {shard}, {replica} are macros of each server, {database}, {table} are filled in by it.
  const engine = [`'/clickhouse/tables/{shard}/{database}/{table}'`, `'{replica}'`, ...(args ? [args] : [])].join(', ');
  const settings = rest.replace('non_replicated_deduplication_window', 'replicated_deduplication_window');
  // The same batch must go to the same shards when it comes again, or its repetition would not be noticed there.
  const key = /^\s*event_id\b/m.test(columns) ? 'sipHash64(event_id)' : 'rand()';
  return [
    `CREATE TABLE IF NOT EXISTS ${name}${LOCAL} ${on} ${columns}\nENGINE = Replicated${family}MergeTree(${engine})${settings}`,
    `CREATE TABLE IF NOT EXISTS ${name} ${on} AS ${name}${LOCAL}\n` +
      `ENGINE = Distributed('${cluster}', currentDatabase(), '${name}${LOCAL}', ${key})`,
  ];
}

/** What an insert into a Distributed table needs so that its success means: stored on a majority of each shard's replicas. */
const INSERT = { distributed_foreground_insert: 1, insert_quorum: 'auto' } as const;

/** The connection to a cluster: statements that make or change tables are written for it. */
export function clustered(connection: EventConnection, cluster: string): EventConnection {
  if (!/^\w+$/.test(cluster)) throw new Error(`clickhouse.cluster: "${cluster}" is not a name of a cluster`);
  return {
    ...connection,
    async command(text, params) {
      const answers: string[] = [];
      for (const statement of forCluster(text, cluster)) answers.push(await connection.command(statement, params));
      return answers.join('');
    },
    insert: (table, lines, settings, format) => connection.insert(table, lines, { ...settings, ...INSERT }, format),
    insertHeld: (table, rows, settings) => connection.insertHeld(table, rows, { ...settings, ...INSERT }),
  };
}
