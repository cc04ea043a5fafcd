import { type Selectable, sql } from 'kysely';
import { chunks } from '#platform/chunks.ts';
import type { Tx } from '#platform/context.ts';
import { initialsOf } from '#platform/initials.ts';
import { nameKeyOf } from '#platform/name-order.ts';
import { column, plainArray } from '#platform/postgres/arrays.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { type AssetFacts, type AssetKey, type KeyKind, keysOf } from './asset.ts';
import { type ChangeVia, recordChanges } from './history/store.ts';
import type { Attributes } from './model/attribute.ts';
import { definitionOf } from './model/classes.ts';
import { termsOf } from './model/search.ts';
import { alongside, type Start } from './resolution/alongside.ts';
import { addDuties, refreshSummary, summaryOfNew } from './responsibility/store.ts';
import type { AssetSource } from './tables.ts';

type AssetRow = Selectable<Database['asset']>;

/** An asset as it stands in the ledger. */
export interface StoredAsset {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: AssetFacts;
  readonly duty: AssetRow['duty'];
  readonly marks: readonly AssetMark[];
  readonly dueOn: string | null;
  readonly source: AssetSource;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly changedAt: Date;
  readonly version: number;
}

/** What rules say of an asset: unknown to any unit, gone and yet seen, outside every network of its unit, long unmentioned. */
export const ASSET_MARKS = ['shadow', 'zombie', 'outside', 'stale'] as const;
type AssetMark = (typeof ASSET_MARKS)[number];

const marksOf = (row: AssetRow): AssetMark[] => {
  const set = { shadow: row.is_shadow, zombie: row.is_zombie, outside: row.is_outside, stale: row.is_stale };
  return ASSET_MARKS.filter((mark) => set[mark]);
};

/** Ids of the units of the triple, where the platform knows a unit of that name. */
export interface HolderIds {
  readonly supervisedBy: string | null;
  readonly operatedBy: string | null;
  readonly usedBy: string | null;
}

function storedOf(row: AssetRow, keys: readonly AssetKey[]): StoredAsset {
  const of = (kind: KeyKind): string[] => keys.filter((key) => key.kind === kind).map(({ value }) => value);
  return {
    id: row.id,
    unitPath: row.unit_path,
    facts: {
      class: row.class,
      kind: row.kind,
      name: row.name,
      code: row.code,
      state: row.state,
      importance: row.importance,
      protectionLevel: row.protection_level,
      filingNumber: row.filing_number,
      criticalInfrastructure: row.critical_infrastructure,
      dataGrade: row.data_grade,
      supervisedBy: row.supervised_by_name,
      operatedBy: row.operated_by_name,
      usedBy: row.used_by_name,
      responsiblePerson: row.responsible_person,
      product: row.product,
      location: row.location,
      remark: row.remark,
      addresses: of('address'),
      hosts: of('host'),
      domains: of('domain'),
      segments: of('segment'),
      attributes: row.attributes as Attributes,
    },
    duty: row.duty,
    marks: marksOf(row),
    dueOn: row.due_on,
    source: row.source,
    createdAt: row.created_at,
    retiredAt: row.retired_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    changedAt: row.changed_at,
    version: row.version,
  };
}

/** Rows with their keys, in the order of the rows. */
export async function withKeys(db: Db, rows: readonly AssetRow[]): Promise<StoredAsset[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const keys = await db
    .selectFrom('asset_key')
    .selectAll()
    .where(sql<boolean>`asset_id = ANY(${ids}::uuid[])`)
    .orderBy('value')
    .execute();
  const byAsset = Map.groupBy(keys, (key) => key.asset_id);
  return rows.map((row) => storedOf(row, byAsset.get(row.id) ?? []));
}

export async function findAsset(db: Db, id: string): Promise<StoredAsset | undefined> {
  const rows = await db.selectFrom('asset').selectAll().where('id', '=', id).execute();
  return (await withKeys(db, rows))[0];
}

/** Locks the asset until the end of the transaction. */
export const lockAsset = async (db: Db, id: string): Promise<StoredAsset | undefined> =>
  (await lockAssets(db, [id]))[0];

/** Locks assets until the end of the transaction, in the order in which everybody does; without those out of sight. */
export async function lockAssets(db: Db, ids: readonly string[]): Promise<StoredAsset[]> {
  const rows = await db
    .selectFrom('asset')
    .selectAll()
    .where(sql<boolean>`id = ANY(${[...new Set(ids)]}::uuid[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  return withKeys(db, rows);
}

/** What a sheet says that its assets can be found by. */
export interface Sought {
  readonly codes: readonly string[];
  readonly names: readonly string[];
  readonly keys: readonly string[];
}

/** The assets below a path that have one of the numbers, names or keys. What is written off is not found again. */
export async function assetsSought(db: Db, unitPath: string, { codes, names, keys }: Sought): Promise<StoredAsset[]> {
  // One look into an index for each, by OFFSET 0: a plan for thousands at once would read the whole table.
  const { rows } = await sql<{ id: string }>`
    SELECT f.id FROM unnest(${codes}::text[]) AS q (code) CROSS JOIN LATERAL (
      SELECT id FROM asset WHERE asset.code COLLATE "C" = q.code AND asset.code <> '' OFFSET 0) f
    UNION SELECT f.id FROM unnest(${names}::text[]) AS q (name) CROSS JOIN LATERAL (
      SELECT id FROM asset WHERE asset.name = q.name OFFSET 0) f
    UNION SELECT f.asset_id FROM unnest(${keys}::text[]) AS q (value) CROSS JOIN LATERAL (
      SELECT asset_id FROM asset_key k WHERE k.kind IN ('address', 'host', 'domain') AND k.value = q.value OFFSET 0) f`.execute(
    db,
  );
  const found = await db
    .selectFrom('asset')
    .selectAll()
    .where(sql<boolean>`id = ANY(${rows.map(({ id }) => id)}::uuid[])`)
    .where('state', '<>', 'written_off')
    .where(sql<boolean>`starts_with(unit_path, ${unitPath})`)
    .execute();
  return withKeys(db, found);
}

/** Whether another asset of the unit has this number. */
export async function codeTaken(db: Db, unitPath: string, code: string, exceptId: string): Promise<boolean> {
  if (code === '') return false;
  const row = await db
    .selectFrom('asset')
    .select('id')
    .where('unit_path', '=', unitPath)
    .where('code', '=', code)
    .where('id', '<>', exceptId)
    .executeTakeFirst();
  return row !== undefined;
}

export const columnsOf = (facts: AssetFacts, holders: HolderIds) => {
  const { due } = definitionOf(facts.class);
  const dueOn = due === undefined ? undefined : facts.attributes[due];
  return {
    class: facts.class,
    kind: facts.kind,
    name: facts.name,
    code: facts.code,
    state: facts.state,
    importance: facts.importance,
    protection_level: facts.protectionLevel,
    filing_number: facts.filingNumber,
    critical_infrastructure: facts.criticalInfrastructure,
    data_grade: facts.dataGrade,
    supervised_by: holders.supervisedBy,
    supervised_by_name: facts.supervisedBy,
    operated_by: holders.operatedBy,
    operated_by_name: facts.operatedBy,
    used_by: holders.usedBy,
    used_by_name: facts.usedBy,
    responsible_person: facts.responsiblePerson,
    product: facts.product,
    location: facts.location,
    remark: facts.remark,
    due_on: typeof dueOn === 'string' ? dueOn : null,
    initials: initialsOf(facts.name),
    name_key: nameKeyOf(facts.name),
    terms: termsOf(facts.name),
  };
};

/** Rows of one statement, sent as one JSON value. */
const ROWS_PER_STATEMENT = 2000;

interface Keyed {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: AssetFacts;
}

export async function putKeys(db: Db, assets: readonly Keyed[]): Promise<void> {
  const rows = assets.flatMap(({ id, unitPath, facts }) =>
    keysOf(facts).map(({ kind, value }) => ({ id, kind, value, unitPath })),
  );
  for (const part of chunks(rows, ROWS_PER_STATEMENT)) {
    const texts = (pick: (row: (typeof rows)[number]) => string) => column(part.map(pick), 'text');
    await sql`INSERT INTO asset_key (asset_id, kind, value, unit_path)
      SELECT unnest(${plainArray(part.map(({ id }) => id))}::uuid[]), ${texts(({ kind }) => kind)},
        ${texts(({ value }) => value)}, ${texts(({ unitPath }) => unitPath)}`.execute(db);
  }
}

export interface NewAsset {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: AssetFacts;
  readonly holders: HolderIds;
  readonly source: AssetSource;
  /** When sources saw it first and last, of one that was only observed. */
  readonly seen?: { readonly firstMs: number; readonly lastMs: number };
}

/** Enters assets that are new, with the first entry of their history. */
export const insertAssets = (tx: Tx, assets: readonly NewAsset[], via: ChangeVia): Promise<void> =>
  // What is written next is made ready while the database is at work.
  alongside((start) => enter(tx, assets, via, start));

/** Rows of the same columns without those in which all have the same value, and these once. */
function factored<Row extends object>(rows: readonly Row[]): { shared: Partial<Row>; own: Partial<Row>[] } {
  const [first] = rows;
  const names = Object.keys(first ?? {}) as (keyof Row)[];
  const isShared = new Set(names.filter((name) => rows.every((row) => row[name] === first?.[name])));
  const pick = (row: Row | undefined, of: readonly (keyof Row)[]) =>
    Object.fromEntries(of.map((name) => [name, row?.[name]])) as Partial<Row>;
  const others = names.filter((name) => !isShared.has(name));
  return { shared: pick(first, [...isShared]), own: rows.map((row) => pick(row, others)) };
}

async function enter(tx: Tx, assets: readonly NewAsset[], via: ChangeVia, start: Start): Promise<void> {
  const now = tx.clock.now();
  for (const part of chunks(assets, ROWS_PER_STATEMENT)) {
    const rows = part.map((asset) => ({
      id: asset.id,
      unit_path: asset.unitPath,
      ...columnsOf(asset.facts, asset.holders),
      attributes: asset.facts.attributes,
      duty: summaryOfNew(asset.facts),
      is_shadow: false,
      is_zombie: false,
      is_outside: false,
      is_stale: false,
      source: asset.source,
      created_at: now,
      first_seen_at: asset.seen === undefined ? now : new Date(asset.seen.firstMs),
      last_seen_at: asset.seen === undefined ? now : new Date(asset.seen.lastMs),
      changed_at: now,
      version: 1,
    }));
    const columns = sql.join(Object.keys(rows[0] ?? {}).map((name) => sql.ref(name)));
    const { shared, own } = factored(rows);
    await start(
      sql`INSERT INTO asset (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(
        jsonb_populate_record(NULL::asset, ${JSON.stringify(shared)}::text::jsonb),
        ${JSON.stringify(own)}::text::jsonb)`.execute(tx.db),
    );
  }
  await start(putKeys(tx.db, assets));
  await start(addDuties(tx, assets));
  const entries = assets.map(({ id, unitPath }) => ({ assetId: id, unitPath, version: 1, changes: [] }));
  await start(recordChanges(tx, entries, via));
}

/** The ids under which the triples of assets are kept now. */
export async function holderIdsOfMany(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, HolderIds>> {
  const rows = await db
    .selectFrom('asset')
    .select(['id', 'supervised_by', 'operated_by', 'used_by'])
    .where(sql<boolean>`id = ANY(${[...ids]}::uuid[])`)
    .execute();
  return new Map(
    rows.map((row) => [row.id, { supervisedBy: row.supervised_by, operatedBy: row.operated_by, usedBy: row.used_by }]),
  );
}

/** The ids under which the triple of an asset is kept now. */
export async function holderIdsOf(db: Db, id: string): Promise<HolderIds> {
  const holders = (await holderIdsOfMany(db, [id])).get(id);
  if (holders === undefined) throw new Error(`asset ${id} is not in sight`);
  return holders;
}

/** Puts an asset that is locked below another unit: its keys and relations go along, and who sees it sees its history. */
export async function moveToUnit(tx: Tx, asset: StoredAsset, unitPath: string): Promise<void> {
  const { id } = asset;
  const { version } = await tx.db
    .updateTable('asset')
    .set((column) => ({
      unit_path: unitPath,
      code: '',
      changed_at: tx.clock.now(),
      version: column('version', '+', 1),
    }))
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  await tx.db.deleteFrom('asset_key').where('asset_id', '=', id).execute();
  await putKeys(tx.db, [{ id, unitPath, facts: asset.facts }]);
  // Who answered for it answered for the former unit: the new one has to say.
  await tx.db
    .updateTable('asset_duty')
    .set({ unit_path: unitPath, state: 'to_claim' })
    .where('asset_id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
  await tx.db.updateTable('asset_relation').set({ unit_path: unitPath }).where('from_id', '=', id).execute();
  await refreshSummary(tx, id);
  const { code } = asset.facts;
  const changes = [
    { field: 'unit', from: asset.unitPath, to: unitPath },
    ...(code === '' ? [] : [{ field: 'code', from: code, to: '' }]),
  ];
  await recordChanges(tx, [{ assetId: id, unitPath, version, changes }], { via: 'assigned' });
}

/** Says when reports looked at assets last, where one is taken back; null: none ever did. */
export async function setScanned(
  tx: Tx,
  assets: readonly { readonly id: string; readonly at: Date | null }[],
): Promise<void> {
  await sql`UPDATE asset a SET last_scanned_at = q.at
    FROM unnest(${assets.map(({ id }) => id)}::uuid[],
      ${assets.map(({ at }) => at?.toISOString() ?? null)}::timestamptz[]) AS q (id, at)
    WHERE a.id = q.id`.execute(tx.db);
}

/** Keeps when reports looked at assets last, told by whoever read them. It is no fact of the asset, so it makes no version. */
export async function noteScanned(tx: Tx, assetIds: readonly string[], at: Date): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`UPDATE asset SET last_scanned_at = ${at.toISOString()}::timestamptz
    WHERE id = ANY(${[...new Set(assetIds)]}::uuid[])
      AND (last_scanned_at IS NULL OR last_scanned_at < ${at.toISOString()}::timestamptz)`.execute(tx.db);
}
