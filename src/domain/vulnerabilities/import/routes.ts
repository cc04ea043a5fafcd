import { sql } from 'kysely';
import { z } from 'zod';
import { assetsById } from '#domain/ledger/index.ts';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import type { Db } from '#platform/postgres/database.ts';
import { READ_LIMITS } from '../read/read.ts';
import { SHEET_MEANINGS } from '../read/sheet.ts';
import { applyImport, discardImport, remapImport, uploadReport } from './actions.ts';
import { ImportCounts, ImportOptions, TargetCounts } from './import.ts';
import { KeptView, listKept } from './kept.ts';
import { findImport, type ImportRow } from './store.ts';
import { undoImport } from './undo.ts';
import { withUpload } from './upload.ts';

const Id = z.object({ id: z.uuid() });

const ImportView = z.object({
  id: z.uuid(),
  unit: z.object({ path: z.string(), name: z.string() }),
  fileName: z.string(),
  sha256: z.string(),
  bytes: z.number().int(),
  format: z.string(),
  tool: z.string(),
  scannedAt: z.string(),
  partial: z.boolean().describe('what the file lacks is not known to be gone, so nothing is closed'),
  state: z.enum(['preview', 'applying', 'applied', 'discarded', 'undoing', 'undone']),
  undoable: z.boolean().describe('it was written since the platform keeps what imports change'),
  undoneIssues: z.number().int().describe('issues that are as if the report had not come'),
  keptIssues: z.number().int().describe('issues that stay, each with its reason: see /kept'),
  undoneObservations: z.number().int().describe('observations that no other report made: they were withdrawn'),
  undoneAssets: z.number().int().describe('assets that these alone had made: they were written off'),
  keptAssets: z.number().int().describe('such assets that stay, because somebody decided about them since'),
  counts: ImportCounts,
  problems: z.array(z.object({ row: z.number().int(), reason: z.string(), detail: z.string() })),
  columns: z.array(z.object({ heading: z.string(), meaning: z.enum(SHEET_MEANINGS) })),
  remembered: z.boolean().describe('the columns are read as somebody chose for the same headings before'),
  options: ImportOptions,
  createdBy: z.string(),
  createdAt: z.string(),
  appliedAt: z.string().nullable(),
});

const view = (row: ImportRow, unitName: string): z.input<typeof ImportView> => ({
  id: row.id,
  unit: { path: row.unit_path, name: unitName },
  fileName: row.file_name,
  sha256: row.sha256,
  bytes: row.bytes,
  format: row.format,
  tool: row.tool,
  scannedAt: row.scanned_at.toISOString(),
  partial: row.partial,
  state: row.state,
  undoable: row.undoable,
  undoneIssues: row.undone_issues,
  keptIssues: row.kept_issues,
  undoneObservations: row.undone_observations,
  undoneAssets: row.undone_assets,
  keptAssets: row.kept_assets,
  counts: row.counts,
  problems: [...row.problems],
  columns: row.sheet?.headings.map((heading, index) => ({ heading, meaning: row.sheet?.mapping[index] ?? '' })) ?? [],
  remembered: row.sheet?.remembered ?? false,
  options: row.options,
  createdBy: row.created_by_name,
  createdAt: row.created_at.toISOString(),
  appliedAt: row.applied_at?.toISOString() ?? null,
});

async function views(db: Db, rows: readonly ImportRow[]) {
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  return rows.map((row) => view(row, names.get(row.unit_path)?.name ?? ''));
}

async function importView(db: Db, id: string): Promise<z.input<typeof ImportView>> {
  const found = await findImport(db, id);
  const [shown] = found === undefined ? [] : await views(db, [found]);
  if (shown === undefined) throw notFound('The import');
  return shown;
}

const TargetView = z.object({
  position: z.number().int(),
  target: z.string(),
  asset: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  foundBy: z.array(z.string()),
  alive: z.boolean(),
  credentialed: z.boolean().nullable(),
  ports: z.string(),
  counts: TargetCounts,
  applied: z.boolean(),
});

const TargetQuery = Paging.extend({ ledger: z.enum(['in', 'out']).optional() });

async function listTargets(db: Db, id: string, query: z.output<typeof TargetQuery>) {
  if ((await findImport(db, id)) === undefined) throw notFound('The import');
  const matching = () => {
    const rows = db.selectFrom('vulnerability_coverage').where('import_id', '=', id);
    return query.ledger === undefined ? rows : rows.where('asset_id', query.ledger === 'in' ? 'is not' : 'is', null);
  };
  const rows = await matching().selectAll().orderBy('position').limit(query.pageSize).offset(offsetOf(query)).execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const assets = await assetsById(
    db,
    rows.flatMap((row) => row.asset_id ?? []),
  );
  const items = rows.map((row) => ({
    position: row.position,
    target: row.names.join(', ') || row.target,
    asset: row.asset_id === null ? null : { id: row.asset_id, name: assets.get(row.asset_id)?.name ?? '' },
    foundBy: row.found_by,
    alive: row.alive,
    credentialed: row.credentialed,
    ports: row.ports,
    counts: row.counts,
    applied: row.applied,
  }));
  return { items, total };
}

/** Options as they stand in an address: words for truth. */
const UploadQuery = z.object({
  unitPath: z.string().max(300).optional(),
  assetId: z.uuid().optional(),
  complete: z.enum(['true', 'false']).default('false'),
  strict: z.enum(['true', 'false']).default('false'),
  scannedAt: z.iso.datetime({ offset: true }).optional(),
});

const optionsOf = ({ complete, strict, ...rest }: z.output<typeof UploadQuery>): ImportOptions => ({
  ...rest,
  complete: complete === 'true',
  strict: strict === 'true',
});

export const importRoutes: readonly Route[] = [
  route({
    method: 'POST',
    url: '/api/vulnerabilities/imports',
    permission: 'vulnerability.import',
    summary: 'Upload a report of a scanner and see what it would change',
    upload: true,
    query: UploadQuery,
    response: z.object({ id: z.uuid() }),
    uploadBytesMax: READ_LIMITS.fileBytesMax,
    ratePerMinute: 30,
    handler: (ctx, { uploads, query }) =>
      withUpload(uploads(), READ_LIMITS.fileBytesMax, ({ fileName, path }) =>
        uploadReport(ctx, fileName, path, optionsOf(query)),
      ),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/imports',
    permission: 'vulnerability.import',
    summary: 'Imported reports, the newest first',
    query: Paging,
    response: listOf(ImportView),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom('vulnerability_import')
          .selectAll()
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(query.pageSize)
          .offset(offsetOf(query))
          .execute();
        const { total } = await db
          .selectFrom('vulnerability_import')
          .select(sql<number>`count(*)::int`.as('total'))
          .executeTakeFirstOrThrow();
        return { items: await views(db, rows), total };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/imports/:id',
    permission: 'vulnerability.import',
    summary: 'An imported report with its counts and what could not be read',
    params: Id,
    response: ImportView,
    handler: (ctx, { params }) => ctx.read((db) => importView(db, params.id)),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/imports/:id/targets',
    permission: 'vulnerability.import',
    summary: 'What a report looked at, which assets these are, and what it changes on each',
    params: Id,
    query: TargetQuery,
    response: listOf(TargetView),
    handler: (ctx, { params, query }) => ctx.read((db) => listTargets(db, params.id, query)),
  }),
  route({
    method: 'PUT',
    url: '/api/vulnerabilities/imports/:id/options',
    permission: 'vulnerability.import',
    summary: 'Read a preview again with other choices; the answer is the new preview',
    params: Id,
    body: ImportOptions,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params, body }) => remapImport(ctx, params.id, body),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/imports/:id/apply',
    permission: 'vulnerability.import',
    summary: 'Write the preview into the record, in the background',
    params: Id,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params }) => applyImport(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/imports/:id/discard',
    permission: 'vulnerability.import',
    summary: 'Throw a preview away',
    params: Id,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params }) => discardImport(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/imports/:id/undo',
    permission: 'vulnerability.import',
    summary: 'Take a written import back, in the background; what somebody decided about since stays',
    params: Id,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params }) => undoImport(ctx, params),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/imports/:id/kept',
    permission: 'vulnerability.import',
    summary: 'Issues that stayed when the import was taken back, and why',
    params: Id,
    query: Paging,
    response: listOf(KeptView),
    handler: (ctx, { params, query }) => ctx.read((db) => listKept(db, params.id, query)),
  }),
];
