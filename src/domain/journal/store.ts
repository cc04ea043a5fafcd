import { type SelectQueryBuilder, sql } from 'kysely';
import { toHex } from '#engine/merkle/encoding.ts';
import { type Frontier, rootOf } from '#engine/merkle/frontier.ts';
import { HASH_BYTES, type LeafRange, type Subtree, type SubtreeLookup, subtreesOf } from '#engine/merkle/tree.ts';
import { offsetOf } from '#platform/http/paging.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { frontierOf } from './append.ts';
import { canonicalJson } from './canonical.ts';
import { hasher, type JournalEntry } from './entry.ts';
import type { JournalFilter } from './journal.ts';

/** An entry as stored: with the hash that was computed when it was appended. */
export interface StoredEntry {
  readonly entry: JournalEntry;
  readonly leafHash: Uint8Array;
}

export interface StoredCheckpoint {
  readonly size: number;
  readonly signedAt: Date;
  /** Signed note, as signed. */
  readonly text: string;
  readonly verifierKey: string;
}

type EntryQuery<Output> = SelectQueryBuilder<Database, 'journal_entry', Output>;

/** The newest state of the tree. @throws Error when the head is damaged */
export async function readHead(db: Db): Promise<Frontier> {
  const row = await db.selectFrom('journal_head').select(['size', 'frontier']).where('id', '=', 1).executeTakeFirst();
  if (!row) throw new Error('the head of the journal is missing: bring the database back from a backup');
  return frontierOf(row);
}

/** Root of the tree as the head tells it. */
/** How many entries the journal has, and the Merkle root over them, hexadecimal. */
export interface JournalHead {
  readonly entries: number;
  readonly root: string;
}

export async function journalHead(db: Db): Promise<JournalHead> {
  const head = await readHead(db);
  return { entries: head.size, root: toHex(rootOfHead(head)) };
}

export const rootOfHead = (head: Frontier): Uint8Array => rootOf(hasher, head);

/** The hashes that a proof over `ranges` needs. What is missing counts as zeros: a proof over it does not verify. */
export async function readSubtrees(db: Db, ranges: readonly LeafRange[]): Promise<SubtreeLookup> {
  const wanted: Subtree[] = ranges.flatMap(subtreesOf);
  const found = new Map<string, Uint8Array>();
  if (wanted.length > 0) {
    const rows = await db
      .selectFrom('journal_node')
      .selectAll()
      .where((eb) => eb.or(wanted.map(({ level, index }) => eb.and({ level, index }))))
      .execute();
    for (const row of rows) found.set(`${row.level}/${row.index}`, Uint8Array.from(row.hash));
  }
  return ({ level, index }) => found.get(`${level}/${index}`) ?? new Uint8Array(HASH_BYTES);
}

function filtered<Output>(query: EntryQuery<Output>, filter: JournalFilter): EntryQuery<Output> {
  let rows = query;
  if (filter.actor) {
    const pattern = `%${filter.actor.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    const actor = filter.actor;
    rows = rows.where((eb) => eb.or([eb('actor_id', '=', actor), eb('actor_name', 'like', pattern)]));
  }
  if (filter.action) rows = rows.where('action', '=', filter.action);
  if (filter.objectType) rows = rows.where('object_type', '=', filter.objectType);
  if (filter.objectId) rows = rows.where('object_id', '=', filter.objectId);
  if (filter.unitPath) {
    const path = filter.unitPath;
    rows = rows.where((eb) => eb.fn<boolean>('starts_with', ['unit_path', eb.val(path)]));
  }
  if (filter.from) rows = rows.where('at', '>=', filter.from);
  if (filter.to) rows = rows.where('at', '<', filter.to);
  return rows;
}

/** One page of the entries in the caller's scope. */
export async function listEntries(
  db: Db,
  filter: JournalFilter,
): Promise<{ readonly items: StoredEntry[]; readonly total: number }> {
  const from = db.selectFrom('journal_entry');
  const { total } = await filtered(
    from.select((eb) => eb.fn.countAll<number>().as('total')),
    filter,
  ).executeTakeFirstOrThrow();
  const rows = await filtered(from.selectAll(), filter)
    .orderBy('seq', filter.order)
    .limit(filter.pageSize)
    .offset(offsetOf(filter))
    .execute();
  return { items: rows.map(storedEntry), total };
}

export interface TrailEntry extends StoredEntry {
  /**
   * Whether the object that the entry is about is in sight, as its first entry is: what the centre did to the assets of many units
   * is told to each of them, and stays the centre's.
   */
  readonly opens: boolean;
}

export interface TrailQuery {
  readonly object: { readonly type: string; readonly id: string };
  /** Entries about other objects are told where these are their types. */
  readonly readable: readonly string[];
  readonly order: 'asc' | 'desc';
  readonly page: number;
  readonly pageSize: number;
}

/**
 * One page of the entries about an object and of those that name it, in the caller's scope. Of the latter without what else
 * they name: an import may name a hundred thousand others.
 */
export async function trailOf(
  db: Db,
  { object: { type, id }, readable, ...paging }: TrailQuery,
): Promise<{ readonly items: TrailEntry[]; readonly total: number }> {
  const { rows } = await sql<EntryRow & { total: number; opens: boolean }>`
    WITH told AS (
      SELECT seq, true AS own FROM journal_entry WHERE object_type = ${type} AND object_id = ${id}
      UNION ALL
      SELECT seq, false FROM journal_related WHERE object_type = ${type} AND object_id = ${id}
    ), seen AS (
      SELECT seq, own FROM told JOIN journal_entry USING (seq) WHERE own OR object_type = ANY (${readable}::text[])
    ), page AS (
      SELECT seq, own, count(*) OVER () AS total FROM seen ORDER BY seq ${sql.raw(paging.order)}
      LIMIT ${paging.pageSize} OFFSET ${offsetOf(paging)}
    )
    SELECT entry.seq, at, actor_kind, actor_id, actor_name, action, object_type, object_id, object_counter, unit_path, side,
      data, CASE WHEN own THEN related ELSE '[]' END AS related, request_id, leaf_hash, total,
      EXISTS (SELECT FROM journal_entry begun WHERE begun.object_type = entry.object_type
        AND begun.object_id = entry.object_id AND begun.object_counter = 1) AS opens
    FROM page JOIN journal_entry AS entry USING (seq) ORDER BY seq ${sql.raw(paging.order)}`.execute(db);
  return { items: rows.map((row) => ({ ...storedEntry(row), opens: row.opens })), total: rows[0]?.total ?? 0 };
}

export async function findEntry(db: Db, seq: number): Promise<StoredEntry | undefined> {
  const row = await db.selectFrom('journal_entry').selectAll().where('seq', '=', seq).executeTakeFirst();
  return row ? storedEntry(row) : undefined;
}

/** Entries with `start <= seq < end` that the scope shows, in order. */
export async function readEntries(db: Db, { start, end }: LeafRange): Promise<StoredEntry[]> {
  const rows = await db
    .selectFrom('journal_entry')
    .selectAll()
    .where('seq', '>=', start)
    .where('seq', '<', end)
    .orderBy('seq')
    .execute();
  return rows.map(storedEntry);
}

/** Which numbers the scope shows, of `start <= seq < end`. */
export async function readSeqs(db: Db, { start, end }: LeafRange): Promise<Set<number>> {
  const rows = await db
    .selectFrom('journal_entry')
    .select('seq')
    .where('seq', '>=', start)
    .where('seq', '<', end)
    .execute();
  return new Set(rows.map((row) => row.seq));
}

/** Hashes of the leaves `start <= index < end` as the tree knows them, apart from the entries themselves. */
export async function readLeafHashes(db: Db, { start, end }: LeafRange): Promise<Map<number, Uint8Array>> {
  const rows = await db
    .selectFrom('journal_node')
    .select(['index', 'hash'])
    .where('level', '=', 0)
    .where('index', '>=', start)
    .where('index', '<', end)
    .execute();
  return new Map(rows.map((row) => [row.index, row.hash]));
}

/** The highest number there is, or -1. */
export async function readLastSeq(db: Db): Promise<number> {
  const row = await db.selectFrom('journal_entry').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row?.seq ?? -1;
}

/** When the first entry was made that no checkpoint covers yet; undefined when all are covered. */
export async function oldestUnsignedAt(db: Db): Promise<Date | undefined> {
  const row = await db
    .selectFrom('journal_entry')
    .select('at')
    .where('seq', '>=', (eb) =>
      eb.selectFrom('journal_checkpoint').select((sub) => sub.fn.coalesce(sub.fn.max('size'), sub.lit(0)).as('size')),
    )
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}

const storedCheckpoint = (row: {
  size: number;
  signed_at: Date;
  text: string;
  verifier_key: string;
}): StoredCheckpoint => ({
  size: row.size,
  signedAt: row.signed_at,
  text: row.text,
  verifierKey: row.verifier_key,
});

export async function findLatestCheckpoint(db: Db): Promise<StoredCheckpoint | undefined> {
  const row = await db.selectFrom('journal_checkpoint').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst();
  return row ? storedCheckpoint(row) : undefined;
}

/** Checkpoints with `start < size <= end`, smallest first. */
export async function readCheckpoints(db: Db, { start, end }: LeafRange): Promise<StoredCheckpoint[]> {
  const rows = await db
    .selectFrom('journal_checkpoint')
    .selectAll()
    .where('size', '>', start)
    .where('size', '<=', end)
    .orderBy('size')
    .execute();
  return rows.map(storedCheckpoint);
}

/** One page of checkpoints, newest first. */
export async function listCheckpoints(
  db: Db,
  paging: { page: number; pageSize: number },
): Promise<{ readonly items: StoredCheckpoint[]; readonly total: number }> {
  const { total } = await db
    .selectFrom('journal_checkpoint')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('journal_checkpoint')
    .selectAll()
    .orderBy('size', 'desc')
    .limit(paging.pageSize)
    .offset(offsetOf(paging))
    .execute();
  return { items: rows.map(storedCheckpoint), total };
}

/** Keeps a signed checkpoint; one of the same size is there already after a stop in between. */
export async function insertCheckpoint(db: Db, checkpoint: StoredCheckpoint): Promise<void> {
  await db
    .insertInto('journal_checkpoint')
    .values({
      size: checkpoint.size,
      signed_at: checkpoint.signedAt,
      text: checkpoint.text,
      verifier_key: checkpoint.verifierKey,
    })
    .onConflict((conflict) => conflict.column('size').doNothing())
    .execute();
}

interface EntryRow {
  seq: number;
  at: Date;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  action: string;
  object_type: string;
  object_id: string;
  object_counter: number;
  unit_path: string;
  side: string;
  data: string;
  related: string;
  request_id: string;
  leaf_hash: Uint8Array;
}

/**
 * A row as an entry. Text that is not the canonical JSON it must be comes as `{ unreadable: text }`, which cannot have
 * the hash of any entry that was appended.
 */
function storedEntry(row: EntryRow): StoredEntry {
  return {
    entry: {
      seq: row.seq,
      at: instantOf(row.at),
      actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
      action: row.action,
      object: { type: row.object_type, id: row.object_id, counter: row.object_counter },
      unitPath: row.unit_path,
      side: row.side,
      data: parseCanonical(row.data),
      related: parseCanonical(row.related),
      requestId: row.request_id,
    },
    leafHash: Uint8Array.from(row.leaf_hash),
  };
}

/** `infinity` is a time to PostgreSQL, and what a tampered row may hold. */
const instantOf = (at: Date): string =>
  at instanceof Date && !Number.isNaN(at.getTime()) ? at.toISOString() : String(at);

function parseCanonical(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (canonicalJson(value) === text) return value;
  } catch {
    // Falls through: what cannot be parsed is shown as it stands.
  }
  return { unreadable: text };
}
