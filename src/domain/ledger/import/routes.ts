import { sql } from 'kysely';
import { z } from 'zod';
import { invalid, notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route, type Upload } from '#platform/http/route.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ASSET_CLASSES, definitionOf } from '../model/classes.ts';
import { fieldsAt, ofClass } from '../model/fields.ts';
import { ApplyImport, applyImport, discardImport, Mapping, remapImport, UploadChoice, uploadSheet } from './actions.ts';
import { template } from './export.ts';
import { VERDICTS_OF_ROWS } from './judge.ts';
import { isAmbiguous } from './mapping.ts';
import { listProfiles, ProfileView, SaveProfile, saveProfile } from './profiles.ts';
import { SHEET_LIMITS } from './read.ts';
import { type AssetImport, findImport, nameOfPath } from './store.ts';
import { undoImport } from './undo.ts';

const Id = z.object({ id: z.uuid() });
const Counts = z.object({
  create: z.number().int(),
  update: z.number().int(),
  same: z.number().int(),
  conflict: z.number().int(),
  skip: z.number().int(),
});

const ImportView = z.object({
  id: z.uuid(),
  unit: z.object({ path: z.string(), name: z.string() }),
  fileName: z.string(),
  sha256: z.string(),
  bytes: z.number().int(),
  state: z.enum(['preview', 'applying', 'applied', 'discarded', 'undoing', 'undone']),
  headingRow: z.number().int().describe('number of the row that holds the headings'),
  columns: z.array(
    z.object({
      heading: z.string(),
      meaning: z.string().describe('a field, `unit`, `attributes.` with a key, or nothing'),
      ambiguous: z
        .boolean()
        .describe('the heading may mean several things: what the column holds decided, to be looked at'),
    }),
  ),
  counts: Counts,
  rowCount: z.number().int(),
  appliedRows: z.number().int(),
  profile: z.string().describe('remembered meaning of the columns that was taken'),
  undoneRows: z.number().int(),
  keptRows: z.number().int().describe('of an import taken back: assets changed since, which stay'),
  createdBy: z.string(),
  createdAt: z.string(),
  appliedAt: z.string().nullable(),
});

const RowView = z.object({
  number: z.number().int().describe('number of the row in the sheet'),
  verdict: z.enum(VERDICTS_OF_ROWS),
  name: z.string(),
  assetId: z.uuid().nullable(),
  cells: z.array(z.string()),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
  reasons: z.array(z.object({ reason: z.string(), field: z.string(), detail: z.string() })),
  applied: z.boolean(),
});

const view = (found: AssetImport, unitName: string): z.input<typeof ImportView> => ({
  id: found.id,
  unit: { path: found.unitPath, name: unitName },
  fileName: found.fileName,
  sha256: found.sha256,
  bytes: found.bytes,
  state: found.state,
  headingRow: found.headingRow,
  columns: found.columns.map((heading, index) => ({
    heading,
    meaning: found.mapping[index] ?? '',
    ambiguous: isAmbiguous(heading),
  })),
  counts: found.counts,
  rowCount: found.rowCount,
  appliedRows: found.appliedRows,
  profile: found.profile,
  undoneRows: found.undoneRows,
  keptRows: found.keptRows,
  createdBy: found.createdBy,
  createdAt: found.createdAt.toISOString(),
  appliedAt: found.appliedAt?.toISOString() ?? null,
});

async function importView(db: Db, id: string): Promise<z.input<typeof ImportView>> {
  const found = await findImport(db, id);
  if (found === undefined) throw notFound('The import');
  return view(found, await nameOfPath(db, found.unitPath));
}

/** The bytes of the one uploaded file. */
async function bytesOf(uploads: AsyncIterable<Upload>): Promise<{ fileName: string; bytes: Uint8Array }> {
  for await (const { fileName, content } of uploads) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size <= SHEET_LIMITS.fileBytesMax + 1) chunks.push(chunk);
    }
    return { fileName, bytes: Buffer.concat(chunks) };
  }
  throw invalid('Choose a file', [{ at: '/file', message: 'An .xlsx, .xls or .csv file' }]);
}

const RowQuery = Paging.extend({ verdict: z.enum(VERDICTS_OF_ROWS).optional() });

async function listRows(db: Db, id: string, query: z.output<typeof RowQuery>) {
  if ((await findImport(db, id)) === undefined) throw notFound('The import');
  const matching = () => {
    const rows = db.selectFrom('asset_import_row').where('import_id', '=', id);
    return query.verdict === undefined ? rows : rows.where('verdict', '=', query.verdict);
  };
  const rows = await matching()
    .selectAll()
    .orderBy('row_number')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const items = rows.map((row) => ({
    number: row.row_number,
    verdict: row.verdict,
    name: row.name,
    assetId: row.asset_id,
    cells: row.cells as string[],
    changes: row.changes as z.input<typeof RowView>['changes'],
    reasons: row.reasons as z.input<typeof RowView>['reasons'],
    applied: row.applied,
  }));
  return { items, total };
}

export const importRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/template',
    permission: 'asset.import',
    summary: 'An empty sheet to fill in (.xlsx), for one class with its attributes or for all',
    query: z.object({ class: z.enum(ASSET_CLASSES).optional() }),
    response: null,
    handler: async (ctx, { query, reply }) => {
      const fields = (await ctx.read((db) => fieldsAt(db, ctx.scope.path))).filter(({ retired }) => !retired);
      const name = query.class;
      const own = name === undefined ? fields.filter(({ classes }) => classes.length === 0) : fields;
      const title = name === undefined ? '资产' : definitionOf(name).title.zh;
      reply.send(
        await template(name, name === undefined ? own.map(({ attribute }) => attribute) : ofClass(own, name)),
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        `${title}导入模板.xlsx`,
      );
    },
  }),
  route({
    method: 'POST',
    url: '/api/assets/imports',
    permission: 'asset.import',
    summary: 'Upload a sheet (.xlsx, .xls, .csv) and see what would change',
    upload: true,
    query: UploadChoice,
    response: z.object({ id: z.uuid() }),
    ratePerMinute: 30,
    handler: async (ctx, { query, uploads }) => {
      const { fileName, bytes } = await bytesOf(uploads());
      return uploadSheet(ctx, fileName, bytes, query);
    },
  }),
  route({
    method: 'GET',
    url: '/api/assets/imports',
    permission: 'asset.read',
    summary: 'Imports, the newest first',
    query: Paging,
    response: listOf(ImportView),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const ids = await db
          .selectFrom('asset_import')
          .select('id')
          .orderBy('created_at', 'desc')
          .limit(query.pageSize)
          .offset(offsetOf(query))
          .execute();
        const items: z.input<typeof ImportView>[] = [];
        for (const { id } of ids) items.push(await importView(db, id));
        const { total } = await db
          .selectFrom('asset_import')
          .select(sql<number>`count(*)::int`.as('total'))
          .executeTakeFirstOrThrow();
        return { items, total };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/imports/profiles',
    permission: 'asset.import',
    summary:
      'Meanings of columns that were remembered for a unit, or by the own centre, and may be named with an upload',
    query: UploadChoice.pick({ unit: true }),
    response: z.object({ items: z.array(ProfileView) }),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const ownPath = ctx.scope.path;
        return { items: await listProfiles(db, { unitPath: query.unit ?? ownPath, ownPath }) };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/imports/:id',
    permission: 'asset.read',
    summary: 'An import with its columns and counts',
    params: Id,
    response: ImportView,
    handler: (ctx, { params }) => ctx.read((db) => importView(db, params.id)),
  }),
  route({
    method: 'GET',
    url: '/api/assets/imports/:id/rows',
    permission: 'asset.read',
    summary: 'Rows of an import with what becomes of each and why',
    params: Id,
    query: RowQuery,
    response: listOf(RowView),
    handler: (ctx, { params, query }) => ctx.read((db) => listRows(db, params.id, query)),
  }),
  route({
    method: 'PUT',
    url: '/api/assets/imports/:id/mapping',
    permission: 'asset.import',
    summary: 'Give the columns other meanings; every row is judged anew',
    params: Id,
    body: z.object({ mapping: Mapping }),
    response: ImportView,
    handler: async (ctx, { params, body }) => {
      await remapImport(ctx, { ...params, ...body });
      return ctx.read((db) => importView(db, params.id));
    },
  }),
  route({
    method: 'POST',
    url: '/api/assets/imports/:id/apply',
    permission: 'asset.import',
    summary: 'Write the preview into the ledger, in the background',
    params: Id,
    body: ApplyImport,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params, body }) => applyImport(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/imports/:id/discard',
    permission: 'asset.import',
    summary: 'Throw a preview away',
    params: Id,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params }) => discardImport(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/assets/imports/:id/undo',
    permission: 'asset.import',
    summary: 'Take a written import back, in the background; assets changed since stay',
    params: Id,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params }) => undoImport(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/assets/imports/:id/profile',
    permission: 'asset.import',
    summary: 'Remember what the columns mean, for the next sheet with the same headings',
    params: Id,
    body: SaveProfile,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params, body }) => saveProfile(ctx, { ...params, ...body }),
  }),
];
