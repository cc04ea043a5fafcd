import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { differences } from '../asset.ts';
import { recordChanges } from '../history/store.ts';
import type { StoredObservation } from '../observations/store.ts';
import { findAsset, type StoredAsset } from '../store.ts';
import { carryOver } from './carry.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

interface Moved {
  readonly assetId: string | null;
}

/** Where most observations of an asset went. */
function destination(left: readonly StoredObservation[], places: ReadonlyMap<string, Moved>): string | undefined {
  const counts = new Map<string, number>();
  for (const { node } of left) {
    const to = places.get(node.id)?.assetId;
    if (to) counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1))[0]?.[0];
}

/**
 * Writes new links; assets that came from observations alone and have none left are what most of theirs went to.
 *
 * @param left observations that leave, by the asset they leave
 * @param write writes the links
 */
export async function mergeVacated(
  tx: Tx,
  left: ReadonlyMap<string, readonly StoredObservation[]>,
  places: ReadonlyMap<string, Moved>,
  write: () => Promise<void>,
): Promise<{ kept: string; merged: string }[]> {
  const leaving = [...left.keys()];
  if (leaving.length === 0) {
    await write();
    return [];
  }
  const { rows } = await sql<{ id: string }>`
    SELECT a.id FROM asset a WHERE a.id = ANY(${leaving}::uuid[]) AND a.source = 'discovered' AND a.merged_into IS NULL
      AND (SELECT count(*) FROM asset_observation o WHERE o.asset_id = a.id) <= (
        SELECT n FROM unnest(${leaving}::uuid[], ${[...left.values()].map(({ length }) => length)}::int[]) AS q (id, n)
        WHERE q.id = a.id)
    ORDER BY a.id`.execute(tx.db);
  const merges: { kept: string; merged: string; before: Snapshot }[] = [];
  for (const { id } of rows) {
    const observations = left.get(id) ?? [];
    const kept = destination(observations, places);
    if (kept === undefined) continue;
    const before = await takeSnapshot(
      tx.db,
      [kept, id],
      observations.map(({ node }) => node.id),
    );
    merges.push({ kept, merged: id, before });
  }
  await write();
  for (const { kept, merged, before } of merges) {
    const assets = [await findAsset(tx.db, kept), await findAsset(tx.db, merged)];
    const keptVersion = await fold(tx.db, { kept, merged, now: tx.clock.now() });
    const whole = { ...before, carried: await carryOver(tx, { kept, merged }) };
    const changeId = await recordChange(tx, {
      kind: 'merge',
      kept,
      other: merged,
      before: whole,
      keptVersion,
      byRules: true,
      reason: '',
    });
    for (const asset of assets) if (asset !== undefined) await keepHistory(tx, asset, 'merged', changeId);
  }
  return merges.map(({ kept, merged }) => ({ kept, merged }));
}

/**
 * Makes one asset a part of another: its keys and its stays at addresses go over, itself it is found no more.
 *
 * @returns the version of the asset that stays
 */
export async function fold(
  db: Db,
  { kept, merged, now }: { readonly kept: string; readonly merged: string; readonly now: Date },
): Promise<number> {
  const at = now.toISOString();
  await sql`UPDATE asset SET merged_into = ${kept}, version = version + 1, changed_at = ${at}::timestamptz
    WHERE id = ${merged}`.execute(db);
  await sql`
    INSERT INTO asset_key (asset_id, kind, value, unit_path)
    SELECT a.id, k.kind, k.value, a.unit_path FROM asset_key k, asset a
    WHERE k.asset_id = ${merged} AND a.id = ${kept} ON CONFLICT DO NOTHING`.execute(db);
  await sql`DELETE FROM asset_key WHERE asset_id = ${merged}`.execute(db);
  await sql`
    INSERT INTO asset_address_holder (zone, address, asset_id, unit_path, first_at, last_at)
    SELECT h.zone, h.address, a.id, a.unit_path, h.first_at, h.last_at FROM asset_address_holder h, asset a
    WHERE h.asset_id = ${merged} AND a.id = ${kept}
    ON CONFLICT (zone, address, asset_id, first_at) DO UPDATE
      SET last_at = greatest(asset_address_holder.last_at, excluded.last_at)`.execute(db);
  await sql`DELETE FROM asset_address_holder WHERE asset_id = ${merged}`.execute(db);
  await sql`UPDATE asset_duplicate SET settled_at = ${at}::timestamptz
    WHERE settled_at IS NULL AND (left_id = ${merged} OR right_id = ${merged})`.execute(db);
  const { rows } = await sql<{ version: number }>`
    UPDATE asset k SET version = k.version + 1, changed_at = ${at}::timestamptz,
      first_seen_at = least(k.first_seen_at, m.first_seen_at), last_seen_at = greatest(k.last_seen_at, m.last_seen_at)
    FROM asset m WHERE k.id = ${kept} AND m.id = ${merged} RETURNING k.version`.execute(db);
  return rows[0]?.version ?? 0;
}

export async function recordChange(
  tx: Tx,
  change: {
    readonly kind: 'merge' | 'split';
    readonly kept: string;
    readonly other: string;
    readonly before: Snapshot;
    readonly keptVersion: number;
    readonly byRules: boolean;
    readonly reason: string;
  },
): Promise<string> {
  const id = tx.ids.next();
  await sql`
    INSERT INTO asset_identity_change (id, unit_path, kind, kept_id, other_id, by_rules, reason, before, kept_version,
      made_at, made_by, made_by_name)
    SELECT ${id}, unit_path, ${change.kind}, ${change.kept}, ${change.other}, ${change.byRules}, ${change.reason},
      ${JSON.stringify(change.before)}::jsonb, ${change.keptVersion}, ${tx.clock.now().toISOString()}::timestamptz,
      ${tx.actor.id}, ${tx.actor.name}
    FROM asset WHERE id = ${change.kept}`.execute(tx.db);
  return id;
}

/** The history of an asset whose keys or place changed. */
export async function keepHistory(
  tx: Tx,
  before: StoredAsset,
  via: 'merged' | 'undone',
  reference: string,
): Promise<void> {
  const now = await findAsset(tx.db, before.id);
  if (now === undefined || now.version === before.version) return;
  const { id: assetId, unitPath, version } = now;
  await recordChanges(tx, [{ assetId, unitPath, version, changes: differences(before.facts, now.facts) }], {
    via,
    reference,
  });
}
