import { sql } from 'kysely';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import { pagesAfter, type Sheet } from '#platform/sheet.ts';
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

const pagesOf = (ctx: Ctx, { filter, asked, found }: Search): AsyncGenerator<readonly StoredAsset[]> =>
  pagesAfter(
    (after) =>
      ctx.read(async (db) => {
        let query = matching(db, filter, asked, found).selectAll();
        if (after !== undefined) {
          const { unitPath, facts, id } = after;
          query = query.where(
            sql<boolean>`(asset.unit_path, asset.name, asset.id) > (${unitPath}, ${facts.name}, ${id}::uuid)`,
          );
        }
        const rows = await query.orderBy('unit_path').orderBy('name').orderBy('id').limit(PAGE_ROWS).execute();
        return withKeys(db, rows);
      }),
    PAGE_ROWS,
  );

/**
 * All assets that fit, by unit and name, read page by page while they are used: memory does not grow with them. Each is as it
 * is when its page is read.
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
