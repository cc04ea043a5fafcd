import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ENTITY_KINDS } from './detection-input.ts';

export const SuppressionQuery = Paging.extend({
  state: z.enum(['live', 'over']).optional(),
  rule: z.string().max(100).optional(),
});

export const SuppressionView = z.object({
  id: z.uuid(),
  rule: z.object({ id: z.string(), title: z.string() }).nullable(),
  unit: z.object({ path: z.string(), name: z.string() }),
  entity: z.object({ kind: z.enum(ENTITY_KINDS), value: z.string() }).nullable(),
  field: z.object({ name: z.string(), value: z.string() }).nullable(),
  reason: z.string(),
  owner: z.object({ id: z.string(), name: z.string() }),
  createdAt: z.string(),
  expiresAt: z.string(),
  endedAt: z.string().nullable(),
  endedBy: z.string(),
  live: z.boolean(),
  hitCount: z.number().int().describe('detections it kept from raising an alert'),
  lastHitAt: z.string().nullable(),
});

function matching(db: Db, query: z.output<typeof SuppressionQuery>, now: Date) {
  let rows = db.selectFrom('alert_suppression');
  if (query.rule) rows = rows.where('rule_id', '=', query.rule);
  if (query.state === 'live') rows = rows.where('ended_at', 'is', null).where('expires_at', '>', now);
  if (query.state === 'over')
    rows = rows.where(({ eb, or }) => or([eb('ended_at', 'is not', null), eb('expires_at', '<=', now)]));
  return rows;
}

/** One page of suppression rules, the newest first. */
export async function listSuppressions(db: Db, query: z.output<typeof SuppressionQuery>, now: Date) {
  const rows = await matching(db, query, now)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching(db, query, now)
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  const items = rows.map(
    (row): z.input<typeof SuppressionView> => ({
      id: row.id,
      rule: row.rule_id === '' ? null : { id: row.rule_id, title: row.rule_title },
      unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
      entity: row.entity_kind === null ? null : { kind: row.entity_kind, value: row.entity_value },
      field: row.field === '' ? null : { name: row.field, value: row.field_value },
      reason: row.reason,
      owner: { id: row.owner_id, name: row.owner_name },
      createdAt: row.created_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      endedAt: row.ended_at?.toISOString() ?? null,
      endedBy: row.ended_by,
      live: row.ended_at === null && row.expires_at > now,
      hitCount: row.hit_count,
      lastHitAt: row.last_hit_at?.toISOString() ?? null,
    }),
  );
  return { items, total };
}
