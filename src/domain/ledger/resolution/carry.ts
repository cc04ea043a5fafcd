import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import { refreshSummary } from '../responsibility/store.ts';

/** Two assets that turned out to be one: what `merged` had is `kept`'s from now on. */
export interface Merge {
  readonly kept: string;
  readonly merged: string;
}

/** What another slice keeps of assets, and takes along when two become one. In the merge's own transaction. */
export interface MergeFollower {
  readonly name: string;
  /** @returns what is needed to put everything back as it was: kept with the merge, as JSON */
  carry(tx: Tx, merge: Merge): Promise<unknown>;
  /** @param carried what `carry` gave */
  putBack(tx: Tx, carried: unknown, merge: Merge): Promise<void>;
}

const followers = new Map<string, MergeFollower>();

/** Makes a slice's rows follow merges. Called where the slice is put together, so that no process merges without it. */
export function followMerges(follower: MergeFollower): void {
  followers.set(follower.name, follower);
}

type Row = Readonly<Record<string, unknown>>;

/** What went over with a merge, as it was before. */
export interface Carried {
  readonly relations: readonly Row[];
  readonly duties: readonly Row[];
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * Takes relations, responsibilities and what other slices keep over to the asset that stays. A relation that it has
 * already, or that would lead to itself, ends; a role that it has somebody for stays with him.
 */
export async function carryOver(tx: Tx, merge: Merge): Promise<Carried> {
  const { merged } = merge;
  const { rows: relations } = await sql<{ row: Row }>`
    SELECT to_jsonb(r) AS row FROM asset_relation r
    WHERE ended_at IS NULL AND (from_id = ${merged} OR to_id = ${merged}) ORDER BY id`.execute(tx.db);
  const { rows: duties } = await sql<{ row: Row }>`
    SELECT to_jsonb(d) AS row FROM asset_duty d WHERE asset_id = ${merged} AND ended_at IS NULL ORDER BY id`.execute(
    tx.db,
  );
  if (relations.length > 0) await carryRelations(tx, merge);
  if (duties.length > 0) await carryDuties(tx, merge);
  const others: Record<string, unknown> = {};
  for (const follower of followers.values()) others[follower.name] = await follower.carry(tx, merge);
  return { relations: relations.map(({ row }) => row), duties: duties.map(({ row }) => row), others };
}

async function carryRelations(tx: Tx, { kept, merged }: Merge): Promise<void> {
  const at = tx.clock.now().toISOString();
  const moved = (end: string) => sql`CASE WHEN ${sql.ref(end)} = ${merged} THEN ${kept}::uuid ELSE ${sql.ref(end)} END`;
  await sql`
    UPDATE asset_relation r SET ended_at = ${at}::timestamptz, ended_by_name = ${tx.actor.name}
    WHERE ended_at IS NULL AND (from_id = ${merged} OR to_id = ${merged})
      AND (from_id = ${kept} OR to_id = ${kept} OR EXISTS (
        SELECT FROM asset_relation k WHERE k.ended_at IS NULL AND k.kind = r.kind
          AND k.from_id = ${moved('r.from_id')} AND k.to_id = ${moved('r.to_id')}))`.execute(tx.db);
  await sql`
    UPDATE asset_relation r SET from_id = ${kept}, unit_path = a.unit_path FROM asset a
    WHERE a.id = ${kept} AND r.from_id = ${merged} AND r.ended_at IS NULL`.execute(tx.db);
  await sql`UPDATE asset_relation SET to_id = ${kept} WHERE to_id = ${merged} AND ended_at IS NULL`.execute(tx.db);
}

async function carryDuties(tx: Tx, { kept, merged }: Merge): Promise<void> {
  const at = tx.clock.now().toISOString();
  await sql`
    UPDATE asset_duty d SET asset_id = ${kept}, unit_path = a.unit_path FROM asset a
    WHERE a.id = ${kept} AND d.asset_id = ${merged} AND d.ended_at IS NULL AND NOT EXISTS (
      SELECT FROM asset_duty k WHERE k.asset_id = ${kept} AND k.role = d.role AND k.ended_at IS NULL)`.execute(tx.db);
  await sql`UPDATE asset_duty SET ended_at = ${at}::timestamptz
    WHERE asset_id = ${merged} AND ended_at IS NULL`.execute(tx.db);
  const taken = (column: string) =>
    sql`CASE WHEN k.${sql.ref(`${column}_name`)} = '' THEN m.${sql.ref(column)} ELSE k.${sql.ref(column)} END,
      CASE WHEN k.${sql.ref(`${column}_name`)} = '' THEN m.${sql.ref(`${column}_name`)} ELSE k.${sql.ref(`${column}_name`)} END`;
  await sql`
    UPDATE asset k SET (supervised_by, supervised_by_name, operated_by, operated_by_name, used_by, used_by_name,
      responsible_person) = (${taken('supervised_by')}, ${taken('operated_by')}, ${taken('used_by')},
      CASE WHEN k.responsible_person = '' THEN m.responsible_person ELSE k.responsible_person END)
    FROM asset m WHERE k.id = ${kept} AND m.id = ${merged}`.execute(tx.db);
  await refreshSummary(tx, kept);
}

/** Puts back what a merge took over. The rows of both assets are put back before. */
export async function carryBack(tx: Tx, { relations, duties, others }: Carried, merge: Merge): Promise<void> {
  await sql`
    UPDATE asset_relation r SET from_id = b.from_id, to_id = b.to_id, unit_path = b.unit_path, ended_at = b.ended_at,
      ended_by_name = b.ended_by_name
    FROM jsonb_populate_recordset(NULL::asset_relation, ${JSON.stringify(relations)}::jsonb) b
    WHERE r.id = b.id`.execute(tx.db);
  await sql`
    UPDATE asset_duty d SET asset_id = b.asset_id, unit_path = b.unit_path, ended_at = b.ended_at
    FROM jsonb_populate_recordset(NULL::asset_duty, ${JSON.stringify(duties)}::jsonb) b
    WHERE d.id = b.id`.execute(tx.db);
  for (const [name, carried] of Object.entries(others)) await followers.get(name)?.putBack(tx, carried, merge);
}
