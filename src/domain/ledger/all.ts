import { sql } from 'kysely';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import type { Sheet } from '#platform/sheet.ts';
import { assetSheet, type ExportedAsset } from './import/export.ts';
import { attributesAt } from './import/preview.ts';
import type { Attribute } from './model/attribute.ts';
import { type Asked, type Filter, FOUND_MAX, findByText, matching, refuseCut } from './query.ts';
import { type StoredAsset, withKeys } from './store.ts';

const PAGE_ROWS = 1000;

/** A filter with what its text finds, asked once for all pages. */
interface Search {
  readonly filter: Filter;
  readonly asked: Asked;
  readonly found: readonly string[] | undefined;
}

/** @throws AppError `invalid_input` where the text finds more than can be listed: a part would look like the whole */
async function searchFor(ctx: Ctx, filter: Filter): Promise<Search> {
  const asked = { path: ctx.scope.path, now: ctx.clock.now() };
  const found = await ctx.read((db) => findByText(db, filter, asked));
  refuseCut(found, FOUND_MAX, 'assets');
  return { filter, asked, found };
}

const ID_BYTES = 16;

/**
 * The ids of all assets that fit, by unit and name, as one moment has them: 16 bytes each, so that those of a million are
 * held. Pages by unit and name would give an asset twice, or leave it out, that is renamed or moved meanwhile.
 */
const idsOf = (ctx: Ctx, { filter, asked, found }: Search): Promise<Buffer> =>
  ctx.read(async (db) => {
    const fitting = matching(db, filter, asked, found).select(['id', 'unit_path', 'name_key']).as('asset');
    const { rows } = await sql<{ ids: Uint8Array | null }>`
      SELECT string_agg(uuid_send(asset.id), ''::bytea ORDER BY asset.unit_path, asset.name_key, asset.id) AS ids
      FROM ${fitting}`.execute(db);
    return Buffer.from(rows[0]?.ids ?? []);
  });

async function* pagesOf(ctx: Ctx, search: Search): AsyncGenerator<readonly StoredAsset[]> {
  const all = await idsOf(ctx, search);
  for (let from = 0; from < all.length; from += PAGE_ROWS * ID_BYTES) {
    const page = all.subarray(from, from + PAGE_ROWS * ID_BYTES);
    const ids = Array.from({ length: page.length / ID_BYTES }, (_, at) =>
      page.subarray(at * ID_BYTES, (at + 1) * ID_BYTES).toString('hex'),
    );
    yield await ctx.read(async (db) => {
      const rows = await db
        .selectFrom('asset')
        .selectAll()
        .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
        .where('merged_into', 'is', null)
        .orderBy(sql`array_position(${ids}::uuid[], id)`)
        .execute();
      return withKeys(db, rows);
    });
  }
}

/**
 * All assets that fit when it begins, by unit and name, each once, read page by page while they are used: memory does not
 * grow with what they say. Each is as it is when its page is read.
 */
export async function* eachAsset(ctx: Ctx, filter: Filter): AsyncGenerator<StoredAsset> {
  for await (const page of pagesOf(ctx, await searchFor(ctx, filter))) yield* page;
}

async function* exported(ctx: Ctx, search: Search): AsyncGenerator<ExportedAsset> {
  for await (const page of pagesOf(ctx, search)) {
    const paths = page.map(({ unitPath }) => unitPath);
    const names = await ctx.read((db) => namesAtPaths(db, paths));
    for (const { unitPath, facts } of page) yield { unit: names.get(unitPath)?.name ?? '', facts };
  }
}

/** The attributes that at least one of the assets has: each becomes a column. */
const attributesOf = (ctx: Ctx, { filter, asked, found }: Search): Promise<readonly Attribute[]> =>
  ctx.read(async (db) => {
    const known = await attributesAt(db, ctx.scope.path);
    const fitting = matching(db, filter, asked, found).select('attributes').as('asset');
    const { rows } = await sql<{
      key: string;
    }>`SELECT DISTINCT key FROM ${fitting} CROSS JOIN LATERAL jsonb_object_keys(asset.attributes) AS k (key)`.execute(
      db,
    );
    const keys = new Set(rows.map(({ key }) => key));
    return [...known.values()].filter(({ key }) => keys.has(key));
  });

/** All assets that fit as a sheet in the form that the import takes. @throws AppError `invalid_input` for a text that finds too many */
export async function exportedAssets(ctx: Ctx, filter: Filter): Promise<Sheet<ExportedAsset>> {
  const search = await searchFor(ctx, filter);
  return assetSheet({ assets: exported(ctx, search), attributes: await attributesOf(ctx, search) });
}
