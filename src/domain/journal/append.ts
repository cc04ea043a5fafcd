import { type Insertable, sql } from 'kysely';
import { append, type Frontier, isFrontier } from '#engine/merkle/frontier.ts';
import { HASH_BYTES } from '#engine/merkle/tree.ts';
import type { AppendEntry } from '#platform/action.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { canonicalJson } from './canonical.ts';
import { hasher, type JournalEntry, leafHashOf } from './entry.ts';
import { sideOf } from './visibility.ts';

/**
 * Appends one entry in the running transaction. Appends of other transactions wait until this one ends: that makes the
 * sequence free of gaps, also when a transaction rolls back.
 *
 * @throws TypeError when the facts have no JSON form; then the whole action fails
 */
export const appendEntry: AppendEntry = async (tx, action, record) => {
  const head = await lockHead(tx.db);
  const entry: JournalEntry = {
    seq: head.size,
    at: tx.clock.now().toISOString(),
    actor: { kind: tx.actor.kind, id: tx.actor.id, name: tx.actor.name },
    action,
    object: { ...record.object, counter: await countEntry(tx.db, record.object) },
    unitPath: record.unitPath,
    side: record.side === 'centre' ? 'centre' : sideOf(action),
    data: wellFormed(record.data),
    related: record.related ?? [],
    requestId: tx.requestId,
  };
  const leafHash = leafHashOf(entry);
  const { frontier, finished } = append(hasher, head, leafHash);
  // One statement: every change waits for this, so each way to the database and back counts.
  await tx.db
    .with('entry', (db) => db.insertInto('journal_entry').values(rowOf(entry, leafHash)))
    .with('nodes', (db) => db.insertInto('journal_node').values([...finished]))
    .updateTable('journal_head')
    .set({ size: frontier.size, frontier: joined(frontier.hashes) })
    .where('id', '=', 1)
    .execute();
};

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

async function countEntry(db: Db, object: { type: string; id: string }): Promise<number> {
  const { counter } = await db
    .insertInto('journal_object')
    .values({ object_type: object.type, object_id: object.id, counter: 1 })
    .onConflict((conflict) =>
      conflict.columns(['object_type', 'object_id']).doUpdateSet({ counter: sql<number>`journal_object.counter + 1` }),
    )
    .returning('counter')
    .executeTakeFirstOrThrow();
  return counter;
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
