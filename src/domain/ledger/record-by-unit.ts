import { sql } from 'kysely';
import type { JournalRecord, Tx } from '#platform/context.ts';
import { recordByUnit } from '#platform/record-by-unit.ts';

interface ChangeOfAssets {
  readonly object: JournalRecord['object'];
  /** Where it is told when it concerned no asset. */
  readonly unitPath: string;
  readonly assetIds: readonly string[];
  /** Assets that were asked for and stay as they are. */
  readonly leftIds?: readonly string[];
  /** What is told of some of the assets, those that stay among them. */
  dataOf(assetIds: readonly string[]): Readonly<Record<string, unknown>>;
}

/** Records what was done to many assets at once, for each unit with its own. See `recordByUnit` of the platform. */
export async function recordAssetsByUnit(
  tx: Tx,
  permission: string,
  { object, unitPath, assetIds, leftIds = [], dataOf }: ChangeOfAssets,
): Promise<void> {
  const { rows } = await sql<{ id: string; unitPath: string }>`
    SELECT id, unit_path AS "unitPath" FROM asset WHERE id = ANY(${[...assetIds, ...leftIds]}::uuid[])
    ORDER BY unit_path, id`.execute(tx.db);
  const done = new Set(assetIds);
  const left = new Set(leftIds.filter((id) => !done.has(id)));
  await recordByUnit(tx, permission, { object, unitPath, type: 'asset', members: rows, left, dataOf });
}
