import { sql } from 'kysely';
import { STEPS_MAX } from '#engine/identity/lineage.ts';
import type { Db } from '#platform/postgres/database.ts';
import { relationsOf } from '../model/graph.ts';
import { GIVES, TAKES } from '../model/relations.ts';
import type { DutyAt } from '../responsibility/at.ts';
import { effectiveDuties, type Origin } from '../responsibility/inherit.ts';
import { type Giver, inOrder, systemsAmong } from '../responsibility/lineage.ts';
import { type AssetAsOf, assetsAt } from './as-of.ts';

/** Relations that are looked through at each step. */
const RELATIONS_MAX = 2000;

/** How many relations away the assets are that one takes from at a moment. */
async function stepsUp(db: Db, assetId: string, at: Date): Promise<ReadonlyMap<string, number>> {
  const steps = new Map<string, number>([[assetId, 0]]);
  let border = new Set([assetId]);
  for (let step = 1; step <= STEPS_MAX && border.size > 0; step += 1) {
    const next = new Set<string>();
    for (const { from_id, to_id, kind } of await relationsOf(db, [...border], at, RELATIONS_MAX)) {
      if (GIVES.includes(kind) && border.has(to_id) && !steps.has(from_id)) next.add(from_id);
      if (TAKES.includes(kind) && border.has(from_id) && !steps.has(to_id)) next.add(to_id);
    }
    for (const id of next) steps.set(id, step);
    border = next;
  }
  steps.delete(assetId);
  return steps;
}

const giverOf = ({ id, facts }: AssetAsOf, step: number): Giver => ({
  id,
  name: facts.name,
  isSystem: facts.class === 'system',
  step,
  importance: facts.importance,
  protectionLevel: facts.protectionLevel,
  criticalInfrastructure: facts.criticalInfrastructure,
  supervisedBy: facts.supervisedBy,
  operatedBy: facts.operatedBy,
  usedBy: facts.usedBy,
});

/** Segments of a unit that are looked through. */
const SEGMENTS_MAX = 2000;

/** The narrowest segment of its unit that held an address of the asset at a moment. */
async function segmentAround(db: Db, asset: AssetAsOf, at: Date): Promise<AssetAsOf | undefined> {
  const { addresses } = asset.facts;
  if (addresses.length === 0) return undefined;
  // Of the unit now, or moved since.
  const candidates = await sql<{ id: string }>`
    SELECT a.id FROM asset a WHERE a.class IN ('segment', 'line') AND a.id <> ${asset.id} AND a.created_at <= ${at}
      AND (a.unit_path = ${asset.unitPath} OR EXISTS (SELECT FROM asset_change c
        WHERE c.asset_id = a.id AND c.at > ${at} AND c.changes @> '[{"field": "unit"}]'))
    ORDER BY a.id LIMIT ${SEGMENTS_MAX}`.execute(db);
  const segments = [
    ...(
      await assetsAt(
        db,
        candidates.rows.map(({ id }) => id),
        at,
      )
    ).values(),
  ].filter(({ unitPath, mergedInto }) => unitPath === asset.unitPath && mergedInto === null);
  const ranges = segments.flatMap(({ id, facts }) => facts.segments.map((range) => ({ id, range })));
  const { rows } = await sql<{ id: string }>`
    SELECT s.id FROM unnest(${ranges.map(({ id }) => id)}::uuid[], ${ranges.map(({ range }) => range)}::cidr[]) AS s (id, range)
    WHERE s.range >>= ANY(${addresses}::inet[]) ORDER BY masklen(s.range) DESC, s.id LIMIT 1`.execute(db);
  return segments.find(({ id }) => id === rows[0]?.id);
}

/**
 * Who answered for an asset at a moment: its own responsibilities, else what it inherited by the relations and segments of
 * that moment.
 *
 * @param asset as it was then
 */
export async function responsibilityAt(
  db: Db,
  asset: AssetAsOf,
  at: Date,
): Promise<{ readonly duties: readonly (DutyAt & Origin)[]; readonly systems: readonly Giver[] }> {
  const steps = await stepsUp(db, asset.id, at);
  const around = [...(await assetsAt(db, [...steps.keys()], at)).values()];
  const related = around.map((one) => giverOf(one, steps.get(one.id) ?? STEPS_MAX)).sort(inOrder);
  const segment = related.length > 0 ? undefined : await segmentAround(db, asset, at);
  const givers = segment === undefined ? related : [giverOf(segment, 1)];
  const duties = new Map([...around, ...(segment ? [segment] : [])].map(({ id, held }) => [id, held]));
  return { duties: effectiveDuties(asset.held, givers, duties), systems: systemsAmong(related) };
}
