import { type Selectable, sql } from 'kysely';
import type { KnownFinding } from '#engine/vulnerability/plan.ts';
import { chunks } from '#platform/chunks.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import '../tables.ts';

export type ImportRow = Selectable<Database['vulnerability_import']>;
export type FindingRow = Selectable<Database['vulnerability_finding']>;
export type IssueRow = Selectable<Database['vulnerability_issue']>;
export type BeforeRow = Selectable<Database['vulnerability_import_before']>;

export const findImport = (db: Db, id: string): Promise<ImportRow | undefined> =>
  db.selectFrom('vulnerability_import').selectAll().where('id', '=', id).executeTakeFirst();

/** The import, held until the end of the transaction. */
export const lockImport = (db: Db, id: string): Promise<ImportRow | undefined> =>
  db.selectFrom('vulnerability_import').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

/** When the same bytes were imported before for the same unit: a file without a time of its own keeps that one. */
export async function timeOfSameFile(db: Db, unitPath: string, sha256: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('vulnerability_import')
    .select('scanned_at')
    .where('sha256', '=', sha256)
    .where('unit_path', '=', unitPath)
    .where('state', 'in', ['applying', 'applied'])
    .orderBy('created_at')
    .executeTakeFirst();
  return row?.scanned_at;
}

export const knownOf = (row: FindingRow): KnownFinding => ({
  id: row.id,
  key: row.finding_key,
  issueId: row.issue_id,
  place: { kind: row.place_kind, value: row.place },
  rule: row.rule,
  open: row.open,
  lastSeenAt: row.last_seen_at,
  closedAt: row.closed_at,
  credentialed: row.credentialed,
  ports: row.ports,
  title: row.title,
  ids: row.ids,
  grade: row.grade,
  installedVersion: row.installed_version,
  fixedVersion: row.fixed_version,
});

/** Everything a tool ever found on these targets. */
export function findingsOn(db: Db, targetKeys: readonly string[], tool: string): Promise<FindingRow[]> {
  return db
    .selectFrom('vulnerability_finding')
    .selectAll()
    .where(sql<boolean>`target_key = ANY(${[...targetKeys]}::text[])`)
    .where('tool', '=', tool)
    .where('withdrawn_at', 'is', null)
    .execute();
}

export function findingsOfIssues(db: Db, issueIds: readonly string[]): Promise<FindingRow[]> {
  return db
    .selectFrom('vulnerability_finding')
    .selectAll()
    .where(sql<boolean>`issue_id = ANY(${[...issueIds]}::uuid[])`)
    .where('withdrawn_at', 'is', null)
    .execute();
}

/** Issues by their keys, held until the end of the transaction. */
export function lockIssues(db: Db, keys: readonly string[]): Promise<IssueRow[]> {
  return db
    .selectFrom('vulnerability_issue')
    .selectAll()
    .where(sql<boolean>`issue_key = ANY(${[...keys]}::text[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
}

export function lockIssuesOn(db: Db, targetKey: string): Promise<IssueRow[]> {
  return db
    .selectFrom('vulnerability_issue')
    .selectAll()
    .where('target_key', '=', targetKey)
    .orderBy('id')
    .forUpdate()
    .execute();
}

export function lockIssuesById(db: Db, ids: readonly string[]): Promise<IssueRow[]> {
  return db
    .selectFrom('vulnerability_issue')
    .selectAll()
    .where(sql<boolean>`id = ANY(${[...ids]}::uuid[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
}

/** A key of a finding or an issue under another target: the target is its first part. */
export function rekeyed(key: string, from: string, to: string): string {
  const prefix = JSON.stringify([from]).slice(0, -1);
  return key.startsWith(prefix) ? JSON.stringify([to]).slice(0, -1) + key.slice(prefix.length) : key;
}

/** What imports kept, with the issue that each belongs to. */
export const keptByIssue = sql`
  SELECT b.*, coalesce(f.issue_id, a.issue_id, b.object_id) AS issue_id FROM vulnerability_import_before b
    LEFT JOIN vulnerability_finding f ON b.kind = 'finding' AND f.id = b.object_id
    LEFT JOIN vulnerability_acceptance a ON b.kind = 'acceptance' AND a.id = b.object_id`;

/** Writes columns of some rows, each its own, in few statements. @param rows all with the same columns */
export async function updateRows(
  db: Db,
  table: 'vulnerability_issue' | 'vulnerability_finding',
  rows: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => column !== 'id');
  const set = sql.join(columns.map((column) => sql`${sql.ref(column)} = r.${sql.ref(column)}`));
  await inPieces(rows, (piece) =>
    sql`UPDATE ${sql.table(table)} t SET ${set}
      FROM jsonb_populate_recordset(NULL::${sql.table(table)}, ${JSON.stringify(piece)}::text::jsonb) r
      WHERE t.id = r.id`.execute(db),
  );
}

const CHUNK = 400;

/** Writes rows in pieces that fit into one statement. */
export async function inPieces<Row>(rows: readonly Row[], write: (piece: Row[]) => Promise<unknown>): Promise<void> {
  for (const piece of chunks(rows, CHUNK)) await write(piece);
}
