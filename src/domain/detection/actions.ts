import { z } from 'zod';
import { action } from '#platform/action.ts';
import { AppError, conflict } from '#platform/errors.ts';

export const RuleState = z.object({
  enabled: z.boolean(),
  reason: z.string().trim().min(2).max(500).describe('why; kept in the journal'),
});

/**
 * Switches a rule on or off for the whole platform.
 * @throws AppError `conflict` when it is so already
 */
export const setRuleState = action(
  'rule.manage',
  RuleState.extend({ ruleId: z.string().max(300), title: z.string() }),
  async (tx, { ruleId, title, enabled, reason }) => {
    // A rule is everybody's: who sees only a part of the region must not switch it off for all.
    if (tx.scope.side !== 'centre') throw new AppError('forbidden', { public: 'Only a centre may change rules' });
    const before = await tx.db
      .selectFrom('detection_rule')
      .select('enabled')
      .where('rule_id', '=', ruleId)
      .executeTakeFirst();
    if ((before?.enabled ?? true) === enabled) {
      throw conflict(`The rule is ${enabled ? 'on' : 'off'} already`, 'rule.state.same');
    }
    const now = tx.clock.now();
    const row = { enabled, reason, changed_by: tx.actor.id, changed_by_name: tx.actor.name, changed_at: now };
    await tx.db
      .insertInto('detection_rule')
      .values({ rule_id: ruleId, ...row })
      .onConflict((conflicting) => conflicting.column('rule_id').doUpdateSet(row))
      .execute();
    tx.record({ object: { type: 'rule', id: ruleId }, unitPath: tx.scope.path, data: { title, enabled, reason } });
    tx.publish({ topic: 'rule', id: ruleId, action: 'rule.manage', unitPath: tx.scope.path, side: 'centre' });
  },
);
