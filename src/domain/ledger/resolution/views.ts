import { sql } from 'kysely';
import { z } from 'zod';
import { reconcile, type Said } from '#engine/identity/reconcile.ts';
import { notFound } from '#platform/errors.ts';
import { offsetOf, type Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { staysOf } from '../holders/store.ts';
import { identityLists } from '../observations/key-lists.ts';
import type { ObservedFacts } from '../observations/observation.ts';
import { findAsset } from '../store.ts';
import { lines, type ObservationRow, ObservationView, observationRows, observationView } from './observation-list.ts';
import { Side, sidesOf } from './sides.ts';

export const IdentityView = z.object({
  id: z.uuid(),
  name: z.string(),
  mergedInto: z.uuid().nullable(),
  observations: z.array(ObservationView),
  attributes: z.array(
    z.object({
      field: z.string(),
      value: z.string(),
      source: z.string().describe("'' = fixed by a person"),
      losing: z.array(z.object({ source: z.string(), value: z.string(), seenAt: z.string(), why: z.string() })),
    }),
  ),
  former: z
    .array(
      z.object({
        observationId: z.uuid(),
        source: z.string(),
        nativeKey: z.string(),
        rule: z.string(),
        fromAt: z.string(),
        untilAt: z.string(),
        endedBy: z.string(),
      }),
    )
    .describe('observations that were linked to it before'),
  stays: z
    .array(z.object({ address: z.string(), zone: z.string(), firstAt: z.string(), lastAt: z.string() }))
    .describe('addresses it was seen at'),
});

const SHOWN_MAX = 200;

/** Attributes that sources may disagree about. */
const FIELDS = [
  'name',
  'hostNames',
  'addresses',
  'macs',
  'serial',
  'uuid',
  'vendor',
  'model',
  'operatingSystem',
  'product',
  'location',
  'instanceId',
  'application',
  'version',
  'issuer',
  'validUntil',
  'state',
] as const satisfies readonly (keyof ObservedFacts)[];

const textOf = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? [...value].sort().join(', ') : (value ?? '');

async function attributesOf(db: Db, assetId: string, rows: readonly ObservationRow[], now: Date) {
  const locks = await db.selectFrom('asset_lock').select(['field', 'value']).where('asset_id', '=', assetId).execute();
  const locked = new Map(locks.map(({ field, value }) => [field, String(value)]));
  const { believed } = identityLists();
  return FIELDS.flatMap((field) => {
    const said = rows.map((row): Said => {
      const facts = row.facts as ObservedFacts;
      return { source: row.source, value: textOf(facts[field]), seenMs: row.last_seen_at.getTime() };
    });
    const found = reconcile(field, said, believed, now.getTime(), locked.get(field));
    if (found === undefined) return [];
    const losing = found.losing.map(({ seenMs, ...one }) => ({ ...one, seenAt: new Date(seenMs).toISOString() }));
    return [{ ...found, losing }];
  });
}

/** Why an asset is what it is: everything observed of it, what of it holds and what lost, where it was. */
export async function identityOf(db: Db, id: string, now: Date): Promise<z.input<typeof IdentityView>> {
  const asset = await findAsset(db, id);
  if (asset === undefined) throw notFound('The asset');
  const { merged_into } = await db
    .selectFrom('asset')
    .select('merged_into')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const rows = await observationRows(db)
    .where('asset_id', '=', id)
    .orderBy('source')
    .orderBy('native_key')
    .limit(SHOWN_MAX)
    .execute();
  const former = await db
    .selectFrom('asset_observation_link as l')
    .innerJoin('asset_observation as o', 'o.id', 'l.observation_id')
    .select(['l.observation_id', 'o.source', 'o.native_key', 'l.rule', 'l.from_at', 'l.until_at', 'l.ended_by'])
    .where('l.asset_id', '=', id)
    .orderBy('l.until_at', 'desc')
    .limit(SHOWN_MAX)
    .execute();
  const stays = await staysOf(db, id, SHOWN_MAX);
  return {
    id,
    name: asset.facts.name,
    mergedInto: merged_into,
    observations: rows.map(observationView),
    attributes: await attributesOf(db, id, rows, now),
    former: former.map((row) => ({
      observationId: row.observation_id,
      source: row.source,
      nativeKey: row.native_key,
      rule: row.rule,
      fromAt: row.from_at.toISOString(),
      untilAt: row.until_at.toISOString(),
      endedBy: row.ended_by,
    })),
    stays: stays.map(({ address, zone, firstMs, lastMs }) => ({
      address,
      zone,
      firstAt: new Date(firstMs).toISOString(),
      lastAt: new Date(lastMs).toISOString(),
    })),
  };
}

export const DuplicateView = z.object({
  left: Side,
  right: Side,
  keys: z.array(z.string()).describe('what both have'),
  vetoes: z.array(z.string()).describe('what differs and kept them apart; empty: what both have is too weak'),
  foundAt: z.string(),
});

/** Pairs that a person has to decide about; a pair of which one end is out of sight is not shown. */
export async function listDuplicates(db: Db, paging: z.output<typeof Paging>) {
  const open = db
    .selectFrom('asset_duplicate as d')
    .innerJoin('asset as l', 'l.id', 'd.left_id')
    .innerJoin('asset as r', 'r.id', 'd.right_id')
    .where('d.settled_at', 'is', null)
    .where('l.merged_into', 'is', null)
    .where('r.merged_into', 'is', null);
  const rows = await open
    .select(['d.left_id', 'd.right_id', 'd.keys', 'd.vetoes', 'd.found_at'])
    .orderBy('d.found_at', 'desc')
    .orderBy('d.left_id')
    .limit(paging.pageSize)
    .offset(offsetOf(paging))
    .execute();
  const { total } = await open.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const sides = await sidesOf(
    db,
    rows.flatMap(({ left_id, right_id }) => [left_id, right_id]),
  );
  const items = rows.flatMap((row): z.input<typeof DuplicateView>[] => {
    const [left, right] = [sides.get(row.left_id), sides.get(row.right_id)];
    if (left === undefined || right === undefined) return [];
    const foundAt = row.found_at.toISOString();
    return [{ left, right, keys: lines(row.keys), vetoes: lines(row.vetoes), foundAt }];
  });
  return { items, total };
}

export const ChangeOfIdentityView = z.object({
  id: z.uuid(),
  kind: z.enum(['merge', 'split']),
  kept: Side,
  other: Side,
  byRules: z.boolean(),
  reason: z.string(),
  observations: z.number().int(),
  at: z.string(),
  by: z.string(),
  undoneAt: z.string().nullable(),
  undoneBy: z.string(),
});

/** Merges and splits, the newest first. */
export async function listIdentityChanges(db: Db, paging: z.output<typeof Paging>) {
  const rows = await db
    .selectFrom('asset_identity_change')
    .select(['id', 'kind', 'kept_id', 'other_id', 'by_rules', 'reason', 'made_at', 'made_by_name', 'undone_at'])
    .select(['undone_by_name', sql<number>`jsonb_array_length(before -> 'observations')`.as('observations')])
    .orderBy('made_at', 'desc')
    .orderBy('id', 'desc')
    .limit(paging.pageSize)
    .offset(offsetOf(paging))
    .execute();
  const { total } = await db
    .selectFrom('asset_identity_change')
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  const sides = await sidesOf(
    db,
    rows.flatMap(({ kept_id, other_id }) => [kept_id, other_id]),
  );
  const items = rows.flatMap((row): z.input<typeof ChangeOfIdentityView>[] => {
    const [kept, other] = [sides.get(row.kept_id), sides.get(row.other_id)];
    if (kept === undefined || other === undefined) return [];
    return [
      {
        id: row.id,
        kind: row.kind,
        kept,
        other,
        byRules: row.by_rules,
        reason: row.reason,
        observations: row.observations,
        at: row.made_at.toISOString(),
        by: row.made_by_name,
        undoneAt: row.undone_at?.toISOString() ?? null,
        undoneBy: row.undone_by_name,
      },
    ];
  });
  return { items, total };
}
