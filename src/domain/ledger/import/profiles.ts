import { z } from 'zod';
import { action } from '#platform/action.ts';
import { invalid, notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { ColumnMeaning } from './mapping.ts';
import { findImport } from './store.ts';

export const SaveProfile = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed'),
});

const PROFILES_MAX = 200;

/** Where profiles are looked for: at the unit whose assets come, then at the one who imports for it. */
interface Places {
  readonly unitPath: string;
  readonly ownPath: string;
}

/** What was remembered at the places, the unit's own and the latest first; a name stands for the first that has it. */
async function profilesAt(db: Db, { unitPath, ownPath }: Places) {
  const rows = await db
    .selectFrom('asset_import_profile')
    .select(['name', 'headings', 'mapping', 'unit_path', 'changed_at', 'changed_by_name'])
    .where('unit_path', 'in', [unitPath, ownPath])
    .orderBy((order) => order('unit_path', '=', unitPath), 'desc')
    .orderBy('changed_at', 'desc')
    .limit(PROFILES_MAX)
    .execute();
  return rows.filter((row, at) => rows.findIndex(({ name }) => name === row.name) === at);
}

export const ProfileView = z.object({
  name: z.string(),
  headings: z.array(z.string()),
  changedBy: z.string(),
  changedAt: z.string(),
});

/** What may be named with an upload: at most 200, the unit's own and the latest first. */
export async function listProfiles(db: Db, places: Places): Promise<z.input<typeof ProfileView>[]> {
  return (await profilesAt(db, places)).map((row) => ({
    name: row.name,
    headings: (row.headings as string[]).filter((heading) => heading !== ''),
    changedBy: row.changed_by_name,
    changedAt: row.changed_at.toISOString(),
  }));
}

/** The remembered meaning of a sheet with exactly these headings, the latest first. */
export async function profileFor(
  db: Db,
  places: Places,
  headings: readonly string[],
): Promise<{ readonly name: string; readonly mapping: readonly string[] } | undefined> {
  const rows = await profilesAt(db, places);
  const found = rows.find((row) => JSON.stringify(row.headings) === JSON.stringify(headings));
  return found && { name: found.name, mapping: found.mapping as ColumnMeaning[] };
}

const NAMED_MAX = 50;

/**
 * The meaning of columns that somebody remembered under a name, for a sheet that has at least one of its headings: each
 * heading means what it means there, one that is not there what it is taken for.
 *
 * @throws AppError `invalid_input` naming the profiles that there are, or the headings of the one that does not fit
 */
export async function profileNamed(
  db: Db,
  asked: Places & {
    readonly name: string;
    readonly headings: readonly string[];
    readonly guessed: readonly ColumnMeaning[];
  },
): Promise<{ readonly name: string; readonly mapping: readonly string[] }> {
  const { name, headings, guessed } = asked;
  const rows = await profilesAt(db, asked);
  const found = rows.find((row) => row.name === name);
  if (found === undefined) {
    const names = rows.slice(0, NAMED_MAX).map((row) => row.name);
    const message = names.length === 0 ? 'None is remembered here yet' : `There are: ${names.join(', ')}`;
    throw invalid(`No meaning of columns is remembered under "${name}"`, [{ at: '/profile', message }]);
  }
  const [known, meanings] = [found.headings as string[], found.mapping as ColumnMeaning[]];
  const meaningOf = new Map(known.map((heading, at) => [heading, meanings[at] ?? '']));
  if (!headings.some((heading) => heading !== '' && meaningOf.has(heading))) {
    throw invalid(`"${name}" is of a sheet with other headings`, [
      { at: '/profile', message: `It knows ${known.filter((heading) => heading !== '').join(', ')}` },
    ]);
  }
  const taken = new Set<string>(headings.flatMap((heading) => meaningOf.get(heading) || []));
  const mapping = headings.map(
    (heading, at) => meaningOf.get(heading) ?? (taken.has(guessed[at] ?? '') ? '' : (guessed[at] ?? '')),
  );
  return { name, mapping };
}

/** Remembers what the columns of an import mean: the next sheet with the same headings is read the same way. */
export const saveProfile = action('asset.import', SaveProfile.extend({ id: z.uuid() }), async (tx, { id, name }) => {
  const found = await findImport(tx.db, id);
  if (found === undefined) throw notFound('The import');
  const values = {
    headings: JSON.stringify(found.columns),
    mapping: JSON.stringify(found.mapping),
    changed_at: tx.clock.now(),
    changed_by_name: tx.actor.name,
  };
  await tx.db
    .insertInto('asset_import_profile')
    .values({ id: tx.ids.next(), unit_path: found.unitPath, name, ...values })
    .onConflict((conflict) => conflict.columns(['unit_path', 'name']).doUpdateSet(values))
    .execute();
  await tx.db.updateTable('asset_import').set({ profile_name: name }).where('id', '=', id).execute();
  tx.record({
    object: { type: 'asset_import', id },
    unitPath: found.unitPath,
    data: { change: 'profile', name, mapping: found.mapping },
  });
  return { id };
});
