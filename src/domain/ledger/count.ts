import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { AssetKind } from './model/classes.ts';
import { LIVE_STATES } from './model/lifecycle.ts';
import './tables.ts';

/** How many assets in use of one kind a unit has. */
interface UnitAssets {
  readonly unitPath: string;
  readonly kind: AssetKind;
  readonly assets: number;
}

/**
 * Assets in use by unit and kind, of what is in sight: from the counts that are kept as assets change, so that no asset is
 * read. What turned out to be another asset is not counted twice.
 */
export async function countAssets(db: Db): Promise<UnitAssets[]> {
  const { rows } = await sql<{ unit_path: string; kind: AssetKind; assets: number }>`
    SELECT unit_path, kind, sum(assets)::int AS assets FROM asset_tally
    WHERE state = ANY(${[...LIVE_STATES]}::text[]) GROUP BY unit_path, kind HAVING sum(assets) > 0`.execute(db);
  return rows.map(({ unit_path, kind, assets }) => ({ unitPath: unit_path, kind, assets }));
}
