import { sql } from 'kysely';
import { STEPS_MAX } from '#engine/identity/lineage.ts';
import type { Db } from '#platform/postgres/database.ts';
import { relationsOf } from '../model/graph.ts';
import { GIVES, TAKES } from '../model/relations.ts';
import type { DutyAt } from '../responsibility/at.ts';
import { effectiveDuties, type Origin } from '../responsibility/inherit.ts';
import { type Giver, inOrder, systemsAmong } from '../responsibility/lineage.ts';
import { dayOfMoment, passesOn } from '../responsibility/store.ts';
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

/** Segments that are looked through. */
const SEGMENTS_MAX = 2000;

/** The paths of a unit and of what it lies in. */
const areasOf = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, at, parts) => `${parts.slice(0, at + 1).join('/')}/`);

/** Segments that lay at a moment in the units of assets, or in an area that one of these lies in. */
async function segmentsNear(db: Db, assets: readonly AssetAsOf[], at: Date): Promise<AssetAsOf[]> {
  const paths = new Set(assets.flatMap(({ unitPath }) => areasOf(unitPath)));
  // Of these units now, or moved since.
  const candidates = await sql<{ id: string }>`
    SELECT a.id FROM asset a WHERE a.class IN ('segment', 'line') AND a.created_at <= ${at}
      AND (a.unit_path = ANY(${[...paths]}::text[]) OR EXISTS (SELECT FROM asset_change c
        WHERE c.asset_id = a.id AND c.at > ${at} AND c.changes @> '[{"field": "unit"}]'))
    ORDER BY a.id LIMIT ${SEGMENTS_MAX}`.execute(db);
  const ids = candidates.rows.map(({ id }) => id);
  return [...(await assetsAt(db, ids, at)).values()].filter(({ mergedInto }) => mergedInto === null);
}

/** The segments that held an address of these assets at a moment: of the first ones first, of each the narrowest first. */
async function segmentsAround(db: Db, assets: readonly AssetAsOf[], at: Date): Promise<AssetAsOf[]> {
  const addressed = assets.filter(({ facts }) => facts.addresses.length > 0);
  if (addressed.length === 0) return [];
  const segments = await segmentsNear(db, addressed, at);
  const asked = addressed.flatMap(({ facts, unitPath }, nth) =>
    segments
      .filter((segment) => unitPath.startsWith(segment.unitPath) && segment.id !== assets[0]?.id)
      .flatMap(({ id, facts: { segments: ranges } }) =>
        ranges.map((range) => ({ nth, id, range, addresses: facts.addresses })),
      ),
  );
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM jsonb_to_recordset(${JSON.stringify(asked)}::text::jsonb)
      AS s (nth int, id uuid, range cidr, addresses inet[])
    WHERE s.range >>= ANY(s.addresses) ORDER BY nth, masklen(s.range) DESC, id`.execute(db);
  const order = [...new Set(rows.map(({ id }) => id))];
  return order.flatMap((id) => segments.find((segment) => segment.id === id) ?? []);
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
  const nearest = related.flatMap(({ id }) => around.find((one) => one.id === id) ?? []);
  const segments = await segmentsAround(db, [asset, ...nearest], at);
  const givers = [...related, ...segments.map((segment, nth) => giverOf(segment, STEPS_MAX + 1 + nth))];
  const day = dayOfMoment(at);
  const duties = new Map(
    [...around, ...segments].map(({ id, held }) => [id, held.filter((duty) => passesOn(duty, day))]),
  );
  return { duties: effectiveDuties(asset.held, givers, duties), systems: systemsAmong(related) };
}
