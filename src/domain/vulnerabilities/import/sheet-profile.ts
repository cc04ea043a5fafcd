import { createHash } from 'node:crypto';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { SHEET_MEANINGS, type SheetMeaning } from '../read/sheet.ts';
import type { ImportRow } from './store.ts';

const keyOf = (headings: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(headings)).digest('hex');

const isMeaning = (word: string): word is SheetMeaning => (SHEET_MEANINGS as readonly string[]).includes(word);

/** What somebody of the unit chose for the columns of a sheet with exactly these headings; undefined when nobody has. */
export async function rememberedMapping(
  db: Db,
  unitPath: string,
  headings: readonly string[],
): Promise<SheetMeaning[] | undefined> {
  const found = await db
    .selectFrom('vulnerability_sheet_profile')
    .select('mapping')
    .where('unit_path', '=', unitPath)
    .where('headings_key', '=', keyOf(headings))
    .executeTakeFirst();
  // A meaning that is known no longer is not read.
  return found?.mapping.map((word) => (isMeaning(word) ? word : ''));
}

/** Remembers what was chosen for the columns of an accepted sheet. Nothing was chosen: nothing is remembered. */
export async function rememberMapping(tx: Tx, { unit_path, sheet, options }: ImportRow): Promise<void> {
  if (sheet === null || options.mapping === undefined) return;
  const chosen = {
    mapping: JSON.stringify(sheet.mapping),
    changed_at: tx.clock.now(),
    changed_by_name: tx.actor.name,
  };
  await tx.db
    .insertInto('vulnerability_sheet_profile')
    .values({ unit_path, headings_key: keyOf(sheet.headings), ...chosen })
    .onConflict((conflict) => conflict.columns(['unit_path', 'headings_key']).doUpdateSet(chosen))
    .execute();
}
