import { type Insertable, sql } from 'kysely';
import { append, type FinishedSubtree, type Frontier, isFrontier } from '#engine/merkle/frontier.ts';
import { HASH_BYTES } from '#engine/merkle/tree.ts';
import type { ActionEntry, AppendEntries } from '#platform/action.ts';
import { chunks } from '#platform/chunks.ts';
import type { JournalRecord, Tx } from '#platform/context.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { canonicalJson } from './canonical.ts';
import { hasher, type JournalEntry, leafHashOf } from './entry.ts';
import { sideOf } from './visibility.ts';

/** Entries of one statement: PostgreSQL takes at most 65 535 values, and an entry is 15 with up to some 3 for each node. */
const ENTRIES_MAX = 1_000;

/**
 * Appends the entries of the running transaction, in their order. Appends of other transactions wait until this one ends:
 * that makes the sequence free of gaps, also when a transaction rolls back.
 *
 * @throws TypeError when the facts have no JSON form; then the whole action fails
 */
export const appendEntries: AppendEntries = async (tx, entries) => {
  if (entries.length === 0) return;
  let head = await lockHead(tx.db);
  for (const part of chunks(entries, ENTRIES_MAX)) head = await appendPart(tx, head, part);
};

async function appendPart(tx: Tx, head: Frontier, parts: readonly ActionEntry[]): Promise<Frontier> {
  const counters = await countEntries(
    tx.db,
    parts.map(({ entry }) => entry.object),
  );
  let frontier = head;
  const rows: Insertable<Database['journal_entry']>[] = [];
  const nodes: FinishedSubtree[] = [];
  for (const [at, { action, entry: record }] of parts.entries()) {
    const entry: JournalEntry = {
      seq: frontier.size,
      at: tx.clock.now().toISOString(),
      actor: { kind: tx.actor.kind, id: tx.actor.id, name: tx.actor.name },
      action,
      object: { ...record.object, counter: counters[at] ?? 0 },
      unitPath: record.unitPath,
      side: record.side === 'centre' ? 'centre' : sideOf(action),
      data: wellFormed(record.data),
      related: record.related ?? [],
      requestId: tx.requestId,
    };
    const leafHash = leafHashOf(entry);
    const appended = append(hasher, frontier, leafHash);
    frontier = appended.frontier;
    rows.push(rowOf(entry, leafHash));
    nodes.push(...appended.finished);
  }
  // One statement: every change waits for this, so each way to the database and back counts.
  await tx.db
    .with('entry', (db) => db.insertInto('journal_entry').values(rows))
    .with('nodes', (db) => db.insertInto('journal_node').values(nodes))
    .updateTable('journal_head')
    .set({ size: frontier.size, frontier: joined(frontier.hashes) })
    .where('id', '=', 1)
    .execute();
  return frontier;
}

/**
 * Half a surrogate pair has no UTF-8 form: stores and files would replace it, so what is hashed has it replaced already
 * (U+FFFD). Such text comes from outside and must not make an action fail.
 */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]));
}

async function lockHead(db: Db): Promise<Frontier> {
  const row = await db
    .selectFrom('journal_head')
    .select(['size', 'frontier'])
    .where('id', '=', 1)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return frontierOf(row);
}

/** Reads the stored head. @throws Error when it cannot be a frontier: then nothing may be appended */
export function frontierOf(row: { size: number; frontier: Uint8Array }): Frontier {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < row.frontier.length; at += HASH_BYTES) {
    hashes.push(Uint8Array.from(row.frontier.subarray(at, at + HASH_BYTES)));
  }
  const frontier = { size: row.size, hashes };
  if (!isFrontier(frontier) || row.frontier.length % HASH_BYTES !== 0) {
    throw new Error(`the head of the journal is damaged: ${hashes.length} hashes do not belong to size ${row.size}`);
  }
  return frontier;
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [at, hash] of hashes.entries()) bytes.set(hash, at * HASH_BYTES);
  return bytes;
}

/** Counts entries on their objects. @returns the number of each entry among those of its object, from 1 */
async function countEntries(db: Db, objects: readonly JournalRecord['object'][]): Promise<number[]> {
  const keyOf = (type: string, id: string) => `${type} ${id}`;
  const added = Map.groupBy(objects, ({ type, id }) => keyOf(type, id));
  const rows = Array.from(added.values(), (same) => ({ ...same[0], counter: same.length }));
  const stored = await sql<{ object_type: string; object_id: string; counter: number }>`
    INSERT INTO journal_object (object_type, object_id, counter)
    SELECT * FROM unnest(${rows.map(({ type }) => type)}::text[], ${rows.map(({ id }) => id)}::text[], ${rows.map(({ counter }) => counter)}::bigint[])
    ON CONFLICT (object_type, object_id) DO UPDATE SET counter = journal_object.counter + excluded.counter
    RETURNING object_type, object_id, counter`.execute(db);
  const next = new Map<string, number>();
  for (const { object_type: type, object_id: id, counter } of stored.rows) {
    const key = keyOf(type, id);
    next.set(key, counter - (added.get(key)?.length ?? 0));
  }
  return objects.map(({ type, id }) => {
    const key = keyOf(type, id);
    const counter = (next.get(key) ?? 0) + 1;
    next.set(key, counter);
    return counter;
  });
}

const rowOf = (entry: JournalEntry, leafHash: Uint8Array): Insertable<Database['journal_entry']> => ({
  seq: entry.seq,
  at: new Date(entry.at),
  actor_kind: entry.actor.kind,
  actor_id: entry.actor.id,
  actor_name: entry.actor.name,
  action: entry.action,
  object_type: entry.object.type,
  object_id: entry.object.id,
  object_counter: entry.object.counter,
  unit_path: entry.unitPath,
  side: entry.side,
  data: canonicalJson(entry.data),
  related: canonicalJson(entry.related),
  request_id: entry.requestId,
  leaf_hash: leafHash,
});
