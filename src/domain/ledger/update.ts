import { sql } from 'kysely';
import { chunks } from '#platform/chunks.ts';
import type { Tx } from '#platform/context.ts';
import { type AssetFacts, differences, type FieldChange, keysOf } from './asset.ts';
import { type ChangeVia, recordChanges } from './history/store.ts';
import { alignDuties } from './responsibility/store.ts';
import { columnsOf, type HolderIds, putKeys, type StoredAsset } from './store.ts';

/** What a locked asset is from now on. */
export interface AssetUpdate {
  readonly before: StoredAsset;
  readonly facts: AssetFacts;
  readonly holders: HolderIds;
  /** What else its history tells, besides the facts. */
  readonly told?: readonly FieldChange[];
}

const ROWS_PER_STATEMENT = 1000;

const plainKeys = (of: AssetFacts): string =>
  JSON.stringify(
    keysOf(of)
      .map(({ kind, value }) => `${kind} ${value}`)
      .sort(),
  );

async function writeFacts(tx: Tx, updates: readonly AssetUpdate[], observed: boolean): Promise<void> {
  const now = tx.clock.now().toISOString();
  for (const part of chunks(updates, ROWS_PER_STATEMENT)) {
    const rows = part.map(({ before, facts, holders }) => ({
      id: before.id,
      ...columnsOf(facts, holders),
      attributes: facts.attributes,
    }));
    const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'id');
    const columns = sql.join(names.map((name) => sql.ref(name)));
    const values = sql.join(names.map((name) => sql`r.${sql.ref(name)}`));
    // Its unit has it in hand; but to correct what is written of a retired one is no sign that it lives.
    await sql`UPDATE asset a SET (${columns}) = ROW(${values}), version = a.version + 1, changed_at = ${now}::timestamptz,
        retired_at = CASE WHEN r.state IN ('retired', 'written_off') THEN coalesce(a.retired_at, ${now}::timestamptz) END,
        last_seen_at = CASE WHEN ${observed} OR r.state IN ('retired', 'written_off') THEN a.last_seen_at
          ELSE ${now}::timestamptz END
      FROM jsonb_populate_recordset(NULL::asset, ${JSON.stringify(rows)}::text::jsonb) r WHERE a.id = r.id`.execute(
      tx.db,
    );
  }
}

/**
 * Writes all facts of assets that are locked, each of them once, with a few statements for all. Nothing is written of those
 * in which nothing differs.
 *
 * @returns what changed of those that did
 */
export async function updateAssets(
  tx: Tx,
  updates: readonly AssetUpdate[],
  via: ChangeVia,
): Promise<ReadonlyMap<string, readonly FieldChange[]>> {
  const changes = new Map<string, readonly FieldChange[]>();
  for (const { before, facts, told = [] } of updates) {
    const found = [...differences(before.facts, facts), ...told];
    if (found.length > 0) changes.set(before.id, found);
  }
  const changed = updates.filter(({ before }) => changes.has(before.id));
  if (changed.length === 0) return changes;
  await writeFacts(tx, changed, via.via === 'observed');
  const written = changed.map(({ before, facts, holders }) => ({
    id: before.id,
    unitPath: before.unitPath,
    formerPerson: before.facts.responsiblePerson,
    facts,
    holders,
  }));
  await alignDuties(tx, written);
  const keyed = new Set(
    changed.flatMap(({ before, facts }) => (plainKeys(before.facts) === plainKeys(facts) ? [] : before.id)),
  );
  if (keyed.size > 0) {
    await sql`DELETE FROM asset_key WHERE asset_id = ANY(${[...keyed]}::uuid[])`.execute(tx.db);
    await putKeys(
      tx.db,
      written.filter(({ id }) => keyed.has(id)),
    );
  }
  const entries = changed.map(({ before: { id, unitPath, version } }) => ({
    assetId: id,
    unitPath,
    version: version + 1,
    changes: changes.get(id) ?? [],
  }));
  await recordChanges(tx, entries, via);
  return changes;
}

/** The same of one. @returns what changed */
export async function updateAsset(
  tx: Tx,
  before: StoredAsset,
  facts: AssetFacts,
  holders: HolderIds,
  via: ChangeVia,
): Promise<readonly FieldChange[]> {
  return (await updateAssets(tx, [{ before, facts, holders }], via)).get(before.id) ?? [];
}
