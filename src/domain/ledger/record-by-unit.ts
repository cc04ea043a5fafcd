import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { JournalRecord, Tx } from '#platform/context.ts';

interface ChangeOfMany {
  readonly object: JournalRecord['object'];
  /** Where it is told when it concerned no asset. */
  readonly unitPath: string;
  readonly assetIds: readonly string[];
  /** Assets that were asked for and stay as they are: told in figures, in no trail of theirs. */
  readonly leftIds?: readonly string[];
  /** What is told of some of the assets, those that stay among them. */
  dataOf(assetIds: readonly string[]): Readonly<Record<string, unknown>>;
}

const Entry = z.custom<JournalRecord>((value) => typeof value === 'object' && value !== null);

/** An action records one entry; those for further units are joined to it. */
const entryUnder = (permission: string) =>
  action(permission, Entry, (tx, entry) => {
    tx.record(entry);
    return Promise.resolve();
  });

/**
 * Records what was done to many assets at once: one entry for each unit whose assets it concerned, all about the same object. So a
 * unit finds in the trails of its assets what the centre did to many, and reads of it what concerns its own alone.
 *
 * @param permission that of the running action
 */
export async function recordByUnit(
  tx: Tx,
  permission: string,
  { object, unitPath, assetIds, leftIds = [], dataOf }: ChangeOfMany,
): Promise<void> {
  const { rows } = await sql<{ unit_path: string; ids: string[] }>`
    SELECT unit_path, array_agg(id::text ORDER BY id) AS ids FROM asset WHERE id = ANY(${[...assetIds, ...leftIds]}::uuid[])
    GROUP BY unit_path ORDER BY unit_path`.execute(tx.db);
  const done = new Set(assetIds);
  const entryOf = (path: string, ids: readonly string[]): JournalRecord => ({
    object,
    unitPath: path,
    data: dataOf(ids),
    related: ids.filter((id) => done.has(id)).map((id) => ({ type: 'asset', id })),
  });
  const [first, ...others] = rows;
  tx.record(first === undefined ? entryOf(unitPath, []) : entryOf(first.unit_path, first.ids));
  const further = entryUnder(permission);
  for (const { unit_path, ids } of others) await further(tx, entryOf(unit_path, ids));
}
