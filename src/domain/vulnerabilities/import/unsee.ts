import { sql } from 'kysely';
import { type Withdrawn, withdrawSeen } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { recordsOf, sourceOf } from './observe.ts';
import type { ImportRow } from './store.ts';

/** Targets whose observations are looked at in one go. */
const TARGETS = 200;

interface Covered {
  readonly names: readonly string[];
  readonly asset_id: string | null;
  readonly before_at: Date | null;
  readonly after_at: Date | null;
  readonly same: boolean | null;
}

/** Some targets that a report reached, and when the nearest reports of the same tool did, that are not taken back. */
async function reachedBy(db: Db, { id, tool, unit_path, scanned_at }: ImportRow, from: number): Promise<Covered[]> {
  const at = scanned_at.toISOString();
  const { rows } = await sql<Covered>`
    SELECT c.names, c.asset_id, o.* FROM vulnerability_coverage c CROSS JOIN LATERAL (
      SELECT max(o.scanned_at) FILTER (WHERE o.scanned_at < ${at}::timestamptz) AS before_at,
        min(o.scanned_at) FILTER (WHERE o.scanned_at > ${at}::timestamptz) AS after_at,
        bool_or(o.scanned_at = ${at}::timestamptz) AS same
      FROM vulnerability_coverage o JOIN vulnerability_import i ON i.id = o.import_id
      WHERE o.names && c.names AND o.alive AND i.id <> ${id} AND i.tool = ${tool} AND i.unit_path = ${unit_path}
        AND i.state IN ('applying', 'applied')) o
    WHERE c.import_id = ${id} AND c.alive ORDER BY c.position LIMIT ${TARGETS} OFFSET ${from}`.execute(db);
  return rows;
}

/** Assets of which issues are told that stay. */
async function spokenFor(db: Db, assets: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT asset_id AS id FROM vulnerability_issue
    WHERE asset_id = ANY(${assets}::uuid[]) AND state <> 'undone'`.execute(db);
  return rows.map(({ id }) => id);
}

/** Takes back which machines, sites, services and certificates a report alone saw, after its issues. @param system the platform's own context */
export async function unseeTargets(system: Ctx, found: ImportRow): Promise<Withdrawn> {
  let [observations, assets, kept] = [0, 0, 0];
  for (let from = 0; ; from += TARGETS) {
    const { covered, told } = await system.read(async (db) => {
      const rows = await reachedBy(db, found, from);
      return {
        covered: rows,
        told: await spokenFor(
          db,
          rows.flatMap(({ asset_id }) => asset_id ?? []),
        ),
      };
    });
    // What another report of the same moment saw is as it was.
    const hosts = covered
      .filter(({ same }) => same !== true)
      .flatMap(({ names, before_at: beforeAt, after_at: afterAt }) =>
        names.flatMap(recordsOf).map((nativeKey) => ({ nativeKey, beforeAt, afterAt })),
      );
    if (hosts.length > 0) {
      const part = await withdrawSeen(system, {
        source: sourceOf(found.tool),
        unitPath: found.unit_path,
        seenAt: found.scanned_at,
        hosts,
        spokenFor: told,
        reference: found.id,
      });
      observations += part.observations;
      assets += part.assets;
      kept += part.kept;
    }
    if (covered.length < TARGETS) return { observations, assets, kept };
  }
}
