import { type Selectable, sql } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import { type AssetFacts, type AssetKey, type KeyKind, keysOf } from './asset.ts';

type AssetRow = Selectable<Database['asset']>;

/** An asset as it stands in the ledger. */
export interface StoredAsset {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: AssetFacts;
  readonly source: 'manual' | 'import' | 'discovered';
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly changedAt: Date;
  readonly version: number;
}

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
    },
    source: row.source,
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
export async function lockAsset(db: Db, id: string): Promise<StoredAsset | undefined> {
  const rows = await db.selectFrom('asset').selectAll().where('id', '=', id).forUpdate().execute();
  return (await withKeys(db, rows))[0];
}

/** Every asset below a path, for comparing a sheet with the ledger. */
export async function assetsBelow(db: Db, unitPath: string): Promise<StoredAsset[]> {
  const rows = await db
    .selectFrom('asset')
    .selectAll()
    .where(sql<boolean>`starts_with(unit_path, ${unitPath})`)
    .execute();
  return withKeys(db, rows);
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

const columnsOf = (facts: AssetFacts, holders: HolderIds) => ({
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
});

/** Rows of one statement: far below the 65,535 values that PostgreSQL takes. */
const ROWS_PER_STATEMENT = 1000;

interface Keyed {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: AssetFacts;
}

async function putKeys(db: Db, assets: readonly Keyed[]): Promise<void> {
  const rows = assets.flatMap(({ id, unitPath, facts }) =>
    keysOf(facts).map(({ kind, value }) => ({ asset_id: id, kind, value, unit_path: unitPath })),
  );
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    await db
      .insertInto('asset_key')
      .values(rows.slice(from, from + ROWS_PER_STATEMENT))
      .execute();
  }
}

export interface NewAsset {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: AssetFacts;
  readonly holders: HolderIds;
  readonly source: 'manual' | 'import' | 'discovered';
}

export async function insertAssets(db: Db, assets: readonly NewAsset[], now: Date): Promise<void> {
  for (let from = 0; from < assets.length; from += ROWS_PER_STATEMENT) {
    const rows = assets.slice(from, from + ROWS_PER_STATEMENT).map((asset) => ({
      id: asset.id,
      unit_path: asset.unitPath,
      ...columnsOf(asset.facts, asset.holders),
      source: asset.source,
      first_seen_at: now,
      last_seen_at: now,
      changed_at: now,
    }));
    await db.insertInto('asset').values(rows).execute();
  }
  await putKeys(db, assets);
}

/** Writes all facts of an asset that is already locked. */
export async function updateAsset(
  db: Db,
  asset: { readonly id: string; readonly unitPath: string },
  facts: AssetFacts,
  holders: HolderIds,
  now: Date,
): Promise<void> {
  await db
    .updateTable('asset')
    .set((column) => ({
      ...columnsOf(facts, holders),
      changed_at: now,
      last_seen_at: now,
      version: column('version', '+', 1),
    }))
    .where('id', '=', asset.id)
    .execute();
  await db.deleteFrom('asset_key').where('asset_id', '=', asset.id).execute();
  await putKeys(db, [{ ...asset, facts }]);
}
