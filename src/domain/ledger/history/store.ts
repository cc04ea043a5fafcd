import { sql } from 'kysely';
import { chunks } from '#platform/chunks.ts';
import type { Actor, Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { FieldChange } from '../asset.ts';

/** By what a change came about, and the import, campaign or other object it came with. */
export interface ChangeVia {
  readonly via:
    | 'created'
    | 'edited'
    | 'imported'
    | 'moved'
    | 'bulk'
    | 'campaign'
    | 'handover'
    | 'assigned'
    | 'observed'
    | 'merged'
    | 'undone'
    | 'ruled';
  readonly reference?: string;
  /** Whose decision it is, where the platform carries it out for somebody. Default: who acts. */
  readonly by?: Pick<Actor, 'id' | 'name'>;
}

interface Entry {
  readonly assetId: string;
  readonly unitPath: string;
  readonly version: number;
  readonly changes: readonly FieldChange[];
}

const ROWS_PER_STATEMENT = 5000;

/** Writes one line of history per asset and version. */
export async function recordChanges(
  tx: Tx,
  entries: readonly Entry[],
  { via, reference = '', by = tx.actor }: ChangeVia,
): Promise<void> {
  const at = tx.clock.now();
  for (const part of chunks(entries, ROWS_PER_STATEMENT)) {
    const rows = part.map((entry) => ({
      asset_id: entry.assetId,
      version: entry.version,
      unit_path: entry.unitPath,
      changes: entry.changes,
    }));
    await sql`INSERT INTO asset_change (asset_id, version, unit_path, at, actor_id, actor_name, via, reference, changes)
      SELECT r.asset_id, r.version, r.unit_path, ${at}, ${by.id}, ${by.name}, ${via}, ${reference}, r.changes
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        AS r(asset_id uuid, version integer, unit_path text, changes jsonb)`.execute(tx.db);
  }
}

export interface Change {
  readonly assetId: string;
  readonly version: number;
  readonly at: Date;
  readonly by: string;
  readonly via: string;
  readonly reference: string;
  readonly changes: readonly FieldChange[];
}

const CHANGES_MAX = 5000;

/** The changes of an asset, the newest first; with `after`, only those later than that moment. */
export async function changesOf(db: Db, assetId: string, after?: Date): Promise<Change[]> {
  let query = db.selectFrom('asset_change').selectAll().where('asset_id', '=', assetId);
  if (after !== undefined) query = query.where('at', '>', after);
  const rows = await query.orderBy('version', 'desc').limit(CHANGES_MAX).execute();
  return rows.map((row) => ({
    assetId: row.asset_id,
    version: row.version,
    at: row.at,
    by: row.actor_name,
    via: row.via,
    reference: row.reference,
    changes: row.changes as FieldChange[],
  }));
}
