import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import { RELATIONS } from '../model/relations.ts';
import { DUTY_ROLES, type Duty, type DutyRole, dutiesOf } from './store.ts';

/** A responsibility an asset has itself, or takes from another: then `from` names that. */
export interface EffectiveDuty extends Duty {
  readonly from: { readonly id: string; readonly name: string } | null;
}

/** System to host to service: more steps are not taken. */
const STEPS_MAX = 3;

const GIVES = RELATIONS.filter(({ inherits }) => inherits === 'from_to').map(({ kind }) => kind);
const TAKES = RELATIONS.filter(({ inherits }) => inherits === 'to_from').map(({ kind }) => kind);

/** What an asset takes its responsibility from: by its relations, then the narrowest segment that holds an address of it. */
async function givers(db: Db, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT from_id AS id FROM asset_relation
      WHERE to_id = ANY(${ids}::uuid[]) AND kind = ANY(${GIVES}::text[]) AND ended_at IS NULL
    UNION
    SELECT to_id FROM asset_relation
      WHERE from_id = ANY(${ids}::uuid[]) AND kind = ANY(${TAKES}::text[]) AND ended_at IS NULL`.execute(db);
  if (rows.length > 0) return rows.map(({ id }) => id);
  const segments = await sql<{ id: string }>`
    SELECT s.asset_id AS id FROM asset_key k JOIN asset_key s ON s.kind = 'segment' AND s.unit_path = k.unit_path
    WHERE k.asset_id = ANY(${ids}::uuid[]) AND k.kind = 'address' AND s.asset_id <> k.asset_id
      AND CASE WHEN s.kind = 'segment' AND k.kind = 'address' THEN s.value::cidr >>= k.value::inet ELSE false END
    ORDER BY masklen(s.value::cidr) DESC LIMIT 1`.execute(db);
  return segments.rows.map(({ id }) => id);
}

/**
 * Who answers for an asset: for each role its own responsibility, else that of the nearest asset it is inherited from.
 */
export async function effectiveDuties(db: Db, assetId: string): Promise<EffectiveDuty[]> {
  const own = (await dutiesOf(db, [assetId], false)).get(assetId) ?? [];
  const found = new Map<DutyRole, EffectiveDuty>(own.map((duty) => [duty.role, { ...duty, from: null }]));
  const seen = new Set([assetId]);
  let border = [assetId];
  for (let step = 0; step < STEPS_MAX && found.size < DUTY_ROLES.length && border.length > 0; step += 1) {
    border = (await givers(db, border)).filter((id) => !seen.has(id));
    for (const id of border) seen.add(id);
    const duties = await dutiesOf(db, border, false);
    const names = await namesOf(db, border);
    for (const id of border) {
      for (const duty of duties.get(id) ?? []) {
        if (!found.has(duty.role)) found.set(duty.role, { ...duty, from: { id, name: names.get(id) ?? '' } });
      }
    }
  }
  return DUTY_ROLES.flatMap((role) => found.get(role) ?? []);
}

async function namesOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('asset')
    .select(['id', 'name'])
    .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}
