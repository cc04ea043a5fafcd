import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { FieldChange } from '../asset.ts';
import { ASSET_CLASSES } from '../model/classes.ts';
import { endOfDay } from './as-of.ts';

const DAY = z.iso.date();
export const DiffQuery = Paging.extend({
  from: DAY.describe('the ledger at the end of this day …'),
  to: DAY.describe('… against the end of that day (Asia/Shanghai)'),
  unit: z.string().max(300).optional().describe('path: assets of this unit or area'),
  class: z.enum(ASSET_CLASSES).optional(),
  kind: z.enum(['created', 'changed', 'gone']).optional(),
});

export const DiffItem = z.object({
  id: z.uuid(),
  name: z.string(),
  class: z.enum(ASSET_CLASSES),
  unit: z.object({ path: z.string(), name: z.string() }),
  kind: z.enum(['created', 'changed', 'gone']),
  at: z.string().describe('of the last of its changes'),
  by: z.string(),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
});

export const DiffCounts = z.object({ created: z.number().int(), changed: z.number().int(), gone: z.number().int() });

interface DiffRow {
  readonly id: string;
  readonly name: string;
  readonly class: (typeof ASSET_CLASSES)[number];
  readonly unit_path: string;
  readonly kind: 'created' | 'changed' | 'gone';
  readonly at: Date;
  readonly by: string;
  readonly changes: readonly (readonly FieldChange[])[];
}

const CHANGES_MAX = 200_000;

/** What a span of changes comes to: the first value against the last; what came back to where it was is no change. */
function netChanges(entries: readonly (readonly FieldChange[])[]): FieldChange[] {
  const net = new Map<string, FieldChange>();
  for (const change of entries.flat()) {
    net.set(change.field, { ...change, from: net.has(change.field) ? net.get(change.field)?.from : change.from });
  }
  return [...net.values()].filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

/** What differs between the ledger of two days, by asset. */
export async function ledgerDiff(db: Db, query: z.output<typeof DiffQuery>) {
  const [from, to] = [endOfDay(query.from), endOfDay(query.to)];
  const spans = sql`
    WITH span AS (
      SELECT asset_id, max(at) AS at, (array_agg(actor_name ORDER BY version DESC))[1] AS by,
        bool_or(version = 1) AS created, jsonb_agg(changes ORDER BY version) AS changes,
        bool_or(changes @> '[{"field":"state","to":"written_off"}]' OR changes @> '[{"field":"state","to":"retired"}]') AS gone
      FROM (SELECT * FROM asset_change WHERE at > ${from} AND at <= ${to} LIMIT ${CHANGES_MAX}) c GROUP BY asset_id),
    item AS (
      SELECT a.id, a.name, a.class, a.unit_path, s.at, s.by, s.changes,
        CASE WHEN s.created THEN 'created' WHEN s.gone THEN 'gone' ELSE 'changed' END AS kind
      FROM span s JOIN asset a ON a.id = s.asset_id
      WHERE starts_with(a.unit_path, ${query.unit ?? ''})
        AND (${query.class ?? null}::text IS NULL OR a.class = ${query.class ?? null}))`;
  const { rows } = await sql<DiffRow>`${spans} SELECT * FROM item
    WHERE ${query.kind ?? null}::text IS NULL OR kind = ${query.kind ?? null}
    ORDER BY at DESC, id LIMIT ${query.pageSize} OFFSET ${offsetOf(query)}`.execute(db);
  const counted = await sql<{ kind: DiffRow['kind']; n: number }>`${spans}
    SELECT kind, count(*)::int AS n FROM item GROUP BY kind`.execute(db);
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  const of = (kind: DiffRow['kind']): number => counted.rows.find((row) => row.kind === kind)?.n ?? 0;
  const counts = { created: of('created'), changed: of('changed'), gone: of('gone') };
  return {
    items: rows.map((row) => ({
      id: row.id,
      name: row.name,
      class: row.class,
      unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
      kind: row.kind,
      at: row.at.toISOString(),
      by: row.by,
      changes: netChanges(row.changes),
    })),
    counts,
    total: query.kind === undefined ? counts.created + counts.changed + counts.gone : counts[query.kind],
  };
}
