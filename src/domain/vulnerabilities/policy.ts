import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { listCentres } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError, conflict, invalid } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { type MendingPolicy, Policy, standardPolicy } from './standards.ts';

/** The job that rates the open issues anew after the policy changed or a file of exploitation was brought in. */
export const RATE_JOB = 'vulnerabilities.rate';

/** Revisions that the history shows. */
const HISTORY_MAX = 100;

/** The policy in force: the newest revision, else what comes with the platform. */
export async function mendingPolicy(db: Db): Promise<MendingPolicy> {
  const row = await db
    .selectFrom('vulnerability_policy')
    .select('policy')
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.policy ?? standardPolicy();
}

export const PolicyView = z.object({
  revision: z.number().int().describe('0: as it comes with the platform'),
  policy: Policy,
  standard: Policy.describe('as it comes with the platform'),
  history: z
    .array(
      z.object({
        revision: z.number().int(),
        at: z.string(),
        by: z.string(),
        reason: z.string(),
        before: Policy,
        after: Policy,
      }),
    )
    .describe('the newest first, at most 100'),
});

/** The policy in force, and every change of it. */
export async function shownPolicy(db: Db): Promise<z.input<typeof PolicyView>> {
  const rows = await db
    .selectFrom('vulnerability_policy')
    .selectAll()
    .orderBy('revision', 'desc')
    .limit(HISTORY_MAX + 1)
    .execute();
  const standard = standardPolicy();
  const [newest] = rows;
  return {
    revision: newest?.revision ?? 0,
    policy: newest?.policy ?? standard,
    standard,
    history: rows.slice(0, HISTORY_MAX).map((row, index) => ({
      revision: row.revision,
      at: row.set_at.toISOString(),
      by: row.set_by_name,
      reason: row.reason,
      before: rows[index + 1]?.policy ?? standard,
      after: row.policy,
    })),
  };
}

export const PolicyChange = z.object({
  revision: z.number().int().min(0).describe('the one that was read'),
  policy: Policy,
  reason: z.string().trim().min(4, 'Say why the policy changes').max(500),
});

const keepPolicy = action('vulnerability.policy', PolicyChange, async (tx, { revision, policy, reason }) => {
  const before = await shownPolicy(tx.db);
  if (before.revision !== revision) {
    throw conflict('Somebody changed the policy meanwhile: look at it again', 'vulnerability.policy.changed');
  }
  if (isDeepStrictEqual(before.policy, policy)) {
    throw invalid('Nothing is different', [{ at: '/policy', message: 'Change a value' }], 'vulnerability.policy.same');
  }
  // Of two at the same time the second finds the revision taken.
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('vulnerability_policy')
    .values({
      revision: revision + 1,
      policy: JSON.stringify(policy),
      reason,
      set_at: tx.clock.now(),
      set_by: tx.actor.id,
      set_by_name: tx.actor.name,
    })
    .onConflict((clash) => clash.column('revision').doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) {
    throw conflict('Somebody changed the policy meanwhile: look at it again', 'vulnerability.policy.changed');
  }
  tx.record({
    object: { type: 'vulnerability_policy', id: 'mending' },
    unitPath: tx.scope.path,
    data: { revision: revision + 1, before: before.policy, after: policy, reason },
  });
  await tx.enqueue(RATE_JOB, {}, { singletonKey: 'all' });
  tx.publish({
    topic: 'vulnerability',
    id: 'policy',
    action: 'vulnerability.policy',
    unitPath: tx.scope.path,
    side: 'both',
  });
  return { revision: revision + 1 };
});

/**
 * Sets the policy of mending for the whole platform. Open issues are rated anew; deadlines that were given stay, unless an
 * issue becomes more pressing.
 *
 * @throws AppError `forbidden` for a centre that stands below another one, `conflict` when it was changed meanwhile
 */
export async function changePolicy(ctx: Ctx, input: z.input<typeof PolicyChange>): Promise<{ revision: number }> {
  ctx.allow('vulnerability.policy');
  const { path } = ctx.scope;
  const above = (await listCentres(ctx.asSystem())).find(
    (centre) => path !== centre.path && path.startsWith(centre.path),
  );
  if (above !== undefined) {
    throw new AppError('forbidden', {
      public: `The policy holds for the whole platform: ${above.name} sets it`,
      reason: 'vulnerability.policy.above',
    });
  }
  return keepPolicy(ctx, input);
}
