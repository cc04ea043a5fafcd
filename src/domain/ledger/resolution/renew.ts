import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { StoredObservation } from '../observations/store.ts';
import { holderIdsOf, lockAsset, type NewAsset } from '../store.ts';
import { updateAsset } from '../update.ts';
import { leans } from './bearers.ts';
import { newestFirst, seenAttributes, type ZoneKinds } from './facts.ts';

/** Kinds of the declared zones, asked for only where something needs them. */
export async function zoneKinds(db: Db, observations: Iterable<StoredObservation>): Promise<ZoneKinds> {
  if (![...observations].some(({ node }) => node.class === 'service')) return new Map();
  const { rows } = await sql<{ id: string; kind: 'government_extranet' | 'internet' | 'cloud' | 'unit_network' }>`
    SELECT id, kind FROM asset_zone WHERE retired_at IS NULL`.execute(db);
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

interface Renewing {
  readonly asked: readonly StoredObservation[];
  readonly assetOf: ReadonlyMap<string, string>;
  readonly made: readonly NewAsset[];
  readonly observations: ReadonlyMap<string, StoredObservation>;
  readonly zones: ZoneKinds;
}

/**
 * Brings services and certificates that nobody has claimed in line with what sources say of them now, each change with its
 * line of history. What a person entered or confirmed stays; there the identity page shows who says otherwise.
 */
export async function renewSeen(tx: Tx, { asked, assetOf, made, observations, zones }: Renewing): Promise<void> {
  const fresh = new Set(made.map(({ id }) => id));
  const assets = new Set(
    asked.filter(({ node }) => leans(node.class)).flatMap(({ node }) => assetOf.get(node.id) ?? []),
  );
  const members = Map.groupBy(
    [...observations.values()].filter(({ node }) => assets.has(assetOf.get(node.id) ?? '')),
    ({ node }) => assetOf.get(node.id) ?? '',
  );
  for (const id of [...assets].filter((one) => !fresh.has(one)).sort()) {
    const asset = await lockAsset(tx.db, id);
    if (asset?.source !== 'discovered' || !['discovered', 'to_claim'].includes(asset.facts.state)) continue;
    const newest = newestFirst(members.get(id) ?? []);
    const product = newest.map(({ facts }) => facts.product ?? '').find((text) => text !== '') ?? asset.facts.product;
    const attributes = { ...asset.facts.attributes, ...seenAttributes(newest, zones) };
    const facts = { ...asset.facts, product, attributes };
    await updateAsset(tx, asset, facts, await holderIdsOf(tx.db, id), { via: 'observed' });
  }
}
