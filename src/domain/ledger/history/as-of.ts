import { z } from 'zod';
import type { PlaceName } from '#domain/organizations/index.ts';
import { invalid, notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { takenBack } from '../asset.ts';
import { AssetView, assetView } from '../list.ts';
import { definitionOf } from '../model/classes.ts';
import { type DutyState, dayOfMoment, summaryOf } from '../responsibility/store.ts';
import { findAsset, type StoredAsset } from '../store.ts';
import { type Change, changesOf } from './store.ts';

const UTC_OFFSET = '+08:00';

/** The end of a day in Asia/Shanghai. */
export const endOfDay = (day: string): Date => new Date(`${day}T23:59:59.999${UTC_OFFSET}`);

/** What the platform keeps no history of, or not always. */
const UNKNOWN = ['duty', 'marks', 'lastSeenAt'] as const;
type Unknown = (typeof UNKNOWN)[number];

export const AsOfView = AssetView.extend({
  duty: AssetView.shape.duty.nullable(),
  marks: AssetView.shape.marks.nullable(),
  lastSeenAt: z.string().nullable(),
  unknown: z.array(z.enum(UNKNOWN)).describe('what is not known of that day, and null: no history is kept of it'),
});

export interface AssetAsOf extends Omit<StoredAsset, 'duty' | 'marks' | 'lastSeenAt'> {
  readonly duty: StoredAsset['duty'] | null;
  readonly marks: StoredAsset['marks'] | null;
  readonly lastSeenAt: Date | null;
  readonly unknown: readonly Unknown[];
}

export const asOfView = (asset: AssetAsOf, names: ReadonlyMap<string, PlaceName>): z.input<typeof AsOfView> => {
  const { duty, marks, lastSeenAt, unknown } = asset;
  const known = { ...asset, duty: duty ?? 'none', marks: marks ?? [], lastSeenAt: lastSeenAt ?? asset.createdAt };
  return {
    ...assetView(known, names),
    duty,
    marks: marks === null ? null : [...marks],
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    unknown: [...unknown],
  };
};

/**
 * An asset as it stood at the end of a day: the changes since are taken back.
 *
 * @param now of the asking person: marks are those of the rules as they stand
 * @throws AppError `not_found` for an asset that is not in sight; `invalid_input` with the reason `asset.not_yet` when it was
 *   not in the ledger yet
 */
export async function assetAsOf(db: Db, id: string, day: string, now: Date): Promise<AssetAsOf> {
  const asset = await findAsset(db, id);
  const at = endOfDay(day);
  if (asset === undefined) throw notFound('The asset');
  if (asset.createdAt > at) {
    const since = dayOfMoment(asset.createdAt);
    throw invalid(
      'The asset was not in the ledger yet on that day',
      [{ at: '/day', message: `It is in the ledger since ${since}: ask for that day or a later one` }],
      'asset.not_yet',
    );
  }
  const later = await changesOf(db, id, at);
  const facts = takenBack(
    asset.facts,
    later.flatMap(({ changes }) => [...changes].reverse()),
  );
  const { due } = definitionOf(facts.class);
  const dueOn = due === undefined ? undefined : facts.attributes[due];
  const duty = await dutyOn(db, id, { day, at, later });
  const isNow = at >= now;
  const then = {
    duty: isNow ? asset.duty : duty,
    marks: isNow ? asset.marks : null,
    // The ledger keeps when it was seen last, not every time.
    lastSeenAt: asset.lastSeenAt <= at ? asset.lastSeenAt : null,
  };
  return {
    ...asset,
    facts,
    ...then,
    unitPath: pathBefore(later) ?? asset.unitPath,
    dueOn: typeof dueOn === 'string' ? dueOn : null,
    retiredAt: await retiredOn(db, id, at, facts.state),
    version: asset.version - later.length,
    changedAt: (await lastChange(db, id, at)) ?? asset.createdAt,
    unknown: UNKNOWN.filter((field) => then[field] === null),
  };
}

/** Whose it was before the changes. @param later the newest first */
function pathBefore(later: readonly Change[]): string | undefined {
  const moves = later.flatMap(({ changes }) => changes.filter(({ field }) => field === 'unit'));
  const first = moves.at(-1)?.from;
  return typeof first === 'string' ? first : undefined;
}

/**
 * What was known of its responsibility in one word: told by the responsibilities that held then, as long as nothing was
 * decided about them since. Whether it inherited one is not kept.
 *
 * @returns null where that cannot be told
 */
async function dutyOn(
  db: Db,
  id: string,
  { day, at, later }: { readonly day: string; readonly at: Date; readonly later: readonly Change[] },
): Promise<StoredAsset['duty'] | null> {
  const rows = await db
    .selectFrom('asset_duty')
    .select(['state', 'decided_at', 'until_on'])
    .where('asset_id', '=', id)
    .where('created_at', '<=', at)
    .where(({ or, eb }) => or([eb('ended_at', 'is', null), eb('ended_at', '>', at)]))
    .execute();
  // With another unit everybody has to say again, and what was said before is not kept.
  if (rows.length === 0 || later.some(({ via }) => via === 'assigned')) return null;
  const states = rows.map(({ state, decided_at, until_on }): DutyState | null => {
    if (decided_at !== null && decided_at > at) return null;
    return state === 'expired' && (until_on === null || until_on >= day) ? null : state;
  });
  return states.includes(null) ? null : summaryOf(states.filter((state) => state !== null));
}

/** When one that was out of use on that day had gone out of use. */
async function retiredOn(db: Db, id: string, at: Date, state: StoredAsset['facts']['state']): Promise<Date | null> {
  if (state !== 'retired' && state !== 'written_off') return null;
  const rows = await db
    .selectFrom('asset_change')
    .select(['at', 'changes'])
    .where('asset_id', '=', id)
    .where('at', '<=', at)
    .orderBy('version', 'desc')
    .limit(STEPS_MAX)
    .execute();
  let since: Date | null = null;
  for (const row of rows) {
    const step = (row.changes as Change['changes']).find(({ field }) => field === 'state');
    if (step === undefined) continue;
    since = row.at;
    if (step.from !== 'retired' && step.from !== 'written_off') break;
  }
  return since;
}

/** Changes of one asset that are looked through. */
const STEPS_MAX = 1000;

async function lastChange(db: Db, id: string, at: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('asset_change')
    .select('at')
    .where('asset_id', '=', id)
    .where('at', '<=', at)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}
