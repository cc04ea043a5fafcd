import { sql } from 'kysely';
import { z } from 'zod';
import type { PlaceName } from '#domain/organizations/index.ts';
import { notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { takenBack } from '../asset.ts';
import { AssetView, assetView } from '../list.ts';
import { definitionOf } from '../model/classes.ts';
import { GONE_STATES } from '../model/lifecycle.ts';
import { type DutyAt, dutiesAt } from '../responsibility/at.ts';
import { summaryOf } from '../responsibility/store.ts';
import { findAsset, type StoredAsset, withKeys } from '../store.ts';
import { endOfDay, fieldsBefore, mergedAt, notYet, standingsAt } from './at.ts';

/** What is not always known of a day. */
const UNKNOWN = ['duty', 'marks', 'lastSeenAt'] as const;
type Unknown = (typeof UNKNOWN)[number];

export const AsOfView = AssetView.extend({
  duty: AssetView.shape.duty.nullable(),
  marks: AssetView.shape.marks.nullable(),
  lastSeenAt: z.string().nullable(),
  mergedInto: z.uuid().nullable().describe('the asset that it had turned out to be by that day'),
  unknown: z
    .array(z.enum(UNKNOWN))
    .describe('what is not known of that day, and null: of when it was seen only the last time is kept'),
  knownFrom: z
    .string()
    .nullable()
    .describe('the moment from which marks and responsibility are known, where the day is before it'),
});

export interface AssetAsOf extends Omit<StoredAsset, 'duty' | 'marks' | 'lastSeenAt'> {
  readonly duty: StoredAsset['duty'] | null;
  readonly marks: StoredAsset['marks'] | null;
  readonly lastSeenAt: Date | null;
  /** The responsibilities that it had itself. */
  readonly held: readonly DutyAt[];
  readonly mergedInto: string | null;
  readonly unknown: readonly Unknown[];
  readonly knownFrom: Date | null;
}

export const asOfView = (asset: AssetAsOf, names: ReadonlyMap<string, PlaceName>): z.input<typeof AsOfView> => {
  const { duty, marks, lastSeenAt, mergedInto, unknown, knownFrom } = asset;
  const known = { ...asset, duty: duty ?? 'none', marks: marks ?? [], lastSeenAt: lastSeenAt ?? asset.createdAt };
  return {
    ...assetView(known, names),
    duty,
    marks: marks === null ? null : [...marks],
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    mergedInto,
    unknown: [...unknown],
    knownFrom: knownFrom?.toISOString() ?? null,
  };
};

/**
 * An asset as it stood at the end of a day.
 *
 * @throws AppError `not_found` for an asset that is not in sight; `invalid_input` with the reason `asset.not_yet` when it was
 *   not in the ledger yet
 */
export async function assetAsOf(db: Db, id: string, day: string): Promise<AssetAsOf> {
  const at = endOfDay(day);
  const asset = await findAsset(db, id);
  if (asset === undefined) throw notFound('The asset');
  const then = (await assetsAt(db, [id], at)).get(id);
  if (then === undefined) throw notYet(asset.createdAt);
  return then;
}

/** Assets as they stood at a moment: their facts with the changes since taken back, and what was kept besides. */
export async function assetsAt(db: Db, ids: readonly string[], at: Date): Promise<ReadonlyMap<string, AssetAsOf>> {
  const rows = await db
    .selectFrom('asset')
    .selectAll()
    .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
    .where('created_at', '<=', at)
    .execute();
  const assets = await withKeys(db, rows);
  if (assets.length === 0) return new Map();
  const here = assets.map(({ id }) => id);
  const fields = await fieldsBefore(db, here, at);
  const standings = await standingsAt(db, here, at);
  const versions = await versionsAt(db, here, at);
  const duties = await dutiesAt(db, here, at);
  const parts = await sql<{ id: string; into: string }>`
    SELECT * FROM (${mergedAt(at)}) m WHERE id = ANY(${here}::uuid[])`.execute(db);
  const into = new Map(parts.rows.map((row) => [row.id, row.into]));
  return new Map(
    assets.map((asset) => {
      const before = fields.get(asset.id) ?? new Map<string, unknown>();
      const facts = takenBack(
        asset.facts,
        [...before].map(([field, from]) => ({ field, from, to: undefined })),
      );
      const { due } = definitionOf(facts.class);
      const dueOn = due === undefined ? undefined : facts.attributes[due];
      const standing = standings.get(asset.id) ?? { ...asset, knownFrom: null };
      const was = before.get('unit');
      const held = duties.get(asset.id) ?? [];
      // Before it was kept it is told by the responsibilities themselves, as far as those are known.
      const told = held.length === 0 || held.some(({ state }) => state === null) ? null : summaryOf(statesOf(held));
      const then = {
        duty: standing.duty ?? told,
        marks: standing.marks,
        // The ledger keeps when it was seen last, not every time.
        lastSeenAt: asset.lastSeenAt <= at ? asset.lastSeenAt : null,
      };
      const version = versions.get(asset.id);
      const gone = GONE_STATES.some((state) => state === facts.state);
      return [
        asset.id,
        {
          ...asset,
          facts,
          ...then,
          held,
          unitPath: typeof was === 'string' ? was : standing.unitPath,
          dueOn: typeof dueOn === 'string' ? dueOn : null,
          retiredAt: gone ? (version?.goneAt ?? null) : null,
          version: version?.version ?? asset.version,
          changedAt: version?.at ?? asset.createdAt,
          mergedInto: into.get(asset.id) ?? null,
          unknown: UNKNOWN.filter((field) => then[field] === null),
          knownFrom: standing.knownFrom,
        },
      ];
    }),
  );
}

const statesOf = (held: readonly { readonly state: Parameters<typeof summaryOf>[0][number] | null }[]) =>
  held.flatMap(({ state }) => state ?? []);

interface Version {
  readonly version: number;
  readonly at: Date;
  /** When it went out of use last, null where it never did. */
  readonly goneAt: Date | null;
}

/** The versions that assets had at a moment. */
async function versionsAt(db: Db, ids: readonly string[], at: Date): Promise<ReadonlyMap<string, Version>> {
  const { rows } = await sql<{ asset_id: string; version: number; at: Date; gone_at: Date | null }>`
    SELECT asset_id, max(version) AS version, max(at) AS at,
      max(at) FILTER (WHERE jsonb_path_exists(changes, '$[*] ? (@.field == "state"
        && (@.to == "retired" || @.to == "written_off") && @.from != "retired" && @.from != "written_off")')) AS gone_at
    FROM asset_change WHERE asset_id = ANY(${ids}::uuid[]) AND at <= ${at} GROUP BY asset_id`.execute(db);
  return new Map(rows.map((row) => [row.asset_id, { version: row.version, at: row.at, goneAt: row.gone_at }]));
}
