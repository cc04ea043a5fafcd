import { z } from 'zod';
import { action } from '#platform/action.ts';
import { AppError, conflict, invalid, notFound } from '#platform/errors.ts';

const DAY_MS = 86_400_000;
const RULES_MAX = 10_000;
/** Runs at a time: they share the store with everybody's searches. */
const RUNNING_MAX = 5;

/** Rules of a run that its journal entry names. */
const NAMED_MAX = 50;

export const HISTORY_JOB = 'detection.history';

export const RunInput = z.object({
  ruleIds: z.array(z.string().max(300)).min(1).max(RULES_MAX),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }).describe('at most as long after `from` as events are kept'),
  reason: z.string().trim().min(2).max(500).describe('why; kept in the journal'),
  raises: z.boolean().default(true).describe('whether hits become alerts; else they are only counted'),
});

/**
 * Starts a run of rules over the stored events of the caller's area.
 * @throws AppError `invalid_input` for a wrong time range, `conflict` when too many runs are under way
 */
export const startRun = action('rule.run', RunInput, async (tx, input) => {
  if (tx.scope.side !== 'centre') throw new AppError('forbidden', { public: 'Only a centre may run rules' });
  const [from, to] = [new Date(input.from), new Date(input.to)];
  if (to <= from || to.getTime() - from.getTime() > tx.config.retention.eventDays * DAY_MS) {
    const days = tx.config.retention.eventDays;
    throw invalid(`The time range must be at most ${days} days`, [{ at: '/to', message: 'out of range' }]);
  }
  const running = await tx.db
    .selectFrom('detection_run')
    .select((expression) => expression.fn.countAll<string>().as('count'))
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow();
  if (Number(running.count) >= RUNNING_MAX) {
    throw conflict('Too many runs are under way; wait for one to end or stop it', 'rule.run.many');
  }
  const id = tx.ids.next();
  const now = tx.clock.now();
  const ruleIds = [...new Set(input.ruleIds)];
  await tx.db
    .insertInto('detection_run')
    .values({
      id,
      unit_path: tx.scope.path,
      started_by: tx.actor.id,
      started_by_name: tx.actor.name,
      started_at: now,
      reason: input.reason,
      rule_ids: ruleIds,
      from_at: from,
      to_at: new Date(Math.min(to.getTime(), now.getTime())),
      state: 'running',
      raises: input.raises,
      done_to_at: from,
      // Chosen by the number of events when work begins.
      chunk_seconds: 0,
      events: 0,
      hits: 0,
      raised: 0,
      known: 0,
      cut: 0,
      work_ms: 0,
      finished_at: null,
    })
    .execute();
  await tx.enqueue(HISTORY_JOB, { runId: id }, { singletonKey: id });
  tx.record({
    object: { type: 'rule-run', id },
    unitPath: tx.scope.path,
    data: {
      rules: ruleIds.length,
      ruleIds: ruleIds.slice(0, NAMED_MAX),
      from: from.toISOString(),
      to: to.toISOString(),
      reason: input.reason,
      raises: input.raises,
    },
  });
  tx.publish({ topic: 'rule', id, action: 'rule.run', unitPath: tx.scope.path, side: 'centre' });
  return { id };
});

/**
 * Asks a run to stop; it does so before its next part. What it raised stays.
 * @throws AppError `not_found`, `conflict` when it has ended
 */
export const stopRun = action('rule.stop-run', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const run = await tx.db.selectFrom('detection_run').selectAll().where('id', '=', id).executeTakeFirst();
  if (!run) throw notFound('The run');
  if (run.state !== 'running') throw conflict('The run has ended already', 'rule.run.ended');
  await tx.db.updateTable('detection_run').set({ stop_asked_by: tx.actor.id }).where('id', '=', id).execute();
  tx.record({
    object: { type: 'rule-run', id },
    unitPath: run.unit_path,
    data: { doneTo: run.done_to_at.toISOString() },
  });
  tx.publish({ topic: 'rule', id, action: 'rule.stop-run', unitPath: run.unit_path, side: 'centre' });
});
