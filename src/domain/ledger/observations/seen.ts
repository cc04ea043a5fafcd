import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { markDays } from '../gaps/standards.ts';
import { reconsider } from '../resolution/reconsider.ts';

const DAY_MS = 86_400_000;

interface SeenAsset {
  readonly assetId: string;
  readonly lastMs: number;
}

/**
 * Keeps when sources saw assets last, to the hour: a row that every sighting wrote would be written all day. What is seen
 * again is no longer stale. It is no fact of the asset, so it makes no version.
 */
export async function touchAssets(tx: Pick<Tx, 'db' | 'clock'>, seen: readonly SeenAsset[]): Promise<void> {
  const last = new Map<string, number>();
  for (const { assetId, lastMs } of seen) last.set(assetId, Math.max(lastMs, last.get(assetId) ?? 0));
  if (last.size === 0) return;
  const fresh = new Date(tx.clock.now().getTime() - markDays().stale * DAY_MS).toISOString();
  const ids = [...last.keys()].sort();
  const times = ids.map((id) => new Date(last.get(id) ?? 0).toISOString());
  await sql`
    UPDATE asset a SET last_seen_at = greatest(a.last_seen_at, q.at),
      is_stale = a.is_stale AND (q.at < ${fresh}::timestamptz
        OR EXISTS (SELECT FROM asset_observation o WHERE o.asset_id = a.id AND o.gone_at IS NOT NULL))
    FROM unnest(${ids}::uuid[], ${times}::timestamptz[]) AS q (id, at)
    WHERE a.id = q.id AND (a.last_seen_at < q.at - interval '1 hour' OR (a.is_stale AND q.at >= ${fresh}::timestamptz))`.execute(
    tx.db,
  );
}

/** The record of a source that others were seen on. */
export interface SeenOn {
  readonly source: string;
  readonly unitPath: string;
  readonly on: string;
}

/** A record that was seen on another one. */
export interface SeenRecord extends SeenOn {
  readonly nativeKey: string;
  readonly class: string;
  readonly lastSeenAt: Date;
  readonly raw: Readonly<Record<string, unknown>>;
}

const ON_MAX = 100_000;

/** What was seen on some records, and is not gone. @param db the system's */
export async function recordsOn(db: Db, places: readonly SeenOn[]): Promise<SeenRecord[]> {
  if (places.length === 0) return [];
  const { rows } = await sql<{
    source: string;
    reported_path: string;
    on_key: string;
    native_key: string;
    class: string;
    last_seen_at: Date;
    raw: Record<string, unknown>;
  }>`
    SELECT o.source, o.reported_path, o.on_key, o.native_key, o.class, o.last_seen_at, o.raw
    FROM unnest(${places.map(({ source }) => source)}::text[], ${places.map(({ on }) => on)}::text[],
      ${places.map(({ unitPath }) => unitPath)}::text[]) AS q (source, on_key, reported_path)
    JOIN asset_observation o ON o.source = q.source AND o.on_key = q.on_key AND o.on_key <> ''
      AND o.reported_path = q.reported_path
    WHERE o.gone_at IS NULL LIMIT ${ON_MAX}`.execute(db);
  return rows.map((row) => ({
    source: row.source,
    unitPath: row.reported_path,
    on: row.on_key,
    nativeKey: row.native_key,
    class: row.class,
    lastSeenAt: row.last_seen_at,
    raw: row.raw,
  }));
}

type GoneRecord = Pick<SeenRecord, 'source' | 'unitPath' | 'nativeKey'>;
const Gone = z.custom<readonly GoneRecord[]>((value) => Array.isArray(value));

/**
 * Keeps that records are gone: a report that looked did not see them. Assets that nothing else speaks for are stale from
 * now on; they stay in the ledger, and are no longer stale when they are seen again.
 */
const keepGone = action('asset.observe', z.object({ gone: Gone, at: z.date() }), async (tx, { gone, at }) => {
  const time = at.toISOString();
  const { rows } = await sql<{ id: string; class: string; asset_id: string | null }>`
    UPDATE asset_observation o SET gone_at = ${time}::timestamptz
    FROM unnest(${gone.map(({ source }) => source)}::text[], ${gone.map(({ nativeKey }) => nativeKey)}::text[],
      ${gone.map(({ unitPath }) => unitPath)}::text[]) AS q (source, native_key, reported_path)
    WHERE o.source = q.source AND o.native_key = q.native_key AND o.reported_path = q.reported_path
      AND o.gone_at IS NULL AND o.last_seen_at < ${time}::timestamptz
    RETURNING o.id, o.class, o.asset_id`.execute(tx.db);
  const assets = [...new Set(rows.flatMap(({ asset_id }) => asset_id ?? []))];
  const stale = await sql<{ id: string }>`
    UPDATE asset a SET is_stale = true WHERE a.id = ANY(${assets}::uuid[]) AND NOT a.is_stale
      AND a.state NOT IN ('retired', 'written_off')
      AND NOT EXISTS (SELECT FROM asset_observation o WHERE o.asset_id = a.id AND o.gone_at IS NULL)
    RETURNING a.id`.execute(tx.db);
  tx.record({
    object: { type: 'observation', id: tx.ids.next() },
    unitPath: gone[0]?.unitPath ?? '/',
    data: { change: 'gone', at: time, observations: rows.length, stale: stale.rows.length },
    related: stale.rows.map(({ id }) => ({ type: 'asset', id })),
  });
  return rows.flatMap((row) => (row.class === 'certificate' && row.asset_id !== null ? row.id : []));
});

/** Says that records of a source were not seen by a report that looked for them. @param system the platform's */
export async function noteGone(system: Ctx, gone: readonly GoneRecord[], at: Date): Promise<void> {
  if (gone.length === 0) return;
  // A certificate may still be shown elsewhere: it is no longer used where it is gone.
  await reconsider(system, await keepGone(system, { gone, at }), 'gone');
}
