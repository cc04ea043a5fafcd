import { sql } from 'kysely';
import { invalid } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { ASSET_MARKS, type StoredAsset } from '../store.ts';

const UTC_OFFSET = '+08:00';

/** The end of a day in Asia/Shanghai. */
export const endOfDay = (day: string): Date => new Date(`${day}T23:59:59.999${UTC_OFFSET}`);

/** The refusal of a day before an asset was in the ledger. */
export const notYet = (createdAt: Date) =>
  invalid(
    'The asset was not in the ledger yet on that day',
    [
      {
        at: '/day',
        message: `It is in the ledger since ${dayOfMoment(createdAt)}: ask for that day or a later one`,
      },
    ],
    'asset.not_yet',
  );

/** First values of the fields that changed after a moment, by asset: what they were at that moment. */
export async function fieldsBefore(
  db: Db,
  ids: readonly string[],
  at: Date,
): Promise<ReadonlyMap<string, ReadonlyMap<string, unknown>>> {
  const { rows } = await sql<{ asset_id: string; field: string; was: unknown }>`
    SELECT h.asset_id, c ->> 'field' AS field, (array_agg(c -> 'from' ORDER BY h.version))[1] AS was
    FROM asset_change h CROSS JOIN LATERAL jsonb_array_elements(h.changes) c
    WHERE h.asset_id = ANY(${ids}::uuid[]) AND h.at > ${at} GROUP BY 1, 2`.execute(db);
  const found = new Map<string, Map<string, unknown>>();
  for (const { asset_id, field, was } of rows) {
    const fields = found.get(asset_id) ?? new Map<string, unknown>();
    found.set(asset_id, fields.set(field, was));
  }
  return found;
}

/** What an asset was at a moment besides its facts. */
interface Standing {
  readonly unitPath: string;
  /** Null: not known. */
  readonly duty: StoredAsset['duty'] | null;
  readonly marks: StoredAsset['marks'] | null;
  /** From when on it is known, where it is not. */
  readonly knownFrom: Date | null;
}

/** What assets were at a moment besides their facts, where something changed since; the others are what they are now. */
export async function standingsAt(db: Db, ids: readonly string[], at: Date): Promise<ReadonlyMap<string, Standing>> {
  const rows = await db
    .selectFrom('asset_standing_before')
    .selectAll()
    .distinctOn('asset_id')
    .where(sql<boolean>`asset_id = ANY(${ids}::uuid[])`)
    .where('at', '>', at)
    .orderBy('asset_id')
    .orderBy('at')
    .execute();
  return new Map(
    rows.map((row) => {
      const set = { shadow: row.is_shadow, zombie: row.is_zombie, outside: row.is_outside, stale: row.is_stale };
      const known = row.duty !== null;
      return [
        row.asset_id,
        {
          unitPath: row.unit_path,
          duty: row.duty,
          marks: known ? ASSET_MARKS.filter((mark) => set[mark]) : null,
          knownFrom: known ? null : row.at,
        },
      ];
    }),
  );
}

/**
 * The asset that each of some was a part of at a moment, of those that had turned out to be another one by then: merges
 * and splits that were taken back keep their times.
 */
export const mergedAt = (at: Date) => sql<{ id: string; into: string }>`
  SELECT DISTINCT ON (other_id) other_id AS id, kept_id AS into FROM asset_identity_change
  WHERE (kind = 'merge' AND made_at <= ${at} AND (undone_at IS NULL OR undone_at > ${at}))
    OR (kind = 'split' AND undone_at <= ${at})
  ORDER BY other_id, made_at DESC`;
