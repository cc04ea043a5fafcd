import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { bodyOf } from '#domain/ledger/index.ts';
import { draftOrder, endedOrders } from '#domain/orders/index.ts';
import { unitByPath } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { issueViews } from './list.ts';
import { type IssueRow, stepRow } from './step.ts';
import { ACTIVE } from './workflow.ts';

/** The job that turns overdue issues into drafts of rectification orders. */
export const OVERDUE_JOB = 'vulnerabilities.overdue';
/** Issues named in one order; what is left goes into the next one. */
const ISSUES_OF_ORDER = 40;
const UNITS_AT_ONCE = 200;

const GRADES = { critical: '超危', high: '高危', medium: '中危', low: '低危' } as const;
/** The grade of an order by the worst that is in it: a choice of the centre, which a person reviews. */
const ORDER_GRADE = { 1: 'II', 2: 'III', 3: 'IV', 4: 'IV' } as const;

const linkOrder = action(
  'vulnerability.order',
  z.object({ orderId: z.uuid(), unitPath: z.string(), issues: z.custom<readonly IssueRow[]>(Array.isArray) }),
  async (tx, { orderId, unitPath, issues }) => {
    const ids = issues.map(({ id }) => id);
    await tx.db.updateTable('vulnerability_issue').set({ order_id: orderId }).where('id', 'in', ids).execute();
    await tx.db
      .insertInto('vulnerability_step')
      .values(issues.map((issue) => stepRow(tx, issue, issue.state, { action: 'ordered', text: '' })))
      .execute();
    tx.record({
      object: { type: 'order', id: orderId },
      unitPath,
      side: 'centre',
      data: { overdue: ids },
      related: ids.map((id) => ({ type: 'vulnerability', id })),
    });
  },
);

/** Which overdue issues are meant. Nothing: all of the caller's area. */
export const OverdueChoice = z.strictObject({
  issueIds: z.array(z.uuid()).min(1).max(200).optional().describe('only these'),
  assetId: z.uuid().optional().describe('only those of this asset, of a system also those of what belongs to it'),
});
type Asked = z.output<typeof OverdueChoice>;

interface Choice {
  readonly issueIds?: readonly string[] | undefined;
  readonly assetIds?: readonly string[] | undefined;
  readonly ended: readonly string[];
}

/** A draft that was written. */
export interface OverdueDraft {
  readonly orderId: string;
  readonly unitName: string;
  readonly issues: number;
}

const ORDERS_MAX = 5000;

/** Orders that speak of overdue issues and are over: withdrawn, discarded, or closed although the weakness is still there. */
export async function ordersWithoutEffect(db: Db, now: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('vulnerability_issue')
    .select('order_id')
    .distinct()
    .where('state', 'in', [...ACTIVE])
    .where('deadline_at', '<', now)
    .where('order_id', 'is not', null)
    .limit(ORDERS_MAX)
    .execute();
  return endedOrders(
    db,
    rows.flatMap(({ order_id }) => order_id ?? []),
  );
}

/** No order speaks of the issue, or only one that is over. */
export const isOrderable = (ended: readonly string[]): RawBuilder<boolean> =>
  sql<boolean>`(order_id IS NULL OR order_id = ANY(${[...ended]}::uuid[]))`;

/** Overdue issues that no order speaks of. */
const waiting = (db: Db, { issueIds, assetIds, ended }: Choice, now: Date) => {
  let query = db
    .selectFrom('vulnerability_issue')
    .where('state', 'in', [...ACTIVE])
    .where('deadline_at', '<', now)
    .where(isOrderable(ended));
  if (issueIds !== undefined) query = query.where('id', 'in', issueIds);
  if (assetIds !== undefined) query = query.where('asset_id', 'in', assetIds);
  return query;
};

/**
 * Drafts one rectification order for each unit with overdue issues that no order speaks of yet. A draft only: a person
 * reviews and issues it in the name of the centre.
 *
 * @param ctx the platform's own, or that of somebody who drafts orders, for the units of his area
 * @returns the drafts; units that are closed or that no ledger names get none
 */
export async function orderOverdue(ctx: Ctx, { issueIds, assetId }: Asked = {}): Promise<OverdueDraft[]> {
  ctx.allow('vulnerability.order');
  const assetIds = assetId === undefined ? undefined : (await ctx.read((db) => bodyOf(db, assetId))).whole;
  const now = ctx.clock.now();
  const choice = { issueIds, assetIds, ended: await ctx.read((db) => ordersWithoutEffect(db, now)) };
  const units = await ctx.read((db) =>
    waiting(db, choice, now).select('unit_path').distinct().orderBy('unit_path').limit(UNITS_AT_ONCE).execute(),
  );
  const drafts: OverdueDraft[] = [];
  for (const { unit_path } of units) drafts.push(...(await orderForUnit(ctx, unit_path, choice, now)));
  return drafts;
}

async function orderForUnit(ctx: Ctx, unitPath: string, choice: Choice, now: Date): Promise<OverdueDraft[]> {
  const unit = await unitByPath(ctx, unitPath);
  // Hosts that are in nobody's ledger lie with the centre, which writes no order to itself.
  if (unit === undefined || unit.state !== 'active') return [];
  return ctx.transaction(async (tx) => {
    const issues = await waiting(tx.db, choice, now)
      .selectAll()
      .where('unit_path', '=', unitPath)
      .orderBy('priority')
      .orderBy('deadline_at')
      .limit(ISSUES_OF_ORDER)
      .forUpdate()
      .execute();
    const [worst] = issues;
    if (worst === undefined) return [];
    const shown = await issueViews(tx.db, issues);
    const { id } = await draftOrder(tx, {
      unitId: unit.id,
      kind: 'rectification',
      grade: ORDER_GRADE[worst.priority],
      title: `关于${issues.length}项漏洞超期未整改的整改通知`,
      body: `你单位有 ${issues.length} 项漏洞已超过整改期限，仍未完成整改（清单见监测线索）。请立即组织整改；确实不能整改的，依程序申请接受风险并落实补偿措施。`,
      advice: '1. 按优先级先处置已知被利用和互联网可达的漏洞。\n2. 完成整改后在平台申请复测。',
      evidence: shown.map((issue) => ({
        at: issue.lastSeenAt,
        title: `${GRADES[issue.grade]} ${issue.title}`.slice(0, 300),
        text: `${issue.asset?.name ?? '不在台账的主机'} ${issue.target} ${issue.place}；${issue.why.zh}`.slice(0, 2000),
      })),
      workingDays: worst.priority === 1 ? 2 : 5,
    });
    await linkOrder(tx, { orderId: id, unitPath, issues });
    return [{ orderId: id, unitName: unit.name, issues: issues.length }];
  });
}
