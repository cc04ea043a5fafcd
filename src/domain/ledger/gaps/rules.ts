import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { LEDGER_SOURCE } from '../observations/prepare.ts';
import { takingAmong } from '../responsibility/lineage.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { ON_ITS_OWN } from './gaps.ts';
import { markDays } from './standards.ts';

/** Rules that set marks on assets and take them away again. They change no fact, so they write no version. */

const DAY_MS = 86_400_000;

const setMark = (column: string, condition: ReturnType<typeof sql>) => sql`
  UPDATE asset SET ${sql.ref(column)} = NOT ${sql.ref(column)}
  WHERE merged_into IS NULL AND ${sql.ref(column)} IS DISTINCT FROM (${condition})`;

/** Whether a source, and not only people's entries, has told of an asset since. */
const seenSince = (asset: ReturnType<typeof sql>, since: Date) => sql`EXISTS (SELECT FROM asset_observation o
  WHERE o.asset_id = ${asset} AND o.source <> ${LEDGER_SOURCE} AND o.last_seen_at >= ${since})`;

/**
 * That nothing shows an asset to be at work since a moment. Paperwork, which moves last_seen_at, is no activity. No source
 * sees an information system itself: what belongs to it shows whether it works, and where nothing is known to, its unit.
 */
function inactiveSince(since: Date) {
  const member = sql`FROM asset_relation r WHERE r.ended_at IS NULL
    AND ((r.from_id = asset.id AND r.kind IN ('runs_on', 'offers', 'stores')) OR (r.to_id = asset.id AND r.kind = 'part_of'))`;
  const other = sql`CASE WHEN r.from_id = asset.id THEN r.to_id ELSE r.from_id END`;
  return sql`(created_at < ${since} OR last_seen_at < ${since}) AND NOT ${seenSince(sql`asset.id`, since)}
    AND CASE WHEN class <> 'system' THEN true WHEN EXISTS (SELECT ${member})
      THEN NOT EXISTS (SELECT ${member} AND ${seenSince(other, since)}) ELSE last_seen_at < ${since} END`;
}

async function mark(tx: Tx): Promise<number> {
  const now = tx.clock.now();
  const before = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const days = markDays();
  const live = sql`state NOT IN ('retired', 'written_off')`;
  const rules = [
    setMark(
      'is_shadow',
      sql`state IN ('discovered', 'to_claim') AND ${ON_ITS_OWN} AND source = 'discovered'
      AND first_seen_at < ${before(days.shadow)}`,
    ),
    // Activity is what sources report; a change by hand moves last_seen_at as well and is no sign of life after retirement.
    setMark(
      'is_zombie',
      sql`(state = 'retired' AND retired_at IS NOT NULL AND last_seen_at > retired_at + interval '1 day')
      OR (${live} AND class IN ('system', 'site', 'api', 'host', 'service') AND ${inactiveSince(before(days.zombie))})`,
    ),
    // Long unmentioned; or a report that looked for it did not see it, and nothing else speaks for it.
    setMark(
      'is_stale',
      sql`${live} AND (last_seen_at < ${before(days.stale)}
      OR (id IN (SELECT o.asset_id FROM asset_observation o WHERE o.gone_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM asset_observation o WHERE o.asset_id = asset.id AND o.gone_at IS NULL)))`,
    ),
    setMark(
      'is_outside',
      sql`${live} AND class = 'site'
      AND EXISTS (SELECT 1 FROM asset_key d WHERE d.asset_id = asset.id AND d.kind = 'domain')
      AND NOT EXISTS (SELECT 1 FROM asset_key d WHERE d.asset_id = asset.id AND d.kind = 'domain'
        AND d.value ~ ${days.ownDomains})
      AND EXISTS (SELECT 1 FROM asset_key k WHERE k.asset_id = asset.id AND k.kind = 'address')
      AND NOT EXISTS (SELECT 1 FROM asset_key k JOIN asset_key s ON s.kind = 'segment' AND starts_with(asset.unit_path, s.unit_path)
        WHERE k.asset_id = asset.id AND k.kind = 'address'
          AND CASE WHEN s.kind = 'segment' AND k.kind = 'address' THEN s.value::cidr >>= k.value::inet ELSE false END)`,
    ),
  ];
  let changed = 0;
  for (const rule of rules) changed += Number((await rule.execute(tx.db)).numAffectedRows ?? 0);
  return changed;
}

/** Responsibilities whose period is over. */
async function expire(tx: Tx): Promise<number> {
  const { rows } = await sql<{ asset_id: string }>`
    WITH past AS (UPDATE asset_duty SET state = 'expired' WHERE ended_at IS NULL AND state <> 'expired'
      AND until_on < ${dayOfMoment(tx.clock.now())} RETURNING asset_id)
    UPDATE asset SET duty = 'expired' FROM past WHERE asset.id = past.asset_id AND asset.duty <> 'disputed'
    RETURNING past.asset_id`.execute(tx.db);
  return rows.length;
}

/** Assets without a holder of their own that inherit one by a relation or a segment, and those that no longer do. */
async function inherit(tx: Tx): Promise<number> {
  const taking = takingAmong(sql`SELECT id FROM asset WHERE duty IN ('none', 'inherited') AND merged_into IS NULL`);
  const { numAffectedRows } = await sql`WITH taking (id) AS MATERIALIZED (${taking})
    UPDATE asset SET duty = CASE duty WHEN 'none' THEN 'inherited' ELSE 'none' END
    WHERE (duty = 'none' AND id IN (SELECT id FROM taking)) OR (duty = 'inherited' AND id NOT IN (SELECT id FROM taking))`.execute(
    tx.db,
  );
  return Number(numAffectedRows ?? 0);
}

/** Applies every rule once. Recorded with how many assets changed. */
export const applyRules = action('asset.manage', z.object({}), async (tx) => {
  const marked = await mark(tx);
  const expired = await expire(tx);
  const inherited = await inherit(tx);
  tx.record({
    object: { type: 'asset_rules', id: 'marks' },
    unitPath: '/',
    side: 'centre',
    data: { change: 'rules', marked, expired, inherited },
  });
});
