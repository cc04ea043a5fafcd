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

/** Assets in use by unit and kind, of what is in sight. */
export async function countAssets(db: Db): Promise<UnitAssets[]> {
  const rows = await db
    .selectFrom('asset')
    .select(({ fn }) => ['unit_path', 'kind', fn.countAll<string>().as('assets')])
    .where('state', 'in', LIVE_STATES)
    .groupBy(['unit_path', 'kind'])
    .execute();
  return rows.map(({ unit_path, kind, assets }) => ({ unitPath: unit_path, kind, assets: Number(assets) }));
}
