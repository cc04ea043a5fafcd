import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { endLinks, RESOLVE_LOCK } from '../resolution/place.ts';
import { reconsider } from '../resolution/reconsider.ts';
import { lockAssets } from '../store.ts';
import { updatesOf } from '../triple.ts';
import { updateAssets } from '../update.ts';
import { searchedTexts } from './prepare.ts';
import { countTaking, observationsOf, removeKeys, type StoredObservation } from './store.ts';

/** A record of a report that is taken back: a machine or site, with the reports of the same source before and after that saw it. */
interface SeenHost {
  readonly nativeKey: string;
  readonly beforeAt: Date | null;
  readonly afterAt: Date | null;
}

/** A report that says nothing any more. */
interface Withdrawal {
  readonly source: string;
  readonly unitPath: string;
  /** When it saw what it saw. */
  readonly seenAt: Date;
  readonly hosts: readonly SeenHost[];
  /** Assets that something else is told of. */
  readonly spokenFor: readonly string[];
  /** What the history of assets names. */
  readonly reference: string;
}

/** What became of it. */
export interface Withdrawn {
  readonly observations: number;
  /** That it alone had made: they are written off. */
  readonly assets: number;
  /** That it alone had made, and about which somebody decided since: they stay, with what was observed of them. */
  readonly kept: number;
}

interface Record {
  readonly id: string;
  readonly asset_id: string | null;
  readonly only: boolean;
}

/** What a report saw on some hosts, and whether no other one did; the times of what others saw, too, are theirs from now on. */
async function ownRecords(tx: Tx, { source, unitPath, seenAt, hosts }: Withdrawal): Promise<Record[]> {
  const at = seenAt.toISOString();
  const time = (pick: (host: SeenHost) => Date | null) => hosts.map((host) => pick(host)?.toISOString() ?? null);
  const { rows } = await sql<Record>`
    WITH host AS (
      SELECT * FROM unnest(${hosts.map(({ nativeKey }) => nativeKey)}::text[], ${time(({ beforeAt }) => beforeAt)}::timestamptz[],
        ${time(({ afterAt }) => afterAt)}::timestamptz[]) AS q (native_key, before_at, after_at)),
    service AS (
      SELECT o.id, o.native_key, host.before_at, host.after_at FROM host JOIN asset_observation o ON o.source = ${source}
        AND o.on_key = host.native_key AND o.on_key <> '' AND o.reported_path = ${unitPath}),
    record AS MATERIALIZED (
      SELECT o.id, host.before_at, host.after_at FROM host JOIN asset_observation o ON o.source = ${source}
        AND o.native_key = host.native_key AND o.reported_path = ${unitPath}
      UNION ALL SELECT id, before_at, after_at FROM service
      UNION ALL SELECT o.id, service.before_at, service.after_at FROM service JOIN asset_observation o ON o.source = ${source}
        AND o.on_key = service.native_key AND o.on_key <> '' AND o.reported_path = ${unitPath})
    UPDATE asset_observation o SET
      first_seen_at = CASE WHEN o.first_seen_at = ${at}::timestamptz AND o.last_seen_at > o.first_seen_at
        THEN least(r.after_at, o.last_seen_at) ELSE o.first_seen_at END,
      last_seen_at = CASE WHEN o.last_seen_at = ${at}::timestamptz AND o.first_seen_at < o.last_seen_at
        THEN greatest(r.before_at, o.first_seen_at) ELSE o.last_seen_at END,
      gone_at = CASE WHEN o.gone_at = ${at}::timestamptz THEN r.after_at ELSE o.gone_at END
    FROM record r WHERE o.id = r.id
      AND ${at}::timestamptz IN (o.first_seen_at, o.last_seen_at, coalesce(o.gone_at, 'infinity'))
    RETURNING o.id, o.asset_id, o.first_seen_at = ${at}::timestamptz AND o.last_seen_at = ${at}::timestamptz AS only`.execute(
    tx.db,
  );
  return rows;
}

interface Alone {
  readonly id: string;
  readonly decided: boolean;
}

/** Assets that these observations alone have made, and whether a person has had a hand in them. */
async function madeBy(tx: Tx, ids: readonly string[], spokenFor: readonly string[]): Promise<Alone[]> {
  const { rows } = await sql<Alone>`
    SELECT a.id, a.id = ANY(${spokenFor}::uuid[])
      OR EXISTS (SELECT FROM asset_change c WHERE c.asset_id = a.id AND c.via NOT IN ('observed', 'ruled'))
      OR EXISTS (SELECT FROM asset_duty d WHERE d.asset_id = a.id)
      OR EXISTS (SELECT FROM asset_lock l WHERE l.asset_id = a.id)
      OR EXISTS (SELECT FROM asset_relation r WHERE r.from_id = a.id AND r.source <> 'discovered' AND r.ended_at IS NULL)
      OR EXISTS (SELECT FROM asset_relation r WHERE r.to_id = a.id AND r.source <> 'discovered' AND r.ended_at IS NULL)
      OR EXISTS (SELECT FROM asset_identity_change i WHERE i.kept_id = a.id AND i.undone_at IS NULL)
      OR EXISTS (SELECT FROM asset_identity_change i WHERE i.other_id = a.id AND i.undone_at IS NULL) AS decided
    FROM asset a
    WHERE a.id IN (SELECT asset_id FROM asset_observation WHERE id = ANY(${ids}::uuid[]))
      AND a.source = 'discovered' AND a.merged_into IS NULL AND a.state NOT IN ('retired', 'written_off')
      AND NOT EXISTS (SELECT FROM asset_observation o WHERE o.asset_id = a.id AND NOT o.id = ANY(${ids}::uuid[]))`.execute(
    tx.db,
  );
  return rows;
}

/** Without those about which a person decided whether they are the same as another one. */
async function undecided(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT o.id FROM asset_observation o WHERE o.id = ANY(${ids}::uuid[]) AND o.link_rule <> 'person-same'
      AND NOT EXISTS (SELECT FROM asset_identity_decision d WHERE d.left_id = o.id AND d.withdrawn_at IS NULL)
      AND NOT EXISTS (SELECT FROM asset_identity_decision d WHERE d.right_id = o.id AND d.withdrawn_at IS NULL)`.execute(
    tx.db,
  );
  return rows.map(({ id }) => id);
}

/** They are of no asset and found by no key; their own name is free for the same report. */
async function withdrawRecords(tx: Tx, observations: readonly StoredObservation[], reference: string): Promise<void> {
  await endLinks(tx, observations, 'undo');
  await removeKeys(
    tx.db,
    observations.map(({ id, node }) => ({ id, searched: searchedTexts(node.keys) })),
  );
  await sql`UPDATE asset_observation SET asset_id = NULL, link_state = 'withdrawn', link_rule = '', link_keys = '',
      linked_at = NULL, unit_path = reported_path, native_key = ${`undone:${reference}:`} || native_key, on_key = ''
    WHERE id = ANY(${observations.map(({ id }) => id)}::uuid[])`.execute(tx.db);
}

/** Writes assets off like those of a sheet that is taken back: nothing is found by what they were. */
async function writeOff(tx: Tx, ids: readonly string[], reference: string): Promise<void> {
  if (ids.length === 0) return;
  const nothing = { code: '', addresses: [], hosts: [], domains: [], segments: [], state: 'written_off' as const };
  const after = (await lockAssets(tx.db, ids)).map((before) => ({ before, facts: { ...before.facts, ...nothing } }));
  await updateAssets(tx, await updatesOf(tx, after, new Map()), { via: 'undone', reference });
  const now = tx.clock.now().toISOString();
  await sql`DELETE FROM asset_address_holder WHERE asset_id = ANY(${ids}::uuid[])`.execute(tx.db);
  await sql`UPDATE asset_relation SET ended_at = ${now}::timestamptz, ended_by_name = ${tx.actor.name}
    WHERE ended_at IS NULL AND (from_id = ANY(${ids}::uuid[]) OR to_id = ANY(${ids}::uuid[]))`.execute(tx.db);
  await sql`UPDATE asset_duplicate SET settled_at = ${now}::timestamptz
    WHERE settled_at IS NULL AND (left_id = ANY(${ids}::uuid[]) OR right_id = ANY(${ids}::uuid[]))`.execute(tx.db);
}

const Given = z.custom<Withdrawal>((value) => typeof value === 'object' && value !== null);

const withdrawSome = action('asset.observe', Given, async (tx, withdrawal) => {
  await sql`SELECT pg_advisory_xact_lock(${RESOLVE_LOCK})`.execute(tx.db);
  await countTaking(tx.db);
  const { spokenFor, reference, unitPath, source } = withdrawal;
  const records = await ownRecords(tx, withdrawal);
  const only = await undecided(
    tx,
    records.flatMap(({ id, only: alone }) => (alone ? id : [])),
  );
  const alone = await madeBy(tx, only, spokenFor);
  const decided = new Set(alone.flatMap(({ id, decided: by }) => (by ? id : [])));
  const stored = await observationsOf(tx.db, only);
  const gone = stored.filter(({ assetId }) => assetId === null || !decided.has(assetId));
  const made = alone.flatMap(({ id, decided: by }) => (by ? [] : id));
  await withdrawRecords(tx, gone, reference);
  await writeOff(tx, made, reference);
  const counts: Withdrawn = { observations: gone.length, assets: made.length, kept: decided.size };
  tx.record({
    object: { type: 'observation', id: tx.ids.next() },
    unitPath,
    data: { change: 'withdraw', source, reference, ...counts },
    related: made.map((id) => ({ type: 'asset', id })),
  });
  // What hung together by them may not any more, and what was told to be gone may not be.
  const touched = new Set([...records.map(({ asset_id }) => asset_id), ...gone.map(({ assetId }) => assetId)]);
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM asset_observation WHERE asset_id = ANY(${[...touched].filter((id) => id !== null)}::uuid[])`.execute(
    tx.db,
  );
  return { counts, again: rows.map(({ id }) => id) };
});

/**
 * Takes back what a report saw: what only it saw is withdrawn, with the assets that nothing else speaks for. What another
 * report saw, too, or somebody decided about, stays. Not inside a transaction.
 *
 * @param system the platform's
 */
export async function withdrawSeen(system: Ctx, withdrawal: Withdrawal): Promise<Withdrawn> {
  const { counts, again } = await withdrawSome(system, withdrawal);
  await reconsider(system, again, 'withdrawn');
  return counts;
}
