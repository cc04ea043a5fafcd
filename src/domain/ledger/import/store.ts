import { type Selectable, sql } from 'kysely';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { chunks } from '#platform/chunks.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { FieldChange } from '../asset.ts';
import type { JudgedRow, RowVerdict } from './judge.ts';
import type { ColumnMeaning } from './mapping.ts';
import type { SheetRow } from './read.ts';

type ImportRow = Selectable<Database['asset_import']>;
export type VerdictCounts = Record<RowVerdict, number>;

export const noVerdicts = (): VerdictCounts => ({ create: 0, update: 0, same: 0, conflict: 0, skip: 0 });

/** What an import is, for everybody who reads it. Rows are only written by this file, so the JSON columns are known. */
export interface AssetImport {
  readonly id: string;
  readonly unitPath: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly state: ImportRow['state'];
  readonly headingRow: number;
  readonly columns: readonly string[];
  readonly mapping: readonly ColumnMeaning[];
  readonly counts: VerdictCounts;
  readonly rowCount: number;
  readonly appliedRows: number;
  readonly profile: string;
  readonly undoneRows: number;
  readonly keptRows: number;
  readonly createdById: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
}

const importOf = (row: ImportRow): AssetImport => ({
  id: row.id,
  unitPath: row.unit_path,
  fileName: row.file_name,
  sha256: row.sha256,
  bytes: row.bytes,
  state: row.state,
  headingRow: row.heading_row,
  columns: row.columns as string[],
  mapping: row.mapping as ColumnMeaning[],
  counts: row.counts as VerdictCounts,
  rowCount: row.row_count,
  appliedRows: row.applied_rows,
  profile: row.profile_name,
  undoneRows: row.undone_rows,
  keptRows: row.kept_rows,
  createdById: row.created_by,
  createdBy: row.created_by_name,
  createdAt: row.created_at,
  appliedAt: row.applied_at,
});

export async function findImport(db: Db, id: string): Promise<AssetImport | undefined> {
  const row = await db.selectFrom('asset_import').selectAll().where('id', '=', id).executeTakeFirst();
  return row && importOf(row);
}

/** Locks the import until the end of the transaction. */
export async function lockImport(db: Db, id: string): Promise<AssetImport | undefined> {
  const row = await db.selectFrom('asset_import').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && importOf(row);
}

export interface PreviewRow extends JudgedRow {
  readonly number: number;
  readonly cells: readonly string[];
}

const CHUNK = 1000;

/** Writes or overwrites the rows of a preview. One JSON value per chunk: 50 000 rows take seconds, not minutes. */
export async function putRows(db: Db, importId: string, unitPath: string, rows: readonly PreviewRow[]): Promise<void> {
  for (const part of chunks(rows, CHUNK)) {
    const chunk = part.map((row) => ({
      row_number: row.number,
      cells: row.cells,
      verdict: row.verdict,
      name: row.name,
      changes: row.changes,
      reasons: row.reasons,
      asset_id: row.assetId,
    }));
    await sql`
      INSERT INTO asset_import_row
        (import_id, unit_path, row_number, cells, verdict, name, changes, reasons, asset_id)
      SELECT ${importId}::uuid, ${unitPath}, r.row_number, r.cells, r.verdict, r.name, r.changes, r.reasons, r.asset_id
      FROM jsonb_to_recordset(${JSON.stringify(chunk)}::text::jsonb) AS r(row_number integer, cells jsonb,
        verdict text, name text, changes jsonb, reasons jsonb, asset_id uuid)
      ON CONFLICT (import_id, row_number) DO UPDATE SET verdict = excluded.verdict, name = excluded.name,
        changes = excluded.changes, reasons = excluded.reasons, asset_id = excluded.asset_id`.execute(db);
  }
}

/** All rows of the sheet as they were read, for judging them anew. */
export async function sheetRows(db: Db, importId: string): Promise<SheetRow[]> {
  const rows = await db
    .selectFrom('asset_import_row')
    .select(['row_number', 'cells'])
    .where('import_id', '=', importId)
    .orderBy('row_number')
    .execute();
  return rows.map((row) => ({ number: row.row_number, cells: row.cells as string[] }));
}

/** Counts per verdict as the rows stand now. */
export async function countRows(db: Db, importId: string): Promise<VerdictCounts> {
  const rows = await db
    .selectFrom('asset_import_row')
    .select(['verdict', sql<number>`count(*)::int`.as('count')])
    .where('import_id', '=', importId)
    .groupBy('verdict')
    .execute();
  const counts = noVerdicts();
  for (const { verdict, count } of rows) counts[verdict] = count;
  return counts;
}

/** The next rows after a number that are to be written and are not yet. */
export async function pendingRows(db: Db, importId: string, after: number, limit: number) {
  const rows = await db
    .selectFrom('asset_import_row')
    .select(['row_number', 'cells'])
    .where('import_id', '=', importId)
    .where('row_number', '>', after)
    .where('applied', '=', false)
    .where('verdict', 'in', ['create', 'update'])
    .orderBy('row_number')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ number: row.row_number, cells: row.cells as string[] }));
}

/** Notes that rows are in the ledger now, and as which assets. */
export async function markApplied(
  db: Db,
  importId: string,
  rows: readonly Pick<PreviewRow, 'number' | 'verdict' | 'assetId'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    UPDATE asset_import_row r SET applied = true, asset_id = q.asset_id, verdict = q.verdict
    FROM unnest(${rows.map(({ number }) => number)}::integer[], ${rows.map(({ assetId }) => assetId)}::uuid[],
      ${rows.map(({ verdict }) => verdict)}::text[]) AS q (row_number, asset_id, verdict)
    WHERE r.import_id = ${importId}::uuid AND r.row_number = q.row_number`.execute(db);
}

/** The rows of sheets that made or changed an asset, the newest first. */
export async function importsOfAsset(db: Db, assetId: string, limit: number) {
  const rows = await db
    .selectFrom('asset_import_row as r')
    .innerJoin('asset_import as i', 'i.id', 'r.import_id')
    .select(['i.id', 'i.file_name', 'i.created_by_name', 'i.created_at', 'r.row_number', 'r.verdict', 'r.changes'])
    .where('r.asset_id', '=', assetId)
    .where('r.applied', '=', true)
    .orderBy('i.created_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    importId: row.id,
    fileName: row.file_name,
    by: row.created_by_name,
    at: row.created_at.toISOString(),
    rowNumber: row.row_number,
    created: row.verdict === 'create',
    changes: row.changes as FieldChange[],
  }));
}

/** Which of these rows are in the ledger already. */
export async function appliedRows(
  db: Db,
  importId: string,
  rows: readonly { readonly number: number }[],
): Promise<Set<number>> {
  if (rows.length === 0) return new Set();
  const numbers = rows.map(({ number }) => number);
  const applied = await db
    .selectFrom('asset_import_row')
    .select('row_number')
    .where('import_id', '=', importId)
    .where(sql<boolean>`row_number BETWEEN ${Math.min(...numbers)} AND ${Math.max(...numbers)}`)
    .where('applied', '=', true)
    .execute();
  return new Set(applied.map((row) => row.row_number));
}

/** The units whose assets a sheet may list, by every name they go by. */
export async function unitNamesBelow(db: Db, unitPath: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('unit')
    .select(['name', 'short_name', 'code', 'uscc', 'unit_path'])
    .where(sql<boolean>`starts_with(unit_path, ${unitPath})`)
    .execute();
  const names = rows.flatMap((row) =>
    [row.name, row.short_name, row.code, row.uscc ?? ''].map((name) => [name, row.unit_path] as const),
  );
  return new Map(names.filter(([name]) => name !== ''));
}

export const nameOfPath = async (db: Db, path: string): Promise<string> =>
  (await namesAtPaths(db, [path])).get(path)?.name ?? '';
