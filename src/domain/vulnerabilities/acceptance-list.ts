import { sql } from 'kysely';
import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import './tables.ts';

const STATES = ['asked', 'approved', 'denied', 'withdrawn', 'expired', 'ended'] as const;

export const AcceptanceQuery = Paging.extend({
  state: z.enum(STATES).optional(),
  mine: z.enum(['true', 'false']).optional().describe('only what the own unit has to decide'),
  issue: z.uuid().optional().describe('of one vulnerability'),
});

export const AcceptanceView = z.object({
  id: z.uuid(),
  issueId: z.uuid(),
  title: z.string(),
  primaryId: z.string(),
  grade: z.enum(['critical', 'high', 'medium', 'low']),
  priority: z.number().int(),
  why: z.object({ zh: z.string(), en: z.string() }),
  assetName: z.string(),
  unitName: z.string(),
  approver: z.string().describe('the supervising unit'),
  reason: z.string(),
  compensation: z.string(),
  expiresAt: z.string(),
  state: z.enum(STATES),
  askedBy: z.string(),
  askedAt: z.string(),
  decidedBy: z.string(),
  decidedAt: z.string().nullable(),
  decision: z.string(),
  decidable: z.boolean().describe('the asking person may decide it'),
});

/** One page of requests that fit, the newest first. */
export async function listAcceptances(ctx: Ctx, db: Db, query: z.output<typeof AcceptanceQuery>) {
  const mine = (path: string) => path === ctx.scope.path && ctx.scope.side === 'unit';
  const matching = () => {
    let rows = db.selectFrom('vulnerability_acceptance');
    if (query.state) rows = rows.where('state', '=', query.state);
    if (query.issue) rows = rows.where('issue_id', '=', query.issue);
    if (query.mine === 'true') rows = rows.where('approver_path', '=', ctx.scope.path).where('state', '=', 'asked');
    return rows;
  };
  const rows = await matching()
    .selectAll()
    .orderBy('asked_at', 'desc')
    .orderBy('id')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const items = rows.map(
    (row): z.input<typeof AcceptanceView> => ({
      id: row.id,
      issueId: row.issue_id,
      title: row.title,
      primaryId: row.primary_id,
      grade: row.grade,
      priority: row.priority,
      why: row.why,
      assetName: row.asset_name,
      unitName: row.unit_name,
      approver: row.approver_name,
      reason: row.reason,
      compensation: row.compensation,
      expiresAt: row.expires_at.toISOString(),
      state: row.state,
      askedBy: row.asked_by_name,
      askedAt: row.asked_at.toISOString(),
      decidedBy: row.decided_by_name,
      decidedAt: row.decided_at?.toISOString() ?? null,
      decision: row.decision,
      decidable:
        row.state === 'asked' &&
        mine(row.approver_path) &&
        ctx.may('vulnerability.approve') &&
        row.asked_by !== ctx.actor.id,
    }),
  );
  return { items, total };
}
